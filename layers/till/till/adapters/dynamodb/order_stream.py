"""What the stream of the orders table tells besides the outbox: the life of carts, and what is only counted.

No use case writes any of it down: the stored carts, orders and attempts say it by themselves, and it costs no write.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from till.adapters.dynamodb.carts import CART
from till.adapters.dynamodb.documents import unpack
from till.adapters.dynamodb.orders import ORDER
from till.domain.attempt import Attempt, AttemptState
from till.domain.cart import Cart
from till.domain.event import Event

CHECKOUTS_STARTED = "CheckoutsStarted"
COMPENSATIONS = "Compensations"
OUT_OF_STOCK = "OutOfStock"
PAYMENTS_DECLINED = "PaymentsDeclined"
FACTS = frozenset({CHECKOUTS_STARTED, COMPENSATIONS, OUT_OF_STOCK, PAYMENTS_DECLINED})
_SHORT = frozenset({"insufficient_stock"})

type Record = Mapping[str, Any]


def events(record: Record) -> list[Event]:
    """That of an outbox item, or those of a cart: one that is put where another has expired, is both. A record that
    comes again has the same events."""
    new, old = _images(record)
    if new.get("kind") == {"S": "OUTBOX"}:
        return [_stored(Event, new)]
    told = []
    if old.get("kind") == {"S": CART}:
        told.append(_cart_event(record, old, "cart.expired" if _is_over(record, old) else "cart.deleted"))
    if new.get("kind") == {"S": CART}:
        told.append(_cart_event(record, new, "cart.created"))
    return told


def facts(record: Record) -> Iterator[tuple[str, str]]:
    """What is to be counted once, and the reason where there are several."""
    new, _ = _images(record)
    if new.get("kind") == {"S": ORDER}:
        yield CHECKOUTS_STARTED, ""
    if new.get("kind") == {"S": "ATTEMPT"} and new["state"] == {"S": AttemptState.UNDONE}:
        yield COMPENSATIONS, ""
        for problem in _stored(Attempt, new).problems[:1]:
            if problem.code in _SHORT:
                yield OUT_OF_STOCK, ""
            elif problem.field == "payment":
                yield PAYMENTS_DECLINED, problem.code


def _stored[T](kind: type[T], image: Mapping[str, Any]) -> T:
    """What an item holds: its bytes are base64 text in a stream."""
    return unpack(kind, base64.b64decode(image["body"]["B"]))


def _images(record: Record) -> tuple[dict[str, Any], dict[str, Any]]:
    return record["dynamodb"].get("NewImage", {}), record["dynamodb"].get("OldImage", {})


def _is_over(record: Record, image: Mapping[str, Any]) -> bool:
    """TTL comes round later than that, and nobody else deletes what has ended."""
    return "expires_at" in image and int(image["expires_at"]["N"]) <= _at(record)


def _cart_event(record: Record, image: dict[str, Any], event_type: str) -> Event:
    cart = _stored(Cart, image)
    detail = {"cart_id": cart.id}
    return Event(f"{record['eventID']}-{event_type}", event_type, cart.shop, "", 0, _at(record), detail)


def _at(record: Record) -> int:
    return int(record["dynamodb"]["ApproximateCreationDateTime"])
