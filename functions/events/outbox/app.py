"""The outbox's fast path: events that the orders table's stream shows as new start what they set off, then go onto the
event bus.

A record for which that fails is reported, so that the stream brings it again; the reaper finds what is left.
"""

from __future__ import annotations

from typing import Any

from till.adapters.dynamodb.orders import event_of
from till.adapters.log import logger
from till.runtime import backstage


def handler(batch: dict[str, Any], _: object) -> dict[str, list[dict[str, str]]]:
    """A batch of stream records in, the sequence numbers to be brought again out."""
    events = {
        record["dynamodb"]["SequenceNumber"]: event_of(record["dynamodb"]["NewImage"]) for record in batch["Records"]
    }
    refused = {event.id for event in backstage.announcing().announce(events.values())}
    logger.info("published", extra={"events": len(events) - len(refused), "refused": len(refused)})
    failed = [{"itemIdentifier": number} for number, event in events.items() if event.id in refused]
    return {"batchItemFailures": failed}
