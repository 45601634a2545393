"""A placed order whose charge failed is paid another way, by a payment link: once, whoever comes back how often."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pytest
from moto import mock_aws

from tests.builders import NOON, a_payment, a_sale, a_shop, an_attempt, an_order
from tests.contract.tables import create_table, new_client
from tests.fakes.gateway import FakeGateways
from tests.fakes.stock import FakeStock
from till.adapters.dynamodb.gift_cards import DynamoDBGiftCards
from till.adapters.dynamodb.orders import DynamoDBOrders
from till.adapters.dynamodb.sales import DynamoDBSales
from till.application.ports import Authorize, Repaid
from till.application.repaying import WAIT_SECONDS, Repaying
from till.application.settling import Next, Settling
from till.domain.attempt import AttemptState
from till.domain.errors import Locked, NotFound, Refused
from till.domain.order import OrderStatus
from till.domain.payment import Payment, PaymentState
from till.domain.sale import ChargeState, Sale
from till.domain.shop import Shop
from till.domain.transaction import TransactionKind, TransactionState

ACCOUNT = "acme#sandbox-1"
ORDER = an_order().id
OLD_KEY = a_sale().payments[0].gateway_key


@dataclass
class OneShop:
    """The port `Catalog`, as far as paying needs it."""

    settings: Shop

    def shop(self, identifier: str) -> Shop:
        assert identifier == self.settings.identifier
        return self.settings


class Clock:
    """Unix milliseconds that pass when told to."""

    seconds = NOON

    def __call__(self) -> int:
        return self.seconds * 1000


class Till:
    """A placed order, its sale, and the payment function."""

    def __init__(self) -> None:
        client = new_client()
        for table in ("OrdersTable", "IdempotencyTable", "StockTable"):
            create_table(client, table, table)
        self.clock, self.gateways = Clock(), FakeGateways()
        orders = DynamoDBOrders(client, "OrdersTable", "IdempotencyTable", "StockTable", lambda: self.clock.seconds)
        self.sales = DynamoDBSales(client, "OrdersTable", lambda: self.clock.seconds)
        catalog = OneShop(a_shop())
        self.repaying = Repaying(self.sales, catalog, self.gateways, self.clock)  # type: ignore[arg-type]  # of a port
        self.settling = Settling(
            self.sales,
            catalog,  # type: ignore[arg-type]  # of a port
            self.gateways,
            FakeStock(),
            DynamoDBGiftCards(client, "StockTable"),
            self.repaying,
            self.clock,
        )
        order, attempt = orders.begin(an_order(status=OrderStatus.PROCESSING), an_attempt())
        placed = replace(order.to(OrderStatus.PLACED), placed_at=NOON, number=7)
        gateway = self.gateways.of(a_shop(), "sandbox-1")
        gateway.authorize(Authorize(OLD_KEY, "tok_approve", 26200, "CAD", "7"))
        orders.place(placed, attempt.to(AttemptState.PLACED), a_sale(charge=ChargeState.FAILED), [], NOON)

    def pay(self, token: str = "tok_approve") -> Repaid:  # noqa: S107  # the sandbox's tokens are no secrets
        return self.repaying.pay("acme", ORDER, a_new_payment(token))

    def settle(self) -> Next:
        return self.settling.settle("acme", ORDER).next

    @property
    def sale(self) -> Sale:
        return self.sales.get("acme", ORDER)[1]

    def charge(self) -> str:
        return self.sale.charge

    def ledger(self) -> Mapping[str, tuple[str, int]]:
        """State and captured amount by key."""
        return {entry.key: (str(entry.state), entry.captured) for entry in self.gateways.ledger.of(ACCOUNT)}

    def captured(self) -> int:
        return sum(captured for _, captured in self.ledger().values())


def a_new_payment(token: str) -> Payment:
    return a_payment(id=f"payment-{token}", token=token, amount=0, currency="")


@pytest.fixture
def till() -> Iterator[Till]:
    with mock_aws():
        yield Till()


def test_what_is_missing_is_paid_and_captured_once(till: Till) -> None:
    assert till.pay().state is PaymentState.AUTHORIZED
    assert till.charge() == "pending"
    assert till.settle() is Next.DONE
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
    assert till.settle() is Next.WAIT
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
    assert till.settle() is Next.WAIT
    till.clock.seconds += WAIT_SECONDS
    assert till.settle() is Next.DONE
    assert till.captured() == 26200


def test_a_payment_that_is_not_completed_is_given_up_and_holds_no_money(till: Till) -> None:
    till.pay("tok_requires_action")
    waiting = till.sale.pending[0].id
    till.clock.seconds += WAIT_SECONDS
    assert till.settle() is Next.FAILED
    assert till.ledger()[waiting] == ("voided", 0)
    assert [one.state for one in till.sale.transactions] == [TransactionState.FAILED]


def test_a_charge_begun_again_meanwhile_does_not_take_the_money_twice(till: Till) -> None:
    till.pay("tok_requires_action")
    sale = till.sale
    till.sales.save(replace(sale, charge=ChargeState.CAPTURED))
    till.pay("tok_requires_action")
    assert [state for state, _ in till.ledger().values()] == ["authorized", "voided"]


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
