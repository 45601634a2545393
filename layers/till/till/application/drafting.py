"""Drafts: the order that is being made of a cart, known by the cart before it is there.

Its id is written on the cart under the cart's version, so that whoever checks the same cart out at the same time, or
again after an answer was lost, is at the same order: one order, one charge. A cart whose draft was placed is empty.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from till.application.discounts import recheck
from till.application.editing import OPEN_FOR_SECONDS, Editor, found
from till.application.idempotency import Answer, Claim
from till.application.identifiers import public_id, ulid_to_bits
from till.application.limits import Asker
from till.application.placing import Outcome, Placing
from till.application.ports import Carts, Catalog, Discounts, Orders
from till.application.repricing import repriced
from till.domain.attempt import Goal
from till.domain.basket import Basket
from till.domain.cart import Cart
from till.domain.errors import AlreadyPlaced, Conflict, Invalid, Locked, NotFound, Refused
from till.domain.notes import Notes
from till.domain.order import Order
from till.domain.payment import Payment
from till.domain.shop import Shop

# Whoever was not first is answered with what becomes of the first, unless that takes too long.
_PATIENCE_SECONDS = 4
_TRIES = 3


def placed(orders: Orders, cart: Cart) -> Order | None:
    """The order that was made of the cart already: what is left of the cart counts as nothing."""
    order = orders.get(cart.shop, cart.draft_order) if cart.draft_order else None
    return order if order and order.is_submitted else None


@dataclass(frozen=True, slots=True)
class Drafting:
    """Makes orders of carts at once. `random_bytes` gives that many bytes nobody can guess; `pause` waits after so many
    tries."""

    orders: Orders
    carts: Carts
    catalog: Catalog
    discounts: Discounts
    editor: Editor
    placing: Placing
    now: Callable[[], int]
    new_id: Callable[[], str]
    random_bytes: Callable[[int], bytes]
    pause: Callable[[int], None]

    def drafted(self, shop: Shop, cart: Cart) -> Cart:
        """An edit of a cart: at today's prices, with its codes as they are now, and with the id of its draft.

        Raises `Invalid` and `Refused` for what cannot be ordered.
        """
        if not cart.basket.lines:
            raise Invalid("There is nothing in this cart to check out.", code="cart_empty")
        if cart.snapshot_date:
            raise Invalid("Checking out carts with snapshot dates not permitted", code="cart_preview")
        basket = repriced(self.catalog, cart.basket, shop).reoffered(shop)
        basket, unusable = recheck(self.discounts, basket, shop, self.now())
        if unusable:
            raise Refused.of(unusable)
        # It ships as the shop offers it: what groups were told of shipping is of another kind of checkout.
        return replace(cart, basket=basket, shipping_groups=(), draft_order=self._draft_id(cart))

    def order_of(self, shop: Shop, cart: Cart, basket: Basket, note: str = "") -> Order:
        """The cart's draft with this basket in it: new, as it is, or changed. One that was placed stays what it is.

        Raises `Locked` while it is being placed with anything else in it.
        """
        notes = Notes(cart_parameters=dict(cart.attributes), notes=note).check()
        order = self.orders.get(shop.identifier, cart.draft_order) or self._new(shop, cart, basket, notes)
        if order.is_submitted or (order.basket, order.notes) == (basket, notes):
            return order
        changed: list[Order] = []

        def render(order: Order) -> Answer:
            changed.append(order)
            return Answer(200, {})

        with suppress(AlreadyPlaced):
            wanted = shop.identifier, order.id, lambda order: replace(order, basket=basket, notes=notes)
            self.editor.change(*wanted, render)
            return changed[-1]
        return found(self.orders.get(shop.identifier, order.id))

    def place(self, order: Order, payments: tuple[Payment, ...], asker: Asker, claim: Claim | None = None) -> Outcome:
        """Place the draft, paid like this. Who sends the same payments at the same time waits for the one that was
        first. Raises as `Placing.submit` does, but for what is placed already: that is its outcome."""
        began, tries = self.now(), 0
        while True:
            try:
                return self.placing.submit(order.shop, order.id, Goal.PROCESS, claim, payments, asker)
            except AlreadyPlaced:
                return self.outcome(order)
            except Locked:
                if self.now() - began >= _PATIENCE_SECONDS:
                    raise
                self.pause(tries)
                tries += 1

    def outcome(self, order: Order) -> Outcome:
        """What became of an order that is placed."""
        order = found(self.orders.get(order.shop, order.id))
        attempt = self.orders.attempt(order.shop, order.id, order.attempt_id)
        if attempt is None:
            raise NotFound("This order was never paid.", "order_id")
        return Outcome(order, attempt)

    def replayed(self, shop: str, claim: Claim, asker: Asker) -> Outcome | None:
        """What became of an earlier request with the same key, carried on where it waited for the shopper's bank."""
        record = self.orders.record(shop, claim.id)
        if record is None:
            return None
        claim.check(record)
        return self.placing.submit(shop, record.order_id, Goal.PROCESS, claim, asker=asker)

    def clear(self, order: Order) -> None:
        """Delete the cart of a placed order. Where that fails it counts as empty all the same."""
        for _ in range(_TRIES):
            cart = self.carts.get(order.shop, order.cart_id) if order.cart_id else None
            if cart is None or cart.draft_order != order.id:
                return
            with suppress(Conflict):
                self.carts.delete(cart)
                return

    def _draft_id(self, cart: Cart) -> str:
        """The same until it is placed. Carts may live longer than orders that nobody places."""
        if not cart.draft_order:
            return self.new_id()
        drawn_at = (ulid_to_bits(cart.draft_order) >> 80) // 1000
        is_over = drawn_at + OPEN_FOR_SECONDS <= self.now() and self.orders.get(cart.shop, cart.draft_order) is None
        return self.new_id() if is_over else cart.draft_order

    def _new(self, shop: Shop, cart: Cart, basket: Basket, notes: Notes) -> Order:
        now = self.now()
        order = Order(
            id=cart.draft_order,
            public_id=public_id(cart.draft_order, self.random_bytes(32)),
            shop=shop.identifier,
            basket=basket,
            created_at=now,
            number=self.orders.next_number(shop.identifier),
            notes=notes,
            expires_at=now + OPEN_FOR_SECONDS,
            cart_id=cart.id,
            is_draft=True,
        )
        try:
            return self.orders.create(order)
        except Conflict:
            return found(self.orders.get(shop.identifier, order.id))
