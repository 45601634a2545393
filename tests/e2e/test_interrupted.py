"""Functions that are killed and gateways that stay silent: every attempt ends by itself, whole or not at all."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

import httpx
import pytest

from scripts.checkout_client import Checkout, Json, Merchant, Stack, good, item
from tests.builders import PLENTY
from tests.e2e.deployment import Begin, Sell, aws, eventually, settled, states, submitted
from tests.e2e.workers import dead, kill
from tests.proof import LONG, Guarantee, at_length, proves
from till.application.steps import RUN_BUDGET_SECONDS

pytestmark = proves(Guarantee.ENDS_BY_ITSELF)

ORDER_STEPS, PAYMENT_STEPS, STOREFRONT = "OrderStepsFunction", "PaymentStepsFunction", "BoldOrdersFunction"
# The reaper comes each minute, gives a run two before it undoes it, and may itself find a function dead.
ENDS_WITHIN_SECONDS = 300
EVENT_ARRIVES_WITHIN_SECONDS = 3


@dataclass(frozen=True)
class Watched:
    """An order as the merchant sees it while it is processed."""

    merchant: Merchant
    stack: Stack
    cart: Checkout

    @property
    def order(self) -> Json:
        return self.merchant.order(self.cart.order)

    @property
    def ledger(self) -> list[Json]:
        return self.merchant.ledger(self.stack.gateway, self.order)

    @property
    def execution(self) -> str:
        """The ARN of the first run of the first attempt."""
        machine = self.stack.outputs["OrderStateMachine"].replace(":stateMachine:", ":execution:")
        return f"{machine}:{self.order['timeline'][0]['attempt']}-1"

    def execution_ended(self) -> bool:
        status: str = aws(self.stack, "stepfunctions").describe_execution(executionArn=self.execution)["status"]
        return status != "RUNNING"

    def ended(self) -> Json:
        """The order once nobody is at it any more."""

        def is_over(order: Json) -> bool:
            undone = any(entry["what"] == "undo" for entry in order["timeline"])
            return bool(order["status"] == "placed" or (order["status"] == "open" and undone))

        order = eventually(lambda: self.order, is_over, ENDS_WITHIN_SECONDS)
        assert is_over(order), order
        return order


@contextmanager
def submitting(cart: Checkout) -> Iterator[None]:
    """Somebody submits the order meanwhile, once, whatever is answered."""
    with ThreadPoolExecutor(1) as shopper:
        answer = shopper.submit(cart.process)
        yield
        answer.result()


def wait_for(fact: Callable[[], object]) -> None:
    assert eventually(fact, bool)


@pytest.fixture(scope="module")
def unanswered(merchant: Merchant, stack: Stack, sell: Sell, begin: Begin) -> tuple[Watched, str, httpx.Response]:
    """An order whose gateway was silent until it was asked what became of the payment."""
    sku = sell(on_hand=1)
    cart = begin(sku, pay_with="tok_success_after_first_query")
    return Watched(merchant, stack, cart), sku, submitted(cart)


@pytest.fixture(scope="module")
def abandoned(merchant: Merchant, stack: Stack, sell: Sell, begin: Begin) -> tuple[Watched, str]:
    """An order at which every function died, the undo too, when the money was already authorized."""
    sku = sell(on_hand=1)
    watched = Watched(merchant, stack, begin(sku, pay_with="tok_slow"))
    with submitting(watched.cart):
        wait_for(lambda: watched.ledger)
        with dead(stack, ORDER_STEPS, PAYMENT_STEPS, STOREFRONT):
            wait_for(watched.execution_ended)
            time.sleep(EVENT_ARRIVES_WITHIN_SECONDS)
    return watched, sku


@pytest.fixture(scope="module")
def forgotten(http: httpx.Client, stack: Stack) -> tuple[Watched, str]:
    """An order of a shopper who left after pre-process, in a shop that waits for one minute."""
    identifier = f"hasty-{uuid.uuid4().hex[:8]}"
    shop = Merchant(http.request, identifier, stack.merchant_token)
    body = {"identifier": identifier, "name": "Hasty", "currency": "USD", "country": "CA"}
    headers = {"Authorization": f"Bearer {stack.merchant_token}"}
    good(
        http.post("/merchant/shops", json=body | {"settings": {"parked_minutes": 1, "limits": PLENTY}}, headers=headers)
    )
    rate = {"code": "mail", "description": "Mail", "amount": "1.00"}
    shop.ask("PUT", "/shipping_zones/ca", {"name": "Canada", "regions": [{"country": "CA"}], "rates": [rate]})
    shop.ask("PUT", "/gateways/cards", {"kind": "sandbox", "name": "Cards"})
    variant = {"sku": "ONE", "prices": {"USD": "3.00"}}
    shop.ask("PUT", "/products", {"handle": "one", "title": "One", "variants": [variant]})
    shop.ask("PUT", "/stock/ONE", {"on_hand": 1})
    here = replace(stack, shop=identifier, gateway="cards")
    cart = Checkout.begin(http.request, here, [item("ONE")]).fill("cards")
    assert submitted(cart, "/pre_process_order").status_code == 200
    return Watched(shop, here, cart), "ONE"


@pytest.fixture(autouse=True)
def waits_of_minutes_run_beside_the_other_tests(request: pytest.FixtureRequest) -> None:
    """They begin before the first test and are looked at in the last."""
    for order in ("unanswered", "abandoned", "forgotten") if LONG else ():
        request.getfixturevalue(order)


def test_a_payment_step_killed_while_the_gateway_is_at_it_is_repeated_and_charges_once(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    sku = sell(on_hand=1)
    watched = Watched(merchant, stack, begin(sku, pay_with="tok_slow"))

    with submitting(watched.cart):
        wait_for(lambda: watched.ledger)
        kill(stack, PAYMENT_STEPS)

    assert watched.ended()["status"] == "placed"
    assert states(watched.ledger) == ["authorized"]
    assert settled(merchant, sku)["allocated"] == 1


def test_an_order_whose_first_step_always_dies_is_open_again(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    sku = sell(on_hand=1)
    watched = Watched(merchant, stack, begin(sku, pay_with="tok_approve"))

    with dead(stack, ORDER_STEPS):
        answer = submitted(watched.cart)

    assert answer.status_code == 422
    assert watched.ended()["status"] == "open"
    assert watched.ledger == []
    assert settled(merchant, sku)["available"] == 1
    assert submitted(watched.cart).status_code == 200


@at_length
def test_a_hold_of_500_skus_killed_halfway_is_given_back(
    merchant: Merchant, stack: Stack, http: httpx.Client, five_hundred: list[str]
) -> None:
    before = {sku: settled(merchant, sku)["available"] for sku in five_hundred[::50]}
    cart = Checkout.begin(http.request, stack, [item(sku) for sku in five_hundred]).fill(stack.gateway)
    watched = Watched(merchant, stack, cart)

    with submitting(cart):
        wait_for(lambda: watched.order["timeline"])
        with dead(stack, ORDER_STEPS):
            wait_for(watched.execution_ended)

    assert watched.ended()["status"] == "open"
    assert states(watched.ledger) in ([], ["voided"]), "money may have come before the end"
    assert {sku: settled(merchant, sku)["available"] for sku in before} == before


@at_length
def test_an_order_that_cannot_be_placed_gives_the_money_back(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    sku = sell(on_hand=1)
    watched = Watched(merchant, stack, begin(sku, pay_with="tok_slow"))

    with submitting(watched.cart):
        wait_for(lambda: watched.ledger)
        with dead(stack, ORDER_STEPS):
            wait_for(watched.execution_ended)

    assert watched.ended()["status"] == "open"
    assert states(watched.ledger) == ["voided"]
    assert settled(merchant, sku)["available"] == 1


def test_an_execution_that_an_operator_stopped_is_undone_by_its_event(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    sku = sell(on_hand=1)
    watched = Watched(merchant, stack, begin(sku, pay_with="tok_slow"))

    with submitting(watched.cart):
        wait_for(lambda: watched.ledger)
        aws(stack, "stepfunctions").stop_execution(executionArn=watched.execution)

    order = watched.ended()
    assert order["status"] == "open"
    undone_after = (order["timeline"][-1]["at"] - order["timeline"][0]["at"]) / 1000
    assert undone_after < RUN_BUDGET_SECONDS  # it was not the reaper
    assert states(watched.ledger) == ["voided"]
    assert settled(merchant, sku)["available"] == 1
    assert submitted(watched.cart).status_code == 200


@at_length
def test_a_gateway_that_never_answered_is_asked_again_and_left_without_the_money(
    merchant: Merchant, unanswered: tuple[Watched, str, httpx.Response]
) -> None:
    watched, sku, answer = unanswered

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["sub_type"] == "payment"
    assert settled(merchant, sku)["available"] == 1
    last = eventually(lambda: states(watched.ledger), lambda seen: seen == ["voided"], ENDS_WITHIN_SECONDS)
    assert last == ["voided"]


@at_length
def test_an_attempt_that_everybody_left_alone_ends_by_itself(
    merchant: Merchant, abandoned: tuple[Watched, str]
) -> None:
    watched, sku = abandoned

    assert watched.ended()["status"] == "open"
    assert states(watched.ledger) == ["voided"]
    level = settled(merchant, sku)
    assert (level["held"], level["available"]) == (0, 1)
    assert submitted(watched.cart).status_code == 200


@at_length
def test_a_shopper_who_left_after_pre_process_blocks_neither_stock_nor_money(forgotten: tuple[Watched, str]) -> None:
    watched, sku = forgotten
    assert watched.ended()["status"] == "open"

    assert states(watched.ledger) == ["voided"]
    assert settled(watched.merchant, sku)["available"] == 1
    assert submitted(watched.cart).status_code == 200
