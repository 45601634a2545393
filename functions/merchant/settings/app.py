"""The merchant's shops, zones, gateways and API tokens."""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress

from merchant.auth import authenticate, principal
from merchant.settings import rendering
from merchant.settings.models import (
    ClientBody,
    CorsBody,
    GatewayBody,
    NewShopBody,
    PluginBody,
    ReceiverBody,
    ShippingZoneBody,
    ShopBody,
    TaxZoneBody,
    TokenBody,
)
from merchant.wire import MERCHANT, Json, everything, listed, one, page_asked
from till.adapters.payments import sandbox_webhooks
from till.application import clients, receivers, settings
from till.application.credentials import SECRET_BYTES
from till.application.idempotency import Answer, Claim
from till.application.ports import Page
from till.application.tokens import ApiToken, Scope, issue
from till.domain.errors import Forbidden, Invalid, NotFound
from till.domain.plugin import Receiver
from till.domain.shop import Gateway, Shop
from till.runtime import merchant_auth, wiring
from till.runtime.app import App, Kind, Request
from till.runtime.location import webhook_url
from till.runtime.settings import environment
from till.runtime.validation import parse

SHOPS = "/merchant/shops"
SHOP = f"{SHOPS}/{{shop}}"
TOKENS = "/merchant/tokens"
# Where Bold has it, for the plugins of shop systems that call it.
CORS = "/checkout/shop/{shop}/cors"
# What the tokens may do that a client gets with its secret: nobody makes one that may do more than themselves.
CLIENT_SCOPES = (Scope.ORDERS, Scope.CUSTOMERS, Scope.SETTINGS)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

app = App(MERCHANT, authenticate)
handler = app.handle


@app.route("POST", TOKENS, Kind.CALL, "Create API Token")
def create_token(request: Request) -> Answer:
    body = parse(TokenBody, request.body)
    if body.shop:
        wiring.catalog().shop(body.shop)
    if request.is_again:
        # The secret of what was made before was told to nobody.
        with suppress(NotFound):
            merchant_auth.tokens().delete(request.new_id())
    token = ApiToken(request.new_id(), body.name, tuple(dict.fromkeys(body.scopes)), request.now, body.shop or "")
    secret = issue(merchant_auth.tokens(), principal(request), token, os.urandom(SECRET_BYTES))
    data = rendering.token(token)
    # A secret is never stored: whoever repeats the request learns only which token it made.
    return Answer(201, {"data": data | {"secret": secret}}, stored={"data": data | {"secret": None}})


@app.route("GET", TOKENS, Kind.READ, "List API Tokens")
def list_tokens(request: Request) -> Answer:
    return listed(merchant_auth.tokens().list(*page_asked(request)), rendering.token)


@app.route("DELETE", f"{TOKENS}/{{token_id}}", Kind.CALL, "Revoke API Token")
def revoke_token(request: Request) -> Answer:
    with request.deleting():
        merchant_auth.tokens().delete(request.path["token_id"])
    return one({"id": request.path["token_id"]})


@app.route("POST", SHOPS, Kind.CALL, "Create Shop")
def create_shop(request: Request) -> Answer:
    if principal(request).shop is not None:
        raise Forbidden("A token that is bound to a shop cannot create others.")
    shop = parse(NewShopBody, request.body).shop(request.began)
    if request.is_again and settings.is_stored(wiring.catalog(), shop):
        return one(rendering.shop(shop), 201)
    return one(rendering.shop(settings.create_shop(wiring.catalog(), wiring.address_book(), shop)), 201)


@app.route("GET", SHOPS, Kind.READ, "List Shops")
def list_shops(request: Request) -> Answer:
    own = principal(request).shop
    page = wiring.catalog().shops(*page_asked(request)) if own is None else Page((wiring.catalog().shop(own),))
    return listed(page, rendering.shop)


@app.route("GET", SHOP, Kind.READ, "Get Shop")
def get_shop(request: Request) -> Answer:
    return one(rendering.shop(_shop(request)))


@app.route("PATCH", SHOP, Kind.CALL, "Update Shop")
def update_shop(request: Request) -> Answer:
    changes = parse(ShopBody, request.body).changes()
    shop = settings.update_shop(wiring.catalog(), wiring.address_book(), request.path["shop"], changes)
    return one(rendering.shop(shop))


@app.route("GET", f"{SHOP}/shipping_zones", Kind.READ, "List Shipping Zones")
def list_shipping_zones(request: Request) -> Answer:
    shop = _shop(request)
    return everything(shop.shipping_zones, lambda zone: rendering.shipping_zone(zone, shop.currency))


@app.route("PUT", f"{SHOP}/shipping_zones/{{zone_id}}", Kind.CALL, "Set Shipping Zone")
def put_shipping_zone(request: Request) -> Answer:
    body, zone_id = parse(ShippingZoneBody, request.body), _id(request, "zone_id")
    shop = settings.put_shipping_zone(
        wiring.catalog(), wiring.address_book(), request.path["shop"], lambda shop: body.zone(zone_id, shop.currency)
    )
    (zone,) = (zone for zone in shop.shipping_zones if zone.id == zone_id)
    return one(rendering.shipping_zone(zone, shop.currency))


