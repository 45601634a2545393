"""Paying once more: what a failed charge lacks is paid another way, and an agreed order part by part."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import NOON, a_payment, a_sale
from tests.unit.after_sales import answered
from till.domain import charging, repaying
from till.domain.errors import Invalid, Locked, Refused
from till.domain.payment import Payment
from till.domain.sale import ChargeState, Sale
from till.domain.shop import CaptureMode
from till.domain.transaction import Transaction, TransactionKind, TransactionState

ORDER = a_sale().order_id
TOTAL = 26200
FIRST = a_payment(id="first", amount=10_000, token="tok_first")
SECOND = a_payment(id="second", amount=16_200, token="tok_second")
NEW = a_payment(id="new", amount=0, currency="", token="tok_new")


def failed() -> Sale:
    """The first card was captured, the second one refused."""
    sale = charging.charge(a_sale(payments=(FIRST, SECOND)), NOON)
    taken, refused = sale.pending
    sale = charging.answered(sale, taken.to(TransactionState.SUCCEEDED))
    return charging.answered(sale, replace(refused.to(TransactionState.FAILED), message="Expired."))


def agreed(*payments: Payment) -> Sale:
    """An agreed order over 262.00, placed with these."""
    return a_sale(payments=payments, capture_mode=CaptureMode.ON_REQUEST, total=TOTAL)


def a_part(amount: int, name: str = "new", *, purchase: bool = False) -> Payment:
    return a_payment(id=name, amount=amount, is_purchase=purchase)


# By a payment link


def test_only_what_a_failed_charge_lacks_is_due() -> None:
    assert repaying.due(failed()) == 16_200
    assert repaying.due(a_sale(payments=(FIRST, SECOND))) == 0


def test_a_new_payment_is_of_what_is_due_and_has_a_key_of_its_own() -> None:
    sale = repaying.asked(failed(), NEW, NOON + 60)
    key = f"{ORDER}:link-1:new"
    assert sale.payment("new") == replace(NEW, amount=16_200, currency="CAD", gateway_key=key)
    operation = f"{ORDER}:link-1"
    wanted = Transaction(key, operation, TransactionKind.AUTHORIZE, "new", 16_200, NOON + 60)
    assert sale.pending == repaying.waiting(sale) == (wanted,)


def test_the_only_card_of_an_order_is_paid_for_by_another() -> None:
    sale = charging.charge(a_sale(payments=(SECOND,)), NOON)
    sale = charging.answered(sale, sale.pending[0].to(TransactionState.FAILED))
    assert repaying.asked(sale, NEW, NOON).payment("new").currency == "CAD"


def test_the_same_card_once_more_has_another_key() -> None:
    sale = repaying.asked(failed(), NEW, NOON)
    sale = repaying.given_up(sale, sale.pending[0], "Declined.", "card_declined")
    (declined,) = (one for one in sale.transactions if one.kind is TransactionKind.AUTHORIZE)
    assert (declined.state, declined.message, declined.code) == (TransactionState.FAILED, "Declined.", "card_declined")
    again = repaying.asked(sale, replace(NEW, id="again"), NOON)
    assert again.pending[0].id == f"{ORDER}:link-2:again"
    assert again.pending[0].amount == 16_200


def test_a_payment_that_was_not_declined_has_no_code() -> None:
    sale = repaying.asked(failed(), NEW, NOON)
    assert repaying.given_up(sale, sale.pending[0], "Expired.").transactions[-1].code == ""


def test_nothing_is_paid_where_nothing_is_due() -> None:
    with pytest.raises(Refused, match="Nothing of this order is left to pay") as refused:
        repaying.asked(a_sale(payments=(FIRST, SECOND)), NEW, NOON)
    assert refused.value.problems[0].field == "order"


def test_what_was_refused_is_given_up_and_the_new_payment_charged_in_its_place() -> None:
    sale = repaying.asked(failed(), NEW, NOON)
    sale = repaying.authorized(sale, sale.pending[0], "sandbox_9", NOON + 60)
    came = sale.transactions[2]
    assert (came.state, came.reference) == (TransactionState.SUCCEEDED, "sandbox_9")
    # The void belongs to the payment that made it needless.
    assert [(one.kind, one.payment_id, one.amount, one.operation, one.at) for one in sale.pending] == [
        (TransactionKind.VOID, "second", 16_200, f"{ORDER}:link-1", NOON + 60),
        (TransactionKind.CAPTURE, "new", 16_200, f"{ORDER}:charge-2", NOON + 60),
    ]
    sale = answered(sale)
    assert (sale.charge, sale.total_captured) == (ChargeState.CAPTURED, TOTAL)


def test_a_form_that_is_sent_again_is_known_by_its_card() -> None:
    sale = repaying.asked(failed(), NEW, NOON)
    assert not repaying.is_paid_by(sale, NEW)
    sale = repaying.authorized(sale, sale.pending[0], "sandbox_9", NOON)
    assert repaying.is_paid_by(sale, replace(NEW, id="another"))
    assert not repaying.is_paid_by(sale, replace(NEW, token="tok_other"))
    assert not repaying.is_paid_by(sale, replace(NEW, gateway_id="elsewhere"))
    # It paid when the order was placed, and not what was missing later.
    assert not repaying.is_paid_by(sale, FIRST)


def test_while_the_charge_is_still_failed_no_card_has_paid() -> None:
    sale = repaying.asked(failed(), NEW, NOON)
    sale = repaying.authorized(sale, sale.pending[0], "", NOON)
    assert not repaying.is_paid_by(replace(sale, charge=ChargeState.FAILED), NEW)


# In parts


def test_what_is_not_answered_is_neither_paid_nor_payable_again() -> None:
    sale = repaying.part_asked(agreed(FIRST), a_part(6000), NOON)
    assert (sale.balance, repaying.payable(sale)) == (16_200, 10_200)
    sale = charging.void(agreed(FIRST), "void-1", "first", NOON)
    assert (sale.balance, repaying.payable(sale)) == (26_200, 16_200)


def test_nothing_is_payable_where_more_is_under_way_than_is_left() -> None:
    sale = repaying.part_asked(agreed(FIRST), a_part(16_200), NOON)
    assert repaying.payable(replace(sale, total=15_000)) == 0


def test_a_part_is_known_from_a_payment_link() -> None:
    parts = repaying.part_asked(agreed(FIRST), a_part(6000), NOON + 60)
    assert (parts.pending[0].id, parts.pending[0].at) == (f"{ORDER}:part:new", NOON + 60)
    assert repaying.is_part(parts.pending[0])
    assert not repaying.is_part(repaying.asked(failed(), NEW, NOON).pending[0])
    assert repaying.part(parts, "new") == parts.pending[0]
    assert repaying.part(parts, "first") is None


def test_the_transactions_of_a_payment_of_the_order_are_no_later_part() -> None:
    sale = charging.capture(agreed(FIRST), "capture-1", 100, NOON)
    assert repaying.part(sale, "first") is None


@pytest.mark.parametrize(("asked", "amount"), [(None, 500), (500, 500), (499, 499), (1, 1)])
def test_a_part_is_of_so_much_or_of_all_that_is_left(asked: int | None, amount: int) -> None:
    assert repaying.amount_of(asked, 500, "CAD") == amount


@pytest.mark.parametrize("asked", [501, 0, -1])
def test_a_part_of_more_than_is_left_or_of_nothing_is_no_part(asked: int) -> None:
    with pytest.raises(Invalid, match=r"^Of this order, 5\.00 CAD are left to pay\.$") as refused:
        repaying.amount_of(asked, 500, "CAD")
    assert refused.value.problems[0].field == "amount"


@pytest.mark.parametrize("asked", [None, 0, 1])
def test_an_order_of_which_nothing_is_left_takes_no_part(asked: int | None) -> None:
    with pytest.raises(Refused, match="Nothing of this order is left to pay") as refused:
        repaying.amount_of(asked, 0, "CAD")
    assert refused.value.problems[0].field == "order"


def test_a_part_that_depends_on_one_that_is_not_answered_waits_for_it() -> None:
    sale = repaying.part_asked(agreed(FIRST), a_part(6000), NOON)
    assert len(repaying.part_asked(sale, a_part(10_200, "rest"), NOON).pending) == 2
    with pytest.raises(
        Locked, match=r"^Another payment of this order is not answered yet\. Try again in a moment\.$"
    ) as locked:
        repaying.part_asked(sale, a_part(10_201, "rest"), NOON)
    assert locked.value.problems[0].field == "amount"
    with pytest.raises(Invalid, match=r"162\.00 CAD are left"):
        repaying.part_asked(sale, a_part(16_201, "rest"), NOON)


def test_an_order_is_paid_in_fifty_parts_at_most() -> None:
    parts = tuple(a_part(100, f"part-{n}") for n in range(repaying.MOST_PARTS))
    assert len(repaying.part_asked(agreed(*parts[1:]), a_part(100), NOON).payments) == 50
    with pytest.raises(Refused, match="at most 50 parts") as refused:
        repaying.part_asked(agreed(*parts), a_part(100), NOON)
    assert refused.value.problems[0].field == "order"


def test_the_money_of_a_purchase_is_taken_at_once_and_any_other_when_asked_for() -> None:
    sale = repaying.part_asked(agreed(FIRST), a_part(6000, purchase=True), NOON)
    bought = repaying.part_authorized(sale, sale.pending[0], "sandbox_9", NOON + 60)
    assert (bought.transactions[0].state, bought.transactions[0].reference) == ("succeeded", "sandbox_9")
    assert [(one.kind, one.payment_id, one.amount, one.at) for one in bought.pending] == [
        (TransactionKind.CAPTURE, "new", 6000, NOON + 60)
    ]
    sale = repaying.part_asked(agreed(FIRST), a_part(6000), NOON)
    assert repaying.part_authorized(sale, sale.pending[0], "sandbox_9", NOON).pending == ()
