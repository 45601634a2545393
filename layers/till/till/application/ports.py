"""What the use cases need from the outside. Each port has one contract suite that its fake and its adapter pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from till.application.anonymizing import Whole
    from till.application.idempotency import Claim, Record
    from till.domain.attempt import Attempt
    from till.domain.basket import Basket
    from till.domain.buyer import CustomerSession
    from till.domain.cart import Cart
    from till.domain.delivery import Delivered
    from till.domain.discount import Discount
    from till.domain.event import Event
    from till.domain.gift_card import GiftCard, Movement
    from till.domain.order import Order
    from till.domain.payment import Payment, PaymentState, PendingVoid
    from till.domain.plugin import Receiver
    from till.domain.product import InventoryPolicy, Variant
    from till.domain.sale import Sale
    from till.domain.saved_payment import SavedPayment
    from till.domain.shop import Shop
    from till.domain.stock import Hold, Shortage, Sold, StockLevel, StockMove
    from till.domain.tax import TaxQuote


@dataclass(frozen=True, slots=True)
class Page[T]:
    """One page of a list; `next_cursor` is empty on the last."""

    data: tuple[T, ...]
    next_cursor: str = ""


class Orders(Protocol):
    """Orders and what belongs to them: attempts, idempotency records, events, voids to come.

    Every write is conditional on the version that was read and raises `Conflict` when another was first.
    """

    def get(self, shop: str, order_id: str) -> Order | None:
        """One consistent read. `order_id` is the ULID or the public id, which must match in whole."""

    def get_with_record(self, shop: str, order_id: str, record_id: str) -> tuple[Order | None, Record | None]:
        """The order and the idempotency record (unless expired) in one consistent read."""

    def record(self, shop: str, record_id: str) -> Record | None:
        """The idempotency record, unless expired."""

    def create(self, order: Order, record: Record | None = None, events: Sequence[Event] = ()) -> Order:
        """Store a new order, with its record and its events in the same transaction."""

    def check_out(self, order: Order, cart: Cart, record: Record | None = None) -> Order:
        """Store the order that was made of a cart, for all its buyers to find, if the cart is as it was read; with its
        record in the same transaction."""

    def of_buyer(self, shop: str, buyer_id: str, limit: int) -> Sequence[Order]:
        """Orders that a customer or an account checked out, newest first. Consistent reads."""

    def save(self, order: Order, record: Record | None = None) -> Order:
        """Store a changed order, with its record in the same transaction; returns it with its new version."""

    def get_with_attempt(self, shop: str, order_id: str, attempt_id: str) -> tuple[Order, Attempt]:
        """Both in one consistent read. Raises `NotFound`."""

    def attempt(self, shop: str, order_id: str, attempt_id: str) -> Attempt | None:
        """One consistent read."""

    def begin(
        self, order: Order, attempt: Attempt, record: Record | None = None, events: Sequence[Event] = ()
    ) -> tuple[Order, Attempt]:
        """One transaction: a changed order, a new or continued attempt (version 0 is new), and the order's events."""

    def save_attempt(self, attempt: Attempt) -> Attempt:
        """Store a changed attempt; returns it with its new version."""

    def move(
        self, order: Order, attempt: Attempt, voids: Sequence[PendingVoid] = (), events: Sequence[Event] = ()
    ) -> tuple[Order, Attempt]:
        """One transaction: parked or reopened order, its attempt, the voids that are still to be done, and the order's
        events."""

    def place(
        self, order: Order, attempt: Attempt, sale: Sale, events: Sequence[Event], now: int
    ) -> tuple[Order, Attempt]:
        """The commit, one transaction: order placed, attempt placed, what it holds claimed, its sale begun, events in
        the outbox, payments that the shopper wants to use again saved.

        Raises `Conflict` where the order or the attempt moved, `HoldLost` where the hold is no longer active.
        """

    def rewrite(self, wholes: Sequence[Whole]) -> list[Whole]:
        """Several orders with their sales and attempts in one transaction; returns them with their new versions. Raises
        `Refused` for more than one transaction takes."""

    def next_number(self, shop: str) -> int:
        """The next order number; gaps are allowed, repeats are not."""

    def placed(self, shop: str, since: int, limit: int, cursor: str) -> Page[Order]:
        """Orders that were submitted, or checked out to be paid later; newest first, back to `since` (Unix seconds)."""

    def attempts(self, shop: str, order_id: str) -> Sequence[Attempt]:
        """All attempts of an order, oldest first."""

    def due_attempts(self, now: int, limit: int) -> Sequence[Attempt]:
        """Attempts that are not final and whose `due_at` has come."""

    def due_voids(self, now: int, limit: int) -> Sequence[PendingVoid]:
        """Voids whose `due_at` has come."""

    def save_void(self, void: PendingVoid) -> None:
        """Store the void's next try."""

    def delete_void(self, void: PendingVoid) -> None:
        """It is done."""

    def due_events(self, now: int, limit: int) -> Sequence[Event]:
        """Events in the outbox that were not published in time."""

    def published(self, event: Event) -> None:
        """Mark an event as published. Twice is once."""


