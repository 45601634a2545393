"""Stock that gets low is told once, until there is more."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.builders import a_basket, a_line, a_payment, a_variant
from tests.integration.deployment import Deployment, put_ready_order
from till.application.low_stock import LowStock
from till.domain.attempt import Goal
from till.domain.errors import Busy
from till.domain.event import Event
from till.domain.pricing import price
from till.runtime import backstage, wiring


def sell(till: Deployment, units: int) -> str:
    """An order of so many brewing systems, placed; the attempt that did."""
    basket = a_basket(lines=(a_line(quantity=units),))
    order = put_ready_order(till, basket=basket, payments=(a_payment(amount=price(basket).total),))
    till.placing().submit("acme", order.id, Goal.PROCESS)
    return till.attempts(order.id)[-1].id


def told(till: Deployment) -> list[Any]:
    events = [json.loads(entry["Detail"]) for entry in till.put_events]
    return [event["detail"]["left"] for event in events if event["type"] == "stock.low"]


def test_a_sale_that_leaves_little_is_told_once_until_more_is_counted_in(till: Deployment) -> None:
    till.change_settings(low_stock=5)
    variant = a_variant()
    for units in (4, 2, 1):  # of ten
        sell(till, units)
        till.deliver_holds()
    assert told(till) == [4]
    (event,) = (json.loads(one["Detail"]) for one in till.put_events if one["DetailType"] == "stock.low")
    assert event["detail"] == {"variant_id": variant.id, "sku": variant.sku, "left": 4, "low_stock": 5}
    wiring.stock().adjust("acme", variant.id, 10)
    for units in (7, 2):
        sell(till, units)
        till.deliver_holds()
    assert told(till) == [4, 4]


def test_nobody_is_told_who_did_not_ask(till: Deployment) -> None:
    sell(till, 10)
    till.deliver_holds()
    assert told(till) == []


def test_what_the_bus_refuses_is_told_later_as_the_same_event(till: Deployment) -> None:
    till.change_settings(low_stock=9)
    attempt = sell(till, 3)
    refused: list[Event] = []

    def refuses(events: Any) -> list[Event]:
        refused.extend(events)
        return refused

    with pytest.raises(Busy):
        LowStock(wiring.stock(), wiring.catalog(), refuses, wiring.now).settle("acme", attempt)
    backstage.low_stock().settle("acme", attempt)
    assert [json.loads(one["Detail"])["id"] for one in till.put_events] == [one.id for one in refused]
