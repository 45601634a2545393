"""What every route of this dialect has in common: who asks, and how it says no."""

from __future__ import annotations

from elasticpath.access import authenticate, shop_of
from elasticpath.errors import ELASTIC_PATH
from till.runtime.app import App


def elasticpath() -> App:
    """An app whose routes take an access token, which says of which shop they are."""
    return App(ELASTIC_PATH, authenticate, shop_of)
