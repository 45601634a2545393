"""Elastic Path's own SDK, as its users install it: checkout in its four forms, payments, orders."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from elasticpath.ids import ulid_of, uuid_of
from scripts.checkout_client import Json
from tests.clients.elasticpath_sdk import JOHN, LA, Cart, Market, OpenSdk, Sdk
from tests.e2e.deployment import eventually, settled

ORDER_TOTALS = {"with_tax", "without_tax", "tax", "discount", "balance_owing", "paid", "authorized",
                "without_discount", "shipping", "shipping_discount"}  # fmt: skip
MANUAL = {"gateway": "manual", "method": "authorize"}
CARD = {"gateway": "test", "method": "purchase", "payment": "tok_approve"}


@pytest.fixture
def storefront(open_sdk: OpenSdk, market: Market) -> Sdk:
    return open_sdk(market)


@pytest.fixture
def back_end(open_sdk: OpenSdk, market: Market) -> Sdk:
    return open_sdk(market, trusted=True)


@pytest.fixture(params=[False, True], ids=["a storefront", "a back end"])
def sdk(request: pytest.FixtureRequest, open_sdk: OpenSdk, market: Market) -> Sdk:
    return open_sdk(market, trusted=request.param)


@pytest.fixture(scope="module")
def shoe(market: Market) -> str:
    """For 10.00 USD, a hundred on hand."""
    return market.sell()


def filled(sdk: Sdk, sku: str, quantity: int = 1) -> Cart:
    """A cart with one product."""
    cart = sdk.cart()
    cart.do("AddProduct", sku, quantity, {}, True)
    return cart


def shown(order: Json, name: str) -> int:
    """One of its totals."""
    amount: int = order["meta"]["display_price"][name]["amount"]
    return amount


def axes(order: Json) -> tuple[str, str, str]:
    """Where it stands."""
    return order["status"], order["payment"], order["shipping"]


# Checkout in its four forms


def test_a_guest_checks_out_and_the_cart_remains(sdk: Sdk, shoe: str) -> None:
    cart = filled(sdk, shoe, 2)
    answer = cart.do("Checkout", JOHN, LA)
    order = answer["data"]
    assert order["type"] == "order"
    assert axes(order) == ("incomplete", "unpaid", "unfulfilled")
    assert order["customer"] == {"name": "John Doe", "email": "john@example.com"}
    assert order["anonymized"] is False
    assert order["billing_address"].items() >= LA.items()
    assert order["shipping_address"].items() >= (LA | {"phone_number": "", "instructions": ""}).items()
    assert order["meta"]["display_price"].keys() >= ORDER_TOTALS
    assert (shown(order, "with_tax"), shown(order, "balance_owing"), shown(order, "paid")) == (2000, 2000, 0)
    [item] = answer["included"]["items"]
    assert order["relationships"]["items"]["data"] == [{"type": "item", "id": item["id"]}]
    assert (item["type"], item["sku"], item["quantity"]) == ("order_item", shoe, 2)
    assert cart.quantities == {shoe: 2}
    cart.do("AddProduct", shoe, 1, {}, True)
    again = cart.check_out()
    assert again["id"] != order["id"]
    assert shown(again, "with_tax") == 3000


def test_two_quick_clicks_with_one_key_make_one_order(storefront: Sdk, shoe: str) -> None:
    cart, key = filled(storefront, shoe), {"Idempotency-Key": uuid.uuid4().hex}
    first, again = (cart.check_out(JOHN, LA, key) for _ in range(2))
    assert first == again
    assert cart.check_out(JOHN, LA, {"Idempotency-Key": uuid.uuid4().hex})["id"] != first["id"]


def test_a_customer_checks_out_by_id(storefront: Sdk, back_end: Sdk, shoe: str) -> None:
    email = f"ron-{uuid.uuid4().hex[:8]}@example.com"
    made = back_end.do("Customers", ["Create", {"type": "customer", "name": "Ron Swanson", "email": email}])["data"]
    order = filled(back_end, shoe).check_out(made["id"])
    assert order["customer"] == {"name": "Ron Swanson", "email": email}
    assert order["relationships"]["customer"]["data"] == {"type": "customer", "id": made["id"]}
    assert filled(storefront, shoe).refusal("Checkout", str(uuid.uuid4()), LA).error["status"] in (403, 404)
    assert filled(back_end, shoe).refusal("Checkout", str(uuid.uuid4()), LA).error["status"] == 404


def test_a_contact_without_a_members_token_is_nobody(storefront: Sdk, shoe: str) -> None:
    cart = filled(storefront, shoe)
    refusal = cart.refusal("CheckoutWithAccountManagementToken", JOHN, LA, LA, "nobodys")
    assert refusal.error["status"] in (401, 403)


def test_addresses_are_checked_field_by_field(sdk: Sdk, shoe: str) -> None:
    cart = filled(sdk, shoe)
    lacking = {name: value for name, value in LA.items() if name not in ("first_name", "region", "county")}
    sources = {error["source"] for error in cart.refusal("Checkout", JOHN, lacking).errors}
    assert {"data.billing_address.first_name", "data.shipping_address.first_name"} <= sources
    error = cart.refusal("Checkout", JOHN | {"email": ".john@example.com"}, LA).error
    assert (error["status"], error["title"], error["source"]) == (400, "format", "data.customer.email")
    assert error["detail"] == "Does not match format 'email'"


def test_an_empty_cart_is_not_checked_out(sdk: Sdk) -> None:
    assert sdk.cart().refusal("Checkout", JOHN, LA).error["status"] == 400


def test_what_is_gone_at_checkout_is_told(sdk: Sdk, market: Market) -> None:
    last = market.sell(on_hand=1)
    cart = filled(sdk, last)
    market.owner.ask("PUT", f"/stock/{last}", {"on_hand": 0})
    error = cart.refusal("Checkout", JOHN, LA).error
    assert (error["status"], error["title"]) == (400, "Insufficient stock")
    assert error["meta"] == {"id": market.product_id(last), "sku": last}


@pytest.mark.parametrize("newer", [False, True], ids=["as the brief has it", "as the newest documents have it"])
def test_the_status_of_a_checkout_is_the_shops(
    newer: bool, open_sdk: OpenSdk, market: Market, newer_market: Market
) -> None:
    shop = newer_market if newer else market
    cart = filled(open_sdk(shop), shop.sell())
    body = {"data": {"customer": JOHN, "billing_address": LA, "order_number": "order-1234", "external_ref": "e-1"}}
    answer = shop.call("POST", f"/v2/carts/{cart.id}/checkout", body)
    assert answer.status_code == (201 if newer else 200)
    order = answer.json()["data"]
    assert (order["order_number"], order["external_ref"]) == ("order-1234", "e-1")
    assert cart.check_out()["type"] == "order"


@pytest.fixture(scope="module")
def account(market: Market) -> Json:
    """An account with one member: `id` and `member_id` as the API has them, `username` and `password`."""
    made = market.owner.ask("POST", "/accounts", {"name": "Acme"})["data"]
    sign_in = {"username": f"ann-{uuid.uuid4().hex[:8]}@example.com", "password": "mysecretpassword"}
    wanted = {"email": sign_in["username"], "name": "Ann Lee", "password": sign_in["password"]}
    member = market.owner.ask("POST", f"/accounts/{made['id']}/members", wanted)["data"]
    return {"id": uuid_of(made["id"]), "member_id": uuid_of(member["id"]), **sign_in}


def signed_in(sdk: Sdk, account: Json) -> str:
    """The token of the account's member."""
    body = {"type": "account_management_authentication_token", "authentication_mechanism": "password"}
    body |= {"username": account["username"], "password": account["password"]}
    [one] = sdk.do("AccountMembers", ["GenerateAccountToken", body])["data"]
    assert one["account_id"] == account["id"]
    token: str = one["token"]
    return token


