"""Paying once more, by a payment link: the new payment is authorized, and the charge begins again with it.

As everywhere it is written down before the gateway is asked, and asked again under its own key: the shopper who comes
back from the bank, or sends the form twice, pays once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from till.application.authorizing import reference
from till.application.gateways import Authorize, GatewayAnswer, Gateways, GatewayUnknownError
from till.application.ports import Catalog, Repaid, Sales
from till.domain import repaying
from till.domain.errors import Locked, NotFound
from till.domain.order import Order
from till.domain.payment import Payment, PaymentState
from till.domain.sale import ChargeState, Sale
from till.domain.shop import Shop
from till.domain.transaction import Transaction

UNKNOWN_MESSAGE = "The payment could not be confirmed yet. Try again in a moment: you will not pay twice."
REPLACED = "The customer paid another way."
NOT_COMPLETED = "The payment was not completed in time."
# A shopper at the bank's page gets this long.
WAIT_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Repaying:
    """Authorizes new payments of placed orders. Only a payment function may. `clock` is Unix milliseconds."""

    sales: Sales
    catalog: Catalog
    gateways: Gateways
    clock: Callable[[], int]

    def pay(self, shop: str, order_id: str, payment: Payment) -> Repaid:
        """Pay what is missing. The same token again goes on with it, or has paid; another one takes its place.

        Raises `Refused` where nothing is due or the gateway would never take it, `NotFound`, `Locked`, `Conflict`.
        """
        order, sale = self.sales.get(shop, order_id)
        settings = self.catalog.shop(shop)
        gateway = self.gateways.of(settings, payment.gateway_id)
        if repaying.is_paid_by(sale, payment):
            return Repaid(PaymentState.AUTHORIZED)
        waiting = repaying.waiting(sale)
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
        return self._ask(order, sale, waiting, settings)

    def look(self, sale: Sale, shop: Shop, is_confirmed: bool = False) -> Sale:
        """A new payment whose shopper did not come back: taken where the bank said yes, given up after a while.

        `is_confirmed`: the bank may have said so by now, and is not left to wait.
        """
        waiting = repaying.waiting(sale)
        if waiting is None:
            return sale
        is_over = self._now >= waiting.at + WAIT_SECONDS
        if not (is_over or is_confirmed):
            return sale
        payment = sale.payment(waiting.payment_id)
        answer = self.gateways.of(shop, payment.gateway_id).query(waiting.id)
        if answer and answer.state is PaymentState.AUTHORIZED:
            return self._authorized(sale, waiting, answer, shop)
        return self._give_up(sale, waiting, shop, NOT_COMPLETED) if is_over else sale

    def _ask(self, order: Order, sale: Sale, waiting: Transaction, shop: Shop) -> Repaid:
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
        try:
            answer = self.gateways.of(shop, payment.gateway_id).authorize(request)
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
        given_up = repaying.given_up(sale, waiting, message)
        return self.sales.save(given_up.noted(self.clock(), "authorize", "voided", message=message))

    def _save(self, sale: Sale, event_type: str) -> Sale:
        sale, event = sale.with_event(event_type, self._now)
        return self.sales.save(sale, [event])

    @property
    def _now(self) -> int:
        return self.clock() // 1000
