"""Mails: the confirmation of an order to whoever placed it, and notices to the merchant. A shop writes its own texts,
with `${names}` in them that each order fills in."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from string import Template
from typing import Final

from till.domain.address import Address
from till.domain.basket import LineItem
from till.domain.errors import Invalid
from till.domain.event import Event
from till.domain.money import to_decimal
from till.domain.order import Order
from till.domain.pricing import price
from till.domain.shop import Shop

# What may stand in a template, and what an order fills in for it.
NAMES: Final[Mapping[str, str]] = {
    "shop": "the shop's name",
    "number": "the order's number",
    "date": "the day on which it was placed, in UTC: 2026-11-22",
    "first_name": "the customer's",
    "last_name": "the customer's",
    "items": "what was bought, a line each; in `html` the rows of a table with two columns",
    "subtotal": "the items, before discounts",
    "discount": "all discounts",
    "fees": "all fees",
    "shipping": "the shipping",
    "tax": "all taxes",
    "total": "what the order comes to",
    "shipping_address": "where it goes, in several lines",
}
TEMPLATES: Final = ("subject", "text", "html")
_SUBJECT = "Your order ${number} at ${shop}"
_TEXT = """Thank you for your order ${number} of ${date}.

${items}

Items     ${subtotal}
Discounts ${discount}
Fees      ${fees}
Shipping  ${shipping}
Taxes     ${tax}
Total     ${total}

It goes to:
${shipping_address}

${shop}
"""
_HTML = """<p>Thank you for your order ${number} of ${date}.</p>
<table cellpadding="4">${items}
<tr><td>Items</td><td align="right">${subtotal}</td></tr>
<tr><td>Discounts</td><td align="right">${discount}</td></tr>
<tr><td>Fees</td><td align="right">${fees}</td></tr>
<tr><td>Shipping</td><td align="right">${shipping}</td></tr>
<tr><td>Taxes</td><td align="right">${tax}</td></tr>
<tr><th align="left">Total</th><th align="right">${total}</th></tr></table>
<p>It goes to:<br>${shipping_address}</p>
<p>${shop}</p>
"""
# By the type of the event that the merchant is told of: the subject, and what it is about.
NOTICES: Final[Mapping[str, tuple[str, str]]] = {
    "stock.low": ("${sku} is low in stock", "${left} units of ${sku} are left to sell (variant ${variant_id})."),
    "order.charge_failed": ("A charge has failed", "Money of the order ${order_id} cannot be taken. ${message}"),
    "order.push_failed": (
        "An order was not pushed",
        "Your platform has not taken the order ${order_id}: ${tries} tries, the last one answered with ${status}.",
    ),
}
_LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. `sender` is shown under the name `sender_name`; without `html` it is plain text."""

    sender: str
    sender_name: str
    to: str
    reply_to: str
    subject: str
    text: str
    html: str = ""


def check_templates(given: Mapping[str, str]) -> None:
    """Raises `Invalid` for a template in which a name stands that no order fills in."""
    for field in TEMPLATES:
        template = Template(given.get(field, ""))
        where = f"settings.mail.{field}"
        if not template.is_valid():
            raise Invalid("Names are written ${so}, and a dollar sign alone $$.", where)
        if unknown := [name for name in template.get_identifiers() if name not in NAMES]:
            raise Invalid(f"There is no ${{{unknown[0]}}}. There are: {', '.join(NAMES)}.", where)


def confirmation(order: Order, shop: Shop) -> Mail | None:
    """What the customer is told of a placed order; None where nobody knows who that is any more."""
    customer, chosen = order.basket.customer, shop.settings.mail
    if customer is None or not customer.email or order.anonymized:
        return None
    values = _values(order, shop)
    text = values | {"items": "\n".join(map(_text_line, _lines(order))), "shipping_address": "\n".join(_place(order))}
    escaped = {name: html.escape(value) for name, value in values.items()}
    escaped["items"] = "\n".join(map(_html_row, _lines(order)))
    escaped["shipping_address"] = "<br>".join(map(html.escape, _place(order)))
    # A shop with a text of its own and no HTML has a plain mail.
    page = chosen.get("html") or ("" if chosen.get("text") else _HTML)
    return Mail(
        chosen.get("sender", ""),
        _one_line(shop.name),
        customer.email,
        chosen.get("reply_to", ""),
        _one_line(Template(chosen.get("subject") or _SUBJECT).substitute(text)),
        Template(chosen.get("text") or _TEXT).substitute(text),
        Template(page).substitute(escaped),
    )


def notice(event: Event, shop: Shop) -> Mail:
    """What the merchant is told of an event of `NOTICES`."""
    subject, text = NOTICES[event.type]
    facts = {"message": "", "order_id": event.order_id} | {name: str(value) for name, value in event.detail.items()}
    chosen = shop.settings.mail
    return Mail(
        chosen.get("sender", ""),
        _one_line(shop.name),
        chosen.get("notify", ""),
        chosen.get("reply_to", ""),
        _one_line(f"{shop.name}: {Template(subject).substitute(facts)}"),
        Template(text).substitute(facts).strip() + "\n",
    )


def _values(order: Order, shop: Shop) -> dict[str, str]:
    """All but what has several lines."""
    basket, customer = order.basket, order.basket.customer
    totals = price(basket)

    def amount(units: int) -> str:
        return f"{to_decimal(units, basket.currency)} {basket.currency}"

    return {
        "shop": shop.name,
        "number": str(order.number),
        "date": datetime.fromtimestamp(order.placed_at, UTC).date().isoformat(),
        "first_name": customer.first_name if customer else "",
        "last_name": customer.last_name if customer else "",
        "subtotal": amount(totals.items),
        "discount": amount(sum(one.amount for one in totals.discounts)),
        "fees": amount(sum(units for _, units in totals.fees)),
        "shipping": amount(totals.shipping),
        "tax": amount(totals.tax),
        "total": amount(order.total),
    }


def _lines(order: Order) -> list[tuple[LineItem, str]]:
    """Each line with what it costs."""
    currency = order.basket.currency
    return [(line, f"{to_decimal(line.subtotal, currency)} {currency}") for line in order.basket.lines]


def _text_line(priced: tuple[LineItem, str]) -> str:
    line, amount = priced
    return f"{line.quantity} x {_one_line(line.product_title)}  {amount}"


def _html_row(priced: tuple[LineItem, str]) -> str:
    line, amount = priced
    return f'<tr><td>{line.quantity} x {html.escape(line.product_title)}</td><td align="right">{amount}</td></tr>'


def _place(order: Order) -> list[str]:
    address = order.basket.shipping_address or Address()
    lines = (
        f"{address.first_name} {address.last_name}",
        address.business_name,
        address.address_line_1,
        address.address_line_2,
        f"{address.city} {address.province_code} {address.postal_code}",
        address.country,
    )
    return [kept for line in lines if (kept := _one_line(line))]


def _one_line(text: str) -> str:
    """Nobody's name begins another line, or a header."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:_LONGEST_SUBJECT]
