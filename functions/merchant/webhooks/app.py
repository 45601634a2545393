"""Where the merchant is told of events: endpoints, what was delivered to them, and what is sent once more."""

from __future__ import annotations

from merchant.auth import authenticate
from merchant.webhooks import rendering
from merchant.webhooks.models import EndpointBody, NewEndpointBody
from merchant.wire import MERCHANT, everything, listed, one, page_asked
from till.application import webhooks
from till.application.idempotency import Answer
from till.domain.errors import Refused
from till.domain.webhook import Endpoint
from till.runtime import backstage, wiring
from till.runtime.app import App, Kind, Request
from till.runtime.validation import parse

ENDPOINTS = "/merchant/shops/{shop}/webhook_endpoints"
ENDPOINT = f"{ENDPOINTS}/{{endpoint_id}}"
DELIVERIES = f"{ENDPOINT}/deliveries"

app = App(MERCHANT, authenticate)
handler = app.handle


@app.route("POST", ENDPOINTS, Kind.CALL, "Create Webhook Endpoint")
def create_endpoint(request: Request) -> Answer:
    endpoint = parse(NewEndpointBody, request.body).endpoint(request.new_id(), request.began)
    return _shared(webhooks.add(backstage.endpoints(), wiring.outbound(), _shop(request), endpoint), request, 201)


@app.route("GET", ENDPOINTS, Kind.READ, "List Webhook Endpoints")
def list_endpoints(request: Request) -> Answer:
    found = tuple(backstage.endpoints().of(_shop(request), fresh=True))
    return everything(found, lambda endpoint: rendering.endpoint(endpoint, request.now))


@app.route("GET", ENDPOINT, Kind.READ, "Get Webhook Endpoint")
def get_endpoint(request: Request) -> Answer:
    return _shared(_endpoint(request), request)


@app.route("PATCH", ENDPOINT, Kind.CALL, "Update Webhook Endpoint")
def update_endpoint(request: Request) -> Answer:
    body = parse(EndpointBody, request.body)
    place = _shop(request), request.path["endpoint_id"]
    rotated_at = request.began if body.rotate_secret else None
    endpoint = webhooks.change(backstage.endpoints(), wiring.outbound(), *place, body.changes(), rotated_at)
    return _shared(endpoint, request)


@app.route("DELETE", ENDPOINT, Kind.CALL, "Delete Webhook Endpoint")
def delete_endpoint(request: Request) -> Answer:
    with request.deleting():
        backstage.endpoints().delete(_shop(request), _endpoint(request).id)
    return one({"id": request.path["endpoint_id"]})


@app.route("POST", f"{ENDPOINT}/test", Kind.CALL, "Test Webhook Endpoint")
def try_endpoint(request: Request) -> Answer:
    event = webhooks.trial(_shop(request), request.new_id(), request.now)
    return one(rendering.delivery(backstage.delivering().tell_at_once(event, webhooks.WEBHOOK, _endpoint(request).id)))


@app.route("GET", DELIVERIES, Kind.READ, "List Webhook Deliveries")
def list_deliveries(request: Request) -> Answer:
    place = _shop(request), _endpoint(request).id
    return listed(backstage.deliveries().of_endpoint(*place, *page_asked(request)), rendering.delivery)


@app.route("POST", f"{DELIVERIES}/{{delivery_id}}/redeliver", Kind.CALL, "Redeliver Webhook")
def redeliver(request: Request) -> Answer:
    shop, endpoint = _shop(request), _endpoint(request)
    if not endpoint.enabled:
        raise Refused("The endpoint is disabled. Enable it first.", "endpoint_id")
    return one(rendering.delivery(backstage.delivering().redeliver(shop, request.path["delivery_id"], endpoint.id)))


def _shop(request: Request) -> str:
    return wiring.catalog().shop(request.path["shop"]).identifier


def _endpoint(request: Request) -> Endpoint:
    return webhooks.find(backstage.endpoints(), _shop(request), request.path["endpoint_id"])


def _shared(endpoint: Endpoint, request: Request, status: int = 200) -> Answer:
    """With the secret that the endpoint checks our signatures with. It is derived anew each time and never stored."""
    data = rendering.endpoint(endpoint, request.now)
    secret = wiring.outbound().secret(_shop(request), endpoint.receiver())
    return Answer(status, {"data": data | {"secret": secret}}, stored={"data": data | {"secret": None}})
