"""Which adapter a gateway's kind names. Only the one that is asked for is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from till.application.ports import Page, PaymentGateway
from till.domain.errors import NotFound, Refused
from till.domain.shop import Shop

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from till.adapters.payments.sandbox import LedgerEntry, SandboxLedger

PRODUCTION = "prod"


class GatewayRegistry:
    """The port `Gateways`."""

    def __init__(self, client: DynamoDBClient, ledger_table: str, stage: str) -> None:
        self._client, self._ledger_table, self._stage = client, ledger_table, stage

    def of(self, shop: Shop, gateway_id: str) -> PaymentGateway:
        from till.adapters.payments.sandbox import SandboxGateway

        return SandboxGateway(self._sandbox_ledger(shop, gateway_id), _account(shop, gateway_id))

    def ledger(self, shop: Shop, gateway_id: str, limit: int, cursor: str) -> Page[LedgerEntry]:
        """What a sandbox gateway of the shop really holds, newest first. Raises `NotFound` for any other kind."""
        return self._sandbox_ledger(shop, gateway_id).entries(_account(shop, gateway_id), limit, cursor)

    def _sandbox_ledger(self, shop: Shop, gateway_id: str) -> SandboxLedger:
        kind = shop.gateway(gateway_id).kind
        if kind != "sandbox":
            raise NotFound(f"There is no payment gateway of the kind {kind!r}.", "gateway_public_id")
        if self._stage == PRODUCTION:
            raise Refused("The sandbox gateway takes no real money and is off in production.", "gateway_public_id")
        from till.adapters.payments.sandbox import SandboxLedger

        return SandboxLedger(self._client, self._ledger_table)


def _account(shop: Shop, gateway_id: str) -> str:
    """Two shops may name their gateways alike; their money is apart."""
    return f"{shop.identifier}#{gateway_id}"
