"""The events for `sam local invoke`: each goes through its real handler, and no route is without one."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # it ships no types

from scripts.event import EVENTS, Events
from tests.builders import a_variant
from tests.fakes.outbound import Service, running
from tests.fakes.state_machine import Start
from tests.integration.deployment import ROOT_TOKEN, Deployment, deployed
from till.domain.attempt import Goal
from till.domain.errors import Locked
from till.runtime import wiring

TEMPLATE: Any = yaml_parse((Path(__file__).parents[2] / "template.yaml").read_text())
# Folders of functions/ that hold a function.
GROUPS = sorted(
    resource["Properties"]["Handler"].removesuffix(".app.handler").replace(".", "/")
    for resource in TEMPLATE["Resources"].values()
    if resource["Type"] == "AWS::Serverless::Function"
)
NAMES = sorted(str(file.relative_to(EVENTS).with_suffix("")) for file in EVENTS.rglob("*.json"))


def function(name: str) -> Any:
    """The module of the function that an event is for."""
    return importlib.import_module(f"{Path(name).parent.as_posix().replace('/', '.')}.app")


def takes_requests(name: str) -> bool:
    """Is it an event of API Gateway?"""
    return "httpMethod" in json.loads((EVENTS / f"{name}.json").read_text("utf-8"))


JSON = "application/json"
PLUGIN = Service(lambda _: {"success": True})
REQUESTS = [name for name in NAMES if takes_requests(name)]


# No gateway takes wallets yet; nothing is missing of the order that an event places, and its link is nobody's. What
# an event checks out has no shipping groups.
REFUSED = {f"bold/payments/wallet_pay_{name}": 422 for name in ("create_order", "on_shipping", "on_approve")} | {
    "merchant/orders/create_payment_link": 409,
    "merchant/after_sales/push_order": 404,  # the shop has no platform
    "pay/payment_link": 401,
    "pay/pay_by_link": 401,
    "elasticpath/orders/get_order_shipping_group": 404,
}


def invoke(name: str, event: Any) -> Any:
    """The answer of the event's function; of a good HTTP answer, its body."""
    answer = function(name).handler(event, None)
    if "httpMethod" not in event:
        return answer
    assert 200 <= answer["statusCode"] < 300 or answer["statusCode"] == REFUSED.get(name), answer["body"]
    is_json = answer.get("multiValueHeaders", {}).get("Content-Type", [JSON])[0] == JSON
    return json.loads(answer["body"] or "null") if is_json else answer["body"]


def events(**known: str) -> Events:
    """The events of a shop that sells one brewing system and takes money in the sandbox."""
    shop = {"shop": "acme", "merchant_token": ROOT_TOKEN, "gateway": "sandbox-1", "variant": "66", "new": "1"}
    shop["plugin_url"] = PLUGIN.url
    return Events(invoke, shop | known)


@pytest.fixture(scope="module")
def till() -> Iterator[Deployment]:
    """One stack for all events, as for whoever tries them by hand."""
    with pytest.MonkeyPatch.context() as patch, deployed(patch) as deployment, running(PLUGIN):
        deployment.lift_limits()
        wiring.stock().set_on_hand("acme", a_variant().id, 100)
        yield deployment


@pytest.mark.parametrize("group", GROUPS)
def test_every_route_and_every_function_has_an_event(group: str, till: Deployment) -> None:
    there = [json.loads((EVENTS / f"{name}.json").read_text()) for name in NAMES if str(Path(name).parent) == group]
    module = function(f"{group}/any")
    if hasattr(module, "app"):
        routes = sorted((route.method, route.path) for route in module.app.routes)
        assert sorted({(event["httpMethod"], event["resource"]) for event in there}) == routes
    assert there, f"no event in events/{group}"


def test_no_event_is_for_a_function_that_does_not_exist() -> None:
    assert {str(Path(name).parent) for name in NAMES} <= set(GROUPS)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_answered(name: str, till: Deployment) -> None:
    event = events().fill(name)
    path = re.sub(r"{(\w+)}", lambda found: event["pathParameters"][found[1]], event["resource"])
    assert event["path"] == path
    assert event["requestContext"]["resourcePath"] == event["resource"]
    assert event["multiValueHeaders"] == {key: [value] for key, value in event["headers"].items()}
    invoke(name, event)


def test_the_steps_of_the_workflow_place_an_order(till: Deployment) -> None:
    ready = events()
    order_id = ready.fill("bold/orders/process_order")["pathParameters"]["order"]
    till.machine.starts = Start.WAITS
    with pytest.raises(Locked):
        till.placing().submit("acme", order_id, Goal.PROCESS)
    till.machine.starts = Start.RUNS
    run = till.run_of(order_id)
    step = events(order_id=run.order_id, attempt=run.attempt_id)
    went = [
        invoke(name, step.fill(name))["next"]
        for name in (
            "order_workflow/order_steps/pre_process",
            "order_workflow/order_steps/check_inventory",
            "order_workflow/payment_steps/authorize",
            "order_workflow/order_steps/process",
        )
    ]
    assert went == ["go", "go", "go", "done"]
    assert till.order(order_id).is_submitted


@pytest.mark.parametrize("case", ["undo", "execution_timed_out"])
def test_an_attempt_is_undone(case: str, till: Deployment) -> None:
    name = f"order_workflow/payment_steps/{case}"
    live = len(till.live())
    undo = events()
    event = undo.fill(name)
    assert len(till.live()) == live + 1
    assert invoke(name, event) == {"state": "undone"}
    assert len(till.live()) == live


def test_a_placed_order_is_charged(till: Deployment) -> None:
    name = "order_workflow/payment_steps/settle"
    assert invoke(name, events().fill(name)) == {"next": "done", "seconds": 0}


def test_a_placed_order_of_a_shop_without_a_platform_is_not_pushed(till: Deployment) -> None:
    name = "fulfilment/push/push"
    assert invoke(name, events().fill(name)) == {"push": ""}


def test_voids_are_retried(till: Deployment) -> None:
    name = "order_workflow/payment_steps/retry_voids"
    assert invoke(name, events().fill(name)) == {"voids_pending": "0"}


def test_the_reaper_makes_its_round(till: Deployment) -> None:
    name = "order_workflow/reaper/each_minute"
    assert invoke(name, events().fill(name))["failed"] == 0


def test_a_sold_hold_is_settled(till: Deployment) -> None:
    name = "stock/settle/hold_claimed"
    sold = events()
    event = sold.fill(name)
    [variant] = wiring.catalog().variants_by_platform_id("acme", ["66"]).values()
    before = wiring.stock().levels("acme", [variant.id])[variant.id]
    assert invoke(name, event) == {"batchItemFailures": []}
    after = wiring.stock().levels("acme", [variant.id])[variant.id]
    assert (after.held, after.allocated) == (before.held - 1, before.allocated + 1)


def test_an_event_is_published(till: Deployment) -> None:
    name = "events/outbox/order_placed"
    event = events().fill(name)
    assert invoke(name, event) == {"batchItemFailures": []}
    assert till.events()[-1] == "01KDWTATTEMPT0000000000000-placed"


@pytest.mark.parametrize("case", ["order_placed", "delivery_due"])
def test_the_queue_of_deliveries_is_emptied(case: str, till: Deployment) -> None:
    name = f"events/deliver/{case}"
    assert invoke(name, events().fill(name)) is None
