"""A merchant looks for orders: a page ends, however many orders are not what is looked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import pytest

from tests.builders import NOON, a_sale, a_shop, an_order
from till.application.ports import Page, Sales
from till.application.searching import MOST_READ, Found, Search, Searching
from till.domain.order import Order, OrderStatus
from till.domain.sale import ChargeState, PushState, Sale

SHOP = a_shop(created_at=NOON)


class Book:
    """So many orders, the newest with the highest number, of which each hundredth is cancelled. `empty` is a number
    below which no order was made for so long that a page ends there."""

    def __init__(self, count: int, empty: int = 0) -> None:
        self.orders = [
            an_order(
                id=f"{n:026}",
                number=n,
                placed_at=NOON + n,
                status=OrderStatus.CANCELLED if n % 100 == 0 else OrderStatus.PLACED,
            )
            for n in range(count, 0, -1)
        ]
        self.read, self.empty = 0, empty

    def by_time(self, shop: str, since: int, until: int, limit: int, cursor: str) -> Page[Order]:
        assert (shop, until) == ("acme", 0)
        below = int(cursor or 10**9)
        after = [one for one in self.orders if one.number < below and one.placed_at >= since]
        page = [one for one in after if one.number >= self.empty or below <= self.empty][:limit]
        self.read += len(page)
        last = page[-1].number if len(page) == limit else self.empty if below > self.empty else 0
        return Page(tuple(page), str(last) if last > 1 else "")

    def by_email(self, shop: str, email: str, since: int, until: int, limit: int, cursor: str) -> Page[Order]:
        return Page(()) if email else self.by_time(shop, since, until, limit, cursor)

    def by_number(self, shop: str, number: int) -> Order | None:
        assert shop == "acme"
        return next((one for one in self.orders if one.number == number), None)

    def position(self, order: Order) -> str:
        return str(order.number)


class Kept:
    """A sale of each."""

    def of(self, shop: str, order_ids: Sequence[str]) -> Mapping[str, Sale]:
        return {one: a_sale(order_id=one, shop=shop, charge=ChargeState.CAPTURED) for one in order_ids}


def searching(book: Book) -> Searching:
    return Searching(book, cast(Sales, Kept()))


def all_pages(book: Book, wanted: Search, limit: int) -> list[list[int]]:
    pages: list[list[int]] = []
    cursor = ""
    while len(pages) < 100:
        page = searching(book).find(SHOP, wanted, limit, cursor)
        pages.append([one.order.number for one in page.data])
        if not (cursor := page.next_cursor):
            return pages
    raise AssertionError("the list has no end")


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_what_is_rare_is_found_in_pages_that_end(limit: int) -> None:
    pages = all_pages(Book(3000), Search(status=OrderStatus.CANCELLED), limit)
    assert [number for page in pages for number in page] == list(range(3000, 0, -100))
    assert max(map(len, pages)) <= limit


def test_a_page_looks_at_so_many_orders_and_no_more() -> None:
    book = Book(3000)
    page = searching(book).find(SHOP, Search(tag="none of them"), 50, "")
    assert (page.data, page.next_cursor, book.read) == ((), str(3001 - MOST_READ), MOST_READ)


def test_who_looks_for_nothing_reads_only_the_page() -> None:
    book = Book(300)
    page = searching(book).find(SHOP, Search(), 50, "")
    assert ([one.order.number for one in page.data], book.read) == (list(range(300, 250, -1)), 50)


def test_a_page_ends_where_the_order_book_has_looked_for_long_enough() -> None:
    book = Book(300, empty=290)
    assert [len(page) for page in all_pages(book, Search(), 50)] == [11, 50, 50, 50, 50, 50, 39]


@pytest.mark.parametrize(
    ("wanted", "is_it"),
    [
        (Search(number=7, email="JOHN.doe@example.com", since=NOON + 7, until=NOON + 7), True),
        (Search(number=7, email="jane@example.com"), False),
        (Search(number=7, since=NOON + 8), False),
        (Search(number=7, until=NOON + 6), False),
    ],
)
def test_an_order_that_is_found_by_its_number_is_all_else_that_is_asked_for(wanted: Search, is_it: bool) -> None:
    assert [one.order.number for one in searching(Book(9)).find(SHOP, wanted, 50, "").data] == [7] * is_it


@pytest.mark.parametrize(
    ("wanted", "is_one"),
    [
        (Search(), True),
        (Search(number=5), True),
        (Search(number=6), False),
        (Search(charge=ChargeState.CAPTURED), False),
        (Search(push=PushState.FAILED), False),
        (Search(status=OrderStatus.OPEN), True),
    ],
)
def test_an_order_that_was_never_placed_holds_what_can_be_said_of_it(wanted: Search, is_one: bool) -> None:
    assert wanted.holds(Found(an_order(number=5))) is is_one
