"""What Elastic Path's clients find in every answer: the members that its documents show, by the type of the object.

The lists are written by hand from the documents, and held against the golden answers of all routes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.dialect_document import document

GOLDEN = Path(__file__).parents[2] / "golden" / "elasticpath"
MONEY = ("amount", "currency", "formatted")
PLAIN = ("amount", "currency", "includes_tax")
ADDRESS = (
    "first_name",
    "last_name",
    "company_name",
    "line_1",
    "line_2",
    "city",
    "county",
    "region",
    "postcode",
    "country",
)
CART_TOTALS = ("with_tax", "without_tax", "tax", "discount", "without_discount", "shipping", "shipping_discount")
ORDER_TOTALS = (*CART_TOTALS, "balance_owing", "paid", "authorized")
# As the brief's document shows them, directly under `meta`.
BRIEF_TOTALS = ("with_tax", "without_tax", "tax", "discount", "paid", "authorized", "without_discount")


CART, ORDER = "/v2/carts/{cart_id}", "/v2/orders/{order_id}"
ROUTES = {
    "/oauth/access_token": "POST",
    "/v2/customers/tokens": "POST",
    "/v2/account-members/tokens": "POST",
    "/v2/carts": "GET POST",
    CART: "GET PUT DELETE",
    f"{CART}/items": "GET POST PUT DELETE",
    f"{CART}/items/{{item_id}}": "PUT DELETE",
    f"{CART}/discounts/{{code}}": "DELETE",
    f"{CART}/relationships/customers": "POST DELETE",
    f"{CART}/relationships/accounts": "POST DELETE",
    f"{CART}/taxes": "POST DELETE",
    f"{CART}/items/{{item_id}}/taxes": "POST",
    f"{CART}/items/{{item_id}}/taxes/{{tax_id}}": "PUT DELETE",
    f"{CART}/custom-discounts": "POST DELETE",
    f"{CART}/custom-discounts/{{discount_id}}": "PUT DELETE",
    f"{CART}/items/{{item_id}}/custom-discounts": "POST",
    f"{CART}/items/{{item_id}}/custom-discounts/{{discount_id}}": "PUT DELETE",
    f"{CART}/shipping-groups": "GET POST",
    f"{CART}/shipping-groups/{{group_id}}": "GET PUT DELETE",
    "/v2/settings/cart": "GET PUT",
    f"{CART}/checkout": "POST",
    "/v2/orders": "GET",
    ORDER: "GET PUT",
    f"{ORDER}/items": "GET",
    f"{ORDER}/shipping-groups": "GET",
    f"{ORDER}/shipping-groups/{{group_id}}": "GET",
    "/v2/orders/anonymize": "POST",
    f"{ORDER}/confirm": "POST",
    f"{ORDER}/payments": "POST",
    f"{ORDER}/transactions": "GET",
    f"{ORDER}/transactions/{{transaction_id}}": "GET",
    f"{ORDER}/transactions/{{transaction_id}}/capture": "POST",
    f"{ORDER}/transactions/{{transaction_id}}/refund": "POST",
    f"{ORDER}/transactions/{{transaction_id}}/cancel": "POST",
    f"{ORDER}/transactions/{{transaction_id}}/confirm": "POST",
}


def under(place: str, *names: str) -> tuple[str, ...]:
    """Members of a member."""
    return tuple(f"{place}.{name}" for name in names)


def amounts(place: str, *totals: str) -> tuple[str, ...]:
    """Prices, in all their forms."""
    return tuple(path for total in totals for path in under(f"{place}.{total}", *MONEY))


ITEM_PRICES = tuple(
    path
    for total in ("with_tax", "without_tax", "tax", "discount")
    for path in amounts(f"meta.display_price.{total}", "unit", "value")
)
TIMES = under("meta.timestamps", "created_at", "updated_at")
LINE = ("id", "type", "name", "sku", "quantity", *under("unit_price", *PLAIN), *under("value", *PLAIN), *ITEM_PRICES)
CART_LINE = (
    *LINE,
    *TIMES,
    "description",
    "slug",
    "image.mime_type",
    "image.file_name",
    "image.href",
    "manage_stock",
    "links",
)
REQUIRED: dict[str, tuple[str, ...]] = {
    "cart": (
        "id",
        "type",
        "name",
        "description",
        "discount_settings.custom_discounts_enabled",
        "links.self",
        *amounts("meta.display_price", *CART_TOTALS),
        *TIMES,
        "meta.timestamps.expires_at",
        "relationships.items.data",
    ),
    "cart_item": (*CART_LINE, "product_id"),
    "custom_item": CART_LINE,
    "promotion_item": CART_LINE,
    "order": (
        "id",
        "type",
        "status",
        "payment",
        "shipping",
        "anonymized",
        *amounts("meta.display_price", *ORDER_TOTALS),
        *amounts("meta", *BRIEF_TOTALS),
        *TIMES,
        *under("billing_address", *ADDRESS),
        *under("shipping_address", *ADDRESS, "phone_number", "instructions"),
        "links",
        "relationships.items.data",
    ),
    "order_item": (*LINE, *TIMES, "product_id", "links", "relationships.cart_item.data.id"),
    "transaction": (
        "id",
        "type",
        "reference",
        "gateway",
        "amount",
        "refunded_amount",
        "currency",
        "transaction_type",
        "status",
        "relationships.order.data.type",
        "relationships.order.data.id",
        *under("meta.display_price", *MONEY),
        *under("meta.display_refunded_amount.total", *MONEY),
        *TIMES,
    ),
    "customer": ("id", "type", "name", "email"),
    "token": ("id", "type", "customer_id", "token", "expires"),
    "account_management_authentication_token": ("type", "account_id", "account_name", "token", "expires"),
    "settings": ("type", "cart_expiry_days", "discounts.custom_discounts_enabled", "discounts.use_rule_promotions"),
    "shipping_group": ("id", "type", "shipping_type", "address", "delivery_estimate", "created_at", "updated_at"),
    "tax_item": ("id", "type", "name", "jurisdiction", "code"),
    "custom_discount": ("id", "type", "external_id", "discount_engine", "discount_code", "description", "amount"),
}


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every whole thing in an answer: what has a type and more than an id."""
    if isinstance(value, dict):
        if isinstance(value.get("type"), str) and value.keys() - {"type", "id"}:
            yield value
        for member in value.values():
            yield from objects(member)
    elif isinstance(value, list):
        for member in value:
            yield from objects(member)


