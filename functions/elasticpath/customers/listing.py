"""The shop's customers as its backend asks for them.

Wire format: `filter=eq(email,ron@example.com)`, `sort=-created_at` of Elastic Path's Get all Customers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from elasticpath.ids import uuid_of
from till.domain.errors import Invalid, Refused
from till.domain.people import Person, PersonKind, mailbox_of
from till.runtime import wiring
from till.runtime.app import Request

# A list is sorted and filtered here, and so is read whole.
MOST = 1_000
SORTS = ("created_at", "email", "id", "name", "updated_at")
FILTERS = ("email", "external_ref", "id", "name")
_FILTER = re.compile(r"eq\((\w+),(.*)\)", re.DOTALL)


def found(request: Request, shop: str) -> Sequence[Person]:
    """Those that the filter lets through, sorted. Raises `Invalid`, and `Refused` where there are too many."""
    sort = request.query.get("sort", "-created_at")
    if sort.removeprefix("-") not in SORTS:
        raise Invalid(f"Customers are sorted by {', '.join(SORTS)}", "sort")
    people = _filtered(request.query.get("filter", ""), shop)
    # Whatever else is equal, the older one comes first.
    by_id = sorted(people, key=lambda person: person.id, reverse=sort.startswith("-"))
    return sorted(by_id, key=lambda person: _member(person, sort.removeprefix("-")), reverse=sort.startswith("-"))


def _filtered(text: str, shop: str) -> Sequence[Person]:
    if not text:
        return _all(shop)
    match = _FILTER.fullmatch(text)
    if not match or match[1] not in FILTERS:
        raise Invalid(f"Customers are filtered by eq of {', '.join(FILTERS)}", "filter")
    name, value = match[1], match[2].strip('"')
    if name == "email":
        person = wiring.people().by_email(shop, PersonKind.CUSTOMER, value)
        return [person] if person else []
    return [person for person in _all(shop) if _member(person, name) == value]


def _all(shop: str) -> Sequence[Person]:
    people: list[Person] = []
    cursor = ""
    while True:
        page = wiring.people().list(shop, PersonKind.CUSTOMER, MOST, cursor)
        people += page.data
        cursor = page.next_cursor
        if len(people) > MOST or (cursor and len(people) == MOST):
            raise Refused(f"There are more than {MOST} customers: filter by email, or list them in the merchant API.")
        if not cursor:
            return people


def _member(person: Person, name: str) -> str:
    if name == "id":
        return uuid_of(person.id)
    value: object = mailbox_of(person.email) if name == "email" else getattr(person, name)
    return f"{value:012d}" if isinstance(value, int) else str(value)
