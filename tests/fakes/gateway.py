"""The sandbox gateway with its ledger in memory, and the registry that finds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from till.adapters.payments.sandbox import LedgerEntry, SandboxGateway
from till.application.ports import PaymentGateway
from till.domain.shop import Shop


class MemoryLedger:
    """The sandbox's ledger, which a test can read to see what was really charged."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], LedgerEntry] = {}
        self._seen: set[tuple[str, str]] = set()

    def get(self, gateway_id: str, payment_key: str) -> LedgerEntry | None:
        return self._entries.get((gateway_id, payment_key))

    def put(self, gateway_id: str, entry: LedgerEntry) -> bool:
        before = self._entries.get((gateway_id, entry.key))
        if entry.version != (before.version if before else 0):
            return False
        self._entries[gateway_id, entry.key] = replace(entry, version=entry.version + 1)
        return True

    def is_first_sight(self, gateway_id: str, payment_key: str) -> bool:
        if (gateway_id, payment_key) in self._seen:
            return False
        self._seen.add((gateway_id, payment_key))
        return True

    def of(self, gateway_id: str) -> list[LedgerEntry]:
        """All entries of a gateway."""
        return [entry for (gateway, _), entry in self._entries.items() if gateway == gateway_id]


class FakeGateways:
    """The port `Gateways`: each of a shop's gateways is a sandbox on one ledger in memory, and never really slow."""

    def __init__(self, sleep: Callable[[float], None] = lambda _: None) -> None:
        self.ledger = MemoryLedger()
        self._sleep = sleep

    def of(self, shop: Shop, gateway_id: str) -> PaymentGateway:
        account = f"{shop.identifier}#{shop.gateway(gateway_id).id}"
        return SandboxGateway(self.ledger, account, now=lambda: 0, sleep=self._sleep)
