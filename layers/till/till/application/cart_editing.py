"""How every route changes a cart: read, change, answer, write if nobody else did; then again if somebody did.

Two round trips. With an idempotency key the record is read and written in the same two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from till.application.gifts import with_gifts_of
from till.application.idempotency import Answer, Claim, replay
from till.application.ports import Carts, Catalog
from till.domain.basket import Basket
from till.domain.cart import DAY_SECONDS, Cart
from till.domain.errors import Conflict, Forbidden
from till.domain.item_taxes import with_item_taxes
from till.domain.shop import Shop

_TRIES = 6


@dataclass(frozen=True, slots=True)
class CartEditor:
    """Changes carts of the carts port. `new_id` names carts and edits; `pause` waits after so many tries."""

    carts: Carts
    catalog: Catalog
    now: Callable[[], int]
    new_id: Callable[[], str]
    pause: Callable[[int], None]

    def change(
        self,
        shop: Shop,
        cart_id: str,
        edit: Callable[[Cart], Cart | None],
        render: Callable[[Cart], Answer],
        claim: Claim | None = None,
        taxed: Callable[[Basket, Shop], Basket] = with_item_taxes,
        templates: bool = False,
    ) -> Answer:
        """Apply an edit and answer it; where it leaves nothing, the cart is deleted. `taxed` knows its taxes.

        Raises what the edit raises, with nothing written, `Forbidden` for a template unless `templates` may be changed,
        and `Conflict` at last.
        """
        name = self.new_id()
        for attempt in range(_TRIES):
            cart, answer = self._read(shop, cart_id, claim, render)
            if answer is not None:
                return answer
            if cart.last_edit == name:
                # A write whose answer was lost is refused when the SDK repeats it: it was ours.
                return render(cart)
            if cart.is_template and not templates:
                raise Forbidden("This cart is the shop's: check it out, or make a cart of your own.", "cart_id")
            changed = edit(cart)
            if changed is None and not cart.version:
                return render(cart)
            if changed is not None:
                changed = self._complete(shop, changed, taxed)
                if changed == cart and cart.version and claim is None:
                    return render(cart)
                changed = replace(self._dated(changed), last_edit=name)
            answer = render(changed or cart)
            record = claim.answered(answer) if claim else None
            try:
                if changed is None:
                    self.carts.delete(cart, record)
                else:
                    left = [owner for owner in cart.owners if owner not in changed.owners]
                    self.carts.save(changed, record, left)
                return answer
            except Conflict:
                self.pause(attempt)
        raise Conflict("The cart is being changed by others. Try again in a moment.", "cart")

    def read(self, shop: Shop, cart_id: str) -> Cart:
        """The cart, an empty one where there is none."""
        return self.carts.get(shop.identifier, cart_id) or self._empty(shop, cart_id)

    def finished(self, shop: Shop, cart: Cart, taxed: Callable[[Basket, Shop], Basket] = with_item_taxes) -> Cart:
        """A changed cart as it is to be stored: with all that follows from what is in it."""
        return self._dated(self._complete(shop, cart, taxed))

    def _read(
        self, shop: Shop, cart_id: str, claim: Claim | None, render: Callable[[Cart], Answer]
    ) -> tuple[Cart, Answer | None]:
        if claim is None:
            return self.read(shop, cart_id), None
        found, record = self.carts.get_with_record(shop.identifier, cart_id, claim.id)
        cart = found or self._empty(shop, cart_id)
        if record is None:
            return cart, None
        claim.check(record)
        return cart, replay(record) if record.body else replace(render(cart), replayed=True)

    def _empty(self, shop: Shop, cart_id: str) -> Cart:
        """Its currency is that of the first item."""
        settings, now = shop.settings, self.now()
        cart = Cart(
            id=cart_id,
            shop=shop.identifier,
            basket=Basket(""),
            created_at=now,
            expires_at=0,
            life_days=settings.cart_expiry_days,
            custom_discounts=settings.custom_discounts_enabled,
            born=self.new_id(),
        )
        return self._dated(cart)

    def _complete(self, shop: Shop, cart: Cart, taxed: Callable[[Basket, Shop], Basket]) -> Cart:
        """With all that follows from what is in it."""
        cart = cart.settled()
        basket = with_gifts_of(shop, cart.basket, self.catalog, cart.day(self.now()))
        return cart.with_basket(taxed(basket, shop))

    def _dated(self, cart: Cart) -> Cart:
        now = self.now()
        ends = 0 if cart.is_template else now + cart.life_days * DAY_SECONDS
        return replace(cart, updated_at=now, expires_at=ends)
