"""Carts and what is in them."""

from __future__ import annotations

from elasticpath.storefront import elasticpath

app = elasticpath()
handler = app.handle
