"""Which adapter a gateway's kind names. Only the one that is asked for is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from till.application.gateways import PaymentGateway
from till.application.ports import Page
from till.domain.errors import NotFound, Refused, TillError
from till.domain.shop import MANUAL, STRIPE, Gateway, GatewaySecret, Shop
from till.domain.stripe_keys import is_test

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from till.adapters.payments.sandbox import LedgerEntry, SandboxGateway, SandboxLedger
    from till.adapters.payments.secrets import SecretsManagerSecrets
    from till.adapters.payments.stripe.api import Api
    from till.adapters.payments.stripe.gateway import StripeGateway

PRODUCTION = "prod"


class GatewayRegistry:
    """The port `Gateways`. `stripe_url` is where something stands in for Stripe, empty for Stripe itself."""

    def __init__(
        self,
        client: DynamoDBClient,
        ledger_table: str,
        stage: str,
        orders_table: str,
        secrets: SecretsManagerSecrets,
        stripe_url: str = "",
    ) -> None:
        self._client, self._ledger_table, self._stage = client, ledger_table, stage
        self._orders_table, self._secrets, self._stripe_url = orders_table, secrets, stripe_url
        self._stripe_accounts: dict[str, Api] = {}

    def of(self, shop: Shop, gateway_id: str) -> PaymentGateway:
        gateway = shop.gateway(gateway_id)
        if gateway.kind == STRIPE:
            return self.stripe(shop, gateway)
        if gateway.kind == MANUAL:
            from till.adapters.payments.manual import ManualGateway

            return ManualGateway(self._client, self._orders_table, shop.identifier, gateway_id)
        return self.sandbox(shop, gateway_id)

    def sandbox(self, shop: Shop, gateway_id: str) -> SandboxGateway:
        """A sandbox gateway of the shop. Raises `NotFound` for any other kind."""
        from till.adapters.payments.sandbox import SandboxGateway

        return SandboxGateway(self._sandbox_ledger(shop, gateway_id), _account(shop, gateway_id))

    def ledger(self, shop: Shop, gateway_id: str, limit: int, cursor: str) -> Page[LedgerEntry]:
        """What a sandbox gateway of the shop really holds, newest first. Raises `NotFound` for any other kind."""
        return self._sandbox_ledger(shop, gateway_id).entries(_account(shop, gateway_id), limit, cursor)

    def stripe(self, shop: Shop, gateway: Gateway) -> StripeGateway:
        """A gateway of the kind stripe. Raises `Refused` where its keys are not as they must be."""
        secret_key = self._secrets.of(shop.identifier, gateway.id, GatewaySecret.SECRET_KEY)
        if is_test(secret_key) != gateway.is_test:  # the merchant may just have changed it
            secret_key = self._secrets.of(shop.identifier, gateway.id, GatewaySecret.SECRET_KEY, fresh=True)
        if not secret_key or is_test(secret_key) != gateway.is_test:
            raise Refused("This payment gateway has no secret key for its mode.", "gateway_public_id")
        if gateway.is_test and self._stage == PRODUCTION:
            raise Refused("Test keys take no real money and are off in production.", "gateway_public_id")
        from till.adapters.payments.stripe.api import Api
        from till.adapters.payments.stripe.gateway import StripeGateway
        from till.adapters.payments.stripe.records import Records

        # One connection for each account while the function is warm.
        if secret_key not in self._stripe_accounts:
            self._stripe_accounts[secret_key] = Api(secret_key, self._stripe_url)
        records = Records(self._client, self._orders_table, shop.identifier, gateway.id)
        return StripeGateway(self._stripe_accounts[secret_key], records, shop.identifier)

    def wrong_with(self, shop: Shop, gateway_id: str) -> str:
        """What keeps a gateway of the shop from its work; nothing where it can do it."""
        try:
            gateway = shop.gateway(gateway_id)
            if gateway.is_gift_card:
                return ""
            self.of(shop, gateway_id)
            if gateway.kind != STRIPE:
                return ""
            if wrong := self.stripe(shop, gateway).wrong():
                return wrong
            if not self._secrets.of(shop.identifier, gateway_id, GatewaySecret.WEBHOOK_SECRET):
                return "It has no webhook_secret: who does not come back from the bank is noticed late."
            return ""
        except TillError as error:
            return error.problems[0].message

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
