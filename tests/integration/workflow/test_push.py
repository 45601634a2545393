"""The platform push: each placed order reaches the merchant's own platform, a real HTTP server, whatever breaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, groupby
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.builders import a_receiver
from tests.fakes.outbound import Service, http_answer, running
from tests.fakes.state_machine import Execution, FunctionLost
from tests.integration.deployment import Deployment
from tests.integration.gift_cards import a_gift_card, merchant, take_gift_cards
from tests.integration.placed import Placed
from tests.integration.shopper import Shopper
from tests.integration.workflow.test_charge import counted, only_execution, placed
from till.domain.pushing import TRY_SECONDS
from till.domain.retrying import PAUSES
from till.runtime import wiring

DOWN = http_answer("503 Service Unavailable", b"closed for the night")


@pytest.fixture
def platform(till: Deployment) -> Iterator[Service]:
    """The shop's platform, which calls every order A-1."""
    with running(Service(lambda _: {"id": "A-1"})) as service:
        till.change_shop(platform=a_receiver(id="platform", url=service.url))
        yield service


def messages(platform: Service) -> list[str]:
    """Under which ids it was told."""
    return [headers["webhook-id"] for headers, _ in platform.received]


def go_on(till: Deployment, execution: Execution) -> list[int]:
    """Wakes it after each of its waits, until it ends; how long these were."""
    till.fulfilment.functions = till.functions_at_the_clocks_time()
    waits = []
    while execution.status == "RUNNING":
        waits.append(execution.waits)
        till.clock.pass_(seconds=execution.waits)
        till.fulfilment.run(execution)
    return waits


def test_a_placed_order_is_charged_and_pushed_as_the_merchant_reads_it(till: Deployment, platform: Service) -> None:
    order = placed(till)
    assert order.detail["push"] == "pending"
    till.deliver_streams()
    entered = only_execution(till).entered
    assert entered == ["Settle", "Settled", "Push", "Settle", "Settled", "Done"]
    detail = order.detail
    assert (detail["push"], detail["push_tries"], detail["push_reference"]) == ("delivered", 1, "A-1")
    assert order.history[-1] == ("push", "delivered")
    ((headers, text),) = platform.received
    known = wiring.catalog().shop("acme").platform
    assert known
    Webhook(wiring.outbound().secret("acme", known)).verify(text, headers)
    assert headers["webhook-id"] == f"order_{order.id}"
    sent = json.loads(text)
    assert (sent["type"], sent["timestamp"][-1]) == ("order.push", "Z")
    pushed = {name for name in detail if name.startswith("push")} | {"timeline"}
    assert {name: sent["data"][name] for name in detail if name not in pushed} == {
        name: value for name, value in detail.items() if name not in pushed
    }
    assert sent["data"]["charge"] == "captured"
    till.deliver_streams()
    assert [json.loads(one["Detail"])["type"] for one in till.put_events][-1] == "order.pushed"


def test_an_order_that_a_gift_card_paid_is_pushed_too(till: Deployment, platform: Service) -> None:
    take_gift_cards(till)
    shopper = Shopper.ready(till, paid_with="")
    assert shopper.post("/payments", a_gift_card(till, 26200).payment()).status == 200
    assert shopper.process().status == 200
    till.deliver_streams()
    assert Placed(till, shopper.order_id).detail["push"] == "delivered"
    assert len(platform.received) == 1


# What breaks


def test_a_platform_that_is_down_is_told_when_it_is_up_again(till: Deployment, platform: Service) -> None:
    answers = iter([DOWN, DOWN])
    platform.answer = lambda _: next(answers, {})
    order = placed(till)
    till.deliver_streams()
    execution = only_execution(till)
    assert order.detail["charge"] == "captured", "no charge waits for a platform"
    assert sum(go_on(till, execution)) >= sum(PAUSES[:2])
    assert (execution.status, order.detail["push"], order.detail["push_tries"]) == ("SUCCEEDED", "delivered", 3)
    assert len(set(messages(platform))) == 1, "it knows by the id that it is the same order"


