"""The merchant API over HTTP: one call, a list by its pages, and what is said where it fails."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from till_cli.access import Access
from till_cli.failures import Failure, NotLetIn, NotReached, Refused

type Json = dict[str, Any]

# API Gateway waits for 29 seconds.
PATIENCE = httpx.Timeout(40, connect=10)
_TRIES = 3
_LONGEST_PAUSE = 10
_PAGE = 100


def part(text: str) -> str:
    """As one part of a path."""
    return quote(text, safe="")


def new_key() -> str:
    """An Idempotency-Key that nobody used before."""
    return f"till-{uuid.uuid4()}"


class Merchant:
    """Paths that begin with `/merchant` are of the whole API, others of the shop."""

    def __init__(
        self, access: Access, transport: httpx.BaseTransport | None, pause: Callable[[float], None] = time.sleep
    ) -> None:
        headers = {"Authorization": f"Bearer {access.token}", "Accept": "application/json"}
        self._http = httpx.Client(base_url=access.url, headers=headers, timeout=PATIENCE, transport=transport)
        self._shop, self._pause = access.shop, pause

    def call(self, method: str, path: str, body: object = None, key: str = "", **more: Any) -> httpx.Response:
        """A good answer. A `body` of text is a CSV file, any other is sent as JSON. What changes something goes under
        one key, so that a busy shop can be asked again.

        Raises `Refused`, and `NotReached` where nobody knows what came of it.
        """
        headers = {"Idempotency-Key": key or new_key()} if method != "GET" else {}
        if isinstance(body, str):
            headers["Content-Type"] = "text/csv"
            more["content"] = body.encode()
        elif body is not None:
            more["json"] = body
        answer = self._send(method, self._path(path), headers=headers, **more)
        for _ in range(_TRIES - 1):
            if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                break
            self._pause(min(float(answer.headers.get("Retry-After", 1)), _LONGEST_PAUSE))
            answer = self._send(method, self._path(path), headers=headers, **more)
        if answer.is_success:
            return answer
        raise _failure(answer)

    def ask(self, method: str, path: str, body: object = None, key: str = "", **more: Any) -> Json:
        """The body of a good answer."""
        found: Json = self.call(method, path, body, key, **more).json()
        return found

    def pages(self, path: str, limit: int = 0, cursor: str = "", **query: str) -> Iterator[Json]:
        """The pages of a list up to so many things, or to its end."""
        left, following = limit, cursor
        while True:
            asked = query | {"limit": str(min(left, _PAGE) if limit else _PAGE), "cursor": following}
            page = self.ask("GET", path, params={name: value for name, value in asked.items() if value})
            yield page
            left -= len(page["data"])
            following = page["next_cursor"] or ""
            if not following or (limit and left <= 0):
                return

    def all(self, path: str) -> Iterator[Json]:
        """Every thing of a list."""
        for page in self.pages(path):
            yield from page["data"]

    def _path(self, path: str) -> str:
        if path.startswith("/merchant"):
            return path
        if not self._shop:
            raise Failure("Which shop? Say --shop, or set TILL_SHOP.", "shop")
        return f"/merchant/shops/{part(self._shop)}{path}"

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            host = self._http.base_url.host
            raise NotReached(f"No answer from {host}: {str(error) or type(error).__name__}") from error


def _failure(answer: httpx.Response) -> Failure:
    status = answer.status_code
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT):
        return NotReached("The shop is busy: send the same again in a moment.")
    try:
        problems = answer.json()["errors"]
    except (ValueError, KeyError, TypeError):
        problems = [{"code": str(status), "message": f"The answer was {status}: {answer.text[:200]}", "field": None}]
    kind = NotLetIn if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) else Refused
    return kind(status, problems)
