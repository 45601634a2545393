"""Whatever is sent to a storefront: an answer in the contract's shape that names the field, the order untouched."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.builders import a_basket, a_line, a_payment, a_product, a_variant
from tests.integration.deployment import Deployment, deployed, put_ready_order
from tests.integration.shopper import BREWER, JOHN, WINNIPEG, Shopper, backend, card
from tests.unit.strategies import any_json
from till.adapters import aws
from till.runtime import wiring

# Every route that takes a body, with a good one.
BODIES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/items", {"sku": "ABS", "quantity": 1, "line_item_key": "k", "line_item_properties": {"a": "b"}}),
    ("PUT", "/items", {"line_item_key": "line-1", "quantity": 2}),
    ("DELETE", "/items", {"line_item_key": "line-1", "quantity": 0}),
    ("POST", "/customer/guest", JOHN),
    ("PUT", "/customer/guest", JOHN),
    ("PUT", "/customer", JOHN),
    ("POST", "/addresses/shipping", WINNIPEG),
    ("PUT", "/addresses/shipping", WINNIPEG),
    ("POST", "/addresses/billing", WINNIPEG),
    ("PUT", "/addresses/billing", WINNIPEG),
    ("POST", "/shipping_lines", {"index": "0", "code": "standard"}),
    ("POST", "/discounts", {"code": "SAVE10"}),
    ("DELETE", "/discounts", {"code": "SAVE10"}),
    ("POST", "/payments", card(amount=1, currency="CAD", type="x", display_string="1", brand="visa", retain=False)),
    ("PUT", "/payments", card(amount=5)),
    ("DELETE", "/payments", card()),
    ("PATCH", "/meta_data", {"cart_parameters": {"a": 1}, "note_attributes": [], "notes": "n", "tags": ["t"]}),
    ("POST", "/meta_data", {"cart_parameters": [], "note_attributes": {"a": "b"}, "notes": None, "tags": None}),
    ("POST", "/payments/styles", {"css_rules": [{"cssText": "a{}"}], "media_rules": [{"conditionText": "(a)"}]}),
    ("POST", "/shipping_lines/estimate", WINNIPEG),
    ("POST", "/taxes/estimate", WINNIPEG),
    ("POST", "/wallet_pay/create_order", {"gateway_type": "paypal", "gateway_id": 1, "payment_data": {"locale": "en"}}),
    ("POST", "/wallet_pay/on_shipping", {"gateway_type": "paypal", "gateway_id": 1, "payment_data": {"locale": "en"}}),
    ("POST", "/wallet_pay/on_approve", {"gateway_type": "paypal", "gateway_id": 1, "payment_data": {"locale": "en"}}),
    ("DELETE", "/payments/gift_card", {"id": "01JXPAYMENT000000000000000"}),
    (
        "POST",
        "/app_hook",
        {"uuid": "93225ea4-d701-41f9-a30a-bfe66f5d0479", "hook": "seen", "app_hook_data": {"a": "b"}},
    ),
    ("POST", "/log", {"message": "m", "key": "k", "details": "{}"}),
    ("POST", "/batch", {"sub_requests": [{"method": "GET", "endpoint": "/items", "payload": None}]}),
]
BODILESS = [
    ("DELETE", "/payments/saved/{payment}"),
    ("DELETE", "/meta_data"),
    ("DELETE", "/customer"),
    ("DELETE", "/addresses/shipping"),
    ("DELETE", "/addresses/billing"),
    ("POST", "/taxes"),
    ("POST", "/pre_process_order"),
    ("POST", "/process_order"),
]
READS = ["/items", "/customer", "/addresses/shipping", "/addresses/billing", "/shipping_lines", "/payments", "/refresh"]
INIT = {
    "cart_items": [{"sku": "ABS", "quantity": 1, "line_item_key": "k", "line_item_properties": {"a": "b"}}],
    "customer": {"platform_id": "1", "email_address": "a@b.co", "first_name": "A", "accepts_marketing": False},
    "order_meta_data": {"cart_parameters": {"a": 1}, "note_attributes": [], "notes": "n", "tags": ["t"]},
    "resumable_link": "https://shop.example",
    "flow_id": "f",
    "cart_id": None,
}


@pytest.fixture(scope="module")
def shared() -> Iterator[Deployment]:
    """One stack for tests that leave it as it was, or do not care."""
    with pytest.MonkeyPatch.context() as patch, deployed(patch) as deployment:
        deployment.lift_limits()
        yield deployment


@pytest.fixture
def shopper(shared: Deployment) -> Shopper:
    return a_ready_shopper(shared)


def a_ready_shopper(till: Deployment, **changes: Any) -> Shopper:
    """With an order that only waits to be processed."""
    return Shopper(till, put_ready_order(till, **changes))


def refused(till: Deployment, shopper: Shopper, method: str, path: str, body: Any, *fields: str) -> None:
    """A 4xx in the contract's shape that names these fields, and nothing of the order changed."""
    before = till.stored(shopper.order_id)
    reply = shopper.call(method, path, body)
    assert 400 <= reply.status < 500, reply.raw[:1000]
    assert set(fields) <= set(reply.fields), reply.raw[:1000]
    assert till.stored(shopper.order_id) == before


