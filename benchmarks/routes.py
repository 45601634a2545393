"""What each route costs in a function that is warm, for an order of 20 lines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.meter import Cost
from benchmarks.process import GATEWAY, MOST_LINES, ON_HAND, Till
from benchmarks.text import table as text_table
from scripts.checkout_client import GUEST, WINNIPEG, Checkout, Json, item
from till.runtime.app import Kind

LAPS, WARM_UP = 25, 3
# CPU milliseconds of our own.
BUDGETS = {Kind.READ: 3.0, Kind.CHANGE: 6.0}


@dataclass(frozen=True, slots=True)
class Warm:
    """Medians. CPU in milliseconds: our own with Powertools and pydantic, and the SDK's for calls of DynamoDB."""

    name: str
    round_trips: float
    read_units: float
    write_units: float
    own: float
    sdk: float
    budget: float | None


def measure(till: Till) -> list[Warm]:
    """Every route of the storefront in turn, the merchant's most used, and the steps of the workflow."""
    for lap in range(WARM_UP + LAPS):
        if lap == WARM_UP:
            till.meter.costs.clear()
        _lap(till, lap)
        till.deliver_streams()
    by_name: dict[str, list[Cost]] = {}
    for cost in till.meter.costs:
        by_name.setdefault(cost.name, []).append(cost)
    till.meter.costs.clear()
    return [_warm(till, name, costs) for name, costs in by_name.items()]


def table(warm: Sequence[Warm]) -> str:
    """One line for each route."""
    rows = [
        (
            one.name,
            f"{one.round_trips:g}",
            f"{one.read_units:g}",
            f"{one.write_units:g}",
            one.own,
            one.budget or "",
            one.sdk,
        )
        for one in warm
    ]
    heads = ("route", "round trips", "read units", "write units", "own ms", "at most", "SDK ms")
    return text_table(f"Warm requests, {MOST_LINES} lines", heads, rows)


def over_budget(warm: Sequence[Warm]) -> list[str]:
    """Names of what is over its budget."""
    return [one.name for one in warm if one.budget and one.own > one.budget]


def _warm(till: Till, name: str, costs: Sequence[Cost]) -> Warm:
    route = till.routes.get(name)
    return Warm(
        name,
        median(len(cost.calls) for cost in costs),
        median(cost.read_units for cost in costs),
        median(cost.write_units for cost in costs),
        median(cost.cpu - cost.sdk_cpu for cost in costs) * 1000,
        median(cost.sdk_cpu for cost in costs) * 1000,
        BUDGETS.get(route.kind) if route and name.split()[1].startswith("/checkout/storefront") else None,
    )


def _lap(till: Till, lap: int) -> None:
    order = till.checkout(MOST_LINES)
    till.send("POST", "/checkout/orders/acme/resume", json={"public_order_id": order.order}, headers=_token(till))
    till.send("GET", "/shops/v1/info", headers=_token(till))
    _edit(order, lap)
    order.pay(GATEWAY, "tok_approve")
    if not order.process().is_success:
        raise RuntimeError("the order was not placed")
    till.checkout(MOST_LINES).fill(GATEWAY).ask("POST", "/pre_process_order")
    _manage(till, lap)


def _edit(order: Checkout, lap: int) -> None:
    """Each route changes something, as a storefront's call would."""
    name = {"first_name": f"John {lap}"}
    extra = item(f"MUG-{MOST_LINES}")
    key = {"line_item_key": extra["line_item_key"]}
    card: Json = {"gateway_public_id": GATEWAY, "token": "tok_approve"}
    for method, path, body in (
        ("POST", "/customer/guest", GUEST),
        ("GET", "/customer", None),
        ("PUT", "/customer", GUEST | name),
        ("DELETE", "/customer", None),
        ("POST", "/customer/guest", GUEST),
        ("PUT", "/customer/guest", GUEST | name),
        *_address("/addresses/shipping", name),
        *_address("/addresses/billing", name),
        ("GET", "/validate_address?country_code=CA&province_code=MB&postal_code=R3Y0L6", None),
        ("POST", "/items", extra),
        ("PUT", "/items", key | {"quantity": 2}),
        ("DELETE", "/items", key),
        ("GET", "/items", None),
        ("GET", "/shipping_lines", None),
        ("POST", "/shipping_lines", {"index": "0"}),
        ("POST", "/shipping_lines/estimate", WINNIPEG),
        ("GET", "/validate_discount_code?discount_code=save10", None),
        ("POST", "/discounts", {"code": "save10"}),
        ("GET", "/discounts", None),
        ("DELETE", "/discounts", {"code": "save10"}),
        ("POST", "/meta_data", {"note_attributes": name, "notes": "", "tags": [], "cart_parameters": []}),
        ("PATCH", "/meta_data", {"tags": [str(lap)]}),
        ("GET", "/meta_data", None),
        ("DELETE", "/meta_data", None),
        ("POST", "/batch", {"sub_requests": [sub("PUT", "/customer", GUEST), sub("POST", "/items", extra)]}),
        ("DELETE", "/items", key),
        ("POST", "/taxes", None),
        ("POST", "/taxes/estimate", WINNIPEG),
        ("POST", "/payments/styles", {"css_rules": [{"cssText": "label { color: #222 }"}], "media_rules": []}),
        ("POST", "/payments", card),
        ("PUT", "/payments", card | {"amount": 100}),
        ("GET", "/payments", None),
        ("DELETE", "/payments", card),
        ("GET", "/check_inventory", None),
        ("GET", "/refresh", None),
    ):
        order.ask(method, path, body)


def sub(method: str, endpoint: str, body: Json) -> Json:
    """A request of a batch."""
    return {"method": method, "endpoint": endpoint, "payload": json.dumps(body)}


def _address(path: str, name: Json) -> list[tuple[str, str, Json | None]]:
    return [
        ("POST", path, WINNIPEG),
        ("DELETE", path, None),
        ("POST", path, WINNIPEG),
        ("PUT", path, WINNIPEG | name),
        ("GET", path, None),
    ]


def _manage(till: Till, lap: int) -> None:
    merchant = till.merchant
    merchant.ask("GET", "")
    merchant.ask("GET", "/products")
    merchant.ask("GET", "/stock/MUG-0")
    merchant.ask("PUT", "/stock/MUG-0", {"on_hand": ON_HAND - lap})
    merchant.ask("POST", "/stock/MUG-0/adjust", {"by": 1})
    orders = merchant.ask("GET", "/orders")["data"]
    merchant.ask("GET", f"/orders/{orders[0]['id']}")
    merchant.ask("GET", f"/gateways/{GATEWAY}/ledger")


def _token(till: Till) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {till.stack.merchant_token}"}
