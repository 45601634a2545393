"""The beginning of a checkout: a new order from items, from a cart, or from both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from till.application.editing import OPEN_FOR_SECONDS
from till.application.idempotency import Answer, Claim
from till.application.identifiers import public_id
from till.application.line_items import WantedItem, add_items
from till.application.ports import Carts, Catalog, Orders
from till.domain.address import Address, CountryRules, check
from till.domain.basket import Basket, Customer
from till.domain.errors import Invalid
from till.domain.gifts import without_gifts
from till.domain.notes import NO_NOTES, Notes
from till.domain.order import Order
from till.domain.shop import Shop


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What an order begins with. `keep_cart`: its items become a cart, too, for any dialect; its id is the order's."""

    items: tuple[WantedItem, ...]
    cart_id: str = ""
    customer: Customer | None = None
    notes: Notes = NO_NOTES
    resumable_link: str = ""
    flow_id: str = ""
    keep_cart: bool = False


@dataclass(frozen=True, slots=True)
class Beginning:
    """Makes orders. `rules` are a country's, by its code; `random_bytes` gives that many bytes nobody can guess."""

    orders: Orders
    carts: Carts
    catalog: Catalog
    rules: Callable[[str], CountryRules | None]
    now: Callable[[], int]
    new_id: Callable[[], str]
    random_bytes: Callable[[int], bytes]

    def begin(self, shop: Shop, wanted: NewOrder, claim: Claim | None = None) -> tuple[Order, bool]:
        """A new order, or the one that an earlier request with the same key made, and whether that is so.

        Raises `Invalid`, naming the field.
        """
        if claim is not None and (record := self.orders.record(shop.identifier, claim.id)) is not None:
            claim.check(record)
            made = self.orders.get(shop.identifier, record.order_id)
            if made is not None:
                return made, True
        order_id = self.new_id()
        order = Order(
            id=order_id,
            public_id=public_id(order_id, self.random_bytes(32)),
            shop=shop.identifier,
            basket=self._basket(shop, wanted),
            created_at=self.now(),
            expires_at=self.now() + OPEN_FOR_SECONDS,
            notes=wanted.notes,
            resumable_link=wanted.resumable_link,
            flow_id=wanted.flow_id,
            cart_id=order_id if wanted.keep_cart else wanted.cart_id,
        )
        if wanted.keep_cart:
            self._keep(order, shop)
        return self.orders.create(order, claim.answered(Answer(200, {}), order.id) if claim else None), False

    def _keep(self, order: Order, shop: Shop) -> None:
        from till.domain.cart import DAY_SECONDS, Cart

        days, now = shop.settings.cart_expiry_days, order.created_at
        basket = Basket(order.basket.currency, lines=order.basket.lines, discounts=order.basket.discounts)
        cart = Cart(order.id, order.shop, basket, now, now + days * DAY_SECONDS, updated_at=now)
        self.carts.save(replace(cart, life_days=days, born=order.id))

    def _basket(self, shop: Shop, wanted: NewOrder) -> Basket:
        basket = self._cart(shop, wanted.cart_id) if wanted.cart_id else Basket(shop.currency)
        basket = add_items(self.catalog, basket, wanted.items, shop, "cart_items")
        return basket if wanted.customer is None else replace(basket, customer=wanted.customer)

    def _cart(self, shop: Shop, cart_id: str) -> Basket:
        cart = self.carts.get(shop.identifier, cart_id)
        if cart is None:
            raise Invalid("There is no cart with this id.", "cart_id")
        # What promotions give belongs to the cart: an order's lines can be edited, and nobody would look again.
        basket = without_gifts(cart.basket, shop)
        if cart.shipping_groups:
            # An order is offered shipping by the shop.
            basket = replace(basket, shipping=None, taxes=None)
        basket = basket.with_billing_address(self._whole(basket.billing_address, shop))
        shipping_address = self._whole(basket.shipping_address, shop)
        if shipping_address != basket.shipping_address:
            basket = basket.with_shipping_address(shipping_address, shop)
        return replace(basket, currency=basket.currency or shop.currency)

    def _whole(self, address: Address | None, shop: Shop) -> Address | None:
        """The address, unless something is missing in it or wrong: carts keep what is said bit by bit."""
        if address is None:
            return None
        needs = {"phone_required": shop.settings.phone_required, "company_required": shop.settings.company_required}
        return None if check(address, self.rules(address.country_code), **needs) else address
