"""The flight recorder: what happened to my payment, in one look."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.outbound import Service
from tests.integration.deployment import ROOT_TOKEN, Deployment
from tests.integration.placed import Placed
from tests.integration.played_aws import STATE_MACHINE
from tests.integration.shopper import Shopper, card
from tests.integration.test_deliveries import an_endpoint
from till.adapters.executions import execution_of


def lines(found: dict[str, Any], *kinds: str) -> list[tuple[str, str]]:
    return [(one["what"], one["outcome"]) for one in found["entries"] if one["kind"] in kinds]


def test_a_payment_that_was_declined_confirmed_charged_and_partly_given_back_is_told_in_one_look(
    till: Deployment, hook: Service
) -> None:
    endpoint = an_endpoint(till, hook, "order.placed", "order.refunded")
    shopper = Shopper.ready(till, "tok_decline")
    assert shopper.process().status == 422
    shopper.delete("/payments", card("tok_decline"))
    shopper.post("/payments", card("tok_requires_action"))
    assert shopper.process().status == 202
    assert shopper.process().status == 200
    till.deliver_streams()
    order = Placed(till, shopper.order_id)
    assert order.refund(amount="50.00").status == 200
    till.deliver_streams()
    till.deliver_events()

    found = order.read("/timeline")
    assert found["summary"] == (
        "One try was declined (Your card was declined. Try another card); "
        "262.00 CAD was confirmed with 3-D Secure, and the order placed; "
        "262.00 CAD was charged; 50.00 CAD was given back."
    )
    assert lines(found, "step", "compensation", "sale") == [
        ("pre_process", "passed"),
        ("check_inventory", "held"),
        ("authorize", "refused"),
        ("undo", "undone"),
        ("pre_process", "passed"),
        ("check_inventory", "held"),
        ("authorize", "requires_action"),
        ("pre_process", "passed"),
        ("check_inventory", "held"),
        ("authorize", "authorized"),
        ("process", "placed"),
        ("capture", "succeeded"),
        ("refund", "requested"),
        ("refund", "succeeded"),
    ]
    declined, paid = found["attempts"]
    assert [(one["state"], one["runs"]) for one in (declined, paid)] == [("undone", 1), ("placed", 2)]
    assert [one["code"] for one in declined["problems"]] == ["payment_declined"]
    steps = [one for one in found["entries"] if one["kind"] == "step"]
    assert [one["run"] for one in steps if one["attempt"] == paid["id"]] == [1, 1, 1, 2, 2, 2, 2]
    (reference,) = [one["reference"] for one in paid["payments"]]
    assert steps[-2]["detail"]["references"] == [reference]
    assert steps[2]["detail"]["problems"] == ["Your card was declined. Try another card."]
    (undone,) = [one for one in found["entries"] if one["kind"] == "compensation"]
    assert undone["detail"]["released"] == {"01JXVAR1ANT000000000000000": 1}
    captured = next(one for one in found["entries"] if one["what"] == "capture")
    assert captured["detail"]["amount"] == "262.00"
    assert captured["detail"]["reference"]
    assert lines(found, "event") == [
        ("payment.failed", "published"),
        ("order.placed", "published"),
        ("order.charged", "published"),
        ("order.refund_requested", "published"),
        ("order.refunded", "published"),
    ]
    assert lines(found, "webhook") == [("order.placed", "delivered"), ("order.refunded", "delivered")]
    assert all(one["detail"]["endpoint_id"] == endpoint.id for one in found["entries"] if one["kind"] == "webhook")
    names = [one["arn"].rsplit(":", 1)[1] for one in found["executions"]]
    assert set(till.machine.executions) | set(till.fulfilment.executions) == set(names)
    done = [one["at"] for one in found["entries"] if one["kind"] not in ("event", "webhook")]
    assert done == sorted(done)
    order_of = [one["what"] for one in found["entries"]]
    assert order_of.index("process") < order_of.index("order.placed")


def test_what_waits_to_be_told_says_when_it_is_due(till: Deployment, hook: Service) -> None:
    an_endpoint(till, hook)
    hook.answer = lambda _: {}
    shopper = Shopper.ready(till)
    assert shopper.process().status == 200
    order = Placed(till, shopper.order_id)
    assert lines(order.read("/timeline"), "event", "webhook") == [("order.placed", "waiting")]
    till.deliver_streams()
    message = till.received(till.clock.seconds())
    assert message
    till.take(message)
    (due,) = [one for one in order.read("/timeline")["entries"] if one["kind"] == "webhook"]
    assert (due["outcome"], due["milliseconds"]) == ("due", 0)


def test_an_order_that_nobody_paid_has_a_timeline_and_one_that_is_not_there_has_none(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    found = Placed(till, shopper.order_id).read("/timeline")
    assert (found["summary"], found["entries"], found["executions"]) == (
        "Nobody has tried to pay this order yet.",
        [],
        [],
    )
    for wrong in (shopper.order_id[:-1] + "!", "01JXNONE000000000000000000"):
        path = f"/merchant/shops/acme/orders/{wrong}/timeline"
        assert till.around.call("GET", path, headers={"Authorization": f"Bearer {ROOT_TOKEN}"}).status == 404


@pytest.mark.parametrize(
    ("partition", "region", "console"),
    [
        ("aws", "eu-west-1", "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/"),
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/states/home?region=cn-north-1#/v2/"),
        ("aws-eusc", "eusc-de-east-1", ""),
    ],
)
def test_an_execution_is_found_in_the_console_of_its_partition(partition: str, region: str, console: str) -> None:
    machine = STATE_MACHINE.replace(":aws:", f":{partition}:").replace("us-east-1", region)
    found = execution_of(machine, "attempt-1")
    assert found.arn == f"{machine.replace('stateMachine', 'execution')}:attempt-1"
    assert found.console == (f"{console}executions/details/{found.arn}" if console else "")
