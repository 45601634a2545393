"""GET /checkout is the document that its vendor shows: member by member, type by type, and value by value."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from tests.builders import a_product, a_shop, a_variant
from tests.integration.cocart.checkouts import Checkout, good
from tests.integration.deployment import Deployment
from till.domain.region import Region
from till.domain.shipping import ShippingRate, ShippingZone
from till.domain.shop import Gateway
from till.runtime import wiring

JOHN = {
    "first_name": "John",
    "last_name": "Doe",
    "address_1": "123 Main St",
    "address_2": "Apt 4B",
    "city": "Anytown",
    "state": "CA",
    "postcode": "12345",
    "country": "US",
    "company": "",
}
REACHED = {"email": "john@example.com", "phone": "+1234567890"}
KEY = "c4ca4238a0b923820dcc509a6f75849b"
DOCUMENT: dict[str, Any] = {
    "cart_key": "abc123def456",
    "cart_hash": "d41d8cd98f00b204e9800998ecf8427e",
    "currency": {"code": "USD", "symbol": "$", "base_currency": "USD", "exchange_rate": 1},
    "customer_id": 123,
    "billing_address": JOHN | REACHED,
    "shipping_address": JOHN,
    "cart_contents": {
        KEY: {
            "key": KEY,
            "product_id": 456,
            "variation_id": 0,
            "quantity": 2,
            "product_name": "Premium T-Shirt",
            "product_title": "Premium T-Shirt",
            "product_price": "$19.99",
            "line_total": "39.98",
            "line_subtotal": "39.98",
        }
    },
    "cart_totals": {
        "subtotal": "39.98",
        "subtotal_tax": "0.00",
        "shipping_total": "5.00",
        "shipping_tax": "0.00",
        "discount_total": "0.00",
        "discount_tax": "0.00",
        "cart_contents_total": "39.98",
        "cart_contents_tax": "0.00",
        "fee_total": "0.00",
        "fee_tax": "0.00",
        "total": "44.98",
        "total_tax": "0.00",
    },
    "shipping_methods": {
        "flat_rate:1": {
            "id": "flat_rate:1",
            "label": "Flat Rate",
            "cost": "5.00",
            "method_id": "flat_rate",
            "instance_id": "1",
        }
    },
    "needs_payment": True,
    "needs_shipping": True,
    "payment_method": "stripe",
}
# What is ours to choose: keys and hashes, numbers of customers and of ways of shipping.
OWN = ("cart_key", "cart_hash", "customer_id")
T_SHIRT = a_variant(
    id="01JXTSH1RT0000000000000000",
    number=456,
    platform_id="456",
    sku="TSHIRT",
    prices={"USD": 1999},
    product_platform_id="455",
    product_title="Premium T-Shirt",
)


@pytest.fixture
def checkout(till: Deployment) -> Checkout:
    """The shop and the cart of the document."""
    zone = ShippingZone("us", "USA", (Region("US"),), (ShippingRate("flat_rate", "Flat Rate", amount=500),))
    till.change_shop(
        currency="USD",
        locale="en-US",
        shipping_zones=(zone,),
        tax_zones=(),
        gateways=(replace(a_shop().gateways[0], id="stripe"), Gateway("b", "sandbox", "B", is_test=True)),
        settings=replace(a_shop().settings, exchange_rates={"EUR": "0.85"}),
    )
    wiring.catalog.cache_clear()
    shirts = a_product(
        id=T_SHIRT.product_id,
        platform_id="455",
        handle="shirt",
        title="Premium T-Shirt",
        version=0,
        variants=(T_SHIRT,),
    )
    till.sell(replace(shirts, id="01JXSH1RTS0000000000000000"), on_hand=10)
    there = Checkout(till, quantity=0)
    there.cart.key = "abc123def456"
    there.cart.add("456", "2")
    there.put(billing_address=JOHN | REACHED, shipping_address=JOHN, payment_method="stripe")
    return there


def shape(value: Any) -> Any:
    """Members and types; keys of ours are the document's."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    return type(value)


def named_alike(body: Any) -> Any:
    """The document with the names that are ours to choose taken from it."""
    [item], [method] = body["cart_contents"].values(), body["shipping_methods"].values()
    assert list(body["cart_contents"]) == [item["key"]]
    assert list(body["shipping_methods"]) == [method["id"]]
    assert method["id"] == f"{method['method_id']}:{method['instance_id']}"
    own = {name: DOCUMENT[name] for name in OWN}
    items, methods = {KEY: item | {"key": KEY}}, {"flat_rate:1": method | {"id": "flat_rate:1", "instance_id": "1"}}
    return body | own | {"cart_contents": items, "shipping_methods": methods}


@pytest.mark.parametrize("path", ["/cocart/acme/wp-json/cocart/preview/checkout", "/checkout"])
def test_a_checkout_is_the_document(till: Deployment, checkout: Checkout, path: str) -> None:
    body = good(till.cocart.call("GET", path, headers={"Cart-Key": "abc123def456"}))
    assert list(named_alike(body)) == list(DOCUMENT)
    assert shape(named_alike(body)) == shape(DOCUMENT)
    assert named_alike(body) == DOCUMENT
    assert body["cart_key"] == "abc123def456"
    assert body["customer_id"] == 0


def test_keys_hashes_and_numbers_have_their_formats(checkout: Checkout) -> None:
    body = checkout.get()
    [key] = body["cart_contents"]
    assert key == hashlib.md5(b"456", usedforsecurity=False).hexdigest()
    assert len(body["cart_hash"]) == 32
    assert int(body["cart_hash"], 16)
    assert body["shipping_methods"].popitem()[1]["instance_id"].isdigit()


def test_prices_in_another_currency_are_the_vendors_second_document(checkout: Checkout) -> None:
    body = checkout.put(currency="EUR")
    assert body["currency"] == {"code": "EUR", "symbol": "€", "base_currency": "USD", "exchange_rate": 0.85}
    [item], [method] = body["cart_contents"].values(), body["shipping_methods"].values()
    assert (item["product_price"], item["line_total"], method["cost"]) == ("€16.99", "33.98", "4.25")
    assert (body["cart_totals"]["shipping_total"], body["cart_totals"]["total"]) == ("4.25", "38.23")
    assert shape(named_alike(body)) == shape(DOCUMENT | {"currency": DOCUMENT["currency"] | {"exchange_rate": 0.85}})