# Items


@pytest.mark.parametrize("quantity", [0, -1, 10**9, 1.5, 10**30, "1", "1e2", True, None, [], {}])
def test_a_quantity_is_a_whole_number_that_a_shop_can_mean(
    shared: Deployment, shopper: Shopper, quantity: object
) -> None:
    refused(shared, shopper, "POST", "/items", {"sku": "ABS", "quantity": quantity}, "quantity")
    if quantity != 0:
        refused(shared, shopper, "PUT", "/items", {"line_item_key": "line-1", "quantity": quantity}, "quantity")
    begun = backend(shared, "init", {"cart_items": [{"sku": "ABS", "quantity": quantity}]})
    assert (begun.status, begun.fields) == (422, ["cart_items.0.quantity"])


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"sku": "NOPE"}, "sku"),
        ({"platform_id": "NOPE"}, "platform_id"),
        ({"platform_id": "66", "sku": "NOPE"}, "sku"),
        ({}, "platform_id"),
        ({"sku": ""}, "platform_id"),
        ({"sku": None, "platform_id": None}, "platform_id"),
        ({"sku": "x" * 256}, "sku"),
        ({"sku": 7}, "sku"),
        ({"sku": "\u0000"}, "sku"),
        ({"sku": "\U0001f9c9\u202e"}, "sku"),
        ({"platform_id": 10**300}, "platform_id"),
        ({"platform_id": 6.6}, "platform_id"),
        ({"platform_id": True}, "platform_id"),
        ({"platform_id": ["66"]}, "platform_id"),
    ],
    ids=str,
)
def test_only_what_the_shop_sells_can_be_added(
    shared: Deployment, shopper: Shopper, item: dict[str, object], field: str
) -> None:
    refused(shared, shopper, "POST", "/items", item | {"quantity": 1}, field)
    begun = backend(shared, "init", {"cart_items": [BREWER, item | {"quantity": 1}]})
    assert begun.status == 422
    assert begun.fields[0] == f"cart_items.1.{field}"


