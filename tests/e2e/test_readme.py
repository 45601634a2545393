"""What the README has people type does what it says, exactly as it is written there."""

from __future__ import annotations

import re
import subprocess

from elasticpath.ids import ulid_of
from scripts.checkout_client import Merchant, Stack
from scripts.embedded_aws import ROOT
from tests.e2e.deployment import eventually
from tests.qr_reader import read_code

TYPED = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAY_WHICH = 'echo "placed $ORDER"'
SAY_WHERE = 'echo; echo "agreed $AGREED"'


def test_a_newcomer_takes_an_order_refunds_sends_and_cancels_with_curl(merchant: Merchant, stack: Stack) -> None:
    shop, elsewhere, poster, after, cancel = TYPED.findall((ROOT / "README.md").read_text())
    script = "\n".join((shop, SAY_WHICH, elsewhere, SAY_WHERE, poster, after, shop, SAY_WHICH, cancel))

    typed = subprocess.run(["bash", "-euc", script], cwd=ROOT, capture_output=True, text=True, timeout=300)

    assert (typed.returncode, typed.stderr) == (0, "")
    assert '"errors"' not in typed.stdout, typed.stdout
    sent, cancelled = (
        merchant.order(order_id) for order_id in re.findall(r"^placed (.*)$", typed.stdout, re.MULTILINE)
    )
    assert (sent["status"], sent["charge"], len(sent["refunds"])) == ("fulfilled", "captured", 1)
    [agreed] = re.findall(r"^agreed (.*)$", typed.stdout, re.MULTILINE)
    paid = merchant.order(ulid_of(agreed))
    assert (paid["status"], paid["charge"]) == ("placed", "captured")
    assert read_code((ROOT / ".till" / "poster.png").read_bytes()).startswith(f"{stack.api_url}/checkout/")
    (entry,) = merchant.ledger(stack.gateway, sent)
    assert (entry["captured"], entry["refunded"]) == (sent["total"], sent["total"] - sent["net_total"])
    nothing_left = eventually(lambda: merchant.order(cancelled["id"]), lambda order: order["net_total"] == 0)
    assert (nothing_left["status"], nothing_left["net_total"]) == ("cancelled", 0)
