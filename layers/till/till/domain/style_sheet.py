"""How a storefront wants the payment page to look: CSS that was checked when it came."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MediaRules:
    """CSS rules for while the storefront says that its window matches the condition."""

    condition: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StyleSheet:
    """CSS rules, each with its selector and braces."""

    rules: tuple[str, ...] = ()
    media: tuple[MediaRules, ...] = ()


PLAIN = StyleSheet()
