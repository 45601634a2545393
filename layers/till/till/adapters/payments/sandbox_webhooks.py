"""The sandbox's webhooks: signed as Standard Webhooks, with a secret that is derived for each gateway of each shop.

Wire format: `{"type": "payment.changed", "data": {"shop", "order", "key"}}`; what changed is asked of the sandbox.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from till.adapters import standard_webhooks
from till.adapters.payments.sandbox import LedgerEntry
from till.application.gateways import Notice
from till.application.ports import NoAnswerError, Outbound
from till.domain.errors import Unauthenticated
from till.domain.plugin import Receiver
from till.domain.strict_json import strict

_TYPE = "payment.changed"


def receiver(gateway_id: str, url: str = "") -> Receiver:
    """Who is sent a gateway's webhooks: Till itself."""
    return Receiver(f"gateways/{gateway_id}", url, 0)


def send(outbound: Outbound, shop: str, gateway_id: str, url: str, entry: LedgerEntry) -> bool:
    """Say that an entry of the ledger has changed; was it heard?"""
    data = {"shop": shop, "order": entry.order_id, "key": entry.key}
    try:
        outbound.call(shop, receiver(gateway_id, url), {"type": _TYPE, "data": data})
    except NoAnswerError:
        return False
    return True


def read(
    master_keys: Iterable[str], shop: str, gateway_id: str, headers: Mapping[str, str], body: bytes, now: int
) -> Notice | None:
    """What a webhook is about. Raises `Unauthenticated`."""
    own = receiver(gateway_id)
    secrets = (standard_webhooks.derived(master_key, shop, own) for master_key in master_keys)
    message = standard_webhooks.verify(secrets, headers, body, now)
    event = _object(body)
    data = event.get("data")
    if not isinstance(data, dict) or not all(isinstance(data.get(one), str) for one in ("shop", "order", "key")):
        return None
    if data["shop"] != shop:
        raise Unauthenticated("This webhook is about another shop.", "shop")
    return Notice(message, str(event.get("type", "")), data["order"], data["key"])


def _object(body: bytes) -> Mapping[str, object]:
    try:
        event = strict(body.decode())
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}
