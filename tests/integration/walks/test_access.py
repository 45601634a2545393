"""Whose it is: each route with each credential that is not the right one. It is refused, tells nothing of another's,
and changes nothing of another's.

The credentials are those of the events, made anew with something wrong about them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import jwt
import pytest

from tests.builders import a_shop
from tests.integration.deployment import JWT_KEY, ROOT_TOKEN
from tests.integration.diddo.storefront import an_api_key
from tests.integration.elasticpath.storefront import a_client
from tests.integration.walks.ground import ROUTES, Ground, counted, ground, send, tables
from tests.proof import LONG, Guarantee, Proof, proves
from till.application.tokens import Scope
from till.runtime import access, customer_token, session, signed, wiring

# Routes for whoever comes: pages, what a browser asks beforehand, what a gateway signs, and who signs in.
ANYBODY = frozenset({
    "checkout_page/page/checkout_page",
    "checkout_page/session/begin_session",
    "cocart/cart/log_in",
    "elasticpath/tokens/create_access_token",
    "webhooks/take_webhook",
})  # fmt: skip
# Where forged tokens are tried in the short run: one route for each place that takes one. In the long run, all.
FORGED = (
    "bold/taxes/generate_taxes",
    "bold/payment_iframe/payment_iframe",
    "pay/pay_by_link",
    "elasticpath/carts/list_carts",
    "cocart/cart/log_out",
)
PERSONS = ("x-moltin-customer-token", "ep-account-management-authentication-token")
TYPES = (session.TYPE, session.LINK_TYPE, customer_token.TYPE, access.ACCESS, access.CUSTOMER, access.MEMBER)
SECRET = "till/jwt-signing-key"
# What tells who somebody is or where something is: ids and e-mail addresses, and names of the events.
PRIVATE = re.compile(
    r"[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|t_[0-9a-f]{30}"
    r"|[\w.+-]+@[\w.-]+|John|Doe|Swanson|Fultz|R3Y 0L6"
)
REFUSALS = (401, 403, 404)
# No such cart, in the statuses that Diddo's and Bold's documents have for it.
MISSING = ("CART_NOT_FOUND", "public_order_id", '"not_found"')
pytestmark = [proves(Guarantee.NOT_YOURS), proves(Guarantee.FORGERY)]


@dataclass(frozen=True)
class Credential:
    """A token in an event: the header or the query parameter that it stands in."""

    place: str
    name: str
    value: str

    def replaced(self, event: Any, value: str) -> Any:
        """The event with another; "" is none."""
        members = dict(event[self.place])
        scheme = "Bearer " if self.name.lower() == "authorization" else ""
        members[self.name] = scheme + value
        if not value:
            del members[self.name]
        return event | {self.place: members}


type Wrong = Iterator[tuple[str, Any]]


@pytest.fixture(scope="module")
def walk() -> Iterator[Ground]:
    """With a second shop, a client of it, and API keys that are for other things or other shops."""
    with ground() as laid:
        wiring.catalog().create_shop(replace(a_shop(), identifier="beans"))
        KEYS.update({
            "another shop's key": an_api_key("beans", *(set(Scope) - {Scope.TOKENS, Scope.STACK})),
            "merchant": an_api_key("acme", Scope.CHECKOUT),
                "storefront": an_api_key("acme", Scope.STOCK),
        })  # fmt: skip
        KEYS["client"] = a_client("beans")[0].id
        laid.empty.update(tables())
        yield laid


# Of the second shop, and of nobody.
KEYS: dict[str, str] = {}


@pytest.mark.parametrize("name", [name for name in ROUTES if name not in ANYBODY])
def test_nobody_gets_in_with_what_is_not_theirs(name: str, walk: Ground, proof: Proof) -> None:
    event = walk.ready(name)
    before = counted(tables())
    foreign = dict(_foreign(name, event))
    assert foreign, "its event carries no token: is it for anybody?"
    mine = _private(send(name, event)["body"]) - _private(json.dumps(event))
    walk.ready(name)
    turned_away = 0
    for what, other in foreign.items():
        answer = send(name, other)
        told = _private(answer["body"]) & mine
        assert not told, f"{what}: {answer['statusCode']} tells {told}"
        left = counted(tables())
        if answer["statusCode"] in REFUSALS or any(word in answer["body"] for word in MISSING):
            assert left == before, f"{what}: changed something"
            turned_away += 1
            continue
        assert _is_own_business(name, what), f"{what}: {answer['statusCode']} {answer['body'][:300]}"
        anothers = {place: item for place, item in before.items() if "SHOP#beans" not in place[1]}
        assert {place: left.get(place) for place in anothers} == anothers, f"{what}: changed another's"
        walk.ready(name)
    proof.saw(
        f"routes: 1, wrong credentials: {len(foreign)}",
        f"turned away: {turned_away}, answered with what is one's own: {len(foreign) - turned_away}",
    )


def test_only_these_routes_are_for_anybody(walk: Ground) -> None:
    for name in ANYBODY:
        assert not _credentials(walk.ready(name)), name


def _is_own_business(name: str, what: str) -> bool:
    """A route that is about one's own things does that for strangers, too: with theirs."""
    if "path" in what:
        return name.startswith(("merchant/", "cocart/", "bold/orders/initialize_order"))
    if "cart-key" in what.lower() or name.startswith("cocart/"):
        return True
    return what.startswith("another shop")


def _foreign(name: str, event: Any) -> Wrong:
    """What may be wrong, and the event that has it."""
    for one in _credentials(event):
        yield f"no {one.name}", one.replaced(event, "")
        for what, value in _wrong(one, name):
            yield f"{what} in {one.name}", one.replaced(event, value)
    if (event["pathParameters"] or {}).get("shop"):
        yield "another shop's path", _in_other_shop(event)


