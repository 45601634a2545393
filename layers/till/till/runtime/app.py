"""The app factory: what every HTTP function has in common.

A function declares its routes on an `App`; the OpenAPI document is generated from the same declarations. The factory
decodes bodies, authenticates, claims idempotency keys, adds CORS headers and turns errors into the dialect's own.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from botocore.exceptions import BotoCoreError, ClientError

from till.adapters.aws import is_busy
from till.adapters.log import logger
from till.application import idempotency
from till.application.idempotency import Answer, Claim
from till.domain.card_numbers import refuse_card_numbers
from till.domain.errors import Busy, Invalid, NotFound, TillError
from till.domain.strict_json import strict
from till.runtime import cors, wiring
from till.runtime.location import api_url

if TYPE_CHECKING:
    from till.application.editing import Draft
    from till.application.limits import Asker

LARGEST_BODY = 256 * 1024
LARGEST_FILE = 5 * 1024 * 1024
_WITHOUT_BODY = (204, 304)


class Kind(StrEnum):
    """How a route keeps to one effect per idempotency key.

    CHANGE: the record is written with the order, in one transaction. WORKFLOW: the record names the run whose outcome
    is the answer. CALL: the key is claimed first, then the route runs, then its answer is stored. TOKEN: answers with
    a fresh token each time; the record holds only which order it is for. NOTICE: a gateway's webhook, which has no key:
    it is only a hint, and may come as often as it likes. REPEATABLE: a sign-in, whose answer is never kept; what else
    it does comes out the same however often it is done.
    """

    READ = "read"
    CHANGE = "change"
    WORKFLOW = "workflow"
    CALL = "call"
    TOKEN = "token"  # noqa: S105  # the name of a kind
    NOTICE = "notice"
    REPEATABLE = "repeatable"

    @property
    def keeps_keys(self) -> bool:
        """Is an Idempotency-Key looked at?"""
        return self not in (Kind.READ, Kind.NOTICE, Kind.REPEATABLE)


@dataclass(frozen=True, slots=True)
class Route:
    """One declared route; `path` in API Gateway's syntax, `takes` the request model's name in the group's `models`, or
    behind the name of another module of it. The same is served at the paths of `also`."""

    method: str
    path: str
    kind: Kind
    summary: str
    takes: str = ""
    also: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Wherever it is served."""
        return (self.path, *self.also)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a route sees it. Header names are lower-case; `body` is parsed JSON, or text where declared.
    `api_url` is where it found the API, without a trailing slash; `address` is who sent it, as API Gateway saw them;
    `draft` is the order's within a batch."""

    method: str
    route: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    now: int
    body: Any = None
    raw: bytes = b""
    claim: Claim | None = None
    api_url: str = ""
    address: str = ""
    draft: Draft | None = None

    def operation(self) -> str:
        """A name for what is to be done: the same when the same request comes again with its key, else a new one."""
        return self.claim.operation if self.claim else wiring.new_id()

    def new_id(self) -> str:
        """A ULID for what is made: the same when the same request comes again with its key, else a new one."""
        return self.claim.new_id() if self.claim else wiring.new_id()

    @property
    def began(self) -> int:
        """When the request first came, in Unix seconds."""
        return self.claim.now if self.claim else self.now

    @property
    def is_again(self) -> bool:
        """Did it break off before? Then what it asks for may be done already."""
        return self.claim is not None and self.claim.again

    @contextmanager
    def deleting(self) -> Iterator[None]:
        """What is to be deleted may be gone, where this request did that before it broke off."""
        try:
            yield
        except NotFound:
            if not self.is_again:
                raise

    @property
    def bearer(self) -> str:
        """The bearer token, or nothing. Older clients of Elastic Path write a colon after the word."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() in ("bearer", "bearer:") else ""

    @property
    def asker(self) -> Asker:
        """Who asks, as limits count them."""
        from till.application.limits import Asker

        return Asker(self.address, self.bearer)


class Dialect(Protocol):
    """What a wire API lets in, and how it says no."""

    def admit(self, body: object) -> None:
        """Raises `Invalid` for a body that no route may see."""

    def refuse(self, error: TillError) -> Answer: ...

    def fault(self) -> Answer: ...


type Handler = Callable[[Request], Answer]
# Checks the credentials of a request and says on whose behalf it comes.
type Authenticate = Callable[[Request], str]
# Gives an answer, refusals included, another form.
type Present = Callable[[Request, Answer], Answer]


def shop_in_path(request: Request) -> str:
    """The shop that the path names, or ""."""
    return request.path.get("shop", "")


@dataclass(slots=True)
class App:
    """The routes of one function, and its Lambda entry point, `handle`.

    `shop_of` says which shop a request is about, or raises `TillError`: the shop's origins may read the answer, be it a
    refusal, and an idempotency key stands for one thing within it.
    """

    dialect: Dialect
    authenticate: Authenticate
    shop_of: Callable[[Request], str] = shop_in_path
    routes: list[Route] = field(default_factory=list)
    handlers: dict[Route, Handler] = field(default_factory=dict)
    _resolver: APIGatewayRestResolver = field(default_factory=APIGatewayRestResolver)

    def __post_init__(self) -> None:
        self._resolver.not_found(self._unknown_route)

    def route(
        self,
        method: str,
        path: str,
        kind: Kind,
        summary: str,
        takes: str = "",
        body: str = "application/json",
        present: Present | None = None,
        also: tuple[str, ...] = (),
    ) -> Callable[[Handler], Handler]:
        """Declare a route. `takes` names the model of its JSON body, for the API's document: by name, since a cold
        start must not wait for models that its request has no use for. `body` is the media type that it takes; anything
        but JSON arrives as text. `present` makes a page of whatever is answered, where people are to read it. The
        same is served at the paths of `also`."""
        route = Route(method, path, kind, summary, takes, also)
        self.routes.append(route)

        def declare(handler: Handler) -> Handler:
            def answer(**_: str) -> Response[str | bytes]:
                return self._answer(route, handler, body == "application/json", present)

            for one in route.paths:
                self._resolver.route(one.replace("{", "<").replace("}", ">"), method)(answer)
            self.handlers[route] = handler
            return handler

        return declare

    def handle(self, event: dict[str, Any], context: object) -> dict[str, Any]:
        """The Lambda entry point."""
        return self._resolver.resolve(event, context)  # type: ignore[arg-type]  # Powertools types its own context

    def _unknown_route(self, _: Exception) -> Response[str | bytes]:
        return _response(self.dialect.refuse(NotFound("There is no such route.", "path")), {})

    def _answer(self, route: Route, handler: Handler, is_json: bool, present: Present | None) -> Response[str | bytes]:
        started = time.perf_counter()
        event = self._resolver.current_event.raw_event
        request = _request(event, route)
        try:
            principal = self.authenticate(request)
            request = _with_body(request, event, is_json)
            refuse_card_numbers({**request.path, **request.query}, full_of_ids=True)
            self.dialect.admit(request.body)
            answer = self._run(route, handler, request, principal)
        except TillError as error:
            answer = self.dialect.refuse(error)
        except Exception as error:
            answer = self._unexpected(error, route)
        if present:
            answer = present(request, answer)
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        facts = {"route": route.path, "method": route.method, "status": answer.status, "ms": milliseconds}
        logger.info("answered", extra=facts)
        return _response(answer, self._cors(request), route.method == "HEAD")

    def _cors(self, request: Request) -> dict[str, str]:
        origin = request.headers.get("origin", "")
        try:
            shop = self.shop_of(request) if origin else ""
        except (TillError, BotoCoreError, ClientError):
            shop = ""  # the answer stands, whatever is known of the shop
        return cors.headers(shop, origin)

    def _unexpected(self, error: Exception, route: Route) -> Answer:
        """AWS being busy is an answer; anything else is a bug, and logged as one."""
        if is_busy(error):
            return self.dialect.refuse(Busy("The shop is busy. Try again in a moment."))
        logger.exception("unexpected", extra={"route": route.path, "method": route.method})
        return self.dialect.fault()

    def _run(self, route: Route, handler: Handler, request: Request, principal: str) -> Answer:
        key = request.headers.get("idempotency-key", "")
        if not key or not route.kind.keeps_keys:
            return handler(request)
        shop = self.shop_of(request)
        scope = (shop, principal, route.method, route.path, *sorted(request.path.values()))
        claim = idempotency.claim(key, scope, shop, request.body, request.now)
        claimed = _replace(request, claim=claim)
        if route.kind is Kind.CALL:
            return idempotency.once(wiring.records(), claim, lambda ours: handler(_replace(request, claim=ours)))
        return handler(claimed)


def _request(event: dict[str, Any], route: Route) -> Request:
    return Request(
        method=route.method,
        route=route.path,
        path={name: unquote(value) for name, value in (event.get("pathParameters") or {}).items()},
        query=event.get("queryStringParameters") or {},
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        now=wiring.now(),
        api_url=api_url(event),
        address=((event.get("requestContext") or {}).get("identity") or {}).get("sourceIp") or "",
    )


def _replace(request: Request, **changes: Any) -> Request:
    members = {name: getattr(request, name) for name in Request.__slots__}
    return Request(**(members | changes))


def _with_body(request: Request, event: dict[str, Any], is_json: bool) -> Request:
    text = event.get("body") or ""
    try:
        raw = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
    except (binascii.Error, UnicodeEncodeError):
        raise Invalid("The body could not be decoded.", "body") from None
    largest = LARGEST_BODY if is_json else LARGEST_FILE
    if len(raw) > largest:
        raise Invalid(f"The body is larger than {largest // 1024} kB.", "body")
    return _replace(request, raw=raw, body=parse_json(raw) if is_json else _text(raw))


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid("The body is not UTF-8.", "body") from None


def parse_json(raw: bytes, field: str = "body") -> Any:
    """What a body holds, None if that is nothing. Raises `Invalid`, naming the field that it came in."""
    if not raw.strip():
        return None
    text = _text(raw)
    try:
        return strict(text)
    except ValueError:
        raise Invalid(f"The {field} is not valid JSON.", field) from None


def _response(answer: Answer, headers: Mapping[str, str], is_head: bool = False) -> Response[str | bytes]:
    replayed = {"Idempotent-Replayed": "true"} if answer.replayed else {}
    body: str | bytes = answer.content or answer.html or json.dumps(answer.body, separators=(",", ":"))
    media_type = "text/html; charset=utf-8" if answer.html else "application/json"
    return Response(
        status_code=answer.status,
        content_type=answer.media_type or media_type,
        body="" if is_head or answer.status in _WITHOUT_BODY else body,
        headers={**headers, **answer.headers, **replayed},
    )
