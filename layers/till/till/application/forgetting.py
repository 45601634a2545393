"""All that a shop keeps of one person: found, told, and forgotten.

Found by the e-mail address: what was kept under another one is another person's until somebody says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from till.application import people as known
from till.domain.anonymizing import is_over
from till.domain.order import Order, OrderStatus
from till.domain.people import PersonKind
from till.domain.sale import ChargeState, Sale

if TYPE_CHECKING:
    from till.application.anonymizing import Anonymizing
    from till.application.people import Accounts, People
    from till.application.ports import Carts, Orders, Sales, SavedPayments
    from till.domain.buyer import CustomerSession
    from till.domain.cart import Cart
    from till.domain.people import Account, Person
    from till.domain.saved_payment import SavedPayment

_MOST_ORDERS = 1000


@dataclass(frozen=True, slots=True)
class Traces:
    """What stands under an e-mail address and is not over."""

    orders: tuple[Order, ...] = ()
    carts: tuple[Cart, ...] = ()
    sessions: tuple[CustomerSession, ...] = ()


class Traced(Protocol):
    """Where traces are found and wiped out. What was written a moment ago may not be found yet."""

    def of(self, shop: str, email: str) -> Traces:
        """In any case of letters."""

    def forget_session(self, session: CustomerSession) -> None:
        """What was told of a customer before they came."""

    def forget_customer(self, shop: str, platform_id: str) -> None:
        """What is kept for a customer of the merchant's: saved payments, and who they are to gateways."""


@dataclass(frozen=True, slots=True)
class Kept:
    """All of one person; orders newest first. `platform_ids` are what the merchant calls them."""

    people: tuple[Person, ...]
    accounts: tuple[Account, ...]
    orders: tuple[Order, ...]
    sales: dict[str, Sale]
    carts: tuple[Cart, ...]
    sessions: tuple[CustomerSession, ...]
    platform_ids: tuple[str, ...]
    payments: tuple[SavedPayment, ...]


@dataclass(frozen=True, slots=True)
class Forgetting:
    """`erase` may be repeated: what an earlier call did not come to, or could not do yet, a later one does."""

    people: People
    accounts: Accounts
    orders: Orders
    sales: Sales
    carts: Carts
    payments: SavedPayments
    traced: Traced
    anonymizing: Anonymizing
    now: Callable[[], int]

    def find(self, shop: str, email: str) -> Kept:
        """All that there is."""
        people = tuple(filter(None, (self.people.by_email(shop, kind, email) for kind in PersonKind)))
        traces = self.traced.of(shop, email)
        orders = {one.id: one for one in traces.orders} | {
            order.id: order for one in people for order in self.orders.of_buyer(shop, one.id, _MOST_ORDERS)
        }
        carts = {one.id: one for one in traces.carts} | {
            cart.id: cart for one in people for cart in self.carts.of(shop, one.id)
        }
        customers = [order.basket.customer for order in orders.values()]
        ids = sorted({one.platform_id for one in customers if one and one.platform_id})
        return Kept(
            people,
            tuple(self.accounts.of(shop, [of for one in people for of in one.accounts]).values()),
            tuple(sorted((one for one in orders.values() if not one.anonymized), key=lambda one: one.id, reverse=True)),
            dict(self.sales.of(shop, list(orders))),
            tuple(carts.values()),
            traces.sessions,
            tuple(ids),
            tuple(payment for one in ids for payment in self.payments.of(shop, one)),
        )

    def erase(self, shop: str, email: str) -> tuple[Kept, tuple[Order, ...]]:
        """What there was, and the orders that still need a name. Raises `Conflict` where somebody is at it."""
        kept = self.find(shop, email)
        for cart in kept.carts:
            self.carts.delete(cart)
        for session in kept.sessions:
            self.traced.forget_session(session)
        for platform_id in kept.platform_ids:
            self.traced.forget_customer(shop, platform_id)
        needed = tuple(one for one in kept.orders if not self._forget(one, kept.sales.get(one.id)))
        # Last, since it is by them that the rest is found.
        for person in kept.people:
            self._let_go(person)
        return kept, needed

    def _forget(self, order: Order, sale: Sale | None) -> bool:
        """Take the names out of an order; False where somebody still has to send it, or to be paid."""
        if order.status is OrderStatus.OPEN and not order.agreement:
            # Nobody goes on with it: it ends now.
            order = replace(order, expires_at=self.now() + 1)
        elif not may_be_forgotten(order, sale):
            return False
        self.anonymizing.anonymize([(order, sale)])
        return True

    def _let_go(self, person: Person) -> None:
        for account_id in person.accounts:
            known.leave(self.people, person.shop, account_id, person.id, self.now())
            if not self.people.members(person.shop, account_id, 1, "").data:
                for account in self.accounts.of(person.shop, [account_id]).values():
                    self.accounts.delete(account)
        if not person.accounts:
            self.people.delete(person)


def may_be_forgotten(order: Order, sale: Sale | None) -> bool:
    """Is nobody's name needed any more: is it over, or paid with nothing to be sent?"""
    is_paid = sale is not None and sale.charge is ChargeState.CAPTURED and not sale.pending
    return is_over(order, sale) or (is_paid and not order.basket.requires_shipping)
