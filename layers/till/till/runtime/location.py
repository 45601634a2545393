"""Where the API is, as whoever sends a request reaches it: some answers carry links into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from till.runtime.settings import environment


def webhook_url(api_url: str, shop: str, gateway_id: str) -> str:
    """Where a gateway of the shop sends its webhooks."""
    return f"{api_url}/webhooks/{gateway_id}?shop={shop}"


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
