"""The payment page of a Stripe gateway in a real browser, with a stand-in for Stripe on loopback."""

from __future__ import annotations

import json

import pytest

from scripts.checkout_client import Checkout, Json, Merchant, Stack
from tests.clients.browser import InBrowser
from tests.clients.storefronts import begin_at, embedded
from tests.e2e.deployment import eventually
from tests.fakes.stripe_api import StripeApi

KEYS = {"public_key": "pk_test_browser", "secret_key": "sk_test_browser", "webhook_secret": "whsec_browser123"}
ANN = {"platform_id": "1234", "first_name": "Ann", "last_name": "Lee", "email_address": "ann@example.com"}
STYLES = {"css_rules": [{"cssText": ":root { --text: rgb(1, 2, 3); }"}]}


@pytest.fixture(scope="module")
def shop(owner: Merchant) -> Merchant:
    """A shop that takes cards with Stripe."""
    owner.ask("PUT", "/gateways/cards", {"kind": "stripe", "name": "Cards"} | KEYS)
    return owner


@pytest.fixture(scope="module")
def cart(shop: Merchant, stack: Stack) -> Checkout:
    """An order of that shop."""
    return begin_at(shop, stack, customer=ANN)


@pytest.fixture(scope="module")
def seen(
    in_browser: InBrowser, shop: Merchant, stack: Stack, cart: Checkout, sites: list[str], stripe: StripeApi
) -> Json:
    """All that the browser saw."""
    cart.ask("POST", "/payments/styles", STYLES)
    secrets = [_asks_first(stripe)["client_secret"] for _ in range(2)]
    given = {
        "storefront": sites[0],
        "url": embedded(shop, cart, "cards", stack)["url"],
        "codes": [
            shop.ask("POST", "/gift_cards", {"amount": amount})["data"]["code"] for amount in ("50.00", "500.00")
        ],
        "stripe": {"url": stripe.url, "confirmed": secrets[0], "failed": secrets[1]},
    }
    return in_browser("stripe_iframe.cjs", given)


@pytest.fixture(scope="module")
def orders(in_browser: InBrowser, shop: Merchant, stack: Stack, sites: list[str], stripe: StripeApi) -> Json:
    """What became of two orders, whose ids are `ids`."""
    carts = [begin_at(shop, stack) for _ in range(2)]
    given = {"storefront": sites[0], "orders": [embedded(shop, cart, "cards", stack) for cart in carts]}
    return in_browser("stripe_order.cjs", given) | {"ids": [shop.order(cart.order)["id"] for cart in carts]}


def _intents(stripe: StripeApi, order_id: str) -> list[Json]:
    """What Stripe was asked for an order, oldest first."""
    return [intent for intent in stripe.objects.intents.values() if intent["metadata"].get("order") == order_id]


def _sent(seen: Json) -> list[Json]:
    """The payments that the page sent."""
    return [json.loads(one["body"]) for one in seen["requests"] if '"display_string"' in one["body"]]


def _gift_card(shop: Merchant, amount: str) -> str:
    code: str = shop.ask("POST", "/gift_cards", {"amount": amount})["data"]["code"]
    return code


def _asks_first(stripe: StripeApi) -> Json:
    """A payment whose bank asks the shopper."""
    method = "pm_card_authenticationRequired"
    wanted = {"amount": "22500", "currency": "cad", "capture_method": "manual", "payment_method": method}
    return stripe.objects.create_intent(wanted | {"confirm": "true", "use_stripe_sdk": "true"})


def test_stripes_fields_show_what_is_to_pay_in_the_shoppers_language_and_the_storefronts_colours(seen: Json) -> None:
    first, french = seen["first"], seen["french"]
    assert (first["amount"], first["currency"], first["color"]) == ("22500", "cad", "rgb(1, 2, 3)")
    assert (first["label"], first["legend"], first["test"]) == (
        "Card number",
        "Pay by card",
        "Test mode: no money moves",
    )
    assert (french["label"], french["legend"]) == ("Numéro de carte", "Payer par carte")
    assert ([one["success"] for one in seen["select"]], seen["focused"]) == ([True, False], "number")


def test_the_card_becomes_a_payment_of_the_order_and_a_gift_card_takes_its_part(seen: Json, cart: Checkout) -> None:
    assert (seen["added"]["success"], seen["added"]["said"], seen["added"]["error"]) == (
        True,
        "Your payment was added.",
        "",
    )
    assert (seen["rest"]["success"], seen["rest"]["amount"]) == (True, "17500")
    gift, payment = cart.ask("GET", "/refresh")["application_state"]["payments"]
    assert (gift["gateway_public_id"], gift["value"]) == ("gifts", 5000)
    assert (payment["gateway_public_id"], payment["value"], payment["type"]) == ("cards", 17500, "credit_card")
    assert (payment["display_string"], payment["brand"]) == ("4242", "visa")


def test_where_a_gift_card_pays_all_no_card_is_asked_for(seen: Json) -> None:
    covered = seen["covered"]
    assert (covered["due"], covered["success"], covered["paymentType"]) == ("CA$0.00", True, "GIFT_CARD")


def test_a_customer_whom_the_merchant_knows_may_keep_the_card(seen: Json) -> None:
    assert seen["rest"]["kept"] == "on_session"
    # Twice it was ticked; the page that was loaded again begins without.
    assert [payment["retain"] for payment in _sent(seen)] == [True, True, False]


