"""Guests buy on the checkout page, in a real browser with a phone's screen. It looked as in .till/screenshots."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx
import pytest

from scripts.checkout_client import STACK, Json, Merchant, Stack, good
from scripts.demo_shop import root_token
from scripts.embedded_aws import HOME, ROOT
from tests.clients.browser import InBrowser
from tests.clients.diddo_client import JANE, Diddo
from tests.qr_reader import read_code

HERE = ROOT / "tests" / "e2e" / "page"
SCREENSHOTS = HOME / "screenshots"


def scanned(http: httpx.Client, stack: Stack, *items: tuple[str, int]) -> str:
    """Where the printed code of a template leads to, as a phone reads it off the picture."""
    diddo = Diddo(http, stack.api_key)
    template = "0"
    for platform_id, quantity in items:
        item = {"variant_id": platform_id, "quantity": quantity}
        template = diddo.ask("POST", "/cart/add", {"cart_id": template, "item": item})["id"]
    picture = diddo.call("GET", f"/checkout/{template}/qr.png", Accept="image/avif,image/webp,*/*")
    return read_code(picture.content)


def sold(merchant: Merchant, title: str, on_hand: int) -> str:
    """The SKU, and the platform's id, of something new in the shop, at 10.00."""
    sku = f"P-{uuid.uuid4().hex[:12]}"
    variant = {"sku": sku, "platform_id": sku, "prices": {"USD": "10.00"}, "weight_grams": 100}
    merchant.ask("PUT", "/products", {"handle": sku.lower(), "title": title, "variants": [variant]})
    merchant.ask("PUT", f"/stock/{sku}", {"on_hand": on_hand})
    return sku


def placed(merchant: Merchant, number: str) -> Json:
    """The merchant's order of that number."""
    orders = merchant.ask("GET", "/orders", params={"limit": 20})["data"]
    (found,) = (one for one in orders if str(one["number"]) == number)
    return merchant.order(found["id"])


def played(in_browser: InBrowser, script: str, **given: Any) -> Json:
    return in_browser(str(HERE / script), {"folder": str(SCREENSHOTS), **given})


@pytest.fixture(scope="module")
def bought(in_browser: InBrowser, http: httpx.Client, stack: Stack) -> Json:
    """A guest's purchase of a brewer and two cups."""
    return played(in_browser, "buys.cjs", url=scanned(http, stack, ("66", 1), ("81", 2)))


def test_a_guest_buys_on_a_phone_and_the_merchant_has_the_order(bought: Json, merchant: Merchant) -> None:
    order = placed(merchant, bought["number"])
    assert order["status"] == "placed"
    assert bought["pay"] == "Pay $274.35"
    assert order["total"] == 27435
    assert bought["again"] == bought["number"]


def test_whoever_presses_twice_is_charged_once(bought: Json, merchant: Merchant, stack: Stack) -> None:
    order = placed(merchant, bought["number"])
    states = sorted(entry["state"] for entry in merchant.ledger(stack.gateway, order))
    assert states.count("authorized") + states.count("captured") == 1
    assert sum(one.endswith("/session") for one in bought["requests"]) == 1


def test_the_order_shows_all_that_it_comes_to(bought: Json) -> None:
    assert bought["sums"] == [
        ["Subtotal", "$261.00"],
        ["Ten percent off", "\N{MINUS SIGN}$26.10"],
        ["Shipping", "$11.25"],
        ["GST", "$11.75"],
        ["PST", "$16.45"],
        ["Total", "$274.35"],
    ]


def test_what_is_wrong_is_said_in_a_sentence_and_the_focus_is_there(bought: Json) -> None:
    said, focus = bought["said"], bought["focus"]
    assert said["missing"] == "Some fields are still empty. They are marked above."
    assert focus["missing"] == "email"
    assert said["refused"] == "Please check the marked fields."
    assert said["postal_code"] == "The postal code provided is not valid."
    assert focus["refused"] == "shipping-postal_code"
    assert said["code"] == "Discount code is invalid."
    assert said["declined"] == "Your card was declined. Try another card."


def test_a_new_step_has_the_focus(bought: Json) -> None:
    assert bought["focus"]["shipping"] == "step-shipping"
    assert bought["focus"]["placed"] == "Thank you, John!"


def test_there_is_something_to_see_while_it_loads_and_what_was_typed_outlives_a_reload(bought: Json) -> None:
    assert bought["loading"] == 3
    assert bought["kept"] == "john.doe@example.com"


