"""What every route of this dialect has in common: who asks, and how it says no."""

from __future__ import annotations

from elasticpath.errors import ELASTIC_PATH
from till.domain.errors import Unauthenticated
from till.runtime.app import App, Request


def elasticpath() -> App:
    """An app whose routes take an access token."""
    return App(ELASTIC_PATH, authenticate)


def authenticate(_: Request) -> str:
    """Raises `Unauthenticated`: nobody has a token yet."""
    raise Unauthenticated("An access token is required.", "Authorization")
