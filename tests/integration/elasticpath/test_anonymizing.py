"""POST /v2/orders/anonymize: nobody's name is left, of all the orders or of none."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any

import pytest

from elasticpath.ids import ulid_of, uuid_of
from tests.builders import a_receiver
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.agreed import check_out, pay, refund, words
from tests.integration.elasticpath.carts import ANAHEIM, BREWER, checkout, put_cart
from tests.integration.elasticpath.storefront import Storefront
from tests.integration.placed import placed

type Json = dict[str, Any]

ANONYMIZE = "/v2/orders/anonymize"
CANCEL = {"type": "order", "status": "cancelled"}
TO = ANAHEIM | {"phone_number": "555-1234", "instructions": "Ring at Smith"}
# Of whom and where, as it is stored.
PERSONAL = ("John", "Doe", "john@", "Disney", "Anaheim", "92802", "555-1234", "Smith", "Moltin", "cart-1")


@pytest.fixture
def shopper(till: Deployment) -> Storefront:
    return Storefront(till)


@pytest.fixture
def merchant(till: Deployment) -> Storefront:
    return Storefront(till, trusted=True, number=2)


def cancelled(shopper: Storefront, merchant: Storefront) -> str:
    order_id = check_out(shopper, checkout(shipping_address=TO))
    assert merchant.call("PUT", f"/v2/orders/{order_id}", CANCEL).status == 200
    return order_id


def anonymize(front: Storefront, *order_ids: str) -> Any:
    return front.call("POST", ANONYMIZE, {"order_ids": list(order_ids)})


def stored(till: Deployment, order_id: str) -> str:
    """All that is kept of an order, as text."""
    items = till.stored(ulid_of(order_id)).values()
    return "".join(zlib.decompress(item["body"]["B"][1:]).decode() for item in items if item["kind"]["S"] != "OUTBOX")


def test_a_cancelled_order_is_anonymized(till: Deployment, shopper: Storefront, merchant: Storefront) -> None:
    order_id = cancelled(shopper, merchant)
    assert "John" in stored(till, order_id)
    [order] = anonymize(merchant, order_id).body["data"]
    assert (order["id"], order["anonymized"], order["status"]) == (order_id, True, "cancelled")
    assert order["customer"] == {"name": "**", "email": "**"}
    assert set(order["billing_address"].values()) == {"**"}
    assert set(order["shipping_address"].values()) == {"**"}
    assert merchant.call("GET", f"/v2/orders/{order_id}").body["data"] == order
    kept = stored(till, order_id)
    assert [text for text in PERSONAL if text in kept] == []


def test_what_a_storefront_called_its_payments_goes_too(
    till: Deployment, shopper: Storefront, merchant: Storefront
) -> None:
    order_id = check_out(shopper)
    meta = {"name": "Card of John", "custom_reference": "John's birthday"}
    card = {"gateway": "sandbox", "method": "authorize", "payment": "tok_approve", "paymentmethod_meta": meta}
    assert shopper.call("POST", f"/v2/orders/{order_id}/payments", card).status == 200
    assert merchant.call("PUT", f"/v2/orders/{order_id}", CANCEL).status == 200
    assert anonymize(merchant, order_id).status == 200
    assert "John" not in stored(till, order_id)


def test_what_was_bought_and_paid_stays(till: Deployment, shopper: Storefront, merchant: Storefront) -> None:
    order_id = check_out(shopper)
    pay(till, order_id)
    assert merchant.call("PUT", f"/v2/orders/{order_id}", {"shipping": "fulfilled"}).status == 200
    before = merchant.call("GET", f"/v2/orders/{order_id}?include=items").body
    assert anonymize(merchant, order_id).status == 200
    after = merchant.call("GET", f"/v2/orders/{order_id}?include=items")
    assert words(after) == ("complete", "paid", "fulfilled")
    assert after.body["data"]["meta"]["display_price"] == before["data"]["meta"]["display_price"]
    [item], [same] = after.body["included"]["items"], before["included"]["items"]
    assert (item["id"], item["sku"], item["unit_price"]) == (same["id"], same["sku"], same["unit_price"])


def test_a_refunded_order_is_anonymized(till: Deployment, shopper: Storefront, merchant: Storefront) -> None:
    order_id = check_out(shopper)
    pay(till, order_id)
    refund(order_id)
    assert anonymize(merchant, order_id).status == 200


def test_an_order_that_is_not_over_keeps_its_name(till: Deployment, shopper: Storefront, merchant: Storefront) -> None:
    over, unpaid = cancelled(shopper, merchant), check_out(shopper)
    reply = anonymize(merchant, over, unpaid)
    said = "order:incomplete, payment:unpaid, shipping:unfulfilled"
    assert reply.status == 422
    assert reply.body["errors"] == [
        {
            "status": 422,
            "title": "Could not anonymize orders",
            "detail": f"Order has status: {said}; only fulfilled or refunded or cancelled orders may be anonymized",
            "meta": {"order_id": unpaid},
        }
    ]
    assert merchant.call("GET", f"/v2/orders/{over}").body["data"]["anonymized"] is False


def test_an_order_of_which_the_platform_is_still_to_be_told_keeps_its_name(
    till: Deployment, shopper: Storefront, merchant: Storefront
) -> None:
    till.change_shop(platform=a_receiver(id="platform"))
    order_id = check_out(shopper)
    pay(till, order_id)
    assert merchant.call("PUT", f"/v2/orders/{order_id}", {"shipping": "fulfilled"}).status == 200
    [refused] = anonymize(merchant, order_id).body["errors"]
    assert refused["detail"] == "The order is still to be pushed to the merchant's platform"


def test_several_orders_are_anonymized_at_once_and_twice_is_once(shopper: Storefront, merchant: Storefront) -> None:
    ids = [cancelled(shopper, merchant) for _ in range(3)]
    for _ in range(2):
        reply = anonymize(merchant, *ids, ids[0], ulid_of(ids[0]))
        assert [order["id"] for order in reply.body["data"]] == ids


def test_an_order_of_another_dialect_is_anonymized_too(till: Deployment, merchant: Storefront) -> None:
    order = placed(till)
    assert order.post("cancel").status == 200
    assert "Winnipeg" in stored(till, order.id)
    [answered] = anonymize(merchant, uuid_of(order.id)).body["data"]
    assert answered["customer"] == {"name": "**", "email": "**"}
    assert [text for text in ("John", "Doe", "Winnipeg", "Fultz", "1111") if text in stored(till, order.id)] == []
    assert order.detail["customer"]["email"] == "**"


def test_what_a_shopper_wrote_on_a_product_is_gone(till: Deployment, shopper: Storefront, merchant: Storefront) -> None:
    put_cart(lines=(replace(BREWER, properties={"engraving": "For Smith"}),))
    order_id = shopper.call("POST", "/v2/carts/cart-1/checkout", checkout()).body["data"]["id"]
    merchant.call("PUT", f"/v2/orders/{order_id}", CANCEL)
    anonymize(merchant, order_id)
    [item] = merchant.call("GET", f"/v2/orders/{order_id}/items").body["data"]
    assert item["custom_inputs"] == {"engraving": "**"}


def test_no_shopper_anonymizes_orders(shopper: Storefront, merchant: Storefront) -> None:
    assert anonymize(shopper, cancelled(shopper, merchant)).status == 403


def test_all_orders_must_be_there(shopper: Storefront, merchant: Storefront) -> None:
    over = cancelled(shopper, merchant)
    assert anonymize(merchant, over, "nobody").status == 404
    assert merchant.call("GET", f"/v2/orders/{over}").body["data"]["anonymized"] is False


@pytest.mark.parametrize("ids", [None, [], "x", [1], ["x"] * 26])
def test_what_names_no_orders_is_refused(merchant: Storefront, ids: Any) -> None:
    assert merchant.call("POST", ANONYMIZE, {"order_ids": ids}).status == 400
