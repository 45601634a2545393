"""Till deployed into this process: the template's tables on moto, the real handlers, the real state machine file.

Nothing of Till is replaced. What is played is AWS: Step Functions and Lambda's Invoke answer at the SDK's edge, the
streams are read off the tables. moto is exact for one thread only, and so is this.
"""

from __future__ import annotations

import base64
import importlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from events.deliver.app import take
from order_document.rendering import document
from tests import told_events
from tests.builders import PLENTY, a_discount, a_product, a_shop, an_order
from tests.contract.tables import create_table
from tests.fakes.state_machine import FunctionLost
from tests.integration.api import Api
from tests.integration.played_aws import (
    DELIVERIES_QUEUE,
    FULFILMENT_MACHINE,
    PAYMENT_STEPS,
    STATE_MACHINE,
    PlayedAws,
)
from till.adapters import aws
from till.adapters.delivery_queue import read
from till.adapters.dynamodb import order_stream
from till.adapters.dynamodb.catalog import DynamoDBCatalog
from till.adapters.dynamodb.orders import DynamoDBOrders
from till.adapters.payments.sandbox import LedgerEntry
from till.application import discount_codes
from till.application.delivering import Delivering, resume
from till.application.editing import Editor
from till.application.gateways import Gateways
from till.application.limits import Limits
from till.application.placing import Placing
from till.application.ports import Outbound
from till.application.pushing import Pushing
from till.application.reaping import Reaper
from till.application.settling import Settling
from till.application.steps import Run, Steps
from till.application.undoing import Undoing
from till.domain.attempt import Attempt
from till.domain.discount import Discount
from till.domain.order import Order
from till.domain.payment import PaymentState
from till.domain.product import InventoryPolicy, Product
from till.domain.stock import StockLevel
from till.runtime import backstage, beginnings, merchant_auth, secrets, settings, wiring

ROOT_TOKEN = "r" * 48
JWT_KEY = "j" * 64
SECRETS = {"TILL_JWT_SECRET": JWT_KEY, "TILL_MERCHANT_SECRET": ROOT_TOKEN, "TILL_OUTBOUND_SECRET": "k" * 64}
TABLES = {
    "TILL_CATALOG_TABLE": "CatalogTable",
    "TILL_STOCK_TABLE": "StockTable",
    "TILL_ORDERS_TABLE": "OrdersTable",
    "TILL_IDEMPOTENCY_TABLE": "IdempotencyTable",
    "TILL_LEDGER_TABLE": "SandboxLedgerTable",
}
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "TILL_STAGE": "local",
    "TILL_DEFAULT_SHOP": "acme",
    "POWERTOOLS_METRICS_NAMESPACE": "Till",
    "TILL_STATE_MACHINE_ARN": STATE_MACHINE,
    "TILL_FULFILMENT_MACHINE_ARN": FULFILMENT_MACHINE,
    "TILL_PAYMENT_STEPS_FUNCTION": PAYMENT_STEPS,
    "TILL_EVENT_BUS": "till-events",
    "TILL_DELIVERIES_QUEUE": DELIVERIES_QUEUE,
    "TILL_JWT_SECRET": "till/jwt-signing-key",
    "TILL_MERCHANT_SECRET": "till/merchant-root-token",
    "TILL_OUTBOUND_SECRET": "till/outbound-signing-key",
    "TILL_GATEWAY_SECRETS": "till/gateways",
    **{variable: table.lower() for variable, table in TABLES.items()},
}
# Nobody answers there, so that no test depends on the machine's own DNS.
NO_DNS = "127.0.0.1:9"
FUNCTIONS = Path(__file__).parents[2] / "functions"
DEFINITION = FUNCTIONS / "order_workflow" / "order.asl.json"
FULFILMENT = FUNCTIONS / "fulfilment" / "fulfilment.asl.json"
WORKFLOW = {
    "${OrderStepsFunctionArn}": "order_workflow.order_steps",
    "${PaymentStepsFunctionArn}": "order_workflow.payment_steps",
    "${PushFunctionArn}": "fulfilment.push",
}
LIVE = frozenset({PaymentState.AUTHORIZED, PaymentState.REQUIRES_ACTION, PaymentState.PENDING})

_OPENED: Any = {}


