"""Shops of their own on the deployed stack: one that sells one thing, and one for the events of events/."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from scripts.checkout_client import Json, Merchant, Stack, good
from scripts.event import Events
from tests.fakes.outbound import Service, running


def shop_of(http: httpx.Client, stack: Stack, variant: Json, on_hand: int) -> Merchant:
    """It sells that in Canada, ships it for 5.00 CAD, and is paid in its gateway `sandbox`."""
    shop = f"own-{uuid.uuid4().hex[:12]}"
    merchant = Merchant(http.request, shop, stack.merchant_token)
    headers = {"Authorization": f"Bearer {stack.merchant_token}"}
    body = {"identifier": shop, "name": "Own", "currency": "CAD", "country": "CA"}
    good(http.post("/merchant/shops", json=body, headers=headers))
    rates = [{"code": "standard", "description": "Standard", "amount": "5.00"}]
    merchant.ask("PUT", "/shipping_zones/canada", {"name": "Canada", "regions": [{"country": "CA"}], "rates": rates})
    merchant.ask("PUT", "/gateways/sandbox", {"kind": "sandbox", "name": "Sandbox"})
    product = {"handle": "thing", "title": "Thing", "variants": [variant | {"weight_grams": 1000}]}
    merchant.ask("PUT", "/products", product)
    merchant.ask("PUT", f"/stock/{variant['sku']}", {"on_hand": on_hand})
    return merchant


@contextmanager
def shop_of_events(http: httpx.Client, stack: Stack) -> Iterator[dict[str, str]]:
    """The names that events begin with, of a shop of its own with a plugin beside it."""
    owner = shop_of(http, stack, {"platform_id": "66", "sku": "ABS", "prices": {"CAD": "225.00"}}, on_hand=1000)
    with running(Service(lambda _: {"success": True, "actions": []})) as plugin:
        names = {"gateway": "sandbox", "variant": "66", "new": uuid.uuid4().hex[:8], "plugin_url": plugin.url}
        names |= {"shop": owner.shop, "merchant_token": stack.merchant_token}
        # Functions keep what they know of a shop for a moment: all of it is there before the first of them asks.
        before = Events(lambda _, event: good(answered(http, event)), names)
        for name in ("merchant/settings/set_gift_card_gateway", "merchant/settings/set_plugin"):
            good(answered(http, before.fill(name)))
        yield names


def answered(http: httpx.Client, event: Json) -> httpx.Response:
    """What the API answers to an event of its own."""
    query, headers = event["queryStringParameters"], event["headers"]
    return http.request(event["httpMethod"], event["path"], headers=headers, params=query, content=event["body"])
