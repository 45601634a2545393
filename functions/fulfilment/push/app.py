"""The step of the fulfilment workflow that tells the merchant's platform of an order."""

from __future__ import annotations

from typing import Any

from order_document.rendering import document
from till.adapters.log import logger
from till.runtime import backstage

backstage.pushing(document)


def handler(event: dict[str, Any], _: object) -> dict[str, str]:
    """{"shop", "order"} -> {"push": "pending" | "delivered" | "failed" | ""}: one try, if one is due."""
    push = str(backstage.pushing(document).push(event["shop"], event["order"]) or "")
    logger.info("push", extra={"shop": event["shop"], "order": event["order"], "state": push})
    return {"push": push}
