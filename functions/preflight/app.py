"""CORS preflight for every route. It asks for no token: a browser sends none."""

from __future__ import annotations

from typing import Any

from till.runtime import cors


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """204 with the shop's answer to the origin; without an allowed origin a browser stops here."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    shop = (event.get("pathParameters") or {}).get("shop", "")
    return {"statusCode": 204, "headers": cors.preflight(shop, headers.get("origin", "")), "body": ""}
