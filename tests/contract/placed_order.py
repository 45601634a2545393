"""A placed order with its sale in real tables on moto, a sandbox on a line that can break, and a clock to be set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.builders import NOON, a_sale, a_shop, an_attempt, an_order
from tests.contract.tables import create_table, new_client
from tests.fakes.counters import FakeCounters
from tests.fakes.gateway import FakeGateways
from till.adapters.dynamodb.gift_cards import DynamoDBGiftCards
from till.adapters.dynamodb.orders import DynamoDBOrders
from till.adapters.dynamodb.sales import DynamoDBSales
from till.adapters.dynamodb.stock import DynamoDBStock
from till.application.after_sales import AfterSales
from till.application.gateways import Authorize
from till.application.limits import Limits
from till.application.repaying import Repaying
from till.application.settling import Settled, Settling
from till.domain.attempt import AttemptState
from till.domain.gift_card import GiftCard, Movement, MovementKind
from till.domain.order import Order, OrderStatus
from till.domain.payment import Payment
from till.domain.sale import Sale
from till.domain.shop import Shop
from till.domain.stock import Hold, HoldState, StockLevel

ACCOUNT = "acme#sandbox-1"
ORDER = an_order().id


@dataclass
class OneShop:
    """The port `Catalog`, as far as paying needs it."""

    settings: Shop

    def shop(self, identifier: str) -> Shop:
        assert identifier == self.settings.identifier
        return self.settings


class Clock:
    """Unix milliseconds that pass when told to."""

    seconds = NOON

    def __call__(self) -> int:
        return self.seconds * 1000


class SettlesAtOnce:
    """The port `Workflow`, as far as a placed order needs it: the payment function answers in this process."""

    def __init__(self, settling: Settling) -> None:
        self._settling = settling

    def settle(self, sale: Sale) -> None:
        self._settling.settle(sale.shop, sale.order_id)


def as_port(part: object) -> Any:
    """For what is only a part of a port."""
    return part


class PlacedOrder:
    """The default order, authorized and placed at noon. `changes` are of its sale; `order` is another order.

    There were ten of each part that it allocated, and 100.00 on a gift card that pays.
    """

    def __init__(self, order: Order | None = None, **changes: Any) -> None:
        self.client = new_client()
        for table in _TABLES:
            create_table(self.client, table, table)
        self.clock = Clock()
        self.gateways = FakeGateways(now=lambda: self.clock.seconds)
        self.orders = DynamoDBOrders(
            self.client, "OrdersTable", "IdempotencyTable", "StockTable", lambda: self.clock.seconds
        )
        self.sales = DynamoDBSales(self.client, "OrdersTable", lambda: self.clock.seconds)
        self.catalog = OneShop(a_shop())
        catalog = as_port(self.catalog)
        limits = Limits(FakeCounters(), lambda: self.clock.seconds, lambda *_: None)
        self.repaying = Repaying(self.sales, catalog, self.gateways, limits, self.clock)
        self.stock = DynamoDBStock(self.client, "StockTable")
        self.gift_cards = DynamoDBGiftCards(self.client, "StockTable")
        self.settling = Settling(
            self.sales, catalog, self.gateways, self.stock, self.gift_cards, self.repaying, self.clock
        )
        workflow = as_port(SettlesAtOnce(self.settling))
        self.after_sales = AfterSales(self.sales, workflow, self.clock)
        self._place(order or an_order(), a_sale(**changes))

    def _place(self, order: Order, sale: Sale) -> None:
        held = dict(sale.allocated)
        self.stock.count("acme", dict.fromkeys(held, 10))
        for payment in sale.payments:
            if payment.is_gift_card:
                self._issue(payment)
                held[payment.part] = payment.amount
                continue
            request = Authorize(payment.gateway_key, payment.token, payment.amount, payment.currency, "7")
            self.gateways.of(a_shop(), payment.gateway_id).authorize(request)
        self.gateways.calls.clear()
        ready = replace(order, status=OrderStatus.PROCESSING, payments=sale.payments)
        order, attempt = self.orders.begin(ready, an_attempt(held=held))
        self.stock.hold(Hold(attempt.id, "acme", HoldState.ACTIVE, NOON + 600, held), NOON)
        placed = replace(order.to(OrderStatus.PLACED), placed_at=NOON, number=7, attempt_id=attempt.id)
        self.orders.place(placed, attempt.to(AttemptState.PLACED), sale, [], NOON)
        self.stock.settle("acme", attempt.id)

    def _issue(self, payment: Payment) -> None:
        card = GiftCard(payment.token, "acme", payment.currency, "ABCD", NOON)
        loaded = Movement("01JW0000000000000000000000", MovementKind.LOADED, 10_000, NOON)
        self.gift_cards.add(card, payment.token, loaded)

    def take_away(self) -> None:
        """Makes room for another one."""
        for table in _TABLES:
            self.client.delete_table(TableName=table)

    def settle(self) -> Settled:
        return self.settling.settle("acme", ORDER)

    def pass_(self, days: float = 0, seconds: float = 0) -> None:
        self.clock.seconds += int(days * 86_400 + seconds)

    def set(self, **settings: Any) -> None:
        """As the merchant's settings have it from now on."""
        shop = self.catalog.settings
        self.catalog.settings = replace(shop, settings=replace(shop.settings, **settings))

    @property
    def order(self) -> Order:
        return self.sales.get("acme", ORDER)[0]

    @property
    def sale(self) -> Sale:
        return self.sales.get("acme", ORDER)[1]

    def stored(self) -> dict[str, Any]:
        """Its sale as it lies in the table."""
        found = self.client.get_item(TableName="OrdersTable", Key={"pk": {"S": _PK}, "sk": {"S": "SALE"}})
        return dict(found["Item"])

    def history(self) -> list[tuple[str, str]]:
        return [(entry.what, entry.outcome) for entry in self.sale.timeline]

    def events(self) -> list[str]:
        """Types of the events in the outbox, oldest first."""
        return [event.type for event in sorted(self.orders.due_events(NOON * 2, 100), key=lambda one: one.sequence)]

    def ledger(self) -> dict[str, tuple[str, int]]:
        """State and captured amount by key."""
        return {entry.key: (str(entry.state), entry.captured) for entry in self.gateways.ledger.of(ACCOUNT)}

    def captures(self) -> list[int]:
        """What the gateway really took, capture by capture."""
        return [amount for entry in self.gateways.ledger.of(ACCOUNT) for amount in entry.captures.values()]

    def level(self, part: str) -> StockLevel:
        """What there is of a part of the order, a variant or a gift card's money."""
        return self.stock.levels("acme", [part])[part]

    def movements(self, card_id: str) -> list[tuple[MovementKind, int]]:
        """The ledger of a gift card."""
        return [(one.kind, one.amount) for one in self.gift_cards.movements("acme", card_id, 100, "").data]

    def refunds(self) -> Sequence[int]:
        """What it really gave back."""
        return [amount for entry in self.gateways.ledger.of(ACCOUNT) for amount in entry.refunds.values()]


_TABLES = ("OrdersTable", "IdempotencyTable", "StockTable")
_PK = f"SHOP#acme#ORDER#{ORDER}"
