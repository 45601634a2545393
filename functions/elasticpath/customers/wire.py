"""Customers and tokens on the wire.

Wire format: Elastic Path's customer management (`expires` of a customer's token is Unix seconds) and account member
tokens (there it is a date).
"""

from __future__ import annotations

from elasticpath.ids import uuid_of
from elasticpath.money import Json
from elasticpath.timestamps import timestamp
from till.domain.people import Account, Person
from till.runtime import access


def customer(person: Person) -> Json:
    """A customer. `password` says whether there is one."""
    return {
        "type": "customer",
        "id": uuid_of(person.id),
        "name": person.name,
        "email": person.email,
        "external_ref": person.external_ref or None,
        "password": bool(person.password),
        "meta": {
            "timestamps": {"created_at": timestamp(person.created_at), "updated_at": timestamp(person.updated_at)}
        },
    }


def customer_token(person: Person, token: str, token_id: str, now: int) -> Json:
    """A customer's token."""
    return {
        "type": "token",
        "id": uuid_of(token_id),
        "customer_id": uuid_of(person.id),
        "token": token,
        "expires": now + access.LIVES[access.CUSTOMER],
    }


def member_token(account: Account, token: str, now: int) -> Json:
    """A member's token for one account."""
    return {
        "type": "account_management_authentication_token",
        "account_id": uuid_of(account.id),
        "account_name": account.name,
        "token": token,
        "expires": timestamp(now + access.LIVES[access.MEMBER]),
    }
