"""Customers, accounts and members as the merchant reads them: never their passwords. Times are Unix seconds."""

from __future__ import annotations

from merchant.wire import Json
from till.domain.people import Account, Person


def customer(person: Person) -> Json:
    """A customer."""
    return _person(person) | {"external_ref": person.external_ref}


def member(person: Person) -> Json:
    """A member of accounts."""
    return _person(person) | {"accounts": list(person.accounts)}


def account(value: Account) -> Json:
    """An account."""
    return {
        "id": value.id,
        "name": value.name,
        "legal_name": value.legal_name,
        "registration_id": value.registration_id,
        "external_ref": value.external_ref,
        "created_at": value.created_at,
        "updated_at": value.updated_at,
    }


def _person(value: Person) -> Json:
    return {
        "id": value.id,
        "email": value.email,
        "name": value.name,
        "has_password": bool(value.password),
        "created_at": value.created_at,
        "updated_at": value.updated_at,
    }