class Sales(Protocol):
    """What became of orders that are placed. Every write is conditional on the version that was read.

    A write raises `Conflict` when another was first.
    """

    def get(self, shop: str, order_id: str) -> tuple[Order, Sale]:
        """Both, each read consistently, but not at one moment. Raises `NotFound` for an order that was never placed."""

    def of(self, shop: str, order_ids: Sequence[str]) -> Mapping[str, Sale]:
        """By the orders' ULIDs; orders that were never placed are missing. Consistent reads, 100 a round trip."""

    def needing_help(self, shop: str, limit: int, cursor: str) -> Page[Sale]:
        """Sales whose money cannot be taken, or of which nobody answers; latest orders first, a moment old. A page may
        be short, or empty, and go on."""

    def failed_pushes(self, shop: str, limit: int, cursor: str) -> Page[Sale]:
        """Sales that their platform was not told of, in the same way."""

    def backlog(self) -> Mapping[str, int]:
        """How many sales of all shops are late, by what is late: `charge` and `push`. A moment old, and at
        least so many: of thousands not all are counted."""

    def save(self, sale: Sale, events: Sequence[Event] = ()) -> Sale:
        """Store a changed sale, with its events in the outbox; returns it with its new version."""

    def save_with_order(self, order: Order, sale: Sale, events: Sequence[Event]) -> tuple[Order, Sale]:
        """The same, with its order in the one transaction: for what is to be carried out. Raises `Invalid` where its
        answers would find no room any more."""


class SavedPayments(Protocol):
    """Ways to pay that customers may use again. An order that is placed saves them."""

    def of(self, shop: str, customer: str) -> Sequence[SavedPayment]:
        """The customer's, by the merchant's id; at most 50."""

    def forget(self, shop: str, customer: str, payment_id: str) -> None:
        """Delete one. What is not there, or another customer's, is left as it is."""


class Carts(Protocol):
    """Carts of any dialect. An expired cart is none. Every write is conditional on what was read: the version, and that
    it is no later cart of the same id; it raises `Conflict` when another was first."""

    def get(self, shop: str, cart_id: str) -> Cart | None:
        """One consistent read, by its id."""

    def get_with_record(self, shop: str, cart_id: str, record_id: str) -> tuple[Cart | None, Record | None]:
        """The cart and the idempotency record (unless expired) in one consistent read."""

    def save(
        self, cart: Cart, record: Record | None = None, left: Sequence[str] = (), gone: Cart | None = None
    ) -> Cart:
        """Store a new or changed cart, with its record in the same transaction; returns it with its new version. It is
        found by its owners, and no longer by those who `left` (ULIDs). What went into it is `gone` with the same
        transaction."""

    def delete(self, cart: Cart, record: Record | None = None) -> None:
        """Delete a stored cart, with the record of that in the same transaction."""

    def of(self, shop: str, owner: str) -> Sequence[Cart]:
        """The carts of a customer or an account (ULID), at most 1,000, the last changed first."""

    def shop_of_template(self, cart_id: str) -> str:
        """The shop whose template, or whose session's live cart, has this id, or "". It is nobody else's."""


class CustomerSessions(Protocol):
    """What was told of customers before they came. An expired one is none."""

    def add(self, session: CustomerSession, record: Record | None = None) -> None:
        """Store a new one, with its record in the same transaction. Raises `Conflict` where the record was first."""

    def get(self, shop: str, session_id: str) -> CustomerSession | None:
        """One consistent read."""