class Deployment(PlayedAws):
    """One stack with one shop, which sells brewing systems."""

    def __init__(self) -> None:
        # A cold start: these functions build what they need when they are imported.
        handlers = {
            resource: importlib.reload(importlib.import_module(f"{name}.app")).handler
            for resource, name in WORKFLOW.items()
        }
        super().__init__(DEFINITION, FULFILMENT, handlers, payment_steps="${PaymentStepsFunctionArn}")
        self.api = _api("bold")
        around = ("webhooks", "merchant.orders", "merchant.settings", "merchant.webhooks")
        self.around = Api([importlib.import_module(f"{name}.app").app for name in around])
        self.elasticpath = _api("elasticpath")
        self.diddo = _api("diddo")
        self.cocart = _api("cocart")
        self.page = _api("checkout_page")
        self.links = Api([importlib.import_module("pay.app").app])
        # Others in their place, where a test has some.
        self.other_gateways: Gateways | None = None
        self.other_outbound: Outbound | None = None

    # The shop

    def open_shop(self) -> None:
        """Made by the adapters once, and laid out as it was for each further stack."""
        client = aws.client("dynamodb")
        if _OPENED:
            client.batch_write_item(RequestItems=_OPENED)
            return
        wiring.catalog().create_shop(a_shop())
        self.sell(a_product(), on_hand=10)
        for table in ("catalogtable", "stocktable"):
            _OPENED[table] = [{"PutRequest": {"Item": item}} for item in _scan(client, table)]

    def sell(self, product: Product, on_hand: int) -> Product:
        saved = wiring.catalog().save_product("acme", product, None)
        wiring.stock().set_policies("acme", dict.fromkeys((one.id for one in product.variants), InventoryPolicy.DENY))
        for variant in product.variants:
            wiring.stock().set_on_hand("acme", variant.id, on_hand)
        return saved

    def offer(self, code: str = "SAVE10", **changes: Any) -> Discount:
        """A discount code as the merchant sets it: ten percent off unless said otherwise."""

        def discount_of(discount_id: str) -> Discount:
            return a_discount(**{"id": discount_id, "code": code} | changes)

        codes, stock = wiring.discounts(), wiring.stock()
        return discount_codes.put_discount(codes, stock, "acme", discount_of, code, wiring.new_id())[0]

    def change_shop(self, **changes: Any) -> None:
        """As the merchant's own function does: what the others keep of the shop for a while is old from now on."""
        catalog = self._merchants_catalog()
        catalog.save_shop(replace(catalog.shop("acme"), **changes))

    def change_settings(self, **changes: Any) -> None:
        self.change_shop(settings=replace(self._merchants_catalog().shop("acme").settings, **changes))

    def lift_limits(self) -> None:
        """For whoever sends more than any shopper."""
        self.change_settings(limits=PLENTY)

    def change_product(self, change: Callable[[Product], Product]) -> None:
        catalog = self._merchants_catalog()
        before = catalog.product("acme", a_product().id)
        assert before
        catalog.save_product("acme", change(before), before)

    def _merchants_catalog(self) -> DynamoDBCatalog:
        return DynamoDBCatalog(aws.client("dynamodb"), "catalogtable", time.monotonic)

    def stock(self, variant_id: str = "01JXVAR1ANT000000000000000") -> StockLevel:
        """The counters once the streams have been delivered."""
        self.deliver_streams()
        return wiring.stock().levels("acme", [variant_id])[variant_id]

    def forget_orders(self) -> None:
        """Tables as before the first order, since moto's transactions copy all there is; stock stays as it is."""
        client = aws.client("dynamodb")
        for table in ("orderstable", "sandboxledgertable", "stocktable"):
            for item in _scan(client, table):
                if item["sk"]["S"] != "STOCK":
                    client.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})

    # What became of orders

    def order(self, order_id: str) -> Order:
        found = wiring.orders().get("acme", order_id)
        assert found
        return found

    def attempts(self, order_id: str) -> list[Attempt]:
        return list(wiring.orders().attempts("acme", order_id))

    def stored(self, order_id: str) -> dict[str, Any]:
        """Every item of the order as it lies in the table."""
        found = aws.client("dynamodb").query(
            TableName="orderstable",
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"SHOP#acme#ORDER#{order_id[:26]}"}},
        )["Items"]
        return {item["sk"]["S"]: item for item in found}

    @property
    def gateways(self) -> Gateways:
        return self.other_gateways or wiring.gateways()

    def ledger(self) -> list[LedgerEntry]:
        """What the sandbox was really asked for, oldest first."""
        return list(wiring.gateways().ledger(a_shop(), "sandbox-1", 100, "").data)[::-1]

    def live(self) -> list[int]:
        """Amounts that the gateway holds of anybody's card."""
        return [entry.amount for entry in self.ledger() if entry.state in LIVE]

    def events(self) -> list[str]:
        """Ids of events on the bus, twice where they came twice."""
        return [json.loads(entry["Detail"])["id"] for entry in self.put_events]

    def hold_events(self) -> None:
        """Whatever was written to be told is as docs/events says, whether or not it came onto the bus."""
        for item in _outbox():
            told_events.hold(asdict(*order_stream.events(record(item))))

    # The use cases at another time

    def orders_at(self) -> DynamoDBOrders:
        client = aws.client("dynamodb")
        return DynamoDBOrders(client, "orderstable", "idempotencytable", "stocktable", self.clock.seconds)

    def placing(self) -> Placing:
        """Waiting takes no time, but the clock goes on."""
        return Placing(
            self.orders_at(),
            wiring.catalog(),
            wiring.workflow(),
            self.limits(),
            self.clock.seconds,
            wiring.new_id,
            self.clock.pass_,
        )

    def limits(self) -> Limits:
        return replace(wiring.limits(), now=self.clock.seconds)

    def editor(self) -> Editor:
        return Editor(self.orders_at(), wiring.workflow(), self.clock.seconds, wiring.new_id, lambda _: None)

    def steps(self) -> Steps:
        return Steps(
            self.orders_at(),
            wiring.catalog(),
            wiring.stock(),
            self.gateways,
            wiring.taxes(),
            wiring.discounts(),
            wiring.gift_cards(),
            wiring.inventory_overrides(),
            self.limits(),
            self.clock.milliseconds,
        )

    def undoing(self) -> Undoing:
        return Undoing(self.orders_at(), wiring.catalog(), wiring.stock(), self.gateways, self.clock.milliseconds)

    def settling(self) -> Settling:
        return replace(backstage.settling(), gateways=self.gateways, clock=self.clock.milliseconds)

    def pushing(self) -> Pushing:
        outbound = self.other_outbound or wiring.outbound()
        return replace(backstage.pushing(document), outbound=outbound, clock=self.clock.milliseconds)

    def functions_at_the_clocks_time(self) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
        """The workflow's functions, where they would read the clock's time instead of the real one."""

        def step(event: dict[str, Any]) -> dict[str, Any]:
            if "step" not in event:
                return {"push": self.pushing().push(event["shop"], event["order"])}
            if event["step"] == "settle":
                settled = self.settling().settle(event["shop"], event["order"])
                return {"next": settled.next, "seconds": settled.seconds}
            run = Run(event["shop"], event["order"], event["attempt"], event["run"])
            if event["step"] == "undo":
                return {"state": self.undoing().undo(run).state}
            return {"next": getattr(self.steps(), event["step"])(run)}

        return dict.fromkeys(self.machine.functions, step)

    def reap(self) -> Any:
        """One pass of the reaper, at the clock's time."""
        announce = backstage.announcing().announce

        def resumed(now: int) -> int:
            return resume(backstage.deliveries(), backstage.delivery_queue(), now)

        clock = self.clock.milliseconds
        return Reaper(self.orders_at(), wiring.stock(), wiring.workflow(), announce, resumed, clock).run()

    def delivering(self) -> Delivering:
        return replace(backstage.delivering(), now=self.clock.seconds)

    def run_of(self, order_id: str) -> Run:
        """The ids that a step of the order's last attempt is given."""
        attempt = self.attempts(order_id)[-1]
        return Run("acme", attempt.order_id, attempt.id, attempt.run)

    # What AWS does

    def deliver_streams(self, times: int = 1) -> None:
        """Both streams, from what the tables hold now."""
        outbox = [record(item) for item in self._unpublished()]
        self.deliver_holds(times)
        for _ in range(times):
            answer = importlib.import_module("events.outbox.app").handler({"Records": outbox}, None)
            assert answer == {"batchItemFailures": []}

    def deliver_holds(self, times: int = 1) -> None:
        """The stream of the stock alone: what is sold or given back is counted."""
        holds = _scan(aws.client("dynamodb"), "stocktable")
        ended = [item for item in holds if "duepk" in item and item["state"]["S"] != "ACTIVE"]
        settled = [record(item, item | {"state": {"S": "ACTIVE"}}) for item in ended]
        for _ in range(times):
            answer = importlib.import_module("stock.settle.app").handler({"Records": settled}, None)
            assert answer == {"batchItemFailures": []}

    def deliver_events(self) -> int:
        """What the queue of deliveries holds by the clock's time, until nothing of it is due; how many messages."""
        taken = 0
        while message := self.received(self.clock.seconds()):
            try:
                self.take(message)
            except FunctionLost:
                # Whoever took it did not say that it is done: it comes again.
                self.queued.append((self.clock.seconds() + 180, message))
            taken += 1
        return taken

    def take(self, message: dict[str, Any]) -> None:
        """One message of that queue, in a function that can be killed."""
        self.in_function(lambda event, _: take(self.delivering(), read(event)))(message)

    def _unpublished(self) -> list[dict[str, Any]]:
        return [one for one in _outbox() if "published_at" not in one]


