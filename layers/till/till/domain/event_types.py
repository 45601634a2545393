"""Every type of event that Till tells the outside: when it is told, and what its `detail` holds.

`docs/events` is written from this table, and the tests hold every event on the bus against it. Nobody's name, address
or e-mail address is ever in an event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a field of `detail` holds, in words for people."""

    ID = "an id of Till's"
    TEXT = "text"
    NUMBER = "the order's number, an integer"
    MINOR = "money in minor units, an integer"
    AMOUNT = "money as a decimal number in text, `12.50`"
    CURRENCY = "an ISO 4217 code"
    UNITS = "a number of units, an integer, below zero where more was sold than there was"
    COUNT = "a whole number"
    STATUS = "an HTTP status, 0 where nobody was reached"
    PUSH = "`pending`"
    CHARGE = "`pending`, `captured`, `failed` or `voided`"


@dataclass(frozen=True, slots=True)
class EventType:
    """One type: when it is told, and the fields of its `detail`; `optional` ones may be absent.

    An event that is not `of_order` has an empty `order_id` and the sequence 0.
    """

    told: str
    detail: Mapping[str, Kind] = field(default_factory=dict)
    optional: Mapping[str, Kind] = field(default_factory=dict)
    of_order: bool = True


_MONEY = {"payment": Kind.ID, "amount": Kind.AMOUNT, "currency": Kind.CURRENCY}
_ASKED = {"operation": Kind.TEXT}
_SAID = {"message": Kind.TEXT}
_ANSWERED = _ASKED | _SAID
_TOTAL = {"number": Kind.NUMBER, "total": Kind.MINOR, "currency": Kind.CURRENCY}
_TRIED = {"tries": Kind.COUNT, "status": Kind.STATUS}
_CART = {"cart_id": Kind.ID}

EVENT_TYPES: Mapping[str, EventType] = {
    # Carts, which have no order yet
    "cart.created": EventType("A cart is there.", _CART, of_order=False),
    "cart.deleted": EventType(
        "A cart was deleted, by its owner or by the merchant, or because its order was placed.", _CART, of_order=False
    ),
    "cart.expired": EventType("A cart was not used for so long that it is gone.", _CART, of_order=False),
    # Checkout sessions, and no other orders
    "checkout.initialized": EventType("A checkout session begins.", _CART),
    "checkout.in_progress": EventType("The shopper of a checkout session pays.", {"attempt": Kind.ID}),
    "checkout.succeeded": EventType("The order of a checkout session is placed.", _TOTAL),
    "checkout.failed": EventType(
        "The shopper's payment failed; the session goes on.", {"attempt": Kind.ID, "problem": Kind.TEXT}
    ),
    "checkout.cancelled": EventType("The placed order of a checkout session was cancelled.", _ASKED),
    "order.submitted": EventType(
        "The order of a checkout session is placed: told beside `checkout.succeeded`.", _TOTAL
    ),
    # Orders
    "order.placed": EventType(
        "An order is placed. Its money is authorized, and captured where `charge` says so.",
        _TOTAL | {"public_order_id": Kind.TEXT, "attempt": Kind.ID, "charge": Kind.CHARGE},
        {"push": Kind.PUSH},
    ),
    "order.cancelled": EventType("A placed order was cancelled.", _ASKED),
    "order.fulfilled": EventType("Goods were sent: a parcel, or all.", _ASKED),
    "order.capture_requested": EventType("The merchant asked for authorized money to be taken.", _ASKED),
    "order.charge_requested": EventType(
        "A failed charge is begun again, by the merchant or by a new payment.", optional=_ASKED
    ),
    "order.charged": EventType("All money of the order is taken.", optional=_ASKED),
    "order.charge_failed": EventType("Money of the order cannot be taken: somebody must look.", optional=_ANSWERED),
    "order.authorization_expiring": EventType("Money that is authorized and not taken is lost soon."),
    "order.void_requested": EventType("The merchant gave up what is authorized of a payment.", _ASKED),
    "order.void_failed": EventType("What is authorized could not be given up.", _ASKED, _SAID),
    "order.void_unanswered": EventType(
        "The gateway has not said for hours whether authorized money is given up.", _ANSWERED
    ),
    "order.refund_requested": EventType("The merchant gives money back.", _ASKED),
    "order.refunded": EventType("Money was given back.", _ASKED),
    "order.refund_failed": EventType("Money could not be given back, or not all of it.", _ASKED, _SAID),
    "order.refund_unanswered": EventType("The gateway has not said for hours whether money was given back.", _ANSWERED),
    "order.payment_requested": EventType("A new payment of a placed order is begun."),
    "order.push_requested": EventType("The merchant has the order pushed to their platform again.", _ASKED),
    "order.pushed": EventType(
        "The merchant's platform has taken the order, after so many tries, and may have said what it calls it.",
        _TRIED,
        {"reference": Kind.TEXT},
    ),
    "order.push_failed": EventType("The merchant's platform has not taken the order for days.", _TRIED),
    # Payments
    "payment.failed": EventType(
        "A payment failed before the order was placed: declined, not completed, given up for a change, or unanswered.",
        {"attempt": Kind.ID, "problem": Kind.TEXT},
    ),
    "payment.authorized": EventType("A further payment of an order that is paid in parts is authorized."),
    "payment.captured": EventType("Money was taken in the gateway's own dashboard.", _MONEY),
    "payment.refunded": EventType("Money was given back in the gateway's own dashboard.", _MONEY),
    "payment.refund_failed": EventType("A refund did not reach the customer; the gateway has the money again.", _MONEY),
    "payment.disputed": EventType("The customer disputes a payment at their bank.", {"payment": Kind.ID}),
    # Stock
    "stock.low": EventType(
        "So few units are left to sell that the shop wants to know; told once, until there are more again.",
        {"variant_id": Kind.ID, "sku": Kind.TEXT, "left": Kind.UNITS, "low_stock": Kind.COUNT},
        of_order=False,
    ),
    # Webhooks
    "webhook.test": EventType(
        "The merchant tries a webhook endpoint: told to that endpoint alone, and never on the bus.", of_order=False
    ),
}
