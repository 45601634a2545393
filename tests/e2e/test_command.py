"""The installed command `till`, as a merchant runs it beside the stack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from scripts.checkout_client import Merchant, Stack
from scripts.embedded_aws import ROOT
from tests.e2e.deployment import Begin, Sell, eventually, submitted

TILL = Path(sys.executable).with_name("till")


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Without anything of the environment that says where the shop is."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("TILL_")} | environment
    return subprocess.run([TILL, *words], cwd=ROOT, env=own, capture_output=True, text=True, check=False, timeout=120)


def test_an_order_is_followed_from_a_terminal_to_its_refund(
    stack: Stack, merchant: Merchant, sell: Sell, begin: Begin, tmp_path: Path
) -> None:
    home = {"HOME": str(tmp_path)}
    sku = sell(on_hand=3)
    assert json.loads(run("stock", "adjust", sku, "-1", "--json", **home).stdout)["on_hand"] == 2
    cart = begin(sku, pay_with="tok_approve")
    assert submitted(cart).status_code == 200
    order_id = cart.order[:26]
    order = eventually(lambda: merchant.order(order_id), lambda one: one["charge"] == "captured")
    number = str(order["number"])
    shown = run("orders", "show", number, **home)
    assert (shown.returncode, order_id in shown.stdout, sku in shown.stdout) == (0, True, True), shown.stderr
    refunded = run("refund", number, "--amount", "1.00", "--yes", "--json", **home)
    assert json.loads(refunded.stdout)["data"]["refunded"] == 100
    key = refunded.stderr.split()[-1]
    again = run("refund", number, "--amount", "1.00", "--yes", "--json", "--key", key, **home)
    assert json.loads(again.stdout)["data"]["refunded"] == 100
    stranger = home | {"TILL_URL": stack.api_url, "TILL_TOKEN": "none", "TILL_SHOP": stack.shop}
    assert run("orders", "show", number, **stranger).returncode == 3


def test_the_doctor_finds_the_deployed_stack_well(stack: Stack, tmp_path: Path) -> None:
    seen = run("doctor", "--json", HOME=str(tmp_path))
    checks = {one["check"]: one for one in json.loads(seen.stdout)["data"]}
    assert checks.keys() >= {"concurrency", "requests", "secret jwt", f"gateway {stack.gateway}", "origins", "alarms"}
    # Services of other tests may be gone.
    others = ("tax", "platform", "plugin", "webhook")
    own = {name: one for name, one in checks.items() if name.partition(" ")[0] not in others}
    assert {name: one["message"] for name, one in own.items() if one["state"] == "failed"} == {}
    assert not [one for one in checks.values() if "cannot be known" in one["message"]]
    assert seen.returncode == any(one["state"] == "failed" for one in checks.values())
