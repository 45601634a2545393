"""What became of placed orders: one item beside each order, under a version of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import LARGEST_DOCUMENT, pack, unpack
from till.adapters.dynamodb.items import batch_get, key, number, text
from till.adapters.dynamodb.orders import ORDER, due_keys, put_event, put_order
from till.adapters.dynamodb.writes import ConditionFailed, transact
from till.application.ports import Page
from till.domain.errors import Conflict, NotFound
from till.domain.event import Event
from till.domain.order import Order
from till.domain.sale import PushState, Sale

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_SALE = "SALE"
# What may be asked for must find room when it is answered: an item has 400 kB.
_LARGEST_ANSWERED = 380_000


def put_sale(table: str, sale: Sale, largest: int = LARGEST_DOCUMENT) -> tuple[Sale, TransactWriteItemTypeDef]:
    """The write of a sale that is as it was read, and the sale with its new version."""
    saved = replace(sale, version=sale.version + 1)
    item = key(keys.order(sale.shop, sale.order_id), _SALE) | {
        "kind": text(_SALE),
        "v": number(saved.version),
        "body": {"B": pack(saved, largest=largest)},
    }
    if saved.number:
        item["who"] = text(keys.order_number(saved.shop, saved.number))
    if saved.needs_help or saved.is_forsaken or saved.push is PushState.FAILED:
        item["gsi1pk"] = text(keys.needs_help(saved.shop))
        item["gsi1sk"] = text(keys.placed_time(saved.placed_at, saved.order_id))
    if saved.late:
        item |= due_keys(_SALE, saved.order_id, saved.placed_at) | {"late": {"SS": saved.late}}
    if not sale.version:
        return saved, {"Put": {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}
    return saved, {
        "Put": {
            "TableName": table,
            "Item": item,
            "ConditionExpression": "v = :v",
            "ExpressionAttributeValues": {":v": number(sale.version)},
        }
    }


class DynamoDBSales:
    """The port `Sales`."""

    def __init__(self, client: DynamoDBClient, table: str, now: Callable[[], int]) -> None:
        self._client, self._table, self._now = client, table, now

    def get(self, shop: str, order_id: str) -> tuple[Order, Sale]:
        pk = keys.order(shop, order_id)
        found = batch_get(self._client, {self._table: [key(pk, ORDER), key(pk, _SALE)]})
        by_sk = {item["sk"]["S"]: item for item in found}
        if ORDER in by_sk:
            order = unpack(Order, by_sk[ORDER]["body"]["B"])
            if _SALE in by_sk and (order_id == order.id or order.is_public_as(order_id)):
                sale = unpack(Sale, by_sk[_SALE]["body"]["B"])
                # Sales of earlier versions left the number to the order: the next write makes them be found by it.
                return order, sale if sale.number else replace(sale, number=order.number)
        raise NotFound("There is no placed order with this id.", "order_id")

    def of(self, shop: str, order_ids: Sequence[str]) -> Mapping[str, Sale]:
        found = batch_get(self._client, {self._table: [key(keys.order(shop, one), _SALE) for one in order_ids]})
        sales = (unpack(Sale, item["body"]["B"]) for item in found)
        return {sale.order_id: sale for sale in sales}

    def needing_help(self, shop: str, limit: int, cursor: str) -> Page[Sale]:
        from till.adapters.dynamodb.placed_orders import needing_help

        def needs_money(sale: Sale) -> bool:
            return sale.needs_help or sale.is_forsaken

        return needing_help(self._client, self._table, shop, limit, cursor, needs_money)

    def failed_pushes(self, shop: str, limit: int, cursor: str) -> Page[Sale]:
        from till.adapters.dynamodb.placed_orders import needing_help

        return needing_help(self._client, self._table, shop, limit, cursor, lambda sale: sale.push is PushState.FAILED)

    def backlog(self) -> Mapping[str, int]:
        found: Counter[str] = Counter(charge=0, push=0)
        for shard in range(keys.SHARDS):
            # One page: what nobody mends for weeks must not cost more each minute.
            page = self._client.query(
                TableName=self._table,
                IndexName="due",
                KeyConditionExpression="duepk = :pk",
                ExpressionAttributeValues={":pk": text(keys.due(_SALE, shard))},
                ProjectionExpression="late",
            )
            found.update(what for item in page["Items"] for what in item["late"]["SS"])
        return found

    def save(self, sale: Sale, events: Sequence[Event] = ()) -> Sale:
        saved, action = put_sale(self._table, sale, _LARGEST_ANSWERED)
        self._write([action, *(put_event(self._table, event) for event in events)])
        return saved

    def save_with_order(self, order: Order, sale: Sale, events: Sequence[Event]) -> tuple[Order, Sale]:
        saved_order, first = put_order(self._table, order, self._now())
        saved, second = put_sale(self._table, sale)
        self._write([first, second, *(put_event(self._table, event) for event in events)])
        return saved_order, saved

    def _write(self, actions: list[TransactWriteItemTypeDef]) -> None:
        try:
            transact(self._client, actions)
        except ConditionFailed:
            raise Conflict("The order was changed at the same time. Try again.", "order") from None
