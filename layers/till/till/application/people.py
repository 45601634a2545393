"""Customers, accounts and their members: who they are, who has signed in, and who may buy for an account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from till.domain import password
from till.domain.errors import Conflict, Invalid, NotFound, Refused
from till.domain.people import Account, Person, PersonKind

if TYPE_CHECKING:
    from till.application.ports import Page

_TRIES = 3
_A_PAGE = 100


class People(Protocol):
    """Customers and members of accounts. Reads are consistent; writes are conditional on the version that was read."""

    def get(self, shop: str, kind: PersonKind, person_id: str) -> Person | None:
        """By ULID."""

    def recall(self, shop: str, kind: PersonKind, person_id: str) -> Person | None:
        """The same, up to 30 s old."""

    def by_email(self, shop: str, kind: PersonKind, email: str) -> Person | None:
        """By e-mail address in any case, in one read."""

    def save(self, person: Person, before: Person | None) -> Person:
        """Store a new or a changed person. Raises `Conflict`; `Refused` where the e-mail address is another's;
        `NotFound` where an account that they join is not there."""

    def delete(self, person: Person) -> None:
        """Raises `Conflict`."""

    def next_number(self, shop: str) -> int:
        """The next number of a customer; gaps are allowed, repeats are not."""

    def list(self, shop: str, kind: PersonKind, limit: int, cursor: str) -> Page[Person]:
        """Oldest first."""

    def members(self, shop: str, account_id: str, limit: int, cursor: str) -> Page[Person]:
        """Of an account, oldest first."""


class Accounts(Protocol):
    """Accounts. Reads are consistent; writes are conditional on the version that was read."""

    def of(self, shop: str, account_ids: Iterable[str]) -> Mapping[str, Account]:
        """By id; unknown ids are missing."""

    def save(self, account: Account) -> Account:
        """Store a new (version 0) or a changed account. Raises `Conflict`."""

    def delete(self, account: Account) -> None:
        """Raises `Conflict`."""

    def list(self, shop: str, limit: int, cursor: str) -> Page[Account]:
        """Oldest first."""


def person(people: People, shop: str, kind: PersonKind, person_id: str) -> Person:
    """Raises `NotFound`."""
    found = people.get(shop, kind, person_id)
    if found is None:
        raise NotFound(f"There is no such {kind}.", f"{kind}_id")
    return found


def account(accounts: Accounts, shop: str, account_id: str) -> Account:
    """Raises `NotFound`."""
    found = accounts.of(shop, [account_id]).get(account_id)
    if found is None:
        raise NotFound("There is no such account.", "account_id")
    return found


def open_account(accounts: Accounts, new: Account) -> Account:
    """Store a new account; with an id that is taken, the same request opened it before, and was lost on the way."""
    try:
        return accounts.save(new)
    except Conflict:
        return account(accounts, new.shop, new.id)


def register(people: People, new: Person) -> Person:
    """Store a new person; whom the same request registered before, and was lost on the way, is that person.

    Raises as `People.save` does.
    """
    try:
        return people.save(new, None)
    except Refused:
        known = people.by_email(new.shop, new.kind, new.email)
        if known and known.registered_by == new.registered_by:
            return known
        raise


def change(
    people: People, shop: str, kind: PersonKind, person_id: str, edit: Callable[[Person], Person], now: int
) -> Person:
    """Apply a change to the person as they are now. Raises `NotFound`, `Refused`, `Conflict`."""
    for _ in range(_TRIES):
        before = person(people, shop, kind, person_id)
        after = edit(before)
        if after == before:
            return before
        with suppress(Conflict):
            return people.save(replace(after, updated_at=now), before)
    raise Conflict("This person is being changed by others. Try again in a moment.")


def with_password(one: Person, given: str, stored: str, is_again: bool) -> Person:
    """The person with another password, which ends what was signed in with the old one: once for a request, also
    where it comes `is_again`."""
    return one if is_again and password.matches(given, one.password) else one.with_password(stored)


def delete(people: People, shop: str, kind: PersonKind, person_id: str) -> None:
    """Raises `NotFound`, `Conflict`."""
    people.delete(person(people, shop, kind, person_id))


def sign_in(people: People, shop: str, kind: PersonKind, email: str, given: str) -> Person:
    """Who has that e-mail address and password. Raises `Invalid`, in the same words and after the same work whatever
    is wrong: nothing is to be learned by trying addresses."""
    found = people.by_email(shop, kind, email)
    if not password.matches(given, found.password if found else "") or found is None:
        raise Invalid("The e-mail address or the password is wrong.", code="sign_in")
    return found


def numbered(people: People, customer: Person, now: int) -> Person:
    """The customer with a number of their own, which stays. Raises `NotFound`, `Conflict`."""
    if customer.number:
        return customer
    number = people.next_number(customer.shop)

    def edit(one: Person) -> Person:
        return one if one.number else replace(one, number=number)

    return change(people, customer.shop, customer.kind, customer.id, edit, now)


def member_of(people: People, shop: str, account_id: str, member_id: str) -> Person:
    """A member of the account. Raises `NotFound`."""
    member = person(people, shop, PersonKind.MEMBER, member_id)
    if account_id not in member.accounts:
        raise NotFound("There is no such member.", "member_id")
    return member


def leave(people: People, shop: str, account_id: str, member_id: str, now: int) -> Person:
    """The member without the account, and without the shop where it was the last one. Raises `NotFound`, `Conflict`."""
    member = member_of(people, shop, account_id, member_id)
    rest = replace(member.leaving(account_id), updated_at=now)
    if rest.accounts:
        return people.save(rest, member)
    people.delete(member)
    return rest


def close(people: People, accounts: Accounts, closing: Account, now: int) -> None:
    """Delete an account when its members have left it. Raises `Conflict`: what was done stays done."""
    while members := people.members(closing.shop, closing.id, _A_PAGE, "").data:
        for member in members:
            leave(people, closing.shop, closing.id, member.id, now)
    accounts.delete(closing)
