"""What an alarm or the dashboard watches, counted as metrics."""

from __future__ import annotations


def count(fact: str, value: int, reason: str = "") -> None:
    """So often it was seen, or so many there are; by `reason` where it has one, a code of ours.

    The metrics are loaded here: no function that a shopper waits for counts anything where all goes well.
    """
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

    metrics = EphemeralMetrics()
    metrics.add_metric(name=fact, unit=MetricUnit.Count, value=value)
    if reason:
        metrics.add_dimension(name="reason", value=reason)
    metrics.flush_metrics()
