"""Customers, and tokens for them and for members of accounts."""

from __future__ import annotations

from elasticpath.storefront import elasticpath

app = elasticpath()
handler = app.handle
