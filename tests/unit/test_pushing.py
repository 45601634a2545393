"""How often a platform is told of an order."""

from __future__ import annotations

from dataclasses import replace

from tests.builders import NOON, a_sale
from till.domain import pushing
from till.domain.retrying import PAUSES
from till.domain.sale import PushState, Sale

PENDING = replace(a_sale(), push=PushState.PENDING, push_due_at=NOON)


def refused_in_turn(sale: Sale) -> list[int]:
    """The pause after each try, until it is given up."""
    pauses, now = [], sale.push_due_at
    while sale.push is PushState.PENDING:
        assert pushing.is_due(sale, now)
        begun = pushing.begun(sale, now)
        assert not pushing.is_due(begun, now), "nobody tries beside it"
        sale = pushing.refused(begun, now)
        pauses.append(sale.push_due_at - now)
        now = sale.push_due_at
    return pauses[:-1]


def test_a_platform_that_takes_nothing_is_tried_by_the_table_then_given_up() -> None:
    assert refused_in_turn(PENDING) == list(PAUSES)


def test_what_was_given_up_or_taken_is_pushed_again_with_all_tries_before_it() -> None:
    for sale in (pushing.failed(PENDING), pushing.delivered(PENDING, "A-1")):
        assert not pushing.is_due(sale, NOON + 10**9)
        assert refused_in_turn(pushing.again(sale, NOON)) == list(PAUSES)


def test_a_try_that_fails_after_the_merchant_asked_anew_takes_none_of_the_new_tries() -> None:
    asked = pushing.again(pushing.begun(PENDING, NOON), NOON)
    assert pushing.refused(asked, NOON) == asked


def test_a_platform_that_says_no_id_the_second_time_keeps_the_one_it_said() -> None:
    again = pushing.again(pushing.delivered(PENDING, "A-1"), NOON)
    assert pushing.delivered(again, "").push_reference == "A-1"


def test_an_order_of_a_shop_without_a_platform_is_never_due() -> None:
    assert not pushing.is_due(a_sale(), NOON + 10**9)
