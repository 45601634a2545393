"""The fixtures of a browser, beside those of all tests against the deployed stack."""

from tests.clients.browser import chromium, in_browser, packages

__all__ = ["chromium", "in_browser", "packages"]
