"""Automatic promotions that add a gift: the lines that they give to a basket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from till.domain.basket import Basket, LineItem, line_of
from till.domain.discount import Discount
from till.domain.discounting import condition_unmet
from till.domain.product import Variant
from till.domain.shop import Shop


def due(promotions: Iterable[Discount], basket: Basket, now: int) -> tuple[Discount, ...]:
    """The promotions that give to this basket now. Their conditions are of what is bought."""
    return tuple(one for one in promotions if one.runs_at(now) and not condition_unmet(one, basket))


def with_gifts(basket: Basket, promotions: Iterable[Discount], variants: Mapping[str, Variant], shop: Shop) -> Basket:
    """The basket with what these promotions give, in the place of what it was given before.

    It is the same basket, its taxes with it, where that changes nothing. `variants` are by id: what is not in the
    catalogue any more is not given. Whether there is stock of a gift is asked as for any line.
    """
    bought = [line for line in basket.lines if not line.gift_of]
    gifts = [
        _gift(promotion, variant, basket.currency)
        for promotion in promotions
        if (variant := variants.get(promotion.gift_variant_id)) is not None
    ]
    lines = (*bought, *gifts)
    return basket if lines == basket.lines else basket.with_lines(lines, shop)


def without_gifts(basket: Basket, shop: Shop) -> Basket:
    """The basket with only what was bought."""
    return with_gifts(basket, (), {}, shop)


def _gift(promotion: Discount, variant: Variant, currency: str) -> LineItem:
    """The same promotion's line has the same key each time."""
    worth = variant.prices.get(currency, 0)
    free = replace(variant, prices={currency: 0}, compare_at_prices={currency: worth})
    return replace(line_of(free, currency, f"gift-{promotion.id}", promotion.gift_quantity), gift_of=promotion.id)
