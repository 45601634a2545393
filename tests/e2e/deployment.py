"""The deployed stack of this checkout: found running, or started for the tests and stopped after them."""

from __future__ import annotations

import csv
import functools
import io
import json
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import boto3
import httpx
import pytest

from scripts.checkout_client import PATIENCE, Checkout, Json, Merchant, Stack, good
from scripts.embedded_aws import CREDENTIALS, REGION, ROOT, running
from tests.builders import PLENTY
from tests.fakes.dns_server import dns_server
from tests.fakes.stripe_api import StripeApi
from tests.fakes.stripe_api import running as running_stripe

STARTED_WITHIN_SECONDS = 300
# What clients of the storefront API send again by themselves.
TRY_AGAIN = (503, 504, 530)
# Where the machine is so busy that a function reaches its time limit, API Gateway says so.
OVERLOADED = 502


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """What `make up` left running; else `make up`, and `make down` at the end."""
    found = _loaded()
    was_running = running() is not None
    if found is None:
        subprocess.run(["make", "up"], cwd=ROOT, check=True, timeout=STARTED_WITHIN_SECONDS)
        found = Stack.load()
    # All tests are one address, which shops and pays more than any shopper.
    _set_limits(found, PLENTY)
    yield found
    _set_limits(found, {})
    if not was_running:
        subprocess.run(["make", "down"], cwd=ROOT, check=True)


def _set_limits(stack: Stack, limits: Json) -> None:
    ask = functools.partial(httpx.request, timeout=PATIENCE)
    url = f"{stack.api_url}/merchant/shops/{stack.shop}"
    headers = {"Authorization": f"Bearer {stack.merchant_token}"}
    good(ask("PATCH", url, json={"settings": {"limits": limits}}, headers=headers))


@pytest.fixture(scope="session")
def http(stack: Stack) -> Iterator[httpx.Client]:
    limits = httpx.Limits(max_connections=None)
    with httpx.Client(base_url=stack.api_url, timeout=PATIENCE, limits=limits) as client:
        yield client


@pytest.fixture(scope="session")
def merchant(http: httpx.Client, stack: Stack) -> Merchant:
    return Merchant(http.request, stack.shop, stack.merchant_token)


@pytest.fixture(scope="session")
def dns(stack: Stack) -> Iterator[None]:
    """Domains of email addresses are those of a server on loopback."""
    with dns_server() as address, told(stack, "BoldCustomersFunction", TILL_DNS_SERVER=address):
        yield


# Whatever asks Stripe, or sends a browser there.
TO_STRIPE = ("PaymentStepsFunction", "WebhooksFunction", "BoldPaymentIframeFunction", "PayFunction")


@pytest.fixture(scope="session")
def stripe(stack: Stack) -> Iterator[StripeApi]:
    """A Stripe of the tests' own, whose ledger they can read, in the place of Stripe."""
    with running_stripe(StripeApi()) as api, ExitStack() as all_told:
        for function in TO_STRIPE:
            all_told.enter_context(told(stack, function, TILL_STRIPE_STAND_IN=api.url))
        yield api


@contextmanager
def told(stack: Stack, logical_id: str, **variables: str) -> Iterator[None]:
    """A function of the template with other environment variables."""
    functions, name = aws(stack, "lambda"), function_name(stack, logical_id)
    before = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": before | variables})
    yield
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": before})


type Sell = Callable[..., str]
type Begin = Callable[..., Checkout]


@pytest.fixture(scope="session")
def sell(merchant: Merchant) -> Sell:
    """Puts a product nobody else sells into the shop, with so many on hand; its SKU."""

    def put(on_hand: int = 1000, price: str = "10.00") -> str:
        sku = f"T-{uuid.uuid4().hex[:12]}"
        variant = {"sku": sku, "prices": {"USD": price}, "weight_grams": 100}
        merchant.ask("PUT", "/products", {"handle": sku.lower(), "title": f"Thing {sku}", "variants": [variant]})
        merchant.ask("PUT", f"/stock/{sku}", {"on_hand": on_hand})
        return sku

    return put


@pytest.fixture(scope="session")
def begin(http: httpx.Client, stack: Stack) -> Begin:
    """Begins a checkout of one SKU, or of none, ready to be processed where a payment token is given."""

    def begun(sku: str = "", quantity: int = 1, pay_with: str = "") -> Checkout:
        items = [{"sku": sku, "quantity": quantity, "line_item_key": sku}] if sku else []
        cart = Checkout.begin(http.request, stack, items)
        return cart.fill(stack.gateway, pay_with) if pay_with else cart

    return begun


