"""Webhook endpoints through the merchant API: registered, tried, looked into, sent to once more."""

from __future__ import annotations

import itertools
from contextlib import suppress
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.fakes.outbound import Service, http_answer
from tests.fakes.state_machine import FunctionLost
from tests.integration.api import Reply
from tests.integration.deployment import ROOT_TOKEN, Deployment
from tests.integration.test_deliveries import place
from till.application.webhooks import MOST_ENDPOINTS, WEBHOOK, trial
from till.domain.delivery import TRY_SECONDS, Delivery, DeliveryState
from till.domain.errors import Busy
from till.domain.event import Event
from till.runtime import wiring

ENDPOINTS = "/merchant/shops/acme/webhook_endpoints"
AUTHORIZED = {"Authorization": f"Bearer {ROOT_TOKEN}"}


def call(till: Deployment, method: str, path: str = "", body: Any = None, key: str = "") -> Reply:
    keyed = {"Idempotency-Key": key} if key else {}
    return till.around.call(method, ENDPOINTS + path, body, AUTHORIZED | keyed)


def created(till: Deployment, hook: Service, **body: Any) -> Any:
    reply = call(till, "POST", "", {"url": hook.url, **body})
    assert reply.status == 201, reply.raw
    return reply.body["data"]


def refusal(reply: Reply) -> tuple[int, str | None]:
    return reply.status, reply.body["errors"][0]["field"]


def test_an_endpoint_is_registered_read_changed_and_taken_away(till: Deployment, hook: Service) -> None:
    made = created(till, hook, description="Our warehouse", types=["order.*", "stock.low", "order.*"])
    assert made["secret"].startswith("whsec_")
    assert (made["types"], made["enabled"], made["disabled_reason"]) == (["order.*", "stock.low"], True, None)
    path = f"/{made['id']}"
    assert call(till, "GET", path).data == made
    [listed] = call(till, "GET").data
    assert listed == {name: value for name, value in made.items() if name != "secret"}
    changed = call(till, "PATCH", path, {"types": ["*"], "enabled": False}).data
    assert changed == made | {"types": ["*"], "enabled": False}
    assert call(till, "DELETE", path).data == {"id": made["id"]}
    assert refusal(call(till, "GET", path)) == (404, "endpoint_id")
    assert refusal(call(till, "DELETE", path)) == (404, "endpoint_id")


def test_another_secret_signs_beside_the_old_one_for_a_day(till: Deployment, hook: Service) -> None:
    before = created(till, hook)
    after = call(till, "PATCH", f"/{before['id']}", {"rotate_secret": True}).data
    assert after["secret"] != before["secret"]
    assert after["previous_secret_until"] - till.clock.seconds() in range(86_390, 86_401)
    place(till)
    till.deliver_events()
    [(headers, text)] = hook.received
    for secret in (before["secret"], after["secret"]):
        assert Webhook(secret).verify(text, headers)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "http://hooks.example/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://hooks.example/", "types": []}, "types"),
        ({"url": "https://hooks.example/", "types": ["order.lost"]}, "types.0"),
        ({"url": "https://hooks.example/", "types": ["ord*"]}, "types.0"),
        ({"url": "https://hooks.example/", "types": ["order.*.*"]}, "types.0"),
        ({"url": "https://hooks.example/", "enabled": 1}, "enabled"),
    ],
)
def test_what_cannot_be_called_or_never_comes_is_refused_by_name(till: Deployment, body: Any, field: str) -> None:
    assert refusal(call(till, "POST", "", body)) == (422, field)


def test_a_url_that_is_never_called_is_no_change_either(till: Deployment, hook: Service) -> None:
    made = created(till, hook)
    assert refusal(call(till, "PATCH", f"/{made['id']}", {"url": "https://127.0.0.1.nip/#a"})) == (422, "url")
    assert refusal(call(till, "PATCH", f"/{made['id']}", {"types": []})) == (422, "types")
    assert call(till, "GET", f"/{made['id']}").data == made


def test_a_shop_has_at_most_ten_endpoints(till: Deployment, hook: Service) -> None:
    for _ in range(MOST_ENDPOINTS):
        created(till, hook)
    assert refusal(call(till, "POST", "", {"url": hook.url})) == (409, "url")


def test_a_repeated_request_registers_once_and_shows_the_secret_once(till: Deployment, hook: Service) -> None:
    first = call(till, "POST", "", {"url": hook.url}, key="0123456789abcdef").body["data"]
    again = call(till, "POST", "", {"url": hook.url}, key="0123456789abcdef").body["data"]
    assert again == first | {"secret": None}
    assert len(call(till, "GET").data) == 1


