"""Carts under threads, on an emulator with exact conditions: every change that was answered is in the cart."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast
from uuid import uuid4

import pytest

from tests.builders import NOON, a_line, a_shop
from tests.contract.tables import create_table, new_client
from tests.proof import Guarantee, proves
from tests.stress.threads import at_once
from till.adapters.dynamodb.carts import DynamoDBCarts
from till.application.cart_editing import CartEditor
from till.application.idempotency import Answer, claim
from till.application.ports import Catalog
from till.domain.cart import Cart
from till.domain.errors import Conflict
from till.runtime.wiring import pause

TABS = 12
SHOP = a_shop()


@pytest.fixture
def tabs(emulator: str) -> list[CartEditor]:
    """One for each open tab of a browser, with a connection of its own."""
    clients = [
        new_client(endpoint_url=emulator, aws_access_key_id="test", aws_secret_access_key="test") for _ in range(TABS)
    ]
    orders, keys = (create_table(clients[0], name, f"{name}-{uuid4()}") for name in ("OrdersTable", "IdempotencyTable"))
    carts = [DynamoDBCarts(client, orders, keys, lambda: NOON) for client in clients]
    # Only gifts are looked up, and this shop gives none.
    catalog = cast(Catalog, None)
    return [CartEditor(one, catalog, lambda: NOON, lambda: str(uuid4()), pause) for one in carts]


def added(key: str) -> Callable[[Cart], Cart]:
    """An edit that puts one more line into the cart."""
    return lambda cart: cart.with_basket(cart.basket.with_line(a_line(key=key), SHOP))


def changes(tab: CartEditor, edit: Callable[[Cart], Cart | None], key: str = "") -> bool:
    """Was it answered, or told that others were first?"""
    mine = claim(key, ("acme",), "acme", None, NOON) if key else None
    try:
        tab.change(SHOP, "my-cart", edit, lambda cart: Answer(200, {"lines": len(cart.basket.lines)}), mine)
    except Conflict:
        return False
    return True


def lines(tab: CartEditor) -> set[str]:
    return {line.key for line in tab.read(SHOP, "my-cart").basket.lines}


@proves(Guarantee.NO_LOST_EDITS)
@pytest.mark.parametrize("is_there", [True, False])
def test_what_many_tabs_add_at_once_is_in_the_cart_or_was_refused(tabs: list[CartEditor], is_there: bool) -> None:
    if is_there:
        assert changes(tabs[0], added("first"))
    got = at_once(*(partial(changes, tab, added(f"tab-{n}")) for n, tab in enumerate(tabs)))
    kept = {f"tab-{n}" for n, done in enumerate(got) if done}
    assert lines(tabs[0]) - {"first"} == kept
    assert kept


@proves(Guarantee.SAME_ANSWER)
def test_the_same_request_from_many_tabs_with_one_key_has_one_effect(tabs: list[CartEditor]) -> None:
    def add(cart: Cart) -> Cart:
        return added(str(uuid4()))(cart)

    got = at_once(*(partial(changes, tab, add, "0123456789abcdef") for tab in tabs))
    assert any(got)
    assert len(lines(tabs[0])) == 1


@proves(Guarantee.NO_LOST_EDITS)
def test_a_cart_that_is_deleted_meanwhile_never_comes_back_with_what_was_in_it(tabs: list[CartEditor]) -> None:
    assert changes(tabs[0], added("before"))
    works = [partial(changes, tabs[0], lambda _: None)]
    works += [partial(changes, tab, added(f"tab-{n}")) for n, tab in enumerate(tabs[1:], 1)]
    was_deleted, *got = at_once(*works)
    left = lines(tabs[0])
    assert left <= {"before", *(f"tab-{n}" for n, done in enumerate(got, 1) if done)}
    assert was_deleted != ("before" in left)
