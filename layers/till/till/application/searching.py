"""A merchant's orders, looked for. What no index is of is looked at order by order, so many a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from till.application.ports import Page, Sales
from till.domain.order import Order, OrderStatus
from till.domain.people import mailbox_of
from till.domain.sale import ChargeState, PushState, Sale
from till.domain.shop import Shop

# How many orders a page looks at. It may have found fewer than were asked for, or none; its cursor goes on.
MOST_READ = 1000
_A_READ = 250


@dataclass(frozen=True, slots=True)
class Found:
    """An order, and what became of it once it was placed."""

    order: Order
    sale: Sale | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; what is empty is not asked. `since` and `until` are the first and the last second in which
    it was ordered. A tag is the merchant's own, or the storefront's."""

    status: OrderStatus | None = None
    charge: ChargeState | None = None
    push: PushState | None = None
    since: int = 0
    until: int = 0
    email: str = ""
    number: int = 0
    tag: str = ""

    def holds(self, found: Found) -> bool:
        """Is it one of those?"""
        order, sale = found.order, found.sale
        customer = order.basket.customer
        return (
            (self.status is None or order.status is self.status)
            and (self.charge is None or (sale is not None and sale.charge is self.charge))
            and (self.push is None or (sale is not None and sale.push is self.push))
            and self.since <= order.ordered_at <= (self.until or order.ordered_at)
            and (not self.email or (customer is not None and mailbox_of(customer.email) == mailbox_of(self.email)))
            and (not self.number or order.number == self.number)
            and (not self.tag or self.tag in (*order.notes.tags, *(sale.tags if sale else ())))
        )

    @property
    def is_of_all(self) -> bool:
        """Does every order that is read hold? E-mail addresses and times are the order book's to find."""
        return not (self.status or self.charge or self.push or self.number or self.tag)


class OrderBook(Protocol):
    """Orders that were submitted, or checked out to be paid later; newest first, back to `since` (Unix seconds). What
    was written a moment ago may not be found yet. Raises `Invalid` for a cursor that is not its own."""

    def by_time(self, shop: str, since: int, until: int, limit: int, cursor: str) -> Page[Order]:
        """A page of all; `until` 0 is now."""

    def by_email(self, shop: str, email: str, since: int, until: int, limit: int, cursor: str) -> Page[Order]:
        """A page of those of one e-mail address, in any case of letters; the newest 1,000 are known."""

    def by_number(self, shop: str, number: int) -> Order | None:
        """The order that was placed with this number."""

    def position(self, order: Order) -> str:
        """The cursor of the page that goes on after this order."""


@dataclass(frozen=True, slots=True)
class Searching:
    """Finds orders."""

    book: OrderBook
    sales: Sales

    def find(self, shop: Shop, wanted: Search, limit: int, cursor: str) -> Page[Found]:
        """A page of what holds, newest first. Raises `Invalid`."""
        if wanted.number:
            order = self.book.by_number(shop.identifier, wanted.number)
            return Page(tuple(one for one in self._with_sales(shop, [order] if order else []) if wanted.holds(one)))
        found: list[Found] = []
        for page, rows in self._pages(shop, wanted, limit, cursor):
            for index, row in enumerate(rows, 1):
                if wanted.holds(row):
                    found.append(row)
                    if len(found) == limit:
                        is_last = index == len(rows)
                        return Page(tuple(found), page.next_cursor if is_last else self.book.position(row.order))
            cursor = page.next_cursor
        return Page(tuple(found), cursor)

    def _pages(
        self, shop: Shop, wanted: Search, limit: int, cursor: str
    ) -> Iterator[tuple[Page[Order], Sequence[Found]]]:
        """Until all is read, or as much as one page may, or the order book itself looked for long enough."""
        since, until = max(wanted.since, shop.created_at), wanted.until
        size, read = min(limit, _A_READ) if wanted.is_of_all else _A_READ, 0
        while read < MOST_READ:
            if wanted.email:
                page = self.book.by_email(shop.identifier, wanted.email, since, until, size, cursor)
            else:
                page = self.book.by_time(shop.identifier, since, until, size, cursor)
            yield page, self._with_sales(shop, page.data)
            read, cursor = read + size, page.next_cursor
            if not cursor or len(page.data) < size:
                return

    def _with_sales(self, shop: Shop, orders: Sequence[Order]) -> list[Found]:
        sales = self.sales.of(shop.identifier, [order.id for order in orders if order.placed_at])
        return [Found(order, sales.get(order.id)) for order in orders]
