"""Access tokens of clients.

Wire format: Elastic Path's `POST /oauth/access_token`, form-encoded; the answer is flat, and a refusal's status text.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from elasticpath.errors import ElasticPathDialect
from till.application.clients import Client
from till.application.idempotency import Answer
from till.domain.errors import Invalid, TillError, Unauthenticated
from till.runtime import access, wiring
from till.runtime.app import App, Kind, Request, parse_json

_LONGEST = 10_000
_TITLES = {400: "Bad Request", 401: "Unauthorized"}


class TokenDialect(ElasticPathDialect):
    """As everywhere in the dialect but for 400 and 401."""

    def admit(self, body: object) -> None:
        """Anything: nothing of it is kept."""

    def refuse(self, error: TillError) -> Answer:
        answer = super().refuse(error)
        if answer.status not in _TITLES:
            return answer
        said = {"title": _TITLES[answer.status], "status": str(answer.status)}
        if isinstance(error, Invalid):
            said |= {"detail": error.problems[0].message, "source": error.problems[0].field}
        return Answer(answer.status, {"errors": [said]}, answer.headers)


def anybody(_: Request) -> str:
    """Who asks is in the body."""
    return ""


def shop_of(request: Request) -> str:
    """The client's shop. Raises `Invalid`, `Unauthenticated`."""
    return _client(_form(request)).shop


app = App(TokenDialect(), anybody, shop_of)
handler = app.handle


@app.route(
    "POST",
    "/oauth/access_token",
    Kind.READ,
    "Create Access Token",
    body="application/x-www-form-urlencoded",
)
def create_access_token(request: Request) -> Answer:
    form = _form(request)
    grant = form.get("grant_type", "")
    if grant not in (access.IMPLICIT, access.CLIENT_CREDENTIALS):
        raise Invalid("The grant_type is implicit or client_credentials.", "grant_type")
    client = _client(form)
    if grant == access.CLIENT_CREDENTIALS and not client.has(form.get("client_secret", "")):
        raise Unauthenticated("This is not the client's secret.", "client_secret")
    token = access.issue(access.ACCESS, {"shop": client.shop, "client": client.id, "grant": grant}, request.now)
    life = access.LIVES[access.ACCESS]
    answer = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": life,
        "expires": request.now + life,
        "identifier": grant,
    }
    return Answer(200, answer, {"Cache-Control": "no-store"})


def _client(form: Mapping[str, str]) -> Client:
    client_id = form.get("client_id", "")
    if not client_id:
        raise Invalid("The client_id is required.", "client_id")
    client = wiring.clients().get(client_id)
    if client is None:
        raise Unauthenticated("There is no such client.", "client_id")
    return client


def _form(request: Request) -> dict[str, str]:
    """What was sent, as a form or as JSON."""
    text = request.body or ""
    if len(text) > _LONGEST:
        raise Invalid("The body is too large.", "body")
    if text.lstrip().startswith("{"):
        sent = parse_json(text.encode())
        return {name: value for name, value in sent.items() if isinstance(value, str)}
    try:
        return dict(parse_qsl(text, max_num_fields=20))
    except ValueError:
        raise Invalid("The body has too many fields.", "body") from None