def test_a_push_is_given_up_after_days_then_found_and_pushed_again(
    till: Deployment, platform: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.answer = lambda _: DOWN
    order = placed(till)
    till.deliver_streams()
    waited = sum(go_on(till, only_execution(till)))
    assert sum(PAUSES) - len(PAUSES) <= waited <= sum(PAUSES) + len(PAUSES)
    assert len(platform.received) == len(PAUSES) + 1
    assert (order.detail["push"], order.detail["charge"]) == ("failed", "captured")
    (failed,) = merchant("/failed_pushes").data
    assert failed | {"placed_at": 0} == {
        "order_id": order.id,
        "tries": 10,
        "status": 503,
        "answer": "closed for the night",
        "placed_at": 0,
    }
    assert merchant("/failed_charges").data == []
    till.deliver_streams()
    assert counted(capsys) == ["PushFailed"]
    platform.answer = lambda _: {}
    till.clock.ahead = 0
    for _ in range(2):  # the second time for a platform that has lost it
        assert order.post("push").status == 202
        till.deliver_streams()
        again = list(till.fulfilment.executions.values())[-1]
        go_on(till, again)
        assert (again.status, order.detail["push"], order.detail["push_tries"]) == ("SUCCEEDED", "delivered", 1)
    assert merchant("/failed_pushes").data == []


def test_an_order_keeps_its_name_until_the_platform_knows_it(till: Deployment, platform: Service) -> None:
    answers = iter([DOWN])
    platform.answer = lambda _: next(answers, {})
    order = placed(till)
    till.deliver_streams()
    assert order.post("cancel").status == 200
    assert order.post("anonymize").status == 409
    go_on(till, only_execution(till))
    assert order.post("anonymize").status == 200
    assert "Doe" in platform.received[-1][1]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_push_whose_function_dies_around_it_is_made_once(till: Deployment, platform: Service, when: str) -> None:
    order, died = placed(till), iter([True])

    def die(state: str) -> None:
        if state == "Push" and next(died, False):
            raise FunctionLost

    setattr(till.fulfilment, when, die)
    till.deliver_streams()
    assert (only_execution(till).status, order.detail["push"]) == ("SUCCEEDED", "delivered")
    assert len(platform.received) == 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_push_whose_function_dies_at_any_of_its_writes_and_reads_is_delivered(
    till: Deployment, platform: Service, after: bool
) -> None:
    """It may be told twice then, under the one id by which it knows."""
    execution: Execution
    for call in count():
        till.fulfilment.executions.clear()
        platform.received.clear()
        order = placed(till)
        killed: list[bool] = []

        def push(event: dict[str, Any], call: int = call, killed: list[bool] = killed) -> dict[str, Any]:
            with till.killed(-1 if killed else call, after=after) as calls:
                try:
                    return till.in_function(lambda given, _: {"push": till.pushing().push(**given)})(
                        {"shop": event["shop"], "order_id": event["order"]}
                    )
                finally:
                    killed.append(calls.killed)

        till.fulfilment.functions = {**till.functions_at_the_clocks_time(), "${PushFunctionArn}": push}
        till.deliver_streams()
        execution = only_execution(till)
        waits = []
        while execution.status == "RUNNING":
            waits.append(execution.waits)
            till.clock.pass_(seconds=execution.waits)
            till.fulfilment.run(execution)
        assert (execution.status, order.detail["push"]) == ("SUCCEEDED", "delivered")
        assert all(0 < wait <= TRY_SECONDS for wait in waits)
        assert set(messages(platform)) == {f"order_{order.id}"}
        assert len(platform.received) <= 2
        if not killed[0]:
            assert call >= 4
            return


def test_money_is_settled_between_the_tries_of_a_push_whose_function_never_runs(
    till: Deployment, platform: Service
) -> None:
    deaths = iter(range(12))

    def die(state: str) -> None:
        if state == "Push" and next(deaths, None) is not None:
            raise FunctionLost

    order, till.fulfilment.before = placed(till), die
    till.deliver_streams()
    entered = [state for state, _ in groupby(only_execution(till).entered)]
    assert entered == [*2 * ["Settle", "Settled", "Push"], "Settle", "Settled", "Done"]
    assert (order.detail["push"], order.detail["push_tries"]) == ("delivered", 1)


def test_an_order_that_cannot_be_pushed_is_given_up_as_one_that_nobody_takes(
    till: Deployment, platform: Service
) -> None:
    def broken(*_: object) -> dict[str, object]:
        raise ValueError("an order as nobody thought of it")

    def push(event: dict[str, Any]) -> dict[str, Any]:
        return {"push": replace(till.pushing(), document=broken).push(event["shop"], event["order"])}

    order = placed(till)
    till.fulfilment.functions = {**till.functions_at_the_clocks_time(), "${PushFunctionArn}": push}
    till.deliver_streams()
    execution, waited = only_execution(till), 0
    while execution.status == "RUNNING":
        waited += execution.waits
        till.clock.pass_(seconds=execution.waits)
        till.fulfilment.run(execution)
    assert sum(PAUSES) <= waited <= sum(PAUSES) + 3 * TRY_SECONDS
    (failed,) = merchant("/failed_pushes").data
    assert (failed["tries"], failed["answer"]) == (10, "Nobody heard what came of the last try.")
    assert (order.detail["charge"], platform.received) == ("captured", [])


def test_two_executions_do_not_push_one_order_at_once(till: Deployment, platform: Service) -> None:
    order = placed(till)
    beside: list[Any] = []

    def answer(_: Any) -> dict[str, Any]:
        beside.append(till.pushing().push("acme", order.id))
        return {}

    platform.answer = answer
    till.deliver_streams()
    assert (beside, order.detail["push"]) == (["pending"], "delivered")
    assert len(platform.received) == 1


def test_what_came_of_a_push_is_kept_though_the_order_changes_meanwhile(till: Deployment, platform: Service) -> None:
    order = placed(till)

    def answer(_: Any) -> dict[str, Any]:
        assert order.refund(amount="1.00").status == 200
        return {"id": 7}

    platform.answer = answer
    till.deliver_streams()
    assert (order.detail["push"], order.detail["push_reference"], order.refunds) == ("delivered", "7", [100])


def test_an_order_whose_shop_has_no_platform_any_more_is_given_up_and_told(till: Deployment, platform: Service) -> None:
    order = placed(till)
    till.change_shop(platform=None)
    till.deliver_streams()
    (failed,) = merchant("/failed_pushes").data
    assert (failed["status"], failed["answer"]) == (0, "The shop has no platform any more.")
    refused = order.post("push")
    assert (refused.status, refused.body["errors"][0]["field"]) == (404, "platform")
    assert platform.received == []
