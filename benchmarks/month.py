"""What a month costs, from what one checkout was measured to use and from what the template keeps running."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # it ships no types

from benchmarks.checkout import PRICES, Bill, cost_of
from benchmarks.text import table as text_table

TEMPLATE = Path(__file__).resolve().parent.parent / "template.yaml"
ORDERS = (1_000, 100_000, 10_000_000)
MINUTES = 730 * 60
# The metrics that Till counts by itself.
NAMESPACE = "Till"
DRAWN = re.compile(rf'(?:"{NAMESPACE}", ?|MetricName=)"([A-Za-z]+)"')


@dataclass(frozen=True, slots=True)
class Standing:
    """What the template has whether anybody buys or not. `metrics` of alarms are billed each, as often as they are
    watched; `counted` are Till's own, each once."""

    secrets: int
    metrics: int
    counted: int
    dashboards: int
    each_minute: int


def standing() -> Standing:
    """Of the template, as it stands on AWS."""
    template: Any = yaml_parse(TEMPLATE.read_text())
    resources = template["Resources"].values()
    watched = list(_metrics(resources))
    counted = {metric["MetricName"] for metric in watched if metric["Namespace"] == NAMESPACE}
    for one in resources:
        if one["Type"] == "AWS::CloudWatch::Dashboard":
            counted.update(DRAWN.findall(json.dumps(one["Properties"]["DashboardBody"]).replace("\\", "")))
    return Standing(
        secrets=_many(resources, "AWS::SecretsManager::Secret"),
        metrics=len(watched),
        counted=len(counted),
        dashboards=_many(resources, "AWS::CloudWatch::Dashboard"),
        each_minute=sum(
            event["Type"] == "Schedule" and event["Properties"]["Schedule"] == "rate(1 minute)"
            for resource in resources
            for event in resource.get("Properties", {}).get("Events", {}).values()
        ),
    )


def _metrics(resources: Any) -> Iterator[Any]:
    for resource in resources:
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            properties = resource["Properties"]
            yield from (one["MetricStat"]["Metric"] for one in properties.get("Metrics", []) if "MetricStat" in one)
            if "MetricName" in properties:
                yield properties


def _many(resources: Any, kind: str) -> int:
    return sum(resource["Type"] == kind for resource in resources)


def costs(bill: Bill, left: Bill, fixed: Standing, orders: int, prices: Any) -> Mapping[str, float]:
    """US dollars of a month with so many orders, by what is paid for. `bill` is of one that is placed and charged,
    `left` of a checkout that is left before it is paid."""
    price = {name: one["dollars"] / one["per"] for name, one in prices["prices"].items()}
    assumed = prices["assumptions"]
    abandoned = orders * assumed["checkouts_left_for_each_order"]
    placed, unplaced = cost_of(bill, prices), cost_of(left, prices)
    paid = {what: orders * placed[what] + abandoned * unplaced[what] for what in placed}
    # A page of another origin asks first whether it may: once for each path of each order.
    asked = assumed["preflights_for_each_request"] * (orders * bill.requests + abandoned * left.requests)
    paid["API Gateway requests"] += asked * price["api_gateway_request"]
    paid["Lambda requests"] += asked * price["lambda_request"]
    paid["Lambda seconds"] += asked * assumed["seconds_of_a_preflight"] * price["lambda_gb_second"]
    told = orders * (1 + bill.events * assumed["webhooks_for_each_event"])
    pushed = orders * assumed["transitions_of_a_push"] * price["step_functions_transition"]
    paid["Webhooks and push, one of each event and order"] = pushed + told * (
        assumed["queue_requests_for_each_webhook"] * price["sqs_request"]
        + assumed["invocations_for_each_webhook"] * price["lambda_request"]
        + assumed["seconds_of_a_webhook"] * price["lambda_gb_second"]
        # Written when it is new, begun and ended, each time with two indexes.
        + assumed["write_units_for_each_webhook"] * price["dynamodb_write_unit"]
        + assumed["read_units_for_each_webhook"] * price["dynamodb_read_unit"]
    )
    paid["Mails, one for each order"] = orders * price["ses_mail"]
    stored = orders * bill.stored * assumed["months_of_orders_kept"] / 1e9
    paid["DynamoDB stored and backed up"] = stored * (price["dynamodb_gb_month"] + price["dynamodb_backup_gb_month"])
    sent = (orders * bill.sent + abandoned * left.sent) / 1e9
    paid["Data sent to browsers"] = sent * price["data_out_gb"]
    ticks = fixed.each_minute * MINUTES
    paid["Standing: secrets, alarms, metrics, what runs each minute"] = (
        fixed.secrets * price["secret_month"]
        + fixed.metrics * price["alarm_metric_month"]
        + fixed.counted * price["custom_metric_month"]
        + fixed.dashboards * price["dashboard_month"]
        + ticks * (price["lambda_request"] + assumed["seconds_of_a_tick"] * price["lambda_gb_second"])
        + ticks * assumed["read_units_of_a_tick"] * price["dynamodb_read_unit"]
    )
    return paid


def table(bill: Bill, left: Bill) -> str:
    """One column for each number of orders."""
    prices, fixed = json.loads(PRICES.read_text()), standing()
    months = [costs(bill, left, fixed, orders, prices) for orders in ORDERS]
    rows: list[Sequence[object]] = [(what, *(f"{month[what]:,.2f}" for month in months)) for what in months[0]]
    rows.append(("together", *(f"{sum(month.values()):,.2f}" for month in months)))
    rows.append(
        (
            "for each order",
            *(f"{sum(month.values()) / orders:.5f}" for month, orders in zip(months, ORDERS, strict=True)),
        )
    )
    heads = ("orders a month", *(f"{orders:,}" for orders in ORDERS))
    return text_table("A month in US dollars, us-east-1, prices unverified (prices.json)", heads, rows)