def test_the_orders_token_is_the_last_that_stripe_made_of_the_card(
    seen: Json, cart: Checkout, stripe: StripeApi
) -> None:
    *_, payment = cart.ask("GET", "/refresh")["application_state"]["payments"]
    assert payment["token"] == list(stripe.objects.methods)[-1]
    assert payment["token"].startswith("pm_")


def test_a_card_number_is_seen_by_nobody_but_stripes_own_frame(seen: Json) -> None:
    assert seen["seen"] == "null"
    assert [payment["display_string"] for payment in _sent(seen)] == ["4242"] * 3
    assert all(payment["token"].startswith("pm_") for payment in _sent(seen))
    assert not any("42424242" in one["body"].replace(" ", "") for one in seen["requests"])


def test_what_is_wrong_with_a_card_is_told_to_the_shopper_in_words(seen: Json) -> None:
    incomplete = seen["incomplete"]
    assert (incomplete["added"]["success"], incomplete["said"]) == (False, "Your card number is incomplete.")
    assert seen["declined"] == "Your card was declined. Try another card."


def test_the_banks_question_is_answered_in_the_frame_which_is_high_enough_for_it(seen: Json, stripe: StripeApi) -> None:
    for answered in (seen["confirmed"], seen["failed"]):
        assert (answered["said"], answered["high"] >= 600) == ("Your bank asks you to confirm this payment.", True)
    assert (seen["confirmed"]["success"], seen["confirmed"]["done"]) == (True, "Your bank has your answer.")
    assert not seen["failed"]["success"]
    assert seen["failed"]["error"].startswith("We are unable to authenticate your payment method.")
    became = [intent["status"] for intent in stripe.objects.intents.values() if not intent["metadata"]]
    assert became == ["requires_capture", "requires_payment_method"]


def test_where_stripe_cannot_be_reached_the_page_says_so(seen: Json) -> None:
    unreachable = seen["unreachable"]
    assert unreachable["said"] == "The card fields could not be loaded. Please reload the page."
    assert (unreachable["added"]["success"], unreachable["then"]) == (
        False,
        "The payment could not be added. Please try again.",
    )


def test_the_sessions_token_is_gone_from_the_address_before_stripes_script_can_read_it(
    seen: Json, stripe: StripeApi, stack: Stack
) -> None:
    theirs = [address for address in seen["addresses"] if address.startswith(stripe.url)]
    assert len(theirs) == 4  # the fields twice, the bank twice
    assert all("referrer=" in address and "token" not in address for address in theirs)
    asked = [request for request in seen["requests"] if request["url"].startswith(stripe.url)]
    assert not any("eyJ" in request["url"] + request["body"] for request in asked)


def test_a_frame_that_is_loaded_again_by_that_address_has_its_session_back(seen: Json) -> None:
    assert seen["address"] == seen["again"]
    assert seen["address"].endswith("/payments/iframe")
    assert seen["reloaded"]["success"]


def test_nothing_else_went_wrong_in_the_page(seen: Json) -> None:
    # Stripe's script that was kept from it, twice, and the address without a token.
    said = zip(("ERR_FAILED", "ERR_FAILED", "401"), seen["complaints"], strict=True)
    assert all(reason in complaint for reason, complaint in said)


def test_an_order_is_paid_with_stripe_in_the_frame_placed_and_charged(orders: Json, stripe: StripeApi) -> None:
    placed = orders["placed"]
    assert (placed["added"], placed["status"], placed["shown"]) == (True, 200, "")
    assert placed["body"]["data"]["application_state"]["is_processed"] is True
    (intent,) = _intents(stripe, orders["ids"][0])
    assert (intent["amount"], intent["currency"]) == (22500, "cad")
    assert eventually(lambda: intent["amount_received"], lambda received: received) == 22500


def test_after_a_decline_and_a_bank_that_said_no_the_shopper_pays_once(orders: Json, stripe: StripeApi) -> None:
    declined = orders["declined"]
    assert (declined["added"], declined["status"]) == (True, 422)
    assert declined["shown"] == "Your card was declined. Try another card, or ask your bank."
    assert [orders[name]["status"] for name in ("asked", "again", "done")] == [202, 202, 200]
    assert [orders[name]["success"] for name in ("refused", "confirmed")] == [False, True]
    assert orders["refused"]["said"].startswith("We are unable to authenticate your payment method.")
    intents = _intents(stripe, orders["ids"][1])
    assert eventually(lambda: [one["amount_received"] for one in intents], any) == [0, 0, 22500]
    assert [intent["status"] for intent in intents] == ["canceled", "canceled", "succeeded"]


def test_a_failed_charge_is_paid_with_stripe_by_a_link(
    in_browser: InBrowser, shop: Merchant, stack: Stack, stripe: StripeApi
) -> None:
    cart = begin_at(shop, stack)
    cart.pay("test", "tok_capture_declined")
    assert cart.process().is_success
    link = eventually(lambda: shop.call("POST", f"/orders/{cart.order}/payment_link"), lambda asked: asked.is_success)
    seen = in_browser("stripe_link.cjs", {"url": f"{link.json()['data']['url']}&gateway=cards"})
    assert seen["refused"].startswith("We are unable to authenticate your payment method.")
    assert seen["paid"] == "Thank you. Your payment was received."
    assert not any("eyJ" in address for address in seen["addresses"] if address.startswith(stripe.url))
    intents = _intents(stripe, shop.order(cart.order)["id"])
    assert eventually(lambda: [one["amount_received"] for one in intents], any) == [0, 22500]
