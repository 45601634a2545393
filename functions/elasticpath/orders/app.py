"""Checkout, and the orders that it makes."""

from __future__ import annotations

from elasticpath.storefront import elasticpath

app = elasticpath()
handler = app.handle
