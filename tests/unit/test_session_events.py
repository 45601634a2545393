"""What a shop is told of a checkout session: six events, numbered, and of sessions only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import NOON, an_attempt, an_order
from till.domain import session_events
from till.domain.errors import Problem
from till.domain.order import Order
from till.domain.session_events import Told

SESSION = an_order(is_session=True, cart_id="template", events=4)


def test_the_events_of_a_session_go_on_counting_where_the_last_one_stopped() -> None:
    order, (first, second) = session_events.succeeded(SESSION, NOON)
    assert [(one.type, one.sequence) for one in (first, second)] == [("checkout.succeeded", 5), ("order.submitted", 6)]
    assert (order.events, first.id, first.occurred_at) == (6, f"{SESSION.id}-5", NOON)


def test_a_session_is_begun_with_its_cart() -> None:
    _, (event,) = session_events.initialized(replace(SESSION, events=0), NOON)
    assert (event.type, event.sequence, event.detail) == ("checkout.initialized", 1, {"cart_id": "template"})


def test_an_attempt_that_is_carried_on_is_not_told_again() -> None:
    assert [one.type for one in session_events.in_progress(SESSION, an_attempt(), NOON)[1]] == ["checkout.in_progress"]
    assert session_events.in_progress(SESSION, an_attempt(version=2), NOON) == (SESSION, ())


@pytest.mark.parametrize(
    ("code", "field", "told"),
    [
        ("payment_declined", "payment", ["payment.failed", "checkout.failed"]),
        ("attempt_ended", "payment", ["payment.failed", "checkout.failed"]),
        ("insufficient_stock", "inventory", []),
        ("total_changed", "order_total", []),
    ],
)
def test_a_checkout_fails_by_its_payment_and_not_by_stock_or_prices(code: str, field: str, told: list[str]) -> None:
    attempt = an_attempt(problems=(Problem(code, "No.", field),))
    assert [one.type for one in session_events.failed(SESSION, attempt, NOON)[1]] == told


def test_a_cancelled_order_cancels_its_checkout() -> None:
    assert session_events.beside("order.cancelled", SESSION) == ("checkout.cancelled",)
    assert session_events.beside("order.fulfilled", SESSION) == ()


def test_nothing_but_a_failed_payment_is_told_of_an_order_that_is_no_session() -> None:
    order = an_order()
    declined = an_attempt(problems=(Problem("payment_declined", "No.", "payment"),))
    nothing: Told = (order, ())
    assert session_events.initialized(order, NOON) == nothing
    assert session_events.in_progress(order, an_attempt(), NOON) == nothing
    assert session_events.succeeded(order, NOON) == nothing
    assert [one.type for one in session_events.failed(order, declined, NOON)[1]] == ["payment.failed"]
    assert session_events.beside("order.cancelled", order) == ()


def test_an_order_of_before_has_told_nothing() -> None:
    assert Order("1", "1", "acme", an_order().basket, NOON).events == 0
