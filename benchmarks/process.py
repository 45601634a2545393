"""Till in this process: the real handlers and state machine files, against the embedded AWS that `make up` started.

It has tables, secrets and a shop of its own there, and takes them away at the end: no other function sees them.
"""

from __future__ import annotations

import base64
import importlib
import io
import json
import logging
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, cast

import httpx

from benchmarks.meter import Meter, stored_size
from scripts.checkout_client import STACK, Checkout, Merchant, Stack, item
from scripts.embedded_aws import CREDENTIALS, REGION, ROOT
from tests.builders import PLENTY, a_discount, a_product, a_shop, a_variant
from tests.contract.tables import create_table
from tests.fakes.state_machine import StateMachine
from tests.integration.api import Api
from till.adapters import aws
from till.adapters.log import logger
from till.runtime import wiring
from till.runtime.app import Route

FUNCTIONS = [f"bold.{name}.app" for name in (
    "addresses", "batch", "customers", "discounts", "line_items", "metadata", "orders", "payment_iframe", "payments",
    "shipping_lines", "taxes",
)] + [f"elasticpath.{name}.app" for name in ("tokens", "carts", "orders", "payments")] + [
    "cocart.cart.app", "cocart.checkout.app", "diddo.carts.app", "diddo.sessions.app", "checkout_page.session.app",
] + [
    f"merchant.{name}.app" for name in ("settings", "catalog", "orders")
]  # fmt: skip
TABLES = {
    "TILL_ORDERS_TABLE": "OrdersTable",
    "TILL_CATALOG_TABLE": "CatalogTable",
    "TILL_STOCK_TABLE": "StockTable",
    "TILL_IDEMPOTENCY_TABLE": "IdempotencyTable",
    "TILL_LEDGER_TABLE": "SandboxLedgerTable",
}
SECRETS = {"TILL_JWT_SECRET": "bench/jwt-signing-key", "TILL_MERCHANT_SECRET": "bench/merchant-root-token"}
TOKEN = "r" * 48
PAYMENT_STEPS = "payment-steps"
GATEWAY = "sandbox-1"
MOST_LINES = 20
ON_HAND = 1_000_000


class Log(io.TextIOBase):
    """What the functions log, by its size."""

    size = 0

    def write(self, text: str) -> int:
        self.size += len(text.encode())
        return len(text)


@dataclass(slots=True)
class Till:
    """The functions behind their routes; `routes` by the name under which the meter has them."""

    api: Api
    machine: StateMachine
    fulfilment: StateMachine
    meter: Meter
    log: Log
    routes: dict[str, Route]
    stack: Stack
    sent: int = 0

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """As httpx would, without a network."""
        if params := request.get("params"):
            path = str(httpx.URL(path, params=params))
        body = request["content"].encode() if request.get("content") else request.get("json")
        with redirect_stdout(self.log):  # metrics are printed
            reply = self.api.call(method, path, body, request["headers"])
        self.sent += len(zlib.compress(reply.raw.encode()))
        sent = httpx.Request(method, f"http://till{path}")
        return httpx.Response(reply.status, headers=dict(reply.headers), text=reply.raw, request=sent)

    def checkout(self, lines: int) -> Checkout:
        """A new order of that many variants."""
        return Checkout.begin(self.send, self.stack, [item(f"MUG-{n}") for n in range(lines)])

    @property
    def merchant(self) -> Merchant:
        """The shop's owner."""
        return Merchant(self.send, self.stack.shop, self.stack.merchant_token)

    def stored(self) -> int:
        """Bytes that stay: what expires does not count, what an index holds counts twice."""
        items = [one for table in ("TILL_ORDERS_TABLE", "TILL_STOCK_TABLE") for one in _scan(table)]
        indexes = ("gsi1pk", "duepk")
        return sum(
            stored_size(one) * (1 + sum(index in one for index in indexes)) for one in items if "expires_at" not in one
        )

    def stock_item(self, number: int) -> int:
        """Bytes of the stock of a mug."""
        (item,) = (one for one in _scan("TILL_STOCK_TABLE") if one["pk"]["S"].endswith(mug_id(number)))
        return stored_size(item)

    def deliver_streams(self) -> None:
        """Each record by itself: the dearest case, of a shop with a checkout now and then."""
        holds = [one for one in _scan("TILL_STOCK_TABLE") if "duepk" in one and one["state"]["S"] == "CLAIMED"]
        for hold in holds:
            self._deliver("stock.settle.app", hold, hold | {"state": {"S": "ACTIVE"}})
        for event in _outbox():
            self._deliver("events.outbox.app", event, None)

    def _deliver(self, module: str, new: Any, old: Any) -> None:
        record = {"dynamodb": {"SequenceNumber": "1", "NewImage": _shown(new), "OldImage": _shown(old or {})}}
        handler = self.meter.metered(module.removesuffix(".app"), module, importlib.import_module(module).handler)
        with redirect_stdout(self.log):
            assert handler({"Records": [record]}, None) == {"batchItemFailures": []}


