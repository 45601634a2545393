"""The gifts of a basket, made anew at each of its changes and when it is checked out."""

from __future__ import annotations

from till.application.ports import Catalog
from till.domain.basket import Basket
from till.domain.gifts import due, with_gifts
from till.domain.shop import Shop


def with_gifts_of(shop: Shop, basket: Basket, catalog: Catalog, now: int, fresh: bool = False) -> Basket:
    """The basket with what the shop's promotions give to it now, and nothing that they gave before."""
    promotions = due(shop.promotions, basket, now)
    wanted = {one.gift_variant_id for one in promotions}
    variants = catalog.variants(shop.identifier, wanted, fresh) if wanted else {}
    return with_gifts(basket, promotions, variants, shop)
