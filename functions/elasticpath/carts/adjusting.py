"""Many adjustments of a cart in one request: what cannot be put on is told, or is reason to put none on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from elasticpath.carts.items import key_of
from elasticpath.carts.routes import change
from elasticpath.carts.wire import item_type
from elasticpath.errors import error_of
from elasticpath.money import Json
from till.application.idempotency import Answer
from till.domain.cart import Cart
from till.domain.errors import Busy, NotFound, TillError
from till.domain.shop import Shop
from till.runtime.app import Request

if TYPE_CHECKING:
    from elasticpath.carts.adjustment_models import ToItem

# Puts one thing on a cart, and tells it as a client reads it.
type Put = Callable[[Cart, Shop], tuple[Cart, Json]]


@dataclass(slots=True)
class Adjusting:
    """Puts things on a cart in their order, and answers with what it put on."""

    puts: Sequence[Put]
    all_or_nothing: bool = True
    done: list[Json] = field(default_factory=list)
    refused: list[TillError] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        """201 with those that are on the cart now, and why others are not."""

        def told(*_: object) -> Answer:
            errors = [error for one in self.refused for error in error_of(one)]
            return Answer(201, {"data": list(self.done)} | ({"errors": errors} if errors else {}))

        return change(request, self._edit, told)

    def _edit(self, cart: Cart, shop: Shop) -> Cart:
        self.done.clear()
        self.refused.clear()
        for put in self.puts:
            try:
                cart, told = put(cart, shop)
                self.done.append(told)
            except Busy:
                raise
            except TillError as error:
                if self.all_or_nothing:
                    raise
                self.refused.append(error)
        return cart


def related_key(cart: Cart, to: ToItem) -> str:
    """The key of the item that it says it is for. Raises `NotFound`, also where it says another type."""
    wanted = to.item.data
    key = key_of(cart, wanted.id)
    if not key:
        raise NotFound("Item was not found in the cart", about={"line_key": wanted.id})
    found = item_type(cart.basket.line(key))
    if found != wanted.type:
        message = f"Mismatch between type({wanted.type}) and cart item type({found})."
        raise NotFound(message, about={"line_key": wanted.id})
    return key
