"""The sandbox gateway with its ledger in memory, and the registry that finds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from till.adapters.payments.sandbox import LedgerEntry, SandboxGateway
from till.application.gateways import Authorize, GatewayAnswer, PaymentGateway
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


class FaultyGateway:
    """A gateway on a bad line: `before` and `after` are told of each call by its name, and may raise or act."""

    def __init__(self, gateway: PaymentGateway, gateways: FakeGateways) -> None:
        self._gateway, self._gateways = gateway, gateways
        self.captures_in_parts = gateways.captures_in_parts

    def check(self, amount: int, currency: str) -> None:
        self._gateway.check(amount, currency)

    def authorize(self, request: Authorize) -> GatewayAnswer:
        return self._call("authorize", lambda: self._gateway.authorize(request))

    def query(self, key: str) -> GatewayAnswer | None:
        return self._call("query", lambda: self._gateway.query(key))

    def void(self, key: str) -> GatewayAnswer:
        return self._call("void", lambda: self._gateway.void(key))

    def capture(self, key: str, amount: int, capture_key: str) -> GatewayAnswer:
        return self._call("capture", lambda: self._gateway.capture(key, amount, capture_key))

    def refund(self, key: str, amount: int, refund_key: str) -> GatewayAnswer:
        return self._call("refund", lambda: self._gateway.refund(key, amount, refund_key))

    def _call[T](self, name: str, call: Callable[[], T]) -> T:
        self._gateways.calls.append(name)
        self._gateways.before(name)
        answer = call()
        self._gateways.after(name)
        return answer


class FakeGateways:
    """The port `Gateways`: each of a shop's gateways is a sandbox on one ledger in memory, and never really slow.

    `before` and `after` break its line; `calls` are the names of all calls, in their order.
    """

    def __init__(self, sleep: Callable[[float], None] = lambda _: None, now: Callable[[], float] = lambda: 0) -> None:
        self.ledger = MemoryLedger()
        self.calls: list[str] = []
        self.before: Callable[[str], None] = lambda _: None
        self.after: Callable[[str], None] = lambda _: None
        self.captures_in_parts = True
        self._sleep, self._now = sleep, now

    def of(self, shop: Shop, gateway_id: str) -> PaymentGateway:
        account = f"{shop.identifier}#{shop.gateway(gateway_id).id}"
        return FaultyGateway(SandboxGateway(self.ledger, account, now=self._now, sleep=self._sleep), self)
