"""Settles holds that were claimed or released, from the stock table's stream, and tells of stock that gets low.

A record that comes twice is once.
"""

from __future__ import annotations

from typing import Any

from till.adapters.log import logger
from till.domain.stock import HoldState
from till.runtime import backstage


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answers which records are to come again: {"batchItemFailures": [{"itemIdentifier": sequence number}]}."""
    failures = []
    for record in event["Records"]:
        header = record["dynamodb"]["NewImage"]
        if not _is_decided(record["dynamodb"].get("OldImage", {}), header):
            continue
        shop, attempt = header["shop"]["S"], header["attempt"]["S"]
        try:
            backstage.low_stock().settle(shop, attempt)
        except Exception:
            # Whatever it was, the others must be settled, and this one again.
            logger.exception("hold not settled", extra={"shop": shop, "attempt": attempt})
            failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
    return {"batchItemFailures": failures}


def _is_decided(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Has this very write claimed or released a hold?"""
    return (
        after.get("kind") == {"S": "HOLD"}
        and before.get("state") == {"S": HoldState.ACTIVE}
        and after["state"] != before["state"]
    )
