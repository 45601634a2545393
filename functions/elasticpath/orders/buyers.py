"""Who buys: the four forms of a checkout, and who may use each."""

from __future__ import annotations

from elasticpath.access import Caller
from elasticpath.ids import ulid_of
from elasticpath.orders.models import AccountBody, CheckoutData, CustomerBody
from till.application.checking_out import Agreed
from till.application.people import account, member_of, person
from till.domain.basket import Customer
from till.domain.errors import Forbidden
from till.domain.people import PersonKind
from till.runtime import wiring


def agreed(by: Caller, body: CheckoutData) -> Agreed:
    """What a checkout adds to its cart. Raises `Invalid`, `Forbidden`, and `NotFound` for nobody's id."""
    account_id = member_id = ""
    if body.contact is None:
        customer = _customer(by, body.customer or CustomerBody())
    else:
        customer = _named(wiring.new_id(), body.contact.name, body.contact.email)
        account_id, member_id = _account(by, body.account)
    billing = body.billing_address.address()
    return Agreed(
        customer=customer,
        billing_address=billing,
        shipping_address=body.shipping_address.address() if body.shipping_address else billing,
        order_number=body.order_number,
        external_ref=body.external_ref,
        account_id=account_id,
        member_id=member_id,
    )


def _customer(by: Caller, body: CustomerBody) -> Customer:
    if not body.id:
        return _named(wiring.new_id(), body.name, body.email)
    known = person(wiring.people(), by.shop, PersonKind.CUSTOMER, ulid_of(body.id))
    if by.customer_id not in ("", known.id):
        raise Forbidden("This token is another customer's.")
    return _named(known.id, known.name, known.email, is_guest=False)


def _account(by: Caller, body: AccountBody | None) -> tuple[str, str]:
    """The account and its member, by ULID: those of the token, or whom the merchant's own backend names."""
    if body is None:
        if not by.account_id:
            raise Forbidden("To buy for an account takes the token of its member, or data.account.")
        return by.account_id, by.member_id
    by.require_trust()
    found = account(wiring.accounts(), by.shop, ulid_of(body.id))
    member_id = ulid_of(body.member_id)
    if body.member_id:
        member_of(wiring.people(), by.shop, found.id, member_id)
    return found.id, member_id


def _named(ulid: str, name: str, email: str, is_guest: bool = True) -> Customer:
    first, _, last = name.partition(" ")
    return Customer(ulid, email, first, last, is_guest=is_guest)