@pytest.mark.parametrize(
    "name", ["price", "unit_price", "total_price", "title", "taxable", "discounts", "product_data"]
)
def test_a_price_in_the_body_is_refused(shared: Deployment, shopper: Shopper, name: str) -> None:
    refused(shared, shopper, "POST", "/items", {"sku": "ABS", "quantity": 1, name: 1}, name)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"line_item_key": ""}, "line_item_key"),
        ({"line_item_key": "k" * 256}, "line_item_key"),
        ({"line_item_key": 5}, "line_item_key"),
        ({"line_item_properties": {"a": 1}}, "line_item_properties.a"),
        ({"line_item_properties": {"a": None}}, "line_item_properties.a"),
        ({"line_item_properties": "text"}, "line_item_properties"),
        ({"line_item_properties": {str(n): "x" for n in range(51)}}, "line_item_properties"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_keys_and_properties_of_a_line_have_limits(
    shared: Deployment, shopper: Shopper, body: dict[str, object], field: str
) -> None:
    refused(shared, shopper, "POST", "/items", {"sku": "ABS", "quantity": 1} | body, field)


def test_a_line_that_is_not_there_can_be_neither_changed_nor_deleted(shared: Deployment, shopper: Shopper) -> None:
    refused(shared, shopper, "PUT", "/items", {"line_item_key": "nobody", "quantity": 1}, "line_item_key")
    refused(shared, shopper, "DELETE", "/items", {"line_item_key": "nobody"}, "line_item_key")
    refused(shared, shopper, "DELETE", "/items", None, "line_item_key")


def test_a_quantity_that_adds_up_to_too_much_is_refused(shared: Deployment, shopper: Shopper) -> None:
    refused(shared, shopper, "POST", "/items", BREWER | {"quantity": 100_000}, "quantity")


def test_the_501st_line_is_refused(shared: Deployment) -> None:
    lines = tuple(a_line(key=f"k{n}") for n in range(500))
    shopper = a_ready_shopper(shared, basket=a_basket(lines=lines, taxes=None))
    refused(shared, shopper, "POST", "/items", {"sku": "ABS", "quantity": 1}, "line_items")
    begun = backend(shared, "init", {"cart_items": [{"sku": "ABS", "quantity": 1}] * 501})
    assert (begun.status, begun.fields) == (422, ["cart_items"])


def test_a_total_beyond_all_money_is_refused(shared: Deployment, shopper: Shopper) -> None:
    yacht = a_variant(id="01JXYACHT00000000000000000", number=7, platform_id="7", sku="YACHT", prices={"CAD": 10**9})
    product = a_product(id="01JXYACHTS0000000000000000", platform_id="7", handle="yacht", variants=(yacht,))
    shared.sell(product, on_hand=1)
    refused(shared, shopper, "POST", "/items", {"sku": "YACHT", "quantity": 100_000}, "quantity")


# Addresses, shipping, customer, payments


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"country_code": "DE", "postal_code": "10115", "province_code": "", "province": ""}, "country_code"),
        ({"country_code": "ZZ"}, "country_code"),
        ({"country_code": ""}, "country_code"),
        ({"country_code": 7}, "country_code"),
        ({"country_code": "\U0001f1e8\U0001f1e6"}, "country_code"),
        ({"postal_code": "12345"}, "postal_code"),
        ({"postal_code": ""}, "postal_code"),
        ({"postal_code": "R3Y 0L6 R3Y"}, "postal_code"),
        ({"postal_code": "x" * 300}, "postal_code"),
        ({"province_code": "XX"}, "province"),
        ({"province_code": "", "province": ""}, "province"),
        ({"first_name": ""}, "first_name"),
        ({"last_name": " \u200b"}, "last_name"),
        ({"address_line_1": "x" * 256}, "address_line_1"),
        ({"address_line_1": "x" * 20_000}, "address_line_1"),
        ({"city": "Winni\x00peg"}, "city"),
        ({"city": ["Winnipeg"]}, "city"),
        ({"business_name": {"a": 1}}, "business_name"),
        ({"phone_number": 2046789087}, "phone_number"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_an_address_must_be_one_that_a_parcel_reaches(
    shared: Deployment, shopper: Shopper, changes: dict[str, object], field: str
) -> None:
    for method in ("POST", "PUT"):
        refused(shared, shopper, method, "/addresses/shipping", WINNIPEG | changes, field)
        if field != "country_code" or changes["country_code"] != "DE":
            refused(shared, shopper, method, "/addresses/billing", WINNIPEG | changes, field)


def test_an_empty_address_names_every_field_that_it_lacks(shared: Deployment, shopper: Shopper) -> None:
    bodies: tuple[dict[str, str] | None, ...] = (None, {})
    for body in bodies:
        refused(
            shared, shopper, "POST", "/addresses/shipping", body, "first_name", "last_name", "address_line_1", "city"
        )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"index": "2"}, "index"),
        ({"index": "-1"}, "index"),
        ({"index": "0\n"}, "index"),
        ({"index": "\uff11"}, "index"),
        ({"index": 10**300}, "index"),
        ({"index": 0.5}, "index"),
        ({"index": True}, "index"),
        ({"index": None}, "index"),
        ({}, "index"),
        ({"index": "0", "code": "teleport"}, "code"),
        ({"index": "0", "code": 7}, "code"),
    ],
    ids=str,
)
def test_only_an_offered_shipping_line_can_be_chosen(
    shared: Deployment, shopper: Shopper, body: dict[str, object], field: str
) -> None:
    refused(shared, shopper, "POST", "/shipping_lines", body, field)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "john",
        "john@",
        "@x.co",
        "a@b",
        "a b@c.de",
        "a@b..de",
        "x" * 300 + "@b.co",
        "a@\u202e.co",
        "a@b.co\n",
        7,
        None,
        [],
    ],
    ids=repr,
)
def test_an_email_must_be_one(shared: Deployment, shopper: Shopper, email: object) -> None:
    for method, path in (("PUT", "/customer"), ("PUT", "/customer/guest"), ("POST", "/customer/guest")):
        refused(shared, shopper, method, path, JOHN | {"email_address": email}, "email_address")
    begun = backend(shared, "init", {"customer": JOHN | {"email_address": email}})
    assert begun.status == 422
    assert begun.fields[0].endswith("email_address")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": -1}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"amount": "100"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": 10**30}, "amount"),
        ({"gateway_public_id": "nobody"}, "gateway_public_id"),
        ({"gateway_public_id": None}, "gateway_public_id"),
        ({"gateway_public_id": "x" * 256}, "gateway_public_id"),
        ({"token": ""}, "token"),
        ({"token": 7}, "token"),
        ({"token": "x" * 501}, "token"),
        ({"currency": "USD"}, "currency"),
        ({"currency": 7}, "currency"),
        ({"retain": "yes"}, "retain"),
        ({"type": []}, "type"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_payment_says_how_much_of_what_and_by_whom(
    shared: Deployment, shopper: Shopper, changes: dict[str, object], field: str
) -> None:
    refused(shared, shopper, "POST", "/payments", card("tok_new", amount=100) | changes, field)
    if field == "amount":
        refused(shared, shopper, "PUT", "/payments", card() | changes, field)


def test_an_order_has_so_many_payments_and_no_more(shared: Deployment) -> None:
    """Each is a call of a gateway within one step's time, and a void within one transaction."""
    shopper = a_ready_shopper(shared, payments=())
    for n in range(10):
        assert shopper.post("/payments", card(f"tok_{n}", amount=1)).status == 200
    refused(shared, shopper, "POST", "/payments", card("tok_10", amount=1), "payments")
    assert shopper.post("/payments", card("tok_9", amount=2)).status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"cart_items": {}}, "cart_items"),
        ({"cart_items": "x"}, "cart_items"),
        ({"cart_items": [7]}, "cart_items.0"),
        ({"cart_id": "nobody"}, "cart_id"),
        ({"cart_id": ["x"]}, "cart_id"),
        ({"customer": "John"}, "customer"),
        ({"customer": [1]}, "customer"),
        ({"customer": {"email_address": "a@b.co", "platform_id": []}}, "customer.platform_id"),
        ({"order_meta_data": []}, "order_meta_data"),
        ({"order_meta_data": {"tags": "x"}}, "order_meta_data.tags"),
        ({"order_meta_data": {"tags": ["x"] * 101}}, "order_meta_data.tags"),
        ({"order_meta_data": {"notes": 7}}, "order_meta_data.notes"),
        ({"order_meta_data": {"cart_parameters": [1]}}, "order_meta_data.cart_parameters"),
        ({"order_meta_data": {"cart_parameters": 7}}, "order_meta_data.cart_parameters"),
        ({"resumable_link": 7}, "resumable_link"),
        ({"resumable_link": "x" * 2001}, "resumable_link"),
        ({"flow_id": {}}, "flow_id"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_an_order_begins_with_what_it_can_be_made_of(shared: Deployment, body: object, field: str) -> None:
    begun = backend(shared, "init", body)
    assert (begun.status, begun.fields[0]) == (422, field)


@pytest.mark.parametrize("public_id", ["", "x", "x" * 64, "01JX0RDER00000000000000000", "é" * 64, "\x00", "../" * 20])
def test_an_order_that_is_not_there_is_not_found(shared: Deployment, public_id: str) -> None:
    assert backend(shared, "resume", {"public_order_id": public_id}).status == 404


def test_a_shop_that_is_not_there_is_not_found(shared: Deployment) -> None:
    from tests.integration.deployment import ROOT_TOKEN

    for shop in ("nobody", "%2e%2e", "%ff", "é", "x" * 5000):
        for path in ("init", "resume"):
            path = f"/checkout/orders/{shop}/{path}"
            reply = shared.api.call("POST", path, {"public_order_id": "x"}, {"Authorization": f"Bearer {ROOT_TOKEN}"})
            assert (reply.status, bool(reply.errors)) == (404, True)


# Any body


RAW = {
    "not JSON": b"{",
    "two bodies": b"{}{}",
    "a comma too many": b'{"quantity": 1,}',
    "NaN": b'{"quantity": NaN}',
    "Infinity": b'{"quantity": -Infinity}',
    "not UTF-8": b'{"sku": "\xff"}',
    "UTF-16": '{"sku": "ABS"}'.encode("utf-16"),
    "half a surrogate pair": b'{"sku": "\\ud800", "line_item_key": "\\udc00"}',
    "nested without end": b'{"a":' * 50_000,
    "nested deeply": b'{"a":' * 900 + b"1" + b"}" * 900,
    "a number without end": b'{"quantity": ' + b"9" * 5000 + b"}",
    "300 kB": b'{"sku": "' + b"x" * 300_000 + b'"}',
    "not an object": b'["a"]',
    "a string": b'"text"',
    "a number": b"7",
    "true": b"true",
}


@pytest.mark.parametrize("name", RAW)
def test_a_body_that_cannot_be_read_is_refused_on_every_route(shared: Deployment, shopper: Shopper, name: str) -> None:
    before = shared.stored(shopper.order_id)
    for method, path, _ in BODIES:
        reply = shopper.call(method, path, RAW[name], "a-shoppers-key-000001")
        assert reply.status == 422
        assert reply.errors[0]["field"] == "body" or "surrogate" not in name
    for path in ("init", "resume"):
        assert backend(shared, path, RAW[name]).errors[0]["field"] == "body"
    assert shared.stored(shopper.order_id) == before


def test_a_number_that_no_client_could_read_back_is_refused(shared: Deployment) -> None:
    for number in (b"1e999", b"-1e999"):
        body = b'{"order_meta_data": {"note_attributes": {"a": ' + number + b"}}}"
        assert backend(shared, "init", body).fields == ["body"]


def test_text_of_every_kind_is_kept_as_it_was_sent(shared: Deployment) -> None:
    texts = [
        "é",
        "e\u0301",
        "\u202e",
        "\u0000",
        "\U0001f468\u200d\U0001f469",
        "\ufffe",
        "مرحبا",
        "\u2028",
        "'\"\\</script>",
    ]
    notes = {
        "note_attributes": {text: text for text in texts},
        "cart_parameters": {},
        "notes": "".join(texts),
        "tags": texts,
    }
    begun = backend(shared, "init", {"order_meta_data": notes})
    assert begun.state["order_meta_data"] == notes | {"cart_parameters": []}


def test_an_order_too_large_to_store_is_refused_with_its_field(shared: Deployment) -> None:
    letters = random.Random(7)  # noqa: S311  # text, no secret

    def noise() -> dict[str, str]:
        return {str(n): "".join(chr(letters.randrange(0x4E00, 0x9FFF)) for _ in range(255)) for n in range(50)}

    lines = tuple(a_line(key=f"k{n}", properties=noise()) for n in range(10))
    shopper = a_ready_shopper(shared, basket=a_basket(lines=lines))
    item = {"sku": "ABS", "quantity": 1}
    assert shopper.post("/items", item).status == 200
    refused(shared, shopper, "POST", "/items", item | {"line_item_properties": noise()}, "order")


@pytest.mark.parametrize("query", ["stage=middle", "stage=", "stage=initial%00", "stage=%ff"])
def test_an_unknown_stage_is_named(shared: Deployment, shopper: Shopper, query: str) -> None:
    refused(shared, shopper, "GET", f"/check_inventory?{query}", None, "stage")


def test_bodies_where_none_is_expected_do_no_harm(shared: Deployment) -> None:
    for method, path in BODILESS:
        shopper = a_ready_shopper(shared, payments=(a_payment(token="tok_decline"),))
        assert shopper.call(method, path, {"surprise": [1]}).status in (200, 422)


# Fuzzing


@st.composite
def surprising_bodies(draw: st.DrawFn) -> tuple[str, str, Any]:
    """A route, and its good body with anything in the place of some member; or anything at all."""
    method, path, body = draw(
        st.sampled_from([*BODIES, ("POST", "init", INIT), ("POST", "resume", {"public_order_id": "x"})])
    )
    if draw(st.booleans()):
        return method, path, draw(any_json)
    changed = json.loads(json.dumps(body))
    for name in draw(st.lists(st.sampled_from(sorted(body)), min_size=1, max_size=3)):
        inner = changed[name]
        if isinstance(inner, dict) and inner and draw(st.booleans()):
            inner[draw(st.sampled_from(sorted(inner)))] = draw(any_json)
        else:
            changed[name] = draw(any_json)
    return method, path, changed


@pytest.fixture
def as_it_was(shared: Deployment, shopper: Shopper) -> dict[str, Any]:
    """The order's items, to begin each example with."""
    return shared.stored(shopper.order_id)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(surprising_bodies(), st.booleans())
@example(("POST", "/items", {"platorm_id": "66", "platform_id": None, "quantity": 1}), False)
@example(("POST", "/customer/guest", JOHN | {"email_address": "a@xn--0.com"}), False)
@example(("POST", "init", INIT | {"customer": {"email_address": "a@[1.2.3.4]"}}), True)
def test_no_body_is_an_unexpected_error(
    shared: Deployment, shopper: Shopper, as_it_was: dict[str, Any], sent: tuple[str, str, Any], with_key: bool
) -> None:
    method, path, body = sent
    key = wiring.new_id() if with_key else ""
    if path in ("init", "resume"):
        reply = backend(shared, path, body, key)
        assert reply.status == 200 or reply.errors
        return
    aws.client("dynamodb").put_item(TableName="orderstable", Item=as_it_was["ORDER"])
    reply = shopper.call(method, path, body, key)
    if reply.status != 200:
        assert all(error["field"] for error in reply.errors)
        assert shared.stored(shopper.order_id) == as_it_was
    assert shopper.state


def test_every_route_is_tried_above(shared: Deployment) -> None:
    prefix = "/checkout/storefront/{shop}/{order}"
    tried = {(method, prefix + path) for method, path, _ in BODIES} | {(m, prefix + path) for m, path in BODILESS}
    changing = {(route.method, route.path) for route, *_ in shared.api.routes if route.method != "GET"}
    # A customer of the merchant's backend is one of init.
    elsewhere = {
        ("POST", "/init"),
        ("POST", "/resume"),
        ("POST", "/{order}/customer/authenticated"),
        ("DELETE", "/{order}/customer"),
    }
    assert changing - tried == {(method, f"/checkout/orders/{{shop}}{path}") for method, path in elsewhere}
