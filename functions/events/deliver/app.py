"""The queue of deliveries: events from the bus become deliveries, and each delivery is tried when it is due.

A message at a time, so that whoever answers slowly holds one function and no more.
"""

from __future__ import annotations

import json
from typing import Any

from till.adapters.delivery_queue import read
from till.adapters.log import logger
from till.application.delivering import Delivering, Due
from till.application.mailing import MAIL
from till.domain.event import Event
from till.runtime import backstage, facts


def handler(batch: dict[str, Any], _: object) -> None:
    """Messages of the queue. What raises is brought again, at last to the dead-letter queue."""
    for record in batch["Records"]:
        take(backstage.delivering(), read(json.loads(record["body"])))


def take(delivering: Delivering, message: Event | Due) -> None:
    """One message."""
    if isinstance(message, Event):
        told = {"shop": message.shop, "event_id": message.id, "type": message.type}
        logger.info("event", extra={**told, "deliveries": delivering.tell(message)})
        return
    delivery = delivering.attempt(message)
    if delivery is None:
        return
    told = {"shop": message.shop, "event_id": delivery.event.id, "endpoint": delivery.endpoint_id}
    last = delivery.tries[-1]
    logger.info("delivery", extra={**told, "state": delivery.state, "status": last.status, "ms": last.milliseconds})
    if delivery.is_given_up and delivery.channel == MAIL:
        facts.count("MailFailed", 1)
    elif delivery.is_given_up:
        facts.count("WebhookFailed", 1)
