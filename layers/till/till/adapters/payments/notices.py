"""Which adapter reads the webhooks of a gateway's kind. Only the one that is asked for is imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from till.adapters.payments.registry import PRODUCTION
from till.application.gateways import GatewayUnknownError, Notice
from till.domain.errors import Busy, NotFound, Unauthenticated
from till.domain.shop import STRIPE, Gateway, GatewaySecret, Shop

if TYPE_CHECKING:
    from till.adapters.payments.registry import GatewayRegistry
    from till.adapters.payments.secrets import SecretsManagerSecrets


class GatewayNotices:
    """The port `Notices`. `master_keys` are the live values of the key that the sandbox's secrets are derived from."""

    def __init__(
        self,
        stage: str,
        master_keys: Callable[[], Sequence[str]],
        secrets: SecretsManagerSecrets,
        gateways: GatewayRegistry,
    ) -> None:
        self._stage, self._master_keys = stage, master_keys
        self._secrets, self._gateways = secrets, gateways

    def read(self, shop: Shop, gateway_id: str, headers: Mapping[str, str], body: bytes, now: int) -> Notice | None:
        gateway = shop.gateway(gateway_id)
        if gateway.kind == STRIPE:
            return self._of_stripe(shop, gateway, headers, body)
        if gateway.kind == "sandbox" and self._stage != PRODUCTION:
            from till.adapters.payments import sandbox_webhooks

            return sandbox_webhooks.read(self._master_keys(), shop.identifier, gateway_id, headers, body, now)
        raise NotFound("This payment gateway sends no webhooks.", "gateway")

    def _of_stripe(self, shop: Shop, gateway: Gateway, headers: Mapping[str, str], body: bytes) -> Notice | None:
        secret = self._secrets.of(shop.identifier, gateway.id, GatewaySecret.WEBHOOK_SECRET)
        if not secret:
            raise Unauthenticated("The shop has not given this gateway the secret of its webhooks.", "webhook_secret")
        from till.adapters.payments.stripe import webhooks

        def metadata_of(intent_id: str) -> Mapping[str, str]:
            try:
                return self._gateways.stripe(shop, gateway).noted(intent_id)
            except GatewayUnknownError as error:
                raise Busy("Stripe does not answer.") from error

        return webhooks.read(secret, gateway.is_test, shop.identifier, headers, body, metadata_of)
