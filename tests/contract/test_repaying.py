"""A placed order whose charge failed is paid another way, by a payment link: once, whoever comes back how often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from moto import mock_aws

from tests.builders import NOON, a_payment, a_sale, a_shop
from tests.contract.placed_order import ORDER, PlacedOrder
from till.application.gateways import Authorize
from till.application.ports import Repaid
from till.application.repaying import WAIT_SECONDS
from till.application.settling import Next
from till.domain.errors import Locked, NotFound, Refused
from till.domain.payment import Payment, PaymentState
from till.domain.sale import ChargeState
from till.domain.shop import CaptureMode
from till.domain.transaction import TransactionKind, TransactionState

OLD_KEY = a_sale().payments[0].gateway_key


class Till(PlacedOrder):
    """A placed order whose charge failed."""

    def __init__(self) -> None:
        super().__init__(charge=ChargeState.FAILED)

    def pay(self, token: str = "tok_approve") -> Repaid:  # noqa: S107  # the sandbox's tokens are no secrets
        return self.repaying.pay("acme", ORDER, a_new_payment(token))

    def charge(self) -> str:
        return self.sale.charge

    def captured(self) -> int:
        return sum(self.captures())


def a_new_payment(token: str) -> Payment:
    return a_payment(id=f"payment-{token}", token=token, amount=0, currency="")


@pytest.fixture
def till() -> Iterator[Till]:
    with mock_aws():
        yield Till()


def test_what_is_missing_is_paid_and_captured_once(till: Till) -> None:
    assert till.pay().state is PaymentState.AUTHORIZED
    assert till.charge() == "pending"
    assert till.settle().next is Next.DONE
    assert till.charge() == "captured"
    assert till.ledger()[OLD_KEY] == ("voided", 0)
    assert till.captured() == 26200
    with pytest.raises(Refused, match="Nothing of this order is left to pay"):
        till.pay("tok_slow")


def test_a_form_that_is_sent_twice_pays_once(till: Till) -> None:
    assert [till.pay().state for _ in range(2)] == [PaymentState.AUTHORIZED] * 2
    till.settle()
    assert till.pay().state is PaymentState.AUTHORIZED
    assert till.captured() == 26200


def test_a_declined_card_leaves_the_charge_failed_and_another_card_can_pay(till: Till) -> None:
    declined = till.pay("tok_decline")
    assert declined.state is PaymentState.DECLINED
    assert declined.message == "Your card was declined. Try another card."
    assert till.charge() == "failed"
    assert till.pay("tok_decline").state is PaymentState.DECLINED
    till.pay()
    till.settle()
    assert till.captured() == 26200


def test_a_shopper_whose_bank_asks_pays_when_back(till: Till) -> None:
    asked = till.pay("tok_requires_action")
    assert asked.state is PaymentState.REQUIRES_ACTION
    assert asked.client_secret
    assert till.settle().next is Next.WAIT
    assert till.pay("tok_requires_action").state is PaymentState.AUTHORIZED
    till.settle()
    assert till.captured() == 26200
    assert len([one for one in till.sale.transactions if one.kind is TransactionKind.AUTHORIZE]) == 1


def test_another_card_takes_the_place_of_one_that_waits_for_the_bank(till: Till) -> None:
    till.pay("tok_requires_action")
    waiting = till.sale.pending[0].id
    till.pay("tok_approve")
    till.settle()
    assert till.ledger()[waiting] == ("voided", 0)
    assert till.captured() == 26200


def test_a_lost_answer_is_asked_for_again_under_its_key(till: Till) -> None:
    assert till.pay("tok_timeout_after_success").state is PaymentState.UNKNOWN
    assert till.pay("tok_timeout_after_success").state is PaymentState.AUTHORIZED
    till.settle()
    assert till.captured() == 26200


def test_a_shopper_who_does_not_come_back_has_paid_where_the_bank_said_yes(till: Till) -> None:
    till.pay("tok_timeout_after_success")
    assert till.settle().next is Next.WAIT
    till.clock.seconds += WAIT_SECONDS
    assert till.settle().next is Next.DONE
    assert till.captured() == 26200


def test_a_payment_that_is_not_completed_is_given_up_and_holds_no_money(till: Till) -> None:
    till.pay("tok_requires_action")
    waiting = till.sale.pending[0].id
    till.clock.seconds += WAIT_SECONDS
    assert till.settle().next is Next.FAILED
    assert till.ledger()[waiting] == ("voided", 0)
    assert [one.state for one in till.sale.transactions] == [TransactionState.FAILED]


def test_a_charge_begun_again_meanwhile_does_not_take_the_money_twice(till: Till) -> None:
    till.pay("tok_requires_action")
    sale = till.sale
    till.sales.save(replace(sale, charge=ChargeState.CAPTURED))
    with pytest.raises(Refused, match="Nothing of this order is left to pay"):
        till.pay("tok_requires_action")
    assert [state for state, _ in till.ledger().values()] == ["authorized", "voided"]


def test_what_was_captured_in_part_is_kept_and_only_the_rest_is_paid_once() -> None:
    with mock_aws():
        till = PlacedOrder(capture_mode=CaptureMode.ON_REQUEST)
        till.after_sales.capture("acme", ORDER, "capture-1", 10_000)
        till.pass_(days=8)
        with pytest.raises(Refused, match="has expired"):
            till.after_sales.capture("acme", ORDER, "capture-2", None)
        till.repaying.pay("acme", ORDER, a_new_payment("tok_approve"))
        assert till.settle().next is Next.DONE
        assert (till.sale.charge, sorted(till.captures())) == ("captured", [10_000, 16_200])
        with pytest.raises(Refused, match="Nothing of this order is left to pay"):
            till.repaying.pay("acme", ORDER, a_new_payment("tok_slow"))


def test_nothing_is_paid_twice_while_a_capture_is_unknown(till: Till) -> None:
    from till.domain.charging import charge

    till.sales.save(charge(till.sale, NOON))
    with pytest.raises(Refused, match="Nothing of this order is left to pay"):
        till.pay()


def test_a_gateway_that_is_not_the_shops_is_refused(till: Till) -> None:
    with pytest.raises(NotFound):
        till.repaying.pay("acme", ORDER, replace(a_new_payment("tok_approve"), gateway_id="elsewhere"))
    assert not till.sale.transactions


def test_a_card_that_cannot_be_given_up_is_not_replaced(till: Till) -> None:
    till.pay("tok_requires_action")
    gateway = till.gateways.of(a_shop(), "sandbox-1")
    key = till.sale.pending[0].id
    gateway.authorize(Authorize(key, "tok_requires_action", 26200, "CAD", "7"))
    gateway.capture(key, 26200, "outside")
    with pytest.raises((Locked, Refused)):
        till.pay("tok_approve")
    assert till.captured() == 26200


def test_a_link_at_a_gateway_that_the_shop_has_no_more_keeps_nothing_else_from_being_settled(till: PlacedOrder) -> None:
    till.repaying.pay("acme", ORDER, a_new_payment("tok_requires_action"))
    till.catalog.settings = replace(till.catalog.settings, gateways=())
    till.pass_(seconds=WAIT_SECONDS)
    assert till.settle().next is Next.WAIT
