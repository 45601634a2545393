"""Begins every failed charge and every failed push of a shop again, and asks once more for what the gateway never
answered.

Usage: make redrive, see docs/payments.md and docs/platform-push.md. For the demo shop of the running stack; for a shop
elsewhere with the environment variables TILL_URL (of the API), TILL_SHOP and TILL_TOKEN (of the merchant API, scope
`orders`). Exit status 1 if any is left.
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
    return _listed(merchant, "/failed_charges")


def failed_pushes(merchant: Merchant) -> list[Json]:
    """All of them, latest orders first."""
    return _listed(merchant, "/failed_pushes")


def _listed(merchant: Merchant, path: str) -> list[Json]:
    found: list[Json] = []
    cursor: str | None = ""
    while cursor is not None:
        page = merchant.ask("GET", path, params={"limit": 100, "cursor": cursor})
        found += page["data"]
        cursor = page["next_cursor"]
    return found


def redrive(merchant: Merchant) -> int:
    """Begins each of them again, prints what came of it, and returns how many still need help."""
    charges, pushes, left = failed_charges(merchant), failed_pushes(merchant), 0
    print(f"{len(charges)} failed charges in the shop {merchant.shop}")
    for one in charges:
        answer = _again(merchant, one, "charge")
        left += not is_underway(answer)
        print(f"  {one['order_id']}  {said(answer)}")
    print(f"{len(pushes)} failed pushes")
    for one in pushes:
        answer = _again(merchant, one, "push")
        left += not answer.is_success
        print(f"  {one['order_id']}  {answer.json()['data']['push'] if answer.is_success else said(answer)}")
    return left


def _again(merchant: Merchant, one: Json, what: str) -> httpx.Response:
    headers = {"Idempotency-Key": f"redrive-{uuid.uuid4()}"}
    return merchant.call("POST", f"/orders/{one['order_id']}/{what}", headers=headers)


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
