"""Customers, and tokens for them and for members of accounts."""

from __future__ import annotations

import os
from dataclasses import replace

from elasticpath.access import Caller, asker, caller
from elasticpath.customers import wire
from elasticpath.ids import ulid_of, uuid_of
from elasticpath.pages import page
from elasticpath.requests import parse_data
from elasticpath.storefront import elasticpath
from till.application import people
from till.application.idempotency import Answer
from till.domain.errors import Forbidden, NotFound
from till.domain.password import SALT_BYTES, hashed
from till.domain.people import Account, Person, PersonKind
from till.runtime import access, wiring
from till.runtime.app import Kind, Request

app = elasticpath()
handler = app.handle

CUSTOMERS = "/v2/customers"
CUSTOMER = f"{CUSTOMERS}/{{customer_id}}"


@app.route("POST", CUSTOMERS, Kind.CALL, "Create Customer", takes="CustomerBody")
def create_customer(request: Request) -> Answer:
    from elasticpath.customers.models import CustomerBody

    body, shop = parse_data(CustomerBody, request.body), caller(request).shop
    now = request.now
    new = Person(wiring.new_id(), shop, PersonKind.CUSTOMER, created_at=now, updated_at=now, **body.facts())
    new = replace(new, password=_hashed(body.data.password), registered_by=request.operation())
    customer = people.register(wiring.people(), new)
    return Answer(201, {"data": wire.customer(customer)})


@app.route("GET", CUSTOMERS, Kind.READ, "List Customers")
def list_customers(request: Request) -> Answer:
    from elasticpath.customers.listing import found

    who = caller(request)
    who.require_trust()
    customers, more = page(request, found(request, who.shop))
    return Answer(200, {"data": [wire.customer(one) for one in customers], **more})


@app.route("GET", CUSTOMER, Kind.READ, "Get Customer")
def get_customer(request: Request) -> Answer:
    who = caller(request)
    customer = people.person(wiring.people(), who.shop, PersonKind.CUSTOMER, _own(request, who))
    return Answer(200, {"data": wire.customer(customer)})


@app.route("PUT", CUSTOMER, Kind.CALL, "Update Customer", takes="CustomerChangesBody")
def update_customer(request: Request) -> Answer:
    from elasticpath.customers.models import CustomerChangesBody

    who = caller(request)
    customer_id, body = _own(request, who), parse_data(CustomerChangesBody, request.body)
    facts = body.facts()
    stored = _hashed(body.data.password)

    def edit(customer: Person) -> Person:
        changed = replace(customer, **facts)
        given = body.data.password or ""
        return people.with_password(changed, given, stored, request.is_again) if stored else changed

    customer = people.change(wiring.people(), who.shop, PersonKind.CUSTOMER, customer_id, edit, request.now)
    return Answer(200, {"data": wire.customer(customer)})


@app.route("DELETE", CUSTOMER, Kind.CALL, "Delete Customer")
def delete_customer(request: Request) -> Answer:
    who = caller(request)
    who.require_trust()
    with request.deleting():
        people.delete(wiring.people(), who.shop, PersonKind.CUSTOMER, _own(request, who))
    return Answer(204, {})


@app.route("POST", f"{CUSTOMERS}/tokens", Kind.READ, "Create Customer Token", takes="SignInBody")
def create_customer_token(request: Request) -> Answer:
    from elasticpath.customers.models import SignInBody

    sent = parse_data(SignInBody, request.body).data
    shop = _tried(request, sent.email)
    customer = people.sign_in(wiring.people(), shop, PersonKind.CUSTOMER, sent.email, sent.password)
    token = access.issue(access.CUSTOMER, _claims(customer), request.now)
    return Answer(200, {"data": wire.customer_token(customer, token, wiring.new_id(), request.now)})


@app.route("POST", "/v2/account-members/tokens", Kind.READ, "Create Account Member Token", takes="MemberSignInBody")
def create_account_member_token(request: Request) -> Answer:
    from elasticpath.customers.models import MemberSignInBody

    sent = parse_data(MemberSignInBody, request.body).data
    shop = _tried(request, sent.username)
    member = people.sign_in(wiring.people(), shop, PersonKind.MEMBER, sent.username, sent.password)
    accounts, more = page(request, _accounts(member))
    tokens = [
        wire.member_token(account, access.issue(access.MEMBER, _claims(member, account), request.now), request.now)
        for account in accounts
    ]
    meta = more["meta"] | {"account_member_id": uuid_of(member.id)}
    return Answer(201, {"data": tokens, **more, "meta": meta})


def _tried(request: Request, email: str) -> str:
    """The shop, which counts every try of a password."""
    by = caller(request)
    wiring.limits().spend_sign_in(wiring.catalog().shop(by.shop), email, asker(request, by))
    return by.shop


def _accounts(member: Person) -> list[Account]:
    found = wiring.accounts().of(member.shop, member.accounts)
    return [found[account_id] for account_id in member.accounts if account_id in found]


def _own(request: Request, who: Caller) -> str:
    """The customer of the path, by ULID: the merchant's backend may name any, a customer themselves."""
    customer_id = ulid_of(request.path["customer_id"])
    if not who.is_trusted and not who.customer_id:
        raise Forbidden("This takes the customer's token, or an access token of the grant client_credentials.")
    if not who.is_trusted and customer_id != who.customer_id:
        raise NotFound("There is no such customer.", "customer_id")
    return customer_id


def _claims(person: Person, account: Account | None = None) -> dict[str, str]:
    said = {"shop": person.shop, "person": person.id, "sign_in": str(person.sign_in)}
    return said | ({"account": account.id} if account else {})


def _hashed(password: str | None) -> str:
    return "" if password is None else hashed(password, os.urandom(SALT_BYTES), "data.password")
