"""The document of POST /v2/carts/:cartID/checkout, sentence by sentence, from a cart to the money.

Each test begins with what the document says. All that is asked goes through the API.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from elasticpath.ids import uuid_of
from tests.builders import a_shop
from tests.contract.test_people import a_person, an_account
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.shopping import sell
from tests.integration.elasticpath.storefront import Storefront
from till.domain.discount import Discount, DiscountKind
from till.domain.password import hashed
from till.domain.people import PersonKind
from till.domain.shop import Gateway
from till.runtime import wiring

type Json = dict[str, Any]

BREWER = uuid_of("01JXVAR1ANT000000000000000")
GIFT_ID = "01JXG1FT200000000000000000"
ADDRESS = {
    "first_name": "John",
    "last_name": "Doe",
    "company_name": "Moltin",
    "line_1": "1234 Disney Drive",
    "line_2": "Disney Resort",
    "city": "Anaheim",
    "postcode": "92802",
    "county": "Orange",
    "country": "US",
    "region": "CA",
}
SHIPPING = ADDRESS | {"phone_number": "(555) 555-1234", "instructions": "Leave in porch"}
JOHN = {"name": "John Doe", "email": "john@example.com"}
TOTALS = ("with_tax", "without_tax", "tax", "discount", "paid", "authorized", "without_discount")
DAY = 86_400
PASSWORD = "mysecretpassword"


@pytest.fixture
def shopper(till: Deployment) -> Storefront:
    """A storefront of the shop, which is also paid by hand."""
    till.change_shop(gateways=(*a_shop().gateways, Gateway("manual", "manual", "By hand", is_test=False)))
    return Storefront(till)


@pytest.fixture
def back_end(till: Deployment, shopper: Storefront) -> Storefront:
    """Who has the client's secret."""
    return Storefront(till, trusted=True, number=2)


@pytest.fixture
def account(till: Deployment, shopper: Storefront) -> Json:
    """An account with one member, who has signed in: `id`, `member_id`, `token`."""
    made = wiring.accounts().save(an_account())
    password = hashed(PASSWORD, bytes(16))
    member = a_person(kind=PersonKind.MEMBER, email="ann@acme.example.com", password=password, accounts=(made.id,))
    wiring.people().save(member, None)
    sign_in = {"type": "account_management_authentication_token", "authentication_mechanism": "password"}
    sign_in |= {"username": member.email, "password": PASSWORD}
    [signed_in] = shopper.call("POST", "/v2/account-members/tokens", sign_in).body["data"]
    return {"id": signed_in["account_id"], "member_id": uuid_of(member.id), "token": signed_in["token"]}


def filled(by: Storefront, cart: str = "cart-1", quantity: int = 1) -> str:
    """The path of a cart with brewing systems at 225.00 CAD."""
    added = by.call("POST", f"/v2/carts/{cart}/items", {"type": "cart_item", "id": BREWER, "quantity": quantity})
    assert added.status == 201, added.raw
    return f"/v2/carts/{cart}"


def checkout(by: Storefront, cart: str, headers: dict[str, str] | None = None, **members: Any) -> Json:
    """The order that a cart becomes, a guest's unless said otherwise."""
    who = {} if {"account", "contact"} & members.keys() else {"customer": JOHN}
    body = {**who, "billing_address": ADDRESS, "shipping_address": SHIPPING, **members}
    reply = by.call("POST", f"{cart}/checkout", body, **(headers or {}))
    assert reply.status == 200, reply.raw
    order: Json = reply.body["data"]
    return order


def pay(by: Storefront, order: Json, **members: Any) -> Json:
    """A transaction, by card and for all of it unless said otherwise."""
    body = {"gateway": "sandbox-1", "method": "purchase", "payment": "tok_approve"} | members
    reply = by.call("POST", f"/v2/orders/{order['id']}/payments", body)
    assert reply.status == 200, reply.raw
    transaction: Json = reply.body["data"]
    return transaction


def give(till: Deployment, on_hand: int) -> None:
    """An automatic promotion that adds a gift to every cart."""
    sell(till, "gift2", on_hand, id=GIFT_ID, product_title="gift2")
    promotion = Discount(wiring.new_id(), "FREEGIFT", DiscountKind.GIFT, gift_variant_id=GIFT_ID, gift_quantity=1)
    till.change_shop(promotions=(promotion,))


