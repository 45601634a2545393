"""Cross-origin answers: the exact origin, and only when the shop lists it."""

from __future__ import annotations

from aws_lambda_powertools.logging import Logger
from botocore.exceptions import BotoCoreError, ClientError

from till.domain.errors import TillError
from till.runtime import wiring
from till.runtime.settings import environment

METHODS = "GET,POST,PUT,PATCH,DELETE,OPTIONS"
HEADERS = "authorization,content-type,accept,idempotency-key"
EXPOSED = "Retry-After,Idempotent-Replayed,Deprecation"


def headers(shop: str, origin: str) -> dict[str, str]:
    """The headers of a real answer. Without an allowed origin a browser is told nothing."""
    vary = {"Vary": "Origin"}
    if not origin or origin not in allowed_origins(shop):
        return vary
    return vary | {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": EXPOSED,
    }


def preflight(shop: str, origin: str) -> dict[str, str]:
    """The headers of the answer to OPTIONS."""
    allowed = headers(shop, origin)
    if "Access-Control-Allow-Origin" not in allowed:
        return allowed
    return allowed | {
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": HEADERS,
        "Access-Control-Max-Age": "600",
    }


def allowed_origins(shop: str) -> tuple[str, ...]:
    """The shop's origins, and the deployment's where the shop lists none or is not known."""
    try:
        own = wiring.catalog().shop(shop).settings.allowed_origins if shop else ()
    except TillError:
        own = ()
    except (BotoCoreError, ClientError):
        # An answer without origins is better than none, but somebody has to know.
        Logger().exception("the shop's origins could not be read")
        own = ()
    return own or environment().allowed_origins
