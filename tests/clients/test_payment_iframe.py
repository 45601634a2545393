"""The payment page in a real browser: a storefront embeds it, styles it and takes a payment through it."""

from __future__ import annotations

import pytest

from scripts.checkout_client import Checkout, Json, Merchant, Stack
from tests.clients.browser import InBrowser
from tests.clients.storefronts import begin_at, embedded
from tests.e2e.deployment import states

STYLES = {
    "css_rules": [{"cssText": ".payment__amount { color: rgb(1, 2, 3); }"}],
    "media_rules": [
        {"conditionText": "(min-width: 100px)", "cssRules": [{"cssText": ".payment { padding: 33px; }"}]},
    ],
}


@pytest.fixture(scope="module")
def cart(owner: Merchant, stack: Stack) -> Checkout:
    """An order of that shop."""
    return begin_at(owner, stack)


@pytest.fixture(scope="module")
def seen(in_browser: InBrowser, owner: Merchant, stack: Stack, cart: Checkout, sites: list[str]) -> Json:
    """All that the browser saw."""
    code = owner.ask("POST", "/gift_cards", {"amount": "50.00"})["data"]["code"]
    cart.call("POST", "/payments/styles", STYLES)
    storefront, stranger = sites
    url = embedded(owner, cart, "test", stack)["url"]
    given = {"url": url, "code": code, "storefront": storefront, "stranger": stranger}
    return in_browser("payment_iframe.cjs", given)


def test_the_page_looks_as_the_storefront_wants(seen: Json) -> None:
    looks = seen["looks"]
    assert {look["color"] for look in looks.values()} == {"rgb(1, 2, 3)"}
    assert [looks[name]["padding"] for name in ("first", "wide", "narrow")] == ["6px", "33px", "6px"]
    answers = seen["answers"]
    assert [answers[name]["success"] for name in ("media", "narrow", "unknown")] == [True, True, False]


def test_it_speaks_the_shoppers_language(seen: Json) -> None:
    looks = seen["looks"]
    assert looks["first"]["legend"] == "Choose what the test card does"
    assert looks["french"]["legend"] == "Choisissez ce que fait la carte de test"
    assert looks["cleared"]["legend"] == looks["first"]["legend"]
    assert (looks["first"]["due"], looks["french"]["due"]) == ("CA$225.00", "225,00\xa0$")


def test_amounts_have_the_decimals_of_their_currency(seen: Json) -> None:
    # All but the gift card's 5000 of 22500.
    assert seen["money"] == {"JPY": "¥17,500", "CLF": "CLF\xa01.7500", "IQD": "IQD\xa017.500"}


def test_it_shows_what_went_wrong_as_text_until_that_is_cleared(seen: Json) -> None:
    assert seen["looks"]["failed"]["error"] == "<b>No.</b>"
    assert seen["looks"]["cleared"]["error"] == ""


def test_the_payment_arrives_in_the_order_once_and_replaces_what_was_chosen_before(seen: Json, cart: Checkout) -> None:
    answers = [message["payload"] for message in seen["messages"] if message["responseType"] == "PIGI_ADD_PAYMENT"]
    assert [(answer["success"], answer["paymentType"]) for answer in answers] == [(True, "CREDIT_CARD")] * 4
    assert all(seen["answers"][name]["success"] for name in ("refresh", "confirmed"))
    assert seen["looks"]["paid"]["done"] == "Your payment was added."
    gift, payment = cart.ask("GET", "/refresh")["application_state"]["payments"]
    assert (payment["token"], payment["value"], payment["gateway_public_id"]) == ("tok_approve", 17500, "test")
    assert (payment["type"], payment["display_string"]) == ("credit_card", "Approved")
    assert (gift["value"], gift["gateway_public_id"]) == (5000, "gifts")


def test_a_gift_card_is_used_and_taken_off_and_the_rest_is_left_for_the_card(seen: Json) -> None:
    looks = seen["looks"]
    assert looks["unknown_gift"]["error"] == "This gift card cannot be used."
    assert [looks[name]["due"] for name in ("unknown_gift", "gift", "no_gift")] == [
        "CA$225.00",
        "CA$175.00",
        "CA$225.00",
    ]
    assert looks["gift"]["error"] == looks["no_gift"]["error"] == ""
    added = [message["payload"] for message in seen["messages"] if message["responseType"] == "PIGI_PAYMENT_ADDED"]
    assert [payload["paymentType"] for payload in added] == ["GIFT_CARD"] * 3


def test_it_answers_to_the_page_around_it_and_to_no_other(seen: Json, sites: list[str], stack: Stack) -> None:
    assert seen["meddled"] == ["PIGI_UPDATE_LANGUAGE"]
    assert {message["origin"] for message in seen["messages"]} == {stack.aws_endpoint_url}


def test_it_says_when_it_is_there_and_how_high_it_is_in_both_forms_that_storefronts_read(seen: Json) -> None:
    kinds = [message["responseType"] for message in seen["messages"]]
    assert kinds[:2] == ["PAYMENT_GATEWAY_FRAME_INITIALIZED", "PIGI_INITIALIZED"]
    assert {"PAYMENT_GATEWAY_FRAME_HEIGHT_UPDATED", "PIGI_UPDATE_HEIGHT"} < set(kinds)
    for message in seen["messages"]:
        assert message["payload"]["height"] > 100
        if message["responseType"].startswith("PAYMENT_GATEWAY_FRAME_"):
            assert (message["type"], message["height"]) == (message["responseType"], message["payload"]["height"])


def test_when_the_session_has_ended_the_frame_says_so_and_pays_nothing(seen: Json) -> None:
    assert "Your session has ended. Please reload the page. (Invalid JWT)" in seen["ended"]["text"]
    assert seen["ended"]["height"] > 50
    assert not seen["answers"]["ended"]["success"]


def test_a_strangers_page_cannot_embed_it(seen: Json) -> None:
    assert seen["foreign"] == {"frame": "chrome-error://chromewebdata/", "messages": []}
    # What the console said: of the unknown gift card, of the session that has ended, and of this.
    said = zip(("422", "401", "frame-ancestors"), seen["complaints"], strict=True)
    assert all(reason in complaint for reason, complaint in said)


def test_the_sessions_token_leaves_with_no_request_but_the_pages_own(
    seen: Json, sites: list[str], stack: Stack
) -> None:
    ours = [request["url"].startswith((stack.api_url, *sites)) for request in seen["requests"]]
    assert len(ours) > 8
    assert all(ours)
    assert not any("token=" in request["referrer"] for request in seen["requests"])


def test_a_bank_that_asks_first_is_answered_in_the_frame_and_the_order_is_placed(
    in_browser: InBrowser, owner: Merchant, stack: Stack, sites: list[str]
) -> None:
    cart = begin_at(owner, stack)
    given = {"storefront": sites[0], "order": embedded(owner, cart, "test", stack)}
    seen = in_browser("three_d_secure.cjs", given)
    assert [seen[name]["success"] for name in ("chosen", "added", "confirmed")] == [True] * 3
    assert seen["asked"]["status"] == 202, seen["asked"]
    assert seen["said"] == "Your bank has your answer."
    assert (seen["placed"]["status"], cart.ask("GET", "/refresh")["application_state"]["is_processed"]) == (200, True)
    assert states(owner.ledger("test", owner.order(cart.order))) == ["authorized"]
