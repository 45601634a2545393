"""Checkout sessions: an order that is begun from a cart, for one shopper, and is their live cart until it is paid.

The cart stays as it is, for as many shoppers as come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from till.application.editing import OPEN_FOR_SECONDS
from till.application.idempotency import Answer, Claim
from till.application.identifiers import forms, is_ulid, public_id
from till.application.ports import Carts, Catalog, Orders
from till.application.repricing import repriced
from till.domain.address import Address, CountryRules
from till.domain.basket import Basket, Customer
from till.domain.buyer import Said, country_of, flaws, together
from till.domain.cart import Cart
from till.domain.errors import AlreadyPlaced, Invalid, NotFound, Problem, Refused
from till.domain.gifts import without_gifts
from till.domain.order import PLACED_MESSAGE, Order
from till.domain.region import most_specific
from till.domain.session_events import initialized
from till.domain.shop import Shop

INTENT = "pi_"


def payment_intent_id(order: Order) -> str:
    """What payments of the session are known by: no gateway's, but ours."""
    return INTENT + order.id


@dataclass(frozen=True, slots=True)
class Sessions:
    """Begins sessions, finds them and keeps what their shoppers say. `rules` are a country's, by its code;
    `random_bytes` gives that many bytes nobody can guess."""

    orders: Orders
    carts: Carts
    catalog: Catalog
    rules: Callable[[str], CountryRules | None]
    now: Callable[[], int]
    new_id: Callable[[], str]
    random_bytes: Callable[[int], bytes]

    def begin(
        self, shop: Shop, cart_id: str, claim: Claim | None = None, said: Said | None = None
    ) -> tuple[Order, bool]:
        """A new order of what is in the cart, at today's prices, or the one that an earlier request with the same key
        made, and whether that is so. Nothing of who filled the cart is taken over: its id may be anybody's to guess.

        Raises `NotFound` where there is no such cart, or it is a customer's own, and `Refused` for one that cannot be
        checked out.
        """
        if claim is not None and (record := self.orders.record(shop.identifier, claim.id)) is not None:
            claim.check(record)
            made = self.orders.get(shop.identifier, record.order_id)
            if made is not None:
                return made, True
        found = (self.carts.get(shop.identifier, form) for form in forms(cart_id))
        cart = next((cart for cart in found if cart and not cart.owners), None)
        if cart is None:
            raise no_cart()
        order_id, now = self.new_id(), self.now()
        order = Order(
            id=order_id,
            public_id=public_id(order_id, self.random_bytes(32)),
            shop=shop.identifier,
            basket=self._basket(shop, cart),
            created_at=now,
            expires_at=now + OPEN_FOR_SECONDS,
            cart_id=cart.id,
            is_session=True,
        )
        if said is not None:
            order = self.prefilled(shop, order, said)
        order, events = initialized(order, now)
        record = claim.answered(Answer(200, {}), order.id) if claim else None
        return self.orders.create(order, record, events), False

    def begun(self, shop: str, cart_id: str, public_order_id: str) -> Order | None:
        """The order that a shopper comes back to: the one of this cart whose public id they know, be it placed; or that
        of the live cart with this id. Raises `AlreadyPlaced` for a live cart that is bought."""
        known = self.orders.get(shop, public_order_id) if public_order_id else None
        if known and _is_of(known, public_order_id, cart_id):
            return known
        order_id = next(filter(is_ulid, forms(cart_id)), "")
        order = self.orders.get(shop, order_id) if order_id else None
        if order is None or not order.is_session:
            return None
        if order.is_submitted:
            raise AlreadyPlaced(PLACED_MESSAGE, "is_processed")
        return order

    # What shoppers say

    def check(self, said: Said) -> Address:
        """What is said, as an address that need not be complete. Raises `Invalid`, naming each part that is wrong."""
        rules = self.rules(country_of(Address(), said))
        address = together(Address(), said, rules)
        if wrong := flaws(address, rules, phone_required=False).wrong:
            raise Invalid.of([Problem("address", message, name) for name, message in wrong.items()])
        return address

    def told(self, shop: Shop, order: Order, said: Said) -> Order:
        """The order with what its shopper says besides what they said before. It has a shipping address once that is
        enough to ship to.

        Raises `Invalid`, naming each part that is wrong, and `Refused` where the shop does not ship.
        """
        if said == Said():
            return order
        before = order.basket.shipping_address or order.unfinished_address or Address()
        rules = self.rules(country_of(before, said))
        address = together(before, said, rules)
        found = flaws(address, rules, phone_required=shop.settings.phone_required)
        if found.wrong:
            raise Invalid.of([Problem("address", message, name) for name, message in found.wrong.items()])
        if not found.is_incomplete and order.basket.requires_shipping and not _is_shipped_to(shop, address):
            raise Refused("The shop does not ship to this address.", "country_code", "no_shipping_to_address")
        return self._with_address(shop, self._with_customer(order, said, address), address, found.is_incomplete)

    def prefilled(self, shop: Shop, order: Order, said: Said) -> Order:
        """The order with what is known of its shopper before they say anything; what is not good is left for them."""
        try:
            return self.told(shop, order, said)
        except (Invalid, Refused):
            address = Address(first_name=said.parts.get("first_name", ""), last_name=said.parts.get("last_name", ""))
            return self._with_customer(order, said, address)

    def _with_customer(self, order: Order, said: Said, address: Address) -> Order:
        """A guest is known once there is an e-mail address. Whom the merchant knows stays as they are."""
        customer = order.basket.customer
        known = customer or Customer(self.new_id(), "")
        if not (said.email or known.email) or not known.is_guest:
            return order
        known = replace(
            known, email=said.email or known.email, first_name=address.first_name, last_name=address.last_name
        )
        return order.with_basket(replace(order.basket, customer=known))

    def _with_address(self, shop: Shop, order: Order, address: Address, is_incomplete: bool) -> Order:
        whole = None if is_incomplete else address
        unfinished = address if is_incomplete and address != Address() else None
        if whole != order.basket.shipping_address:
            order = order.with_basket(order.basket.with_shipping_address(whole, shop))
        return replace(order, unfinished_address=unfinished)

    def _is_spent(self, cart: Cart) -> bool:
        """Was an order made of it, which it is still there after? Then nothing is left of it."""
        order = self.orders.get(cart.shop, cart.draft_order) if cart.draft_order else None
        return order is not None and order.is_submitted

    def _basket(self, shop: Shop, cart: Cart) -> Basket:
        if not cart.basket.lines or self._is_spent(cart):
            raise Refused("There is nothing in this cart to check out.", "cart_id", "cart_empty")
        if cart.snapshot_date:
            raise Refused("This cart is a preview, and never checked out.", "cart_id", "cart_preview")
        # What promotions give belongs to the cart: an order's lines can be edited, and nobody would look again.
        bought = without_gifts(cart.basket, shop)
        try:
            basket = repriced(self.catalog, bought, shop)
        except Invalid as unsold:
            raise Refused.of(unsold.problems) from None
        return replace(basket, customer=None, shipping_address=None, billing_address=None, shipping=None)


def no_cart() -> NotFound:
    """What is said of a cart that is not there, or is somebody else's."""
    return NotFound("There is no cart with this id.", "cart_id", "cart_not_found")


def _is_of(order: Order, public_order_id: str, cart_id: str) -> bool:
    return (
        order.is_session
        and order.is_public_as(public_order_id)
        and not {order.id, order.cart_id}.isdisjoint(forms(cart_id))
    )


def _is_shipped_to(shop: Shop, address: Address) -> bool:
    return most_specific(shop.shipping_zones, address.country_code, address.province_code) is not None
