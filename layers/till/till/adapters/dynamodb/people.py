"""Customers and members of accounts in the orders table: whole by id and, so that it is one read, by e-mail address.

Membership is a member's own list of accounts; a pointer under each account lists its members.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from till.adapters.dynamodb import keys
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.dynamodb.items import Item, batch_get, key, number, text
from till.adapters.dynamodb.pages import query_page
from till.adapters.dynamodb.writes import ConditionFailed, transact
from till.application.ports import Page
from till.domain.errors import Conflict, NotFound, Refused
from till.domain.people import Person, PersonKind, mailbox_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

KEPT_SECONDS = 30.0
_MOST_KEPT = 1_000
_ULID_LENGTH = keys.ULID_LENGTH
_PERSON = "PERSON"
_CUSTOMER = "CUSTOMER"


class DynamoDBPeople:
    """The port `People`. `now` is a clock in seconds for the cache."""

    def __init__(self, client: DynamoDBClient, table: str, now: Callable[[], float]) -> None:
        self._client, self._table, self._now = client, table, now
        self._kept: dict[tuple[str, str, str], tuple[float, Person]] = {}

    def get(self, shop: str, kind: PersonKind, person_id: str) -> Person | None:
        return self._get(_by_id(shop, kind, person_id))

    def recall(self, shop: str, kind: PersonKind, person_id: str) -> Person | None:
        name = (shop, kind, person_id)
        kept_until, person = self._kept.get(name, (0.0, None))
        if person and self._now() < kept_until:
            return person
        self._kept.pop(name, None)
        person = self.get(shop, kind, person_id)
        if person:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[name] = (self._now() + KEPT_SECONDS, person)
        return person

    def by_email(self, shop: str, kind: PersonKind, email: str) -> Person | None:
        return self._get(_by_mailbox(shop, kind, mailbox_of(email)))

    def save(self, person: Person, before: Person | None) -> Person:
        saved = replace(person, version=person.version + 1)
        body = {"v": number(saved.version), "person": text(saved.id), "body": {"B": pack(saved, "person")}}
        moves = before is None or before.mailbox != saved.mailbox
        is_free = "attribute_not_exists(pk)" if moves else "attribute_not_exists(pk) OR person = :person"
        mine: Any = {} if moves else {"ExpressionAttributeValues": {":person": text(saved.id)}}
        mailbox = _by_mailbox(saved.shop, saved.kind, saved.mailbox)
        actions: list[Any] = [
            {"Put": {"TableName": self._table, "Item": _key_of(saved) | body, **_unchanged(before)}},
            {"Put": {"TableName": self._table, "Item": mailbox | body, "ConditionExpression": is_free, **mine}},
        ]
        if before and moves:
            actions.append(self._delete(_by_mailbox(before.shop, before.kind, before.mailbox)))
        try:
            transact(self._client, [*actions, *self._memberships(saved, before)])
        except ConditionFailed as failure:
            raise _refusal(failure.indexes, saved) from None
        self._kept.pop((saved.shop, saved.kind, saved.id), None)
        return saved

    def delete(self, person: Person) -> None:
        gone: Any = {"Delete": {"TableName": self._table, "Key": _key_of(person), **_unchanged(person)}}
        others = [_by_mailbox(person.shop, person.kind, person.mailbox)]
        others += [_pointer(person, account_id) for account_id in person.accounts]
        try:
            transact(self._client, [gone, *(self._delete(one) for one in others)])
        except ConditionFailed:
            raise _changed() from None
        self._kept.pop((person.shop, person.kind, person.id), None)

    def next_number(self, shop: str) -> int:
        response = self._client.update_item(
            TableName=self._table,
            Key=key(keys.counter(shop), _CUSTOMER),
            UpdateExpression="ADD #value :one",
            ExpressionAttributeNames={"#value": "value"},
            ExpressionAttributeValues={":one": number(1)},
            ReturnValues="UPDATED_NEW",
        )
        return int(response["Attributes"]["value"]["N"])

    def list(self, shop: str, kind: PersonKind, limit: int, cursor: str) -> Page[Person]:
        items, next_cursor = query_page(self._client, self._table, keys.people(shop, kind), limit, cursor)
        return Page(tuple(_person(item) for item in items), next_cursor)

    def members(self, shop: str, account_id: str, limit: int, cursor: str) -> Page[Person]:
        pointers, next_cursor = query_page(self._client, self._table, keys.account(shop, account_id), limit, cursor)
        ids = [pointer["sk"]["S"].removeprefix(f"{_PERSON}#") for pointer in pointers]
        found = batch_get(self._client, {self._table: [_by_id(shop, PersonKind.MEMBER, one) for one in ids]})
        return Page(tuple(sorted(map(_person, found), key=lambda person: person.id)), next_cursor)

    def _get(self, place: Item) -> Person | None:
        item = self._client.get_item(TableName=self._table, Key=place, ConsistentRead=True).get("Item")
        return _person(item) if item else None

    def _memberships(self, person: Person, before: Person | None) -> Sequence[TransactWriteItemTypeDef]:
        """Pointers that come and go. Nobody joins an account that was closed a moment ago."""
        old, new = set(before.accounts if before else ()), set(person.accounts)
        actions: tuple[TransactWriteItemTypeDef, ...] = ()
        for account_id in sorted(new - old):
            actions += (
                {
                    "ConditionCheck": {
                        "TableName": self._table,
                        "Key": key(keys.accounts(person.shop), f"ACCOUNT#{account_id}"),
                        "ConditionExpression": "attribute_exists(pk)",
                    }
                },
                {"Put": {"TableName": self._table, "Item": _pointer(person, account_id)}},
            )
        return (*actions, *(self._delete(_pointer(person, account_id)) for account_id in sorted(old - new)))

    def _delete(self, place: Item) -> TransactWriteItemTypeDef:
        return {"Delete": {"TableName": self._table, "Key": place}}


def _key_of(person: Person) -> Item:
    return _by_id(person.shop, person.kind, person.id)


def _by_id(shop: str, kind: PersonKind, person_id: str) -> Item:
    return key(keys.people(shop, kind), f"{_PERSON}#{person_id[: _ULID_LENGTH + 1]}")


def _by_mailbox(shop: str, kind: PersonKind, mailbox: str) -> Item:
    """By a digest: an address of any length and alphabet is a key."""
    return key(keys.mailbox(shop, kind, hashlib.sha256(mailbox.encode("utf-8", "surrogatepass")).hexdigest()), _PERSON)


def _pointer(person: Person, account_id: str) -> Item:
    return key(keys.account(person.shop, account_id), f"{_PERSON}#{person.id}")


def _person(item: Item) -> Person:
    return unpack(Person, item["body"]["B"])


def _unchanged(before: Person | None) -> Any:
    if before is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {"ConditionExpression": "v = :v", "ExpressionAttributeValues": {":v": number(before.version)}}


def _changed() -> Conflict:
    return Conflict("This person was changed at the same time. Try again.")


def _refusal(indexes: tuple[int, ...], person: Person) -> Exception:
    """The first condition that did not hold: the version's, the mailbox's, or an account's."""
    if indexes[0] == 0:
        return _changed()
    if indexes[0] == 1:
        return Refused(f"There is a {person.kind} with this e-mail address already.", "email", "email_taken")
    return NotFound("There is no such account.", "account_id")
