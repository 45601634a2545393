"""Orders in which nobody's name is any more: what was bought, paid and sent stays, who it was does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from till.domain.address import FIELDS, Address
from till.domain.agreement import Agreement
from till.domain.attempt import Attempt
from till.domain.basket import Basket
from till.domain.event import TimelineEntry
from till.domain.notes import NO_NOTES
from till.domain.order import Order, OrderStatus
from till.domain.payment import Payment
from till.domain.sale import PushState, Sale

GONE = "**"
# How a card or a gift card is shown, in the history of an attempt; what a platform answered, in that of a sale.
_SHOWN = ("last_characters", "answer")


def is_over(order: Order, sale: Sale | None) -> bool:
    """Is nobody's name needed any more: was it sent, cancelled, or all its money given back, and is no platform still
    to be told?"""
    if sale is not None and sale.push is PushState.PENDING:
        return False
    if order.status in (OrderStatus.FULFILLED, OrderStatus.CANCELLED):
        return True
    return sale is not None and 0 < sale.total_captured <= sale.total_refunded


def anonymous_order(order: Order, now: int) -> Order:
    """The order without names, addresses, notes, and how its cards are shown. Twice is once."""
    return replace(
        order,
        basket=_basket(order.basket),
        payments=tuple(map(_payment, order.payments)),
        notes=NO_NOTES,
        resumable_link="",
        unfinished_address=_address(order.unfinished_address),
        agreement=order.agreement and _agreement(order.agreement),
        anonymized=True,
    ).touched(now)


def anonymous_sale(sale: Sale) -> Sale:
    """The sale without how its cards are shown, what clients call its payments, what the merchant noted, and what a
    platform said of it."""
    payments, timeline = tuple(map(_payment, sale.payments)), _unshown_in(sale.timeline)
    return replace(sale, payments=payments, timeline=timeline, note="", tags=())


def anonymous_attempt(attempt: Attempt) -> Attempt:
    """The same of an attempt."""
    return replace(attempt, timeline=_unshown_in(attempt.timeline))


def _basket(basket: Basket) -> Basket:
    customer = basket.customer
    return replace(
        basket,
        customer=customer
        and replace(customer, email=GONE, first_name=GONE, last_name="", platform_id="", saved_addresses=()),
        shipping_address=_address(basket.shipping_address),
        billing_address=_address(basket.billing_address),
        lines=tuple(replace(line, properties=dict.fromkeys(line.properties, GONE)) for line in basket.lines),
    )


def _agreement(agreement: Agreement) -> Agreement:
    """Clients choose the ids of carts."""
    groups = tuple(replace(group, address=_address(group.address)) for group in agreement.shipping_groups)
    return replace(agreement, cart_id="", shipping_groups=groups)


def _address(address: Address | None) -> Address | None:
    return address and Address(**{name: GONE if getattr(address, name) else "" for name in FIELDS})


def _payment(payment: Payment) -> Payment:
    return replace(
        payment,
        display_string=GONE if payment.display_string else "",
        custom_reference=GONE if payment.custom_reference else "",
    )


def _unshown_in(timeline: Sequence[TimelineEntry]) -> tuple[TimelineEntry, ...]:
    return tuple(replace(one, detail=_unshown(one.detail)) for one in timeline)


def _unshown(detail: Mapping[str, str]) -> Mapping[str, str]:
    return {name: GONE if name in _SHOWN else value for name, value in detail.items()}
