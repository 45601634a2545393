"""Bold's own browser library, as its users install it: every function of it, against the deployed stack."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.checkout_client import WINNIPEG, Json, Merchant, Stack
from scripts.demo_shop import GIFT_CARD_GATEWAY
from tests.clients.bold_library import NAME, Library, Open
from tests.clients.proxy import Proxy, proxy_of
from tests.e2e.deployment import Sell, settled, states

UNIT_2 = WINNIPEG | {"address_line_2": "Unit 2"}
NOTES = {"note_attributes": {"gift": "yes"}, "cart_parameters": None, "notes": "Ring twice", "tags": None}
# In the order of validateAddress's arguments.
WRITTEN = ("first_name", "last_name", "address_line_1", "address_line_2", "city", "postal_code", "province",
           "province_code", "country", "country_code", "business_name", "phone_number")  # fmt: skip

type Call = tuple[str, list[Any]]


@pytest.fixture(scope="session")
def sku(sell: Sell) -> str:
    """A brewing system for 225.00."""
    return sell(price="225.00")


@pytest.fixture(scope="session")
def beans(sell: Sell) -> str:
    return sell(price="10.00")


@pytest.fixture(scope="session")
def code(merchant: Merchant) -> str:
    """Ten percent off."""
    name = f"TEN-{uuid.uuid4().hex[:12].upper()}"
    merchant.ask("PUT", f"/discounts/{name}", {"kind": "percentage", "percent": "10", "text": "Ten percent off"})
    return name


@pytest.fixture
def proxy(stack: Stack) -> Iterator[Proxy]:
    with proxy_of(stack.api_url) as between:
        yield between


@pytest.fixture
def library(open_library: Open, sku: str) -> Library:
    """With an order of one brewing system."""
    return open_library(sku)


def keys(library: Library) -> list[str]:
    """Of the lines that the library shows."""
    return [line["product_data"]["line_item_key"] for line in library.state["line_items"]]


def paid(gateway: str, token: str = "tok_approve", **more: Any) -> Json:  # noqa: S107 a test token
    return {"gateway_public_id": gateway, "token": token, **more}


# One shopper's way


def test_items(library: Library, sku: str, beans: str) -> None:
    item = {"sku": beans, "quantity": 1, "line_item_key": "second"}
    assert library.do("addLineItem", item)["line_item"]["quantity"] == 1
    assert library.do("updateLineItemQuantity", "second", 3)["line_item"]["total_price"] == 3000
    assert keys(library) == [sku, "second"]
    library.do("deleteLineItem", item)
    assert keys(library) == [sku]
    assert library.call("addLineItem", item | {"sku": "NOPE"}).fields == ["sku"]
    assert library.call("updateLineItemQuantity", "nobody", 1).fields == ["line_item_key"]
    assert library.call("deleteLineItem", item | {"line_item_key": "nobody"}).fields == ["line_item_key"]


def test_a_customer(library: Library) -> None:
    assert library.do("addGuestCustomer", *NAME, True)["customer"]["accepts_marketing"] is True
    assert library.call("addGuestCustomer", *NAME).fields == ["customer"]
    library.do("updateCustomer", "John", "Doe Jr.", "john.doe@example.com", False)
    assert library.state["customer"]["last_name"] == "Doe Jr."
    assert library.call("updateCustomer", "John", "Doe", "john.doe@", False).fields == ["email_address"]
    library.do("deleteCustomer")
    assert not any(library.state["customer"].values())


def test_addresses(library: Library) -> None:
    for kind, name in (("shipping", "Shipping"), ("billing", "Billing")):
        assert library.do(f"set{name}Address", WINNIPEG)["address"]["city"] == "Winnipeg"
        library.do(f"update{name}Address", UNIT_2)
        assert library.state["addresses"][kind]["address_line_2"] == "Unit 2"
        for verb in ("set", "update"):
            assert library.call(f"{verb}{name}Address", WINNIPEG | {"postal_code": "1"}).fields == ["postal_code"]
        library.do(f"delete{name}Address")
        assert not any(library.state["addresses"][kind].values())
    assert library.do("validateAddress", *(WINNIPEG[name] for name in WRITTEN)) == []
    wrong = WINNIPEG | {"postal_code": "1", "province_code": "XX"}
    assert set(library.call("validateAddress", *(wrong[name] for name in WRITTEN)).fields) == {
        "postal_code",
        "province",
    }


def test_emails(library: Library, dns: None) -> None:
    assert library.do("validateEmail", "john@mail.example") == []
    for nowhere in ("john", "john@nobody.example", "john@null-mx.example"):
        assert library.call("validateEmail", nowhere).fields == ["email_address"]


def test_shipping_and_taxes(library: Library) -> None:
    assert library.call("setTaxes").fields == ["shipping_address"]
    library.do("setShippingAddress", WINNIPEG)
    codes = [line["code"] for line in library.do("getShippingLines")["shipping_lines"]]
    assert codes == ["standard", "expedited"]
    assert library.do("changeShippingLine", "1")["selected_shipping"]["code"] == "expedited"
    assert library.do("changeShippingLineWithCode", "1", "standard")["selected_shipping"]["id"] == "0"
    assert library.call("changeShippingLine", "9").fields == ["index"]
    assert [tax["value"] for tax in library.do("setTaxes")["taxes"]] == [1125, 1575]
    assert library.state["order_total"] == 26200


def test_discounts(library: Library, code: str) -> None:
    assert library.do("validateDiscount", code) == {}
    assert library.do("addDiscount", code.lower())["discount"]["value"] == 2250
    assert [one["code"] for one in library.state["discounts"]] == [code]
    assert library.state["order_total"] == 20250
    assert library.call("addDiscount", code).fields == ["discounts"]
    library.do("deleteDiscount", code)
    assert (library.state["discounts"], library.state["order_total"]) == ([], 22500)
    assert library.call("deleteDiscount", code).fields == ["discounts"]
    unknown = library.call("validateDiscount", "NOPE")
    assert [error["message"] for error in unknown.response["errors"]] == ["Discount code is invalid."]
    assert library.call("addDiscount", "").fields == ["code"]


def test_payments(library: Library, stack: Stack) -> None:
    gateway = stack.gateway
    assert library.do("addPayment", paid(gateway, amount=100, display_string="1111"))["payment"]["value"] == 100
    library.do("updatePayment", paid(gateway, amount=200))
    assert library.do("getPaymentList")["payments"] == library.state["payments"]
    assert library.state["payments"][0]["amount"] == 200
    library.do("deletePayment", paid(gateway))
    assert library.state["payments"] == []
    assert library.call("updatePayment", paid(gateway, amount=200)).fields == ["token"]
    assert library.call("deletePayment", paid(gateway)).fields == ["token"]
    assert library.call("addPayment", paid("nobody")).fields == ["gateway_public_id"]


def test_a_gift_card_beside_a_card(library: Library, merchant: Merchant, stack: Stack) -> None:
    gift = merchant.ask("POST", "/gift_cards", {"amount": "40.00"})["data"]
    library.fill(stack.gateway, "tok_approve")
    library.do("deletePayment", paid(stack.gateway))
    by_gift_card = paid(GIFT_CARD_GATEWAY, gift["code"], type="gift_card")
    payment = library.do("addPayment", by_gift_card)["payment"]
    assert (payment["value"], payment["tag"], payment["balance"]) == (4000, "BoldGiftCard", 4000)
    library.do("deleteGiftCardPayment", payment["id"])
    assert library.state["payments"] == []
    assert library.call("deleteGiftCardPayment", payment["id"]).fields == ["id"]
    assert library.call("addPayment", by_gift_card | {"token": "NO-SUCH-CODE"}).fields == ["token"]
    assert library.call("addPayment", by_gift_card | {"amount": 4001}).fields == ["amount"]
    library.do("addPayment", by_gift_card)
    assert library.do("addPayment", paid(stack.gateway))["payment"]["value"] == library.state["order_total"] - 4000
    library.do("processOrder", 5)
    order = merchant.order(library.order)
    assert [(one["type"], one["amount"]) for one in order["payments"]] == [
        ("gift_card", 4000),
        ("credit_card", order["total"] - 4000),
    ]


def test_metadata(library: Library) -> None:
    library.do("patchOrderMetaData", NOTES | {"tags": ["web"]})
    library.do("patchOrderMetaData", NOTES | {"note_attributes": {"wrap": "red"}, "notes": None})
    assert library.state["order_meta_data"] == {
        "cart_parameters": [],
        "note_attributes": {"gift": "yes", "wrap": "red"},
        "notes": "Ring twice",
        "tags": ["web"],
    }
    refused = library.call("patchOrderMetaData", NOTES | {"tags": [1]})
    assert refused.fields == ["tags.0"]


def test_three_d_secure_and_a_placed_order(
    open_library: Open, sell: Sell, merchant: Merchant, stack: Stack, beans: str
) -> None:
    sku = sell(on_hand=1, price="225.00")
    library = open_library(sku)
    assert library.do("checkInventory", "initial")["inventory_check"] == {"result": "pass"}
    assert set(library.call("processOrder").fields) > {"customer", "payment"}
    library.fill(stack.gateway, "tok_requires_action")
    assert library.do("checkInventory", "final")["inventory_check"] == {"result": "pass"}
    before = library.state
    assert (before["order_total"], before["order_balance"], before["is_processed"]) == (26200, 0, False)
    asked = library.call("processOrder", 5)
    assert (asked.status, asked.response["handleSCA"]) == (202, True)
    library.do("processOrder", 5)
    library.do("getRefreshedApplicationState")
    assert (library.state["order_total"], library.state["is_processed"]) == (26200, True)

    late = library.call("addLineItem", {"sku": beans, "quantity": 1, "line_item_key": "late"})
    assert (late.status, late.fields) == (422, ["is_processed"])
    order = merchant.order(library.order)
    assert (order["status"], order["total"]) == ("placed", 26200)
    assert states(merchant.ledger(stack.gateway, order)) == ["authorized"]
    level = settled(merchant, sku)
    assert (level["held"], level["allocated"], level["available"]) == (0, 1, 0)


def test_a_declined_card_is_said_to_be_and_another_one_pays(library: Library, stack: Stack) -> None:
    library.fill(stack.gateway, "tok_decline")
    declined = library.call("processOrder", 5)
    assert (declined.status, declined.fields) == (422, ["payment"])
    library.do("deletePayment", paid(stack.gateway, "tok_decline"))
    library.do("addPayment", paid(stack.gateway))
    library.do("processOrder", 5)
    assert library.state["is_processed"] is True


def test_a_session_opens_its_own_order_only(library: Library, open_library: Open) -> None:
    other = open_library()
    for token in ("x", other.token):
        library.set_token(token)
        refused = library.call("getRefreshedApplicationState")
        assert refused.status == 401
        assert [error["message"] for error in refused.response["errors"]] == ["Invalid JWT"]
    library.set_token(library.token)
    library.do("getRefreshedApplicationState")


# All of it


def a_good_call_of_each_function(library: Library, gateway: str, gift: Json, beans: str, code: str) -> Iterator[Call]:
    """Names and arguments, in an order in which all of them succeed; each is called before the next is made."""
    item = {"sku": beans, "quantity": 1, "line_item_key": "second"}
    yield "addLineItem", [item]
    yield "updateLineItemQuantity", ["second", 2]
    yield "deleteLineItem", [item]
    yield "addGuestCustomer", [*NAME]
    yield "updateCustomer", [*NAME, True]
    yield "deleteCustomer", []
    yield "validateEmail", ["john@mail.example"]
    yield "validateAddress", [WINNIPEG[name] for name in WRITTEN]
    yield "setShippingAddress", [WINNIPEG]
    yield "updateShippingAddress", [UNIT_2]
    yield "setBillingAddress", [WINNIPEG]
    yield "updateBillingAddress", [UNIT_2]
    yield "getShippingLines", []
    yield "estimateShippingLines", [WINNIPEG]
    yield "estimateTaxes", [WINNIPEG]
    yield "changeShippingLine", ["0"]
    yield "changeShippingLineWithCode", ["0", "standard"]
    yield "validateDiscount", [code]
    yield "addDiscount", [code]
    yield "deleteDiscount", [code]
    yield "setTaxes", []
    yield "addPayment", [paid(gateway, amount=100)]
    yield "updatePayment", [paid(gateway, amount=200)]
    yield "getPaymentList", []
    yield "deletePayment", [paid(gateway)]
    yield "deletePaymentMethod", [NOBODYS]
    yield "addPayment", [gift]
    yield "deleteGiftCardPayment", [library.state["payments"][0]["id"]]
    yield "patchOrderMetaData", [NOTES]
    yield "batchRequest", [[{"apiType": "getShippingLines", "payload": None}]]
    yield "addLog", ["Something broke", "checkout", "{}"]
    yield "checkInventory", ["initial"]
    yield "getRefreshedApplicationState", []
    yield "deleteShippingAddress", []
    yield "deleteBillingAddress", []
    yield "addGuestCustomer", [*NAME]
    yield "setShippingAddress", [WINNIPEG]
    yield "setBillingAddress", [WINNIPEG]
    yield "changeShippingLine", ["0"]
    yield "setTaxes", []
    yield "addPayment", [paid(gateway)]
    yield "processOrder", [5]


NOBODYS = "a-payment-that-is-not-there"
# No gateway of Till has such a wallet.
REFUSED = ("walletPayCreateOrder", "walletPayOnShipping", "walletPayOnApprove")
# Rows of the table that none of its functions use.
STYLES = {"css_rules": [{"cssText": ".payment { padding: 24px; }"}], "media_rules": []}


def test_every_function_and_every_row_of_its_table_gets_the_keys_that_it_requires(
    open_library: Open, proxy: Proxy, merchant: Merchant, dns: None, stack: Stack, sku: str, beans: str, code: str
) -> None:
    library = open_library(sku, url=proxy.url)
    proxy.seen.clear()
    gift_card = merchant.ask("POST", "/gift_cards", {"amount": "5.00"})["data"]["code"]
    gift = paid(GIFT_CARD_GATEWAY, gift_card, type="gift_card")
    assert library.row("cssStylingPaymentIframe", STYLES).success
    called = set()
    for name, arguments in a_good_call_of_each_function(library, stack.gateway, gift, beans, code):
        result = library.call(name, *arguments)
        assert result.success, (name, result)
        called.add(name)
    for name in REFUSED:
        assert library.call(name, {"gateway_type": "paypal", "payment_data": {}}).status == 422
    page = proxy.api.get(f"/checkout/storefront/{stack.shop}/{library.order}/payments/iframe?token={library.token}")
    assert "<!doctype html>" in page.text
    assert library.functions == called | set(REFUSED)
    base = f"/checkout/storefront/{stack.shop}/{library.order}"
    asked = {one.replace(base, "").partition("?")[0].removesuffix(f"/{NOBODYS}") for one in proxy.seen}
    assert {f"{row['method']} {row['path']}" for row in library.table.values()} - asked == {"GET /payments/iframe"}


# What goes wrong on the way


@pytest.mark.parametrize("status", [429, 503, 530, 544])
def test_the_library_tries_again_after(status: int, open_library: Open, proxy: Proxy, sku: str, stack: Stack) -> None:
    library = open_library(sku, url=proxy.url)
    library.fill(stack.gateway, "tok_approve")
    for name, args in (("getRefreshedApplicationState", ()), ("setShippingAddress", (WINNIPEG,)), ("setTaxes", ())):
        proxy.seen.clear()
        proxy.instead = [status, status]
        library.do(name, *args, 2)
        assert len(proxy.seen) == 3, name
    proxy.instead = [status]
    given_up = library.call("getRefreshedApplicationState")
    assert (given_up.status, given_up.success) == (status, False)
    library.do("changeShippingLine", "0")
    library.do("setTaxes")
    proxy.instead = [status]
    library.do("processOrder", 1)
    assert library.state["is_processed"] is True


@pytest.mark.parametrize("status", [503, 544])
def test_what_is_sent_again_because_its_answer_was_lost_is_done_once(
    status: int, open_library: Open, proxy: Proxy, merchant: Merchant, stack: Stack, sku: str
) -> None:
    library = open_library(sku, url=proxy.url)
    library.fill(stack.gateway, "tok_decline")
    library.do("deletePayment", paid(stack.gateway, "tok_decline"))
    proxy.lost = [status]
    library.do("addPayment", paid(stack.gateway), 1)
    assert [payment["amount"] for payment in library.state["payments"]] == [26200]

    proxy.lost = [status]
    again = library.call("processOrder", 1)
    assert again.success or again.fields == ["is_processed"]
    library.do("getRefreshedApplicationState")
    assert library.state["is_processed"] is True
    ledger = merchant.ledger(stack.gateway, merchant.order(library.order))
    assert [(entry["state"], entry["amount"], entry["calls"]) for entry in ledger] == [("authorized", 26200, 1)]
