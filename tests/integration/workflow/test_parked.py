"""Orders that wait for the shopper: after pre-process, and for 3-D Secure. Stock is held, money is authorized, once."""

from __future__ import annotations

import pytest

from tests.builders import a_payment
from tests.fakes.state_machine import Start
from tests.integration.deployment import Deployment, put_ready_order
from tests.integration.shopper import Shopper, card
from tests.integration.workflow.test_processing import assert_nothing_is_left, dearer
from till.domain.attempt import Goal
from till.domain.errors import Locked
from till.runtime import wiring


def test_pre_process_holds_stock_and_money_and_places_nothing(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    assert shopper.pre_process().state["is_processed"] is False
    assert till.live() == [26200]
    assert (till.stock().held, till.stock().allocated, till.stock().available) == (1, 0, 9)
    assert till.order(shopper.order_id).status == "parked"


def test_pre_process_then_process_is_one_authorization(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    shopper.pre_process()
    shopper.pre_process()
    assert shopper.process().state["is_processed"] is True
    assert [(entry.state, entry.calls) for entry in till.ledger()] == [("authorized", 1)]
    assert (till.stock().allocated, till.stock().held) == (1, 0)
    assert till.order(shopper.order_id).number == 1
    assert till.ledger()[0].reference == "1"
    (attempt,) = till.attempts(shopper.order_id)
    assert list(till.machine.executions) == [f"{attempt.id}-{run}" for run in (1, 2, 3)]


@pytest.mark.parametrize(
    ("method", "path", "body", "total"),
    [
        ("PUT", "/items", {"line_item_key": "line-1", "quantity": 2}, 51400),
        ("POST", "/shipping_lines", {"index": "1"}, 26325),
        ("PUT", "/payments", card(amount=30_000), 26200),
    ],
)
def test_pre_process_then_an_edit_then_process_is_one_void_and_one_live_authorization(
    till: Deployment, method: str, path: str, body: object, total: int
) -> None:
    shopper = Shopper.ready(till)
    shopper.pre_process()
    assert shopper.call(method, path, body).status == 200
    assert till.live() == []
    assert till.stock().held == 0
    shopper.post("/taxes")
    shopper.put("/payments", card(amount=60_000))
    assert shopper.process().state["order_total"] == total
    assert [(entry.state, entry.amount) for entry in till.ledger()] == [("voided", 26200), ("authorized", total)]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/customer", {"email_address": "new@example.com"}),
        ("POST", "/taxes", None),
        ("POST", "/payments", card()),
    ],
)
def test_an_edit_that_changes_nothing_of_the_sale_keeps_the_authorization(
    till: Deployment, method: str, path: str, body: object
) -> None:
    shopper = Shopper.ready(till)
    shopper.pre_process()
    assert shopper.call(method, path, body).status == 200
    assert till.live() == [26200]
    assert shopper.process().state["is_processed"] is True
    assert len(till.ledger()) == 1


def test_3d_secure_is_one_authorization(till: Deployment) -> None:
    shopper = Shopper.ready(till, "tok_requires_action")
    asked = shopper.process()
    assert (asked.status, asked.body["handleSCA"]) == (202, True)
    assert asked.body["clientSecretToken"].endswith("_secret")
    assert till.order(shopper.order_id).status == "parked"
    assert till.stock().held == 1
    assert shopper.process().state["is_processed"] is True
    assert [(entry.state, entry.amount) for entry in till.ledger()] == [("authorized", 26200)]
    assert till.stock().allocated == 1


def test_3d_secure_on_pre_process_goes_on_with_process(till: Deployment) -> None:
    shopper = Shopper.ready(till, "tok_requires_action")
    assert shopper.pre_process().status == 202
    assert shopper.process().state["is_processed"] is True
    assert len(till.ledger()) == 1


def test_3d_secure_that_the_shopper_leaves_for_another_card_is_voided(till: Deployment) -> None:
    shopper = Shopper.ready(till, "tok_requires_action")
    shopper.process()
    shopper.delete("/payments", card("tok_requires_action"))
    assert_nothing_is_left(till, shopper.order_id)
    shopper.post("/payments", card())
    assert shopper.process().status == 200
    assert till.live() == [26200]


