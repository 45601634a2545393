"""The fixtures of all tests against the deployed stack, those of a browser and of the npm clients."""

from tests.clients.bold_library import open_library
from tests.clients.browser import chromium, in_browser, packages
from tests.clients.cocart_library import cocart
from tests.clients.elasticpath_sdk import market, newer_market, open_sdk
from tests.clients.storefronts import owner, sites
from tests.e2e.deployment import begin, dns, five_hundred, http, merchant, sell, stack, stripe

__all__ = [
    "begin",
    "chromium",
    "cocart",
    "dns",
    "five_hundred",
    "http",
    "in_browser",
    "market",
    "merchant",
    "newer_market",
    "open_library",
    "open_sdk",
    "owner",
    "packages",
    "sell",
    "sites",
    "stack",
    "stripe",
]