# "When a Cart is ready for checkout, you can convert the cart to an order."


def test_the_cart_remains_and_can_be_modified_and_checked_out_again(shopper: Storefront) -> None:
    cart = filled(shopper)
    first = checkout(shopper, cart)
    [item] = shopper.call("GET", f"{cart}/items").body["data"]
    changed = shopper.call("PUT", f"{cart}/items/{item['id']}", {"type": "cart_item", "id": item["id"], "quantity": 2})
    assert changed.status == 200
    second = checkout(shopper, cart)
    assert first["id"] != second["id"]
    amounts = [order["meta"]["with_tax"]["amount"] for order in (first, second)]
    assert amounts == [22500, 45000]
    kept = shopper.call("GET", f"/v2/orders/{first['id']}").body["data"]
    assert kept["meta"]["with_tax"]["amount"] == 22500


def test_a_response_that_contains_the_order_is_returned(shopper: Storefront) -> None:
    order = checkout(shopper, filled(shopper))
    assert shopper.call("GET", f"/v2/orders/{order['id']}").body["data"] == order


def test_the_shipping_group_of_the_cart_is_associated_with_the_order(shopper: Storefront, back_end: Storefront) -> None:
    cart = filled(shopper)
    body = {"type": "shipping_group", "shipping_type": "standard", "shipping_price": {"total": 700, "base": 700}}
    group = back_end.call("POST", f"{cart}/shipping-groups", body)
    assert group.status == 201, group.raw
    order = checkout(shopper, cart)
    assert order["relationships"]["shipping_groups"]["data"] == [
        {"type": "shipping_group", "id": group.body["data"]["id"]}
    ]


# "You can checkout using one of the following methods"


def test_customer_id_with_an_existing_customer(shopper: Storefront, back_end: Storefront) -> None:
    made = back_end.call(
        "POST", "/v2/customers", {"type": "customer", "name": "Ron Swanson", "email": "ron@swanson.co"}
    )
    ron = made.body["data"]["id"]
    order = checkout(back_end, filled(shopper), customer={"id": ron})
    assert order["customer"] == {"name": "Ron Swanson", "email": "ron@swanson.co"}
    assert order["relationships"]["customer"]["data"] == {"type": "customer", "id": ron}


def test_guest_checkout_with_customer_object(shopper: Storefront) -> None:
    assert checkout(shopper, filled(shopper), customer=JOHN)["customer"] == JOHN


def test_checkout_with_account(till: Deployment, back_end: Storefront, account: Json) -> None:
    """The shopper authenticates with the client credentials token."""
    body = {"account": {"id": account["id"], "member_id": account["member_id"]}, "contact": JOHN}
    order = checkout(back_end, filled(back_end), **body)
    assert order["contact"] == JOHN
    assert "customer" not in order
    assert order["relationships"]["account"]["data"] == {"type": "account", "id": account["id"]}
    assert order["relationships"]["account_member"]["data"] == {"type": "account_member", "id": account["member_id"]}


def test_checkout_with_account_management_authentication_token(shopper: Storefront, account: Json) -> None:
    """The shopper authenticates with the implicit token and the account management authentication token."""
    headers = {"EP_Account_Management_Authentication_Token": account["token"]}
    order = checkout(shopper, filled(shopper), headers, contact=JOHN)
    assert order["contact"] == JOHN
    assert order["relationships"]["account"]["data"]["id"] == account["id"]
    assert order["relationships"]["account_member"]["data"]["id"] == account["member_id"]


@pytest.mark.parametrize("token", ["", "nobodys", "eyJhbGciOiJub25lIn0.e30."])
def test_an_account_is_nobodys_without_its_token(shopper: Storefront, token: str) -> None:
    cart = filled(shopper)
    headers = {"EP_Account_Management_Authentication_Token": token} if token else {}
    reply = shopper.call("POST", f"{cart}/checkout", {"contact": JOHN, "billing_address": ADDRESS}, **headers)
    assert reply.status in (401, 403)


# "The cart currency is set when the first item is added to the cart."


