"""How orders begin: of items, of carts that are checked out, as drafts and as checkout sessions."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING

from till.adapters.aws import client
from till.runtime import wiring
from till.runtime.settings import environment

if TYPE_CHECKING:
    from till.adapters.dynamodb.customer_sessions import DynamoDBCustomerSessions
    from till.application.checking_out import CheckingOut
    from till.application.checkout import Beginning
    from till.application.customer_sessions import Minting
    from till.application.drafting import Drafting
    from till.application.session_changes import SessionChanges
    from till.application.sessions import Sessions


@functools.cache
def beginning() -> Beginning:
    """New orders."""
    from till.application.checkout import Beginning

    ports = wiring.orders(), wiring.carts(), wiring.catalog(), wiring.address_book().rules
    return Beginning(*ports, wiring.now, wiring.new_id, os.urandom)


@functools.cache
def sessions() -> Sessions:
    """Checkout sessions."""
    from till.application.sessions import Sessions

    return Sessions(
        wiring.orders(),
        wiring.carts(),
        wiring.catalog(),
        wiring.address_book().rules,
        wiring.now,
        wiring.new_id,
        os.urandom,
    )


@functools.cache
def session_changes() -> SessionChanges:
    """Changes of checkout sessions."""
    from till.application.session_changes import SessionChanges

    return SessionChanges(sessions(), wiring.editor(), wiring.taxes())


@functools.cache
def customer_sessions() -> DynamoDBCustomerSessions:
    """What was told of customers before they came."""
    from till.adapters.dynamodb.customer_sessions import DynamoDBCustomerSessions

    names = environment()
    return DynamoDBCustomerSessions(client("dynamodb"), names.orders_table, names.idempotency_table, wiring.now)


@functools.cache
def minting() -> Minting:
    """New customer sessions."""
    from till.application.customer_sessions import Minting

    return Minting(customer_sessions(), wiring.orders(), wiring.now, os.urandom)


@functools.cache
def checking_out() -> CheckingOut:
    """Carts that become orders."""
    from till.application.checking_out import CheckingOut

    return CheckingOut(
        wiring.orders(),
        wiring.carts(),
        wiring.catalog(),
        wiring.stock(),
        wiring.discounts(),
        wiring.taxes(),
        wiring.inventory_overrides(),
        wiring.now,
        wiring.new_id,
        os.urandom,
        wiring.pause,
    )


@functools.cache
def drafting() -> Drafting:
    """Orders that are made of carts at once."""
    from till.application.drafting import Drafting

    ways = wiring.catalog(), wiring.discounts(), wiring.editor(), wiring.placing()
    return Drafting(wiring.orders(), wiring.carts(), *ways, wiring.now, wiring.new_id, os.urandom, wiring.pause)
