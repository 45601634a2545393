"""Taxes by the rates that a client put on a basket itself. No place decides them, and no zone or provider is asked."""

from __future__ import annotations

from dataclasses import replace

from till.domain.basket import Basket
from till.domain.pricing import taxed_amounts
from till.domain.shop import Shop
from till.domain.tax import Taxable, TaxLine, TaxQuote, TaxRate, taxes

PROVIDER = "items"


def item_taxes(basket: Basket, shop: Shop) -> TaxQuote:
    """Each rate on its line or on all, rounded as the shop has it; the rates of a line do not compound.

    An amount is for its whole line. Lines that are not taxable have none, nor have gifts, shipping and fees. Where the
    shop rounds the whole document, lines of the same rates are rounded together.
    """
    settings, included = shop.settings, shop.settings.prices_include_tax
    by_rates, found = taxed_by_items(basket, shop)
    for rates, things in by_rates.items():
        for key, rated in taxes(things, rates, included, settings.rounding, settings.round_at).items():
            found[key] = (*rated, *found.get(key, ()))
    lines = tuple((line.key, found[line.key]) for line in basket.lines if line.key in found)
    return TaxQuote(included, lines, (), provider=PROVIDER)


def taxed_by_items(
    basket: Basket, shop: Shop
) -> tuple[dict[tuple[TaxRate, ...], list[Taxable]], dict[str, tuple[TaxLine, ...]]]:
    """Lines by the rates that they are taxed at together, and by line key the taxes that are amounts."""
    amounts = taxed_amounts(basket, shop.settings.prices_include_tax, shop.settings.round_at)
    by_rates: dict[tuple[TaxRate, ...], list[Taxable]] = {}
    fixed: dict[str, tuple[TaxLine, ...]] = {}
    for line in basket.lines:
        is_taxed = line.taxable and not line.gift_of
        own = [item for item in basket.tax_items if item.line_key in ("", line.key)] if is_taxed else []
        if rates := tuple(TaxRate(item.name, item.millionths) for item in own if item.amount is None):
            by_rates.setdefault(rates, []).append(Taxable(line.key, amounts[line.key], line.quantity))
        if given := tuple(TaxLine(item.name, item.amount) for item in own if item.amount is not None):
            fixed[line.key] = given
    return by_rates, fixed


def with_item_taxes(basket: Basket, shop: Shop) -> Basket:
    """The basket with the taxes that a client put on it, or without any: those of a place come when it is known."""
    return replace(basket, taxes=item_taxes(basket, shop) if basket.tax_items else None)
