"""Orders that are asked for: filtered, sorted, in pages.

Wire format: `filter=eq(payment,paid):gt(with_tax,1000)`, `sort=-created_at` of Elastic Path's Get All Orders. They are
filtered and sorted here, and so are read whole: at most 1,000 a call, the newest first.
"""

from __future__ import annotations

from collections.abc import Sequence

from elasticpath.access import Caller
from elasticpath.orders.filters import Found, conditions
from till.domain.errors import Forbidden, Invalid
from till.domain.order import Order
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Request

MOST_READ = 1_000
_A_READ = 250
SORTS = ("created_at", "updated_at", "payment", "shipping", "status", "with_tax")
_OF_SALES = frozenset({"payment", "status"})


def found(request: Request, by: Caller, shop: Shop) -> tuple[Sequence[Found], bool]:
    """The orders that the filter lets through, sorted; and whether all were read. Raises `Invalid`, `Forbidden`."""
    wanted = conditions(request.query.get("filter", ""))
    sort = request.query.get("sort", "-updated_at")
    if sort.removeprefix("-") not in SORTS:
        raise Invalid(f"Orders are sorted by {', '.join(SORTS)}", "sort", "format")
    orders, is_all = _read(by, shop)
    rows = [Found(order) for order in orders]
    if _OF_SALES.intersection([sort.removeprefix("-"), *(one.attribute for one in wanted)]):
        rows = with_sales(rows)
    rows = [row for row in rows if all(one.holds(row) for one in wanted)]
    # Whatever else is equal, the newer one comes first.
    newest_first = sorted(rows, key=lambda row: row.order.id, reverse=True)
    member = sort.removeprefix("-")
    return sorted(newest_first, key=lambda row: row.sorted_by(member), reverse=sort.startswith("-")), is_all


def with_sales(rows: Sequence[Found]) -> list[Found]:
    """The same with what became of those that were paid."""
    if not rows:
        return []
    sales = wiring.sales().of(rows[0].order.shop, [row.order.id for row in rows if row.order.placed_at])
    return [Found(row.order, sales.get(row.order.id)) for row in rows]


def _read(by: Caller, shop: Shop) -> tuple[Sequence[Order], bool]:
    """All orders for the merchant's own backend, unless it names a buyer; a buyer's for the buyer."""
    if buyer := by.account_id or by.customer_id:
        orders = wiring.orders().of_buyer(shop.identifier, buyer, MOST_READ + 1)
        return orders[:MOST_READ], len(orders) <= MOST_READ
    if not by.is_trusted:
        raise Forbidden("Orders are listed for a customer's or an account member's token, or for client_credentials.")
    read: list[Order] = []
    cursor = ""
    while len(read) < MOST_READ:
        page = wiring.orders().placed(shop.identifier, shop.created_at, _A_READ, cursor)
        read += page.data
        cursor = page.next_cursor
        if not cursor:
            return read, True
    return read, False
