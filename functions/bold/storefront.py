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

wiring.at_init(wiring.orders)

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

    def edited(order: Order) -> Order:
        return edit(order, shop)

    def answered(order: Order) -> Answer:
        return _answer(request, order, shop, render)

    if request.draft is not None:
        return request.draft.change(edited, answered)
    return wiring.editor().change(shop.identifier, request.path["order"], edited, answered, request.claim)


def read(request: Request, render: Render) -> Answer:
    """The session's order as it is."""
    shop = wiring.catalog().shop(request.path["shop"])
    return _answer(request, current(request), shop, render)


def current(request: Request) -> Order:
    """The session's order, within a batch as the requests before this one made it. Raises `NotFound`."""
    if request.draft is not None:
        return request.draft.order
    return found(wiring.orders().get(request.path["shop"], request.path["order"]))


def _answer(request: Request, order: Order, shop: Shop, render: Render) -> Answer:
    """Within a batch without the whole order, which the batch tells once."""
    state = {} if request.draft is not None else {"application_state": application_state(order, shop)}
    return Answer(200, {"data": render(order, shop) | state})
