"""Checking a cart out: one snapshot of it becomes an order that waits to be paid. The cart stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from till.application.discounts import recheck
from till.application.editing import found
from till.application.gifts import with_gifts_of
from till.application.idempotency import Answer, Claim, replay
from till.application.identifiers import public_id
from till.application.inventory import check_inventory, not_enough
from till.application.ports import Carts, Catalog, Discounts, InventoryOverrides, Orders, Stock, Taxes
from till.application.quoting import Quoting
from till.application.repricing import repriced
from till.domain.address import Address
from till.domain.agreement import Agreement
from till.domain.basket import Basket, Customer
from till.domain.cart import Cart
from till.domain.errors import Conflict, Invalid, Refused
from till.domain.notes import Notes
from till.domain.order import Order
from till.domain.shop import Shop

_TRIES = 6


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a checkout adds to a cart. `account_id` and `member_id` are ULIDs where an account buys."""

    customer: Customer
    billing_address: Address
    shipping_address: Address
    order_number: str = ""
    external_ref: str = ""
    account_id: str = ""
    member_id: str = ""


@dataclass(frozen=True, slots=True)
class CheckingOut:
    """Makes orders of carts. `random_bytes` gives that many bytes nobody can guess; `pause` waits after so many tries.

    Stock is looked at and not held: whoever pays first has it.
    """

    orders: Orders
    carts: Carts
    catalog: Catalog
    stock: Stock
    discounts: Discounts
    taxes: Taxes
    overrides: InventoryOverrides
    now: Callable[[], int]
    new_id: Callable[[], str]
    random_bytes: Callable[[int], bytes]
    pause: Callable[[int], None]

    def check_out(
        self, shop: Shop, cart_id: str, agreed: Agreed, render: Callable[[Order], Answer], claim: Claim | None = None
    ) -> Answer:
        """The answer for a new order, or for the one that an earlier request with the same key made.

        Raises `Invalid` and `Refused` with nothing written, and `Conflict` where the cart does not stand still.
        """
        quoting = Quoting(self.taxes)
        for attempt in range(_TRIES):
            found_cart, answered = self._read(shop.identifier, cart_id, claim, render)
            if answered is not None:
                return answered
            cart = _good(found_cart)
            order = self._order(shop, cart, agreed, quoting)
            answer = render(order)
            try:
                self.orders.check_out(order, cart, claim.answered(answer, order.id) if claim else None)
                return answer
            except Conflict:
                self.pause(attempt)
        raise Conflict("The cart is being changed by others. Try again in a moment.", "cart")

    def _read(
        self, shop: str, cart_id: str, claim: Claim | None, render: Callable[[Order], Answer]
    ) -> tuple[Cart | None, Answer | None]:
        if claim is None:
            return self.carts.get(shop, cart_id), None
        cart, record = self.carts.get_with_record(shop, cart_id, claim.id)
        if record is None:
            return cart, None
        claim.check(record)
        if record.body:
            return cart, replay(record)
        return cart, replace(render(found(self.orders.get(shop, record.order_id))), replayed=True)

    def _order(self, shop: Shop, cart: Cart, agreed: Agreed, quoting: Quoting) -> Order:
        order_id, now = self.new_id(), self.now()
        order = Order(
            id=order_id,
            public_id=public_id(order_id, self.random_bytes(32)),
            shop=shop.identifier,
            basket=self._basket(shop, cart, agreed, quoting),
            created_at=now,
            notes=Notes(cart_parameters=dict(cart.attributes)),
            agreement=Agreement(
                at=now,
                updated_at=now,
                cart_id=cart.id,
                order_number=agreed.order_number,
                external_ref=agreed.external_ref,
                account_id=agreed.account_id,
                member_id=agreed.member_id,
                shipping_groups=cart.shipping_groups,
            ),
        )
        if shop.settings.inventory_check:
            self._check_stock(order, shop)
        return order

    def _basket(self, shop: Shop, cart: Cart, agreed: Agreed, quoting: Quoting) -> Basket:
        """What is in the cart, with prices, codes and taxes as they are now."""
        basket = with_gifts_of(shop, repriced(self.catalog, cart.basket, shop), self.catalog, self.now(), fresh=True)
        basket = replace(
            basket,
            customer=agreed.customer,
            shipping=cart.basket.shipping,
            billing_address=agreed.billing_address,
            shipping_address=agreed.shipping_address,
        )
        basket, unusable = recheck(self.discounts, basket, shop, self.now())
        if unusable:
            raise Refused.of(unusable)
        return quoting.taxed(basket, shop)

    def _check_stock(self, order: Order, shop: Shop) -> None:
        said = self.overrides.available(order, shop, "initial")
        short = {one.part for one in check_inventory(self.stock, order, said, self.now())}
        missing = {line.variant_id: not_enough(line) for line in order.basket.lines if line.variant_id in short}
        if missing:
            raise Refused.of(list(missing.values()))


def _good(cart: Cart | None) -> Cart:
    """The cart, where there is one that can be checked out. Raises `Invalid`."""
    if cart is None or not cart.basket.lines:
        raise Invalid("There is nothing in this cart to check out.", code="cart_empty")
    if cart.snapshot_date:
        raise Invalid("Checking out carts with snapshot dates not permitted", code="cart_preview")
    return cart
