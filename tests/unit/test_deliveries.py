"""When a delivery is tried again, and who wants to be told of what."""

import itertools

import pytest

from tests.builders import NOON, an_event
from till.application.webhooks import rotated
from till.domain.delivery import Delivered, DeliveryState, new_delivery
from till.domain.retrying import PAUSES, next_try
from till.domain.webhook import Endpoint

REFUSED = Delivered(500, 12, "no")
TAKEN = Delivered(204, 12)


def test_a_webhook_that_nobody_takes_is_tried_ten_times_within_three_days() -> None:
    delivery, now, tried_at = new_delivery(an_event(), "webhook", "e1", NOON), NOON, [NOON]
    while delivery.is_pending:
        delivery = delivery.begun(now).ended(REFUSED, now)
        if delivery.is_pending:
            now = delivery.due_at
            tried_at.append(now)
    assert delivery.state is DeliveryState.FAILED
    assert [later - before for before, later in itertools.pairwise(tried_at)] == list(PAUSES)
    assert delivery.is_given_up
    assert len(delivery.tries) == 10
    assert 3 * 86_400 < now - NOON < 4 * 86_400


def test_after_the_last_pause_there_is_no_next_try() -> None:
    assert next_try(1, NOON) == NOON + 5
    assert next_try(len(PAUSES), NOON) == NOON + 86_400
    assert next_try(len(PAUSES) + 1, NOON) is None


def test_what_is_taken_or_hopeless_is_not_tried_again() -> None:
    delivery = new_delivery(an_event(), "webhook", "e1", NOON).begun(NOON)
    assert delivery.ended(TAKEN, NOON).state is DeliveryState.DELIVERED
    gone = delivery.ended(Delivered(410, 1, is_hopeless=True), NOON)
    assert (gone.state, gone.is_given_up) == (DeliveryState.FAILED, True)


def test_nobody_is_alarmed_about_an_endpoint_that_the_merchant_took_away() -> None:
    delivery = new_delivery(an_event(), "webhook", "e1", NOON).begun(NOON)
    ended = delivery.ended(Delivered(0, 0, "The endpoint was deleted.", is_hopeless=True), NOON)
    assert (ended.state, ended.is_given_up) == (DeliveryState.FAILED, False)


def test_whom_nobody_could_reach_for_three_days_is_given_up() -> None:
    delivery = new_delivery(an_event(), "webhook", "e1", NOON)
    for _ in range(10):
        delivery = delivery.begun(NOON).ended(Delivered(0, 20_000, "it took too long"), NOON)
    assert delivery.is_given_up


def test_what_is_sent_anew_has_all_its_tries_before_it_and_keeps_the_old_ones() -> None:
    delivery = new_delivery(an_event(), "webhook", "e1", NOON)
    for _ in range(10):
        delivery = delivery.begun(NOON).ended(REFUSED, NOON)
    again = delivery.anew(NOON + 100)
    assert (again.state, again.tried, again.due_at, len(again.tries)) == (DeliveryState.PENDING, 0, NOON + 100, 10)
    assert again.begun(NOON + 100).ended(REFUSED, NOON + 100).due_at == NOON + 105


def test_of_an_answer_two_hundred_characters_are_kept_and_of_tries_the_last_twenty() -> None:
    delivery = new_delivery(an_event(), "webhook", "e1", NOON)
    for at in range(30):
        delivery = delivery.anew(at).begun(at).ended(Delivered(500, 1, "x" * 1024), at)
    assert [one.at for one in delivery.tries] == list(range(10, 30))
    assert {len(one.answer) for one in delivery.tries} == {200}


@pytest.mark.parametrize(
    ("types", "told"),
    [
        (("*",), {"order.placed", "order.cancelled", "payment.refunded"}),
        (("order.*",), {"order.placed", "order.cancelled"}),
        (("order.placed", "payment.*"), {"order.placed", "payment.refunded"}),
        (("order.place",), set()),
    ],
)
def test_an_endpoint_is_told_of_the_types_it_names(types: tuple[str, ...], told: set[str]) -> None:
    endpoint = Endpoint("e1", "https://hooks.example", types, NOON, NOON)
    assert {one for one in ("order.placed", "order.cancelled", "payment.refunded") if endpoint.wants(one)} == told


def test_a_rotation_that_is_asked_for_again_after_it_broke_off_makes_no_third_secret() -> None:
    once = rotated(Endpoint("e1", "https://hooks.example", ("*",), NOON, NOON), NOON)
    assert (once.version, once.previous_version) == (NOON + 1, NOON)
    assert rotated(once, NOON) == once
    assert rotated(once, NOON + 60).previous_version == once.version
