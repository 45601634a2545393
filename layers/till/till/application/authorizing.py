"""Authorize the payments of an attempt. What the gateway did not answer is asked again under the same key."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from till.application.gateways import Authorize, GatewayAnswer, Gateways, GatewayUnknownError, PaymentGateway
from till.application.identifiers import as_uuid
from till.application.ports import Orders
from till.domain.attempt import Attempt
from till.domain.errors import Problem, TillError
from till.domain.order import Order
from till.domain.payment import Authorization, Payment, PaymentState
from till.domain.shop import Shop

TRIES = 3
DECLINED = "payment_declined"
UNKNOWN_MESSAGE = "The payment could not be confirmed and will not be charged. Try again."


@dataclass(frozen=True, slots=True)
class Authorizing:
    """Authorizes over the gateways of one shop."""

    orders: Orders
    gateways: Gateways
    shop: Shop

    def all(self, order: Order, attempt: Attempt) -> Attempt:
        """The attempt after its last call: all authorized, or with a client secret, or with problems.

        AUTHORIZING is stored before each call, so that nobody who finds the attempt later takes the money for
        untouched. The last answer is left for the caller to store. What a gateway would never take is refused before
        any of them is asked.
        """
        if problems := self._never_taken(attempt):
            return replace(attempt, problems=problems)
        payments = {payment.id: payment for payment in order.payments}
        for authorization in attempt.authorizations:
            if authorization.state is PaymentState.AUTHORIZED:
                continue
            gateway = self.gateways.of(self.shop, authorization.gateway_id)
            asked = authorization.to(PaymentState.AUTHORIZING)
            attempt = self.orders.save_attempt(attempt.with_authorization(asked))
            answer = _ask(gateway, _request(order, asked, payments[asked.payment_id], attempt.number))
            attempt = _answered(attempt, asked, answer)
            if attempt.problems or attempt.client_secret:
                return attempt
        return attempt

    def _never_taken(self, attempt: Attempt) -> tuple[Problem, ...]:
        for authorization in attempt.authorizations:
            try:
                gateway = self.gateways.of(self.shop, authorization.gateway_id)
                gateway.check(authorization.amount, authorization.currency)
            except TillError as error:
                return error.problems
        return ()


def reference(order: Order, number: int) -> str:
    """What the merchant finds the order by at the gateway: its number, or what was agreed on in its place."""
    if order.agreement is None:
        return str(number)
    return order.agreement.order_number or as_uuid(order.id)


def _request(order: Order, authorization: Authorization, payment: Payment, number: int) -> Authorize:
    return Authorize(
        authorization.key,
        payment.token,
        authorization.amount,
        authorization.currency,
        reference(order, number),
        order.id,
        order.basket.customer.platform_id if order.basket.customer else "",
        payment.retain,
    )


def _ask(gateway: PaymentGateway, request: Authorize) -> GatewayAnswer:
    for _ in range(TRIES):
        with suppress(GatewayUnknownError):
            return gateway.authorize(request)
    return GatewayAnswer(PaymentState.UNKNOWN, message=UNKNOWN_MESSAGE)


def _answered(attempt: Attempt, asked: Authorization, answer: GatewayAnswer) -> Attempt:
    attempt = attempt.with_authorization(asked.to(answer.state, answer.reference))
    if answer.state is PaymentState.AUTHORIZED:
        return attempt
    if answer.state is PaymentState.REQUIRES_ACTION:
        return replace(attempt, client_secret=answer.client_secret)
    code = "payment_unknown" if answer.state is PaymentState.UNKNOWN else DECLINED
    return replace(attempt, problems=(Problem(code, answer.message, "payment"),))
