"""One key, one effect, one answer: on changes of an order, on the workflow, on sessions, on the merchant's calls."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from merchant.catalog.app import app as catalog_app
from merchant.settings.app import app as settings_app
from tests.fakes.state_machine import FunctionLost, Start
from tests.integration.api import Api, Reply
from tests.integration.deployment import ROOT_TOKEN, Deployment, put_ready_order
from tests.integration.shopper import BREWER, JOHN, Shopper, backend, card
from till.adapters import aws
from till.application.idempotency import claim
from till.domain.attempt import Goal
from till.domain.errors import Locked
from till.runtime import wiring

KEY = "a-shoppers-key-000001"
OTHER = "a-shoppers-key-000002"
STOCK = "/merchant/shops/acme/stock/ABS"


@contextmanager
def at_call(operation: str, act: Callable[[], object], *, after: bool = False) -> Iterator[None]:
    """Does something once, before or after the next call of that operation of DynamoDB."""
    left = [act]

    def hook(model: Any, **_: Any) -> None:
        if model.name == operation and left:
            left.pop()()

    events = aws.client("dynamodb").meta.events
    name = f"{'after' if after else 'before'}-call.dynamodb"
    events.register(name, hook)
    try:
        yield
    finally:
        events.unregister(name, hook)


def die() -> None:
    raise FunctionLost


def records() -> list[dict[str, Any]]:
    """The stored records as they lie there."""
    found: list[dict[str, Any]] = aws.client("dynamodb").scan(TableName="idempotencytable")["Items"]
    return found


def age_records(attribute: str = "expires_at") -> None:
    """A day, or a lease, goes by."""
    for item in records():
        aged = item | {attribute: {"N": str(wiring.now() - 1)}}
        aws.client("dynamodb").put_item(TableName="idempotencytable", Item=aged)


def is_replay(reply: Reply) -> bool:
    return reply.headers.get("Idempotent-Replayed") == "true"


# Changes of an order


def test_the_same_request_again_gives_the_first_answer_byte_for_byte(till: Deployment) -> None:
    shopper = Shopper(till)
    body = {"sku": "ABS", "quantity": 1}
    first = shopper.post("/items", body, KEY)
    shopper.post("/customer/guest", JOHN)
    before = till.stored(shopper.order_id)
    again = shopper.post("/items", body, KEY)
    assert (again.status, again.raw) == (200, first.raw)
    assert (is_replay(first), is_replay(again)) == (False, True)
    assert till.stored(shopper.order_id) == before
    assert len(shopper.state["line_items"]) == 1


def test_a_replay_is_given_even_when_the_order_is_placed_meanwhile(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    first = shopper.post("/payments", card(), KEY)
    shopper.process()
    assert shopper.post("/payments", card(), KEY).raw == first.raw
    assert shopper.post("/payments", card(), OTHER).fields == ["is_processed"]


@pytest.mark.parametrize("again", [b'{ "quantity": 1,"sku":"ABS" }', b'{"sku":"\\u0041BS","quantity":1}'])
def test_the_same_body_in_other_notation_is_the_same_request(till: Deployment, again: bytes) -> None:
    shopper = Shopper(till)
    shopper.post("/items", {"sku": "ABS", "quantity": 1}, KEY)
    assert is_replay(shopper.post("/items", again, KEY))


def test_another_body_under_the_same_key_is_refused(till: Deployment) -> None:
    shopper = Shopper(till)
    shopper.post("/items", {"sku": "ABS", "quantity": 1}, KEY)
    before = till.stored(shopper.order_id)
    refused = shopper.post("/items", {"sku": "ABS", "quantity": 2}, KEY)
    assert (refused.status, refused.fields) == (422, ["Idempotency-Key"])
    assert till.stored(shopper.order_id) == before


def test_a_key_is_its_orders_and_its_routes_own(till: Deployment) -> None:
    shopper, other = Shopper(till), Shopper(till)
    body = {"line_item_key": "line-1", "quantity": 1, "sku": "ABS"}
    for reply in (
        shopper.post("/items", body, KEY),
        other.post("/items", body, KEY),
        shopper.put("/items", body, KEY),
        shopper.delete("/items", body, KEY),
    ):
        assert reply.status == 200
        assert not is_replay(reply)


def test_without_a_key_every_request_counts_and_nothing_is_kept(till: Deployment) -> None:
    shopper = Shopper(till)
    for _ in range(2):
        shopper.post("/items", {"sku": "ABS", "quantity": 1})
    assert len(shopper.state["line_items"]) == 2
    assert records() == []


@pytest.mark.parametrize("key", ["short", "x" * 256, "with a space in it 1", "not-ascii-é-000001"])
def test_a_bad_key_is_refused_and_nothing_is_done(till: Deployment, key: str) -> None:
    shopper = Shopper(till)
    before = till.stored(shopper.order_id)
    for path, body in (("/items", BREWER), ("/process_order", None), ("/customer/guest", JOHN)):
        refused = shopper.post(path, body, key)
        assert (refused.status, refused.fields) == (422, ["Idempotency-Key"])
    assert backend(till, "init", {}, key).fields == ["Idempotency-Key"]
    assert till.stored(shopper.order_id) == before


def test_a_key_is_free_after_a_day_though_its_record_still_lies_there(till: Deployment) -> None:
    shopper = Shopper(till)
    shopper.post("/items", {"sku": "ABS", "quantity": 1}, KEY)
    age_records()
    fresh = shopper.post("/items", {"sku": "ABS", "quantity": 2}, KEY)
    assert fresh.status == 200
    assert not is_replay(fresh)
    assert is_replay(shopper.post("/items", {"sku": "ABS", "quantity": 2}, KEY))


def test_a_function_that_is_lost_before_its_write_leaves_the_key_free(till: Deployment) -> None:
    shopper = Shopper(till)
    with at_call("TransactWriteItems", die), pytest.raises(FunctionLost):
        shopper.post("/items", BREWER, KEY)
    assert records() == []
    assert not is_replay(shopper.post("/items", BREWER, KEY))
    assert len(shopper.state["line_items"]) == 1


def test_an_answer_that_is_lost_after_the_write_is_given_again(till: Deployment) -> None:
    shopper = Shopper(till)
    with at_call("TransactWriteItems", die, after=True), pytest.raises(FunctionLost):
        shopper.post("/items", {"sku": "ABS", "quantity": 1}, KEY)
    again = shopper.post("/items", {"sku": "ABS", "quantity": 1}, KEY)
    assert is_replay(again)
    assert len(again.state["line_items"]) == 1


def test_of_two_at_once_the_loser_reads_again_and_replays(till: Deployment) -> None:
    shopper = Shopper(till)
    winner: list[Reply] = []
    body = {"sku": "ABS", "quantity": 1}
    with at_call("TransactWriteItems", lambda: winner.append(shopper.post("/items", body, KEY))):
        loser = shopper.post("/items", body, KEY)
    assert (loser.raw, is_replay(loser), is_replay(winner[0])) == (winner[0].raw, True, False)
    assert len(shopper.state["line_items"]) == 1


def test_two_changes_at_once_are_both_there(till: Deployment) -> None:
    shopper = Shopper(till)
    with at_call("PutItem", lambda: shopper.post("/customer/guest", JOHN).data):
        assert shopper.post("/items", BREWER).status == 200
    state = shopper.state
    assert state["customer"]["first_name"] == "John"
    assert len(state["line_items"]) == 1


def test_a_change_that_never_gets_its_turn_is_told_to_try_again(till: Deployment) -> None:
    shopper = Shopper(till)
    names = iter(range(100))

    def hook(model: Any, **_: Any) -> None:
        if model.name == "PutItem" and not busy:
            busy.append(True)
            order = till.order(shopper.order_id)
            wiring.orders().save(replace(order, resumable_link=str(next(names))))
            busy.clear()

    busy: list[bool] = []
    events = aws.client("dynamodb").meta.events
    events.register("before-call.dynamodb", hook)
    try:
        refused = shopper.post("/items", BREWER)
    finally:
        events.unregister("before-call.dynamodb", hook)
    assert refused.status == 530
    assert int(refused.headers["Retry-After"]) >= 1
    assert refused.errors
    assert shopper.state["line_items"] == []


# The workflow


def test_process_again_with_its_key_is_the_same_order_placed_once(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    first, again = shopper.process(KEY), shopper.process(KEY)
    assert again.state == first.state
    assert (first.status, again.status, is_replay(first), is_replay(again)) == (200, 200, False, True)
    assert shopper.process(OTHER).fields == ["is_processed"]
    assert shopper.process().fields == ["is_processed"]
    assert till.live() == [26200]
    assert till.stock().allocated == 1


def test_a_decline_is_final_for_its_key_and_another_key_is_another_try(till: Deployment) -> None:
    shopper = Shopper.ready(till, "tok_decline")
    declined = shopper.process(KEY)
    shopper.delete("/payments", card("tok_decline"))
    shopper.post("/payments", card())
    again = shopper.process(KEY)
    assert (again.status, again.raw, is_replay(again)) == (422, declined.raw, True)
    assert till.live() == []
    assert shopper.process(OTHER).state["is_processed"] is True
    assert shopper.process(KEY).raw == declined.raw
    assert is_replay(shopper.process(OTHER))


def test_out_of_stock_is_final_for_its_key(till: Deployment) -> None:
    shopper = Shopper.ready(till, quantity=11)
    refused = shopper.process(KEY)
    till.change_settings(inventory_check=False)
    assert shopper.process(KEY).raw == refused.raw
    assert shopper.process(OTHER).status == 200


def test_what_an_order_lacks_is_not_final(till: Deployment) -> None:
    shopper = Shopper.ready(till, paid_with="")
    assert shopper.process(KEY).fields == ["payment"]
    shopper.post("/payments", card())
    assert shopper.process(KEY).state["is_processed"] is True


def test_3d_secure_goes_on_under_the_same_key_and_ends_in_its_final_answer(till: Deployment) -> None:
    shopper = Shopper.ready(till, "tok_requires_action")
    assert shopper.process(KEY).status == 202
    placed = shopper.process(KEY)
    assert placed.state["is_processed"] is True
    assert not is_replay(placed)
    again = shopper.process(KEY)
    assert (again.state, is_replay(again)) == (placed.state, True)
    assert till.live() == [26200]
    assert len(till.ledger()) == 1


def test_pre_process_and_process_have_keys_of_their_own(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    assert shopper.pre_process(KEY).state["is_processed"] is False
    assert is_replay(shopper.pre_process(KEY))
    assert shopper.process(KEY).state["is_processed"] is True
    assert len(till.ledger()) == 1


def test_process_with_another_body_under_its_key_is_refused(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    shopper.process(KEY)
    assert shopper.post("/process_order", {"other": 1}, KEY).fields == ["Idempotency-Key"]


def test_while_the_run_goes_on_its_key_waits_and_then_gets_its_answer(till: Deployment) -> None:
    order = put_ready_order(till)
    till.machine.starts = Start.WAITS
    mine = claim(KEY, ("acme", order.id), "acme", None, till.clock.seconds())
    for _ in range(2):
        with pytest.raises(Locked):
            till.placing().submit("acme", order.id, Goal.PROCESS, mine)
    (execution,) = till.machine.executions.values()
    till.machine.run(execution)
    placed = till.placing().submit("acme", order.id, Goal.PROCESS, mine)
    assert (placed.order.status, placed.replayed) == ("placed", True)
    assert till.live() == [26200]


def test_a_function_that_is_lost_while_it_waits_leaves_an_answer_to_be_asked_for(till: Deployment) -> None:
    """The run ends well; who started it does not live to see it."""
    shopper = Shopper.ready(till)

    def die_once_placed(**_: Any) -> None:
        if any(execution.status == "SUCCEEDED" for execution in till.machine.executions.values()):
            raise FunctionLost

    events = aws.client("dynamodb").meta.events
    events.register("before-call.dynamodb.GetItem", die_once_placed)
    try:
        with pytest.raises(FunctionLost):
            shopper.process(KEY)
    finally:
        events.unregister("before-call.dynamodb.GetItem", die_once_placed)
    again = shopper.process(KEY)
    assert again.state["is_processed"] is True
    assert is_replay(again)
    assert till.live() == [26200]


# Sessions


def test_init_with_its_key_is_one_order_and_a_fresh_token_each_time(till: Deployment) -> None:
    body = {"cart_items": [BREWER]}
    first, again = (backend(till, "init", body, KEY) for _ in range(2))
    assert again.data["public_order_id"] == first.data["public_order_id"]
    assert (is_replay(first), is_replay(again)) == (False, True)
    shopper = Shopper(till)
    shopper.order_id = first.data["public_order_id"]
    assert shopper.call("GET", "/refresh", token=again.data["jwt_token"]).status == 200
    assert backend(till, "init", {}, KEY).fields == ["Idempotency-Key"]
    assert backend(till, "init", body, OTHER).data["public_order_id"] != first.data["public_order_id"]


def test_no_token_of_a_session_is_ever_stored(till: Deployment) -> None:
    token = backend(till, "init", {}, KEY).data["jwt_token"]
    (record,) = records()
    assert zlib.decompress(record["body"]["B"]) == b"{}"
    everything = str([aws.client("dynamodb").scan(TableName=table) for table in ("orderstable", "idempotencytable")])
    assert token.rsplit(".", 1)[1] not in everything


# The merchant's calls


@pytest.fixture
def merchant(till: Deployment) -> Callable[..., Reply]:
    api = Api([settings_app, catalog_app])

    def call(method: str, path: str, body: Any, key: str = KEY) -> Reply:
        return api.call(method, path, body, {"Authorization": f"Bearer {ROOT_TOKEN}", "Idempotency-Key": key})

    return call


def test_a_merchants_call_has_one_effect(till: Deployment, merchant: Callable[..., Reply]) -> None:
    first, again = (merchant("POST", f"{STOCK}/adjust", {"by": 5}) for _ in range(2))
    assert (first.status, again.raw, is_replay(again)) == (200, first.raw, True)
    assert till.stock().on_hand == 15
    other = merchant("POST", f"{STOCK}/adjust", {"by": 6})
    assert (other.status, other.body["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert merchant("POST", f"{STOCK}/adjust", {"by": 6}, OTHER).status == 200
    assert till.stock().on_hand == 21


def test_a_merchants_call_that_is_still_running_is_not_made_twice(
    till: Deployment, merchant: Callable[..., Reply]
) -> None:
    during: list[Reply] = []
    with at_call("TransactWriteItems", lambda: during.append(merchant("POST", f"{STOCK}/adjust", {"by": 5}))):
        assert merchant("POST", f"{STOCK}/adjust", {"by": 5}).status == 200
    assert during[0].status in (409, 503)
    assert int(during[0].headers["Retry-After"]) >= 1
    assert till.stock().on_hand == 15


def test_a_merchants_call_whose_function_was_lost_may_be_made_again_when_its_lease_is_over(
    till: Deployment, merchant: Callable[..., Reply]
) -> None:
    with at_call("TransactWriteItems", die), pytest.raises(FunctionLost):
        merchant("PUT", STOCK, {"on_hand": 7})
    assert merchant("PUT", STOCK, {"on_hand": 7}).status in (409, 503)
    age_records("lease_until")
    assert merchant("PUT", STOCK, {"on_hand": 8}).status == 422
    again = merchant("PUT", STOCK, {"on_hand": 7})
    assert (again.status, is_replay(again)) == (200, False)
    assert till.stock().on_hand == 7


def test_a_merchants_call_that_failed_may_be_made_again_at_once_and_no_other_under_its_key(
    till: Deployment, merchant: Callable[..., Reply]
) -> None:
    def fail() -> None:
        raise RuntimeError("a bug")

    with at_call("TransactWriteItems", fail):
        assert merchant("POST", f"{STOCK}/adjust", {"by": 5}).status == 500
    assert merchant("POST", f"{STOCK}/adjust", {"by": 6}).status == 422
    assert merchant("POST", f"{STOCK}/adjust", {"by": 5}).status == 200
    assert till.stock().on_hand == 15


def test_a_secret_is_shown_once_and_never_stored(till: Deployment, merchant: Callable[..., Reply]) -> None:
    body = {"name": "ERP", "scopes": ["stock"]}
    first, again = (merchant("POST", "/merchant/tokens", body) for _ in range(2))
    secret = first.body["data"]["secret"]
    assert again.body["data"] == first.body["data"] | {"secret": None}
    for item in records():
        assert secret not in zlib.decompress(item["body"]["B"]).decode()
    assert secret not in str(aws.client("dynamodb").scan(TableName="catalogtable"))