def test_a_member_checks_out_for_an_account(storefront: Sdk, open_sdk: OpenSdk, market: Market, account: Json) -> None:
    token = signed_in(storefront, account)
    cart = filled(storefront, market.sell())
    order = cart.do("CheckoutWithAccountManagementToken", JOHN, LA, LA, token)["data"]
    assert order["contact"] == JOHN
    assert order["relationships"]["account"]["data"] == {"type": "account", "id": account["id"]}
    assert order["relationships"]["account_member"]["data"] == {"type": "account_member", "id": account["member_id"]}
    assert storefront.refusal("Orders", ["Get", order["id"]]).error["status"] == 404
    as_member = open_sdk(market, headers={"EP-Account-Management-Authentication-Token": token})
    assert as_member.do("Orders", ["Get", order["id"]])["data"]["id"] == order["id"]
    assert [one["id"] for one in as_member.do("Orders", "All")["data"]] == [order["id"]]


def test_a_back_end_checks_out_for_an_account(back_end: Sdk, market: Market, account: Json) -> None:
    cart = filled(back_end, market.sell())
    who = {"account": {"id": account["id"], "member_id": account["member_id"]}, "contact": JOHN}
    answer = market.call("POST", f"/v2/carts/{cart.id}/checkout", {"data": who | {"billing_address": LA}})
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["relationships"]["account"]["data"]["id"] == account["id"]


