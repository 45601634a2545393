"""The queue of deliveries, in SQS. A message names a delivery and the try of it that is due."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from till.adapters.aws import client
from till.application.delivering import Due
from till.domain.event import Event

# SQS delays no message longer.
_LONGEST_SECONDS = 900


class SqsDeliveryQueue:
    """The port `DeliveryQueue`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, due: Due, seconds: int) -> None:
        delay = min(_LONGEST_SECONDS, max(0, seconds))
        message = json.dumps({"delivery": asdict(due)})
        client("sqs").send_message(QueueUrl=self._url, MessageBody=message, DelaySeconds=delay)


def read(message: Mapping[str, Any]) -> Event | Due:
    """What a message is about: an event, as EventBridge puts it into the queue, or what `send` was given."""
    return Due(**message["delivery"]) if "delivery" in message else Event(**message["detail"])
