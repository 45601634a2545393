"""The one logger, of lines made of what is listed here: ids, counts, states, and no text that somebody sent.

A new fact is dropped until it is listed, and so thought about.
"""

from __future__ import annotations

import traceback
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

OF_EVERY_LINE = frozenset(
    {"level", "location", "message", "timestamp", "service", "exception", "exception_name", "xray_trace_id"}
)
FACTS = frozenset(
    {
        *("route", "method", "status", "ms"),
        *("shop", "order", "attempt", "gateway", "receiver", "notice"),
        *("step", "next", "state", "outcome", "seconds", "type", "reason", "voids_pending"),
        *("asked", "code", "request"),
        *("events", "refused", "started", "undone", "failed", "events_stuck", "holds", "deliveries"),
        *("event_id", "endpoint"),
        # What a storefront reports, without e-mail addresses and numbers.
        *("said", "key"),
    }
)


class Listed(LambdaPowertoolsFormatter):
    """JSON lines of what is listed. An exception is its type and where it was: what it says may be anybody's text."""

    def serialize(self, log: Any) -> str:
        return super().serialize({name: value for name, value in log.items() if name in OF_EVERY_LINE | FACTS})

    def formatException(self, ei: Any) -> str:  # noqa: N802  # logging's own name
        lines: list[str] = []
        error: BaseException | None = ei[1]
        while error:
            lines += [*traceback.format_tb(error.__traceback__), f"{type(error).__name__}{_code(error)}\n"]
            error = error.__cause__ or error.__context__
        return "".join(lines)


def _code(error: BaseException) -> str:
    """What AWS calls it."""
    response = getattr(error, "response", None)
    return f" {response['Error'].get('Code', '')}" if isinstance(response, dict) and "Error" in response else ""


logger = Logger(logger_formatter=Listed())
