"""Money as Elastic Path's clients read it: `{"amount", "currency", "formatted"}`, minor units and text for people."""

from __future__ import annotations

from till.adapters.money_formats import formatted

type Json = dict[str, object]


def amount(minor: int, currency: str, locale: str) -> Json:
    """Minor units. A cart that has no currency yet costs "0"."""
    return {
        "amount": minor,
        "currency": currency,
        "formatted": formatted(minor, currency, locale) if currency else "0",
    }
