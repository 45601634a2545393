"""The life of an order: begin, resume, look at it, check its stock, pre-process, process."""

from __future__ import annotations

from dataclasses import replace

from bold.errors import BOLD
from bold.orders.shop_info import shop_info
from bold.sessions import session_of
from bold.storefront import ORDER, change, read
from bold.storefront import authenticate as authenticate_session
from bold.wire import Json, application_state, customer
from till.application.editing import found
from till.application.idempotency import Answer
from till.application.inventory import check_inventory as check
from till.application.tokens import Scope
from till.domain.attempt import Attempt, AttemptState, Goal
from till.domain.errors import Invalid, NotFound, Refused
from till.domain.order import Order
from till.domain.shop import Shop
from till.runtime import beginnings, merchant_auth, wiring
from till.runtime.app import App, Kind, Request


def authenticate(request: Request) -> str:
    """A session for its order's routes; a merchant's token, good for storefronts, for all others."""
    if request.route.startswith(ORDER):
        return authenticate_session(request)
    principal = merchant_auth.authenticate(request.headers)
    principal.require(Scope.CHECKOUT, request.path.get("shop", ""))
    return principal.id


# Of the merchant's backend.
BACKEND = "/checkout/orders/{shop}"

app = App(BOLD, authenticate)
handler = app.handle


@app.route("POST", f"{BACKEND}/init", Kind.TOKEN, "Initialize Order", takes="InitBody")
def initialize(request: Request) -> Answer:
    # Here, and not above: who submits an order, which has no body, does not wait for the models.
    from bold.orders.models import new_order

    wanted = new_order(request.body)
    shop = wiring.catalog().shop(request.path["shop"])
    order, replayed = beginnings.beginning().begin(shop, wanted, request.claim)
    return replace(_session(order, shop, request), replayed=replayed)


@app.route("POST", f"{BACKEND}/resume", Kind.TOKEN, "Resume Order", takes="ResumeBody")
def resume(request: Request) -> Answer:
    from bold.orders.models import order_to_resume

    public_id = order_to_resume(request.body)
    shop = wiring.catalog().shop(request.path["shop"])
    order = found(wiring.orders().get(shop.identifier, public_id))
    return _session(order, shop, request)


@app.route(
    "POST",
    f"{BACKEND}/{{order}}/customer/authenticated",
    Kind.CHANGE,
    "Create Authenticated Customer",
    takes="InitCustomer",
)
def create_authenticated_customer(request: Request) -> Answer:
    from bold.orders.models import known_customer

    known = known_customer(request.body)

    def edit(order: Order, _: Shop) -> Order:
        if order.basket.customer is not None:
            raise Invalid("There is a customer already. Delete it first.", "customer")
        return order.with_basket(replace(order.basket, customer=known))

    return change(request, edit, _customer)


@app.route("DELETE", f"{BACKEND}/{{order}}/customer", Kind.CHANGE, "Delete Authenticated Customer")
def delete_authenticated_customer(request: Request) -> Answer:
    return change(request, lambda order, _: order.with_basket(replace(order.basket, customer=None)), _customer)


@app.route("GET", "/shops/v1/info", Kind.READ, "Get Info")
def get_info(request: Request) -> Answer:
    bound_to = merchant_auth.authenticate(request.headers).shop
    asked = bound_to or request.query.get("shop_identifier", "")
    # A token of the whole deployment that names no shop means its first.
    shops = [wiring.catalog().shop(asked)] if asked else wiring.catalog().shops(100, "").data
    if not shops:
        raise NotFound("There is no shop yet.", "shop")
    return Answer(200, shop_info(min(shops, key=lambda shop: shop.created_at)))


@app.route("GET", f"{ORDER}/refresh", Kind.READ, "Get Application State")
def refresh(request: Request) -> Answer:
    return read(request, lambda order, _: _number(order))


@app.route("POST", f"{ORDER}/app_hook", Kind.CALL, "Dispatch App Hook Event", takes="AppHookBody")
def dispatch_app_hook(request: Request) -> Answer:
    # With orders, whose state it changes; loaded here, since no other route of an order waits for a plugin.
    from bold.orders.app_hook import dispatch

    return dispatch(request)


@app.route("GET", f"{ORDER}/check_inventory", Kind.READ, "Check Order Inventory")
def check_inventory(request: Request) -> Answer:
    stage = request.query.get("stage", "initial")
    if stage not in ("initial", "final"):
        raise Invalid("The stage is initial or final.", "stage")
    return read(request, lambda order, shop: {"inventory_check": _inventory(order, shop, stage)})


@app.route("POST", f"{ORDER}/pre_process_order", Kind.WORKFLOW, "Pre-Process Order")
def pre_process(request: Request) -> Answer:
    return _submit(request, Goal.PRE_PROCESS)


@app.route("POST", f"{ORDER}/process_order", Kind.WORKFLOW, "Process Order")
def process(request: Request) -> Answer:
    return _submit(request, Goal.PROCESS)


def _submit(request: Request, goal: Goal) -> Answer:
    shop = wiring.catalog().shop(request.path["shop"])
    wanted = shop.identifier, request.path["order"], goal, request.claim
    outcome = wiring.placing().submit(*wanted, asker=request.asker)
    return replace(_submitted(outcome.order, outcome.attempt, shop), replayed=outcome.replayed)


def _submitted(order: Order, attempt: Attempt, shop: Shop) -> Answer:
    if attempt.state is AttemptState.UNDONE:
        return BOLD.refuse(Refused.of(attempt.problems))
    if attempt.state is AttemptState.PARKED and attempt.client_secret:
        return Answer(202, {"handleSCA": True, "clientSecretToken": attempt.client_secret})
    return Answer(200, {"data": _number(order) | {"application_state": application_state(order, shop)}})


def _number(order: Order) -> Json:
    """What the shopper is told to call the order by, once it is placed."""
    return {"order_number": order.number} if order.is_submitted else {}


def _session(order: Order, shop: Shop, request: Request) -> Answer:
    buyer = order.basket.customer
    beside: Json = {"vaulting_enabled": bool(buyer and buyer.platform_id)}
    if order.cart_id:
        beside["cart_id"] = order.cart_id
    return Answer(200, {"data": session_of(order, shop, request) | beside})


def _customer(order: Order, _: Shop) -> Json:
    return {"customer": customer(order.basket.customer)}


def _inventory(order: Order, shop: Shop, stage: str) -> Json:
    """pass, fail with what is short, or not_enabled: all three are answers, not errors."""
    if not shop.settings.inventory_check:
        return {"result": "not_enabled"}
    said = wiring.inventory_overrides().available(order, shop, stage)
    short = check(wiring.stock(), order, said, wiring.now())
    if not short:
        return {"result": "pass"}
    platform_ids = {line.variant_id: line.platform_id for line in order.basket.lines}
    failed = [
        {
            "platform_variant_id": platform_ids[one.part],
            "available_quantity": max(one.available, 0),
        }
        for one in short
    ]
    return {"result": "fail", "failed_items": failed, "reason": "Some items are out of stock."}