def test_whoever_is_second_is_told_what_is_gone_and_buys_the_rest(
    in_browser: InBrowser, http: httpx.Client, stack: Stack, merchant: Merchant
) -> None:
    half, gone, rest = sold(merchant, "Half gone", 3), sold(merchant, "All gone", 2), sold(merchant, "Plenty", 90)
    seen = played(in_browser, "race.cjs", url=scanned(http, stack, (half, 2), (gone, 2), (rest, 1)))
    for sentence in (
        "Somebody was faster",
        "nothing was charged",
        "Only 1 of Half gone are left.",
        "All gone is sold out.",
    ):
        assert sentence in seen["shortage"]
    assert seen["focus"] == "Somebody was faster"
    assert seen["still"] == ["All gone is sold out."]
    assert seen["note"] == "Your order was changed. Please check it and go on."
    assert seen["first"] != seen["second"]
    assert [(line["sku"], line["quantity"]) for line in placed(merchant, seen["second"])["line_items"]] == [
        (half, 1),
        (rest, 1),
    ]
    assert seen["faults"] == {}
    assert seen["complaints"] == []


def test_ended_sessions_lost_connections_and_ways_back_are_no_dead_ends(
    in_browser: InBrowser, http: httpx.Client, stack: Stack
) -> None:
    unknown = f"{stack.api_url}/checkout/no-such-cart?shop={stack.shop}"
    seen = played(in_browser, "troubles.cjs", url=scanned(http, stack, ("66", 1)), unknown=unknown)
    assert seen["offline"] == "You are offline. Nothing is lost: go on when you are connected again."
    assert seen["after"] == seen["before"]
    assert ["MwSt (included)", "$42.31"] in seen["sums"]
    assert seen["faults"] == {}
    assert seen["complaints"] == []


def test_whom_the_shop_knows_finds_the_fields_filled_in(
    in_browser: InBrowser, http: httpx.Client, stack: Stack
) -> None:
    token = Diddo(http, stack.api_key).ask("POST", "/checkout/cst", JANE)["cst"]
    seen = played(in_browser, "known.cjs", url=scanned(http, stack, ("81", 1)), token=token)
    assert seen["said"] == ["jane@example.com", "Jane Doe", "350 5th Ave, Apt 4, 10118 New York NY, United States"]
    assert seen["note"] == ""
    assert "auth_token" not in seen["address"]
    assert (
        seen["ignored"]
        == "The link that should have filled in your details is no longer valid. Please fill them in yourself."
    )
    assert (seen["faults"], seen["complaints"]) == ({}, [])


def test_the_page_wears_the_shops_colours_and_takes_its_gift_cards(
    in_browser: InBrowser, http: httpx.Client, stack: Stack
) -> None:
    owner = Merchant(http.request, f"page-{uuid.uuid4().hex[:8]}", root_token(json.loads(STACK.read_text())))
    look = {"accent": "#7a2e8e", "background": "#faf5fb", "terms_url": "https://shop.example/terms"}
    shop = {"identifier": owner.shop, "name": "Violet & Söhne", "currency": "CAD", "country": "CA", "locale": "de"}
    headers = {"Authorization": f"Bearer {owner.token}"}
    good(http.post("/merchant/shops", json=shop | {"settings": {"page": look}}, headers=headers))
    owner.ask("PUT", "/gateways/test", {"kind": "sandbox", "name": "Sandbox"})
    owner.ask("PUT", "/gateways/gifts", {"kind": "gift_card", "name": "Gift card"})
    variant = {"sku": "COURSE", "prices": {"CAD": "80.00"}, "requires_shipping": False}
    owner.ask("PUT", "/products", {"handle": "course", "title": "Kaffeekurs", "variants": [variant]})
    owner.ask("PUT", "/stock/COURSE", {"on_hand": 100})
    code = owner.ask("POST", "/gift_cards", {"amount": "30.00"})["data"]["code"]
    wanted = {"cart_items": [{"sku": "COURSE", "quantity": 1}], "keep_cart": True}
    made = good(http.post(f"/checkout/orders/{owner.shop}/init", json=wanted, headers=headers))["data"]
    url = f"{stack.api_url}/checkout/{made['cart_id']}?shop={owner.shop}"
    seen = played(in_browser, "german.cjs", url=url, code=code)
    assert seen["accent"] == {"page": "rgb(122, 46, 142)", "frame": "rgb(122, 46, 142)"}
    assert seen["pay"].split() == ["50,00", "CA$", "zahlen"]
    assert seen["refused"] == "Die Zahlung wurde abgelehnt. Bitte zahlen Sie anders."
    order = placed(owner, seen["number"])
    assert (order["total"], [one["amount"] for one in order["payments"]]) == (8000, [3000, 5000])
    assert (seen["faults"], seen["complaints"]) == ({}, [])


def test_axe_finds_nothing_serious_and_the_policy_stops_nothing_of_the_pages_own(bought: Json) -> None:
    assert bought["faults"] == {}
    assert bought["complaints"] == []
