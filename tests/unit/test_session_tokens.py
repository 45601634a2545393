"""Who may call a storefront: a token of ours, in time, of this order. Everything else is turned away."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from moto import mock_aws

from tests.builders import NOON
from till.adapters import aws
from till.domain.errors import Unauthenticated
from till.runtime import secrets, session
from till.runtime.signed import LONGEST

SECRET = "till/jwt-signing-key"
KEY = "k" * 64
ORDER = "01JX0RDER00000000000000000" + "a" * 38


@pytest.fixture(autouse=True)
def signing_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One signing key, in a function that just started."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        aws.client("secretsmanager").create_secret(Name=SECRET, SecretString=KEY)
        secrets.forget()
        yield
        secrets.forget()


def verify(token: str, shop: str = "acme", order: str = ORDER, now: int = NOON) -> None:
    session.verify(SECRET, token, shop, order, now)


def refusal(token: str, **of: Any) -> str:
    """What the client is told."""
    with pytest.raises(Unauthenticated) as refused:
        verify(token, **of)
    return str(refused.value)


def kid(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def header(**changes: Any) -> dict[str, Any]:
    """Of our own tokens; None takes a member out."""
    whole = {"typ": "checkout-session+jwt", "alg": "HS256", "kid": kid(KEY)} | changes
    return {name: value for name, value in whole.items() if value is not None}


def claims(**changes: Any) -> dict[str, Any]:
    """Of our own tokens."""
    times = {"iat": NOON, "nbf": NOON, "exp": NOON + 3600}
    return {"auth_type": "V2_API", "payload": {"public_order_id": ORDER}, "shop": "acme"} | times | changes


def signed(head: Any, body: Any, key: str = KEY, digest: str = "sha256") -> str:
    """A token made by hand: no library stops us from signing nonsense."""
    parts = b".".join(_encoded(json.dumps(part).encode()) for part in (head, body))
    return (parts + b"." + _encoded(hmac.new(key.encode(), parts, digest).digest())).decode()


def _encoded(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def test_a_token_of_ours_is_good_for_an_hour() -> None:
    token = session.issue(SECRET, "acme", ORDER, NOON)
    for now in (NOON, NOON + 1800, NOON + 3599):
        verify(token, now=now)
    assert refusal(token, now=NOON + 3700) == "Expired JWT"
    assert refusal(token, now=NOON - 60) == "Invalid JWT"


def test_a_token_made_by_hand_as_ours_are_is_good() -> None:
    """The forgeries below differ from it in one thing each."""
    verify(signed(header(), claims()))


def test_a_token_names_its_key_and_its_purpose_and_has_whole_times() -> None:
    token = session.issue(SECRET, "acme", ORDER, NOON)
    assert jwt.get_unverified_header(token) == header()
    assert jwt.decode(token, options={"verify_signature": False}) == claims()
    assert len(token) < LONGEST


def test_an_expired_token_says_so_and_a_missing_one_too() -> None:
    assert refusal(signed(header(), claims(exp=NOON - 60, nbf=NOON - 3660))) == "Expired JWT"
    assert refusal("") == "Missing JWT"


@pytest.mark.parametrize(
    "head",
    [
        header(alg="none"),
        header(alg="None"),
        header(alg="RS256"),
        header(alg="HS512"),
        header(alg="HS384"),
        header(alg=None),
        header(alg=["HS256"]),
        header(crit=["exp"]),
        header(crit=["b64"], b64=False),
        header(crit=[]),
        header(kid=None),
        header(kid=""),
        header(kid="../../../../dev/null"),
        header(kid="https://evil.example/key"),
        header(kid="' OR 1=1 --"),
        header(kid=[kid(KEY)]),
        header(kid={"$ne": ""}),
        header(kid=0),
        header(kid="é\ud800"),
        header(typ=None),
        header(typ="JWT"),
        header(typ="customer+jwt"),
        header(typ="qr+jwt"),
        header(typ=["checkout-session+jwt"]),
        [],
        "text",
        None,
    ],
    ids=repr,
)
def test_a_header_that_is_not_ours_is_refused_however_it_is_signed(head: Any) -> None:
    assert refusal(signed(head, claims())) == "Invalid JWT"


@pytest.mark.parametrize(("algorithm", "digest"), [("HS512", "sha512"), ("HS384", "sha384")])
def test_another_algorithm_with_our_key_is_refused(algorithm: str, digest: str) -> None:
    assert refusal(signed(header(alg=algorithm), claims(), digest=digest)) == "Invalid JWT"
    assert refusal(signed(header(), claims(), digest=digest)) == "Invalid JWT"


def test_a_token_without_a_signature_is_refused() -> None:
    head, body, signature = signed(header(), claims()).split(".")
    unsigned = signed(header(alg="none"), claims()).rsplit(".", 1)[0] + "."
    for token in (
        f"{head}.{body}.",
        f"{head}.{body}",
        unsigned,
        f"{head}.{body}.{signature[:-4]}",
        f"{head}..{signature}",
    ):
        assert refusal(token) == "Invalid JWT"


def test_a_real_rsa_signature_is_refused() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    token = jwt.encode(claims(), key, algorithm="RS256", headers=header(alg=None))
    assert refusal(token) == "Invalid JWT"


@pytest.mark.parametrize(
    "body",
    [
        claims(shop="other"),
        claims(shop=None),
        claims(shop=["acme"]),
        claims(payload={"public_order_id": ORDER[:-1] + "b"}),
        claims(payload={"public_order_id": ORDER[:26]}),
        claims(payload={"public_order_id": [ORDER]}),
        claims(payload={}),
        claims(payload=ORDER),
        claims(payload=None),
        claims(exp=NOON + 3601),
        claims(exp=NOON + 10**9),
        claims(exp=10**400),
        claims(exp=None),
        claims(nbf=None),
        claims(iat=None),
        claims(exp=None, nbf=None, iat=None),
        claims(nbf=NOON + 3000),
        claims(exp=str(NOON + 3600)),
        claims(exp=NOON + 3600.5),
        claims(exp=True, nbf=True),
        claims(nbf=-(10**12)),
        [],
        "text",
        7,
    ],
    ids=repr,
)
def test_claims_that_are_not_of_this_order_and_hour_are_refused(body: Any) -> None:
    assert refusal(signed(header(), body)) == "Invalid JWT"


def test_a_token_is_of_one_order_and_one_shop() -> None:
    token = session.issue(SECRET, "acme", ORDER, NOON)
    assert refusal(token, shop="other") == "Invalid JWT"
    assert refusal(token, order=ORDER[:-1] + "b") == "Invalid JWT"
    assert refusal(token, order=ORDER.lower()) == "Invalid JWT"


def test_a_token_that_another_key_signed_is_refused() -> None:
    for key in ("", "x" * 64, KEY[:-1], json.dumps({"kty": "oct", "k": KEY})):
        assert refusal(signed(header(), claims(), key)) == "Invalid JWT"


@pytest.mark.parametrize("size", [4097, 100_000])
def test_a_token_that_is_too_long_is_refused_before_it_is_read(size: int) -> None:
    padded = signed(header(), claims(note="x" * size))
    assert refusal(padded) == "Invalid JWT"
    assert refusal("a" * size) == "Invalid JWT"


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(st.text(st.characters(), max_size=200) | st.text("abcXYZ019-_.=", max_size=200))
@example("..")
@example(".".join("eyJhbGciOiJIUzI1NiJ9" for _ in range(5)))
@example("\ud800.\ud800.\ud800")
@example("\x00")
def test_nonsense_is_refused_and_never_more_than_that(token: str) -> None:
    assert refusal(token) in ("Invalid JWT", "Missing JWT")


def test_a_token_nested_without_end_is_refused() -> None:
    deep = _encoded(b'{"kid":' + b"[" * 1500 + b"]" * 1500 + b"}").decode()
    assert refusal(f"{deep}.{deep}.{deep}") == "Invalid JWT"


# Rotation


def rotate(key: str) -> None:
    aws.client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString=key)


def test_a_token_of_the_key_before_is_still_good_and_of_the_one_before_that_is_not() -> None:
    tokens = []
    for key in ("1" * 64, "2" * 64, "3" * 64):
        rotate(key)
        secrets.forget()
        tokens.append(session.issue(SECRET, "acme", ORDER, NOON))
    assert refusal(tokens[0]) == "Invalid JWT"
    verify(tokens[1])
    verify(tokens[2])
    assert jwt.get_unverified_header(tokens[2])["kid"] == kid("3" * 64)


def test_a_function_that_does_not_know_the_new_key_yet_reads_it_once() -> None:
    session.issue(SECRET, "acme", ORDER, NOON)
    rotate("n" * 64)
    fresh = signed(header(kid=kid("n" * 64)), claims(), "n" * 64)
    reads: list[str] = []
    events = aws.client("secretsmanager").meta.events
    count = lambda model, **_: reads.append(model.name)  # noqa: E731  # the same object must be unregistered
    events.register("before-call.secretsmanager", count)
    try:
        verify(fresh)
        assert len(reads) == 2
        verify(fresh)
        verify(signed(header(), claims()))
        assert len(reads) == 2
        # Unknown keys one after the other are no reason to go on reading.
        assert refusal(signed(header(kid=kid("?")), claims())) == "Invalid JWT"
        assert refusal(signed(header(kid=kid("!")), claims())) == "Invalid JWT"
        assert len(reads) == 2
    finally:
        events.unregister("before-call.secretsmanager", count)
