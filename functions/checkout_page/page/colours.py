"""The shop's colours, and those that follow from them so that everything can be read on everything."""

from __future__ import annotations

from collections.abc import Mapping

ACCENT = "#1f4fd8"
BACKGROUND = "#f4f5f7"
_TEXT = "#1c2430"
_WHITE = "#ffffff"
# What WCAG 2.2 asks for between a text and what is behind it.
_READABLE = 4.5


def variables(look: Mapping[str, str]) -> Mapping[str, str]:
    """CSS variables for a shop's `accent` and `background`, each #rrggbb.

    What stands on the accent is white or dark, whichever is read more easily. An accent that is too light for a text
    on white is not used for links.
    """
    accent = look.get("accent") or ACCENT
    return {
        "--accent": accent,
        "--on-accent": max(_WHITE, _TEXT, key=lambda colour: contrast(colour, accent)),
        "--link": accent if contrast(accent, _WHITE) >= _READABLE else _TEXT,
        "--background": background(look),
    }


def of_frame(look: Mapping[str, str]) -> Mapping[str, str]:
    """What the payment page's frame wears of it, if anything: texts there are in the accent, too."""
    accent = look.get("accent", "")
    if not accent or contrast(accent, _WHITE) < _READABLE:
        return {}
    return {"accent": accent, "soft": f"color-mix(in srgb, {accent} 8%, white)"}


def background(look: Mapping[str, str]) -> str:
    """The page's own, behind everything; a dark one would hide the headings of steps that are to come."""
    wanted = look.get("background") or BACKGROUND
    return wanted if contrast(wanted, _QUIET) >= _READABLE else BACKGROUND


# The quietest text of the page.
_QUIET = "#586272"


def contrast(one: str, other: str) -> float:
    """How well they are told apart, 1 to 21, as WCAG defines it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
