"""The fixtures of all tests against the deployed stack."""

from tests.e2e.deployment import begin, http, merchant, sell, stack

__all__ = ["begin", "http", "merchant", "sell", "stack"]
