"""The workflow's steps that touch no gateway: pre-process, check inventory, process."""

from __future__ import annotations

from typing import Any

from till.adapters.log import logger
from till.application.steps import Run
from till.runtime import backstage

STEPS = {
    "pre_process": backstage.steps().pre_process,
    "check_inventory": backstage.steps().check_inventory,
    "process": backstage.steps().process,
}


def handler(event: dict[str, Any], _: object) -> dict[str, str]:
    """One step of one run: {"step", "shop", "order", "attempt", "run"} -> {"next": "go" | "done" | "undo"}."""
    run = Run(event["shop"], event["order"], event["attempt"], event["run"])
    outcome = STEPS[event["step"]](run)
    logger.info("step", extra={"step": event["step"], "attempt": run.attempt_id, "next": outcome})
    return {"next": outcome}
