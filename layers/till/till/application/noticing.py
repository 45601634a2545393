"""Notices of gateways: each is a hint that something may have changed. What is believed is read, and asked.

So it does not matter whether a notice comes twice, late, before another or not at all: it never says what to do, only
where to look. A payment that the shopper's bank confirmed goes on to a placed order though nobody comes back for it;
money that an attempt no longer wants is given up; what was done outside of Till becomes part of the sale.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum

from till.application.editing import nudge
from till.application.gateways import GatewayAnswer, Gateways, GatewayUnknownError, Notice
from till.application.placing import Placing
from till.application.ports import Orders, Workflow
from till.application.reconciling import Reconciling
from till.domain.attempt import Attempt, AttemptState, Goal
from till.domain.errors import Busy, Conflict, Refused, TillError
from till.domain.event import TimelineEntry
from till.domain.order import Order
from till.domain.payment import Authorization, PaymentState, PendingVoid
from till.domain.shop import Shop

_TRIES = 3
_RETRY_VOID_SECONDS = 60
# No id of ours is longer, and no key of a table may be.
_LONGEST_ID = 255
NO_ANSWER = "The payment gateway does not answer. Try again in a moment."


class Noticed(StrEnum):
    """What became of a notice. LEFT: the order workflow is at it, or it is the shopper's turn."""

    FOREIGN = "foreign"
    UNCHANGED = "unchanged"
    LEFT = "left"
    CONTINUED = "continued"
    VOIDED = "voided"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class Noticing:
    """Looks where notices point. Only a payment function may. `clock` is Unix milliseconds."""

    orders: Orders
    gateways: Gateways
    workflow: Workflow
    placing: Placing
    reconciling: Reconciling
    clock: Callable[[], int]

    def look(self, shop: Shop, gateway_id: str, notice: Notice) -> Noticed:
        """Raises `Busy` where it cannot be looked at now: the gateway sends the notice again."""
        for tries_left in reversed(range(_TRIES)):
            try:
                return self._look(shop, gateway_id, notice)
            except Busy:
                if not tries_left:
                    raise
            except GatewayUnknownError:
                raise Busy(NO_ANSWER) from None
        raise AssertionError("unreachable")

    def _look(self, shop: Shop, gateway_id: str, notice: Notice) -> Noticed:
        if max(len(notice.order_id), len(notice.key)) > _LONGEST_ID:
            return Noticed.FOREIGN
        order = self.orders.get(shop.identifier, notice.order_id)
        if order is None:
            return Noticed.FOREIGN
        if order.placed_at and (payment_id := self.reconciling.payment_id(order, gateway_id, notice.key)):
            is_new = self.reconciling.look(shop, order.id, payment_id)
            return Noticed.RECORDED if is_new else Noticed.UNCHANGED
        attempt = self.orders.attempt(order.shop, order.id, notice.key.partition(":")[0])
        if attempt is None:
            return Noticed.FOREIGN
        for authorization in attempt.authorizations:
            if (authorization.key, authorization.gateway_id) == (notice.key, gateway_id):
                return self._before_sale(order, attempt, authorization, shop)
        return Noticed.FOREIGN

    # Before an order is placed

    def _before_sale(self, order: Order, attempt: Attempt, authorization: Authorization, shop: Shop) -> Noticed:
        if attempt.state is AttemptState.PARKED:
            return self._parked(order, attempt, authorization, shop)
        if attempt.state is AttemptState.UNDONE:
            return self._undone(attempt, authorization, shop)
        nudge(self.orders, self.workflow, order, self._now)
        return Noticed.LEFT

    def _parked(self, order: Order, attempt: Attempt, authorization: Authorization, shop: Shop) -> Noticed:
        """The bank has confirmed what it was asked for: go on with this very attempt, as the shopper would. Whatever
        else it says, the shopper is told who comes back, or the attempt is undone when its time is over."""
        if attempt.goal is not Goal.PROCESS or authorization.state is not PaymentState.REQUIRES_ACTION:
            return Noticed.LEFT
        answer = self._ask(authorization, shop)
        if answer is None or answer.state is not PaymentState.AUTHORIZED:
            return Noticed.LEFT
        try:
            gone_on = self.placing.go_on(order.shop, order.id, attempt.id)
        except Refused:
            return Noticed.LEFT  # the order lacks something that only the shopper can say
        return Noticed.CONTINUED if gone_on else Noticed.UNCHANGED

    def _undone(self, attempt: Attempt, authorization: Authorization, shop: Shop) -> Noticed:
        """A late success of an attempt that is over. The money is given up, now or by those who retry voids."""
        answer = self._ask(authorization, shop)
        if answer is None or answer.state not in (PaymentState.AUTHORIZED, PaymentState.REQUIRES_ACTION):
            return Noticed.UNCHANGED
        try:
            self.gateways.of(shop, authorization.gateway_id).void(authorization.key)
        except (GatewayUnknownError, TillError):
            wanted = replace(authorization, state=PaymentState.VOID_PENDING)
            due = self._now + _RETRY_VOID_SECONDS
            self.orders.save_void(PendingVoid(attempt.shop, attempt.order_id, attempt.id, wanted, 0, due))
            return Noticed.LEFT
        entry = TimelineEntry(self.clock(), "webhook", "late_success_voided")
        with suppress(Conflict):
            self.orders.save_attempt(replace(attempt, timeline=(*attempt.timeline, entry)))
        return Noticed.VOIDED

    def _ask(self, authorization: Authorization, shop: Shop) -> GatewayAnswer | None:
        return self.gateways.of(shop, authorization.gateway_id).query(authorization.key)

    @property
    def _now(self) -> int:
        return self.clock() // 1000
