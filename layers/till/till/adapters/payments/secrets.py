"""What a gateway's account is asked with, in Secrets Manager: one secret each, named {prefix}/{shop}/{gateway}/{kind}.

One each, since the merchant's API may write them and must never be able to read them, not even to keep one of two.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from till.adapters.aws import is_busy
from till.domain.errors import Busy
from till.domain.shop import GatewaySecret

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

KEPT_SECONDS = 300.0
# What is not there may just be being set. But strangers who send webhooks must not become a bill for reading secrets.
_MISSED_SECONDS = 5.0


class SecretsManagerSecrets:
    """The port `GatewaySecrets`, and what asks gateways reads it here, up to 5 minutes old."""

    def __init__(
        self, client: Callable[[], SecretsManagerClient], prefix: str, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._client, self._prefix, self._now = client, prefix, now
        self._read: dict[str, tuple[float, str]] = {}

    def of(self, shop: str, gateway_id: str, kind: GatewaySecret, fresh: bool = False) -> str:
        """The secret; empty where none was set. Raises `Busy` where it cannot be known now."""
        name = self._name(shop, gateway_id, kind)
        read_until, value = self._read.get(name, (-1.0, ""))
        if fresh or self._now() > read_until:
            value = self._ask(name)
            self._read[name] = (self._now() + (KEPT_SECONDS if value else _MISSED_SECONDS), value)
        return value

    def keep(self, shop: str, gateway_id: str, kind: GatewaySecret, value: str) -> None:
        """Raises `Busy` while AWS still deletes what a gateway of this name had before."""
        manager, name = self._client(), self._name(shop, gateway_id, kind)
        try:
            with suppress(manager.exceptions.ResourceNotFoundException):
                manager.put_secret_value(SecretId=name, SecretString=value)
                return
            try:
                manager.create_secret(Name=name, SecretString=value)
            except manager.exceptions.ResourceExistsException:  # by another request, just now
                manager.put_secret_value(SecretId=name, SecretString=value)
        except manager.exceptions.InvalidRequestException as error:
            raise Busy("A gateway of this id is still being deleted. Try again in a moment.") from error

    def delete(self, shop: str, gateway_id: str) -> None:
        manager = self._client()
        for kind in GatewaySecret:
            name = self._name(shop, gateway_id, kind)
            with suppress(manager.exceptions.ResourceNotFoundException):
                manager.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)

    def _name(self, shop: str, gateway_id: str, kind: GatewaySecret) -> str:
        return f"{self._prefix}/{shop}/{gateway_id}/{kind}"

    def _ask(self, name: str) -> str:
        manager = self._client()
        try:
            return manager.get_secret_value(SecretId=name)["SecretString"]
        except manager.exceptions.ResourceNotFoundException:
            return ""
        except Exception as error:
            if is_busy(error):
                raise Busy("The payment gateway's keys cannot be read. Try again in a moment.") from error
            raise
