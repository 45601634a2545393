"""Who calls with a bearer token of the merchant: the root token of the deployment, or one that was made with it."""

from __future__ import annotations

import functools
import hmac
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from till.adapters.aws import client
from till.application.credentials import digest_of
from till.application.tokens import ALL_SCOPES, PREFIX, Principal
from till.domain.errors import Unauthenticated
from till.runtime import secrets
from till.runtime.settings import environment

if TYPE_CHECKING:
    from till.adapters.dynamodb.tokens import DynamoDBTokens

ROOT = Principal("root", ALL_SCOPES)
_LONGEST = 200


@functools.cache
def tokens() -> DynamoDBTokens:
    """The tokens of the merchant."""
    from till.adapters.dynamodb.tokens import DynamoDBTokens

    return DynamoDBTokens(client("dynamodb"), environment().catalog_table, time.monotonic)


def authenticate(headers: Mapping[str, str]) -> Principal:
    """The owner of the bearer token in `headers` (lower-case names). Raises `Unauthenticated`.

    A token that was revoked is still known for up to 30 seconds, a root token that was rotated for up to 5 minutes.
    """
    scheme, _, given = headers.get("authorization", "").partition(" ")
    given = given.strip()
    if scheme.lower() != "bearer" or not given:
        raise Unauthenticated("A bearer token is required.", "Authorization")
    if given.startswith(PREFIX) and len(given) <= _LONGEST:
        token = tokens().by_digest(digest_of(given))
        if token:
            return Principal(token.id, frozenset(token.scopes), token.shop or None)
    elif _is_root(given):
        return ROOT
    raise Unauthenticated("This token is not known.", "Authorization")


def _is_root(given: str) -> bool:
    """One that is not known may have been made a moment ago, and takes the place of the one before it."""
    sent, name = given.encode("utf-8", "surrogatepass"), environment().merchant_secret
    return any(hmac.compare_digest(sent, secrets.versions(name, reread)[0].encode()) for reread in (False, True))
