"""Begins every failed charge of a shop again, and asks once more for what the gateway never answered.

Usage: make redrive, see docs/payments.md. For the demo shop of the running stack; for a shop elsewhere with the
environment variables TILL_URL (of the API), TILL_SHOP and TILL_TOKEN (of the merchant API, scope `orders`). Exit status
1 if any is left.
"""

from __future__ import annotations

import os
import sys
import uuid

import httpx

from scripts.checkout_client import PATIENCE, Json, Merchant, Stack

NAMES = ("TILL_URL", "TILL_SHOP", "TILL_TOKEN")


def failed_charges(merchant: Merchant) -> list[Json]:
    """All of them, latest orders first."""
    found: list[Json] = []
    cursor: str | None = ""
    while cursor is not None:
        page = merchant.ask("GET", "/failed_charges", params={"limit": 100, "cursor": cursor})
        found += page["data"]
        cursor = page["next_cursor"]
    return found


def redrive(merchant: Merchant) -> int:
    """Begins each charge again, prints what came of it, and returns how many still need help."""
    failed, left = failed_charges(merchant), 0
    print(f"{len(failed)} failed charges in the shop {merchant.shop}")
    for one in failed:
        headers = {"Idempotency-Key": f"redrive-{uuid.uuid4()}"}
        answer = merchant.call("POST", f"/orders/{one['order_id']}/charge", headers=headers)
        left += not is_underway(answer)
        print(f"  {one['order_id']}  {said(answer)}")
    return left


def is_underway(answer: httpx.Response) -> bool:
    """Is it done, or carried on by the fulfilment workflow?"""
    return answer.is_success and answer.json()["data"]["charge"] != "failed"


def said(answer: httpx.Response) -> str:
    """The state of the charge, and why it is failed."""
    if not answer.is_success:
        return f"{answer.status_code} {answer.json()['errors'][0]['message']}"
    order = answer.json()["data"]
    return " ".join(filter(None, (order["charge"], order["charge_problem"])))


def main() -> int:
    given = [os.environ.get(name, "") for name in NAMES]
    if any(given) and not all(given):
        print(f"All of {', '.join(NAMES)} are needed, or none of them.", file=sys.stderr)
        return 2
    if all(given):
        url, shop, token = given
    else:
        try:
            stack = Stack.load()
        except (FileNotFoundError, KeyError):
            print(f"Nothing is up here; for a shop elsewhere set {', '.join(NAMES)}.", file=sys.stderr)
            return 1
        url, shop, token = stack.api_url, stack.shop, stack.merchant_token
    with httpx.Client(base_url=url, timeout=PATIENCE) as http:
        return 1 if redrive(Merchant(http.request, shop, token)) else 0


if __name__ == "__main__":
    sys.exit(main())
