"""Deliveries and webhook endpoints: what each store of them does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from tests.builders import NOON, an_event
from tests.contract.cart_tables import Clock, cart_tables
from tests.contract.tables import create_table
from tests.fakes.deliveries import FakeDeliveries, FakeEndpoints
from till.adapters.dynamodb.deliveries import DynamoDBDeliveries
from till.adapters.dynamodb.endpoints import KEPT_SECONDS, DynamoDBEndpoints
from till.application.delivering import Deliveries
from till.application.webhooks import Endpoints
from till.domain.delivery import KEPT_SECONDS as DELIVERIES_KEPT_SECONDS
from till.domain.delivery import Delivered, Delivery, new_delivery
from till.domain.errors import Conflict, Invalid
from till.domain.webhook import Endpoint


@dataclass
class Stores:
    """Both, and the time."""

    deliveries: Deliveries
    endpoints: Endpoints
    clock: Clock


@pytest.fixture(params=["fake", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    clock = Clock()
    if request.param == "fake":
        yield Stores(FakeDeliveries(clock), FakeEndpoints(), clock)
        return
    with cart_tables() as client:
        catalog = create_table(client, "CatalogTable", "CatalogTable")
        yield Stores(DynamoDBDeliveries(client, "OrdersTable", clock), DynamoDBEndpoints(client, catalog, clock), clock)


def a_delivery(event_id: str = "", endpoint_id: str = "e1", **of_event: object) -> Delivery:
    event = an_event(**of_event)
    return new_delivery(replace(event, id=event_id or event.id), "webhook", endpoint_id, NOON)


def test_a_delivery_is_stored_once(stores: Stores) -> None:
    delivery = a_delivery()
    assert [stores.deliveries.add(delivery), stores.deliveries.add(delivery)] == [True, False]
    assert stores.deliveries.add(a_delivery(endpoint_id="e2"))
    assert stores.deliveries.get("acme", delivery.id, "e1") == replace(delivery, version=1)
    for absent in (("other", delivery.id, "e1"), ("acme", delivery.id, "e3"), ("acme", "nothing", "e1")):
        assert stores.deliveries.get(*absent) is None


def test_a_delivery_that_was_changed_meanwhile_is_not_written_over(stores: Stores) -> None:
    stores.deliveries.add(a_delivery())
    read = stores.deliveries.get("acme", a_delivery().id, "e1")
    assert read
    saved = stores.deliveries.save(read.begun(NOON))
    with pytest.raises(Conflict):
        stores.deliveries.save(read.begun(NOON))
    ended = stores.deliveries.save(saved.ended(Delivered(500, 7, "no"), NOON))
    assert stores.deliveries.get("acme", ended.id, "e1") == ended


def test_an_event_of_no_order_has_deliveries_too(stores: Stores) -> None:
    delivery = a_delivery("stock-1", order_id="", sequence=0, type="stock.low")
    stores.deliveries.add(delivery)
    assert stores.deliveries.get("acme", delivery.id, "e1") == replace(delivery, version=1)
    assert list(stores.deliveries.of_endpoint("acme", "e1", 10, "").data) == [replace(delivery, version=1)]


def test_an_endpoints_deliveries_are_listed_latest_event_first(stores: Stores) -> None:
    for number in range(5):
        stores.deliveries.add(a_delivery(f"event-{number}", occurred_at=NOON + number))
    stores.deliveries.add(a_delivery("event-9", endpoint_id="e2"))
    first = stores.deliveries.of_endpoint("acme", "e1", 3, "")
    second = stores.deliveries.of_endpoint("acme", "e1", 3, first.next_cursor)
    shown = [one.event.id for page in (first, second) for one in page.data]
    assert shown == [f"event-{number}" for number in (4, 3, 2, 1, 0)]
    assert second.next_cursor == ""


def test_a_busy_endpoint_does_not_heat_one_place_of_the_index() -> None:
    with cart_tables() as client:
        deliveries = DynamoDBDeliveries(client, "OrdersTable", Clock())
        for number in range(20):
            deliveries.add(a_delivery(f"event-{number}"))
        written = client.scan(TableName="OrdersTable")["Items"]
    assert len({item["gsi1pk"]["S"] for item in written}) == 4


def test_a_strange_cursor_is_refused_by_the_database() -> None:
    with cart_tables() as client, pytest.raises(Invalid):
        DynamoDBDeliveries(client, "OrdersTable", Clock()).of_endpoint("acme", "e1", 3, "%%%")


def test_what_is_late_is_found_as_long_as_it_is_pending(stores: Stores) -> None:
    stores.deliveries.add(a_delivery())
    assert list(stores.deliveries.due(NOON + 299, 10)) == []
    [late] = stores.deliveries.due(NOON + 300, 10)
    trying = stores.deliveries.save(late.begun(NOON + 300))
    assert list(stores.deliveries.due(NOON + 300, 10)) == []
    stores.deliveries.save(trying.ended(Delivered(200, 1), NOON + 300))
    assert list(stores.deliveries.due(NOON + 10**6, 10)) == []


def test_a_delivery_is_forgotten_after_thirty_days(stores: Stores) -> None:
    stores.deliveries.add(a_delivery())
    stores.clock.seconds = NOON + DELIVERIES_KEPT_SECONDS
    assert stores.deliveries.get("acme", a_delivery().id, "e1") is None
    assert stores.deliveries.of_endpoint("acme", "e1", 10, "").data == ()


def an_endpoint(endpoint_id: str = "e1") -> Endpoint:
    return Endpoint(endpoint_id, "https://hooks.example", ("order.*",), NOON, NOON)


def test_endpoints_are_of_their_shop(stores: Stores) -> None:
    second, first = (stores.endpoints.save("acme", an_endpoint(one)) for one in ("e2", "e1"))
    others = stores.endpoints.save("other", an_endpoint())
    assert list(stores.endpoints.of("acme")) == [first, second]
    changed = stores.endpoints.save("acme", replace(first, enabled=False))
    stores.endpoints.delete("acme", "e2")
    stores.endpoints.delete("acme", "e2")
    assert list(stores.endpoints.of("acme")) == [changed]
    assert list(stores.endpoints.of("other")) == [others]


def test_an_endpoint_that_was_changed_or_deleted_meanwhile_is_not_written_over(stores: Stores) -> None:
    first = stores.endpoints.save("acme", an_endpoint())
    with pytest.raises(Conflict):
        stores.endpoints.save("acme", an_endpoint())
    second = stores.endpoints.save("acme", first)
    with pytest.raises(Conflict):
        stores.endpoints.save("acme", first)
    stores.endpoints.delete("acme", "e1")
    with pytest.raises(Conflict):
        stores.endpoints.save("acme", second)


def test_another_function_learns_of_a_new_endpoint_within_half_a_minute() -> None:
    clock = Clock()
    with cart_tables() as client:
        catalog = create_table(client, "CatalogTable", "CatalogTable")
        ours, others = (DynamoDBEndpoints(client, catalog, clock) for _ in range(2))
        assert list(others.of("acme")) == []
        made = ours.save("acme", an_endpoint())
        assert list(others.of("acme")) == []
        assert list(others.of("acme", fresh=True)) == [made]
        ours.delete("acme", "e1")
        clock.seconds += int(KEPT_SECONDS)
        assert list(others.of("acme")) == []
