"""Where a merchant wants to be told of events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from till.domain.plugin import Receiver

EVERYTHING: Final = "*"
# So long after a rotation the secret before it signs, too.
BOTH_SECRETS_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`types` are names of events, prefixes as `order.*`, or `*`. `version` is the Unix time at which its signing
    secret was made; the one before it is used up to `previous_until`. `disabled_reason` says why it is not `enabled`,
    where that was not the merchant. `revision` counts the changes of all of it."""

    id: str
    url: str
    types: tuple[str, ...]
    version: int
    created_at: int
    description: str = ""
    enabled: bool = True
    disabled_reason: str = ""
    previous_version: int = 0
    previous_until: int = 0
    revision: int = 0

    def wants(self, event_type: str) -> bool:
        """Is it to be told of events of that type?"""
        return self.enabled and any(covers(one, event_type) for one in self.types)

    def receiver(self) -> Receiver:
        """The endpoint as it is called."""
        return Receiver(self.id, self.url, self.version)

    def signs_too(self, now: int) -> int:
        """The version of the secret that signs besides, or 0."""
        return self.previous_version if now < self.previous_until else 0


def covers(wanted: str, event_type: str) -> bool:
    """Is an event of that type among those wanted?"""
    if wanted.endswith(EVERYTHING):
        return event_type.startswith(wanted.removesuffix(EVERYTHING))
    return wanted == event_type