def test_a_parked_attempt_is_undone_when_its_time_is_over(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    shopper.pre_process()
    till.clock.pass_(minutes=14)
    assert till.reap().undone == 0
    assert till.live() == [26200]
    till.clock.pass_(minutes=1, seconds=1)
    assert till.reap().undone == 1
    assert_nothing_is_left(till, shopper.order_id)
    assert till.reap().undone == 0
    assert shopper.process().state["is_processed"] is True


def test_how_long_an_attempt_stays_parked_is_the_shops_choice(till: Deployment) -> None:
    till.change_settings(parked_minutes=30)
    shopper = Shopper.ready(till)
    shopper.pre_process()
    till.clock.pass_(minutes=29)
    assert till.reap().undone == 0
    till.clock.pass_(minutes=2)
    assert till.reap().undone == 1


def test_stock_that_was_held_too_long_is_anothers_and_the_money_goes_back(till: Deployment) -> None:
    """The reaper is late; another shopper is not."""
    order = put_ready_order(till)
    placing = till.placing()
    placing.submit("acme", order.id, Goal.PRE_PROCESS)
    till.clock.pass_(minutes=18)
    other = put_ready_order(till)
    wiring.stock().set_on_hand("acme", other.basket.lines[0].variant_id, 1)
    till.machine.functions = till.functions_at_the_clocks_time()
    assert placing.submit("acme", other.id, Goal.PROCESS).order.status == "placed"
    late = placing.submit("acme", order.id, Goal.PROCESS)
    assert (late.order.status, late.attempt.problems[0].code) == ("open", "reservation_expired")
    assert [entry.state for entry in till.ledger()] == ["voided", "authorized"]


def test_a_changed_price_between_pre_process_and_process_voids_and_tells(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    shopper.pre_process()
    dearer(till)
    assert "267.60 CAD" in shopper.process().messages[0]
    assert_nothing_is_left(till, shopper.order_id)


def test_an_undo_that_cannot_be_done_now_is_told_as_try_again(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    shopper.pre_process()
    with till.killed(0, for_good=True):
        refused = shopper.delete("/items", {"line_item_key": "line-1"})
    assert (refused.status, refused.fields) == (530, ["public_order_id"])
    assert refused.headers["Retry-After"]
    assert till.live() == [26200]
    assert shopper.delete("/items", {"line_item_key": "line-1"}).status == 200
    assert till.live() == []


def test_process_finishes_an_undo_that_died_halfway(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    shopper.pre_process()
    with till.killed(2, for_good=True):
        assert shopper.delete("/payments", card()).status == 530
    assert till.attempts(shopper.order_id)[0].state == "undoing"
    till.clock.pass_(seconds=40)
    till.reap()
    assert_nothing_is_left(till, shopper.order_id)
    assert shopper.process().state["is_processed"] is True
    assert till.live() == [26200]


def test_while_a_run_is_at_an_order_everybody_else_waits(till: Deployment) -> None:
    order = put_ready_order(till, payments=(a_payment(),))
    till.machine.starts = Start.WAITS
    with pytest.raises(Locked):
        till.placing().submit("acme", order.id, Goal.PROCESS)
    shopper = Shopper(till, order)
    for reply in (shopper.process(), shopper.pre_process(), shopper.delete("/customer")):
        assert (reply.status, reply.fields) == (530, ["public_order_id"])
        assert int(reply.headers["Retry-After"]) >= 1
    assert shopper.get("/refresh").status == 200
    (execution,) = till.machine.executions.values()
    till.machine.run(execution)
    assert shopper.state["is_processed"] is True


def test_whoever_saw_the_order_parked_does_not_undo_the_run_that_carries_it_on(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    shopper.pre_process()
    parked = till.run_of(shopper.order_id)
    till.machine.starts = Start.WAITS
    with pytest.raises(Locked):
        till.placing().submit("acme", shopper.order_id, Goal.PROCESS)
    assert till.undoing().undo(parked).state == "running"
    assert till.live() == [26200]
    (waiting,) = [one for one in till.machine.executions.values() if one.status == "RUNNING"]
    till.machine.run(waiting)
    assert till.order(shopper.order_id).status == "placed"