@contextmanager
def running_till() -> Iterator[Till]:
    """With a shop that sells mugs, and functions that have not met it yet."""
    known = json.loads(STACK.read_text())
    os.environ.update(CREDENTIALS)
    os.environ |= {
        "AWS_ENDPOINT_URL": known["aws_endpoint_url"],
        "AWS_DEFAULT_REGION": REGION,
        "TILL_STAGE": "local",
        "TILL_DEFAULT_SHOP": "acme",
        "TILL_STATE_MACHINE_ARN": known["outputs"]["OrderStateMachine"],
        "TILL_FULFILMENT_MACHINE_ARN": known["outputs"]["FulfilmentStateMachine"],
        "TILL_EVENT_BUS": known["outputs"]["EventBus"],
        "TILL_PAYMENT_STEPS_FUNCTION": PAYMENT_STEPS,
        "POWERTOOLS_METRICS_NAMESPACE": "Till",
        **{variable: f"bench-{table}" for variable, table in TABLES.items()},
        **SECRETS,
    }
    _remove()
    for table in TABLES.values():
        create_table(aws.client("dynamodb"), table, f"bench-{table}")
    for name in SECRETS.values():
        aws.client("secretsmanager").create_secret(Name=name, SecretString=TOKEN)
    try:
        yield _started()
    finally:
        _remove()


def _started() -> Till:
    meter, log = Meter(aws.client("dynamodb")), Log()
    cast(logging.StreamHandler[Any], logger.registered_handler).setStream(log)
    steps = {
        f"${{{function}Arn}}": _step(meter, f"order_workflow.{module}.app")
        for function, module in (("OrderStepsFunction", "order_steps"), ("PaymentStepsFunction", "payment_steps"))
    }
    machine = StateMachine(ROOT / "functions" / "order_workflow" / "order.asl.json", steps)
    fulfilment = StateMachine(ROOT / "functions" / "fulfilment" / "fulfilment.asl.json", steps)
    machines = {
        os.environ["TILL_STATE_MACHINE_ARN"]: machine,
        os.environ["TILL_FULFILMENT_MACHINE_ARN"]: fulfilment,
    }
    aws.client("stepfunctions").meta.events.register(
        "before-call.stepfunctions.StartExecution", lambda params, **_: _start(machines, params)
    )
    pay = steps["${PaymentStepsFunctionArn}"]
    aws.client("lambda").meta.events.register("before-call.lambda.Invoke", lambda params, **_: _invoke(pay, params))
    _open_shop()
    routes: dict[str, Route] = {}
    api = Api([])
    for module in FUNCTIONS:
        for route, path, pattern, app in Api([importlib.import_module(module).app]).routes:
            name = f"{route.method} {route.path}"
            routes[name] = route
            # No dialect: what the tests hold answers against is not measured.
            metered: Any = SimpleNamespace(handle=meter.metered(name, module, app.handle), dialect=None)
            api.routes.append((route, path, pattern, metered))
    stack = Stack("", "", 0, {}, shop="acme", merchant_token=TOKEN, gateway=GATEWAY, variants=())
    return Till(api, machine, fulfilment, meter, log, routes, stack)


def _step(meter: Meter, module: str) -> Callable[[dict[str, Any]], Any]:
    handler = importlib.import_module(module).handler
    return lambda event: meter.metered(f"step {event['step']}", module, handler)(event, None)


def _start(machines: Mapping[str, StateMachine], params: dict[str, Any]) -> Any:
    request = json.loads(params["body"])
    machines[request["stateMachineArn"]].start(request["name"], json.loads(request["input"]))
    return SimpleNamespace(status_code=200), {"executionArn": request["name"], "ResponseMetadata": {}}


def _invoke(step: Callable[[dict[str, Any]], Any], params: dict[str, Any]) -> Any:
    answer = json.dumps(step(json.loads(params["body"]))).encode()
    return SimpleNamespace(status_code=200), {"Payload": io.BytesIO(answer), "ResponseMetadata": {}}


def mug_id(number: int) -> str:
    """The id of the variant MUG-number."""
    return f"01JXMVG{number:019}"


def _open_shop() -> None:
    variants = tuple(
        a_variant(id=mug_id(n), number=1000 + n, platform_id=f"mug-{n}", sku=f"MUG-{n}", title=f"No. {n}")
        for n in range(MOST_LINES + 1)
    )
    shop = a_shop()
    wiring.catalog().create_shop(replace(shop, settings=replace(shop.settings, limits=PLENTY)))
    wiring.catalog().save_product("acme", a_product(variants=variants, version=0), None)
    for variant in variants:
        wiring.stock().set_on_hand("acme", variant.id, ON_HAND)
    wiring.discounts().save_discount("acme", a_discount())


def _remove() -> None:
    dynamodb, secrets = aws.client("dynamodb"), aws.client("secretsmanager")
    for table in TABLES.values():
        with suppress(dynamodb.exceptions.ResourceNotFoundException):
            dynamodb.delete_table(TableName=f"bench-{table}")
    for name in SECRETS.values():
        with suppress(secrets.exceptions.ResourceNotFoundException):
            secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


def _scan(variable: str) -> list[dict[str, Any]]:
    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=os.environ[variable], ConsistentRead=True)
    return [one for page in pages for one in page["Items"]]


def _outbox() -> Iterator[dict[str, Any]]:
    """Events that are not published; what they set off writes further ones."""
    while waiting := [
        one for one in _scan("TILL_ORDERS_TABLE") if one.get("kind") == {"S": "OUTBOX"} and "duepk" in one
    ]:
        yield from waiting


def _shown(image: dict[str, Any]) -> dict[str, Any]:
    """As a stream's record has it: bytes are base64 text."""
    return {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value for name, value in image.items()
    }
