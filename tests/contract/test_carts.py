"""What every `Carts` does: nobody overwrites what they did not read, nothing lives past its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.builders import NOON, a_basket, a_cart
from tests.contract.cart_tables import Clock, cart_tables
from tests.fakes.carts import FakeCarts
from till.adapters.dynamodb.carts import DynamoDBCarts, check_cart
from till.application.idempotency import Answer, Record, claim
from till.application.ports import Carts
from till.domain.cart import FOR_EVER, Cart
from till.domain.errors import Conflict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

JANE, ACME = "01JXJANE000000000000000000", "01JXACME000000000000000000"
DAY = 86_400


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client() -> Iterator[DynamoDBClient]:
    with cart_tables() as client:
        yield client


@pytest.fixture
def stored_carts(client: DynamoDBClient, clock: Clock) -> DynamoDBCarts:
    return DynamoDBCarts(client, "OrdersTable", "IdempotencyTable", clock)


@pytest.fixture(params=["fake", "dynamodb"])
def carts(request: pytest.FixtureRequest, clock: Clock) -> Carts:
    if request.param == "fake":
        return FakeCarts(clock)
    found: DynamoDBCarts = request.getfixturevalue("stored_carts")
    return found


def a_record(key: str = "0123456789abcdef") -> Record:
    return claim(key, ("acme", "cart"), "acme", None, NOON).answered(Answer(200, {"ok": True}))


def stored(carts: Carts, cart: Cart) -> Cart | None:
    return carts.get(cart.shop, cart.id)


def test_a_cart_is_found_by_its_id_in_its_shop(carts: Carts) -> None:
    saved = carts.save(a_cart(name="Birthday", attributes={"tier": '"gold"'}))
    assert saved.version == 1
    assert stored(carts, saved) == saved
    assert carts.get("other", saved.id) is None
    assert carts.get("acme", "unknown") is None


def test_a_change_is_kept_only_by_whoever_read_the_cart_last(carts: Carts) -> None:
    first = carts.save(a_cart())
    second = carts.save(replace(first, name="Birthday"))
    for stale in (a_cart(name="Late"), replace(first, name="Late")):
        with pytest.raises(Conflict):
            carts.save(stale)
        assert stored(carts, second) == second
    with pytest.raises(Conflict):
        carts.delete(first)
    assert stored(carts, second) == second


def test_a_cart_that_has_ended_is_none_and_its_id_is_free(carts: Carts, clock: Clock) -> None:
    ended = carts.save(a_cart(customers=(JANE,)))
    clock.seconds += DAY
    assert stored(carts, ended) is None
    assert carts.of("acme", JANE) == []
    with pytest.raises(Conflict):
        carts.save(replace(ended, name="Too late", expires_at=NOON + 2 * DAY))
    begun = carts.save(a_cart(expires_at=NOON + 2 * DAY, born="second"))
    assert stored(carts, begun) == begun


def test_a_cart_that_went_into_another_is_gone_with_the_same_write(carts: Carts) -> None:
    guests, own = carts.save(a_cart(id="guests", accounts=(ACME,))), carts.save(a_cart(id="own"))
    merged = carts.save(replace(own, name="Both"), gone=guests)
    assert (stored(carts, guests), stored(carts, own)) == (None, merged)
    assert carts.of("acme", ACME) == []


def test_neither_cart_changes_where_one_of_them_was_changed_meanwhile(carts: Carts) -> None:
    guests, own = carts.save(a_cart(id="guests")), carts.save(a_cart(id="own"))
    later = carts.save(replace(guests, name="Later"))
    with pytest.raises(Conflict):
        carts.save(replace(own, name="Both"), gone=guests)
    assert (stored(carts, guests), stored(carts, own)) == (later, own)
    newer = carts.save(replace(own, name="Newer"))
    with pytest.raises(Conflict):
        carts.save(replace(own, name="Both"), gone=later)
    assert (stored(carts, guests), stored(carts, own)) == (later, newer)


def test_a_deleted_cart_is_gone_and_no_change_of_it_lands_in_the_next_one(carts: Carts) -> None:
    first = carts.save(a_cart(born="first", accounts=(ACME,)))
    carts.delete(first)
    assert stored(carts, first) is None
    assert carts.of("acme", ACME) == []
    second = carts.save(a_cart(born="second"))
    assert second.version == first.version
    with pytest.raises(Conflict):
        carts.save(replace(first, name="Late"))
    with pytest.raises(Conflict):
        carts.delete(first)
    assert stored(carts, second) == second


def test_a_template_never_ends_and_its_shop_is_known_by_its_id_alone(carts: Carts, clock: Clock) -> None:
    template = carts.save(a_cart(life_days=FOR_EVER, expires_at=0))
    other = carts.save(a_cart(id="01JXCART000000000000000001"))
    clock.seconds += 1000 * DAY
    changed = carts.save(replace(template, name="Posters"))
    assert stored(carts, changed) == changed
    assert carts.shop_of_template(template.id) == "acme"
    assert carts.shop_of_template(other.id) == carts.shop_of_template("unknown") == ""
    with pytest.raises(Conflict):
        carts.save(a_cart(born="second"))
    carts.delete(changed)
    assert carts.shop_of_template(template.id) == ""


def test_an_answer_is_kept_with_its_change_or_not_at_all(carts: Carts) -> None:
    record = a_record()
    saved = carts.save(a_cart(), record)
    assert carts.get_with_record("acme", saved.id, record.id) == (saved, record)
    with pytest.raises(Conflict):
        carts.save(replace(saved, name="Again"), record)
    assert stored(carts, saved) == saved
    stale, other = a_cart(name="Late"), a_record("another-key-0123")
    with pytest.raises(Conflict):
        carts.save(stale, other)
    assert carts.get_with_record("acme", saved.id, other.id) == (saved, None)
    carts.delete(saved, other)
    assert carts.get_with_record("acme", saved.id, other.id) == (None, other)


def test_a_record_lives_a_day(carts: Carts, clock: Clock) -> None:
    saved = carts.save(a_cart(expires_at=NOON + 2 * DAY), a_record())
    clock.seconds += DAY
    assert carts.get_with_record("acme", saved.id, a_record().id) == (saved, None)


def test_a_customer_finds_all_their_carts_last_changed_first(carts: Carts) -> None:
    changes: list[dict[str, Any]] = [{"customers": (JANE,)}, {"accounts": (ACME,), "customers": (JANE,)}, {}]
    saved = [carts.save(a_cart(id=f"cart-{n}", updated_at=NOON + n, **change)) for n, change in enumerate(changes)]
    assert carts.of("acme", JANE) == [saved[1], saved[0]]
    assert carts.of("acme", ACME) == [saved[1]]
    assert carts.of("other", JANE) == []


def test_who_left_a_cart_does_not_find_it_any_more(carts: Carts) -> None:
    shared = carts.save(a_cart(customers=(JANE,), accounts=(ACME,)))
    left = carts.save(replace(shared, customers=()), left=(JANE,))
    assert carts.of("acme", JANE) == []
    assert carts.of("acme", ACME) == [left]


def test_a_cart_stored_before_carts_could_be_changed_can_be_changed(
    client: DynamoDBClient, stored_carts: DynamoDBCarts
) -> None:
    old = stored_carts.save(a_cart(basket=a_basket()))
    where = {"pk": {"S": f"SHOP#acme#CART#{old.id}"}, "sk": {"S": "CART"}}
    client.update_item(TableName="OrdersTable", Key=where, UpdateExpression="REMOVE born")
    assert stored_carts.save(replace(old, name="Changed")).version == 2


def test_what_another_writes_beside_a_cart_happens_only_while_it_is_as_read(
    client: DynamoDBClient, stored_carts: DynamoDBCarts
) -> None:
    read = stored_carts.save(a_cart(born="first"))
    client.transact_write_items(TransactItems=[check_cart("OrdersTable", read, NOON)])
    stored_carts.save(replace(read, name="Changed"))
    for stale in (read, a_cart()):
        with pytest.raises(client.exceptions.TransactionCanceledException):
            client.transact_write_items(TransactItems=[check_cart("OrdersTable", stale, NOON)])
