"""A payment link in a real browser: an order whose charge failed is paid another way, on a page of Till's own."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from scripts.checkout_client import Json, Merchant, Stack
from tests.clients.browser import InBrowser
from tests.clients.storefronts import begin_at

PATIENCE_SECONDS = 60


def until(found: Callable[[], Json]) -> Json:
    """What is found once the fulfilment workflow has come so far."""
    for _ in range(PATIENCE_SECONDS * 4):
        if there := found():
            return there
        time.sleep(0.25)
    raise AssertionError("the fulfilment workflow did not come so far")


@pytest.fixture(scope="module")
def seen(in_browser: InBrowser, owner: Merchant, stack: Stack) -> Json:
    """All that the browser saw, of an order whose bank authorized the payment and then refused to pay."""
    cart = begin_at(owner, stack)
    cart.pay("test", "tok_capture_declined")
    assert cart.process().json()["data"]["application_state"]["is_processed"]

    def link() -> Json:
        asked = owner.call("POST", f"/orders/{cart.order}/payment_link")
        return asked.json()["data"] if asked.is_success else {}

    return in_browser("payment_link.cjs", {"url": until(link)["url"]})


def test_the_page_says_whose_it_is_and_what_is_to_be_paid(seen: Json) -> None:
    assert "Frames" in seen["opened"]["text"]
    assert "CA$225.00" in seen["opened"]["text"]
    assert seen["opened"]["wide"] == 390


def test_the_links_token_does_not_stay_in_the_address(seen: Json) -> None:
    assert "token" not in seen["opened"]["address"]


def test_a_declined_shopper_is_told_what_to_do_and_tries_again_after_a_reload(seen: Json) -> None:
    assert seen["declined"] == "Your card was declined. Try another card."
    assert seen["paid"] == "Thank you. Your payment was received."
    assert seen["form"] is False


def test_a_link_that_was_used_says_that_nothing_is_left(seen: Json) -> None:
    assert "Nothing of this order is left to pay." in seen["again"]


def test_the_order_is_charged_once_with_the_new_card(seen: Json, owner: Merchant) -> None:
    assert seen["paid"]

    def captured() -> Json:
        entries = owner.ask("GET", "/gateways/test/ledger", params={"limit": 100})["data"]
        taken = {one["token"]: one["captured"] for one in entries}
        return taken if any(taken.values()) else {}

    assert until(captured) == {"tok_capture_declined": 0, "tok_decline": 0, "tok_requires_action": 22500}


def test_nothing_on_the_page_is_refused_by_its_own_policy(seen: Json) -> None:
    # The browser tells of the declined card's answer, and of the page for a link that was used.
    assert [text for text in seen["complaints"] if "status of 4" not in text] == []
