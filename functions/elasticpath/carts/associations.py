"""Whose a cart is: customers and accounts, who find it again wherever they sign in.

Wire format: Elastic Path's cart associations. A cart with a guest's address is nobody else's, and the other way round.
Knowing a cart's id is still enough to use it.
"""

from __future__ import annotations

from dataclasses import replace

from elasticpath.access import caller
from elasticpath.carts.routes import CART, app, change
from elasticpath.ids import ulid_of, uuid_of
from elasticpath.requests import parse_data
from till.application.idempotency import Answer
from till.domain.cart import Cart
from till.domain.errors import Forbidden, Invalid, NotFound, Refused
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Kind, Request

CUSTOMERS, ACCOUNTS = f"{CART}/relationships/customers", f"{CART}/relationships/accounts"
MOST_OWNERS = 10


@app.route("POST", CUSTOMERS, Kind.CHANGE, "Associate Cart with Customers", takes="AssociationsBody")
def associate_customers(request: Request) -> Answer:
    return _associate(request, "customer")


@app.route("DELETE", CUSTOMERS, Kind.CHANGE, "Dissociate Cart from Customers", takes="AssociationsBody")
def dissociate_customers(request: Request) -> Answer:
    return _dissociate(request, "customer")


@app.route("POST", ACCOUNTS, Kind.CHANGE, "Associate Cart with Accounts", takes="AssociationsBody")
def associate_accounts(request: Request) -> Answer:
    return _associate(request, "account")


@app.route("DELETE", ACCOUNTS, Kind.CHANGE, "Dissociate Cart from Accounts", takes="AssociationsBody")
def dissociate_accounts(request: Request) -> Answer:
    return _dissociate(request, "account")


def _associate(request: Request, kind: str) -> Answer:
    owner = _owner(request, kind)
    answer = Answer(200, {"data": [{"type": kind, "id": uuid_of(owner)}]})

    def edit(cart: Cart, _: Shop) -> Cart:
        if cart.contact:
            raise Refused(f"Unable to associate {kind}s to carts with contact emails attached.", code="cart_contact")
        if owner in _owners(cart, kind):
            return cart
        if len(cart.owners) == MOST_OWNERS:
            raise Refused(f"A cart belongs to {MOST_OWNERS} customers and accounts at most.")
        return _with_owners(cart, kind, (*_owners(cart, kind), owner))

    return change(request, edit, lambda *_: answer)


def _dissociate(request: Request, kind: str) -> Answer:
    owner = _owner(request, kind)

    def edit(cart: Cart, _: Shop) -> Cart:
        return _with_owners(cart, kind, tuple(one for one in _owners(cart, kind) if one != owner))

    return change(request, edit, lambda *_: Answer(204, {}))


def _owner(request: Request, kind: str) -> str:
    """The ULID of the one that is meant. Raises `Invalid`, `Forbidden` for whoever is not signed in as them, `NotFound`
    where the shop's backend means nobody."""
    from elasticpath.carts.models import AssociationsBody

    data = parse_data(AssociationsBody, request.body).data
    if any(one.type != kind for one in data):
        raise Invalid(f"The type does not exist or is not listed as {kind}", "data.0.type")
    if len({one.id for one in data}) > 1:
        raise Forbidden(f"Cannot associate more than one {kind}")
    owner, asks = ulid_of(data[0].id), caller(request)
    if not asks.is_trusted and owner != (asks.customer_id if kind == "customer" else asks.account_id):
        raise Forbidden(f"{kind.title()} does not have the required permissions to fulfill this request")
    if asks.is_trusted and not _exists(asks.shop, kind, owner):
        raise NotFound(f"There is no such {kind}.", "data.0.id")
    return owner


def _exists(shop: str, kind: str, owner: str) -> bool:
    from till.domain.people import PersonKind

    if kind == "customer":
        return bool(owner) and wiring.people().recall(shop, PersonKind.CUSTOMER, owner) is not None
    return bool(owner) and owner in wiring.accounts().of(shop, [owner])


def _owners(cart: Cart, kind: str) -> tuple[str, ...]:
    return cart.customers if kind == "customer" else cart.accounts


def _with_owners(cart: Cart, kind: str, owners: tuple[str, ...]) -> Cart:
    return replace(cart, customers=owners) if kind == "customer" else replace(cart, accounts=owners)
