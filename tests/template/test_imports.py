"""What a cold start loads: counted, since how long that takes is the machine's."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.template.cloudformation import ROOT

TEMPLATE_FUNCTIONS = 41
# Loaded by the routes that need them, or by no function at all.
NEVER = {
    "boto3",
    "s3transfer",
    "pycountry",
    "email_validator",
    "dns",
    "segno",
    "babel",
    "phonenumbers",
    "tinycss2",
    "stripe",
}
# A workflow's step and a stream's batch have no wire of ours to check, nor tokens.
HTTP_ONLY = {"pydantic", "jwt", "aws_lambda_powertools.event_handler"}
# What most requests of a function have no use for: carts and customers belong to no order, and of the orders that are
# read many have no sale yet.
SELDOM = {
    "diddo.carts.app": {"till.domain.order", "till.domain.people", "till.domain.stock"},
    "diddo.qr.app": {"till.domain.order", "till.domain.people", "till.domain.pricing"},
    "diddo.sessions.app": {"till.domain.people", "till.domain.sale"},
    "elasticpath.tokens.app": {"till.domain.basket", "till.domain.people"},
    "elasticpath.customers.app": {"till.domain.basket"},
    "elasticpath.carts.app": {"till.domain.order", "till.domain.people", "till.domain.stock"},
    "elasticpath.orders.app": {"till.domain.cart", "till.domain.people", "till.domain.sale"},
    "elasticpath.payments.app": {"till.domain.cart", "till.domain.people", "till.domain.sale"},
}
CARTS = ("diddo.", "elasticpath.")
PROGRAM = """
import gc, importlib, json, sys
collections = lambda: sum(generation["collections"] for generation in gc.get_stats())
gc.collect()
before = collections()
importlib.import_module(sys.argv[1])
from till.adapters import aws
print(json.dumps({
    "modules": list(sys.modules),
    "clients": aws._client.cache_info().currsize,
    "collections": collections() - before,
}))
"""


def cold_start(module: str, program: str = PROGRAM) -> Any:
    """What a new process says that has imported the module, as Lambda does."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT / "layers" / "till"), str(ROOT / "functions")]),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_LAMBDA_FUNCTION_NAME": "till",
    }
    command = [sys.executable, "-c", program, module]
    return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


@pytest.fixture(scope="module")
def cold_starts(template: dict[str, Any]) -> dict[str, Any]:
    """By module."""
    handlers = [
        resource["Properties"]["Handler"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    modules = sorted({handler.rpartition(".")[0] for handler in handlers})
    assert len(modules) == TEMPLATE_FUNCTIONS
    return {module: cold_start(module) for module in modules}


def test_no_function_loads_a_library_before_a_request_needs_it(cold_starts: dict[str, Any]) -> None:
    found = {module: NEVER.intersection(start["modules"]) for module, start in cold_starts.items()}
    assert not any(found.values()), found


def test_functions_of_carts_load_no_body_and_no_domain_before_a_request_needs_them(
    cold_starts: dict[str, Any],
) -> None:
    starts = {module: start for module, start in cold_starts.items() if module.startswith(CARTS)}
    assert starts.keys() == SELDOM.keys()
    found = {
        module: [one for one in start["modules"] if one in SELDOM[module] or _is_body(one)]
        for module, start in starts.items()
    }
    assert not any(found.values()), found


def _is_body(module: str) -> bool:
    return module.startswith(CARTS) and module.endswith(("models", "bodies"))


def test_only_functions_behind_the_api_load_what_reads_requests(cold_starts: dict[str, Any]) -> None:
    found = {module: HTTP_ONLY.intersection(start["modules"]) for module, start in cold_starts.items()}
    behind = {module for module, loaded in found.items() if loaded}
    groups = ("bold", "checkout_page", "cocart", "diddo", "elasticpath", "merchant", "pay", "webhooks")
    assert behind == {module for module in cold_starts if module.partition(".")[0] in groups}


def test_only_the_storefronts_load_what_reads_their_sessions(cold_starts: dict[str, Any]) -> None:
    loaded = {module for module, start in cold_starts.items() if "jwt" in start["modules"]}
    groups = ("bold.", "checkout_page.session", "cocart.", "elasticpath.", "pay.")
    assert loaded == {module for module in cold_starts if module.startswith(groups)}


def test_each_function_makes_its_one_client_before_its_first_request(cold_starts: dict[str, Any]) -> None:
    assert {module: start["clients"] for module, start in cold_starts.items()} == dict.fromkeys(cold_starts, 1)


def test_the_garbage_collector_does_not_hold_up_a_cold_start(cold_starts: dict[str, Any]) -> None:
    assert {module: start["collections"] for module, start in cold_starts.items()} == dict.fromkeys(cold_starts, 0)


def test_every_service_that_the_code_may_ask_for_has_a_client() -> None:
    program = """
import json, sys, typing
from till.adapters import aws
services = [one.__annotations__["service"].split("'")[1] for one in typing.get_overloads(aws.client)]
print(json.dumps({service: aws.client(service).meta.service_model.service_name for service in services}))
"""
    services = cold_start("", program)
    assert "dynamodb" in services
    assert services == {service: service for service in services}
