"""Sales with their orders and events: one writer at a time, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from moto import mock_aws

from tests.builders import NOON
from tests.contract.placed_order import ORDER, PlacedOrder
from till.application.settling import Next
from till.domain.charging import charge
from till.domain.errors import Conflict, Invalid, NotFound
from till.domain.order import OrderStatus


@pytest.fixture
def till() -> Iterator[PlacedOrder]:
    with mock_aws():
        yield PlacedOrder()


def test_a_sale_is_found_with_its_order_by_either_of_its_ids(till: PlacedOrder) -> None:
    order, sale = till.sales.get("acme", ORDER)
    assert (order.id, order.status, sale.order_id, sale.version) == (ORDER, OrderStatus.PLACED, ORDER, 1)
    assert till.sales.get("acme", order.public_id) == (order, sale)


@pytest.mark.parametrize(
    ("shop", "order_id"), [("acme", "nobody"), ("acme", ORDER + "x" * 38), ("other", ORDER), ("acme", "")]
)
def test_what_is_nobodys_is_not_found(till: PlacedOrder, shop: str, order_id: str) -> None:
    with pytest.raises(NotFound) as raised:
        till.sales.get(shop, order_id)
    assert raised.value.problems[0].field == "order_id"


def test_of_two_writers_the_second_is_told(till: PlacedOrder) -> None:
    sale = till.sale
    first, event = sale.noted(0, "note", "first").with_event("order.noted", NOON)
    saved = till.sales.save(first, [event])
    with pytest.raises(Conflict):
        till.sales.save(sale.noted(0, "note", "second"))
    assert (till.sale, till.history(), till.events()) == (saved, [("note", "first")], ["order.noted"])


def test_a_sale_changes_with_its_order_and_its_events_or_not_at_all(till: PlacedOrder) -> None:
    order, sale = till.sales.get("acme", ORDER)
    noted, event = sale.noted(0, "cancel", "requested").with_event("order.cancelled", NOON)
    cancelled = order.to(OrderStatus.CANCELLED)
    for stale in ((replace(cancelled, version=9), noted), (cancelled, replace(noted, version=9))):
        with pytest.raises(Conflict):
            till.sales.save_with_order(*stale, [event])
        assert (till.order, till.sale, till.events()) == (order, sale, [])
    saved = till.sales.save_with_order(cancelled, noted, [event])
    assert (till.order, till.sale) == saved
    assert till.events() == ["order.cancelled"]


def test_what_was_asked_for_finds_room_when_it_is_answered_and_nothing_more_is_asked(till: PlacedOrder) -> None:
    much = Random(1).randbytes(310_000).hex()  # noqa: S311  # what cannot be compressed, and no secret
    till.sales.save(charge(till.sale, NOON).noted(NOON * 1000, "fulfil", "requested", of=much))
    assert till.settle().next is Next.DONE
    with pytest.raises(Invalid, match="more than can be stored"):
        till.after_sales.cancel("acme", ORDER, "cancel-1", "")
    assert till.order.status is OrderStatus.PLACED


def test_an_event_has_its_number_for_itself(till: PlacedOrder) -> None:
    noted, event = till.sale.with_event("order.noted", NOON)
    till.sales.save(noted, [event])
    with pytest.raises(Conflict):
        till.sales.save(till.sale, [replace(event, type="order.other")])
    assert till.events() == ["order.noted"]
