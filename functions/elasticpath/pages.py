"""Lists in pages by `page[limit]` and `page[offset]`.

Wire format: Elastic Path's pagination. `meta.page.total` counts pages and `meta.results.total` things; a link to a page
that there is none of is null.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from elasticpath.money import Json
from till.domain.errors import Invalid
from till.runtime.app import Request

LIMIT, OFFSET = "page[limit]", "page[offset]"
MOST_A_PAGE = 100
LARGEST_OFFSET = 10_000
_A_PAGE = 20


def page[T](request: Request, things: Sequence[T]) -> tuple[Sequence[T], dict[str, Json]]:
    """The page that is asked for, and the `links` and `meta` that go with it. Raises `Invalid`."""
    limit = _number(request, LIMIT, _A_PAGE, 1, MOST_A_PAGE)
    offset = _number(request, OFFSET, 0, 0, LARGEST_OFFSET)
    last = max(0, len(things) - 1) // limit * limit
    links: Json = {
        "current": _link(request, limit, offset),
        "first": _link(request, limit, 0),
        "last": _link(request, limit, last),
        "next": _link(request, limit, offset + limit) if offset + limit < len(things) else None,
        "prev": _link(request, limit, max(0, offset - limit)) if offset else None,
    }
    meta: Json = {
        "page": {"limit": limit, "offset": offset, "current": offset // limit + 1, "total": last // limit + 1},
        "results": {"total": len(things)},
    }
    return things[offset : offset + limit], {"links": links, "meta": meta}


def _number(request: Request, name: str, default: int, least: int, most: int) -> int:
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and least <= int(text) <= most):
        raise Invalid(f"Must be a whole number from {least} to {most}", name, "format")
    return int(text)


def _link(request: Request, limit: int, offset: int) -> str:
    asked = {name: value for name, value in request.query.items() if name not in (LIMIT, OFFSET)}
    return f"{request.api_url}{request.route}?{urlencode({**asked, LIMIT: limit, OFFSET: offset})}"