def test_a_customer_has_carts_and_orders_of_their_own(storefront: Sdk, market: Market) -> None:
    email, password = f"ron-{uuid.uuid4().hex[:8]}@example.com", "mysecretpassword"
    ron = {"type": "customer", "name": "Ron Swanson", "email": email, "password": password}
    made = storefront.do("Customers", ["Create", ron])["data"]
    token = storefront.do("Customers", ["Token", email, password])["data"]["token"]
    cart = filled(storefront, market.sell())
    cart.do("AddCustomerAssociation", made["id"], token)
    assert [one["id"] for one in storefront.do("Cart", ["GetCartsList", token])["data"]] == [cart.id]
    order = cart.check_out(made["id"])
    assert [one["id"] for one in storefront.do("Orders", ["All", token])["data"]] == [order["id"]]
    assert storefront.refusal("Orders", ["Get", order["id"]]).error["status"] == 404
    assert storefront.do("Orders", ["Get", order["id"], token])["data"]["id"] == order["id"]


# Payments


def test_an_order_is_authorized_captured_and_refunded(storefront: Sdk, back_end: Sdk, market: Market) -> None:
    sku = market.sell(on_hand=5)
    order = filled(storefront, sku, 2).check_out()
    assert market.owner.stock(sku)["available"] == 5
    paid = storefront.do("Orders", ["Payment", order["id"], MANUAL])["data"]
    assert (paid["type"], paid["gateway"], paid["amount"]) == ("transaction", "manual", 2000)
    assert (paid["transaction_type"], paid["transaction-type"], paid["status"]) == (
        "authorize",
        "authorize",
        "complete",
    )
    assert paid["relationships"]["order"]["data"] == {"type": "order", "id": order["id"]}
    authorized = storefront.do("Orders", ["Get", order["id"]])["data"]
    assert axes(authorized) == ("processing", "authorized", "unfulfilled")
    assert (shown(authorized, "authorized"), shown(authorized, "balance_owing")) == (2000, 0)
    assert market.owner.stock(sku)["available"] == 3
    which = {"order": order["id"], "transaction": paid["id"]}
    assert storefront.refusal("Transactions", ["Capture", which]).error["status"] == 403
    captured = back_end.do("Transactions", ["Capture", which])["data"]
    assert (captured["id"], captured["transaction_type"]) == (paid["id"], "capture")
    complete = storefront.do("Orders", ["Get", order["id"]])["data"]
    assert axes(complete) == ("complete", "paid", "unfulfilled")
    assert (shown(complete, "paid"), shown(complete, "authorized")) == (2000, 0)
    assert market.owner.order(ulid_of(order["id"]))["total"] == shown(complete, "with_tax")
    part = back_end.do("Transactions", ["Refund", which, {"amount": 500}])["data"]
    assert (part["transaction_type"], part["refunded_amount"]) == ("refund", 500)
    refunded = back_end.do("Transactions", ["Refund", which])["data"]
    assert refunded["refunded_amount"] == 2000
    assert back_end.do("Orders", ["Get", order["id"]])["data"]["payment"] == "refunded"
    assert [one["id"] for one in back_end.do("Transactions", ["All", {"order": order["id"]}])["data"]] == [paid["id"]]
    assert back_end.do("Transactions", ["Get", which])["data"]["refunded_amount"] == 2000


