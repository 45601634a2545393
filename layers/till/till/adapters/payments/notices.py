"""Which adapter reads the webhooks of a gateway's kind. Only the one that is asked for is imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from till.adapters.payments.registry import PRODUCTION
from till.application.ports import Notice
from till.domain.errors import NotFound
from till.domain.shop import Shop


class GatewayNotices:
    """The port `Notices`. `master_keys` are the live values of the key that the sandbox's secrets are derived from."""

    def __init__(self, stage: str, master_keys: Callable[[], Sequence[str]]) -> None:
        self._stage, self._master_keys = stage, master_keys

    def read(self, shop: Shop, gateway_id: str, headers: Mapping[str, str], body: bytes, now: int) -> Notice | None:
        gateway = shop.gateway(gateway_id)
        if gateway.kind == "sandbox" and self._stage != PRODUCTION:
            from till.adapters.payments import sandbox_webhooks

            return sandbox_webhooks.read(self._master_keys(), shop.identifier, gateway_id, headers, body, now)
        raise NotFound("This payment gateway sends no webhooks.", "gateway")
