"""What a gateway holds for a placed order, and what its sale says, made one.

The merchant may capture, refund or give up in the gateway's own dashboard, a refund may not reach a card, a shopper may
dispute a charge. None of it was asked for here, so it is found out: the gateway says what it holds by now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from till.application.gateways import GatewayAnswer, Gateways, GatewayUnknownError
from till.application.ports import Sales, Workflow
from till.application.repaying import Repaying
from till.application.settling import CHARGE_EVENTS, EXPIRED
from till.domain import charging, repaying
from till.domain.event import Event
from till.domain.money import to_decimal
from till.domain.order import Order
from till.domain.outside import unexplained, with_unexplained
from till.domain.payment import Payment, PaymentState
from till.domain.sale import ChargeState, Sale
from till.domain.shop import Shop
from till.domain.transaction import Transaction, TransactionKind

_EVENTS = {
    TransactionKind.CAPTURE: "payment.captured",
    TransactionKind.REFUND: "payment.refunded",
    TransactionKind.BOUNCE: "payment.refund_failed",
}
_DISPUTE = "dispute"


@dataclass(frozen=True, slots=True)
class Reconciling:
    """Asks gateways about payments of sales. Only a payment function may. `clock` is Unix milliseconds."""

    sales: Sales
    gateways: Gateways
    workflow: Workflow
    repaying: Repaying
    clock: Callable[[], int]

    def payment_id(self, order: Order, gateway_id: str, payment_key: str) -> str:
        """The payment of the order's sale that a gateway knows under that key; empty where there is none."""
        _, sale = self.sales.get(order.shop, order.id)
        wanted = (gateway_id, payment_key)
        return next((one.id for one in sale.payments if (one.gateway_id, one.gateway_key) == wanted), "")

    def look(self, shop: Shop, order_id: str, payment_id: str) -> bool:
        """Does the sale say something new of the payment? What is so already is not said again.

        Raises `Conflict` where another writer was first, and `GatewayUnknownError` while something that was asked of
        the gateway is not answered: what it holds may then be that, or not.
        """
        _, sale = self.sales.get(shop.identifier, order_id)
        for waiting in repaying.waiting(sale):
            if waiting.payment_id == payment_id:
                return self.repaying.look(sale, waiting, shop, is_confirmed=True) != sale
        if _is_asking(sale, payment_id):
            self.workflow.settle(sale)
            _, sale = self.sales.get(shop.identifier, order_id)
            if _is_asking(sale, payment_id):
                raise GatewayUnknownError("Something that was asked of the gateway is not answered yet.")
        payment = sale.payment(payment_id)
        gateway = self.gateways.of(shop, payment.gateway_id)
        answer = gateway.query(payment.gateway_key)
        after, events = self._as_held(sale, payment, answer, is_last=not gateway.captures_in_parts)
        if after != sale:
            self.sales.save(after, events)
        return after != sale

    def _as_held(
        self, sale: Sale, payment: Payment, answer: GatewayAnswer | None, is_last: bool
    ) -> tuple[Sale, list[Event]]:
        events: list[Event] = []
        if answer is None or (answer.state is not PaymentState.AUTHORIZED and not answer.captured):
            return self._given_up(sale, payment)
        found = unexplained(sale, payment, answer.captured, answer.refunded, is_last, self._now)
        after = with_unexplained(sale, found)
        for transaction in found:
            detail = _detail(payment, transaction)
            after = after.noted(self.clock(), transaction.kind, "outside", **detail)
            after, event = after.with_event(_EVENTS[transaction.kind], self._now, **detail)
            events.append(event)
        if after.charge is not sale.charge and after.charge in CHARGE_EVENTS:
            after, event = after.with_event(CHARGE_EVENTS[after.charge], self._now)
            events.append(event)
        if answer.disputed and not _is_disputed(sale, payment):
            after = after.noted(self.clock(), _DISPUTE, "opened", payment=payment.id)
            after, event = after.with_event("payment.disputed", self._now, payment=payment.id)
            events.append(event)
        return after, events

    def _given_up(self, sale: Sale, payment: Payment) -> tuple[Sale, list[Event]]:
        """Its authorization expired, or was given up by hand: the charge that still wants it has failed."""
        if sale.charge is not ChargeState.PENDING or charging.is_asking(sale) or not sale.uncaptured(payment):
            return sale, []
        failed = sale.to_charge(ChargeState.FAILED, EXPIRED)
        failed = failed.noted(self.clock(), "charge", "expired", payment=payment.id)
        failed, event = failed.with_event(CHARGE_EVENTS[ChargeState.FAILED], self._now)
        return failed, [event]

    @property
    def _now(self) -> int:
        return self.clock() // 1000


def _is_asking(sale: Sale, payment_id: str) -> bool:
    return any(one.payment_id == payment_id for one in sale.pending)


def _is_disputed(sale: Sale, payment: Payment) -> bool:
    return any(entry.what == _DISPUTE and entry.detail.get("payment") == payment.id for entry in sale.timeline)


def _detail(payment: Payment, transaction: Transaction) -> dict[str, str]:
    amount = to_decimal(transaction.amount, payment.currency)
    return {"payment": payment.id, "amount": amount, "currency": payment.currency}
