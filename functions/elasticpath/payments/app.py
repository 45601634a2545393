"""Payments and transactions of orders."""

from __future__ import annotations

from elasticpath.storefront import elasticpath

app = elasticpath()
handler = app.handle
