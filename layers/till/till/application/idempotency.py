"""The idempotency contract: one key, one effect, one answer.

A key is honoured on every mutating route for 24 hours, within shop, principal, route and path ids. The same key with
the same body gives the first answer again; with another body it is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from till.application.identifiers import ulid
from till.domain.errors import Busy, Invalid, KeyReused, Locked, TillError

KEPT_SECONDS = 24 * 3600
KEY = re.compile(r"[\x21-\x7e]{16,255}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route answers: an HTTP status, a JSON body (none is sent with 204 and 304), headers.

    `stored` takes the body's place in the idempotency record where the body carries a secret. `html` is a page that is
    sent in the body's place, and so is `content`, of the `media_type`. `is_open`: the same request goes on from here,
    and has no answer that is kept yet.
    """

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)
    stored: Mapping[str, object] | None = None
    replayed: bool = False
    html: str = ""
    is_open: bool = False
    content: bytes | str = b""
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What a key stands for. Either the answer itself, or the attempt and run whose outcome is the answer."""

    id: str
    shop: str
    body_digest: str
    expires_at: int
    status: int = 0
    body: str = ""
    order_id: str = ""
    attempt_id: str = ""
    run: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that carries a key. `id` is scope and key in one digest, `now` is when it first came, in Unix seconds.

    `again`: it came before and broke off, so that what it asks for may be done already.
    """

    id: str
    shop: str
    body_digest: str
    now: int
    again: bool = False

    @property
    def operation(self) -> str:
        """A name for what the request does, for others to know it by when it comes again: 32 hex digits."""
        return hashlib.sha256(f"{self.id}:{self.body_digest}".encode()).hexdigest()[:32]

    def new_id(self) -> str:
        """A ULID for what the request makes: the same when it comes again."""
        return ulid(self.now * 1000, bytes.fromhex(self.operation)[:10])

    def check(self, record: Record) -> None:
        """Raises `KeyReused` unless the record is of the same request."""
        if record.body_digest != self.body_digest:
            raise KeyReused("This Idempotency-Key was used with another request.", "Idempotency-Key")

    def answered(self, answer: Answer, order_id: str = "") -> Record:
        """The record of a pure change: its answer."""
        stored = answer.body if answer.stored is None else answer.stored
        body = json.dumps(stored, separators=(",", ":"))
        return Record(
            self.id, self.shop, self.body_digest, self.now + KEPT_SECONDS, answer.status, body, order_id=order_id
        )

    def attempted(self, order_id: str, attempt_id: str, run: int) -> Record:
        """The record of a workflow: which run answers."""
        return Record(
            self.id,
            self.shop,
            self.body_digest,
            self.now + KEPT_SECONDS,
            order_id=order_id,
            attempt_id=attempt_id,
            run=run,
        )


def claim(key: str, scope: tuple[str, ...], shop: str, body: object, now: int) -> Claim:
    """The claim of a request. Raises `Invalid` for a key that is not 16 to 255 visible ASCII characters."""
    if not KEY.fullmatch(key):
        raise Invalid("An Idempotency-Key has 16 to 255 visible ASCII characters.", "Idempotency-Key")
    digest = hashlib.sha256(json.dumps([*scope, key]).encode()).hexdigest()
    # With the key, which is stored nowhere: else a digest would let a password in the body be guessed.
    return Claim(digest, shop, hashlib.sha256(f"{key} {canonical(body)}".encode()).hexdigest(), now)


class Records(Protocol):
    """Idempotency records of routes that change more than one order."""

    def claim(self, record: Record, lease_until: int) -> tuple[bool, Record | None]:
        """Claim a key until then. Is it ours now, and the record that was there: where it is ours, that of the same
        request when it broke off."""

    def finish(self, record: Record) -> None:
        """Store the answer of a claimed key."""

    def reopen(self, record: Record) -> None:
        """The answer of a claimed key is not final: the same request may claim it again at once."""

    def abandon(self, record: Record) -> None:
        """Give a claimed key back: the request had no effect."""


LEASE_SECONDS = 60
_ACCEPTED = 202


def once(records: Records, claim: Claim, call: Callable[[Claim], Answer]) -> Answer:
    """Run a call under its key. A call that was lost on the way may be made again when its lease is over, and one that
    was only accepted (202), or is open, at once: it goes on from there."""
    claimed = Record(claim.id, claim.shop, claim.body_digest, claim.now + KEPT_SECONDS)
    is_ours, found = records.claim(claimed, claim.now + LEASE_SECONDS)
    if found is not None and not is_ours:
        claim.check(found)
        if not found.status:
            raise Locked("The first request with this Idempotency-Key is still being answered.", "Idempotency-Key")
        return replay(found)
    if found is not None:
        claimed, claim = found, replace(claim, now=found.expires_at - KEPT_SECONDS, again=True)
    try:
        answer = call(claim)
    except Exception as error:
        # What was refused had no effect. What broke off may have had one, so its key stays that request's.
        refused = isinstance(error, TillError) and not isinstance(error, Busy)
        (records.abandon if refused else records.reopen)(claimed)
        raise
    if answer.status == _ACCEPTED or answer.is_open:
        records.reopen(claimed)
    else:
        records.finish(claim.answered(answer))
    return answer


def replay(record: Record) -> Answer:
    """The stored answer. One that was too large to keep left only its status."""
    return Answer(record.status, json.loads(record.body) if record.body else {}, replayed=True)


def canonical(body: object) -> str:
    """JSON that is equal for equal bodies: keys sorted, 1.0 is 1, null is not absent, array order counts."""
    # Through JSON once more, and not by a function that calls itself: bodies are nested as deep as strangers like.
    numbers_alike = json.loads(json.dumps(body), parse_float=_number)
    return json.dumps(numbers_alike, sort_keys=True, separators=(",", ":"))


def _number(text: str) -> float | int:
    value = float(text)
    return int(value) if value.is_integer() else value