def test_the_first_item_sets_the_currency_and_later_ones_need_a_price_in_it(
    till: Deployment, shopper: Storefront
) -> None:
    cart = filled(shopper)
    sell(till, "USD", prices={"USD": 900})
    refused = shopper.call("POST", f"{cart}/items", {"type": "cart_item", "sku": "USD", "quantity": 1})
    assert refused.status == 400
    [error] = refused.body["errors"]
    assert error["detail"] == "This product does not have a price for CAD"
    items = shopper.call("GET", f"{cart}/items").body
    assert {item["value"]["currency"] for item in items["data"]} == {"CAD"}
    assert items["meta"]["display_price"]["with_tax"]["currency"] == "CAD"


# "To ensure that a free gift is automatically applied to an order, set the promotion to automatic."


def test_a_free_gift_is_automatically_applied(till: Deployment, shopper: Storefront) -> None:
    give(till, on_hand=1)
    order = checkout(shopper, filled(shopper))
    items = shopper.call("GET", f"/v2/orders/{order['id']}/items").body["data"]
    assert [(item["sku"], item["value"]["amount"]) for item in items] == [("ABS", 22500), ("gift2", 0)]


def test_the_checkout_is_not_successful_if_the_free_gift_is_out_of_stock(till: Deployment, shopper: Storefront) -> None:
    give(till, on_hand=1)
    cart = filled(shopper)
    wiring.stock().set_on_hand("acme", GIFT_ID, 0)
    body = {"customer": JOHN, "billing_address": ADDRESS, "shipping_address": SHIPPING}
    reply = shopper.call("POST", f"{cart}/checkout", body)
    assert reply.status == 400
    assert reply.body == {
        "errors": [
            {
                "status": 400,
                "title": "Insufficient stock",
                "detail": "There is not enough stock to add gift2 to your cart",
                "meta": {"id": uuid_of(GIFT_ID), "sku": "gift2"},
            }
        ]
    }


# "By default, carts are automatically deleted 7 days after the last update."


def expiry(by: Storefront, cart: str) -> tuple[str, str]:
    """When it changed last, and when it is deleted."""
    times = by.call("GET", cart).body["data"]["meta"]["timestamps"]
    return times["updated_at"], times["expires_at"]


def days(times: tuple[str, str]) -> int:
    """From the one to the other."""
    from datetime import datetime

    updated, expires = (datetime.fromisoformat(one) for one in times)
    return round((expires - updated).total_seconds() / DAY)


def test_a_cart_lives_seven_days_after_its_last_update(shopper: Storefront) -> None:
    assert days(expiry(shopper, filled(shopper))) == 7


def test_you_can_change_this_by_updating_cart_settings(shopper: Storefront, back_end: Storefront) -> None:
    before = filled(shopper, "before")
    changed = back_end.call("PUT", "/v2/settings/cart", {"type": "settings", "cart_expiry_days": 30})
    assert changed.body["data"]["cart_expiry_days"] == 30
    assert days(expiry(shopper, filled(shopper, "after"))) == 30
    assert days(expiry(shopper, before)) == 7
    refused = back_end.call("PUT", "/v2/settings/cart", {"type": "settings", "cart_expiry_days": 366})
    assert refused.status == 400
    assert refused.body["errors"][0]["title"] == "number_lte"
    assert shopper.call("PUT", "/v2/settings/cart", {"type": "settings", "cart_expiry_days": 3}).status == 403


def test_a_cart_that_has_ended_is_empty_though_it_still_lies_there(till: Deployment, shopper: Storefront) -> None:
    cart = filled(shopper)
    stored = wiring.carts().get("acme", "cart-1")
    assert stored
    wiring.carts().save(replace(stored, expires_at=wiring.now() - 1))
    assert shopper.call("GET", f"{cart}/items").body["data"] == []
    assert shopper.call("GET", cart).body["data"]["relationships"]["items"]["data"] is None


# "Your inventory is modified during checkout and payment of an order."


def counters(till: Deployment) -> tuple[int, int, int]:
    """Total, allocated, available."""
    level = till.stock()
    return level.on_hand, level.allocated, level.available


def test_inventory_is_allocated_by_payment_and_lowered_by_fulfilment(
    till: Deployment, shopper: Storefront, back_end: Storefront
) -> None:
    cart = filled(shopper, quantity=3)
    assert counters(till) == (10, 0, 10)
    order = checkout(shopper, cart)
    assert counters(till) == (10, 0, 10)
    pay(shopper, order)
    assert counters(till) == (10, 3, 7)
    fulfilled = back_end.call("PUT", f"/v2/orders/{order['id']}", {"type": "order", "shipping": "fulfilled"})
    assert fulfilled.body["data"]["shipping"] == "fulfilled"
    assert counters(till) == (7, 0, 7)


