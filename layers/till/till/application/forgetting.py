"""All that a shop keeps of one person: found, told, and forgotten.

Found by the e-mail address: what was kept under another one is another person's until somebody says otherwise. An order
may say any `platform_id`, so what the merchant's customers have is a person's only where the merchant says so.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from till.application import people as known
from till.domain.anonymizing import is_over
from till.domain.order import Order, OrderStatus
from till.domain.people import PersonKind, mailbox_of
from till.domain.sale import ChargeState, PushState, Sale

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
    """All of one person; orders newest first. `shared` carts are others' too. `platform_ids` are what their orders call
    them. `own_ids`, which have the `payments`, are surely theirs: their own, those of accounts that nobody else is in,
    and what the merchant said."""

    people: tuple[Person, ...]
    accounts: tuple[Account, ...]
    orders: tuple[Order, ...]
    sales: dict[str, Sale]
    carts: tuple[Cart, ...]
    shared: tuple[Cart, ...]
    sessions: tuple[CustomerSession, ...]
    platform_ids: tuple[str, ...]
    own_ids: tuple[str, ...]
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

    def find(self, shop: str, email: str, platform_id: str = "") -> Kept:
        """All that there is. `platform_id` is what the merchant says that they call them, if anything."""
        people = tuple(filter(None, (self.people.by_email(shop, kind, email) for kind in PersonKind)))
        traces = self.traced.of(shop, email)
        orders = {one.id: one for one in traces.orders} | {
            order.id: order for one in people for order in self.orders.of_buyer(shop, one.id, _MOST_ORDERS)
        }
        carts = {one.id: one for one in traces.carts} | {
            cart.id: cart for one in people for cart in self.carts.of(shop, one.id)
        }
        accounts = tuple(self.accounts.of(shop, [of for one in people for of in one.accounts]).values())
        own_ids = self._all_theirs(shop, people, accounts) | ({platform_id} if platform_id else set())
        customers = [order.basket.customer for order in orders.values()]
        named = {one.platform_id for one in customers if one and one.platform_id}
        return Kept(
            people,
            accounts,
            tuple(sorted((one for one in orders.values() if not one.anonymized), key=lambda one: one.id, reverse=True)),
            dict(self.sales.of(shop, list(orders))),
            tuple(cart for cart in carts.values() if own_ids.issuperset(cart.owners)),
            tuple(cart for cart in carts.values() if not own_ids.issuperset(cart.owners)),
            traces.sessions,
            tuple(sorted(named)),
            tuple(sorted(own_ids)),
            tuple(payment for one in sorted(own_ids) for payment in self.payments.of(shop, one)),
        )

    def erase(self, shop: str, email: str, platform_id: str = "") -> tuple[Kept, tuple[Order, ...]]:
        """What there was, and the orders that still need a name. Raises `Conflict` where somebody is at it."""
        kept = self.find(shop, email, platform_id)
        for cart in kept.carts:
            self.carts.delete(cart)
        for cart in kept.shared:
            self.carts.save(
                left_to_others(cart, kept.own_ids, email), left=[one for one in cart.owners if one in kept.own_ids]
            )
        for session in kept.sessions:
            self.traced.forget_session(session)
        for own_id in kept.own_ids:
            self.traced.forget_customer(shop, own_id)
        needed = tuple(one for one in kept.orders if not self._forget(one, kept.sales.get(one.id)))
        # Last, and when nothing else is left, since it is by them that the rest is found.
        if not needed:
            for person in kept.people:
                self._let_go(person)
        return kept, needed

    def _all_theirs(self, shop: str, people: tuple[Person, ...], accounts: tuple[Account, ...]) -> set[str]:
        """Who they are, and the accounts that nobody else is in. ULIDs."""
        own = {one.id for one in people}
        members = {one.id: self.people.members(shop, one.id, 2, "").data for one in accounts}
        return own.union(account for account, some in members.items() if own.issuperset(one.id for one in some))

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


def left_to_others(cart: Cart, own: Container[str], email: str) -> Cart:
    """A shared cart as those have it who stay: without these owners, and without whom and where it is for if that is
    the person of this e-mail address."""
    cart = replace(
        cart,
        customers=tuple(one for one in cart.customers if one not in own),
        accounts=tuple(one for one in cart.accounts if one not in own),
    )
    if mailbox_of(cart.email) != mailbox_of(email):
        return cart
    basket = replace(cart.basket, customer=None, shipping_address=None, billing_address=None, shipping=None, taxes=None)
    groups = tuple(replace(group, address=None) for group in cart.shipping_groups)
    return replace(cart, basket=basket, contact={}, shipping_groups=groups).settled()


def may_be_forgotten(order: Order, sale: Sale | None) -> bool:
    """Is nobody's name needed any more: is it over, or paid with nothing to be sent? A platform that is still to be
    told of it takes it under its id for good, and so needs the name first."""
    is_paid = sale is not None and sale.charge is ChargeState.CAPTURED and not sale.pending
    is_told = sale is None or sale.push is not PushState.PENDING
    return is_over(order, sale) or (is_paid and is_told and not order.basket.requires_shipping)
