"""Clients: the storefronts and backends that ask for access tokens of one shop, with an id and perhaps a secret."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from till.application.credentials import digest_of, secret_of

if TYPE_CHECKING:
    from till.application.ports import Page

ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks. `id` is public, and stands in every storefront's script; of its secret only a digest is kept."""

    id: str
    shop: str
    name: str
    secret_digest: str
    created_at: int

    def has(self, secret: str) -> bool:
        """Is it the client's secret? Takes as long for a near miss as for any other."""
        return hmac.compare_digest(digest_of(secret), self.secret_digest)


class Clients(Protocol):
    """Where clients are kept."""

    def add(self, client: Client) -> None:
        """Store a new client."""

    def get(self, client_id: str) -> Client | None:
        """By id, of any shop; up to 30 s old."""

    def list(self, shop: str, limit: int, cursor: str) -> Page[Client]:
        """The shop's clients."""

    def delete(self, shop: str, client_id: str) -> Client:
        """Its tokens are good for nothing from then on. Raises `NotFound`."""


def register(clients: Clients, shop: str, name: str, randomness: bytes, now: int) -> tuple[Client, str]:
    """A new client and its secret, which is not to be had again. `randomness` is 48 bytes: of id and secret."""
    secret = secret_of(randomness[ID_BYTES:])
    client = Client(randomness[:ID_BYTES].hex(), shop, name, digest_of(secret), now)
    clients.add(client)
    return client, secret
