"""Undo an attempt: void what it authorized, release what it held, open the order again.

Undo claims the attempt first; from then on no run of it can commit. It touches only what carries the attempt's own
keys. A void that fails is written down, to be retried for days, and does not keep the order or the stock.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from till.application.editing import OPEN_FOR_SECONDS
from till.application.gateways import Gateways, GatewayUnknownError, PaymentGateway
from till.application.ports import Catalog, Orders, Stock
from till.application.steps import Run
from till.domain import session_events
from till.domain.attempt import Attempt, AttemptState
from till.domain.errors import Conflict, Problem, TillError
from till.domain.event import TimelineEntry
from till.domain.order import Order, OrderStatus
from till.domain.payment import Authorization, PaymentState, PendingVoid

ENDED = Problem("attempt_ended", "The payment was not completed in time. Try again.", "payment")
# Minutes after which a gateway that did not answer is asked again.
_ASK_AGAIN = (2, 15, 60)
# The reaper looks at an undo that stands still after this long, however long the attempt might have been parked.
_DUE_SECONDS = 30
_FIRST_RETRY_SECONDS = 60
_LONGEST_RETRY_SECONDS = 6 * 3600
_TRIES = 3
_MOST_VOIDS = 25
_UNTOUCHED = frozenset({PaymentState.PENDING, PaymentState.DECLINED, PaymentState.VOIDED})


@dataclass(frozen=True, slots=True)
class Undoing:
    """Undoes attempts. `clock` is Unix milliseconds."""

    orders: Orders
    catalog: Catalog
    stock: Stock
    gateways: Gateways
    clock: Callable[[], int]

    def undo(self, run: Run, reason: Problem = ENDED) -> Attempt:
        """Undo the attempt of a run, unless it is final or a later run carries it on.

        Twice is once; beside another undo, one of them does it.
        """
        for _ in range(_TRIES):
            with suppress(Conflict):
                return self._undo(run, reason)
        raise Conflict("The attempt is being changed by others.", "order")

    def _undo(self, run: Run, reason: Problem) -> Attempt:
        started = self.clock()
        order, attempt = self.orders.get_with_attempt(run.shop, run.order_id, run.attempt_id)
        if attempt.is_final or attempt.run != run.number:
            return attempt
        if attempt.state is not AttemptState.UNDOING:
            due = started // 1000 + _DUE_SECONDS
            claimed = replace(attempt.to(AttemptState.UNDOING), problems=attempt.problems or (reason,), due_at=due)
            attempt = self.orders.save_attempt(claimed)
        attempt, voids = self._void(attempt)
        self.stock.release(run.shop, attempt.id)
        outcome = "void_pending" if voids else "undone"
        entry = TimelineEntry(started, "undo", outcome, self.clock() - started, run=attempt.run)
        undone = replace(attempt.to(AttemptState.UNDONE), timeline=(*attempt.timeline, entry))
        reopened, events = session_events.failed(self._reopened(order, attempt), attempt, started // 1000)
        return self.orders.move(reopened, undone, voids, events)[1]

    def retry_due(self) -> int:
        """Try every void whose time has come; how many are still pending."""
        due = self.orders.due_voids(self.clock() // 1000, _MOST_VOIDS)
        return sum(self.retry(void) is not None for void in due)

    def retry(self, void: PendingVoid) -> PendingVoid | None:
        """Try a pending void again; what is still to be done, or None when nothing is."""
        now = self.clock() // 1000
        authorization, certain = self._give_up(void.shop, void.authorization)
        tries = void.tries + 1
        if authorization.state is PaymentState.UNKNOWN and tries >= len(_ASK_AGAIN):
            # Given up as if it were there: a gateway that was silent may hold it, and none may take it from now on.
            authorization, certain = self._give_up(void.shop, authorization.to(PaymentState.VOID_PENDING))
        if certain:
            self.orders.delete_void(void)
            return None
        if authorization.state is PaymentState.UNKNOWN:
            due = now + (_ASK_AGAIN[tries] - _ASK_AGAIN[tries - 1]) * 60
        else:
            due = now + min(_FIRST_RETRY_SECONDS * 2**tries, _LONGEST_RETRY_SECONDS)
        later = replace(void, authorization=authorization, tries=tries, due_at=due)
        self.orders.save_void(later)
        return later

    def _void(self, attempt: Attempt) -> tuple[Attempt, list[PendingVoid]]:
        now = self.clock() // 1000
        voids = []
        for authorization in attempt.authorizations:
            if authorization.state in _UNTOUCHED:
                continue
            given_up, certain = self._give_up(attempt.shop, authorization)
            attempt = attempt.with_authorization(given_up)
            if not certain:
                unknown = given_up.state is PaymentState.UNKNOWN
                due = now + (_ASK_AGAIN[0] * 60 if unknown else _FIRST_RETRY_SECONDS)
                voids.append(PendingVoid(attempt.shop, attempt.order_id, attempt.id, given_up, 0, due))
        return attempt, voids

    def _give_up(self, shop: str, authorization: Authorization) -> tuple[Authorization, bool]:
        """Void one authorization: how it stands now, and whether that is certain."""
        try:
            gateway = self.gateways.of(self.catalog.shop(shop), authorization.gateway_id)
            if authorization.state in (PaymentState.AUTHORIZING, PaymentState.UNKNOWN):
                return self._ask_and_void(gateway, authorization)
            gateway.void(authorization.key)
        except (GatewayUnknownError, TillError):
            unasked = authorization.state in (PaymentState.AUTHORIZING, PaymentState.UNKNOWN)
            return authorization.to(PaymentState.UNKNOWN if unasked else PaymentState.VOID_PENDING), False
        return authorization.to(PaymentState.VOIDED), True

    def _ask_and_void(self, gateway: PaymentGateway, authorization: Authorization) -> tuple[Authorization, bool]:
        answer = gateway.query(authorization.key)
        if answer is None:
            # It may still be on its way: only asking again later makes this certain.
            return authorization.to(PaymentState.UNKNOWN), False
        if answer.state is PaymentState.DECLINED:
            return authorization.to(PaymentState.DECLINED), True
        try:
            gateway.void(authorization.key)
        except GatewayUnknownError:
            return authorization.to(PaymentState.VOID_PENDING, answer.reference), False
        return authorization.to(PaymentState.VOIDED, answer.reference), True

    def _reopened(self, order: Order, attempt: Attempt) -> Order:
        """Open again if it is this attempt that is at the order."""
        if order.attempt_id != attempt.id or order.status is OrderStatus.OPEN:
            return order
        opened = replace(order.to(OrderStatus.OPEN), attempt_id="")
        if order.agreement:  # it waits as long as it takes, for another payment
            return replace(opened, payments=(), expires_at=0)
        return replace(opened, expires_at=self.clock() // 1000 + OPEN_FOR_SECONDS)
