"""An order is placed, and whoever wants to be told of it is: by the outbox, the bus's rule, the queue, over HTTP."""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.builders import a_variant
from tests.fakes.outbound import Service, http_answer
from tests.fakes.state_machine import FunctionLost
from tests.integration.deployment import Deployment, put_ready_order
from till.application.delivering import Due
from till.application.webhooks import rotated
from till.domain.attempt import Goal
from till.domain.delivery import Delivered, Delivery, DeliveryState
from till.domain.event import Event
from till.domain.retrying import PAUSES
from till.domain.webhook import Endpoint
from till.runtime import backstage, wiring


def an_endpoint(till: Deployment, hook: Service, *types: str) -> Endpoint:
    """Registered as the merchant's function does it."""
    made = till.clock.seconds()
    endpoint = Endpoint(wiring.new_id(), hook.url, types or ("order.placed",), made, made)
    return backstage.endpoints().save("acme", endpoint)


def place(till: Deployment) -> str:
    """An order, and its events on the bus."""
    order = put_ready_order(till)
    till.placing().submit("acme", order.id, Goal.PROCESS)
    till.deliver_streams()
    return order.id


def verified(endpoint: Endpoint, received: tuple[dict[str, str], str]) -> Any:
    """What was sent, as a receiver's own library sees it."""
    headers, text = received
    return Webhook(wiring.outbound().secret("acme", endpoint.receiver())).verify(text, headers)


def only_delivery(order_id: str) -> Delivery:
    [delivery] = wiring.flight_recorder().recording("acme", order_id).deliveries
    return delivery


def test_a_placed_order_is_told_and_the_receivers_library_believes_it(till: Deployment, hook: Service) -> None:
    endpoint = an_endpoint(till, hook)
    order_id = place(till)
    till.deliver_events()
    [received] = hook.received
    sent = verified(endpoint, received)
    assert received[0]["webhook-id"] == sent["data"]["id"] == only_delivery(order_id).event.id
    assert sent["type"] == "order.placed"
    assert sent["timestamp"].endswith("Z")
    assert (sent["data"]["shop"], sent["data"]["order_id"], sent["data"]["sequence"]) == ("acme", order_id, 1)
    assert sent["data"]["total"] == 26200
    assert only_delivery(order_id).state is DeliveryState.DELIVERED


def test_an_event_that_the_bus_brings_twice_is_told_once(till: Deployment, hook: Service) -> None:
    an_endpoint(till, hook)
    order = put_ready_order(till)
    till.placing().submit("acme", order.id, Goal.PROCESS)
    till.deliver_streams(times=2)
    till.queued += [(0, message) for _, message in till.queued]
    till.deliver_events()
    assert len(hook.received) == 1


def test_a_receiver_that_comes_back_is_told_late_and_under_the_same_id(till: Deployment, hook: Service) -> None:
    an_endpoint(till, hook)
    hook.answer = lambda _: http_answer("503 Service Unavailable", b"later")
    order_id = place(till)
    till.deliver_events()
    assert only_delivery(order_id).due_at - till.clock.seconds() in (4, 5)
    till.clock.pass_(seconds=PAUSES[0])
    till.deliver_events()
    hook.answer = lambda _: {}
    till.clock.pass_(seconds=PAUSES[1])
    till.deliver_events()
    assert [one.status for one in only_delivery(order_id).tries] == [503, 503, 200]
    assert only_delivery(order_id).tries[0].answer == "later"
    assert len({headers["webhook-id"] for headers, _ in hook.received}) == 1
    assert till.queued == []


def test_a_receiver_that_never_answers_well_is_given_up_after_three_days(till: Deployment, hook: Service) -> None:
    """The queue brings its messages every quarter of an hour, since SQS delays none for longer."""
    an_endpoint(till, hook)
    hook.answer = lambda _: http_answer("500 Internal Server Error")
    order_id = place(till)
    for _ in range(4 * 24 * 4):
        till.deliver_events()
        till.clock.pass_(minutes=15)
    delivery = only_delivery(order_id)
    assert delivery.state is DeliveryState.FAILED
    assert len(hook.received) == len(delivery.tries) == 10
    assert till.queued == []


@pytest.mark.parametrize("error", [UnicodeError("A bug."), FunctionLost()])
def test_a_try_that_breaks_off_counts_and_after_the_last_it_is_given_up(
    till: Deployment, hook: Service, error: BaseException
) -> None:
    """By an error in it, or because the function ends in the middle, as when its time is up."""
    begun: list[Delivery] = []

    class Breaking:
        def wanting(self, _: Event) -> Sequence[str]:
            return ()

        def send(self, delivery: Delivery) -> Delivered:
            begun.append(delivery)
            raise error

    an_endpoint(till, hook)
    order_id = place(till)
    till.take(till.queued.pop()[1])
    delivering = replace(till.delivering(), channels={"webhook": Breaking()})
    for _ in range(12):
        delivery = only_delivery(order_id)
        till.clock.pass_(minutes=24 * 60)
        with suppress(FunctionLost):
            delivering.attempt(Due("acme", delivery.id, delivery.endpoint_id, delivery.tried))
    assert len(begun) == 10
    assert delivery.is_given_up
    assert "broke off" in delivery.tries[-1].answer