def _credentials(event: Any) -> list[Credential]:
    found = []
    for name, value in event["headers"].items():
        if name.lower() == "authorization":
            found.append(Credential("headers", name, value.removeprefix("Bearer ")))
        elif name.lower() in (*PERSONS, "cart-key"):
            found.append(Credential("headers", name, value))
    for name, value in (event["queryStringParameters"] or {}).items():
        if name in ("token", "cart_key", "order_key"):
            found.append(Credential("queryStringParameters", name, value))
    return found


def _wrong(one: Credential, name: str) -> Wrong:
    if one.value.startswith("eyJ"):
        yield from _wrong_jwts(one.value)
        if LONG or name in FORGED:
            yield from _forged(one.value)
    elif one.name.lower() in ("cart-key", "cart_key"):
        yield "another guest's key", "t_" + "0" * 30
    elif one.name == "order_key":
        yield "another order's key", f"{one.value[:-1]}{'a' if one.value[-1] != 'a' else 'b'}"
    else:
        yield "nobody's key", f"till_{'x' * 43}"
        yield "a key of another form", "x" * 48
        yield "another shop's key", KEYS["another shop's key"]
        yield "a key for other things", KEYS["merchant" if name.startswith("merchant/") else "storefront"]
        yield "a token of a session", session.issue(SECRET, "acme", "o" * 64, wiring.now())


def _wrong_jwts(token: str) -> Wrong:
    """The same token, signed by ours, with something else in it."""
    type_, claims = jwt.get_unverified_header(token)["typ"], jwt.decode(token, options={"verify_signature": False})
    life, now = claims["exp"] - claims["nbf"], wiring.now()
    yield "an expired token", signed.sign(SECRET, type_, claims, now - life - 60, life)
    yield "a token of tomorrow", signed.sign(SECRET, type_, claims, now + 3600, life)
    yield "a token that never ends", signed.sign(SECRET, type_, claims, now, 10 * 365 * 86_400)
    everything = {"payload": {}, "client": "c", "grant": access.CLIENT_CREDENTIALS, "person": "p", "sign_in": "1"}
    everything |= {"account": "a", "jti": "j"}
    for other in TYPES:
        if other != type_:
            yield (
                f"a {other}",
                signed.sign(SECRET, other, everything | claims, now, 3600),
            )
    client = {"client": KEYS["client"]} if type_ == access.ACCESS else {}
    yield "another shop's token", signed.sign(SECRET, type_, claims | {"shop": "beans"} | client, now, life)
    if "payload" in claims:
        order = claims["payload"]["public_order_id"]
        others = {"payload": {"public_order_id": f"{order[:-1]}{'a' if order[-1] != 'a' else 'b'}"}}
        yield "another order's token", signed.sign(SECRET, type_, claims | others, now, life)
    if "person" in claims:
        yield "another person's token", signed.sign(SECRET, type_, claims | {"person": wiring.new_id()}, now, life)
    yield "the merchant's own token", ROOT_TOKEN


def _forged(token: str) -> Wrong:
    """What was not signed by ours, or not as ours are (RFC 8725)."""
    type_, claims = jwt.get_unverified_header(token)["typ"], jwt.decode(token, options={"verify_signature": False})
    kid = hashlib.sha256(JWT_KEY.encode()).hexdigest()[:16]
    head = {"typ": type_, "kid": kid}

    def signed_with(key: str, algorithm: str = "HS256", **header: Any) -> str:
        return jwt.encode(claims, key, algorithm=algorithm, headers=head | header)

    good = signed_with(JWT_KEY)
    start, body, end = good.split(".")
    yield "a token without a signature", signed_with("", "none")
    yield "a token whose signature was cut off", f"{start}.{body}."
    yield "a token with another's signature", f"{start}.{body}.{signed_with('k' * 64).rpartition('.')[2]}"
    yield "a token of another key", signed_with("k" * 64)
    yield "a token by HS512", signed_with(JWT_KEY, "HS512")
    yield "a token that says RS256", f"{_part({'alg': 'RS256', **head})}.{body}.{end}"
    yield "a token with a critical header", signed_with(JWT_KEY, crit=["exp2"], exp2=1)
    yield "a token with a key of its own", signed_with("k" * 64, jwk={"kty": "oct", "k": "a2tra2s"}, kid="own")
    yield "a key id that is a path", _signed(head | {"kid": "../../../dev/null"}, claims, "")
    yield "a key id that is a list", _signed(head | {"kid": [kid]}, claims)
    yield "a token of 100 kB", jwt.encode(claims | {"more": "x" * 100_000}, JWT_KEY, headers=head)
    for name in ("exp", "nbf", "iat"):
        for value in (None, "soon", True, 1e300):
            odd = {key: one for key, one in {**claims, name: value}.items() if one is not None}
            yield f"{name} = {value}", _signed(head, odd)


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _signed(head: Any, claims: Any, key: str = JWT_KEY) -> str:
    """By our own key unless said otherwise, whatever it says: a library would not write all of it."""
    text = f"{_part({'alg': 'HS256', **head})}.{_part(claims)}"
    mac = hmac.digest(key.encode(), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def _in_other_shop(event: Any) -> Any:
    parameters = event["pathParameters"] | {"shop": "beans"}
    path = re.sub(r"{(\w+)}", lambda found: parameters[found[1]], event["resource"])
    return event | {"pathParameters": parameters, "path": path}


def _private(text: str) -> set[str]:
    return set(PRIVATE.findall(text))
