"""Facts about a merchant's shop that an alarm watches, counted as metrics."""

from __future__ import annotations


def count(fact: str, value: int) -> None:
    """So often it was seen. The metrics are loaded here: a healthy checkout never counts a fact."""
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

    metrics = EphemeralMetrics()
    metrics.add_metric(name=fact, unit=MetricUnit.Count, value=value)
    metrics.flush_metrics()