class Catalog(Protocol):
    """Shops, products and variants as a checkout reads them. Reads may be up to 30 s old unless `fresh`."""

    def shop(self, identifier: str, fresh: bool = False) -> Shop:
        """The shop. Raises `NotFound`."""

    def variants(self, shop: str, ids: Iterable[str], fresh: bool = False) -> Mapping[str, Variant]:
        """Variants by id; unknown ids are missing. One round trip per 100."""

    def variants_by_platform_id(self, shop: str, platform_ids: Iterable[str]) -> Mapping[str, Variant]:
        """Variants by the merchant's id."""

    def variants_by_sku(self, shop: str, skus: Iterable[str]) -> Mapping[str, Variant]:
        """Variants by SKU."""

    def variants_by_number(self, shop: str, numbers: Iterable[int]) -> Mapping[int, Variant]:
        """Variants by their small integer."""


class Discounts(Protocol):
    """The shop's discount codes."""

    def by_code(self, shop: str, codes: Iterable[str]) -> Mapping[str, Discount]:
        """Those that exist, by the code as it was asked for; compared without case. One round trip, never old."""


class GiftCards(Protocol):
    """The shop's gift cards, by id and by the digest of a code. Reads are consistent; what they are worth is stock."""

    def add(self, card: GiftCard, digest: str, loaded: Movement) -> None:
        """Store a new card with its money on it; a card that is there gets the code besides.

        Raises `Refused` where the code is another card's.
        """

    def of(self, shop: str, card_ids: Iterable[str]) -> Mapping[str, GiftCard]:
        """By id; unknown ids are missing."""

    def by_digest(self, shop: str, digest: str) -> GiftCard | None:
        """The card with the code of that digest. A miss takes as many reads as a hit."""

    def list(self, shop: str, limit: int, cursor: str) -> Page[GiftCard]:
        """Oldest first."""

    def save(self, card: GiftCard) -> GiftCard:
        """Conditional on its version; raises `Conflict`."""

    def adjust(self, card: GiftCard, movement: Movement, claim: Claim) -> None:
        """Move money, once for a claim. Raises `Refused` below zero, and above what one card may hold."""

    def give_back(self, shop: str, card_id: str, movement: Movement) -> None:
        """Put spent money back on the card, once for the movement's id."""

    def movements(self, shop: str, card_id: str, limit: int, cursor: str) -> Page[Movement]:
        """What moved the card's money, oldest first."""


class Stock(Protocol):
    """Stock by variant, and all else that runs out: a part of a hold is kept like a variant, under its own id.

    Every write is conditional; nothing is read and then written blindly.
    """

    def hold(self, hold: Hold, now: int) -> Sequence[Shortage]:
        """Hold all parts or none. Again for the same attempt: keeps what it has until `hold.expires_at`.

        Expired holds of others are freed when they are in the way. Raises `HoldLost` where the attempt's own hold
        was released or has expired.
        """

    def get_hold(self, shop: str, attempt_id: str) -> Hold | None:
        """The header."""

    def free_for(self, shop: str, part: str, attempt_id: str, now: int) -> int:
        """How much of a part the attempt could hold now: all but what others still keep. Consistent reads."""

    def release(self, shop: str, attempt_id: str) -> bool:
        """Give the units back. True if this call or an earlier one did; False where there is none, or it is sold.

        Where there is none yet, the attempt can make none any more."""

    def settle(self, shop: str, attempt_id: str, sold: Sold | None = None) -> None:
        """Move the parts of a claimed or released hold to where they belong. Twice is once. `sold` is told the numbers
        of what was sold; where it raises, the hold is not settled yet."""

    def mark_low(self, shop: str, variant_id: str, attempt_id: str) -> bool:
        """That it was told low of, by the sale of that attempt; "" for no more. False where another's was first."""

    def sweep(self, now: int, limit: int) -> int:
        """Release expired holds and settle what was left unsettled; how many."""

    def move(self, shop: str, move: StockMove) -> None:
        """Give back, ship or restock what was sold, all parts, once for the move's id."""

    def levels(self, shop: str, variant_ids: Iterable[str]) -> Mapping[str, StockLevel]:
        """Numbers by variant id."""

    def set_on_hand(self, shop: str, variant_id: str, on_hand: int) -> StockLevel:
        """What was counted."""

    def count(self, shop: str, counts: Mapping[str, int]) -> None:
        """`set_on_hand` for many variants in few round trips."""

    def adjust(self, shop: str, variant_id: str, by: int, claim: Claim | None = None) -> StockLevel:
        """More or less, once for a claim. Raises `Refused` where on_hand would fall below zero."""

    def set_policies(self, shop: str, policies: Mapping[str, InventoryPolicy]) -> None:
        """May each variant be sold below zero? Creates what is not there, with nothing on hand."""