def _outbox() -> list[dict[str, Any]]:
    return [one for one in _scan(aws.client("dynamodb"), "orderstable") if one.get("kind") == {"S": "OUTBOX"}]


@contextmanager
def deployed(monkeypatch: pytest.MonkeyPatch, dynamodb: Mapping[str, str] | None = None) -> Iterator[Deployment]:
    """A stack of its own, with nothing of an earlier one left in the functions. `dynamodb` are environment variables
    of the SDK that lead to another database than moto's."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TILL_DNS_SERVER", os.environ.get("TILL_DNS_SERVER", NO_DNS))
    # What stands there while AWS is played is taken away before that ends: moto leaves credentials as it found them.
    with mock_aws(), monkeypatch.context() as patch:
        for name, value in (dynamodb or {}).items():
            patch.setenv(name, value)
        for table in TABLES.values():
            create_table(aws.client("dynamodb"), table, table.lower())
        for name, value in SECRETS.items():
            aws.client("secretsmanager").create_secret(Name=ENVIRONMENT[name], SecretString=value)
        aws.client("events").create_event_bus(Name=ENVIRONMENT["TILL_EVENT_BUS"])
        forget()
        deployment = Deployment()
        deployment.open_shop()
        hooks = deployment.hooks()
        for service, event, hook in hooks:
            aws._client(service).meta.events.register(event, hook)
        try:
            yield deployment
            if dynamodb is None:
                deployment.hold_events()
        finally:
            for service, event, hook in hooks:
                aws._client(service).meta.events.unregister(event, hook)
    forget()


def forget() -> None:
    """What functions keep while they are warm, but for their clients, which know no stack."""
    wired = (made for module in (wiring, beginnings, backstage) for made in vars(module).values())
    for cached in (settings.environment, merchant_auth.tokens, *wired):
        if hasattr(cached, "cache_clear"):
            cached.cache_clear()
    secrets.forget()


def put_ready_order(till: Deployment, **changes: Any) -> Order:
    """An order that only waits to be processed: 262.00 CAD to the sandbox."""
    order_id = wiring.new_id()
    ready = an_order(id=order_id, public_id=order_id + "x" * 38, created_at=till.clock.seconds())
    return wiring.orders().create(replace(ready, **{"expires_at": till.clock.seconds() + 86_400} | changes))


def _api(dialect: str) -> Api:
    """Of all its groups."""
    groups = sorted(file.parent.name for file in (FUNCTIONS / dialect).glob("*/app.py"))
    return Api([importlib.import_module(f"{dialect}.{group}.app").app for group in groups])


def _scan(client: Any, table: str) -> list[dict[str, Any]]:
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]


def record(new: dict[str, Any] | None, old: dict[str, Any] | None = None, at: float = 0) -> dict[str, Any]:
    """As a stream brings it to Lambda: bytes are base64 text."""

    def shown(item: dict[str, Any]) -> dict[str, Any]:
        return {
            name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
            for name, value in item.items()
        }

    images = {name: shown(item) for name, item in (("NewImage", new), ("OldImage", old)) if item}
    one = new or old or {}
    name = one["pk"]["S"] + one["sk"]["S"]
    change = {"SequenceNumber": name, "ApproximateCreationDateTime": at or time.time(), **images}
    return {"eventID": name.encode().hex(), "dynamodb": change}