def test_a_purchase_in_two_parts(storefront: Sdk, shoe: str) -> None:
    order = filled(storefront, shoe, 2).check_out()
    for amount, payment in ((500, "partially_paid"), (1500, "paid")):
        storefront.do("Orders", ["Payment", order["id"], CARD | {"amount": amount}])
        now = storefront.do("Orders", ["Get", order["id"]])["data"]
        assert now["payment"] == payment
    assert axes(now) == ("complete", "paid", "unfulfilled")


def test_a_card_that_is_declined_leaves_the_order_as_it_was(storefront: Sdk, market: Market) -> None:
    sku = market.sell(on_hand=1)
    order = filled(storefront, sku).check_out()
    declined = CARD | {"payment": "tok_decline"}
    assert storefront.refusal("Orders", ["Payment", order["id"], declined]).error["status"] == 400
    assert axes(storefront.do("Orders", ["Get", order["id"]])["data"]) == ("incomplete", "unpaid", "unfulfilled")
    assert settled(market.owner, sku)["available"] == 1
    storefront.do("Orders", ["Payment", order["id"], CARD])
    assert axes(storefront.do("Orders", ["Get", order["id"]])["data"]) == ("complete", "paid", "unfulfilled")


def test_money_that_came_in_by_hand_is_for_the_shop_to_say(storefront: Sdk, back_end: Sdk, shoe: str) -> None:
    order = filled(storefront, shoe).check_out()
    paid = MANUAL | {"method": "purchase", "paymentmethod_meta": {"name": "Transfer", "custom_reference": "no. 7"}}
    assert storefront.refusal("Orders", ["Payment", order["id"], paid]).error["status"] == 403
    transaction = back_end.do("Orders", ["Payment", order["id"], paid])["data"]
    assert (transaction["name"], transaction["custom_reference"]) == ("Transfer", "no. 7")
    which = {"order": order["id"], "transaction": transaction["id"]}
    error = back_end.refusal("Transactions", ["Cancel", which]).error
    assert error["status"] == 422


def test_a_card_that_wants_its_owner_is_confirmed(storefront: Sdk, shoe: str) -> None:
    order = filled(storefront, shoe).check_out()
    asked = storefront.do("Orders", ["Payment", order["id"], CARD | {"payment": "tok_requires_action"}])["data"]
    assert asked["status"] == "pending"
    confirmed = storefront.do("Orders", ["Confirm", order["id"], asked["id"], {}])["data"]
    assert (confirmed["id"], confirmed["status"]) == (asked["id"], "complete")
    assert axes(storefront.do("Orders", ["Get", order["id"]])["data"]) == ("complete", "paid", "unfulfilled")


def test_of_two_orders_for_the_last_one_only_one_is_paid(storefront: Sdk, market: Market) -> None:
    last = market.sell(on_hand=1)
    first, second = (filled(storefront, last).check_out() for _ in range(2))
    storefront.do("Orders", ["Payment", first["id"], MANUAL])
    error = storefront.refusal("Orders", ["Payment", second["id"], MANUAL]).error
    assert (error["status"], error["title"]) == (400, "Insufficient stock")


# Orders


def test_orders_with_their_items(storefront: Sdk, shoe: str) -> None:
    order = filled(storefront, shoe, 3).check_out()
    found = storefront.do("Orders", ["With", "items"], ["Get", order["id"]])
    assert [item["quantity"] for item in found["included"]["items"]] == [3]
    assert [item["sku"] for item in storefront.do("Orders", ["Items", order["id"]])["data"]] == [shoe]


