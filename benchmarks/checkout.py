"""What a whole checkout costs, in each dialect: a guest with two lines, paid by card and charged, with its events
published and stock settled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.imports import ColdStart
from benchmarks.meter import Cost
from benchmarks.process import Till
from benchmarks.shoppers import LINES, SHOPPERS, Shop
from benchmarks.text import table as text_table
from tests.fakes.state_machine import Execution

CHECKOUTS, WARM_UP = 15, 2
MOST_TRANSITIONS = 12
MOST_FULFILMENT_TRANSITIONS = 5
# AWS counts the way from the start and the way to the end as well.
START_AND_END = 2
# By this name the meter has the function that publishes an event.
OUTBOX = "events.outbox"
PRICES = Path(__file__).with_name("prices.json")
GB_MEMORY = 1024 / 1024
# Below this much memory a function has a part of a processor.
MB_PER_PROCESSOR = 1769


@dataclass(frozen=True, slots=True)
class Bill:
    """Of one checkout. `transitions` are those of the order workflow, `fulfilment` those of its charge, `starts` the
    executions of both. Bytes: `sent` of answers, compressed as by API Gateway, `stored` of what stays in the tables."""

    dialect: str
    costs: Sequence[Cost]
    requests: int
    transitions: int
    fulfilment: int
    starts: int
    events: int
    logged: int
    sent: int
    stored: int

    @property
    def round_trips(self) -> int:
        """Calls of DynamoDB."""
        return sum(len(cost.calls) for cost in self.costs)

    @property
    def cpu(self) -> float:
        """Seconds, of all functions."""
        return sum(cost.cpu for cost in self.costs)

    @property
    def written(self) -> Mapping[str, float]:
        """Write units by table, and by "table/index"."""
        names = {name for cost in self.costs for name in cost.written}
        return {name: sum(cost.written[name] for cost in self.costs) for name in names}

    def writes(self, ending: str) -> int:
        """How often the item was written whose partition key ends so; twice where a transaction did."""
        return sum(many for cost in self.costs for pk, many in cost.writes.items() if pk.endswith(ending))


def measure(till: Till) -> list[Bill]:
    """Warm checkouts, of each dialect the one whose CPU is the median."""
    return [of(till, dialect, shopper(till)) for dialect, shopper in SHOPPERS.items()]


def of(till: Till, dialect: str, shop: Shop) -> Bill:
    """The one whose CPU is the median."""
    bills = [_checkout(till, dialect, shop) for _ in range(WARM_UP + CHECKOUTS)][WARM_UP:]
    middle = median(bill.cpu for bill in bills)
    return next(bill for bill in bills if bill.cpu == middle)


def table(bill: Bill, cold: Sequence[ColdStart]) -> str:
    """The counts, and the cost of a thousand."""
    used = {cost.module for cost in bill.costs}
    starts = [start for start in cold if start.module in used]
    counts = [
        ("requests", bill.requests, ""),
        ("invocations of functions", len(bill.costs), ""),
        ("round trips to DynamoDB", bill.round_trips, ""),
        ("read units", f"{sum(cost.read_units for cost in bill.costs):g}", ""),
        ("write units", f"{sum(cost.write_units for cost in bill.costs):g}", ""),
        ("state transitions, order workflow", bill.transitions, MOST_TRANSITIONS),
        ("state transitions, fulfilment workflow", bill.fulfilment, MOST_FULFILMENT_TRANSITIONS),
        ("events", bill.events, ""),
        ("CPU ms, all functions warm", bill.cpu * 1000, ""),
        (f"CPU ms, cold starts of all {len(starts)} functions", sum(start.milliseconds for start in starts), ""),
        ("the same as a ratio to boto3 and one client", sum(start.ratio for start in starts), ""),
        ("bytes logged", bill.logged, ""),
    ]
    prices = json.loads(PRICES.read_text())
    dollars = cost_of(bill, prices)
    costs = [(what, f"{amount * 1000:.4f}") for what, amount in dollars.items()]
    costs.append(("together", f"{sum(dollars.values()) * 1000:.4f}"))
    return "\n\n".join(
        [
            text_table(f"One checkout, {bill.dialect}: guest, {LINES} lines, stepwise", ("", "", "at most"), counts),
            text_table("1,000 checkouts in US dollars, us-east-1, prices unverified (prices.json)", ("", "$"), costs),
        ]
    )


def cost_of(bill: Bill, prices: Any) -> Mapping[str, float]:
    """US dollars of one checkout, by what is paid for."""
    price = {name: one["dollars"] / one["per"] for name, one in prices["prices"].items()}
    assumed = prices["assumptions"]
    logged = bill.logged + len(bill.costs) * assumed["bytes_logged_by_lambda_per_invocation"]
    logged += bill.requests * assumed["bytes_logged_by_api_gateway_per_request"]
    return {
        "API Gateway requests": bill.requests * price["api_gateway_request"],
        "Lambda requests": len(bill.costs) * price["lambda_request"],
        "Lambda seconds": seconds_of(bill, prices) * GB_MEMORY * price["lambda_gb_second"],
        "DynamoDB read units": sum(cost.read_units for cost in bill.costs) * price["dynamodb_read_unit"],
        "DynamoDB write units": sum(cost.write_units for cost in bill.costs) * price["dynamodb_write_unit"],
        "Step Functions transitions": (bill.transitions + bill.fulfilment) * price["step_functions_transition"],
        "EventBridge events": bill.events * price["eventbridge_event"],
        "CloudWatch logs": logged / 1e9 * price["cloudwatch_logs_gb"],
    }


def seconds_of(bill: Bill, prices: Any) -> float:
    """For which functions are busy: with their own work, with DynamoDB, and with waiting for the order workflow."""
    assumed = prices["assumptions"]
    slower = MB_PER_PROCESSOR / (GB_MEMORY * 1024)
    seconds = sum(cost.cpu * slower + len(cost.calls) * assumed["seconds_per_round_trip"] for cost in bill.costs)
    return float(seconds) + (assumed["seconds_that_process_order_waits"] if bill.transitions else 0)


def _checkout(till: Till, dialect: str, shop: Shop) -> Bill:
    till.meter.costs.clear()
    till.log.size = till.sent = 0
    stored = till.stored()
    begun = [len(machine.executions) for machine in (till.machine, till.fulfilment)]
    shop()
    requests = sum(cost.name in till.routes for cost in till.meter.costs)
    till.deliver_streams()
    placing, charging = (
        list(machine.executions.values())[before:]
        for machine, before in zip((till.machine, till.fulfilment), begun, strict=True)
    )
    return Bill(
        dialect,
        list(till.meter.costs),
        requests,
        transitions=_transitions(placing),
        fulfilment=_transitions(charging),
        starts=len(placing) + len(charging),
        events=sum(cost.name == OUTBOX for cost in till.meter.costs),
        logged=till.log.size,
        sent=till.sent,
        stored=till.stored() - stored,
    )


def _transitions(executions: Sequence[Execution]) -> int:
    return sum(len(execution.entered) + START_AND_END for execution in executions)
