"""A merchant's plugins: services of their own that take part in a checkout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

APP_HOOK: Final = "app_hook"


@dataclass(frozen=True, slots=True)
class Receiver:
    """A service of the merchant's that Till calls. `version` is the Unix time at which its signing secret was made."""

    id: str
    url: str
    version: int


@dataclass(frozen=True, slots=True)
class InventoryOverride:
    """Who knows what of an order is in stock, by the word of a plugin."""

    plugin_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Plugin:
    """`id` is a UUID in lower case. With `inventory_url` it says of every order what is in stock."""

    id: str
    name: str
    url: str
    events: tuple[str, ...]
    version: int
    inventory_url: str = ""

    def receiver(self, url: str = "") -> Receiver:
        """The plugin as it is called, at that URL or its own: one secret for both."""
        return Receiver(self.id, url or self.url, self.version)

    def is_at_home(self, url: str) -> bool:
        """Is it on the host, and port, that the merchant registered?"""
        return _authority(url) == _authority(self.url)


def _authority(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].partition("?")[0].lower()
