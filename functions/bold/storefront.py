"""What every storefront route does around its own few lines: check the session, load, change, answer."""

from __future__ import annotations

from collections.abc import Callable

from bold.errors import BOLD
from bold.wire import Json, application_state
from till.application.editing import found
from till.application.idempotency import Answer
from till.domain.order import Order
from till.domain.shop import Shop
from till.runtime import session, wiring
from till.runtime.app import App, Request
from till.runtime.settings import environment

ORDER = "/checkout/storefront/{shop}/{order}"

# Names the members of an answer's data beside application_state.
type Render = Callable[[Order, Shop], Json]


def authenticate(request: Request) -> str:
    """The session token must be of the order in the path."""
    shop, order = request.path["shop"], request.path["order"]
    session.verify(environment().jwt_secret, request.bearer, shop, order, request.now)
    return order


def storefront() -> App:
    """An app whose routes are all a session's."""
    return App(BOLD, authenticate)


def change(request: Request, edit: Callable[[Order, Shop], Order], render: Render) -> Answer:
    """Edit the session's order and answer with it."""
    shop = wiring.catalog().shop(request.path["shop"])
    return wiring.editor().change(
        shop.identifier,
        request.path["order"],
        lambda order: edit(order, shop),
        lambda order: _answer(order, shop, render),
        request.claim,
    )


def read(request: Request, render: Render) -> Answer:
    """The session's order as it is."""
    shop = wiring.catalog().shop(request.path["shop"])
    order = found(wiring.orders().get(shop.identifier, request.path["order"]))
    return _answer(order, shop, render)


def _answer(order: Order, shop: Shop, render: Render) -> Answer:
    data = render(order, shop) | {"application_state": application_state(order, shop)}
    return Answer(200, {"data": data})
