"""The steps that touch a gateway: authorize, undo, voids that are retried, and what a placed order still has to do.

Only this function may.
"""

from __future__ import annotations

import json
from typing import Any

from till.adapters.log import logger
from till.application.steps import Run
from till.runtime import backstage, facts, wiring

backstage.steps()

# Of what a step answers; the rest is the shopper's.
_LOGGED = {"next", "state", "seconds", "voids_pending"}


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """A step of a run, authorize or undo, as in order_steps; {"step": "retry_voids"};

    {"step": "repay" or "pay", "shop", "order", "payment", "counted"} -> {"state", "message", "client_secret"}
    or {"problem", "busy"};
    {"step": "give_up", "shop", "order", "payment": its id} -> {"state"};
    {"step": "check", "shop", "gateway"} -> {"problem"}, empty where the gateway answers;
    {"step": "settle", "shop", "order"} -> {"next": "done" | "wait" | "failed", "seconds"};

    or the EventBridge event of an execution that failed, timed out or was aborted: its attempt is undone.
    """
    if "detail" in event:
        event = {"step": "undo"} | json.loads(event["detail"]["input"])
    step = event["step"]
    outcome: dict[str, Any]
    if step == "authorize":
        outcome = {"next": str(backstage.steps().authorize(_run(event)))}
    elif step == "undo":
        outcome = {"state": str(_undo(event))}
    elif step == "settle":
        settled = backstage.settling().settle(event["shop"], event["order"])
        outcome = {"next": str(settled.next), "seconds": settled.seconds}
    elif step in ("repay", "pay"):
        outcome = _repay(event)
    elif step == "give_up":
        backstage.repaying().give_up_part(event["shop"], event["order"], event["payment"])
        outcome = {"state": "given_up"}
    elif step == "check":
        shop = wiring.catalog().shop(event["shop"], fresh=True)
        outcome = {"problem": wiring.gateways().wrong_with(shop, event["gateway"])}
    else:
        outcome = {"voids_pending": str(_retry_voids())}
    told = {name: value for name, value in outcome.items() if name in _LOGGED}
    logger.info("step", extra={"step": step, "attempt": event.get("attempt", ""), **told})
    return outcome


def _repay(event: dict[str, Any]) -> dict[str, Any]:
    """Refusals are an answer, for the shopper who waits for it."""
    from till.domain.errors import Busy, TillError
    from till.domain.payment import Payment

    repaying = backstage.repaying()
    pay = repaying.pay if event["step"] == "repay" else repaying.pay_part
    try:
        repaid = pay(event["shop"], event["order"], Payment(**event["payment"]), event.get("counted", ()))
    except TillError as error:
        problem = error.problems[0]
        said = {"message": problem.message, "field": problem.field, "code": problem.code}
        return {"problem": said, "busy": isinstance(error, Busy)}
    return {"state": str(repaid.state), "message": repaid.message, "client_secret": repaid.client_secret}


def _run(event: dict[str, Any]) -> Run:
    return Run(event["shop"], event["order"], event["attempt"], event["run"])


def _undo(event: dict[str, Any]) -> str:
    try:
        return backstage.undoing().undo(_run(event)).state
    except Exception:
        facts.count("CompensationFailed", 1)
        raise


def _retry_voids() -> int:
    pending = backstage.undoing().retry_due()
    if pending:
        facts.count("VoidPending", pending)
    return pending
