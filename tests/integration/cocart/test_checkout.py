"""GET, PUT and PATCH /checkout: what a checkout shows, and what a shopper fills in, all of it or nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.builders import a_shop
from tests.integration.api import Reply
from tests.integration.cocart.checkouts import BILLING, SHIPPING, Checkout, good
from tests.integration.cocart.storefront import Shopper, refusal
from tests.integration.deployment import Deployment
from tests.integration.gift_cards import GATEWAY, take_gift_cards
from till.domain.shop import Gateway
from till.runtime import settings, wiring

MANUAL = Gateway("manual-1", "manual", "Invoice", is_test=False)


def said(reply: Reply) -> tuple[int, str, str]:
    """Status, code and sentence of a refusal."""
    status, code = refusal(reply)
    return status, code, reply.body["message"]


# Who asks


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "checkout"),
        ("PUT", "checkout"),
        ("PATCH", "checkout"),
        ("POST", "checkout"),
        ("GET", "checkout/payment-methods"),
        ("POST", "checkout/payment-context"),
    ],
)
def test_without_a_cart_key_nothing_is_shown(till: Deployment, method: str, path: str) -> None:
    reply = Checkout(till, quantity=0).call(method, path, {"billing_address": BILLING})
    assert said(reply) == (
        401,
        "cocart_rest_authentication_required",
        "Authentication or valid cart key required.",
    )


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_an_empty_cart_cannot_be_checked_out(till: Deployment, method: str) -> None:
    empty = Checkout(till, quantity=0)
    empty.cart.key = "nothing-in-it"
    reply = empty.call(method, "checkout", {"billing_address": BILLING, "payment_method": "sandbox-1"})
    assert said(reply) == (400, "cocart_checkout_empty_cart", "Cannot checkout with empty cart.")


def test_no_cache_shows_one_shopper_the_checkout_of_another(checkout: Checkout) -> None:
    headers = checkout.call("GET").headers
    assert headers["Cache-Control"] == "no-store"
    assert {"Cart-Key", "Authorization"} <= set(headers["Vary"].split(", "))
    assert headers["Cart-Key"] == checkout.cart.key
    assert checkout.call("GET", If_None_Match=headers["ETag"]).status == 304


# Filling it in


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_what_is_sent_is_changed_and_the_rest_stays(checkout: Checkout, method: str) -> None:
    first = good(checkout.call(method, body={"billing_address": BILLING, "payment_method": "sandbox"}))
    assert first["billing_address"] == BILLING
    assert first["shipping_address"] == SHIPPING
    assert first["payment_method"] == "sandbox-1"
    assert (first["cart_totals"]["total"], first["cart_totals"]["total_tax"]) == ("262.00", "27.00")
    second = good(checkout.call(method, body={"billing_address": {"city": "Brandon"}}))
    assert second["billing_address"] == BILLING | {"city": "Brandon"}
    assert second["payment_method"] == "sandbox-1"
    assert checkout.get() == second


def test_another_shipping_address_stays_another(checkout: Checkout) -> None:
    checkout.put(billing_address=BILLING, shipping_address=SHIPPING | {"first_name": "Jane"})
    after = checkout.put(billing_address={"first_name": "Jim"})
    assert (after["billing_address"]["first_name"], after["shipping_address"]["first_name"]) == ("Jim", "Jane")


def test_shipping_is_chosen_by_its_key_or_its_method(checkout: Checkout) -> None:
    methods = checkout.put(billing_address=BILLING)["shipping_methods"]
    [_, expedited] = methods
    assert [methods[key]["cost"] for key in methods] == ["10.00", "11.25"]
    assert checkout.put(shipping_method=expedited)["cart_totals"]["shipping_total"] == "11.25"
    assert checkout.put(shipping_method="standard")["cart_totals"]["shipping_total"] == "10.00"
    gone = checkout.call("PUT", body={"shipping_method": "flat_rate:1"})
    message = 'The shipping method "flat_rate:1" is not available.'
    assert said(gone) == (400, "cocart_invalid_shipping_method", message)


@pytest.mark.parametrize(
    ("sent", "code", "message"),
    [
        (
            {"email": "john.doe@example"},
            "cocart_invalid_email_address",
            'The email address "john.doe@example" is not valid.',
        ),
        ({"phone": "123"}, "cocart_invalid_phone_number", 'The phone number "123" is not valid.'),
        ({"phone": "call me 12345"}, "cocart_invalid_phone_number", 'The phone number "call me 12345" is not valid.'),
        (
            {"country": "XX"},
            "cocart_invalid_billing_country_code",
            "Invalid billing country: XX. Please select a valid country.",
        ),
        (
            {"country": "US", "state": "CA", "postcode": "<ABC>"},
            "cocart_invalid_billing_postcode",
            "The postcode <strong>&lt;ABC&gt;</strong> is not valid for United States (US).",
        ),
        (
            {"state": "Atlantis", "country": "CA"},
            "cocart_invalid_address_fields",
            "The province provided is not valid.",
        ),
    ],
)
def test_a_wrong_field_is_named_in_the_vendors_words(
    checkout: Checkout, sent: dict[str, str], code: str, message: str
) -> None:
    assert said(checkout.call("PUT", body={"billing_address": sent})) == (400, code, message)


def test_addresses_are_saved_all_or_not_at_all_and_all_that_is_wrong_is_said_at_once(checkout: Checkout) -> None:
    before = checkout.put(billing_address=BILLING)
    wrong = {"city": "Brandon", "email": "nobody", "phone": "1"}
    shipping = SHIPPING | {"postcode": "ABC"}
    reply = checkout.call("PUT", body={"billing_address": wrong, "shipping_address": shipping})
    assert said(reply) == (
        400,
        "cocart_invalid_address_fields",
        'The email address "nobody" is not valid. The phone number "1" is not valid. '
        "The postcode <strong>ABC</strong> is not valid for Canada (CA).",
    )
    assert checkout.get() == before


def test_what_is_missing_is_only_asked_for_when_the_order_is_placed(checkout: Checkout) -> None:
    assert checkout.put(billing_address={"city": "Winnipeg"})["billing_address"]["city"] == "Winnipeg"
    reply = checkout.post(billing_address=BILLING | {"address_1": ""})
    assert said(reply) == (400, "cocart_address_field_required", "Address 1 is required.")
    reply = checkout.post(billing_address={"country": "CA", "state": "MB"})
    assert said(reply)[1] == "cocart_invalid_address_fields"
    assert "First name is required." in reply.body["message"]
    assert "Email is required." in reply.body["message"]


@pytest.mark.parametrize("address", [None, "Winnipeg", 7])
def test_placing_an_order_takes_a_billing_address(checkout: Checkout, address: Any) -> None:
    assert refusal(checkout.post(billing_address=address)) == (400, "rest_invalid_param")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"payment_method": "cash"}, "cocart_invalid_payment_method"),
        ({"payment_method": "manual-1"}, "cocart_payment_method_not_available"),
        ({"currency": "EUR"}, "cocart_invalid_currency"),
        ({"currency": "euro"}, "rest_invalid_param"),
        ({"shipping_method": 7}, "rest_invalid_param"),
    ],
)
def test_what_the_shop_does_not_have_is_refused(
    till: Deployment, checkout: Checkout, sent: dict[str, Any], code: str
) -> None:
    till.change_shop(gateways=(*a_shop().gateways, MANUAL))
    wiring.catalog.cache_clear()
    assert refusal(checkout.call("PUT", body=sent)) == (400, code)


def test_the_hash_changes_with_any_change_and_only_then(checkout: Checkout) -> None:
    seen = [checkout.put(billing_address=BILLING)["cart_hash"]]
    assert checkout.get()["cart_hash"] == checkout.put(billing_address=BILLING)["cart_hash"] == seen[0]
    for change in ({"shipping_method": "expedited"}, {"payment_method": "sandbox"}, {"billing_address": {"city": "A"}}):
        seen.append(checkout.put(**change)["cart_hash"])
    checkout.cart.add()
    seen.append(checkout.get()["cart_hash"])
    assert len(set(seen)) == len(seen)


# Prices in another currency


def test_a_view_in_another_currency_converts_each_amount_by_itself_and_goes_back(
    till: Deployment, checkout: Checkout
) -> None:
    till.change_settings(exchange_rates={"JPY": "112.37"})
    wiring.catalog.cache_clear()
    before = checkout.put(billing_address=BILLING)
    assert before["currency"] == {"code": "CAD", "symbol": "$", "base_currency": "CAD", "exchange_rate": 1}
    shown = checkout.put(currency="JPY")
    assert shown["currency"]["exchange_rate"] == 112.37
    assert {name: shown["cart_totals"][name] for name in ("subtotal", "shipping_total", "total_tax", "total")} == {
        "subtotal": "25283",
        "shipping_total": "1124",
        "total_tax": "3034",
        "total": "29441",
    }
    assert checkout.put(currency="CAD")["cart_totals"] == before["cart_totals"]


def test_a_rate_that_the_merchant_takes_back_shows_the_carts_own_currency(till: Deployment, checkout: Checkout) -> None:
    till.change_settings(exchange_rates={"EUR": "0.68"})
    wiring.catalog.cache_clear()
    assert checkout.put(currency="EUR")["currency"]["code"] == "EUR"
    till.change_settings(exchange_rates={})
    wiring.catalog.cache_clear()
    assert checkout.get()["currency"]["code"] == "CAD"


# Payment methods


def test_the_gateways_that_shoppers_may_use_are_listed(till: Deployment, checkout: Checkout) -> None:
    take_gift_cards(till)
    till.change_shop(gateways=(*a_shop().gateways, GATEWAY, MANUAL))
    wiring.catalog.cache_clear()
    methods = good(checkout.call("GET", "checkout/payment-methods"))
    assert list(methods) == ["sandbox-1", "gift-cards"]
    assert methods["sandbox-1"]["id"] == "sandbox-1"
    assert methods["sandbox-1"]["config"]["test_mode"] is True
    assert "saved_tokens" not in methods["sandbox-1"]


def test_a_gateway_that_is_off_in_production_is_not_listed_and_takes_nothing(
    till: Deployment, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILL_STAGE", "prod")
    settings.environment.cache_clear()
    assert good(checkout.call("GET", "checkout/payment-methods")) == {}
    reply = checkout.call("PUT", body={"payment_method": "sandbox-1"})
    assert said(reply) == (400, "cocart_payment_method_disabled", "This payment method is currently disabled.")


def test_a_payment_is_prepared_with_the_amount_that_is_charged(till: Deployment, checkout: Checkout) -> None:
    stripe = replace(a_shop().gateways[0], id="cards", name="Cards", public_key="pk_test_1")
    till.change_shop(gateways=(stripe,), settings=replace(a_shop().settings, exchange_rates={"EUR": "0.68"}))
    wiring.catalog.cache_clear()
    checkout.put(billing_address=BILLING, currency="EUR")
    assert good(checkout.call("POST", "checkout/payment-context", {"payment_method": "cards"})) == {
        "gateway_id": "cards",
        "title": "Cards",
        "cart_total": "262.00",
        "currency": "CAD",
        "public_key": "pk_test_1",
    }
    reply = checkout.call("POST", "checkout/payment-context", {"payment_method": "cash"})
    assert said(reply) == (400, "cocart_invalid_payment_method", "Invalid payment method.")


def test_the_key_may_come_in_the_query(till: Deployment, checkout: Checkout) -> None:
    query = {"cart_key": checkout.cart.key}
    assert good(Shopper(till, site=checkout.site).call("GET", "checkout", query=query))["cart_key"] == checkout.cart.key
