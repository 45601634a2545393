"""Filters of orders: `op(attribute,value)`, several joined by ":", and all of them have to hold.

Wire format: the table of operators and attributes of Elastic Path's Get All Orders. A value with parentheses stands in
quotes. `like` takes `*` at either end, and is without case. A date is midnight UTC, and `eq` of one is all day.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from elasticpath.ids import uuid_of
from elasticpath.standing import Standing, standing
from till.domain.errors import Invalid
from till.domain.order import Order
from till.domain.pricing import price
from till.domain.sale import Sale

MOST_CONDITIONS = 20
_CONDITION = re.compile(r'(?P<op>[a-z]+)\((?P<attribute>[a-z_.]+),\s*(?P<value>"[^"]*"|[^()"]*)\)(:(?=.)|$)')
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Found:
    """An order, and its sale where that was asked for and there is one."""

    order: Order
    sale: Sale | None = None

    @property
    def stands(self) -> Standing:
        """Where it stands."""
        return standing(self.order, self.sale)

    def sorted_by(self, member: str) -> int | str:
        """What it is sorted by."""
        number = _NUMBERS.get(member) or _TIMES.get(member)
        return number(self) if number else _WORDS[member](self)


def _name(row: Found) -> str:
    return row.order.basket.customer.name if row.order.basket.customer else ""


def _email(row: Found) -> str:
    return row.order.basket.customer.email if row.order.basket.customer else ""


def _customer_id(row: Found) -> str:
    customer = row.order.basket.customer
    return uuid_of(customer.id) if customer and not customer.is_guest else ""


def _of_agreement(member: str) -> Callable[[Found], str]:
    return lambda row: str(getattr(row.order.agreement, member, ""))


def _id_of_agreement(member: str) -> Callable[[Found], str]:
    def found(row: Found) -> str:
        ulid = _of_agreement(member)(row)
        return uuid_of(ulid) if ulid else ""

    return found


def _shipping_postcode(row: Found) -> str:
    address = row.order.basket.shipping_address
    return address.postal_code if address else ""


def _billing_postcode(row: Found) -> str:
    address = row.order.basket.billing_address
    return address.postal_code if address else ""


def _order_number(row: Found) -> str:
    return row.order.agreement.order_number if row.order.agreement else str(row.order.number)


def _without_tax(row: Found) -> int:
    totals = price(row.order.basket)
    return totals.total - totals.tax


# eq
_WORDS: dict[str, Callable[[Found], str]] = {
    "status": lambda row: row.stands.status,
    "payment": lambda row: row.stands.payment,
    "shipping": lambda row: row.stands.shipping,
    "currency": lambda row: row.order.basket.currency,
}
# eq, of any of them
_SETS: dict[str, Callable[[Found], set[str]]] = {
    "product_id": lambda row: {uuid_of(one.variant_id) for one in row.order.basket.lines if not one.is_custom},
    "product_sku": lambda row: {line.sku for line in row.order.basket.lines},
}
# eq, like
_TEXTS: dict[str, Callable[[Found], str]] = {
    "name": _name,
    "email": _email,
    "customer.name": _name,
    "customer.email": _email,
    "contact.name": _name,
    "contact.email": _email,
    "customer_id": _customer_id,
    "account_id": _id_of_agreement("account_id"),
    "account_member_id": _id_of_agreement("member_id"),
    "shipping_postcode": _shipping_postcode,
    "billing_postcode": _billing_postcode,
    "external_ref": _of_agreement("external_ref"),
    "order_number": _order_number,
}
# gt, ge, lt, le
_NUMBERS: dict[str, Callable[[Found], int]] = {
    "with_tax": lambda row: row.order.total,
    "without_tax": _without_tax,
}
# eq, gt, ge, lt, le
_TIMES: dict[str, Callable[[Found], int]] = {
    "created_at": lambda row: row.order.ordered_at or row.order.created_at,
    "updated_at": lambda row: row.order.updated_at,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; `holds` says whether an order meets it."""

    attribute: str
    holds: Callable[[Found], bool]


def conditions(text: str) -> Sequence[Condition]:
    """All conditions of a filter. Raises `Invalid` for what is none, or not one of these."""
    found: list[Condition] = []
    at = 0
    while at < len(text):
        match = _CONDITION.match(text, at)
        if match is None or len(found) == MOST_CONDITIONS:
            raise _invalid(f"Must be conditions as in eq(payment,paid), at most {MOST_CONDITIONS}, joined by colons")
        at = match.end()
        value = match["value"].strip().strip('"')
        found.append(Condition(match["attribute"], _test(match["op"], match["attribute"], value)))
    return found


def _test(op: str, attribute: str, value: str) -> Callable[[Found], bool]:
    if op == "eq" and (of := _WORDS.get(attribute) or _TEXTS.get(attribute)):
        return lambda row: of(row) == value
    if op == "eq" and (any_of := _SETS.get(attribute)):
        return lambda row: value in any_of(row)
    if op == "like" and (text_of := _TEXTS.get(attribute)):
        is_like = _pattern(value)
        return lambda row: is_like(text_of(row).casefold())
    if op in _COMPARE and (number_of := _NUMBERS.get(attribute)):
        amount = _number(value)
        return lambda row: _COMPARE[op](number_of(row), amount)
    if op in (*_COMPARE, "eq") and (time_of := _TIMES.get(attribute)):
        return _time_test(op, time_of, value)
    raise _invalid(f"There is no {op} of {attribute}")


def _pattern(value: str) -> Callable[[str], bool]:
    wanted = value.casefold()
    inner = wanted.removeprefix("*").removesuffix("*")
    if "*" in inner:
        raise _invalid("like takes * at the beginning and the end only")
    begins, ends = not wanted.startswith("*"), not wanted.endswith("*")
    if begins and ends:
        return lambda text: text == inner
    if begins:
        return lambda text: text.startswith(inner)
    return lambda text: text.endswith(inner) if ends else inner in text


def _number(value: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,15}", value):
        raise _invalid("Must be a whole number of minor units")
    return int(value)


def _time_test(op: str, time_of: Callable[[Found], int], value: str) -> Callable[[Found], bool]:
    try:
        moment = datetime.fromisoformat(value)
        at = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        raise _invalid("Must be a date, as in 2026-07-01 or 2026-07-01T12:00:00Z") from None
    if op == "eq":
        last = at + (_DAY_SECONDS if _DAY.fullmatch(value) else 1)
        return lambda row: at <= time_of(row) < last
    return lambda row: _COMPARE[op](time_of(row), at)


def _invalid(message: str) -> Invalid:
    return Invalid(message, "filter", "format")
