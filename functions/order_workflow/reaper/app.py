"""Each minute: what stands still is finished or undone, late events are published, expired holds freed; and what
nobody has come to for too long is counted.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from till.adapters.log import logger
from till.runtime import backstage, facts, wiring


def handler(_: dict[str, Any], __: object) -> dict[str, int]:
    """One pass; what it found, by name."""
    reaped = backstage.reaper().run()
    logger.info("reaped", extra=asdict(reaped))
    facts.count("OutboxStuck", reaped.events_stuck)
    facts.count("AttemptsStuck", reaped.failed)
    late = wiring.sales().backlog()
    facts.count("ChargeBacklog", late["charge"])
    facts.count("PushBacklog", late["push"])
    return asdict(reaped)
