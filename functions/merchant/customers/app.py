"""The shop's customers, its accounts, and the members who buy for them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

from merchant.auth import authenticate, principal
from merchant.customers import rendering
from merchant.customers.models import (
    AccountBody,
    AccountChanges,
    CustomerBody,
    CustomerChanges,
    MemberBody,
    PersonBody,
    PersonChanges,
)
from merchant.wire import MERCHANT, listed, one, page_asked
from till.application import people
from till.application.idempotency import Answer
from till.application.tokens import Scope
from till.domain.errors import Invalid
from till.domain.password import SALT_BYTES, hashed
from till.domain.people import Account, Person, PersonKind
from till.runtime import wiring
from till.runtime.app import App, Kind, Request
from till.runtime.validation import email, parse

SHOP = "/merchant/shops/{shop}"
CUSTOMERS = f"{SHOP}/customers"
CUSTOMER = f"{CUSTOMERS}/{{customer_id}}"
ACCOUNTS = f"{SHOP}/accounts"
ACCOUNT = f"{ACCOUNTS}/{{account_id}}"
MEMBERS = f"{ACCOUNT}/members"
MEMBER = f"{MEMBERS}/{{member_id}}"

app = App(MERCHANT, authenticate)
handler = app.handle


@app.route("POST", CUSTOMERS, Kind.CALL, "Create Customer")
def create_customer(request: Request) -> Answer:
    customer = _new(request, PersonKind.CUSTOMER, parse(CustomerBody, request.body))
    return one(rendering.customer(people.register(wiring.people(), customer)), 201)


@app.route("GET", CUSTOMERS, Kind.READ, "List Customers")
def list_customers(request: Request) -> Answer:
    page = wiring.people().list(_shop(request), PersonKind.CUSTOMER, *page_asked(request))
    return listed(page, rendering.customer)


@app.route("GET", CUSTOMER, Kind.READ, "Get Customer")
def get_customer(request: Request) -> Answer:
    shop, customer_id = _shop(request), request.path["customer_id"]
    return one(rendering.customer(people.person(wiring.people(), shop, PersonKind.CUSTOMER, customer_id)))


@app.route("PATCH", CUSTOMER, Kind.CALL, "Update Customer")
def update_customer(request: Request) -> Answer:
    edit = _edit(request, parse(CustomerChanges, request.body))
    shop, customer_id = _shop(request), request.path["customer_id"]
    changed = people.change(wiring.people(), shop, PersonKind.CUSTOMER, customer_id, edit, request.now)
    return one(rendering.customer(changed))


@app.route("DELETE", CUSTOMER, Kind.CALL, "Delete Customer")
def delete_customer(request: Request) -> Answer:
    shop = _shop(request)
    with request.deleting():
        people.delete(wiring.people(), shop, PersonKind.CUSTOMER, request.path["customer_id"])
    return one({"id": request.path["customer_id"]})


@app.route("POST", f"{CUSTOMERS}/export", Kind.READ, "Export Person")
def export_person(request: Request) -> Answer:
    from merchant.customers.personal import export

    return one(export(wiring.forgetting().find(_shop(request), *_asked_about(request))))


@app.route("POST", f"{CUSTOMERS}/erase", Kind.CALL, "Erase Person")
def erase_person(request: Request) -> Answer:
    from merchant.customers.personal import NOBODY, erased

    with request.deleting():
        return one(erased(*wiring.forgetting().erase(_shop(request), *_asked_about(request))))
    return one(erased(NOBODY, ()))


@app.route("POST", ACCOUNTS, Kind.CALL, "Create Account")
def create_account(request: Request) -> Answer:
    facts, now = parse(AccountBody, request.body).facts(), request.now
    account = Account(request.new_id(), _shop(request), created_at=now, updated_at=now, **facts)
    return one(rendering.account(people.open_account(wiring.accounts(), account)), 201)


@app.route("GET", ACCOUNTS, Kind.READ, "List Accounts")
def list_accounts(request: Request) -> Answer:
    return listed(wiring.accounts().list(_shop(request), *page_asked(request)), rendering.account)


@app.route("GET", ACCOUNT, Kind.READ, "Get Account")
def get_account(request: Request) -> Answer:
    return one(rendering.account(_account(request)))


@app.route("PATCH", ACCOUNT, Kind.CALL, "Update Account")
def update_account(request: Request) -> Answer:
    facts = parse(AccountChanges, request.body).facts()
    before = _account(request)
    after = replace(before, **facts)
    if after != before:
        after = wiring.accounts().save(replace(after, updated_at=request.now))
    return one(rendering.account(after))


@app.route("DELETE", ACCOUNT, Kind.CALL, "Delete Account")
def delete_account(request: Request) -> Answer:
    shop, account_id = _shop(request), request.path["account_id"]
    with request.deleting():
        account = people.account(wiring.accounts(), shop, account_id)
        people.close(wiring.people(), wiring.accounts(), account, request.now)
    return one({"id": request.path["account_id"]})


@app.route("POST", MEMBERS, Kind.CALL, "Create Account Member")
def create_account_member(request: Request) -> Answer:
    body, account = parse(MemberBody, request.body), _account(request)
    known = wiring.people().by_email(account.shop, PersonKind.MEMBER, body.facts()["email"])
    if known and request.is_again and account.id in known.accounts:
        return one(rendering.member(known), 201)
    if known is None and not body.name:
        raise Invalid("This field is required.", "name")
    joined = (known or _new(request, PersonKind.MEMBER, body)).joining(account.id)
    return one(rendering.member(wiring.people().save(joined, known)), 201)


@app.route("GET", MEMBERS, Kind.READ, "List Account Members")
def list_account_members(request: Request) -> Answer:
    account = _account(request)
    return listed(wiring.people().members(account.shop, account.id, *page_asked(request)), rendering.member)


@app.route("GET", MEMBER, Kind.READ, "Get Account Member")
def get_account_member(request: Request) -> Answer:
    return one(rendering.member(_member(request)))


@app.route("PATCH", MEMBER, Kind.CALL, "Update Account Member")
def update_account_member(request: Request) -> Answer:
    edit, member = _edit(request, parse(PersonChanges, request.body)), _member(request)
    changed = people.change(wiring.people(), member.shop, PersonKind.MEMBER, member.id, edit, request.now)
    return one(rendering.member(changed))


@app.route("DELETE", MEMBER, Kind.CALL, "Delete Account Member")
def delete_account_member(request: Request) -> Answer:
    shop, path = _shop(request), request.path
    with request.deleting():
        people.leave(wiring.people(), shop, path["account_id"], path["member_id"], request.now)
    left = wiring.people().get(shop, PersonKind.MEMBER, path["member_id"])
    return one(rendering.member(left) if left else {"id": path["member_id"], "accounts": []})


def _shop(request: Request) -> str:
    return wiring.catalog().shop(request.path["shop"]).identifier


def _account(request: Request) -> Account:
    return people.account(wiring.accounts(), _shop(request), request.path["account_id"])


def _member(request: Request) -> Person:
    return people.member_of(wiring.people(), _shop(request), request.path["account_id"], request.path["member_id"])


def _asked_about(request: Request) -> tuple[str, str]:
    """An e-mail address, and what the merchant calls whoever has it, or "".

    Orders are told and changed too, so whoever asks must be let at them.
    """
    principal(request).require(Scope.ORDERS, request.path["shop"])
    body = parse(PersonBody, request.body)
    if body.email and not body.customer_id:
        return email(body.email, "email"), body.platform_id
    if body.email or not body.customer_id:
        raise Invalid("Send either an email or a customer_id.", "email")
    known = people.person(wiring.people(), _shop(request), PersonKind.CUSTOMER, body.customer_id)
    return known.email, body.platform_id


def _new(request: Request, kind: PersonKind, body: PersonChanges) -> Person:
    now = request.now
    person = Person(wiring.new_id(), _shop(request), kind, created_at=now, updated_at=now, **body.facts())
    return replace(person, password=_hashed(body), registered_by=request.operation())


def _edit(request: Request, body: PersonChanges) -> Callable[[Person], Person]:
    facts, stored = body.facts(), _hashed(body)

    def edit(person: Person) -> Person:
        changed = replace(person, **facts)
        if not body.sets_password:
            return changed
        return people.with_password(changed, body.password or "", stored, request.is_again)

    return edit


def _hashed(body: PersonChanges) -> str:
    return "" if body.password is None else hashed(body.password, os.urandom(SALT_BYTES))
