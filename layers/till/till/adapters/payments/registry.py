"""Which adapter a gateway's kind names. Only the one that is asked for is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from till.application.ports import PaymentGateway
from till.domain.errors import NotFound, Refused
from till.domain.shop import Shop

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PRODUCTION = "prod"


class GatewayRegistry:
    """The port `Gateways`."""

    def __init__(self, client: DynamoDBClient, ledger_table: str, stage: str) -> None:
        self._client, self._ledger_table, self._stage = client, ledger_table, stage

    def of(self, shop: Shop, gateway_id: str) -> PaymentGateway:
        gateway = shop.gateway(gateway_id)
        if gateway.kind == "sandbox":
            if self._stage == PRODUCTION:
                raise Refused("The sandbox gateway takes no real money and is off in production.", "gateway_public_id")
            from till.adapters.payments.sandbox import SandboxGateway, SandboxLedger

            return SandboxGateway(SandboxLedger(self._client, self._ledger_table), gateway.id)
        raise NotFound(f"There is no payment gateway of the kind {gateway.kind!r}.", "gateway_public_id")
