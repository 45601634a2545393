"""Agreed orders without a checkout, and how a storefront pays them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from elasticpath.ids import uuid_of
from tests.builders import an_agreed_order
from tests.integration.api import Reply
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.storefront import Storefront
from till.domain.order import Order
from till.domain.sale import Sale
from till.runtime import wiring

TOTAL = 26200


class Ordered:
    """An order over 262.00 that was checked out. Shopper and merchant are those of one `beside` it, or new ones."""

    def __init__(self, till: Deployment, beside: Ordered | None = None, **changes: Any) -> None:
        self.till = till
        self.shopper: Storefront = beside.shopper if beside else Storefront(till, number=1)
        self.merchant: Storefront = beside.merchant if beside else Storefront(till, trusted=True, number=2)
        self.id = wiring.new_id()
        order = an_agreed_order(id=self.id, public_id=self.id + "x" * 38, created_at=till.clock.seconds())
        self.order = wiring.orders().create(replace(order, **changes))
        self.path = f"/v2/orders/{uuid_of(self.id)}"

    def pay(self, by: Storefront | None = None, key: str = "", **data: Any) -> Reply:
        """262.00 at the sandbox at once, unless said otherwise; None leaves a member out."""
        body = {"gateway": "sandbox", "method": "purchase", "payment": "tok_approve"} | data
        sent = {name: value for name, value in body.items() if value is not None}
        headers = {"Idempotency_Key": key} if key else {}
        return (by or self.shopper).call("POST", f"{self.path}/payments", sent, **headers)

    def do(self, what: str, transaction: str, body: Any = None, by: Storefront | None = None, key: str = "") -> Reply:
        """Capture, refund, cancel or confirm a transaction."""
        headers = {"Idempotency_Key": key} if key else {}
        path = f"{self.path}/transactions/{transaction}/{what}"
        return (by or self.merchant).call("POST", path, body, **headers)

    def transactions(self) -> list[tuple[str, str, int]]:
        """Type, status and amount of each."""
        found = self.shopper.call("GET", f"{self.path}/transactions").data
        return [(one["transaction_type"], one["status"], one["amount"]) for one in found]

    def now(self) -> Order:
        """The order as it is."""
        return self.till.order(self.id)

    def sale(self) -> Sale:
        """What became of it."""
        return wiring.sales().get("acme", self.id)[1]

    def held(self) -> tuple[int, int, int]:
        """What the sandbox still holds, what it took, and what it gave back."""
        entries = [one for one in self.till.ledger() if one.state == "authorized"]
        taken, back = sum(one.captured for one in entries), sum(one.refunded for one in entries)
        return sum(one.amount for one in entries) - taken, taken, back

    def stock(self) -> tuple[int, int, int]:
        """Of brewing systems: on hand, allocated, for sale."""
        level = self.till.stock()
        assert level.held == 0
        return level.on_hand, level.allocated, level.available


def refusal(reply: Reply) -> tuple[int, str, str]:
    """Status, title and source of the only error."""
    (error,) = reply.body["errors"]
    assert error["status"] == reply.status
    return reply.status, error["title"], error.get("source", "")
