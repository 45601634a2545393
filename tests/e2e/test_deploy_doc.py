"""What docs/deploy.md has people type does what it says, as far as the embedded AWS goes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import textwrap

import pytest

from scripts.checkout_client import Merchant, Stack
from scripts.embedded_aws import CREDENTIALS, REGION, ROOT
from tests.e2e.deployment import Begin, Sell, aws, eventually, submitted

TYPED = re.compile(r"^ *```bash\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
COMPARED = 'restore compare "$STACK" $TABLES '
# What somebody deletes by accident.
ACCIDENT = 'aws dynamodb batch-write-item --request-items "$ACCIDENT"'


@pytest.fixture(scope="module")
def command_line() -> None:
    """AWS's, in an environment of its own."""
    subprocess.run(["make", "--silent", ".till/aws/.stamp"], cwd=ROOT, check=True)


@pytest.mark.usefixtures("command_line")
def test_whoever_follows_the_document_rotates_a_key_and_gets_back_what_was_deleted(
    merchant: Merchant, stack: Stack, sell: Sell, begin: Begin
) -> None:
    cart = begin(sell(), pay_with="tok_approve")
    assert submitted(cart).status_code == 200
    order = eventually(lambda: merchant.order(cart.order), lambda order: order["charge"] == "captured")
    tables = len(aws(stack, "dynamodb").list_tables()["TableNames"])
    script = "\n".join(textwrap.dedent(block) for block in TYPED.findall((ROOT / "docs" / "deploy.md").read_text()))
    # Only AWS answers at the address that the stack says.
    script = script.replace("TILL=$(output ApiUrl)", f"TILL=$(output ApiUrl); TILL={stack.api_url}")
    assert COMPARED in script
    pk = {"S": f"SHOP#{stack.shop}#ORDER#{order['id']}"}
    lost = [{"DeleteRequest": {"Key": {"pk": pk, "sk": {"S": sk}}}} for sk in ("ORDER", "SALE")]
    script = script.replace(COMPARED, f"{ACCIDENT}\n{COMPARED}")

    typed = subprocess.run(
        ["bash", "-euc", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            **CREDENTIALS,
            "PATH": f"{ROOT / '.till' / 'aws' / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": stack.aws_endpoint_url,
            "ACCIDENT": json.dumps({stack.outputs["OrdersTable"]: lost}),
        },
    )

    assert (typed.returncode, typed.stderr) == (0, "")
    assert re.search(r"^OrdersTable +SALE +missing +1$", typed.stdout, re.MULTILINE), typed.stdout
    assert merchant.order(cart.order) == order
    assert len(aws(stack, "dynamodb").list_tables()["TableNames"]) == tables
    versions = aws(stack, "secretsmanager").list_secret_version_ids(SecretId="till/jwt-signing-key")["Versions"]
    assert {"AWSCURRENT", "AWSPREVIOUS"} <= {stage for version in versions for stage in version["VersionStages"]}
    assert cart.call("GET", "/refresh").is_success, "who was checking out is not logged out"
