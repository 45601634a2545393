"""Paying once more: by a payment link, with which a failed charge begins again, and by the parts of an agreed order.

As everywhere it is written down before the gateway is asked, and asked again under its own key: the shopper who comes
back from the bank, or sends the form twice, pays once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from till.application.authorizing import reference
from till.application.gateways import Authorize, GatewayAnswer, Gateways, GatewayUnknownError
from till.application.limits import Limits
from till.application.ports import Catalog, Repaid, Sales
from till.domain import repaying
from till.domain.errors import Conflict, Locked, NotFound, Refused
from till.domain.order import Order, OrderStatus
from till.domain.payment import Payment, PaymentState
from till.domain.sale import ChargeState, Sale
from till.domain.shop import Shop
from till.domain.transaction import Transaction

UNKNOWN_MESSAGE = "The payment could not be confirmed yet. Try again in a moment: you will not pay twice."
REPLACED = "The customer paid another way."
CANCELLED = "The payment was cancelled."
NOT_COMPLETED = "The payment was not completed in time."
# A shopper at the bank's page gets this long.
WAIT_SECONDS = 900
# A part that was asked for and is not answered after so long: the function that asked is gone.
LOST_SECONDS = 60
_TRIES = 6
_CHANGED = "The order is being changed by others. Try again in a moment."


@dataclass(frozen=True, slots=True)
class Repaying:
    """Authorizes new payments of placed orders. Only a payment function may. `clock` is Unix milliseconds."""

    sales: Sales
    catalog: Catalog
    gateways: Gateways
    limits: Limits
    clock: Callable[[], int]

    def pay(self, shop: str, order_id: str, payment: Payment, counted: Sequence[str] = ()) -> Repaid:
        """Pay what is missing. The same token again goes on with it, or has paid; another one takes its place.

        `counted` is where a decline is counted. Raises `Refused` where nothing is due or the gateway would never take
        it, `NotFound`, `Locked`, `Conflict`.
        """
        order, sale = self.sales.get(shop, order_id)
        settings = self.catalog.shop(shop)
        if settings.gateway(payment.gateway_id).is_manual:
            raise Refused("Nobody pays by a link what is paid elsewhere.", "gateway_public_id")
        gateway = self.gateways.of(settings, payment.gateway_id)
        if repaying.is_paid_by(sale, payment):
            return Repaid(PaymentState.AUTHORIZED)
        waiting = next(iter(repaying.waiting(sale)), None)
        is_wanted = sale.charge is ChargeState.FAILED  # else the charge was begun again meanwhile
        if waiting and not (is_wanted and sale.payment(waiting.payment_id).is_same(payment)):
            sale = self._give_up(sale, waiting, settings, REPLACED)
            waiting = None
        if waiting is None:
            wanted = repaying.asked(sale, payment, self._now)
            (waiting,) = wanted.pending[len(sale.pending) :]
            gateway.check(waiting.amount, wanted.payment(waiting.payment_id).currency)
            noted = wanted.noted(self.clock(), "authorize", "requested", payment=waiting.payment_id)
            sale = self._save(noted, "order.payment_requested")
        return self._ask(order, sale, waiting, settings, counted)

    def pay_part(self, shop: str, order_id: str, payment: Payment, counted: Sequence[str] = ()) -> Repaid:
        """One more part of an agreed order, authorized. The same payment again goes on with it, or has paid.

        Raises as `pay` does, and naming `amount` for more than is left to pay.
        """
        settings = self.catalog.shop(shop)
        order, sale, part = self._part(shop, order_id, payment, settings)
        if not part.is_pending:
            return Repaid(PaymentState.AUTHORIZED if part.is_done else PaymentState.DECLINED, part.message)
        try:
            answer = self._answer(order, sale, part, settings, counted)
        except GatewayUnknownError:
            return Repaid(PaymentState.UNKNOWN, UNKNOWN_MESSAGE)
        self._part_answered(sale, part, answer)
        return Repaid(answer.state, answer.message, answer.client_secret)

    def give_up_part(self, shop: str, order_id: str, payment_id: str) -> None:
        """A part that is not answered, or waits for the bank, is not wanted any more. Raises `Locked`, `Conflict`."""
        _, sale = self.sales.get(shop, order_id)
        if (part := repaying.part(sale, payment_id)) and part.is_pending:
            self._give_up(sale, part, self.catalog.shop(shop), CANCELLED)

    def look(self, sale: Sale, waiting: Transaction, shop: Shop, is_confirmed: bool = False) -> Sale:
        """A new payment whose shopper did not come back: taken where the bank said yes, given up after a while.

        `is_confirmed`: the bank may have said so by now, and is not left to wait.
        """
        is_over = self._now >= given_up_at(waiting)
        if not (is_over or is_confirmed):
            return sale
        payment = sale.payment(waiting.payment_id)
        answer = self.gateways.of(shop, payment.gateway_id).query(waiting.id)
        if answer and answer.state is PaymentState.AUTHORIZED:
            if repaying.is_part(waiting):
                return self._part_answered(sale, waiting, answer)
            return self._authorized(sale, waiting, answer, shop)
        return self._give_up(sale, waiting, shop, NOT_COMPLETED) if is_over else sale

    def _part(self, shop: str, order_id: str, payment: Payment, settings: Shop) -> tuple[Order, Sale, Transaction]:
        """The authorization of a part, written down if it is not yet. The order is written with it, since it may be
        cancelled at the same time."""
        for _ in range(_TRIES):
            order, sale = self.sales.get(shop, order_id)
            if found := repaying.part(sale, payment.id):
                return order, sale, found
            if order.status is not OrderStatus.PLACED:
                raise Refused("This order cannot be paid any more.", "order")
            self.gateways.of(settings, payment.gateway_id).check(payment.amount, payment.currency)
            with suppress(Conflict):
                order, sale = self._written(order, sale, payment, settings)
                return order, sale, sale.transactions[-1]
        raise Conflict(_CHANGED, "order")

    def _written(self, order: Order, sale: Sale, payment: Payment, shop: Shop) -> tuple[Order, Sale]:
        try:
            sale = self._with_room(sale, payment.amount, shop)
        except GatewayUnknownError:
            raise Locked(UNKNOWN_MESSAGE, "payment") from None
        wanted = repaying.part_asked(sale, payment, self._now)
        noted = wanted.noted(self.clock(), "authorize", "requested", payment=payment.id)
        noted, event = noted.with_event("order.payment_requested", self._now)
        return self.sales.save_with_order(order, noted, [event])

    def _with_room(self, sale: Sale, amount: int, shop: Shop) -> Sale:
        """Who pays another way is not kept from it by a payment that still waits for its bank; and one whose function
        is gone is looked at."""
        for waiting in repaying.waiting(sale):
            if repaying.payable(sale) >= amount:
                break
            sale = self._give_up(sale, waiting, shop, REPLACED) if waiting.waits else self.look(sale, waiting, shop)
        return sale

    def _part_answered(self, sale: Sale, part: Transaction, answer: GatewayAnswer) -> Sale:
        """The answer written onto the sale as it is by now: money that is there is never lost beside another change."""
        for _ in range(_TRIES):
            asked = repaying.part(sale, part.payment_id)
            if asked is None or not asked.is_pending:
                return sale
            with suppress(Conflict):
                return self._with_answer(sale, asked, answer)
            _, sale = self.sales.get(sale.shop, sale.order_id)
        raise Conflict(_CHANGED, "order")

    def _with_answer(self, sale: Sale, part: Transaction, answer: GatewayAnswer) -> Sale:
        if answer.state is PaymentState.REQUIRES_ACTION:
            return sale if part.waits else self.sales.save(sale.with_transaction(replace(part, waits=True)))
        if answer.state is not PaymentState.AUTHORIZED:
            declined = repaying.given_up(sale, part, answer.message)
            return self.sales.save(declined.noted(self.clock(), "authorize", "declined", message=answer.message))
        paid = repaying.part_authorized(sale, part, answer.reference, self._now)
        noted = paid.noted(self.clock(), "authorize", "authorized", payment=part.payment_id)
        return self._save(noted, "payment.authorized")

    def _answer(
        self, order: Order, sale: Sale, waiting: Transaction, shop: Shop, counted: Sequence[str]
    ) -> GatewayAnswer:
        payment = sale.payment(waiting.payment_id)
        customer = order.basket.customer.platform_id if order.basket.customer else ""
        request = Authorize(
            waiting.id,
            payment.token,
            waiting.amount,
            payment.currency,
            reference(order, order.number),
            order.id,
            customer,
        )
        answer = self.gateways.of(shop, payment.gateway_id).authorize(request)
        if answer.state is PaymentState.DECLINED:
            self.limits.declined(shop.identifier, counted)
        return answer

    def _ask(self, order: Order, sale: Sale, waiting: Transaction, shop: Shop, counted: Sequence[str]) -> Repaid:
        try:
            answer = self._answer(order, sale, waiting, shop, counted)
        except GatewayUnknownError:
            return Repaid(PaymentState.UNKNOWN, UNKNOWN_MESSAGE)
        if answer.state is PaymentState.AUTHORIZED:
            self._authorized(sale, waiting, answer, shop)
        elif answer.state is not PaymentState.REQUIRES_ACTION:
            declined = repaying.given_up(sale, waiting, answer.message)
            self.sales.save(declined.noted(self.clock(), "authorize", "declined", message=answer.message))
        return Repaid(answer.state, answer.message, answer.client_secret)

    def _authorized(self, sale: Sale, waiting: Transaction, answer: GatewayAnswer, shop: Shop) -> Sale:
        if sale.charge is not ChargeState.FAILED:  # the charge was begun again meanwhile
            return self._give_up(sale, waiting, shop, REPLACED)
        paid = repaying.authorized(sale, waiting, answer.reference, self._now)
        noted = paid.noted(self.clock(), "authorize", "authorized", payment=waiting.payment_id)
        return self._save(noted, "order.charge_requested")

    def _give_up(self, sale: Sale, waiting: Transaction, shop: Shop, message: str) -> Sale:
        payment = sale.payment(waiting.payment_id)
        try:
            self.gateways.of(shop, payment.gateway_id).void(waiting.id)
        except (GatewayUnknownError, NotFound):
            raise Locked(UNKNOWN_MESSAGE, "payment") from None
        given_up = repaying.given_up(sale, waiting, message, repaying.GIVEN_UP)
        return self.sales.save(given_up.noted(self.clock(), "authorize", "voided", message=message))

    def _save(self, sale: Sale, event_type: str) -> Sale:
        sale, event = sale.with_event(event_type, self._now)
        return self.sales.save(sale, [event])

    @property
    def _now(self) -> int:
        return self.clock() // 1000


def given_up_at(waiting: Transaction) -> int:
    """When nobody waits for a new payment any more, in Unix seconds."""
    is_lost = repaying.is_part(waiting) and not waiting.waits
    return waiting.at + (LOST_SECONDS if is_lost else WAIT_SECONDS)