@app.route("DELETE", f"{SHOP}/shipping_zones/{{zone_id}}", Kind.CALL, "Delete Shipping Zone")
def delete_shipping_zone(request: Request) -> Answer:
    with request.deleting():
        settings.delete_shipping_zone(wiring.catalog(), request.path["shop"], request.path["zone_id"])
    return one({"id": request.path["zone_id"]})


@app.route("GET", f"{SHOP}/tax_zones", Kind.READ, "List Tax Zones")
def list_tax_zones(request: Request) -> Answer:
    return everything(_shop(request).tax_zones, rendering.tax_zone)


@app.route("PUT", f"{SHOP}/tax_zones/{{zone_id}}", Kind.CALL, "Set Tax Zone")
def put_tax_zone(request: Request) -> Answer:
    zone = parse(TaxZoneBody, request.body).zone(_id(request, "zone_id"))
    settings.put_tax_zone(wiring.catalog(), wiring.address_book(), request.path["shop"], zone)
    return one(rendering.tax_zone(zone))


@app.route("DELETE", f"{SHOP}/tax_zones/{{zone_id}}", Kind.CALL, "Delete Tax Zone")
def delete_tax_zone(request: Request) -> Answer:
    with request.deleting():
        settings.delete_tax_zone(wiring.catalog(), request.path["shop"], request.path["zone_id"])
    return one({"id": request.path["zone_id"]})


@app.route("GET", f"{SHOP}/gateways", Kind.READ, "List Payment Gateways")
def list_gateways(request: Request) -> Answer:
    return everything(_shop(request).gateways, lambda gateway: _gateway(gateway, request))


@app.route("GET", f"{SHOP}/gateways/{{gateway_id}}", Kind.READ, "Get Payment Gateway")
def get_gateway(request: Request) -> Answer:
    gateway = _shop(request).gateway(request.path["gateway_id"])
    if gateway.kind != settings.SANDBOX:
        return one(_gateway(gateway, request) | {"secret": None})
    return _shared(_gateway(gateway, request), sandbox_webhooks.receiver(gateway.id), request)


@app.route("PUT", f"{SHOP}/gateways/{{gateway_id}}", Kind.CALL, "Set Payment Gateway")
def put_gateway(request: Request) -> Answer:
    body = parse(GatewayBody, request.body)
    gateway = body.gateway(_id(request, "gateway_id"))
    given = gateway, body.secrets(), environment().stage
    settings.put_gateway(wiring.catalog(), wiring.gateway_secrets(), request.path["shop"], *given)
    return one(_gateway(gateway, request))


@app.route("DELETE", f"{SHOP}/gateways/{{gateway_id}}", Kind.CALL, "Delete Payment Gateway")
def delete_gateway(request: Request) -> Answer:
    place = request.path["shop"], request.path["gateway_id"]
    with request.deleting():
        settings.delete_gateway(wiring.catalog(), wiring.gateway_secrets(), *place)
    return one({"id": request.path["gateway_id"]})


@app.route("GET", f"{SHOP}/tax_provider", Kind.READ, "Get Tax Provider")
def get_tax_provider(request: Request) -> Answer:
    return _received(request, receivers.receiver(_shop(request), receivers.TAX_PROVIDER))


@app.route("PUT", f"{SHOP}/tax_provider", Kind.CALL, "Set Tax Provider")
def put_tax_provider(request: Request) -> Answer:
    return _put_receiver(request, receivers.TAX_PROVIDER)


@app.route("DELETE", f"{SHOP}/tax_provider", Kind.CALL, "Delete Tax Provider")
def delete_tax_provider(request: Request) -> Answer:
    return _delete_receiver(request, receivers.TAX_PROVIDER)


@app.route("GET", f"{SHOP}/platform", Kind.READ, "Get Platform")
def get_platform(request: Request) -> Answer:
    return _received(request, receivers.receiver(_shop(request), receivers.PLATFORM))


@app.route("PUT", f"{SHOP}/platform", Kind.CALL, "Set Platform")
def put_platform(request: Request) -> Answer:
    return _put_receiver(request, receivers.PLATFORM)


@app.route("DELETE", f"{SHOP}/platform", Kind.CALL, "Delete Platform")
def delete_platform(request: Request) -> Answer:
    return _delete_receiver(request, receivers.PLATFORM)


@app.route("GET", CORS, Kind.READ, "List CORS Domains")
def list_cors_domains(request: Request) -> Answer:
    return Answer(200, rendering.cors_domains(_shop(request)))


@app.route("POST", CORS, Kind.CALL, "Add CORS Domain")
def add_cors_domain(request: Request) -> Answer:
    origin = parse(CorsBody, request.body).domain
    return Answer(200, rendering.cors_domains(settings.add_origin(wiring.catalog(), request.path["shop"], origin)))