@dataclass(frozen=True, slots=True)
class Repaid:
    """What became of a new payment: AUTHORIZED, DECLINED, REQUIRES_ACTION with a client secret, or UNKNOWN."""

    state: PaymentState
    message: str = ""
    client_secret: str = ""


class Workflow(Protocol):
    """The order workflow."""

    def start(self, attempt: Attempt) -> None:
        """Start the attempt's run. The same run again is no second one. Raises `Busy` where nobody can tell."""

    def undo(self, attempt: Attempt) -> None:
        """Undo the attempt and wait for it. Raises `Locked` where that takes too long."""

    def repay(self, shop: str, order_id: str, payment: Payment, counted: Sequence[str]) -> Repaid:
        """Have a placed order paid another way. Raises as `Repaying.pay` does, and `Locked` where it takes too long."""

    def pay(self, shop: str, order_id: str, payment: Payment, counted: Sequence[str]) -> Repaid:
        """Have one more part of a placed order paid. Raises as `Repaying.pay_part` does, and as `repay`."""

    def give_up(self, shop: str, order_id: str, payment_id: str) -> None:
        """Give up a part that is not answered yet. Raises `Locked` where that is not certain."""

    def settle(self, sale: Sale) -> None:
        """Carry out what a sale still has to do, and wait for it; what takes too long goes on by itself."""


class Fulfilment(Protocol):
    """The fulfilment workflow, which carries out what placed orders leave to do."""

    def start(self, event: Event) -> None:
        """Start the execution of an event. The same event again is no second one. Raises `Busy` where it cannot be."""


class MailDomains(Protocol):
    """Domains of email addresses."""

    def accepts_mail(self, domain: str) -> bool:
        """False only where it is certain that no mail is taken: what cannot be found out never stops a sale."""


class Taxes(Protocol):
    """Who knows the tax of a basket."""

    def quote(self, basket: Basket, shop: Shop) -> TaxQuote:
        """Taxes to be stored as they are given."""


class InventoryOverrides(Protocol):
    """Who knows better than the shop's own stock what of an order can be sold."""

    def available(self, order: Order, shop: Shop, stage: str) -> Mapping[str, int]:
        """Units by variant id, of the variants that the override speaks for; nothing where there is no override.

        `stage` is initial, or final when the order is processed. Raises `Refused` where it could not be asked.
        """


class NoAnswerError(Exception):
    """A service of the merchant's gave no answer that can be read. Nothing was learned, not even whether it heard."""


class Outbound(Protocol):
    """The merchant's own services: who they are is what a merchant registered, and so may be anybody."""

    def check(self, url: str, field: str) -> None:
        """Raises `Invalid`, naming the field, for a URL that is never called."""

    def secret(self, shop: str, receiver: Receiver) -> str:
        """What the receiver checks our signatures with: "whsec_" and base64. Derived, and stored nowhere."""

    def call(self, shop: str, receiver: Receiver, body: Mapping[str, object], key: str = "") -> Mapping[str, Any]:
        """Send a signed JSON object and read one. The same `key` is the same message. Raises `NoAnswerError`."""

    def deliver(
        self, shop: str, receiver: Receiver, body: Mapping[str, object], key: str, previous_version: int = 0
    ) -> Delivered:
        """Send a signed JSON object under the message id `key`, and say what came of it: nothing is raised for what the
        other side does. Any 2xx is success; status 0 is nobody reached, and why. It waits at most 20 seconds, and
        keeps at most 1 kB of the answer. With `previous_version`, that secret signs, too."""