def test_an_endpoint_is_tried_while_the_merchant_waits_and_not_again(till: Deployment, hook: Service) -> None:
    made = created(till, hook, types=["order.placed"], enabled=False)
    tried = call(till, "POST", f"/{made['id']}/test").data
    [(headers, text)] = hook.received
    assert Webhook(made["secret"]).verify(text, headers) == tried["body"]
    assert (tried["state"], tried["type"], tried["tries"][0]["status"]) == ("delivered", "webhook.test", 200)
    hook.answer = lambda _: http_answer("500 Internal Server Error", b"out of order")
    failed = call(till, "POST", f"/{made['id']}/test").data
    assert (failed["state"], failed["next_try_at"]) == ("failed", None)
    assert (failed["tries"][0]["status"], failed["tries"][0]["answer"]) == (500, "out of order")
    assert till.queued == []
    listed = call(till, "GET", f"/{made['id']}/deliveries").data
    assert {one["id"]: one["state"] for one in listed} == {tried["id"]: "delivered", failed["id"]: "failed"}


def test_a_try_that_broke_off_is_made_again_by_the_same_request(till: Deployment, hook: Service) -> None:
    endpoint_id = created(till, hook)["id"]
    waits = []
    for number in itertools.count():
        event = trial("acme", wiring.new_id(), till.clock.seconds())

        def ask(event: Event = event) -> Delivery:
            return till.delivering().tell_at_once(event, WEBHOOK, endpoint_id)

        hook.received.clear()
        with till.killed(number, after=True) as killing, suppress(FunctionLost):
            till.in_function(lambda _event, _context, ask=ask: ask())({})
        try:
            tried = ask()
        except Busy as busy:
            waits.append(busy.retry_after)
            till.clock.pass_(seconds=busy.retry_after)
            tried = ask()
        assert tried.state is DeliveryState.DELIVERED
        assert {headers["webhook-id"] for headers, _ in hook.received} == {event.id}
        if not killing.killed:
            break
    assert (number, len(waits)) == (6, 2), "before the try and after it, nobody says what came of it"
    assert all(0 < wait <= TRY_SECONDS for wait in waits)


def test_what_was_delivered_is_listed_and_sent_once_more(till: Deployment, hook: Service) -> None:
    made = created(till, hook, types=["order.placed"])
    place(till)
    till.deliver_events()
    [delivery] = call(till, "GET", f"/{made['id']}/deliveries").data
    assert delivery["state"] == "delivered"
    again = call(till, "POST", f"/{made['id']}/deliveries/{delivery['id']}/redeliver").data
    assert again["state"] == "pending"
    till.deliver_events()
    [delivery] = call(till, "GET", f"/{made['id']}/deliveries?limit=1").data
    assert [one["status"] for one in delivery["tries"]] == [200, 200]
    first, second = hook.received
    assert first[0]["webhook-id"] == second[0]["webhook-id"] == delivery["webhook_id"]
    assert first[1] == second[1]


def test_nothing_is_sent_once_more_that_never_was_or_to_whom_is_disabled(till: Deployment, hook: Service) -> None:
    made = created(till, hook)
    path = f"/{made['id']}/deliveries/nothing.at-all/redeliver"
    assert refusal(call(till, "POST", path)) == (404, "delivery_id")
    call(till, "PATCH", f"/{made['id']}", {"enabled": False})
    assert refusal(call(till, "POST", path)) == (409, "endpoint_id")


def test_an_endpoint_that_was_gone_is_enabled_again(till: Deployment, hook: Service) -> None:
    made = created(till, hook)
    hook.answer = lambda _: http_answer("410 Gone")
    call(till, "POST", f"/{made['id']}/test")
    gone = call(till, "GET", f"/{made['id']}").data
    assert (gone["enabled"], gone["disabled_reason"]) == (False, "It answered 410 Gone.")
    back = call(till, "PATCH", f"/{made['id']}", {"enabled": True}).data
    assert (back["enabled"], back["disabled_reason"]) == (True, None)


def test_what_waits_for_an_endpoint_that_is_taken_away_is_not_sent(till: Deployment, hook: Service) -> None:
    made = created(till, hook)
    hook.answer = lambda _: http_answer("500 Internal Server Error")
    place(till)
    till.deliver_events()
    before = len(hook.received)
    call(till, "DELETE", f"/{made['id']}")
    till.clock.pass_(minutes=1)
    till.deliver_events()
    assert len(hook.received) == before
    assert till.queued == []
