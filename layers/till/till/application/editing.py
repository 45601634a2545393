"""How every route changes an order: read, change, answer, write if nobody else did; then again if somebody did.

Two round trips. With an idempotency key the record is read and written in the same two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from till.application.idempotency import Answer, Claim, replay
from till.application.ports import Orders, Workflow
from till.application.quoting import Quoting
from till.domain.attempt import AttemptState
from till.domain.errors import Conflict, NotFound
from till.domain.order import Order, OrderStatus
from till.domain.pricing import fingerprint

OPEN_FOR_SECONDS = 30 * 24 * 3600
# A run that has not begun after this long is started again, under the same name.
STALE_SECONDS = 5
_TRIES = 6


@dataclass(frozen=True, slots=True)
class Editor:
    """Changes orders of the orders port. `new_id` names each edit; `pause` waits after so many tries."""

    orders: Orders
    workflow: Workflow
    now: Callable[[], int]
    new_id: Callable[[], str]
    pause: Callable[[int], None]

    def change(
        self,
        shop: str,
        order_id: str,
        edit: Callable[[Order], Order],
        render: Callable[[Order], Answer],
        claim: Claim | None = None,
    ) -> Answer:
        """Apply an edit and answer it. Raises what the edit raises, with nothing written, and `Conflict` at last."""
        name = self.new_id()
        for attempt in range(_TRIES):
            order, answer = self._read(shop, order_id, claim, render)
            if answer is not None:
                return answer
            if order.last_edit == name:
                # A write whose answer was lost is refused when the SDK repeats it: it was ours.
                return render(order)
            if order.status is OrderStatus.PROCESSING:
                nudge(self.orders, self.workflow, order, self.now())
            order.editable()
            changed = edit(order)
            if self._leaves_its_attempt(order, changed):
                continue
            answer = render(changed)
            if changed == order and claim is None:
                return answer
            ends = self.now() + OPEN_FOR_SECONDS if changed.status is OrderStatus.OPEN else 0
            changed = replace(changed, expires_at=ends, last_edit=name)
            try:
                self.orders.save(changed, claim.answered(answer) if claim else None)
                return answer
            except Conflict:
                self.pause(attempt)
        raise Conflict("The order is being changed by others. Try again in a moment.", "order")

    def _read(
        self, shop: str, order_id: str, claim: Claim | None, render: Callable[[Order], Answer]
    ) -> tuple[Order, Answer | None]:
        if claim is None:
            return found(self.orders.get(shop, order_id)), None
        order, record = self.orders.get_with_record(shop, order_id, claim.id)
        order = found(order)
        if record is None:
            return order, None
        claim.check(record)
        return order, replay(record) if record.body else replace(render(order), replayed=True)

    def _leaves_its_attempt(self, order: Order, changed: Order) -> bool:
        """A parked attempt holds stock and money for what the order was: another order first gives them back."""
        if order.status is not OrderStatus.PARKED:
            return False
        if fingerprint(order.basket, order.payments) == fingerprint(changed.basket, changed.payments):
            return False
        attempt = self.orders.attempt(order.shop, order.id, order.attempt_id)
        if attempt is not None:
            self.workflow.undo(attempt)
        return True


@dataclass(slots=True)
class Draft:
    """An order under several edits that are written as one: each sees what those before it made of it.

    `quoting` outlives it: when the edits are made again, a tax provider is not asked again.
    """

    order: Order
    quoting: Quoting

    def change(self, edit: Callable[[Order], Order], render: Callable[[Order], Answer]) -> Answer:
        """Apply an edit and answer it. Raises what the edit raises, with the draft as it was."""
        changed = edit(self.order)
        answer = render(changed)
        self.order = changed
        return answer


def nudge(orders: Orders, workflow: Workflow, order: Order, now: int) -> None:
    """Start the run of an attempt that stands still. If it did start, nothing happens."""
    attempt = orders.attempt(order.shop, order.id, order.attempt_id)
    if attempt is None or attempt.state is not AttemptState.RUNNING:
        return
    if attempt.run_started_at + STALE_SECONDS <= now:
        workflow.start(attempt)


def found(order: Order | None) -> Order:
    """The order. Raises `NotFound` where there is none."""
    if order is None:
        raise NotFound("There is no such order.", "public_order_id")
    return order
