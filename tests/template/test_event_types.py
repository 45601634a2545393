"""The catalogue of event types and the code name the same ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import told_events
from till.domain import event_types
from till.domain.event_types import EVENT_TYPES

CODE = Path(__file__).parents[2] / "layers" / "till" / "till"
NAMED = re.compile(r'"((?:cart|checkout|order|payment|stock|webhook)\.[a-z_]+)"')
# What is pushed to a platform is no event.
PUSHED = "order.push"
# These have words of their own for what a gateway tells.
GATEWAYS = CODE / "adapters" / "payments"


def test_the_catalogue_has_every_type_that_the_code_names_and_no_other() -> None:
    files = [file for file in CODE.rglob("*.py") if GATEWAYS not in file.parents]
    named = {name for file in files if file != Path(event_types.__file__) for name in NAMED.findall(file.read_text())}
    assert named == EVENT_TYPES.keys() | {PUSHED}


def test_an_event_of_a_type_that_nobody_knows_is_noticed() -> None:
    with pytest.raises(KeyError):
        told_events.hold(EVENT | {"type": "order.lost"})


@pytest.mark.parametrize("detail", [{}, {"payment": "1", "email": "ann@example.com"}, {"payment": 1}])
def test_an_event_that_says_anything_else_is_noticed(detail: dict[str, object]) -> None:
    told_events.hold(EVENT)
    with pytest.raises(AssertionError, match=r"payment\.disputed is not as docs/events says"):
        told_events.hold(EVENT | {"detail": detail})


EVENT = {
    "id": "1-2",
    "type": "payment.disputed",
    "shop": "acme",
    "order_id": "1",
    "sequence": 2,
    "occurred_at": 1_795_305_005,
    "detail": {"payment": "1"},
}
