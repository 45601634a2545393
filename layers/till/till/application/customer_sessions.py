"""Customer sessions: what a shop tells of a customer whom it sends to a checkout."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from till.application.idempotency import Answer, Claim
from till.application.ports import CustomerSessions, Orders
from till.domain.address import Address
from till.domain.buyer import CustomerSession
from till.domain.errors import Conflict

KEPT_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Minting:
    """Keeps what is told. `random_bytes` gives that many bytes nobody can guess."""

    sessions: CustomerSessions
    orders: Orders
    now: Callable[[], int]
    random_bytes: Callable[[int], bytes]

    def mint(self, shop: str, email: str, address: Address, claim: Claim | None = None) -> tuple[str, bool]:
        """The id of a new session, or of the one that an earlier request with the same key made, and whether that is
        so. What is kept is gone after a day."""
        if made := self._made(shop, claim):
            return made, True
        session_id = self.random_bytes(16).hex()
        session = CustomerSession(session_id, shop, email, address, self.now() + KEPT_SECONDS)
        answer = Answer(200, {"session_id": session_id})
        try:
            self.sessions.add(session, claim.answered(answer) if claim else None)
        except Conflict:
            if made := self._made(shop, claim):
                return made, True
            raise
        return session_id, False

    def _made(self, shop: str, claim: Claim | None) -> str:
        record = self.orders.record(shop, claim.id) if claim else None
        if claim is None or record is None:
            return ""
        claim.check(record)
        return str(json.loads(record.body)["session_id"])
