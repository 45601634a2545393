"""GET /v2/orders: whose orders are listed, filtered, sorted, in pages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from elasticpath.ids import ulid_of, uuid_of
from tests.integration.api import Reply
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.agreed import check_out, pay
from tests.integration.elasticpath.carts import WINNIPEG, checkout
from tests.integration.elasticpath.storefront import Storefront
from tests.integration.elasticpath.test_cart_owners import Customer
from tests.integration.placed import placed
from till.domain.order import Order
from till.runtime import wiring

type Json = dict[str, Any]

JANE: Json = {"name": "Jane Roe", "email": "jane@elasticpath.com"}


@pytest.fixture
def shopper(till: Deployment) -> Storefront:
    return Storefront(till)


@pytest.fixture
def merchant(till: Deployment) -> Storefront:
    return Storefront(till, trusted=True, number=2)


def listed(front: Storefront, query: str = "", **headers: str) -> list[str]:
    """The ids, in their order."""
    reply = front.call("GET", f"/v2/orders{query}", **headers)
    assert reply.status == 200, reply.raw
    return [order["id"] for order in reply.body["data"]]


def filtered(front: Storefront, text: str) -> list[str]:
    return listed(front, f"?filter={quote(text)}")


def age(order_id: str, seconds: int) -> None:
    """As if it had been checked out, and changed, that much earlier."""
    order: Order | None = wiring.orders().get("acme", ulid_of(order_id))
    assert order
    assert order.agreement
    at = order.agreement.at - seconds
    wiring.orders().save(replace(order, created_at=at, agreement=replace(order.agreement, at=at, updated_at=at)))


# Whose


def test_the_merchant_lists_all_orders_the_last_changed_first(
    till: Deployment, shopper: Storefront, merchant: Storefront
) -> None:
    first, second = check_out(shopper), check_out(shopper)
    age(first, 60)
    age(second, 30)
    bold = uuid_of(placed(till).id)
    assert listed(merchant) == [bold, second, first]
    merchant.call("PUT", f"/v2/orders/{first}", {"external_ref": "e"})
    assert set(listed(merchant)[:2]) == {first, bold}


def test_a_customer_lists_their_own_orders(till: Deployment, shopper: Storefront, merchant: Storefront) -> None:
    ron, jane = Customer(shopper, "ron"), Customer(shopper, "jane")
    order_id = check_out(shopper, checkout({"id": ron.id}))
    check_out(shopper)
    check_out(shopper, checkout({"id": jane.id}))
    assert listed(shopper, X_Moltin_Customer_Token=ron.token) == [order_id]
    assert listed(merchant, X_Moltin_Customer_Token=ron.token) == [order_id]
    assert len(listed(merchant)) == 3


def test_nobodys_orders_are_listed_for_nobody(shopper: Storefront) -> None:
    check_out(shopper)
    assert shopper.call("GET", "/v2/orders").status == 403


def test_an_empty_list_is_a_list(merchant: Storefront) -> None:
    reply = merchant.call("GET", "/v2/orders")
    assert (reply.body["data"], reply.body["meta"]["results"]) == ([], {"total": 0})


# Filters


def test_filters_find_what_they_say(till: Deployment, shopper: Storefront, merchant: Storefront) -> None:
    johns = check_out(shopper, checkout(order_number="A-1", external_ref="e-1", shipping_address=WINNIPEG))
    janes = check_out(shopper, checkout(JANE, order_number="B-2", external_ref="e-2"))
    pay(till, janes)
    for text, wanted in {
        "eq(payment,paid)": [janes],
        "eq(payment,unpaid)": [johns],
        "eq(status,complete)": [janes],
        "eq(shipping,unfulfilled)": [janes, johns],
        "eq(shipping,fulfilled)": [],
        "eq(currency,CAD)": [janes, johns],
        "eq(currency,USD)": [],
        "eq(email,jane@elasticpath.com)": [janes],
        "like(email,*@elasticpath.com)": [janes],
        "like(name,Jo*)": [johns],
        "like(name,*ROE)": [janes],
        "like(name,*o*)": [janes, johns],
        "like(name,jane roe)": [janes],
        "eq(name,John Doe)": [johns],
        "eq(contact.name,Jane Roe)": [janes],
        "eq(order_number,A-1)": [johns],
        "like(order_number, B*)": [janes],
        "eq(external_ref,e-2)": [janes],
        "like(shipping_postcode,R3Y*)": [johns],
        "eq(billing_postcode,92802)": [janes, johns],
        "gt(with_tax,22500)": [johns],
        "ge(with_tax,22500)": [janes, johns],
        "lt(with_tax,22501)": [janes],
        "le(without_tax,22500)": [janes, johns],
        "eq(product_sku,ABS)": [janes, johns],
        "eq(product_sku,MUG)": [],
        "eq(payment,paid):eq(shipping,unfulfilled)": [janes],
        "eq(payment,paid):eq(name,John Doe)": [],
        "ge(created_at,2020-01-01):lt(created_at,2100-01-01T00:00:00Z)": [janes, johns],
        "lt(updated_at,2020-01-01)": [],
        "eq(created_at,2020-01-01)": [],
    }.items():
        assert set(filtered(merchant, text)) == set(wanted), text


def test_a_date_is_all_day(shopper: Storefront, merchant: Storefront) -> None:
    order_id = check_out(shopper)
    day = merchant.call("GET", "/v2/orders").body["data"][0]["meta"]["timestamps"]["created_at"][:10]
    assert filtered(merchant, f"eq(created_at,{day})") == [order_id]


def test_a_customers_orders_are_found_by_their_id(shopper: Storefront, merchant: Storefront) -> None:
    ron = Customer(shopper, "ron")
    order_id = check_out(shopper, checkout({"id": ron.id}))
    check_out(shopper)
    assert filtered(merchant, f"eq(customer_id,{ron.id})") == [order_id]
    assert filtered(merchant, "eq(account_id,nobody)") == []


@pytest.mark.parametrize(
    "text",
    [
        "payment",
        "eq(payment)",
        "eq(payment,paid",
        "eq(payment,paid)eq(status,complete)",
        "eq(payment,paid),eq(status,complete)",
        "eq(payment,paid):",
        ":eq(payment,paid)",
        "EQ(payment,paid)",
        "ne(payment,paid)",
        "gt(payment,paid)",
        "like(status,inc*)",
        "eq(with_tax,100)",
        "eq(password,x)",
        "gt(with_tax,ten)",
        "gt(with_tax,1e3)",
        "gt(with_tax,9999999999999999)",
        "gt(created_at,yesterday)",
        "gt(created_at,)",
        "like(name,J*n)",
        "like(product_sku,A*)",
        ":".join(["eq(payment,paid)"] * 21),
    ],
)
def test_what_is_no_filter_is_refused(merchant: Storefront, text: str) -> None:
    reply = merchant.call("GET", f"/v2/orders?filter={quote(text)}")
    [error] = reply.body["errors"]
    assert (reply.status, error["title"], error["source"]) == (400, "format", "filter")


# Sorting, and pages


def test_orders_are_sorted(till: Deployment, shopper: Storefront, merchant: Storefront) -> None:
    cheap, dear = check_out(shopper), check_out(shopper, checkout(shipping_address=WINNIPEG))
    age(cheap, 10)
    pay(till, cheap)
    assert listed(merchant, "?sort=with_tax") == [cheap, dear]
    assert listed(merchant, "?sort=-with_tax") == [dear, cheap]
    assert listed(merchant, "?sort=created_at") == [cheap, dear]
    assert listed(merchant, "?sort=-created_at") == [dear, cheap]
    assert listed(merchant, "?sort=payment") == [cheap, dear]
    assert listed(merchant, "?sort=-status") == [dear, cheap]
    assert merchant.call("GET", "/v2/orders?sort=name").status == 400


def test_orders_come_in_pages_with_links(shopper: Storefront, merchant: Storefront) -> None:
    made = [check_out(shopper) for _ in range(3)]
    for number, order_id in enumerate(made):
        age(order_id, 10 * number)
    reply = merchant.call("GET", "/v2/orders?page[limit]=2&page[offset]=1")
    assert [order["id"] for order in reply.body["data"]] == made[1:]
    assert reply.body["meta"] == {
        "page": {"limit": 2, "offset": 1, "current": 1, "total": 2},
        "results": {"total": 3},
    }
    assert reply.body["links"]["next"] is None
    for query in ("page[limit]=0", "page[limit]=101", "page[limit]=x", "page[offset]=-1", "page[offset]=10001"):
        assert merchant.call("GET", f"/v2/orders?{query}").status == 400


def test_items_of_all_orders_come_with_the_list(shopper: Storefront, merchant: Storefront) -> None:
    for _ in range(2):
        check_out(shopper)
    body = merchant.call("GET", "/v2/orders?include=items").body
    shown = {item["id"] for order in body["data"] for item in order["relationships"]["items"]["data"]}
    assert {item["id"] for item in body["included"]["items"]} == shown
    assert len(body["included"]["items"]) == 2


def test_a_list_that_is_not_complete_says_so(
    shopper: Storefront, merchant: Storefront, monkeypatch: pytest.MonkeyPatch
) -> None:
    from elasticpath.orders import listing

    for _ in range(3):
        check_out(shopper)
    monkeypatch.setattr(listing, "MOST_READ", 2)
    monkeypatch.setattr(listing, "_A_READ", 1)
    assert results(merchant) == {"total": 2, "is_complete": False}
    ron = Customer(shopper, "ron")
    for _ in range(3):
        check_out(shopper, checkout({"id": ron.id}))
    assert results(shopper, X_Moltin_Customer_Token=ron.token) == {"total": 2, "is_complete": False}


def results(front: Storefront, **headers: str) -> Json:
    reply: Reply = front.call("GET", "/v2/orders", **headers)
    found: Json = reply.body["meta"]["results"]
    return found