def has(value: Any, path: str) -> bool:
    """Is the member there, whatever it holds?"""
    for name in path.split("."):
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    return True


def answered() -> dict[str, list[dict[str, Any]]]:
    """All that the routes answer, by type."""
    found: dict[str, list[dict[str, Any]]] = {}
    for file in sorted(GOLDEN.glob("*.json")):
        answer = json.loads(file.read_text("utf-8"))["answer"]
        for one in objects(answer["body"]):
            # A message and an association only name something else.
            if one["type"] in REQUIRED:
                found.setdefault(one["type"], []).append(one)
    return found


@pytest.mark.parametrize("kind", REQUIRED)
def test_clients_find_every_member_that_the_documents_show(kind: str) -> None:
    shown = answered().get(kind, [])
    assert shown, f"no golden answer shows a {kind}"
    for one in shown:
        assert [path for path in REQUIRED[kind] if not has(one, path)] == []


@pytest.mark.parametrize("path", ROUTES)
def test_every_route_of_the_documents_is_there(path: str) -> None:
    assert set(ROUTES[path].lower().split()) <= document("elasticpath")["paths"].get(path, {}).keys()


def test_every_list_says_how_many_there_are() -> None:
    lists = [json.loads(file.read_text("utf-8"))["answer"]["body"] for file in sorted(GOLDEN.glob("list_*.json"))]
    paged = [body["meta"] for body in lists if "page" in (body.get("meta") or {})]
    assert paged
    for meta in paged:
        assert meta["page"].keys() == {"limit", "offset", "current", "total"}
        assert meta["results"].keys() == {"total"}


def test_every_refusal_is_a_list_of_errors() -> None:
    for file in GOLDEN.glob("*.json"):
        answer = json.loads(file.read_text("utf-8"))["answer"]
        if answer["status"] >= 400:
            assert all(error.keys() >= {"status", "title"} for error in answer["body"]["errors"])
