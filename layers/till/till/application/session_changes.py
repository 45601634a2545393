"""What is changed of a checkout session: where to ship, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from till.application.editing import Editor
from till.application.idempotency import Answer, Claim
from till.application.identifiers import forms, is_ulid
from till.application.ports import Taxes
from till.application.quoting import Quoting
from till.application.sessions import INTENT, Sessions
from till.domain.basket import Basket
from till.domain.buyer import Said
from till.domain.errors import Invalid, NotFound
from till.domain.order import Order
from till.domain.shop import Shop

type Render = Callable[[Order], Answer]


@dataclass(frozen=True, slots=True)
class Named:
    """Which session is meant: by its live cart, by its payment intent, or by both."""

    cart_id: str = ""
    payment_intent_id: str = ""

    @property
    def order_id(self) -> str:
        """The ULID that its order has, "" for what names none. Raises `Invalid` where nothing is named."""
        if not self.cart_id and not self.payment_intent_id:
            raise Invalid("Name the session by its cart_id, its payment_intent_id, or both.", "cart_id", "missing")
        known = self.payment_intent_id.removeprefix(INTENT) if self.payment_intent_id else self.cart_id
        return next(filter(is_ulid, forms(known)), "")

    def check(self, order: Order) -> None:
        """Raises `NotFound` for an order that is no session, and `Invalid` where the ids are of two. Beside the payment
        intent, the cart may be the one that the session was begun from."""
        if not order.is_session:
            raise NotFound("There is no such session.", "cart_id")
        if self.cart_id and {order.id, order.cart_id}.isdisjoint(forms(self.cart_id)):
            raise Invalid("The cart and the payment intent are of two sessions.", "payment_intent_id", "not_the_same")


@dataclass(frozen=True, slots=True)
class SessionChanges:
    """Changes sessions, with taxes as soon as it is known where they are owed.

    All raise `NotFound` where there is no such session, `Invalid` where what is named is not one, `Refused` once it is
    bought or where taxes are not to be had, and `Busy`.
    """

    sessions: Sessions
    editor: Editor
    taxes: Taxes

    def tell(self, shop: Shop, named: Named, said: Said, render: Render, claim: Claim | None = None) -> Answer:
        """Keep what the shopper says. Raises as `Sessions.told` does, besides."""
        return self._change(shop, named, lambda order: self.sessions.told(shop, order, said), render, claim)

    def choose(self, shop: Shop, named: Named, number: int, render: Render, claim: Claim | None = None) -> Answer:
        """Ship like that. Raises `Invalid` for a number that nothing offered has, besides."""

        def edit(order: Order) -> Order:
            offers = order.basket.shipping_offers(shop)
            if order.basket.shipping_address is None:
                raise Invalid("Say where to ship first.", "cart_id", "buyer_identity_missing")
            chosen = next((offer for offer in offers if offer.number == number), None)
            if chosen is None:
                raise Invalid("This way to ship is not offered.", "shipping_method_id", "shipping_method_not_found")
            return order.with_basket(order.basket.with_shipping(chosen))

        return self._change(shop, named, edit, render, claim)

    def _change(
        self, shop: Shop, named: Named, edit: Callable[[Order], Order], render: Render, claim: Claim | None
    ) -> Answer:
        quoting = Quoting(self.taxes)

        def edited(order: Order) -> Order:
            named.check(order)
            changed = edit(order)
            return changed.with_basket(_taxed(changed.basket, shop, quoting))

        return self.editor.change(shop.identifier, named.order_id, edited, render, claim)


def _taxed(basket: Basket, shop: Shop, quoting: Quoting) -> Basket:
    return quoting.taxed(basket, shop) if basket.tax_address and basket.taxes is None else basket
