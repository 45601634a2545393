"""Nobody tries cards, codes or stock in numbers: whatever way leads to a gateway or to a code is counted, and locked.

Windows begin at multiples of their length, so that a test may begin in one and end in the next: a limit is met at the
latest after twice as many tries, and one more.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cocart.storefront import LONG
from tests.builders import a_discount, a_variant
from tests.integration.api import Reply
from tests.integration.cocart.checkouts import BILLING, Checkout
from tests.integration.deployment import Deployment, forget
from tests.integration.elasticpath.carts import put_cart
from tests.integration.elasticpath.orders import TOTAL, Ordered
from tests.integration.elasticpath.storefront import Storefront
from tests.integration.gift_cards import a_gift_card, take_gift_cards
from tests.integration.shopper import BREWER, Shopper, card
from tests.integration.test_payment_link import Customer
from tests.proof import Guarantee, Proof, proves
from till.application.limits import LIMITS
from till.runtime import wiring
from till.runtime.app import App, Kind

TOO_MANY = 429
MUCH_STOCK = 1000
KEY = "sent-once-or-twice"

type Ask = Callable[[], Reply]


def one_a_window(till: Deployment, limit: str) -> None:
    """Only this limit, of one."""
    till.change_settings(limits=dict.fromkeys(LIMITS, 0) | {limit: 1})
    forget()


def statuses(ask: Ask, most: int = 1) -> list[int]:
    """Of as many requests as it takes, none of which is a fault."""
    answered: list[int] = []
    while TOO_MANY not in answered and len(answered) <= 2 * most:
        reply = ask()
        assert reply.status < 500 or reply.status in (503, 530), reply.raw
        answered.append(reply.status)
    assert reply.status != TOO_MANY or 0 < int(reply.headers["Retry-After"]) <= 3600
    return answered


def is_limited(ask: Ask, most: int = 1) -> bool:
    """Not before so many, and then with a time to wait for."""
    answered = statuses(ask, most)
    return TOO_MANY not in answered[:most] and answered[-1] == TOO_MANY


# Declined payments


def by_process(till: Deployment) -> Ask:
    return Shopper.ready(till, paid_with="tok_decline").process


def by_pre_process(till: Deployment) -> Ask:
    return Shopper.ready(till, paid_with="tok_decline").pre_process


def by_first_payment(till: Deployment) -> Ask:
    ordered = Ordered(till)
    return lambda: ordered.pay(payment="tok_decline")


def by_later_payment(till: Deployment) -> Ask:
    ordered = Ordered(till)
    assert ordered.pay(amount=TOTAL - 1000).status == 200
    return lambda: ordered.pay(payment="tok_decline", amount=500)


def by_checkout(till: Deployment) -> Ask:
    checkout = Checkout(till)
    checkout.put(billing_address=BILLING)
    return lambda: checkout.post(token="tok_decline")


def by_received_order(till: Deployment) -> Ask:
    checkout = Checkout(till)
    checkout.put(billing_address=BILLING)
    order = checkout.placed(token="tok_requires_action")
    return lambda: checkout.pay(order, "tok_decline")


def by_link(till: Deployment) -> Ask:
    customer = Customer(till)
    link = customer.link()
    return lambda: customer.pay(link, "tok_decline")


ORDER, CHECKOUT = "/checkout/storefront/{shop}/{order}", f"{LONG}/preview"
WAYS: dict[tuple[str, str], list[Callable[[Deployment], Ask]]] = {
    ("bold.orders", f"{ORDER}/process_order"): [by_process],
    ("bold.orders", f"{ORDER}/pre_process_order"): [by_pre_process],
    ("elasticpath.payments", "/v2/orders/{order_id}/payments"): [by_first_payment, by_later_payment],
    ("cocart.checkout", f"{CHECKOUT}/checkout"): [by_checkout],
    ("cocart.checkout", f"{CHECKOUT}/order-received/{{order_id}}/pay"): [by_received_order],
    ("pay", "/pay/{shop}/{order}"): [by_link],
}
EACH_WAY = [way for ways in WAYS.values() for way in ways]
# They go on with what was begun by another way, which was counted.
GO_ON = {"/v2/orders/{order_id}/confirm", "/v2/orders/{order_id}/transactions/{transaction_id}/confirm"}


def test_these_are_all_the_ways_to_a_gateway() -> None:
    """A function that can reach one of them holds the name of what begins there."""
    begins = (".placing()", ".paying().pay(", ".paying().confirm(", ".repay(", "drafting()")
    functions = Path(__file__).parents[2] / "functions"
    files = [file for file in functions.rglob("*.py") if any(name in file.read_text() for name in begins)]
    groups = {".".join(file.relative_to(functions).parts[:2]).removesuffix(".app.py") for file in files}
    assert groups == {group for group, _ in WAYS}
    for group in groups:
        app: App = __import__(f"{group}.app", fromlist=["app"]).app
        found = {route.path for route in app.routes if route.kind is Kind.WORKFLOW}
        if group in ("elasticpath.payments", "pay"):
            merchants = ("capture", "refund", "cancel")
            found = {one.path for one in app.routes if one.kind is Kind.CALL and not one.path.endswith(merchants)}
        assert found - GO_ON == {path for of, path in WAYS if of == group}


@proves(Guarantee.GUESSING)
@pytest.mark.parametrize("limit", ["declines_per_order", "declines_per_address", "declines_per_shop"])
@pytest.mark.parametrize("way", EACH_WAY, ids=lambda way: way.__name__)
def test_a_declined_card_locks_every_way_to_a_gateway(
    till: Deployment, way: Callable[[Deployment], Ask], limit: str
) -> None:
    wiring.stock().set_on_hand("acme", a_variant().id, MUCH_STOCK)
    ask = way(till)
    one_a_window(till, limit)
    asked = [entry.token for entry in till.ledger()].count("tok_decline")
    answered = statuses(ask)
    asked = [entry.token for entry in till.ledger()].count("tok_decline") - asked
    assert (answered[0] != TOO_MANY, answered[-1]) == (True, TOO_MANY)
    assert asked == answered.count(answered[0])


def test_cards_are_declined_five_times_an_order_unless_the_shop_says_otherwise(till: Deployment) -> None:
    shopper = Shopper.ready(till, paid_with="tok_decline")
    assert is_limited(shopper.process, LIMITS["declines_per_order"].most)
    assert till.stock().held == 0
    till.change_settings(limits={"declines_per_order": 0})
    forget()
    assert shopper.process().messages == ["Your card was declined. Try another card."]


def test_a_storefronts_token_is_locked_wherever_it_is_used_from_and_whatever_it_pays(till: Deployment) -> None:
    first = Ordered(till)
    others = [Ordered(till, first) for _ in range(3)]
    one_a_window(till, "declines_per_token")
    assert is_limited(lambda: others.pop().pay(payment="tok_decline"))
    assert Ordered(till, first).pay(by=Storefront(till, number=3)).status == 200


def test_a_backend_asks_for_many_shoppers_and_is_not_counted_as_one_address(till: Deployment) -> None:
    first = Ordered(till)
    till.change_settings(limits=dict.fromkeys(LIMITS, 0) | {"declines_per_address": 1, "declines_per_token": 1})
    forget()
    for _ in range(3):
        assert Ordered(till, first).pay(by=first.merchant, payment="tok_decline").status == 400
    assert Ordered(till, first).pay(by=first.merchant).status == 200


def test_who_is_back_from_the_bank_is_let_in_though_the_address_is_locked(till: Deployment) -> None:
    shopper = Shopper.ready(till, paid_with="tok_requires_action")
    assert shopper.process().status == 202
    one_a_window(till, "declines_per_address")
    assert is_limited(Shopper.ready(till, paid_with="tok_decline").process)
    assert shopper.process().status == 200
    assert till.live() == [26200]


def test_a_lock_is_told_as_the_dialect_tells_things(till: Deployment) -> None:
    one_a_window(till, "declines_per_shop")
    assert is_limited(shopper_process := Shopper.ready(till, paid_with="tok_decline").process)
    message = "Too many payments were declined. Try again later."
    assert shopper_process().messages == [message]
    (error,) = Ordered(till).pay().body["errors"]
    assert (error["status"], error["title"], error["detail"]) == (429, "Too Many Requests", message)
    checkout = Checkout(till)
    checkout.put(billing_address=BILLING)
    refused = checkout.post().body
    assert (refused["code"], refused["message"]) == ("cocart_too_many_requests", message)


# Codes


def by_discount(till: Deployment) -> Ask:
    shopper = Shopper(till)
    return lambda: shopper.post("/discounts", {"code": wiring.new_id()})


def by_validation(till: Deployment) -> Ask:
    shopper = Shopper(till)
    return lambda: shopper.get(f"/validate_discount_code?discount_code={wiring.new_id()}")


def by_gift_card(till: Deployment) -> Ask:
    shopper = Shopper.ready(till, paid_with="")
    gateway = {"gateway_public_id": "gift-cards", "type": "gift_card"}
    return lambda: shopper.post("/payments", card(wiring.new_id(), **gateway))


def by_coupon(till: Deployment) -> Ask:
    checkout = Checkout(till)
    return lambda: checkout.cart.call("POST", "cart/apply-coupon", {"code": wiring.new_id()})


def by_payment_data(till: Deployment) -> Ask:
    checkout = Checkout(till)
    checkout.put(billing_address=BILLING)
    return lambda: checkout.post(token=wiring.new_id(), method="gift-cards")


def by_promotion(till: Deployment) -> Ask:
    put_cart()
    front = Storefront(till)
    return lambda: front.call("POST", "/v2/carts/cart-1/items", {"type": "promotion_item", "code": wiring.new_id()})


EACH_CODE = [by_discount, by_validation, by_gift_card, by_coupon, by_payment_data, by_promotion]


@proves(Guarantee.GUESSING)
@pytest.mark.parametrize("limit", ["codes_per_order", "codes_per_address"])
@pytest.mark.parametrize("way", EACH_CODE, ids=lambda way: way.__name__)
def test_codes_cannot_be_guessed_anywhere(till: Deployment, way: Callable[[Deployment], Ask], limit: str) -> None:
    take_gift_cards(till)
    ask = way(till)
    one_a_window(till, limit)
    answered = statuses(ask)
    assert (answered[0] != TOO_MANY, answered[-1]) == (True, TOO_MANY)


def test_a_batch_counts_each_of_its_codes(till: Deployment) -> None:
    one_a_window(till, "codes_per_address")
    shopper = Shopper(till)
    tries = [{"method": "POST", "endpoint": "/discounts", "payload": f'{{"code":"GUESS{n}"}}'} for n in range(3)]
    answers = shopper.post("/batch", {"sub_requests": tries}).body["data"]
    assert answers[0]["status_code"] == 422
    assert TOO_MANY in [one["status_code"] for one in answers]


@pytest.mark.parametrize("by_codes", ["discount", "gift card"])
def test_a_good_code_is_locked_like_a_bad_one(till: Deployment, by_codes: str) -> None:
    take_gift_cards(till)
    shopper = Shopper.ready(till, paid_with="")
    wiring.discounts().save_discount("acme", a_discount(code="GOOD"))
    gift = a_gift_card(till, 1000)
    one_a_window(till, "codes_per_order")
    good = {
        "discount": lambda: shopper.get("/validate_discount_code?discount_code=GOOD"),
        "gift card": lambda: shopper.post("/payments", gift.payment()),
    }[by_codes]
    assert is_limited(good)


def good_discount(till: Deployment) -> Ask:
    shopper = Shopper(till, cart_items=[BREWER])
    return lambda: shopper.post("/discounts", {"code": "SAVE10"}, key=KEY)


def good_gift_card(till: Deployment) -> Ask:
    shopper, gift = Shopper.ready(till, paid_with=""), a_gift_card(till, 1000)
    return lambda: shopper.post("/payments", gift.payment(), key=KEY)


def good_coupon(till: Deployment) -> Ask:
    cart = Checkout(till).cart
    return lambda: cart.call("POST", "cart/apply-coupon", {"code": "SAVE10"}, Idempotency_Key=KEY)


def good_promotion(till: Deployment) -> Ask:
    put_cart()
    front, promotion = Storefront(till), {"type": "promotion_item", "code": "SAVE10"}
    return lambda: front.call("POST", "/v2/carts/cart-1/items", promotion, Idempotency_Key=KEY)


@pytest.mark.parametrize(
    "way", [good_discount, good_gift_card, good_coupon, good_promotion], ids=lambda way: way.__name__
)
def test_a_code_sent_again_under_its_key_is_answered_again_and_is_no_other_try(
    till: Deployment, way: Callable[[Deployment], Ask]
) -> None:
    take_gift_cards(till)
    till.offer("SAVE10")
    ask = way(till)
    one_a_window(till, "codes_per_order")
    first, again = ask(), ask()
    assert first.status in (200, 201), first.raw
    assert (again.status, again.raw) == (first.status, first.raw)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_an_edit_that_is_made_again_is_one_try(till: Deployment) -> None:
    """It is, where an attempt that waits for the bank has to be undone first."""
    shopper = Shopper.ready(till, paid_with="tok_requires_action")
    assert shopper.process().status == 202
    till.offer("SAVE10")
    one_a_window(till, "codes_per_order")
    assert shopper.post("/discounts", {"code": "SAVE10"}).status == 200


# Stock


@proves(Guarantee.GUESSING)
def test_stock_is_held_so_often_by_one_address_and_by_one_order(till: Deployment, proof: Proof) -> None:
    wiring.stock().set_on_hand("acme", a_variant().id, MUCH_STOCK)
    till.change_settings(limits={"holds_per_address": 3})
    forget()
    assert is_limited(lambda: Shopper.ready(till).pre_process(), 3)
    held = till.stock().held
    assert 3 <= held <= 6
    one_a_window(till, "holds_per_order")
    assert is_limited(Shopper.ready(till, paid_with="tok_decline").process)
    proof.saw("one shopper holds stock, 3 at most in a window", f"{held} held, in at most two windows")


def test_whoever_goes_on_with_what_is_held_is_not_counted_again(till: Deployment) -> None:
    one_a_window(till, "holds_per_address")
    shopper = Shopper.ready(till)
    assert [shopper.pre_process().status, shopper.pre_process().status, shopper.process().status] == [200] * 3
