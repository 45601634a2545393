"""The fixtures of all tests against the deployed stack."""

from tests.e2e.deployment import begin, dns, five_hundred, http, merchant, sell, stack, stripe

__all__ = ["begin", "dns", "five_hundred", "http", "merchant", "sell", "stack", "stripe"]
