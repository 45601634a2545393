"""Orders as a spreadsheet reads them: RFC 4180, one row an order, amounts in the currency's own units, times in UTC.

An apostrophe stands before what a spreadsheet would take for a formula: shoppers write some of them. That is the
beginning of a cell, also of one that only a spreadsheet sees: many split at semicolons, some of them inside of quotes.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence

from till.application.searching import Found
from till.domain.event import timestamp
from till.domain.money import to_decimal
from till.domain.pricing import price

MEDIA_TYPE = "text/csv; charset=utf-8"
COLUMNS = (
    "number",
    "order_id",
    "status",
    "charge",
    "push",
    "ordered_at",
    "currency",
    "items",
    "discounts",
    "shipping",
    "fees",
    "tax",
    "tax_included",
    "total",
    "captured",
    "refunded",
    "email",
    "name",
    "country",
    "province",
    "city",
    "lines",
    "tags",
    "note",
)
# A function answers with 6 MB of JSON at most.
_LARGEST = 5_000_000
_FORMULA = re.compile(r"""(^|[;\t\r\n])(?=[\s"]*[=+\-@\uff1d\uff0b\uff0d\uff20])""")


def spreadsheet(found: Sequence[Found]) -> tuple[str, int]:
    """The header, and a row for each, as far as one answer has room for them; and how many rows that is."""
    rows, size = [_line(COLUMNS)], 0
    for count, one in enumerate(found):
        rows.append(_line(_row(one)))
        size += len(json.dumps(rows[-1]))
        # The first is always written, so that whoever asks on comes to an end.
        if size > _LARGEST and count:
            return "".join(rows[:-1]), count
    return "".join(rows), len(found)


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def _row(found: Found) -> list[str]:
    order, sale, basket, totals = found.order, found.sale, found.order.basket, price(found.order.basket)
    customer, address = basket.customer, basket.shipping_address or basket.billing_address
    amounts = (
        totals.items,
        sum(one.amount for one in totals.discounts),
        totals.shipping,
        sum(amount for _, amount in totals.fees),
        totals.tax,
        totals.tax_included,
        totals.total,
        sale.total_captured if sale else 0,
        sale.total_refunded if sale else 0,
    )
    texts = (
        customer.email if customer else "",
        customer.name if customer else "",
        address.country_code if address else "",
        address.province_code if address else "",
        address.city if address else "",
        "; ".join(f"{line.quantity} x {line.sku or line.name}" for line in basket.lines),
        ", ".join((*order.notes.tags, *(sale.tags if sale else ()))),
        sale.note if sale else "",
    )
    return [
        str(order.number or ""),
        order.id,
        order.status,
        sale.charge if sale else "",
        (sale.push or "") if sale else "",
        timestamp(order.ordered_at),
        basket.currency,
        *(to_decimal(amount, basket.currency) for amount in amounts),
        *map(_harmless, texts),
    ]


def _harmless(text: str) -> str:
    return _FORMULA.sub(r"\1'", text)
