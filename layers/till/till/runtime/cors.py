"""Cross-origin answers: the exact origin, and only when the shop lists it."""

from __future__ import annotations

from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from till.adapters.log import logger
from till.domain.errors import TillError
from till.runtime import wiring
from till.runtime.settings import environment

METHODS = "GET,POST,PUT,PATCH,DELETE,OPTIONS"
# The last two lines are what Elastic Path's SDKs send with every request, the one before them is of CoCart's.
HEADERS = (
    "authorization,content-type,accept,idempotency-key,"
    "cart-key,cocart-api-cart-key,if-none-match,"
    "ep-account-management-authentication-token,ep-channel,ep-context-tag,x-moltin-application,x-moltin-currency,"
    "x-moltin-customer-token,x-moltin-language,x-moltin-sdk-language,x-moltin-sdk-version"
)
EXPOSED = (
    "Retry-After,Idempotent-Replayed,Deprecation,ETag,"
    "Cart-Key,CoCart-API-Cart-Key,CoCart-API-Cart-Expiring,CoCart-API-Cart-Expiration,CoCart-Cache,"
    "CoCart-Timestamp,CoCart-Version"
)


def headers(shop: str, origin: str) -> dict[str, str]:
    """The headers of a real answer. Without an allowed origin a browser is told nothing."""
    return _allowing(origin, allowed_origins(shop) if origin else ())


def preflight(shop: str, origin: str) -> dict[str, str]:
    """The headers of the answer to OPTIONS.

    Where the path names no shop the token does, which a preflight never carries: then the origin must be some shop's,
    and the answer to the request itself is for its own shop's origins.
    """
    if not origin:
        return _allowing(origin, ())
    allowed = _allowing(origin, allowed_origins(shop) if shop else _of_any_shop())
    if "Access-Control-Allow-Origin" not in allowed:
        return allowed
    return allowed | {
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": HEADERS,
        "Access-Control-Max-Age": "600",
    }


def allowed_origins(shop: str) -> tuple[str, ...]:
    """The shop's origins, and the deployment's where the shop lists none or is not known."""
    own = _known(lambda: wiring.catalog().shop(shop).settings.allowed_origins) if shop else ()
    return own or environment().allowed_origins


def _of_any_shop() -> tuple[str, ...]:
    return _known(lambda: wiring.catalog().origins()) + environment().allowed_origins


def _known(read: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    try:
        return read()
    except TillError:
        return ()
    except (BotoCoreError, ClientError):
        # An answer without origins is better than none, but somebody has to know.
        logger.exception("the shop's origins could not be read")
        return ()


def _allowing(origin: str, origins: tuple[str, ...]) -> dict[str, str]:
    vary = {"Vary": "Origin"}
    if origin not in origins:
        return vary
    return vary | {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": EXPOSED,
    }
