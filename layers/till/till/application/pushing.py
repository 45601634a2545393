"""The platform push: a placed order goes to the merchant's own platform as a signed message, until that takes it.

One try at a time, written down before it is made: whoever finds it begun leaves it alone for as long as it may last. A
try of which nobody heard is made again under the same id, by which the platform knows an order that it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from till.application.ports import Catalog, Outbound, Sales
from till.domain import pushing
from till.domain.delivery import Delivered
from till.domain.errors import Conflict
from till.domain.event import TimelineEntry, timestamp
from till.domain.order import Order
from till.domain.sale import PushState, Sale
from till.domain.strict_json import strict

NO_PLATFORM = "The shop has no platform any more."
_NOBODY_HEARD = "Nobody heard what came of the last try."
_TRIES_ON_CONFLICT = 5
_LONGEST_ANSWER = 200
_LONGEST_REFERENCE = 255


@dataclass(frozen=True, slots=True)
class Pushing:
    """Pushes placed orders. `document` is the order as the merchant reads it; `clock` is Unix milliseconds."""

    sales: Sales
    catalog: Catalog
    outbound: Outbound
    document: Callable[[Order, Sale], Mapping[str, object]]
    clock: Callable[[], int]

    def push(self, shop: str, order_id: str) -> PushState | None:
        """Make the try that is due, if any; returns what the push is after it.

        Raises `Conflict` where what came of it could not be written: it is then made again.
        """
        order, sale = self.sales.get(shop, order_id)
        if not pushing.is_due(sale, self._now):
            return sale.push
        if pushing.is_worn_out(sale):
            return self._ended(sale, Delivered(0, 0, _NOBODY_HEARD, is_hopeless=True))
        try:
            sale = self.sales.save(pushing.begun(sale, self._now))
        except Conflict:  # another is at it, or at the money: settling looks again
            return sale.push
        platform = self.catalog.shop(shop, fresh=True).platform
        if platform is None:
            return self._ended(sale, Delivered(0, 0, NO_PLATFORM, is_hopeless=True))
        return self._ended(sale, self.outbound.deliver(shop, platform, self._message(order, sale), f"order_{order.id}"))

    def _message(self, order: Order, sale: Sale) -> Mapping[str, object]:
        return {"type": "order.push", "timestamp": timestamp(self._now), "data": self.document(order, sale)}

    def _ended(self, begun: Sale, said: Delivered) -> PushState | None:
        """Written onto the sale as it is then: its money may have moved meanwhile."""
        sale = begun
        for _ in range(_TRIES_ON_CONFLICT):
            if sale.push is not PushState.PENDING:  # a try that took too long, and another that did not
                return sale.push
            try:
                return self._save(sale, said)
            except Conflict:
                _, sale = self.sales.get(begun.shop, begun.order_id)
        raise Conflict("The order is being changed by others.", "order")

    def _save(self, sale: Sale, said: Delivered) -> PushState | None:
        reference = _reference(said) if said.is_success else ""
        if said.is_success:
            after = pushing.delivered(sale, reference)
        else:
            after = pushing.failed(sale) if said.is_hopeless else pushing.refused(sale, self._now)
        noted = replace(after, timeline=(*after.timeline, self._entry(after, said)))
        if after.push is PushState.PENDING:
            return self.sales.save(noted).push
        facts: dict[str, object] = {"tries": after.push_tries, "status": said.status}
        if reference:
            facts["reference"] = reference
        type_ = "order.pushed" if said.is_success else "order.push_failed"
        noted, event = noted.with_event(type_, self._now, **facts)
        return self.sales.save(noted, [event]).push

    def _entry(self, after: Sale, said: Delivered) -> TimelineEntry:
        outcome = "refused" if after.push is PushState.PENDING else str(after.push)
        detail = {"status": str(said.status)}
        if not said.is_success:
            detail["answer"] = said.answer[:_LONGEST_ANSWER]
        return TimelineEntry(self.clock() - said.milliseconds, "push", outcome, said.milliseconds, detail)

    @property
    def _now(self) -> int:
        return self.clock() // 1000


def _reference(said: Delivered) -> str:
    """The `id` in the platform's answer, where it is a JSON object with one."""
    try:
        answer = strict(said.answer)
    except ValueError:
        return ""
    given = answer.get("id") if isinstance(answer, dict) else None
    is_id = isinstance(given, str) or (isinstance(given, int) and not isinstance(given, bool))
    return str(given)[:_LONGEST_REFERENCE] if is_id else ""
