"""Where the API is, as whoever sends a request reaches it: some answers carry links into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from till.runtime.settings import environment

if TYPE_CHECKING:
    from till.domain.shop import Shop

# What paths have in the place of a cart's id: no cart of such a name could be reached there.
RESERVED = frozenset(
    [
        "add",
        "begin",
        "cst",
        "customer",
        "items",
        "orders",
        "page",
        "shipping",
        "shipping-method",
        "shipping-rates",
        "shop",
        "status",
        "storefront",
        "update",
    ]
)


def webhook_url(api_url: str, shop: str, gateway_id: str) -> str:
    """Where a gateway of the shop sends its webhooks."""
    return f"{api_url}/webhooks/{gateway_id}?shop={shop}"


def checkout_url(shop: Shop, cart_id: str, api_url: str, *, named_shop: bool) -> str:
    """Where a shopper checks a cart out: the shop's own page, which `{cart_id}` in its URL tells which cart, else the
    query; without one, Till's. `named_shop` is for carts that are not found by their id alone."""
    own = shop.settings.checkout_url
    if "{cart_id}" in own:
        return own.replace("{cart_id}", cart_id)
    if own:
        return f"{own}{'&' if '?' in own else '?'}cart_id={cart_id}"
    return f"{api_url}/checkout/{cart_id}" + (f"?shop={shop.identifier}" if named_shop else "")


def api_url(event: Mapping[str, Any]) -> str:
    """The URL that the routes follow, without a trailing slash.

    The deployment's own where it has one (`{api}` in it is the id of the API). Else the host that was asked, which API
    Gateway lets through only if it is one of its own, and what stands before the route: a stage, a custom domain's
    base path, or nothing. Without a host, as in an event made by hand, only that path.
    """
    context = event.get("requestContext") or {}
    fixed = environment().api_url
    if fixed:
        return fixed.replace("{api}", context.get("apiId", ""))
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    path = context.get("path", "").rstrip("/").split("/")
    prefix = "/".join(path[: -event.get("resource", "/").count("/")])
    host = headers.get("host") or context.get("domainName", "")
    scheme = "http" if headers.get("x-forwarded-proto") == "http" else "https"
    return f"{scheme}://{host}{prefix}" if host else prefix
