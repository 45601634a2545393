"""Every event of events/ in the container of its function, and three of them as docs/sam-local.md invokes one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from scripts.checkout_client import PATIENCE, Json, Stack, good
from scripts.embedded_aws import CREDENTIALS, REGION, ROOT
from scripts.event import Events
from tests.e2e.deployment import TRY_AGAIN, eventually
from tests.e2e.shops import answered, shop_of_events
from tests.integration.test_events import NAMES, REFUSED, TEMPLATE
from tests.sam_local.sam import invoked, started

FUNCTIONS: dict[str, str] = {
    resource["Properties"]["Handler"].removesuffix(".app.handler").replace(".", "/"): logical_id
    for logical_id, resource in TEMPLATE["Resources"].items()
    if resource["Type"] == "AWS::Serverless::Function"
}
# No plugin of ours listens on a container's loopback. What is placed is charged meanwhile, by the deployed workflow;
# keys were rotated by other tests.
REFUSED_IN_CONTAINERS = REFUSED | {
    "bold/orders/dispatch_app_hook_event": 422,
    "merchant/after_sales/charge_again": 409,
    "merchant/stack/rotate_key": 409,
}
# For so long functions keep what they know of a shop.
CACHED_SECONDS = 40


@pytest.fixture(scope="session")
def http(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.api_url, timeout=PATIENCE) as client:
        yield client


@pytest.fixture(scope="module")
def known(http: httpx.Client, stack: Stack) -> Iterator[dict[str, str]]:
    with shop_of_events(http, stack) as names:
        yield names


@pytest.fixture(scope="module")
def functions(image: str, reached: None) -> Iterator[Any]:
    """A client of `sam local start-lambda`, whose containers stay for the next event."""
    typed_by_literal_names: Any = boto3.client
    own = {name.lower(): value for name, value in CREDENTIALS.items()}
    patient = Config(read_timeout=120, retries={"total_max_attempts": 1})
    with started("start-lambda", image) as url:
        yield typed_by_literal_names("lambda", endpoint_url=url, region_name=REGION, config=patient, **own)


def function(name: str) -> str:
    """The logical id of the function that an event is for."""
    return FUNCTIONS[name.rpartition("/")[0]]


def good_answer(name: str, answer: Any) -> bool:
    """Is it what docs/sam-local.md says of the event?"""
    if name.startswith("order_workflow/order_steps/"):
        return bool(answer == {"next": "done"})
    if isinstance(answer, dict) and "statusCode" in answer:
        status: int = answer["statusCode"]
        return 200 <= status < 300 or status == REFUSED_IN_CONTAINERS.get(name)
    return answer is None or "errorMessage" not in answer


@pytest.mark.parametrize("name", NAMES)
def test_an_event_is_answered_in_a_container(
    name: str, known: dict[str, str], http: httpx.Client, functions: Any
) -> None:
    def send(_: str, earlier: Json) -> Json:
        return good(eventually(lambda: answered(http, earlier), lambda answer: answer.status_code not in TRY_AGAIN))

    payload = json.dumps(Events(send, known).fill(name))

    def invoke() -> Any:
        return json.loads(functions.invoke(FunctionName=function(name), Payload=payload)["Payload"].read())

    # What the deployed functions made a moment ago, a container may not know yet.
    answer = eventually(invoke, lambda answer: good_answer(name, answer), CACHED_SECONDS)
    assert good_answer(name, answer), answer


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bold/orders/process_order", '{"statusCode": 200, "body": "{\\"data\\":'),
        ("order_workflow/order_steps/process", '{"next": "done"}'),
        ("stock/settle/hold_claimed", '{"batchItemFailures": []}'),
    ],
)
def test_an_event_is_invoked_as_the_document_says(name: str, said: str, image: str, reached: None) -> None:
    event = [sys.executable, "-m", "scripts.event", f"events/{name}.json"]
    filled = subprocess.run(event, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert said in invoked(image, function(name), filled)
