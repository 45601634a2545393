"""Customers of the shop, as they sign in at a CoCart storefront."""

from __future__ import annotations

import base64
import os
from typing import Any

from tests.integration.cocart.storefront import Shopper, good
from tests.integration.deployment import Deployment
from till.application import people
from till.domain.password import SALT_BYTES, hashed
from till.domain.people import Person, PersonKind
from till.runtime import wiring

PASSWORD = "correct horse battery"


def a_customer_of_the_shop(email: str = "jane@example.com", name: str = "Jane Roe", **facts: Any) -> Person:
    """Registered with a password, as by any dialect."""
    now, stored = wiring.now(), hashed(PASSWORD, os.urandom(SALT_BYTES))
    person = Person(wiring.new_id(), "acme", PersonKind.CUSTOMER, email, name, now, now, password=stored, **facts)
    return people.register(wiring.people(), person)


def basic(email: str = "jane@example.com", password: str = PASSWORD) -> str:
    """The header Authorization."""
    return f"Basic {base64.b64encode(f'{email}:{password}'.encode()).decode()}"


def signed_in(till: Deployment, email: str = "jane@example.com", key: str = "") -> Shopper:
    """The customer by their token, perhaps with the key of a cart from before."""
    said = good(Shopper(till, key).call("POST", "login", {"username": email, "password": PASSWORD}))
    return Shopper(till, authorization=f"Bearer {said['extras']['jwt_token']}")
