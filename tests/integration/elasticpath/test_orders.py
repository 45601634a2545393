"""Orders one by one: read, changed, cancelled, sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from elasticpath.ids import ulid_of, uuid_of
from tests.builders import a_shop, an_attempt
from tests.integration.deployment import Deployment, put_ready_order
from tests.integration.elasticpath.agreed import check_out, pay, refund, words
from tests.integration.elasticpath.carts import ANAHEIM, JOHN, WINNIPEG
from tests.integration.elasticpath.storefront import Storefront
from tests.integration.placed import Placed, placed
from till.application.order_changes import OrderChange
from till.domain.attempt import Attempt
from till.domain.order import OrderStatus
from till.runtime import wiring

type Json = dict[str, Any]

NOBODY = "01JX0RDER00000000000000009"
NOT_NOW = (422, "Unprocessable Entity", "Order cannot be updated in its current state")
CANCEL = {"type": "order", "status": "cancelled"}
FULFIL = {"type": "order", "shipping": "fulfilled"}


@pytest.fixture
def shopper(till: Deployment) -> Storefront:
    return Storefront(till)


@pytest.fixture
def merchant(till: Deployment) -> Storefront:
    return Storefront(till, trusted=True, number=2)


def path(order_id: str) -> str:
    return f"/v2/orders/{order_id}"


def refused(reply: Any) -> tuple[int, str, str]:
    [error] = reply.body["errors"]
    assert reply.status == error["status"]
    return error["status"], error["title"], error["detail"]


# Reading


def test_a_guest_reads_the_order_whose_id_they_know(shopper: Storefront) -> None:
    order_id = check_out(shopper)
    order = shopper.call("GET", path(order_id)).body
    assert (order["data"]["id"], order["data"]["customer"]) == (order_id, JOHN)
    assert "included" not in order


def test_items_come_with_an_order_where_they_are_asked_for(shopper: Storefront) -> None:
    order_id = check_out(shopper)
    [item] = shopper.call("GET", f"{path(order_id)}?include=items").body["included"]["items"]
    assert shopper.call("GET", f"{path(order_id)}/items").body == {"data": [item]}
    assert (item["type"], item["name"]) == ("order_item", "Able Brewing System")


@pytest.mark.parametrize(
    "order_id", ["nobody", uuid_of("01JX0RDER00000000000000009"), "01JX0RDER00000000000000009", "é"]
)
def test_an_order_that_is_not_there_is_not_found(shopper: Storefront, order_id: str) -> None:
    for below in ("", "/items"):
        reply = shopper.call("GET", path(order_id) + below)
        assert refused(reply) == (404, "Not Found", "Order not found")


def test_an_order_is_read_in_its_own_shop_only(till: Deployment, shopper: Storefront) -> None:
    order_id = check_out(shopper)
    wiring.catalog().create_shop(replace(a_shop(), identifier="other"))
    for trusted in (False, True):
        stranger = Storefront(till, trusted=trusted, number=3 + trusted, shop="other")
        assert stranger.call("GET", path(order_id)).status == 404


def test_an_order_of_another_dialect_is_the_merchants_to_read_once_it_is_placed(
    till: Deployment, shopper: Storefront, merchant: Storefront
) -> None:
    order = placed(till)
    order_id = uuid_of(order.id)
    read = merchant.call("GET", path(order_id))
    assert words(read) == ("complete", "paid", "unfulfilled")
    assert read.body["data"]["meta"]["with_tax"]["amount"] == order.detail["totals"]["total"]
    assert shopper.call("GET", path(order_id)).status == 404
    open_order = put_ready_order(till)
    assert merchant.call("GET", path(uuid_of(open_order.id))).status == 404


# Where it stands


def test_an_order_stands_where_its_money_and_its_goods_stand(
    till: Deployment, shopper: Storefront, merchant: Storefront
) -> None:
    order_id = check_out(shopper)

    def stands() -> tuple[str, str, str]:
        return words(merchant.call("GET", path(order_id)))

    assert stands() == ("incomplete", "unpaid", "unfulfilled")
    pay(till, order_id, 4000, is_purchase=False)
    assert stands() == ("incomplete", "partially_authorized", "unfulfilled")
    pay(till, order_id, 6000)
    assert stands() == ("incomplete", "partially_paid", "unfulfilled")
    pay(till, order_id)
    assert stands() == ("processing", "authorized", "unfulfilled")
    wiring.after_sales().capture("acme", ulid_of(order_id), "capture", None)
    assert stands() == ("complete", "paid", "unfulfilled")
    assert words(merchant.call("PUT", path(order_id), FULFIL)) == ("complete", "paid", "fulfilled")
    refund(order_id)
    assert stands() == ("complete", "refunded", "fulfilled")


def test_what_is_owing_is_the_total_less_what_is_paid_and_authorized(till: Deployment, shopper: Storefront) -> None:
    order_id = check_out(shopper)
    pay(till, order_id, 4000, is_purchase=False)
    pay(till, order_id, 6000)
    meta = shopper.call("GET", path(order_id)).body["data"]["meta"]
    amounts = [meta[name]["amount"] for name in ("with_tax", "authorized", "paid", "balance_owing")]
    assert amounts == [22500, 4000, 6000, 12500]


# Changing


def test_a_merchant_changes_address_and_references(till: Deployment, shopper: Storefront, merchant: Storefront) -> None:
    order_id = check_out(shopper)
    body = {"type": "order", "shipping_address": WINNIPEG, "external_ref": "e-1", "order_number": "n-1"}
    order = merchant.call("PUT", path(order_id), body).body["data"]
    assert (order["external_ref"], order["order_number"]) == ("e-1", "n-1")
    assert order["shipping_address"]["city"] == "Winnipeg"
    assert order["billing_address"] == ANAHEIM
    assert order["meta"]["with_tax"]["amount"] == 22500  # what was agreed
    assert shopper.call("GET", path(order_id)).body["data"] == order


def test_references_are_removed_by_an_empty_value(shopper: Storefront, merchant: Storefront) -> None:
    order_id = check_out(shopper)
    merchant.call("PUT", path(order_id), {"external_ref": "e-1", "order_number": "n-1"})
    order = merchant.call("PUT", path(order_id), {"external_ref": ""}).body["data"]
    assert (order["external_ref"], order["order_number"]) == ("", "n-1")


def test_no_shopper_changes_an_order(shopper: Storefront) -> None:
    order_id = check_out(shopper)
    for body in (CANCEL, FULFIL, {"external_ref": "mine"}, {}):
        assert shopper.call("PUT", path(order_id), body).status == 403
    assert words(shopper.call("GET", path(order_id)))[0] == "incomplete"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "order"},
        {**CANCEL, **FULFIL},
        {**CANCEL, "external_ref": "e"},
        {"status": "complete"},
        {"shipping": "unfulfilled"},
        {"external_ref": "x" * 65},
        {"shipping_address": {**WINNIPEG, "postcode": ""}},
        {"shipping_address": "x"},
        [],
        None,
    ],
)
def test_what_is_no_change_of_an_order_is_refused(merchant: Storefront, body: Any) -> None:
    order_id = check_out(merchant)
    reply = merchant.call("PUT", path(order_id), body)
    assert reply.status == 400, reply.raw


def test_an_order_that_is_not_there_is_not_changed(merchant: Storefront) -> None:
    assert merchant.call("PUT", path("nobody"), CANCEL).status == 404


def test_an_order_that_is_sent_keeps_its_address_and_takes_references(
    till: Deployment, shopper: Storefront, merchant: Storefront
) -> None:
    order_id = check_out(shopper)
    pay(till, order_id)
    merchant.call("PUT", path(order_id), FULFIL)
    assert refused(merchant.call("PUT", path(order_id), {"shipping_address": WINNIPEG})) == NOT_NOW
    assert merchant.call("PUT", path(order_id), {"external_ref": "e-1"}).body["data"]["external_ref"] == "e-1"


def test_an_order_is_not_changed_while_it_is_being_paid(
    till: Deployment, shopper: Storefront, merchant: Storefront
) -> None:
    order_id = check_out(shopper)
    order = till.order(ulid_of(order_id))
    attempt: Attempt = replace(an_attempt(), order_id=order.id, run_started_at=wiring.now())
    wiring.orders().begin(replace(order.to(OrderStatus.PROCESSING), attempt_id=attempt.id), attempt)
    for body in (CANCEL, FULFIL, {"external_ref": "e-1"}):
        reply = merchant.call("PUT", path(order_id), body)
        assert refused(reply) == (409, "Conflict", "Write conflict detected")
        assert reply.headers["Retry-After"] == "1"
    assert words(shopper.call("GET", path(order_id))) == ("incomplete", "unpaid", "unfulfilled")


def test_of_two_changes_at_once_both_are_kept(till: Deployment, shopper: Storefront, merchant: Storefront) -> None:
    order_id, others = check_out(shopper), [{"order_number": "theirs"}]

    def overtaken() -> int:
        if others:
            assert merchant.call("PUT", path(order_id), others.pop()).status == 200
        return wiring.now()

    # The time is asked for between reading and writing.
    changes = replace(wiring.order_changes(), now=overtaken, pause=lambda _: None)
    changed = changes.change("acme", ulid_of(order_id), OrderChange(external_ref="mine"))
    assert changed.agreement
    assert (changed.agreement.order_number, changed.agreement.external_ref) == ("theirs", "mine")


# Cancelling


def test_an_unpaid_order_is_cancelled(till: Deployment, shopper: Storefront, merchant: Storefront) -> None:
    order_id = check_out(shopper)
    assert words(merchant.call("PUT", path(order_id), CANCEL)) == ("cancelled", "unpaid", "unfulfilled")
    assert refused(merchant.call("PUT", path(order_id), CANCEL)) == NOT_NOW
    assert refused(merchant.call("PUT", path(order_id), FULFIL)) == NOT_NOW
    assert till.stock().available == 10


def test_the_merchants_own_api_cancels_an_unpaid_order_too(till: Deployment, shopper: Storefront) -> None:
    order_id = check_out(shopper)
    reply = Placed(till, ulid_of(order_id)).post("cancel", {"reason": "Out of season"}, "k" * 16)
    assert (reply.status, reply.body["data"]["status"]) == (200, "cancelled")
    assert words(shopper.call("GET", path(order_id))) == ("cancelled", "unpaid", "unfulfilled")


def test_the_merchants_own_api_gives_the_money_of_a_cancelled_order_back(till: Deployment, shopper: Storefront) -> None:
    order_id = check_out(shopper)
    pay(till, order_id)
    assert Placed(till, ulid_of(order_id)).post("cancel", {}).body["data"]["status"] == "cancelled"
    assert till.ledger()[0].refunded == 22500
    assert words(shopper.call("GET", path(order_id))) == ("cancelled", "refunded", "unfulfilled")


def test_cancelling_gives_stock_back_and_does_not_refund(
    till: Deployment, shopper: Storefront, merchant: Storefront
) -> None:
    order_id = check_out(shopper)
    pay(till, order_id)
    assert (till.stock().available, till.stock().allocated) == (9, 1)
    assert words(merchant.call("PUT", path(order_id), CANCEL)) == ("cancelled", "paid", "unfulfilled")
    assert (till.stock().available, till.stock().allocated) == (10, 0)
    assert till.ledger()[0].refunded == 0
    refund_payment = wiring.sales().get("acme", ulid_of(order_id))[1].payments[0].id
    wiring.after_sales().refund_payment("acme", ulid_of(order_id), "refund", refund_payment, None)
    assert words(merchant.call("GET", path(order_id))) == ("cancelled", "refunded", "unfulfilled")


def test_cancelling_gives_up_what_is_only_authorized(
    till: Deployment, shopper: Storefront, merchant: Storefront
) -> None:
    order_id = check_out(shopper)
    pay(till, order_id, is_purchase=False)
    assert words(merchant.call("PUT", path(order_id), CANCEL)) == ("cancelled", "unpaid", "unfulfilled")
    assert till.live() == []


def test_an_order_that_was_sent_is_not_cancelled(till: Deployment, shopper: Storefront, merchant: Storefront) -> None:
    order_id = check_out(shopper)
    pay(till, order_id)
    merchant.call("PUT", path(order_id), FULFIL)
    assert refused(merchant.call("PUT", path(order_id), CANCEL)) == NOT_NOW


def test_cancelling_twice_with_one_key_is_cancelling_once(shopper: Storefront, merchant: Storefront) -> None:
    order_id = check_out(shopper)
    key = {"Idempotency_Key": "cancel-0123456789ab"}
    first, again = (merchant.call("PUT", path(order_id), CANCEL, **key) for _ in range(2))
    assert (first.status, first.raw) == (again.status, again.raw) == (200, first.raw)


# Sending


def test_only_a_paid_order_is_sent(till: Deployment, shopper: Storefront, merchant: Storefront) -> None:
    order_id = check_out(shopper)
    assert refused(merchant.call("PUT", path(order_id), FULFIL)) == NOT_NOW
    pay(till, order_id, 4000)
    reply = merchant.call("PUT", path(order_id), FULFIL)
    assert refused(reply) == NOT_NOW
    assert reply.body["errors"][0]["meta"] == {"reason": "This order is not paid yet."}
    pay(till, order_id)
    assert words(merchant.call("PUT", path(order_id), FULFIL)) == ("complete", "paid", "fulfilled")
    assert (till.stock().on_hand, till.stock().allocated, till.stock().available) == (9, 0, 9)
    assert refused(merchant.call("PUT", path(order_id), FULFIL)) == NOT_NOW
