"""Customers, accounts and members on DynamoDB: found by id and by e-mail address, nobody twice, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

from tests.builders import NOON
from tests.contract.tables import create_table, new_client
from till.adapters.dynamodb.accounts import DynamoDBAccounts
from till.adapters.dynamodb.people import KEPT_SECONDS, DynamoDBPeople
from till.application import people as use
from till.domain.errors import Conflict, Invalid, NotFound, Refused
from till.domain.people import MOST_ACCOUNTS, Account, Person, PersonKind, mailbox_of

CUSTOMER, MEMBER = PersonKind.CUSTOMER, PersonKind.MEMBER


def ulid(number: int) -> str:
    return f"01JXPERSQN{number:016d}"


def a_person(number: int = 1, **changes: Any) -> Person:
    email = f"p{number}@example.com"
    return replace(Person(ulid(number), "acme", CUSTOMER, email, "Pat Doe", NOON, NOON), **changes)


def an_account(number: int = 1) -> Account:
    return Account(f"01JXACCQNT{number:016d}", "acme", f"Account {number}", NOON, NOON)


class Stack:
    """People and accounts of one table, as two functions see them, and the time."""

    def __init__(self) -> None:
        client = new_client()
        table = create_table(client, "OrdersTable", "orders")
        self.time = 0.0
        self.people, self.elsewhere = (DynamoDBPeople(client, table, lambda: self.time) for _ in range(2))
        self.accounts = DynamoDBAccounts(client, table)


@pytest.fixture
def stack() -> Iterator[Stack]:
    with mock_aws():
        yield Stack()


def test_a_person_is_found_by_id_and_by_email_in_any_case(stack: Stack) -> None:
    saved = stack.people.save(a_person(email="Pat@Example.com"), None)
    assert saved.version == 1
    assert stack.people.get("acme", CUSTOMER, saved.id) == saved
    for spelling in ("Pat@Example.com", "pat@example.COM", " PAT@example.com "):
        assert stack.people.by_email("acme", CUSTOMER, spelling) == saved
    for nobody in ("", "x" * 5_000, saved.id + "0", saved.id.lower()):
        assert stack.people.get("acme", CUSTOMER, nobody) is None
        assert stack.people.by_email("acme", CUSTOMER, nobody) is None


def test_people_of_another_shop_or_kind_are_others(stack: Stack) -> None:
    mine = stack.people.save(a_person(), None)
    assert stack.people.get("bean", CUSTOMER, mine.id) is None
    assert stack.people.get("acme", MEMBER, mine.id) is None
    stack.people.save(replace(mine, shop="bean", version=0), None)
    stack.people.save(replace(mine, kind=MEMBER, version=0), None)
    assert len(stack.people.list("acme", CUSTOMER, 10, "").data) == 1


def test_an_email_address_is_one_persons(stack: Stack) -> None:
    first = stack.people.save(a_person(1), None)
    second = stack.people.save(a_person(2), None)
    with pytest.raises(Refused) as refused:
        stack.people.save(a_person(3, email="P1@EXAMPLE.com"), None)
    assert refused.value.problems[0].code == "email_taken"
    with pytest.raises(Refused):
        stack.people.save(replace(second, email=first.email), second)
    assert stack.people.by_email("acme", CUSTOMER, first.email) == first
    assert stack.people.get("acme", CUSTOMER, second.id) == second


def test_who_changes_their_email_gives_the_old_one_free(stack: Stack) -> None:
    before = stack.people.save(a_person(), None)
    moved = stack.people.save(replace(before, email="new@example.com"), before)
    assert stack.people.by_email("acme", CUSTOMER, "new@example.com") == moved
    assert stack.people.by_email("acme", CUSTOMER, before.email) is None
    stack.people.save(a_person(2, email=before.email), None)
    respelled = stack.people.save(replace(moved, email="NEW@example.com", name="x"), moved)
    assert stack.people.by_email("acme", CUSTOMER, "new@example.com") == respelled


def test_of_two_changes_at_once_the_second_is_told(stack: Stack) -> None:
    before = stack.people.save(a_person(), None)
    stack.people.save(replace(before, name="First"), before)
    with pytest.raises(Conflict):
        stack.people.save(replace(before, name="Second"), before)
    with pytest.raises(Conflict):
        stack.people.delete(before)
    changed = use.change(
        stack.people, "acme", CUSTOMER, before.id, lambda one: replace(one, external_ref="x"), NOON + 9
    )
    assert (changed.name, changed.external_ref, changed.updated_at) == ("First", "x", NOON + 9)


def test_who_was_deleted_is_gone_under_every_name(stack: Stack) -> None:
    gone = stack.people.save(a_person(), None)
    stack.people.delete(gone)
    assert stack.people.get("acme", CUSTOMER, gone.id) is None
    assert stack.people.by_email("acme", CUSTOMER, gone.email) is None
    assert stack.people.list("acme", CUSTOMER, 10, "").data == ()
    with pytest.raises(Conflict):
        stack.people.delete(gone)
    stack.people.save(a_person(2, email=gone.email), None)


def test_people_are_listed_oldest_first_in_pages(stack: Stack) -> None:
    everybody = [stack.people.save(a_person(number), None) for number in (1, 2, 3)]
    page = stack.people.list("acme", CUSTOMER, 2, "")
    rest = stack.people.list("acme", CUSTOMER, 2, page.next_cursor)
    assert [*page.data, *rest.data] == everybody
    assert rest.next_cursor == ""


def test_a_change_is_known_elsewhere_within_30_seconds(stack: Stack) -> None:
    before = stack.people.save(a_person(), None)
    assert stack.elsewhere.recall("acme", CUSTOMER, before.id) == before
    after = stack.people.save(before.with_password("x"), before)
    assert stack.people.recall("acme", CUSTOMER, before.id) == after
    stack.time = KEPT_SECONDS - 1
    assert stack.elsewhere.recall("acme", CUSTOMER, before.id) == before
    stack.time = KEPT_SECONDS
    assert stack.elsewhere.recall("acme", CUSTOMER, before.id) == after
    stack.people.delete(after)
    assert stack.people.recall("acme", CUSTOMER, before.id) is None


def test_an_account_is_kept_listed_and_deleted(stack: Stack) -> None:
    first, second = (stack.accounts.save(an_account(number)) for number in (1, 2))
    assert stack.accounts.list("acme", 10, "").data == (first, second)
    assert stack.accounts.of("acme", [second.id, "x", "", an_account(3).id]) == {second.id: second}
    assert stack.accounts.of("bean", [second.id]) == {}
    renamed = stack.accounts.save(replace(first, name="New"))
    for old in (first, an_account(1)):
        with pytest.raises(Conflict):
            stack.accounts.save(old)
    with pytest.raises(Conflict):
        stack.accounts.delete(first)
    stack.accounts.delete(renamed)
    assert stack.accounts.list("acme", 10, "").data == (second,)
    with pytest.raises(NotFound):
        use.account(stack.accounts, "acme", first.id)


def test_a_member_of_two_accounts_is_listed_in_both_and_leaves_one_after_the_other(stack: Stack) -> None:
    one, two = (stack.accounts.save(an_account(number)) for number in (1, 2))
    member = stack.people.save(a_person(kind=MEMBER, accounts=(one.id,)), None)
    both = stack.people.save(member.joining(two.id), member)
    for account in (one, two):
        assert stack.people.members("acme", account.id, 10, "").data == (both,)
    left = use.leave(stack.people, "acme", one.id, member.id, NOON)
    assert left.accounts == (two.id,)
    assert stack.people.members("acme", one.id, 10, "").data == ()
    with pytest.raises(NotFound):
        use.member_of(stack.people, "acme", one.id, member.id)
    use.leave(stack.people, "acme", two.id, member.id, NOON)
    assert stack.people.get("acme", MEMBER, member.id) is None
    assert stack.people.members("acme", two.id, 10, "").data == ()


def test_nobody_joins_an_account_that_is_not_there_or_joins_twice(stack: Stack) -> None:
    account = stack.accounts.save(an_account())
    with pytest.raises(NotFound):
        stack.people.save(a_person(kind=MEMBER, accounts=(an_account(2).id,)), None)
    member = stack.people.save(a_person(kind=MEMBER, accounts=(account.id,)), None)
    with pytest.raises(Refused):
        member.joining(account.id)
    many = replace(member, accounts=tuple(an_account(number).id for number in range(MOST_ACCOUNTS)))
    with pytest.raises(Refused):
        many.joining("another")


def test_a_closed_account_has_no_members_left(stack: Stack) -> None:
    one, two = (stack.accounts.save(an_account(number)) for number in (1, 2))
    only = stack.people.save(a_person(1, kind=MEMBER, accounts=(one.id,)), None)
    both = stack.people.save(a_person(2, kind=MEMBER, accounts=(one.id, two.id)), None)
    use.close(stack.people, stack.accounts, one, NOON)
    assert stack.accounts.of("acme", [one.id]) == {}
    assert stack.people.get("acme", MEMBER, only.id) is None
    assert use.person(stack.people, "acme", MEMBER, both.id).accounts == (two.id,)


def test_a_wrong_password_and_an_unknown_address_are_told_apart_by_nobody(stack: Stack) -> None:
    known = a_person().with_password("scrypt$2$8$1$c2FsdHNhbHRzYWx0c2E=$" + "A" * 43 + "=")
    stack.people.save(known, None)
    stack.people.save(a_person(2), None)
    told = set()
    for email in (known.email, a_person(2).email, "nobody@example.com", ""):
        with pytest.raises(Invalid) as refused:
            use.sign_in(stack.people, "acme", CUSTOMER, email, "a wrong one")
        told.add((str(refused.value), refused.value.problems[0].field))
    assert len(told) == 1
    assert mailbox_of(" A@B.c ") == "a@b.c"


def test_a_registration_that_was_lost_on_the_way_is_found_by_the_same_request_alone(stack: Stack) -> None:
    first = use.register(stack.people, a_person(1, registered_by="request-1"))
    again = a_person(2, email=first.email, registered_by="request-1")
    assert use.register(stack.people, again) == first
    with pytest.raises(Refused):
        use.register(stack.people, replace(again, registered_by="request-2"))


def test_a_customer_is_given_a_number_once_and_nobody_else_has_it(stack: Stack) -> None:
    pat, sam = (stack.people.save(a_person(one, email=f"{one}@example.com"), None) for one in (1, 2))
    assert use.numbered(stack.people, pat, NOON).number == 1
    assert use.numbered(stack.elsewhere, pat, NOON).number == 1
    found = use.numbered(stack.elsewhere, sam, NOON)
    assert found.number > 1
    assert stack.people.get("acme", CUSTOMER, sam.id) == found
    assert use.numbered(stack.people, found, NOON) is found
