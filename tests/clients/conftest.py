"""The fixtures of all tests against the deployed stack, and those of a browser."""

from tests.clients.browser import chromium, in_browser, packages
from tests.e2e.deployment import begin, five_hundred, http, merchant, sell, stack

__all__ = ["begin", "chromium", "five_hundred", "http", "in_browser", "merchant", "packages", "sell", "stack"]