def test_shipping_groups_move_to_the_order(storefront: Sdk, back_end: Sdk, shoe: str) -> None:
    cart = filled(back_end, shoe)
    cart.do("CreateShippingGroup", {"shipping_type": "express", "shipping_price": {"base": 700, "total": 700}})
    order = cart.check_out()
    assert (shown(order, "shipping"), shown(order, "with_tax")) == (700, 1700)
    [group] = storefront.do("Orders", ["AllShippingGroups", order["id"]])["data"]
    found = storefront.do("Orders", ["GetShippingGroup", order["id"], group["id"]])["data"]
    assert (found["shipping_type"], found["order_id"]) == ("express", order["id"])


def test_orders_are_listed_filtered_and_paged_by_a_back_end(storefront: Sdk, back_end: Sdk, shoe: str) -> None:
    unpaid, paid = (filled(storefront, shoe).check_out() for _ in range(2))
    storefront.do("Orders", ["Payment", paid["id"], CARD])
    page = back_end.do("Orders", ["Limit", 10], ["Filter", {"eq": {"payment": "paid"}}], "All")
    ids = [order["id"] for order in page["data"]]
    assert paid["id"] in ids
    assert unpaid["id"] not in ids
    assert page["meta"]["page"]["limit"] == 10
    wanted: Any = {"eq": {"payment": "paid", "shipping": "unfulfilled"}}
    newest = back_end.do("Orders", ["Limit", 1], ["Sort", "-created_at"], ["Filter", wanted], ["With", "items"], "All")
    assert [order["id"] for order in newest["data"]] == [paid["id"]]
    assert newest["included"]["items"]
    second = back_end.do("Orders", ["Limit", 1], ["Offset", 1], ["Sort", "-created_at"], "All")
    assert [order["id"] for order in second["data"]] == [unpaid["id"]]
    assert storefront.refusal("Orders", "All").error["status"] == 403


def test_an_order_is_fulfilled_or_cancelled_and_not_both(storefront: Sdk, back_end: Sdk, market: Market) -> None:
    sku = market.sell(on_hand=2)
    kept, dropped = (filled(storefront, sku).check_out() for _ in range(2))
    for order in (kept, dropped):
        storefront.do("Orders", ["Payment", order["id"], CARD])
    assert storefront.refusal("Orders", ["Update", dropped["id"], {"status": "cancelled"}]).error["status"] == 403
    cancelled = back_end.do("Orders", ["Update", dropped["id"], {"status": "cancelled"}])["data"]
    assert cancelled["status"] == "cancelled"
    assert cancelled["payment"] == "paid"
    fulfilled = back_end.do("Orders", ["Update", kept["id"], {"shipping": "fulfilled"}])["data"]
    assert axes(fulfilled) == ("complete", "paid", "fulfilled")
    error = back_end.refusal("Orders", ["Update", kept["id"], {"status": "cancelled"}]).error
    assert error["status"] == 422
    stock = eventually(lambda: market.owner.stock(sku), lambda level: level["on_hand"] == 1)
    assert (stock["on_hand"], stock["available"], stock["allocated"]) == (1, 1, 0)


def test_an_order_is_bought_again(storefront: Sdk, shoe: str) -> None:
    order = filled(storefront, shoe, 2).check_out()
    cart = storefront.cart()
    again = {"type": "order_items", "order_id": order["id"]}
    cart.do("BulkAdd", again, {"add_all_or_nothing": False})
    assert cart.quantities == {shoe: 2}


def test_an_order_is_anonymized(storefront: Sdk, back_end: Sdk, shoe: str) -> None:
    order = filled(storefront, shoe).check_out()
    refusal = back_end.refusal("Orders", ["anonymize", {"order_ids": [order["id"]]}])
    assert [(error["status"], error["title"]) for error in refusal.errors] == [(422, "Could not anonymize orders")]
    back_end.do("Orders", ["Update", order["id"], {"status": "cancelled"}])
    back_end.do("Orders", ["anonymize", {"order_ids": [order["id"]]}])
    gone = back_end.do("Orders", ["Get", order["id"]])["data"]
    assert gone["anonymized"] is True
    assert "john@example.com" not in str(gone)


def test_an_order_that_is_not_there(sdk: Sdk) -> None:
    error = sdk.refusal("Orders", ["Get", str(uuid.uuid4())]).error
    assert (error["status"], error["title"], error["detail"]) == (404, "Not Found", "Order not found")
