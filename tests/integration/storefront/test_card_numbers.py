"""No card number gets into an order, an answer or a log, wherever a storefront puts it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.deployment import Deployment, deployed, put_ready_order
from tests.integration.shopper import Shopper, backend
from tests.integration.test_bad_input import BODIES, INIT

VISA = "4111 1111 1111 1111"
# Ids of platforms are that long, and one in ten would pass for a card number.
IDS = {"id", "uuid", "platform_id", "sku", "line_item_key", "gateway_public_id", "flow_id", "cart_id", "resumable_link"}


@pytest.fixture(scope="module")
def till() -> Iterator[Deployment]:
    """One stack for tests that change nothing."""
    with pytest.MonkeyPatch.context() as patch, deployed(patch) as deployment:
        deployment.lift_limits()
        yield deployment


def with_card(body: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """The body with a card number in the place of each text of it, and that text's field."""
    for name, value in body.items():
        field = f"{path}{name}"
        if isinstance(value, dict):
            for inner_field, inner in with_card(value, f"{field}."):
                yield inner_field, body | {name: inner}
            yield field, body | {name: {**value, VISA: "x"}}
        elif name not in IDS and (isinstance(value, str) or value is None):
            yield field, body | {name: VISA if "phone" not in name else VISA.replace(" ", "")}


def everywhere() -> list[Any]:
    return [
        pytest.param(method, path, field, body, id=f"{method} {path} {field}")
        for method, path, good in [*BODIES, ("POST", "init", INIT)]
        for field, body in [*with_card(good), ("surprise.0", good | {"surprise": [VISA]}), ("body", good | {VISA: 1})]
    ]


@pytest.mark.parametrize(("method", "path", "field", "body"), everywhere())
def test_a_card_number_is_refused_in_every_field_and_told_to_nobody(
    till: Deployment,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    method: str,
    path: str,
    field: str,
    body: dict[str, Any],
) -> None:
    caplog.set_level(logging.DEBUG)
    if path == "init":
        reply = backend(till, path, body, "a-backends-key-0001")
    else:
        shopper = Shopper(till, put_ready_order(till))
        before = till.stored(shopper.order_id)
        reply = shopper.call(method, path, body, key="a-shoppers-key-0001")
        assert till.stored(shopper.order_id) == before
    assert (reply.status, reply.fields) == (422, [field])
    assert "token" in reply.messages[0]
    logged = str([record.__dict__ for record in caplog.records]) + capsys.readouterr().out
    told = reply.raw + json.dumps(dict(reply.headers)) + logged
    assert "answered" in logged
    assert "41111111" not in told.replace(" ", "")


def test_the_ids_of_a_platform_may_be_as_long_as_card_numbers(till: Deployment) -> None:
    item = {"sku": "ABS", "quantity": 1, "line_item_key": "39397465849946"}
    shopper = Shopper(till, cart_items=[item], flow_id="1700000000000001")
    assert shopper.post("/items", item).data["line_item"]["quantity"] == 2
    assert shopper.post("/items", {"platform_id": "39397465849946", "quantity": 1}).messages == [
        "The shop has no product with this platform_id."
    ]
