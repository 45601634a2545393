"""The whole life of orders over HTTP, alike on the sandbox and on Stripe: taken, charged, sent, given back, cancelled.

After each, four ledgers must agree: the gateway's own, the stock's, the gift card's, and the order's as the merchant
reads it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import httpx
import pytest

from scripts.checkout_client import Stack
from tests.e2e.deployment import eventually, submitted
from tests.e2e.life import SANDBOX, STRIPE, Held, LifeShop, history, moved, told

# Two teas and three mugs, ten percent off, taxes and shipping; the gift card pays ten of it.
WANTED, TOTAL, BY_CARD = (("TEA", 2), ("MUG", 3)), 7112, 6112
PLACED = [
    "pre_process passed",
    "check_inventory held",
    "authorize authorized",
    "gift_card spent",
    "process placed",
]

type Open = Callable[..., LifeShop]


@pytest.fixture(scope="module", params=[SANDBOX, STRIPE])
def opened(request: pytest.FixtureRequest, stack: Stack, http: httpx.Client) -> Iterator[Open]:
    """A shop of the gateway's kind, by its currency and capture mode; the same when it is asked for again."""
    stripe = request.getfixturevalue("stripe") if request.param == STRIPE else None
    shops: dict[tuple[str, str], LifeShop] = {}

    def get(currency: str = "CAD", capture_mode: str = "async") -> LifeShop:
        asked = currency, capture_mode
        if asked not in shops:
            shops[asked] = LifeShop.opened(stack, http, stripe, currency, capture_mode=capture_mode)
        return shops[asked]

    yield get
    for shop in shops.values():
        shop.close()


def test_an_order_is_charged_refunded_by_line_and_sent(opened: Open) -> None:
    shop = opened()
    card, code = shop.gift_card("10.00"), shop.code("10")
    tea, mugs = shop.merchant.stock("TEA")["on_hand"], shop.merchant.stock("MUG")["on_hand"]

    order = shop.charged(shop.cart(*WANTED, code=code, gift_card=card["code"]))
    key, dented = uuid.uuid4().hex, {"lines": [{"key": "MUG", "quantity": 1, "restock": True}], "reason": "A dent."}
    for _ in range(2):
        order = shop.do(order, "refund", dented, key)
    order = shop.do(order, "fulfil", {"tracking": {"carrier": "Post", "number": "1Z"}})

    assert (order["status"], order["charge"], order["total"], order["net_total"]) == (
        "fulfilled",
        "captured",
        TOTAL,
        6168,
    )
    assert moved(order) == [("capture", "succeeded", BY_CARD), ("refund", "succeeded", 944)]
    (refund,) = order["refunds"]
    assert (refund["state"], refund["amount"], refund["refunded"], refund["reason"]) == (
        "succeeded",
        944,
        944,
        "A dent.",
    )
    assert order["adjustments"] == [{"kind": "refund", "amount": -944, "refund_id": refund["id"], "reason": "A dent."}]
    by_type = {one["type"]: (one["captured"], one["refunded"], one["refundable"]) for one in order["payments"]}
    assert by_type == {"gift_card": (1000, 0, 1000), "credit_card": (BY_CARD, 944, BY_CARD - 944)}
    (parcel,) = order["fulfilments"]
    assert {one["key"]: one["quantity"] for one in parcel["lines"]} == {"TEA": 2, "MUG": 2}
    assert (parcel["tracking"]["number"], order["to_send"]) == ("1Z", [])
    assert history(order) == [
        *PLACED,
        "capture succeeded",
        "refund requested",
        "refund succeeded",
        "fulfil sent",
    ]
    assert told(order, "authorize") == {"amount": "61.12", "currency": "CAD"}
    assert (told(order, "fulfil")["carrier"], told(order, "fulfil")["number"]) == ("Post", "1Z")
    assert shop.held(order) == [Held(BY_CARD, [BY_CARD], [944])]
    assert shop.movements(card) == [("loaded", "10.00"), ("spent", "-10.00")]
    assert shop.stock("TEA", allocated=0) == (tea - 2, 0, tea - 2)
    assert shop.stock("MUG", allocated=0) == (mugs - 2, 0, mugs - 2)
    assert shop.uses(code, 1) == 1


@pytest.mark.parametrize("capture_mode", ["on_request", "async"])
def test_an_order_cancelled_before_or_after_its_capture_leaves_nothing_behind(opened: Open, capture_mode: str) -> None:
    shop, is_captured = opened(capture_mode=capture_mode), capture_mode == "async"
    card, code = shop.gift_card("10.00"), shop.code("10")
    before = shop.merchant.stock("MUG")

    cart = shop.cart(*WANTED, code=code, gift_card=card["code"])
    order = shop.charged(cart) if is_captured else shop.placed(cart)
    order = shop.do(order, "cancel", {"reason": "They changed their mind."})

    charge = "captured" if is_captured else "voided"
    assert (order["status"], order["charge"], order["total"], order["net_total"]) == ("cancelled", charge, TOTAL, 0)
    assert sum(one["amount"] for one in order["adjustments"]) == -TOTAL
    captured, given_back = ([BY_CARD], [BY_CARD]) if is_captured else ([], [])
    assert shop.held(order) == [Held(BY_CARD, captured, given_back, is_void=not is_captured)]
    assert shop.movements(card) == [("loaded", "10.00"), ("spent", "-10.00"), ("refunded", "10.00")]
    assert shop.stock("MUG", allocated=0) == (before["on_hand"], 0, before["available"])
    assert shop.uses(code, 0) == 0
    done = history(order)
    assert done[: len(PLACED)] == PLACED
    assert ("capture succeeded" in done, "void succeeded" in done) == (is_captured, not is_captured)
    assert done.index("cancel requested") > done.index("process placed")
    assert told(order, "cancel")["reason"] == "They changed their mind."
    refused = shop.ask(order, "fulfil")
    assert (refused.status_code, refused.json()["errors"][0]["message"]) == (409, "This order is cancelled.")