@app.route("DELETE", f"{CORS}/{{cors_id}}", Kind.CALL, "Delete CORS Domain")
def delete_cors_domain(request: Request) -> Answer:
    with request.deleting():
        settings.delete_origin(wiring.catalog(), request.path["shop"], request.path["cors_id"])
    return Answer(200, rendering.cors_domains(_shop(request)))


@app.route("POST", f"{SHOP}/clients", Kind.CALL, "Create Client")
def create_client(request: Request) -> Answer:
    body, shop = parse(ClientBody, request.body), _shop(request).identifier
    maker = principal(request)
    for scope in CLIENT_SCOPES:
        maker.require(scope)
    client_id = _client_id(request.claim) if request.claim else os.urandom(clients.ID_BYTES)
    if request.is_again:
        # The secret of what was made before was told to nobody.
        with suppress(NotFound):
            wiring.clients().delete(shop, client_id.hex())
    randomness = client_id + os.urandom(SECRET_BYTES)
    client, secret = clients.register(wiring.clients(), shop, body.name, randomness, request.now)
    data = rendering.client(client)
    return Answer(201, {"data": data | {"client_secret": secret}}, stored={"data": data | {"client_secret": None}})


@app.route("GET", f"{SHOP}/clients", Kind.READ, "List Clients")
def list_clients(request: Request) -> Answer:
    return listed(wiring.clients().list(_shop(request).identifier, *page_asked(request)), rendering.client)


@app.route("DELETE", f"{SHOP}/clients/{{client_id}}", Kind.CALL, "Delete Client")
def delete_client(request: Request) -> Answer:
    with request.deleting():
        wiring.clients().delete(request.path["shop"], request.path["client_id"])
    return one({"client_id": request.path["client_id"]})


@app.route("GET", f"{SHOP}/plugins", Kind.READ, "List Plugins")
def list_plugins(request: Request) -> Answer:
    return everything(_shop(request).plugins, rendering.plugin)


@app.route("GET", f"{SHOP}/plugins/{{plugin_id}}", Kind.READ, "Get Plugin")
def get_plugin(request: Request) -> Answer:
    plugin = _shop(request).plugin(_uuid(request, "plugin_id"))
    return _shared(rendering.plugin(plugin), plugin.receiver(), request)


@app.route("PUT", f"{SHOP}/plugins/{{plugin_id}}", Kind.CALL, "Set Plugin")
def put_plugin(request: Request) -> Answer:
    body, plugin_id = parse(PluginBody, request.body), _uuid(request, "plugin_id")
    given = body.plugin(plugin_id), body.rotate_secret, request.now
    plugin = receivers.put_plugin(wiring.catalog(), wiring.outbound(), request.path["shop"], *given).plugin(plugin_id)
    return _shared(rendering.plugin(plugin), plugin.receiver(), request)


@app.route("DELETE", f"{SHOP}/plugins/{{plugin_id}}", Kind.CALL, "Delete Plugin")
def delete_plugin(request: Request) -> Answer:
    plugin_id = _uuid(request, "plugin_id")
    with request.deleting():
        receivers.delete_plugin(wiring.catalog(), request.path["shop"], plugin_id)
    return one({"id": plugin_id})


def _client_id(claim: Claim) -> bytes:
    """The same when the request comes again, and another a day later, when its key is as good as new."""
    return hashlib.sha256(f"{claim.operation}:{claim.now}".encode()).digest()[: clients.ID_BYTES]


def _gateway(gateway: Gateway, request: Request) -> Json:
    return rendering.gateway(gateway, webhook_url(request.api_url, request.path["shop"], gateway.id))


def _shop(request: Request) -> Shop:
    """As it is now: a merchant expects to read what was just written."""
    return wiring.catalog().shop(request.path["shop"], fresh=True)


def _id(request: Request, name: str) -> str:
    given = request.path[name]
    if not settings.ID.fullmatch(given):
        raise Invalid("An id has 1 to 63 letters, digits, hyphens and underscores.", name)
    return given


def _uuid(request: Request, name: str) -> str:
    given = request.path[name].lower()
    if not _UUID.fullmatch(given):
        raise Invalid("An id of a plugin is a UUID.", name)
    return given


def _put_receiver(request: Request, name: str) -> Answer:
    body = parse(ReceiverBody, request.body)
    given = name, body.url, body.rotate_secret, request.now
    return _received(request, receivers.put_receiver(wiring.catalog(), wiring.outbound(), request.path["shop"], *given))


def _delete_receiver(request: Request, name: str) -> Answer:
    with request.deleting():
        receivers.delete_receiver(wiring.catalog(), request.path["shop"], name)
    return one({"id": name})


def _received(request: Request, receiver: Receiver) -> Answer:
    return _shared(rendering.receiver(receiver), receiver, request)


def _shared(data: Json, receiver: Receiver, request: Request) -> Answer:
    """With the secret that the receiver checks our signatures with. It is derived anew each time and never stored."""
    secret = wiring.outbound().secret(request.path["shop"], receiver)
    return Answer(200, {"data": data | {"secret": secret}}, stored={"data": data | {"secret": None}})
