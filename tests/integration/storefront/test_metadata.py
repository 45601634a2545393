"""What a storefront attaches to an order: cart parameters, note attributes, a note, tags."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.deployment import Deployment
from tests.integration.shopper import BREWER, Shopper, backend

EMPTY = {"cart_parameters": [], "note_attributes": [], "notes": "", "tags": []}
GIFT = {
    "cart_parameters": {"pickup": {"slots": [1, 2], "exact": True}},
    "note_attributes": {"gift_wrap": "yes", "from": "Jane"},
    "notes": "Leave it at the door.",
    "tags": ["gift", "b2c"],
}


@pytest.fixture
def shopper(till: Deployment) -> Shopper:
    """A gift."""
    return Shopper(till, cart_items=[BREWER], order_meta_data=GIFT)


def test_metadata_is_listed_as_it_was_sent(shopper: Shopper) -> None:
    assert shopper.get("/meta_data").data["order_meta_data"] == GIFT
    assert shopper.state["order_meta_data"] == GIFT


def test_an_order_without_metadata_has_empty_lists_for_its_maps(till: Deployment) -> None:
    assert Shopper(till).get("/meta_data").data["order_meta_data"] == EMPTY


def test_appending_null_leaves_alone_what_is_there(shopper: Shopper) -> None:
    nothing = dict.fromkeys(GIFT)
    bodies: list[Any] = [nothing, {}, None, {"cart_parameters": [], "note_attributes": [], "tags": []}]
    for body in bodies:
        assert shopper.patch("/meta_data", body).data["order_meta_data"] == GIFT


def test_appended_maps_are_merged_by_key_and_tags_are_added(shopper: Shopper) -> None:
    more = {
        "cart_parameters": None,
        "note_attributes": {"gift_wrap": "no", "to": "Jack"},
        "notes": "Ring twice.",
        "tags": ["b2c", "vip"],
    }
    appended = shopper.patch("/meta_data", more)
    assert appended.data["order_meta_data"] == {
        "cart_parameters": GIFT["cart_parameters"],
        "note_attributes": {"gift_wrap": "no", "from": "Jane", "to": "Jack"},
        "notes": "Ring twice.",
        "tags": ["gift", "b2c", "vip"],
    }
    assert appended.state["order_meta_data"] == appended.data["order_meta_data"]
    # A client sends it again after a time-out.
    assert shopper.patch("/meta_data", more).state == appended.state


def test_a_note_is_emptied_by_an_empty_one(shopper: Shopper) -> None:
    assert shopper.patch("/meta_data", {"notes": ""}).data["order_meta_data"] == GIFT | {"notes": ""}


def test_overwriting_replaces_everything(shopper: Shopper) -> None:
    written = shopper.post("/meta_data", {"note_attributes": {"colour": "red"}, "tags": None})
    assert written.data["order_meta_data"] == EMPTY | {"note_attributes": {"colour": "red"}}
    assert shopper.state["order_meta_data"] == written.data["order_meta_data"]


def test_clearing_leaves_nothing(shopper: Shopper) -> None:
    cleared = shopper.delete("/meta_data")
    assert cleared.data.keys() == {"application_state"}
    assert cleared.state["order_meta_data"] == EMPTY


def test_metadata_moves_neither_taxes_nor_payments(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    shopper.pre_process()
    shopper.patch("/meta_data", GIFT)
    processed = shopper.process().state
    assert processed["is_processed"] is True
    assert processed["order_meta_data"] == GIFT


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"cart_parameters": {str(n): n for n in range(51)}}, "cart_parameters"),
        ({"note_attributes": {"k" * 256: 1}}, "note_attributes"),
        ({"note_attributes": {"long": "x" * 2000}}, "note_attributes.long"),
        ({"cart_parameters": {"deep": {"er": ["x" * 1000, "y" * 1000]}}}, "cart_parameters.deep"),
        ({"cart_parameters": ["x"]}, "cart_parameters"),
        ({"note_attributes": "x"}, "note_attributes"),
        ({"notes": "x" * 2001}, "notes"),
        ({"notes": ["x"]}, "notes"),
        ({"tags": [str(n) for n in range(101)]}, "tags"),
        ({"tags": ["x" * 256]}, "tags"),
        ({"tags": [7]}, "tags.0"),
        ({"tags": {"a": "b"}}, "tags"),
        ({"note_attributes": {str(n): "x" * 1900 for n in range(5)}}, "order_meta_data"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_metadata_has_limits(till: Deployment, shopper: Shopper, body: dict[str, Any], field: str) -> None:
    for method in ("POST", "PATCH"):
        refused = shopper.call(method, "/meta_data", body)
        assert (refused.status, refused.fields) == (422, [field])
    begun = backend(till, "init", {"order_meta_data": body})
    assert begun.status == 422
    assert begun.fields == [field if field == "order_meta_data" else f"order_meta_data.{field}"]
    assert shopper.state["order_meta_data"] == GIFT


def test_metadata_cannot_grow_beyond_its_limits_by_little_and_little(shopper: Shopper) -> None:
    shopper.delete("/meta_data")
    for n in range(50):
        assert shopper.patch("/meta_data", {"cart_parameters": {str(n): n}, "tags": [f"{n}a", f"{n}b"]}).status == 200
    assert shopper.patch("/meta_data", {"cart_parameters": {"one": "more"}}).fields == ["cart_parameters"]
    assert shopper.patch("/meta_data", {"tags": ["more"]}).fields == ["tags"]
    assert len(shopper.state["order_meta_data"]["cart_parameters"]) == 50
