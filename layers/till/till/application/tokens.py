"""API tokens of the merchant: random, shown once, stored as a digest, scoped, revocable."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from till.application.credentials import digest_of, secret_of
from till.application.ports import Page
from till.domain.errors import Forbidden, Invalid, NotFound

PREFIX = "till_"


class Scope(StrEnum):
    """What a token may do. `checkout` starts and resumes checkouts on a storefront's behalf, `stack` looks the whole
    deployment over and makes its keys anew."""

    SETTINGS = "settings"
    CATALOG = "catalog"
    STOCK = "stock"
    ORDERS = "orders"
    CHECKOUT = "checkout"
    GIFT_CARDS = "gift_cards"
    CUSTOMERS = "customers"
    TOKENS = "tokens"
    STACK = "stack"


ALL_SCOPES = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What is known of a token; its secret is not. An empty `shop` is every shop."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: int
    shop: str = ""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `shop` None is every shop."""

    id: str
    scopes: frozenset[Scope]
    shop: str | None = None

    def require(self, scope: str, shop: str | None = None) -> None:
        """Raises `NotFound` for a shop that is not the principal's, `Forbidden` without the scope."""
        if self.shop is not None and shop is not None and shop != self.shop:
            raise NotFound("There is no such shop.", "shop")
        if scope not in self.scopes:
            raise Forbidden(f"This token does not have the scope {scope}.")


class Tokens(Protocol):
    """Where tokens are kept."""

    def add(self, token: ApiToken, digest: str) -> None:
        """Store a new token."""

    def by_digest(self, digest: str) -> ApiToken | None:
        """The token with the secret of that digest; up to 30 s old."""

    def list(self, limit: int, cursor: str) -> Page[ApiToken]:
        """All tokens, oldest first."""

    def delete(self, token_id: str) -> ApiToken:
        """Revoke a token. Raises `NotFound`."""


def issue(tokens: Tokens, principal: Principal, token: ApiToken, randomness: bytes) -> str:
    """Store a token and return its secret, 48 characters: 32 random bytes in base64url after `till_`.

    Raises `Forbidden` for scopes that the principal has not, `Invalid` for a token of one shop that makes others or
    is about all of them.
    """
    for scope in token.scopes:
        principal.require(scope)
    if token.shop and Scope.TOKENS in token.scopes:
        raise Invalid("A token that is bound to a shop cannot make tokens.", "scopes")
    if token.shop and Scope.STACK in token.scopes:
        raise Invalid("The stack is of all shops: its token cannot be bound to one.", "scopes")
    secret = PREFIX + secret_of(randomness)
    tokens.add(token, digest_of(secret))
    return secret
