"""Customer sessions in memory."""

from __future__ import annotations

from collections.abc import Callable

from till.application.idempotency import Record
from till.domain.buyer import CustomerSession
from till.domain.errors import Conflict


class FakeCustomerSessions:
    """The port `CustomerSessions`."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._sessions: dict[tuple[str, str], CustomerSession] = {}
        self._records: set[str] = set()

    def add(self, session: CustomerSession, record: Record | None = None) -> None:
        if record:
            if record.id in self._records:
                raise Conflict("The same request was answered at the same time. Try again.")
            self._records.add(record.id)
        self._sessions[session.shop, session.id] = session

    def get(self, shop: str, session_id: str) -> CustomerSession | None:
        session = self._sessions.get((shop, session_id))
        return session if session and session.expires_at > self._now() else None
