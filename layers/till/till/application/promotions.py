"""Automatic promotions as a merchant changes them: kept with the shop, since every change of a cart asks for them."""

from __future__ import annotations

from dataclasses import replace

from till.application.settings import Shops, change_shop
from till.domain.discount import Discount
from till.domain.errors import NotFound, Refused
from till.domain.shop import Shop

MOST_PROMOTIONS = 20


def put_promotion(shops: Shops, identifier: str, promotion: Discount) -> Shop:
    """Add a promotion, or put it in the place of the one with its id. Raises `Refused` for one too many."""

    def changed(shop: Shop) -> Shop:
        others = tuple(one for one in shop.promotions if one.id != promotion.id)
        if len(others) == MOST_PROMOTIONS:
            raise Refused(f"A shop has at most {MOST_PROMOTIONS} promotions.", "promotion_id")
        return replace(shop, promotions=tuple(sorted((*others, promotion), key=lambda one: one.id)))

    return change_shop(shops, identifier, changed)


def delete_promotion(shops: Shops, identifier: str, promotion_id: str) -> Shop:
    """Carts lose its gift with their next change, or when they are checked out. Raises `NotFound`."""

    def changed(shop: Shop) -> Shop:
        gone = promotion(shop, promotion_id)
        return replace(shop, promotions=tuple(one for one in shop.promotions if one is not gone))

    return change_shop(shops, identifier, changed)


def promotion(shop: Shop, promotion_id: str) -> Discount:
    """By its id. Raises `NotFound`."""
    for one in shop.promotions:
        if one.id == promotion_id:
            return one
    raise NotFound("There is no such promotion.", "promotion_id")