def test_inventory_is_given_back_when_the_order_is_cancelled(
    till: Deployment, shopper: Storefront, back_end: Storefront
) -> None:
    order = checkout(shopper, filled(shopper, quantity=3))
    pay(shopper, order, method="authorize")
    assert counters(till) == (10, 3, 7)
    cancelled = back_end.call("PUT", f"/v2/orders/{order['id']}", {"type": "order", "status": "cancelled"})
    assert cancelled.body["data"]["status"] == "cancelled"
    assert counters(till) == (10, 0, 10)


def test_inventory_stays_as_it_was_when_a_payment_fails(till: Deployment, shopper: Storefront) -> None:
    order = checkout(shopper, filled(shopper, quantity=3))
    declined = {"gateway": "sandbox-1", "method": "purchase", "payment": "tok_decline"}
    assert shopper.call("POST", f"/v2/orders/{order['id']}/payments", declined).status == 400
    assert counters(till) == (10, 0, 10)


# "You can pass order_number and external_ref in the checkout endpoint or when updating an order."


def test_order_number_and_external_ref_are_passed_at_checkout_or_later(
    shopper: Storefront, back_end: Storefront
) -> None:
    order = checkout(shopper, filled(shopper), order_number="order-1234", external_ref="e-123456789")
    assert (order["order_number"], order["external_ref"]) == ("order-1234", "e-123456789")
    body = {"type": "order", "order_number": "order-9", "external_ref": "My ref: #7 / é", "shipping_address": SHIPPING}
    updated = back_end.call("PUT", f"/v2/orders/{order['id']}", body).body["data"]
    assert (updated["order_number"], updated["external_ref"]) == ("order-9", "My ref: #7 / é")


def test_there_are_no_duplication_restrictions(shopper: Storefront) -> None:
    cart = filled(shopper)
    orders = [checkout(shopper, cart, order_number="order-1234", external_ref="e-1") for _ in range(2)]
    assert [order["order_number"] for order in orders] == ["order-1234"] * 2
    assert orders[0]["id"] != orders[1]["id"]


def test_the_maximum_length_of_external_ref_is_64(shopper: Storefront) -> None:
    cart = filled(shopper)
    assert checkout(shopper, cart, external_ref="x" * 64)["external_ref"] == "x" * 64
    body = {"customer": JOHN, "billing_address": ADDRESS, "external_ref": "x" * 65}
    refused = shopper.call("POST", f"{cart}/checkout", body)
    assert refused.status == 400
    assert [error["source"] for error in refused.body["errors"]] == ["data.external_ref"]


@pytest.mark.parametrize("number", ["order-1234", ""])
def test_the_gateway_gets_the_order_number_and_without_one_the_order_id(
    till: Deployment, shopper: Storefront, number: str
) -> None:
    order = checkout(shopper, filled(shopper), order_number=number)
    pay(shopper, order)
    [entry] = till.ledger()
    assert entry.reference == (number or order["id"])


# "Schema"


def test_the_response_has_every_field_of_the_document(shopper: Storefront) -> None:
    order = checkout(shopper, filled(shopper), order_number="order-1234", external_ref="e-123456789")
    assert order["type"] == "order"
    assert uuid.UUID(order["id"])
    assert (order["status"], order["payment"], order["shipping"]) == ("incomplete", "unpaid", "unfulfilled")
    assert order["anonymized"] is False
    assert order["meta"]["timestamps"].keys() >= {"created_at", "updated_at"}
    for total in TOTALS:
        assert order["meta"][total] == order["meta"]["display_price"][total]
        assert order["meta"][total].keys() == {"amount", "currency", "formatted"}
    assert order["meta"]["with_tax"] == {"amount": 22500, "currency": "CAD", "formatted": "$225.00"}
    assert order["billing_address"] == ADDRESS
    assert order["shipping_address"] == SHIPPING
    assert order["customer"] == JOHN


def test_unauthorized(shopper: Storefront) -> None:
    shopper.token = "nobodys"
    reply = shopper.call("POST", "/v2/carts/cart-1/checkout", {"customer": JOHN, "billing_address": ADDRESS})
    assert reply.status == 401
    assert reply.body["errors"][0]["status"] == 401
