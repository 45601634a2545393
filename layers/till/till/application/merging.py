"""What somebody put into a cart before they signed in becomes part of their own cart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from till.application.cart_editing import CartEditor
from till.application.cart_items import CartItems, Wanted, WantedCode, copied
from till.application.ports import Carts
from till.domain.basket import Basket
from till.domain.cart import Cart
from till.domain.discount import DiscountSource
from till.domain.errors import Conflict, TillError
from till.domain.shop import Shop

_TRIES = 6


@dataclass(frozen=True, slots=True)
class Merging:
    """Merges carts: one transaction writes the one and deletes the other, so that nothing is ever in both."""

    carts: Carts
    editor: CartEditor
    items: CartItems
    pause: Callable[[int], None]

    def merge(
        self,
        shop: Shop,
        guests_id: str,
        cart_id: str,
        owned: Callable[[Cart], Cart],
        taxed: Callable[[Basket, Shop], Basket],
    ) -> None:
        """Put what is in a guest's cart into another. `owned` makes that somebody's, `taxed` knows its taxes.

        Nothing is done where the guest's is gone: it was merged before. Raises `Conflict`.
        """
        for attempt in range(_TRIES):
            guests = self.carts.get(shop.identifier, guests_id)
            if guests is None or guests.owners or guests.is_template:
                return
            own = self._with(owned(self.editor.read(shop, cart_id)), guests, shop)
            try:
                self.carts.save(self.editor.finished(shop, own, taxed), gone=guests)
                return
            except Conflict:
                self.pause(attempt)
        raise Conflict("The cart is being changed by others. Try again in a moment.", "cart")

    def _with(self, cart: Cart, guests: Cart, shop: Shop) -> Cart:
        """Both, at today's prices; what cannot be had is left out. The customer's own addresses and choices stay."""
        codes = [one.code for one in guests.basket.discounts if one.source is DiscountSource.CODE]
        wanted: tuple[Wanted, ...] = (*copied(guests.basket, with_custom=True), *map(WantedCode, codes))
        left_out: list[TillError] = []
        now, basket = self.editor.now(), guests.basket
        cart = self.items.add(cart, shop, wanted, basket.currency, now, left_out) if wanted else cart
        own = replace(
            cart.basket,
            shipping_address=cart.basket.shipping_address or basket.shipping_address,
            billing_address=cart.basket.billing_address or basket.billing_address,
            shipping=cart.basket.shipping or basket.shipping,
            taxes=None,
        ).reoffered(shop)
        return replace(
            cart,
            basket=own,
            payment_method=cart.payment_method or guests.payment_method,
            # The guest's bank may be asked this moment: who pays now pays the same order.
            draft_order=cart.draft_order or guests.draft_order,
        )
