"""Several orders written at once, with all that is stored of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from till.adapters.dynamodb.orders import put_attempt, put_order
from till.adapters.dynamodb.sales import put_sale
from till.adapters.dynamodb.writes import ConditionFailed, transact
from till.application.anonymizing import Whole
from till.domain.errors import Conflict, Refused

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_MOST_WRITES = 100


def rewrite(client: DynamoDBClient, table: str, wholes: Sequence[Whole], now: int) -> list[Whole]:
    """All or none. Raises `Conflict` where one of them was changed."""
    actions: list[TransactWriteItemTypeDef] = []
    saved: list[Whole] = []
    for whole in wholes:
        order, put = put_order(table, whole.order, now)
        actions.append(put)
        sale = None
        if whole.sale:
            sale, put = put_sale(table, whole.sale)
            actions.append(put)
        attempts = [put_attempt(table, one, now) for one in whole.attempts]
        actions += [put for _, put in attempts]
        saved.append(Whole(order, sale, tuple(attempt for attempt, _ in attempts)))
    if len(actions) > _MOST_WRITES:
        raise Refused("These orders are too much to be changed at once: send fewer.", "order_ids")
    try:
        transact(client, actions)
    except ConditionFailed:
        raise Conflict("An order was changed at the same time. Try again.", "order") from None
    return saved