def test_a_shopper_who_stays_at_the_bank_gets_the_order_and_pays_as_much_as_is_captured(opened: Open) -> None:
    shop = opened(capture_mode="on_request")
    cart = shop.cart(("TEA", 1), asks=True)
    assert submitted(cart).status_code == 202

    shop.bank_confirms(shop.order(cart))
    order = eventually(lambda: shop.order(cart), lambda now: now["status"] == "placed")
    assert (order["status"], order["charge"], order["total"]) == ("placed", "pending", 2600)
    order = shop.do(order, "capture", {"amount": "10.00"})
    in_part = "pending" if shop.kind == SANDBOX else "captured"
    assert (order["charge"], order["captured"]) == (in_part, 1000)
    order = shop.do(order, "capture")

    if shop.kind == SANDBOX:  # it captures in parts
        assert shop.held(order) == [Held(2600, [1000, 1600])]
        assert (order["adjustments"], order["net_total"]) == ([], 2600)
    else:  # Stripe once: what is left is given up, for all to see
        assert shop.held(order) == [Held(2600, [1000])]
        not_captured = {"kind": "not_captured", "amount": -1600, "refund_id": None, "reason": ""}
        assert (order["adjustments"], order["net_total"]) == ([not_captured], 1000)
    assert order["charge"] == "captured"
    done = history(order)
    assert done.index("authorize requires_action") < done.index("process placed") < done.index("capture requested")


@pytest.mark.parametrize(("currency", "sku", "total"), [("JPY", "STAMP", 80), ("KWD", "RIBBON", 1230)])
def test_currencies_without_cents_and_with_three_decimals_are_taken_to_the_unit(
    opened: Open, currency: str, sku: str, total: int
) -> None:
    shop = opened(currency)
    order = shop.charged(shop.cart((sku, 1)))
    assert (order["currency"], order["total"], order["captured"]) == (currency, total, total)
    assert shop.held(order) == [Held(total, [total])]
    half = {"JPY": "40", "KWD": "0.610"}[currency]
    order = shop.do(order, "refund", {"amount": half})
    assert shop.held(order)[0].refunds == [order["refunded"]] == [{"JPY": 40, "KWD": 610}[currency]]


@pytest.mark.parametrize(
    ("currency", "sku", "total", "sentence"),
    [
        ("KWD", "THREAD", 1234, "Card payments in KWD are of multiples of 0.010."),
        ("CAD", "STICKER", 32, "Card payments are of at least 0.50 CAD."),
    ],
)
def test_what_a_gateway_never_takes_is_said_before_it_is_asked(
    opened: Open, currency: str, sku: str, total: int, sentence: str
) -> None:
    shop = opened(currency)
    before, cart = shop.merchant.stock(sku)["available"], shop.cart((sku, 1))
    if shop.kind == SANDBOX:  # takes any amount
        assert shop.held(shop.charged(cart)) == [Held(total, [total])]
        return
    refused = submitted(cart)
    assert (refused.status_code, refused.json()["errors"][0]["message"]) == (422, sentence)
    order = shop.order(cart)
    assert (order["status"], shop.held(order), shop.stock(sku, allocated=0)[2]) == ("open", [], before)


def test_an_order_that_costs_nothing_asks_no_gateway(opened: Open) -> None:
    shop = opened()
    order = shop.placed(shop.cart(("STICKER", 1), code=shop.code("100")))
    assert (order["status"], order["total"], order["charge"]) == ("placed", 0, "captured")
    assert (order["payments"], order["transactions"], shop.held(order)) == ([], [], [])
    assert shop.do(order, "fulfil")["status"] == "fulfilled"


def test_an_amount_that_changed_after_its_authorization_is_never_shipped(opened: Open) -> None:
    shop = opened()
    cart = shop.cart(("TEA", 1))
    assert submitted(cart, "/pre_process_order").status_code == 200
    authorized = cart.state["order_total"]

    cart.ask("PUT", "/items", {"line_item_key": "TEA", "quantity": 2})
    cart.ask("POST", "/taxes")
    assert submitted(cart).status_code == 422

    order = shop.order(cart)
    assert (order["status"], shop.held(order)) == ("open", [Held(authorized, is_void=True)])
    refused = shop.ask(order, "fulfil")
    assert refused.status_code == 404, refused.text
