"""Access tokens: who gets one, what it says, and which are turned away."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest

from elasticpath.access import Caller, caller
from tests.integration.deployment import JWT_KEY, Deployment
from tests.integration.elasticpath.storefront import Storefront, a_client, ask_for_token
from till.domain.errors import Forbidden, Unauthenticated
from till.runtime import access, session, signed, wiring
from till.runtime.app import Request

SECRET = "till/jwt-signing-key"


def asked(token: str, now: int = 0, **headers: str) -> Request:
    """A request with that bearer token."""
    sent = {"authorization": f"Bearer {token}", **headers}
    return Request("GET", "/v2/carts", {}, {}, sent, now or wiring.now())


def test_a_storefront_gets_a_token_with_its_clients_id_alone(till: Deployment) -> None:
    client, _ = a_client()
    reply = ask_for_token(till, {"grant_type": "implicit", "client_id": client.id})
    assert reply.status == 200
    body = reply.body
    assert body.keys() == {"access_token", "token_type", "expires_in", "expires", "identifier"}
    assert (body["token_type"], body["expires_in"], body["identifier"]) == ("Bearer", 3600, "implicit")
    assert abs(body["expires"] - wiring.now() - 3600) < 60
    assert reply.headers["Cache-Control"] == "no-store"
    assert caller(asked(body["access_token"])) == Caller("acme", client.id, is_trusted=False)


def test_a_backend_is_trusted_for_its_clients_secret(till: Deployment) -> None:
    client, secret = a_client()
    reply = ask_for_token(till, {"grant_type": "client_credentials", "client_id": client.id, "client_secret": secret})
    assert reply.body["identifier"] == "client_credentials"
    assert caller(asked(reply.body["access_token"])) == Caller("acme", client.id, is_trusted=True)


def test_older_clients_write_a_colon_after_bearer(till: Deployment) -> None:
    backend = Storefront(till, trusted=True)
    headers = {"Authorization": f"Bearer: {backend.token}"}
    assert till.elasticpath.call("GET", "/v2/customers", headers=headers).status == 200


def test_a_token_may_be_asked_for_in_json(till: Deployment) -> None:
    client, _ = a_client()
    form = {"grant_type": "implicit", "client_id": client.id, "more": [1]}
    reply = till.elasticpath.call("POST", "/oauth/access_token", json.dumps(form).encode())
    assert reply.body["identifier"] == "implicit"


@pytest.mark.parametrize(
    ("form", "status", "title"),
    [
        ({}, 400, "Bad Request"),
        ({"grant_type": "password", "client_id": "CLIENT"}, 400, "Bad Request"),
        ({"grant_type": "implicit"}, 400, "Bad Request"),
        ({f"field{i}": "x" for i in range(30)}, 400, "Bad Request"),
        ({"grant_type": "implicit", "client_id": "x" * 20_000}, 400, "Bad Request"),
        ({"grant_type": "implicit", "client_id": "nobody"}, 401, "Unauthorized"),
        ({"grant_type": "implicit", "client_id": "é" * 300}, 401, "Unauthorized"),
        ({"grant_type": "client_credentials", "client_id": "CLIENT"}, 401, "Unauthorized"),
        ({"grant_type": "client_credentials", "client_id": "CLIENT", "client_secret": "x"}, 401, "Unauthorized"),
        ({"grant_type": "client_credentials", "client_id": "CLIENT", "client_secret": "%ff"}, 401, "Unauthorized"),
    ],
)
def test_who_cannot_say_who_they_are_gets_no_token(
    till: Deployment, form: dict[str, str], status: int, title: str
) -> None:
    client, _ = a_client()
    sent = {name: client.id if value == "CLIENT" else value for name, value in form.items()}
    reply = ask_for_token(till, sent)
    assert reply.status == status
    (error,) = reply.body["errors"]
    assert (error["title"], error["status"]) == (title, str(status))


def test_a_body_that_is_no_form_is_refused(till: Deployment) -> None:
    for body in (b"\xff\xfe", b"{", b'{"grant_type": ', b'{"a": NaN}'):
        assert till.elasticpath.call("POST", "/oauth/access_token", body).status == 400


def test_a_deleted_client_gets_no_token_and_those_it_had_end(till: Deployment) -> None:
    storefront = Storefront(till)
    assert caller(asked(storefront.token)).shop == "acme"
    wiring.clients().delete("acme", storefront.client.id)
    assert ask_for_token(till, {"grant_type": "implicit", "client_id": storefront.client.id}).status == 401
    with pytest.raises(Unauthenticated):
        caller(asked(storefront.token))


def wrong_tokens(right: str) -> dict[str, str]:
    """Each differs from a right one in one thing."""
    claims: dict[str, Any] = jwt.decode(right, options={"verify_signature": False})
    header = jwt.get_unverified_header(right)

    def made(key: str = JWT_KEY, head: dict[str, Any] | None = None, **changes: Any) -> str:
        whole = {name: value for name, value in (claims | changes).items() if value is not None}
        return jwt.encode(whole, key, algorithm="HS256", headers=header | (head or {}))

    now, old = wiring.now(), wiring.now() - 7200
    return {
        "none": "",
        "no JWT": "x",
        "alg none": jwt.encode(claims, "", algorithm="none", headers=header | {"alg": "none"}),
        "another key": made("z" * 64),
        "a session's": session.issue(SECRET, "acme", "o" * 64, now),
        "a customer's typ": made(head={"typ": access.CUSTOMER}),
        "no typ": made(head={"typ": "JWT"}),
        "another shop": made(shop="other"),
        "no shop": made(shop=None),
        "a shop that is no text": made(shop=["acme"]),
        "another client": made(client="f" * 32),
        "no grant": made(grant=None),
        "expired": made(iat=old, nbf=old, exp=old + 3600),
        "not yet": made(iat=now + 600, nbf=now + 600, exp=now + 4200),
        "too long a life": made(exp=now + 86_400),
        "no end": made(exp=None),
        "an end that is no number": made(exp=str(now + 60)),
        "100 kB": made(more="x" * 100_000),
        "signature cut off": right.rpartition(".")[0] + ".",
    }


def test_every_wrong_token_is_turned_away(till: Deployment) -> None:
    storefront = Storefront(till)
    caller(asked(storefront.token))
    for what, token in wrong_tokens(storefront.token).items():
        with pytest.raises(Unauthenticated):
            pytest.fail(f"{what}: {caller(asked(token))}")
        refused = till.elasticpath.call("GET", "/v2/customers", headers={"Authorization": f"Bearer {token}"})
        told = {"errors": [{"title": "Unable to validate access token", "status": 401}]}
        assert (refused.status, refused.body) == (401, told), what


def test_a_grant_that_was_written_into_a_token_makes_nobody_trusted(till: Deployment) -> None:
    storefront = Storefront(till)
    with pytest.raises(Forbidden):
        caller(asked(storefront.token)).require_trust()
    claims = {"shop": "acme", "client": storefront.client.id, "grant": "CLIENT_CREDENTIALS"}
    assert not caller(asked(signed.sign(SECRET, access.ACCESS, claims, wiring.now(), 3600))).is_trusted
