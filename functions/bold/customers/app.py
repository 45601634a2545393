"""The customer of an order."""

from __future__ import annotations

from dataclasses import replace

from bold import wire
from bold.customers.models import CustomerBody, bad_email, email, mail_domain
from bold.errors import BOLD
from bold.storefront import ORDER, change, read, storefront
from till.application.idempotency import Answer
from till.domain.basket import Customer
from till.domain.errors import Invalid, TillError
from till.domain.order import Order
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Kind, Request
from till.runtime.validation import parse

app = storefront()
handler = app.handle

CUSTOMER = f"{ORDER}/customer"
GUEST = f"{ORDER}/customer/guest"
# Update Customer does the same. RFC 9745: since the first of January 2022.
DEPRECATED = "@1640995200"


@app.route("POST", GUEST, Kind.CHANGE, "Create Guest Customer", takes="CustomerBody")
def create_guest(request: Request) -> Answer:
    body = parse(CustomerBody, request.body)
    address = email(body.email_address, "customer_email")

    def edit(order: Order, _: Shop) -> Order:
        if order.basket.customer is not None:
            raise Invalid("There is a customer already. Delete it first, or update it.", "customer")
        guest = Customer(wiring.new_id(), address, body.first_name, body.last_name, bool(body.accepts_marketing))
        return _with(order, guest)

    return change(request, edit, _customer)


@app.route("PUT", GUEST, Kind.CHANGE, "Update Guest Customer", takes="CustomerBody")
def update_guest(request: Request) -> Answer:
    try:
        answer = _update(request, guests_only=True)
    except TillError as error:
        answer = BOLD.refuse(error)
    return replace(answer, headers={**answer.headers, "Deprecation": DEPRECATED})


@app.route("PUT", CUSTOMER, Kind.CHANGE, "Update Customer", takes="CustomerBody")
def update_customer(request: Request) -> Answer:
    return _update(request, guests_only=False)


def _update(request: Request, *, guests_only: bool) -> Answer:
    body = parse(CustomerBody, request.body)
    address = email(body.email_address, "customer_email")

    def edit(order: Order, _: Shop) -> Order:
        if order.basket.customer is None:
            raise Invalid("There is no customer yet. Create one first.", "customer")
        if guests_only and not order.basket.customer.is_guest:
            raise Invalid("This customer is not a guest. Update it by PUT /customer.", "customer")
        marketing = body.accepts_marketing
        changed = replace(order.basket.customer, email=address, first_name=body.first_name, last_name=body.last_name)
        return _with(order, changed if marketing is None else replace(changed, accepts_marketing=marketing))

    return change(request, edit, _customer)


@app.route("DELETE", CUSTOMER, Kind.CHANGE, "Delete Customer")
def delete_customer(request: Request) -> Answer:
    return change(request, lambda order, _: _with(order, None), _customer)


@app.route("GET", CUSTOMER, Kind.READ, "Get Customer")
def get_customer(request: Request) -> Answer:
    return read(request, _customer)


@app.route("GET", f"{ORDER}/validate_email_address", Kind.READ, "Validate Email Address")
def validate_email_address(request: Request) -> Answer:
    if not wiring.mail_domains().accepts_mail(mail_domain(request.query.get("email_address", ""))):
        raise bad_email()
    return Answer(200, {"data": []})


def _with(order: Order, customer: Customer | None) -> Order:
    return order.with_basket(replace(order.basket, customer=customer))


def _customer(order: Order, _: Shop) -> wire.Json:
    return {"customer": wire.customer(order.basket.customer)}
