"""What a client of the shop puts on carts by itself: taxes, discounts of its own making, prices of shipping."""

from __future__ import annotations

from dataclasses import replace

from till.domain.agreement import ShippingGroup
from till.domain.basket import LineItem
from till.domain.cart import Cart
from till.domain.currency import currency as known_currency
from till.domain.discount import Discount, DiscountSource
from till.domain.errors import Invalid, NotFound, Refused
from till.domain.tax import TaxItem

# Of one line; of discounts also of the cart as a whole.
MOST_EACH = 5
MOST_GROUPS = 50


def with_tax(cart: Cart, item: TaxItem) -> Cart:
    """The tax put on its line, or in the place of the one with its id. Raises `NotFound`, `Refused`."""
    cart.basket.line(item.line_key)
    old = cart.basket.tax_items
    if any(one.id == item.id for one in old):
        items = tuple(item if one.id == item.id else one for one in old)
    elif sum(one.line_key == item.line_key for one in old) == MOST_EACH:
        message = f"Cannot exceed tax item limit of ({MOST_EACH}) on cart item."
        raise Refused(message, code="tax_items_full", about={"line_key": item.line_key})
    else:
        items = (*old, item)
    return cart.with_basket(cart.basket.with_tax_items(items))


def tax_of(cart: Cart, line: LineItem, item_id: str) -> TaxItem:
    """The tax of that id on that line. Raises `NotFound`."""
    for one in cart.basket.tax_items:
        if (one.id, one.line_key) == (item_id, line.key):
            return one
    raise NotFound("There is no such tax item on this cart item.", about={"id": item_id})


def without_tax(cart: Cart, item: TaxItem) -> Cart:
    """That tax taken off."""
    return cart.with_basket(cart.basket.with_tax_items(one for one in cart.basket.tax_items if one != item))


def without_taxes(cart: Cart) -> Cart:
    """All of it taken off. Raises `NotFound` where there is none."""
    if not cart.basket.tax_items:
        raise NotFound("No tax items exist in the cart", code="tax_items_none")
    return cart.with_basket(cart.basket.with_tax_items(()))


def with_discount(cart: Cart, discount: Discount) -> Cart:
    """A discount of the client's own put on, or in the place of the one with its id. Raises `Invalid`, `Refused`."""
    if not cart.custom_discounts:
        raise Invalid("Custom discounts not enabled for this cart")
    if not cart.basket.lines:
        raise Invalid("Custom discounts cannot be added to an empty cart")
    if discount.line_key:
        cart.basket.line(discount.line_key)
    old = cart.basket.discounts
    if any(one.id == discount.id for one in old):
        return cart.with_basket(cart.basket.with_discounts(discount if one.id == discount.id else one for one in old))
    if sum(one.line_key == discount.line_key for one in custom_discounts(cart)) == MOST_EACH:
        where = "on cart item" if discount.line_key else "at the cart level"
        message = f"Cannot exceed custom discount limit of ({MOST_EACH}) {where}."
        raise Refused(message, code="custom_discounts_full")
    return cart.with_basket(cart.basket.with_discounts((*old, discount)))


def custom_discounts(cart: Cart) -> tuple[Discount, ...]:
    """Those of the client's own making."""
    return tuple(one for one in cart.basket.discounts if one.source is DiscountSource.CUSTOM)


def discount_of(cart: Cart, line_key: str, discount_id: str) -> Discount:
    """The client's own of that id, on that line or on the cart. Raises `NotFound`."""
    for one in custom_discounts(cart):
        if (one.id, one.line_key) == (discount_id, line_key):
            return one
    raise NotFound("There is no such custom discount.", about={"id": discount_id})


def without_discount(cart: Cart, discount: Discount) -> Cart:
    """That discount taken off."""
    return cart.with_basket(cart.basket.with_discounts(one for one in cart.basket.discounts if one != discount))


def without_discounts(cart: Cart) -> Cart:
    """All of the client's own that are on the cart as a whole taken off."""
    gone = [one for one in custom_discounts(cart) if not one.line_key]
    return cart.with_basket(cart.basket.with_discounts(one for one in cart.basket.discounts if one not in gone))


def with_custom_discounts(cart: Cart, enabled: bool) -> Cart:
    """A cart has promotion codes, or discounts of the client's own: the others go."""
    if enabled == cart.custom_discounts:
        return cart
    source = DiscountSource.CUSTOM if enabled else DiscountSource.CODE
    kept = (one for one in cart.basket.discounts if one.source is source)
    return replace(cart, custom_discounts=enabled, basket=cart.basket.with_discounts(kept))


def with_group(cart: Cart, group: ShippingGroup, currency: str) -> Cart:
    """A shipping group added, or put in the place of the one with its id. Its price gives a cart its `currency` that
    has none yet. Raises `Invalid`, `Refused`."""
    if not cart.basket.currency:
        known_currency(currency)
        cart = cart.with_basket(replace(cart.basket, currency=currency))
    old = cart.shipping_groups
    if any(one.id == group.id for one in old):
        return replace(cart, shipping_groups=tuple(group if one.id == group.id else one for one in old))
    if len(old) == MOST_GROUPS:
        raise Refused(f"A cart has at most {MOST_GROUPS} shipping groups.")
    return replace(cart, shipping_groups=(*old, group))


def group_of(cart: Cart, group_id: str) -> ShippingGroup:
    """The shipping group of that id. Raises `NotFound`."""
    for group in cart.shipping_groups:
        if group.id == group_id:
            return group
    raise NotFound("There is no such shipping group of this cart.", code="cart_group_missing")


def without_group(cart: Cart, group: ShippingGroup) -> Cart:
    """A shipping group taken off. Raises `Invalid` where something is in it."""
    if group.lines:
        raise Invalid(
            "Cannot delete shipping groups attached to cart items. "
            "Please remove the shipping group from its cart items and try again.",
            code="shipping_group_used",
        )
    return replace(cart, shipping_groups=tuple(one for one in cart.shipping_groups if one is not group))