@pytest.fixture(scope="session")
def five_hundred(merchant: Merchant) -> list[str]:
    """SKUs of 500 variants in five products, 10 of each on hand, that came in by one import."""
    prefix = f"many-{uuid.uuid4().hex[:8]}"
    # The columns of a real export.
    columns = (ROOT / "tests" / "data" / "shopify-apparel.csv").read_text().splitlines()[0].split(",")
    text = io.StringIO()
    rows = csv.DictWriter(text, columns)
    rows.writeheader()
    for i in range(500):
        product, size = divmod(i, 100)
        rows.writerow(
            {
                "Handle": f"{prefix}-{product}",
                "Title": f"Many {product}" if size == 0 else "",
                "Option1 Name": "Size" if size == 0 else "",
                "Option1 Value": size,
                "Variant SKU": f"{prefix}-{i:03}",
                "Variant Grams": 10,
                "Variant Inventory Qty": 10,
                "Variant Inventory Policy": "deny",
                "Variant Price": "1.00",
                "Variant Requires Shipping": "true",
                "Variant Taxable": "true",
            }
        )
    report = merchant.ask("POST", "/products/import", headers={"Content-Type": "text/csv"}, content=text.getvalue())[
        "data"
    ]
    assert report["created"] == 500, report
    return [row["sku"] for row in report["results"]]


def submitted(cart: Checkout, path: str = "/process_order", key: str = "", seconds: float = 120) -> httpx.Response:
    """What becomes of an order: while it is busy, the request is sent again under its key, as clients do."""
    key = key or uuid.uuid4().hex
    end = time.monotonic() + seconds
    while True:
        answer = cart.call("POST", path, headers={"Idempotency-Key": key})
        if answer.status_code not in (*TRY_AGAIN, OVERLOADED) or time.monotonic() > end:
            return answer
        time.sleep(0.5)


def eventually[T](look: Callable[[], T], wanted: Callable[[T], object], seconds: float = 60) -> T:
    """What was seen last: either what is wanted, or what there still is when the time is up."""
    end = time.monotonic() + seconds
    seen = look()
    while not wanted(seen) and time.monotonic() < end:
        time.sleep(0.3)
        seen = look()
    return seen


def settled(merchant: Merchant, sku: str) -> Json:
    """A variant's stock when nothing is held any more, or still is after a minute."""
    return eventually(lambda: merchant.stock(sku), lambda level: not level["held"])


def states(entries: list[Json]) -> list[str]:
    """What the gateway holds, in the order of its keys."""
    return [entry["state"] for entry in sorted(entries, key=lambda entry: entry["key"])]


def aws(stack: Stack, service: str, **credentials: str) -> Any:
    """A client of the embedded AWS, as its root user unless credentials are given."""
    own = credentials or {name.lower(): value for name, value in CREDENTIALS.items()}
    typed_by_literal_names: Any = boto3.client
    return typed_by_literal_names(service, endpoint_url=stack.aws_endpoint_url, region_name=REGION, **own)


def warm_up(cart: Checkout, merchant: Merchant, stack: Stack, together: int) -> None:
    """Has the embedded AWS start that many workers of each function that processes orders, a few at a time.

    `cart` is placed already: nothing that is asked here changes it.
    """
    functions = aws(stack, "lambda")
    order = merchant.order(cart.order)
    ids = {"shop": cart.shop, "order": order["id"], "attempt": order["timeline"][0]["attempt"], "run": 1}

    def reads() -> bool:
        return cart.call("GET", "/refresh").is_success

    def steps(logical_id: str, step: str) -> bool:
        payload = json.dumps(ids | {"step": step})
        return "FunctionError" not in functions.invoke(FunctionName=function_name(stack, logical_id), Payload=payload)

    order_steps = functools.partial(steps, "OrderStepsFunction", "process")
    payment_steps = functools.partial(steps, "PaymentStepsFunction", "authorize")
    for size in range(4, together + 1, 4):
        for work in (reads, order_steps, payment_steps):
            with ThreadPoolExecutor(size) as threads:
                for _ in range(10):  # cold starts that take too long are cut off
                    if _all_succeed([threads.submit(work) for _ in range(size)]):
                        break


def _all_succeed(calls: list[Future[bool]]) -> bool:
    """Waits for every one of them."""
    return sum(call.result() for call in calls) == len(calls)


def function_name(stack: Stack, logical_id: str) -> str:
    """What a function of the template is called once it is deployed."""
    found = aws(stack, "cloudformation").describe_stack_resource(StackName="till", LogicalResourceId=logical_id)
    name: str = found["StackResourceDetail"]["PhysicalResourceId"]
    return name


def _loaded() -> Stack | None:
    """The running stack, whole and answering."""
    try:
        stack = Stack.load()
        answer = httpx.get(f"{stack.api_url}/shops/v1/info", timeout=PATIENCE)
    except (FileNotFoundError, KeyError, httpx.HTTPError):
        return None
    return stack if running() and answer.status_code == httpx.codes.UNAUTHORIZED else None
