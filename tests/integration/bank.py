"""The sandbox's other side: the shopper's bank and the merchant in its dashboard, and the webhooks that it sends."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from standardwebhooks.webhooks import Webhook

from tests.builders import a_shop
from tests.integration.api import Reply
from tests.integration.deployment import ROOT_TOKEN, Deployment
from till.adapters.payments.sandbox import LedgerEntry
from till.adapters.payments.sandbox_acts import Act, perform
from till.runtime import wiring

AUTHORIZED = {"Authorization": f"Bearer {ROOT_TOKEN}"}
GATEWAYS = "/merchant/shops/acme/gateways"


class Bank:
    """Acts on the sandbox without Till knowing, and tells it, or not."""

    def __init__(self, till: Deployment) -> None:
        self._till = till
        self.secret: str = till.around.call("GET", f"{GATEWAYS}/sandbox-1", headers=AUTHORIZED).data["secret"]

    def act(self, act: Act, amount: int | None = None, entry: int = -1) -> LedgerEntry:
        """Something happens to an entry of the ledger, the newest unless said otherwise."""
        key = self._till.ledger()[entry].key
        return perform(wiring.gateways().sandbox(a_shop(), "sandbox-1"), key, act, amount)

    def tell(self, entry: int = -1, **changes: Any) -> Reply:
        """The webhook about an entry."""
        found = self._till.ledger()[entry]
        return self.post(body(found.order_id, found.key), **changes)

    def post(
        self,
        raw: bytes,
        secret: str = "",
        shop: str = "acme",
        gateway: str = "sandbox-1",
        age: int = 0,
        plain: bool = False,
        arrives: bytes | None = None,
        signature_before: str = "",
        **headers: str,
    ) -> Reply:
        """A webhook, signed as its public library does it; `headers` take the place of its own, `arrives` the place
        of what was signed."""
        at = datetime.fromtimestamp(self._till.clock.seconds() - age, UTC)
        signed = {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature_before + Webhook(secret or self.secret).sign("msg_1", at, raw.decode()),
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        sent = raw if arrives is None else arrives
        return self._till.around.call("POST", f"/webhooks/{gateway}?shop={shop}", sent, signed, plain)


def body(order_id: str, key: str, shop: str = "acme") -> bytes:
    """What the sandbox says."""
    return json.dumps({"type": "payment.changed", "data": {"shop": shop, "order": order_id, "key": key}}).encode()


def outcome(reply: Reply) -> str:
    """Of a webhook that was taken."""
    said: str = reply.data["outcome"]
    return said