def test_a_message_that_comes_twice_makes_no_second_try(till: Deployment, hook: Service) -> None:
    an_endpoint(till, hook)
    hook.answer = lambda _: http_answer("500 Internal Server Error")
    place(till)
    event = till.queued.pop()[1]
    till.take(event)
    till.queued *= 3
    till.deliver_events()
    assert len(hook.received) == 1
    assert len(till.queued) == 1


def test_a_lost_message_is_sent_again_by_the_reaper(till: Deployment, hook: Service) -> None:
    an_endpoint(till, hook)
    order_id = place(till)
    till.take(till.queued.pop()[1])
    till.queued.clear()
    assert till.reap().deliveries == 0
    till.clock.pass_(minutes=6)
    assert till.reap().deliveries == 1
    till.deliver_events()
    assert only_delivery(order_id).state is DeliveryState.DELIVERED
    assert till.reap().deliveries == 0


def test_a_function_that_dies_at_any_call_loses_no_event(till: Deployment, hook: Service) -> None:
    """What it was doing is done again, by the queue or by the reaper, under the same id."""
    wiring.stock().set_on_hand("acme", a_variant().id, 100)
    an_endpoint(till, hook)
    for _ in range(2):  # the first one also reads what is kept for a while
        place(till)
        with till.counting() as calls:
            till.deliver_events()
    for call in range(len(calls.made)):
        for after in (False, True):
            hook.received.clear()
            order_id = place(till)
            with till.killed(call, after=after) as killing:
                till.deliver_events()
            assert killing.killed, call
            for _ in range(3):
                till.clock.pass_(minutes=7)
                till.reap()
                till.deliver_events()
            assert only_delivery(order_id).state is DeliveryState.DELIVERED, (call, after)
            assert len(hook.received) in (1, 2)
            assert len({headers["webhook-id"] for headers, _ in hook.received}) == 1
            assert till.queued == []


def test_a_second_message_for_a_try_that_is_being_made_makes_none(till: Deployment, hook: Service) -> None:
    an_endpoint(till, hook)
    order_id = place(till)
    till.take(till.queued.pop()[1])
    [(_, message)] = till.queued

    def answer(_: object) -> object:
        till.take(message)
        return {}

    hook.answer = answer
    till.deliver_events()
    assert len(hook.received) == 1
    assert only_delivery(order_id).state is DeliveryState.DELIVERED


def test_an_endpoint_that_is_gone_is_told_nothing_any_more(till: Deployment, hook: Service) -> None:
    an_endpoint(till, hook)
    hook.answer = lambda _: http_answer("410 Gone")
    order_id = place(till)
    till.deliver_events()
    assert only_delivery(order_id).state is DeliveryState.FAILED
    [endpoint] = backstage.endpoints().of("acme")
    assert (endpoint.enabled, endpoint.disabled_reason) == (False, "It answered 410 Gone.")
    other = place(till)
    till.deliver_events()
    assert len(hook.received) == 1
    assert wiring.flight_recorder().recording("acme", other).deliveries == ()


def test_after_a_rotation_both_secrets_are_good_for_a_day(till: Deployment, hook: Service) -> None:
    before = an_endpoint(till, hook)
    after = backstage.endpoints().save("acme", rotated(before, till.clock.seconds()))
    place(till)
    till.deliver_events()
    [received] = hook.received
    assert verified(before, received) == verified(after, received)
    ends = till.clock.seconds() + 86_400
    assert (after.signs_too(ends - 10), after.signs_too(ends + 10)) == (before.version, 0)


def test_who_wants_other_events_is_not_told(till: Deployment, hook: Service) -> None:
    an_endpoint(till, hook, "payment.*", "order.cancelled")
    place(till)
    till.deliver_events()
    assert hook.received == []


def test_the_function_takes_what_sqs_brings_it(till: Deployment, hook: Service) -> None:
    an_endpoint(till, hook)
    order_id = place(till)
    handler = importlib.import_module("events.deliver.app").handler
    while till.queued:
        handler({"Records": [{"body": json.dumps(till.queued.pop(0)[1])}]}, None)
    assert only_delivery(order_id).state is DeliveryState.DELIVERED


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "7", "{}", '{"delivery": {}}', '{"delivery": 7}', '{"detail": {"id": 7}}']
)
def test_a_message_that_cannot_be_read_is_left_to_the_dead_letter_queue(till: Deployment, body: str) -> None:
    """SQS brings alone what the function did not take, and at the fifth time puts it there."""
    handler = importlib.import_module("events.deliver.app").handler
    with pytest.raises((ValueError, KeyError, TypeError)):
        handler({"Records": [{"body": body}]}, None)


def test_a_delivery_by_a_channel_that_is_not_there_any_more_counts_its_tries_as_any_other(
    till: Deployment, hook: Service
) -> None:
    """As after a roll-back to a version that did not know it: nothing turns round for ever, and somebody is told."""
    an_endpoint(till, hook)
    order_id = place(till)
    till.take(till.queued.pop()[1])
    delivering = replace(till.delivering(), channels={})
    while (delivery := only_delivery(order_id)).is_pending:
        delivering.attempt(Due("acme", delivery.id, delivery.endpoint_id, delivery.tried))
        till.clock.pass_(minutes=24 * 60)
    assert delivery.is_given_up
    assert len(delivery.tries) == len(PAUSES) + 1
