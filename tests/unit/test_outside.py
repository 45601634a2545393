"""What a merchant did at the gateway by hand: found out to the cent, however much of it was heard of."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import a_payment, a_sale
from till.domain.outside import unexplained, with_unexplained
from till.domain.sale import ChargeState, Sale
from till.domain.transaction import TransactionKind

AMOUNT = 26200
held = st.integers(0, AMOUNT).flatmap(lambda captured: st.tuples(st.just(captured), st.integers(0, captured)))


def told(sale: Sale, captured: int, refunded: int, is_last: bool = False) -> Sale:
    """The sale once the gateway has said what it holds."""
    found = unexplained(sale, sale.payments[0], captured, refunded, is_last, now=0)
    return with_unexplained(sale, found)


def a_sale_by_card() -> Sale:
    return a_sale(payments=(a_payment(amount=AMOUNT, gateway_key="attempt:payment"),), charge=ChargeState.PENDING)


@given(st.lists(held, min_size=1, max_size=8))
def test_the_sale_comes_to_what_the_gateway_holds(steps: list[tuple[int, int]]) -> None:
    sale, most = a_sale_by_card(), 0
    for captured, refunded in steps:
        most = max(most, captured)  # what was captured stays captured
        sale = told(sale, most, refunded)
        (payment,) = sale.payments
        assert (sale.captured(payment), sale.refunded(payment)) == (most, refunded if most else 0)
        assert sale.uncaptured(payment) == AMOUNT - most
        assert sale.refundable(payment) == most - sale.refunded(payment)
        assert all(one.amount > 0 for one in sale.transactions)
    assert len({one.id for one in sale.transactions}) == len(sale.transactions)
    assert (sale.charge is ChargeState.CAPTURED) == (most == AMOUNT)


@given(held)
def test_what_is_known_is_not_said_again(step: tuple[int, int]) -> None:
    sale = told(a_sale_by_card(), *step)
    assert told(sale, *step) == sale


def test_where_a_gateway_captures_once_the_rest_is_given_up() -> None:
    sale = told(a_sale_by_card(), captured=20000, refunded=0, is_last=True)
    assert (sale.charge, sale.uncaptured(sale.payments[0])) == (ChargeState.CAPTURED, 0)
    assert [one.kind for one in sale.transactions] == [TransactionKind.CAPTURE]
