"""How often somebody may ask for what costs or tells something: so many times in so many seconds.

What is counted is who asks: an order, an address, a token, or the shop as a whole; of each only a digest is kept.
Requests are counted before they are answered, but of payments only those that a gateway declined, by whom it told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from till.domain.errors import Invalid, TooMany

if TYPE_CHECKING:
    from till.domain.order import Order
    from till.domain.shop import Shop


@dataclass(frozen=True, slots=True)
class Limit:
    """So many times in so many seconds."""

    most: int
    seconds: int


# A shop's settings may name another number for each; 0 is without limit.
LIMITS: Mapping[str, Limit] = {
    # Payments that a gateway declined: who tries stolen cards has many of them.
    "declines_per_order": Limit(5, 3600),
    "declines_per_address": Limit(10, 600),
    "declines_per_token": Limit(10, 600),
    "declines_per_shop": Limit(500, 600),
    # Codes of discounts and gift cards, be they good or not: nobody has many of them.
    "codes_per_order": Limit(10, 60),
    "codes_per_address": Limit(10, 60),
    # Attempts to place an order, each of which may hold stock.
    "holds_per_order": Limit(20, 3600),
    "holds_per_address": Limit(30, 600),
    # Passwords, each a fifth of a second of work. Some storefronts send one with every request. A customer is counted
    # together with the address, so that nobody can keep them out from elsewhere.
    "sign_ins_per_customer": Limit(60, 600),
    "sign_ins_per_address": Limit(200, 600),
    "registrations_per_address": Limit(30, 600),
    # Checkouts that begin on the checkout page. A room full of shoppers may share an address.
    "sessions_per_address": Limit(120, 600),
}
# With which a public id begins: whichever of the two an order is asked for by, it is one order.
_ULID_LENGTH = 26
LOCKED_FACT = "DeclinesLocked"
_TOO_OFTEN = "That was asked too often. Try again later."
_DECLINED = "Too many payments were declined. Try again later."


@dataclass(frozen=True, slots=True)
class Asker:
    """Where somebody asks from, and with which token. What is empty is not counted: a merchant's backend asks for many
    shoppers, and has neither."""

    address: str = ""
    token: str = ""

    @property
    def place(self) -> str:
        """The address; of IPv6 its network, since whoever has one address has all of that."""
        if ":" not in self.address:
            return self.address
        # Loaded for those few.
        from ipaddress import IPv6Address, IPv6Network

        known = IPv6Address(self.address)
        return str(known.ipv4_mapped or IPv6Network((int(known), 64), strict=False))


BACKEND = Asker()


class Counters(Protocol):
    """Counts that end by themselves."""

    def add(self, shop: str, counter: str, ends_at: int) -> int:
        """One more, and how many that makes; one write. `ends_at` in Unix seconds."""

    def of(self, shop: str, counters: Sequence[str]) -> Mapping[str, int]:
        """How many each makes, those that make none left out; one consistent read of at most 100."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Counts in windows that begin at multiples of their length. `now` in Unix seconds; `count` is told facts that an
    alarm watches."""

    counters: Counters
    now: Callable[[], int]
    count: Callable[[str, int], None]

    def spend(self, shop: Shop, limit: str, who: str) -> None:
        """Count one of `who`. Raises `TooMany` above what the shop takes."""
        most = _most(shop, limit)
        if who and most and self._add(shop.identifier, _counter(shop, limit, who)) > most:
            raise self._too_many(limit, _TOO_OFTEN)

    def spend_code(self, shop: Shop, order_id: str, asker: Asker) -> None:
        """Count one try of a code, before anybody looks whether it is good. Raises `TooMany`."""
        self.spend(shop, "codes_per_order", order_id)
        self.spend(shop, "codes_per_address", asker.place)

    def spend_sign_in(self, shop: Shop, email: str, asker: Asker) -> None:
        """Count one try of a password. Raises `TooMany`. Who has no address is not counted: anybody could keep a
        customer out of what a backend signs them in to."""
        who = f"{email.strip().casefold()} {asker.place}" if asker.place else ""
        self.spend(shop, "sign_ins_per_customer", who)
        self.spend(shop, "sign_ins_per_address", asker.place)

    def begun(self, shop: Shop, order: Order, asker: Asker) -> tuple[Order, tuple[str, ...]]:
        """The order with one more attempt to its name, and as `counted`. Raises `TooMany`.

        How often an order was tried stands in the order itself, which is written with each attempt anyway.
        """
        window, held = self.now() // LIMITS["holds_per_order"].seconds, 0
        if order.holds[0] == window:
            held = order.holds[1]
        if 0 < _most(shop, "holds_per_order") <= held:
            raise self._too_many("holds_per_order", _TOO_OFTEN)
        counted = self.undeclined(shop, order.id, asker)
        self.spend(shop, "holds_per_address", asker.place)
        return replace(order, holds=(window, held + 1)), counted

    def undeclined(self, shop: Shop, order_id: str, asker: Asker) -> tuple[str, ...]:
        """As `counted`. Raises `TooMany` where too many payments were declined, which is counted as a fact."""
        counted = self.counted(shop, order_id, asker)
        windows = {self._in_window(counter): _limit(counter) for counter in counted}
        found = self.counters.of(shop.identifier, tuple(windows)) if windows else {}
        full = [windows[one] for one, times in found.items() if times >= _most(shop, windows[one])]
        if full:
            self.count(LOCKED_FACT, 1)
            raise self._too_many(max(full, key=self._left), _DECLINED)
        return counted

    def counted(self, shop: Shop, order_id: str, asker: Asker) -> tuple[str, ...]:
        """What `declined` is to count where a payment of the order is declined."""
        who = {
            "declines_per_order": order_id[:_ULID_LENGTH],
            "declines_per_address": asker.place,
            "declines_per_token": asker.token,
            "declines_per_shop": shop.identifier,
        }
        return tuple(_counter(shop, limit, one) for limit, one in who.items() if one and _most(shop, limit))

    def declined(self, shop: str, counted: Iterable[str]) -> None:
        """A gateway declined a payment."""
        for counter in counted:
            self._add(shop, counter)

    def _add(self, shop: str, counter: str) -> int:
        return self.counters.add(shop, self._in_window(counter), self.now() + self._left(_limit(counter)))

    def _in_window(self, counter: str) -> str:
        return f"{counter}#{self.now() // LIMITS[_limit(counter)].seconds}"

    def _left(self, limit: str) -> int:
        """Seconds until the window ends."""
        seconds = LIMITS[limit].seconds
        return seconds - self.now() % seconds

    def _too_many(self, limit: str, message: str) -> TooMany:
        return TooMany(message, retry_after=self._left(limit))


def check_limits(chosen: Iterable[str]) -> None:
    """Raises `Invalid` for what is no limit."""
    for name in chosen:
        if name not in LIMITS:
            raise Invalid(f"There is no such limit. There are: {', '.join(LIMITS)}.", f"settings.limits.{name}")


def _most(shop: Shop, limit: str) -> int:
    return shop.settings.limits.get(limit, LIMITS[limit].most)


def _counter(shop: Shop, limit: str, who: str) -> str:
    """Under which somebody is counted. Nobody can be found by it who is not known already."""
    return f"{limit}#{hashlib.sha256(f'{shop.identifier}:{limit}:{who}'.encode()).hexdigest()[:32]}"


def _limit(counter: str) -> str:
    return counter.partition("#")[0]
