"""The fast path of events: those that the orders table's stream shows start what they set off, then go onto the event
bus. What is only counted is counted here, too, where no shopper waits.

A record for which that fails is reported, so that the stream brings it again; the reaper finds what is left in the
outbox.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from till.adapters.dynamodb import order_stream
from till.adapters.log import logger
from till.runtime import backstage, facts


def handler(batch: dict[str, Any], _: object) -> dict[str, list[dict[str, str]]]:
    """A batch of stream records in, the sequence numbers to be brought again out."""
    told = {record["dynamodb"]["SequenceNumber"]: order_stream.events(record) for record in batch["Records"]}
    events = [event for some in told.values() for event in some]
    refused = {event.id for event in backstage.announcing().announce(events)}
    logger.info("published", extra={"events": len(events) - len(refused), "refused": len(refused)})
    seen = Counter(fact for record in batch["Records"] for fact in order_stream.facts(record))
    for (fact, reason), times in seen.items():
        facts.count(fact, times, reason)
    failed = [{"itemIdentifier": number} for number, some in told.items() if refused & {event.id for event in some}]
    return {"batchItemFailures": failed}
