"""Takes a real cart through a whole checkout over HTTP, and shows what came of it. Exit status 1 if anything is off.

Needs the stack that `make up` starts.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import segno
import zxingcpp
from PIL import Image

from scripts.checkout_client import GUEST, PATIENCE, WINNIPEG, Checkout, Json, Merchant, Stack, good, item
from till.domain.money import to_decimal

QUANTITY = 2
STEPS = 13
SETTLED_WITHIN_SECONDS = 30


class WentWrong(Exception):
    """The checkout did not end as it should."""


@dataclass(slots=True)
class Progress:
    """Sends requests and prints one line for each: what it is for, what was sent, status, milliseconds."""

    http: httpx.Client
    done: int = 0
    title: str = ""

    def __call__(self, method: str, path: str, **more: Any) -> httpx.Response:
        self.done += 1
        print(f"[{self.done:2}/{STEPS}] {self.title:<26} {method:<4} {_short(path):<30}", end="", flush=True)
        began = time.perf_counter()
        answer = self.http.request(method, path, **more)
        print(f"{answer.status_code:>5} {(time.perf_counter() - began) * 1000:8.0f} ms", flush=True)
        return answer

    def step[T](self, title: str, act: Callable[[], T]) -> T:
        """What the next request is for."""
        self.title = title
        return act()


def check_out(progress: Progress, stack: Stack) -> Checkout:
    """From a new order to a placed one."""
    sold, step = stack.variants[0], progress.step
    cart = step("Begin with one item", lambda: Checkout.begin(progress, stack, [item(sold)]))
    more = item(sold, QUANTITY - 1)
    step("Add another", lambda: cart.ask("POST", "/items", more))
    step("Who buys", lambda: cart.ask("POST", "/customer/guest", GUEST))
    step("Where it ships", lambda: cart.ask("POST", "/addresses/shipping", WINNIPEG))
    offers = step("How it can ship", lambda: cart.ask("GET", "/shipping_lines"))["shipping_lines"]
    step(f"Ship by {offers[0]['description']}", lambda: cart.ask("POST", "/shipping_lines", {"index": offers[0]["id"]}))
    step("Who is billed", lambda: cart.ask("POST", "/addresses/billing", WINNIPEG))
    step("A discount code", lambda: cart.ask("POST", "/discounts", {"code": stack.discount_codes[0]}))
    step("Taxes", lambda: cart.ask("POST", "/taxes"))
    step("Pay with a test card", lambda: cart.pay(stack.gateway, "tok_approve"))
    inventory = step("Is it in stock?", lambda: cart.ask("GET", "/check_inventory"))["inventory_check"]
    expect(inventory["result"] == "pass", f"the inventory check says {inventory}")
    step("Process the order", lambda: cart.ask("POST", "/process_order"))
    step("As it is stored", lambda: cart.ask("GET", "/refresh"))
    expect(cart.state["is_processed"], "the order is not processed")
    return cart


def show_totals(state: Json) -> None:
    code = state["currency"]["iso_code"]
    rows = [(f"{line['quantity']} x {line['product_title']}", line["total_price"]) for line in _products(state)]
    rows.append((f"Shipping, {state['shipping']['selected_shipping']['description']}", _shipping(state)))
    rows += [(discount["text"], -discount["value"]) for discount in state["discounts"]]
    rows += [(tax["name"], tax["value"]) for tax in state["taxes"] if not tax["is_included"]]
    heading(f"Totals, {code}")
    for name, amount in [*rows, ("Total", state["order_total"])]:
        print(f"  {name:<40} {to_decimal(amount, code):>12}")
    expect(sum(amount for _, amount in rows) == state["order_total"], "the parts do not sum to the total")
    expect(state["order_balance"] == 0, f"{state['order_balance']} is left to pay")


def show_workflow(order: Json) -> None:
    heading(f"The order workflow, order number {order['number']}: {order['status']}")
    for entry in order["timeline"]:
        if entry["attempt"]:  # what comes after placing is no part of it
            print(f"  {entry['what']:<40} {entry['outcome']:>12} {entry['milliseconds']:8} ms")
    expect(order["status"] == "placed", f"the order is {order['status']}")


def show_stock(sku: str, before: Json, after: Json) -> None:
    heading(f"Stock of {sku}")
    print("  " + " " * 10 + "".join(f"{name:>12}" for name in ("on hand", "held", "allocated", "available")))
    for title, level in (("before", before), ("after", after)):
        numbers = (level[name] for name in ("on_hand", "held", "allocated", "available"))
        print(f"  {title:<10}" + "".join(f"{number:>12}" for number in numbers))
    moved = {name: after[name] - before[name] for name in ("on_hand", "held", "allocated", "available")}
    wanted = {"on_hand": 0, "held": 0, "allocated": QUANTITY, "available": -QUANTITY}
    expect(moved == wanted, f"the stock moved by {moved}, not by {wanted}")


def show_charge(order: Json, entries: list[Json], state: Json) -> None:
    heading(f"The charge, which the placed order began by itself: {order['charge']}. What the gateway says of it:")
    for entry in entries:
        amount, captured = (to_decimal(entry[name], entry["currency"]) for name in ("amount", "captured"))
        print(f"  {entry['token']:<26} authorized {amount:>8} {entry['currency']}   captured {captured:>8}")
    held = [entry["amount"] for entry in entries if entry["state"] == "authorized"]
    expect(held == [state["order_total"]], f"authorized were {held}, the total is {state['order_total']}")
    taken = [amount for entry in entries for amount in entry["captures"].values()]
    expect(taken == held, f"captured were {taken}, authorized {held}")


def show_code(http: httpx.Client, stack: Stack) -> None:
    """A cart that never ends, the code that leads to its checkout, and where that is, as a phone reads it."""
    headers = {"Authorization": f"Bearer {stack.api_key}"}
    wanted = {"item": {"variant_id": stack.variants[0].platform_id, "quantity": 1}}
    cart = good(http.post("/cart/add", json=wanted, headers=headers))["id"]
    picture = http.get(f"/checkout/{cart}/qr.png", headers=headers)
    expect(picture.is_success, f"the code was answered with {picture.status_code}: {picture.text}")
    [code] = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.content)))
    heading("A QR code for a poster. Scanned, it opens the checkout of a cart; on this machine, open")
    print(f"  {code.text}\n")
    segno.make_qr(code.text).terminal(compact=True)


def settled(merchant: Merchant, sku: str) -> Json:
    """The stock once the sold units have moved from held to allocated."""
    return soon(lambda: merchant.stock(sku), lambda level: not level["held"])


def charged(merchant: Merchant, order_id: str) -> Json:
    """The order once its charge has come to an end."""
    return soon(lambda: merchant.order(order_id), lambda order: order["charge"] != "pending")


def soon(look: Callable[[], Json], wanted: Callable[[Json], bool]) -> Json:
    """What follows a placed order by a moment, or what there is instead when it took too long."""
    end = time.monotonic() + SETTLED_WITHIN_SECONDS
    seen = look()
    while not wanted(seen) and time.monotonic() < end:
        time.sleep(0.2)
        seen = look()
    return seen


def next_steps(stack: Stack, order: Json) -> None:
    read = "import json; print(json.load(open('.till/stack.json'))['merchant_token'])"
    orders = f"{stack.api_url}/merchant/shops/{stack.shop}/orders"
    heading("Try next")
    print(f'  TOKEN=$(python3 -c "{read}")')
    print(f'  curl -H "Authorization: Bearer $TOKEN" {orders}')
    print(f'  curl -H "Authorization: Bearer $TOKEN" {orders}/{order["id"]}')
    print(f'  curl -H "Authorization: Bearer $TOKEN" "{stack.api_url}/shops/v1/info?shop_identifier={stack.shop}"')
    print('  README.md, "After the order": give a part of it back, send it, cancel another')
    print("  make test    every test")
    print("  make down    stop it; the data is kept")
    print(f"\nThe API is at {stack.api_url}")


def heading(text: str) -> None:
    print(f"\n{text}")


def expect(fact: object, otherwise: str) -> None:
    if not fact:
        raise WentWrong(otherwise)


def _short(path: str) -> str:
    """Without the ids that every path of a session carries."""
    parts = path.split("/")
    return "/" + "/".join(parts[5:]) if path.startswith("/checkout/storefront/") else path


def _products(state: Json) -> list[Json]:
    return [line["product_data"] for line in state["line_items"]]


def _shipping(state: Json) -> int:
    amount: int = state["shipping"]["selected_shipping"]["amount"]
    return amount


def main() -> int:
    try:
        stack = Stack.load()
    except (FileNotFoundError, KeyError):
        print("Nothing is up yet: `make up` starts it.", file=sys.stderr)
        return 1
    print(f"A whole checkout in the shop {stack.shop}\n")
    sku = stack.variants[0].sku
    try:
        with httpx.Client(base_url=stack.api_url, timeout=PATIENCE) as http:
            merchant = Merchant(http.request, stack.shop, stack.merchant_token)
            before = settled(merchant, sku)
            cart = check_out(Progress(http), stack)
            order = charged(merchant, cart.order)
            show_totals(cart.state)
            show_workflow(order)
            show_stock(sku, before, settled(merchant, sku))
            show_charge(order, merchant.ledger(stack.gateway, order), cart.state)
            show_code(http, stack)
    except (WentWrong, httpx.HTTPError) as failure:
        print(f"\nThis went wrong: {failure}", file=sys.stderr)
        return 1
    next_steps(stack, order)
    return 0


if __name__ == "__main__":
    sys.exit(main())
