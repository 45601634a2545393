"""The steps of the order workflow: pre-process, check inventory, authorize, process.

Each step takes ids, finds its effect done when it is repeated, and says where the run goes next. All that can fail
for our own reasons comes before money moves; authorize comes last before the commit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from till.application.authorizing import DECLINED, Authorizing
from till.application.discounts import recheck
from till.application.gateways import Gateways
from till.application.gift_cards import no_longer_good
from till.application.inventory import INVENTORY_UNKNOWN, overridden
from till.application.limits import Limits
from till.application.ports import Catalog, Discounts, GiftCards, InventoryOverrides, Orders, Stock, Taxes
from till.domain import charging, session_events
from till.domain.attempt import Attempt, AttemptState, Goal
from till.domain.basket import Basket
from till.domain.discount import gone
from till.domain.errors import HoldLost, Problem, Refused
from till.domain.event import Event, TimelineEntry
from till.domain.money import to_decimal
from till.domain.order import Order, OrderStatus
from till.domain.pricing import fingerprint, price
from till.domain.readiness import customer_limits, parts_to_hold, shares
from till.domain.sale import ChargeState, PushState, Sale
from till.domain.shop import CaptureMode, Shop
from till.domain.stock import Hold, HoldState, Shortage

# The longest that a run may take: the state machine's own timeout, with room to spare.
RUN_BUDGET_SECONDS = 120
GIFT_CARD_EMPTY = Problem(
    "gift_card_empty", "There is not enough left on this gift card. Remove it, or use less.", "payment"
)
# An agreed order stays as it is: nobody can take a code off it.
_USED_UP = "The discount code {code} cannot be used any more. Check the cart out again without it."


class Next(StrEnum):
    """Where a run goes: on, to its end, or back."""

    GO = "go"
    DONE = "done"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Run:
    """The ids that travel between the steps."""

    shop: str
    order_id: str
    attempt_id: str
    number: int


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps over their ports. `clock` is Unix milliseconds."""

    orders: Orders
    catalog: Catalog
    stock: Stock
    gateways: Gateways
    taxes: Taxes
    discounts: Discounts
    gift_cards: GiftCards
    overrides: InventoryOverrides
    limits: Limits
    clock: Callable[[], int]

    def pre_process(self, run: Run) -> Next:
        """Is the order still what the shopper agreed to, with prices, shipping and taxes as they are now?"""
        started = self.clock()
        order, attempt, elsewhere = self._load(run)
        if elsewhere:
            return elsewhere
        if order.agreement:  # its prices are what was agreed on
            self.orders.save_attempt(self._note(attempt, "pre_process", "agreed", started))
            return Next.GO
        shop = self.catalog.shop(order.shop, fresh=True)
        basket, unsold = self._reprice(order, shop)
        basket, unusable = recheck(self.discounts, basket, shop, started // 1000)
        basket, untaxed = self._taxed(basket, shop)
        refused_cards = no_longer_good(self.gift_cards, order, shop, started // 1000)
        problems = unsold + unusable + untaxed + refused_cards
        if not problems and fingerprint(basket, order.payments) == attempt.fingerprint:
            passed = self._note(attempt, "pre_process", "passed", started)
            if basket.discounts == order.basket.discounts:
                self.orders.save_attempt(passed)
            else:
                # The same to the shopper, but what is held are uses by today's limits.
                current = replace(order.basket, discounts=basket.discounts)
                self.orders.move(order.with_basket(current), passed)
            return Next.GO
        problems = problems or (_changed(order.basket, basket),)
        refused = replace(attempt.to(AttemptState.UNDOING), problems=problems)
        self.orders.move(order.with_basket(basket), self._note(refused, "pre_process", "refused", started))
        return Next.UNDO

    def check_inventory(self, run: Run) -> Next:
        """Hold stock, gift cards and codes for as long as the shopper may take, and draw the order's number unless it
        has one."""
        started = self.clock()
        order, attempt, elsewhere = self._load(run)
        if elsewhere:
            return elsewhere
        shop = self.catalog.shop(order.shop)
        parts = parts_to_hold(order, shop.settings.inventory_check)
        said, problems = self._override(order, attempt, shop, parts)
        if (parts or attempt.held) and not problems:
            problems = self._hold(order, attempt, shop, parts)
        if problems:
            refused = replace(attempt.to(AttemptState.UNDOING), problems=problems)
            self.orders.save_attempt(self._note(refused, "check_inventory", "refused", started))
            return Next.UNDO
        number = attempt.number or order.number or self.orders.next_number(order.shop)
        held = replace(attempt, number=number, held=attempt.held or parts, overridden=said)
        outcome = "held" if shop.settings.inventory_check else "not_enabled"
        self.orders.save_attempt(self._note(held, "check_inventory", outcome, started))
        return Next.GO

    def authorize(self, run: Run) -> Next:
        """Authorize every payment of the attempt, in series; park where the shopper must act or has not submitted."""
        started = self.clock()
        order, attempt, elsewhere = self._load(run)
        if elsewhere:
            return elsewhere
        shop = self.catalog.shop(order.shop)
        attempt = Authorizing(self.orders, self.gateways, shop).all(order, attempt)
        if attempt.problems:
            if any(problem.code == DECLINED for problem in attempt.problems):
                self.limits.declined(attempt.shop, attempt.counted)
            refused = self._note(attempt.to(AttemptState.UNDOING), "authorize", "refused", started)
            self.orders.save_attempt(refused)
            return Next.UNDO
        if not attempt.client_secret and attempt.goal is Goal.PROCESS:
            self.orders.save_attempt(self._note(attempt, "authorize", "authorized", started))
            return Next.GO
        due = self.clock() // 1000 + shop.settings.parked_minutes * 60
        parked = replace(attempt.to(AttemptState.PARKED), due_at=due)
        outcome = "requires_action" if attempt.client_secret else "authorized"
        self.orders.move(order.to(OrderStatus.PARKED), self._note(parked, "authorize", outcome, started))
        return Next.DONE

    def process(self, run: Run) -> Next:
        """The commit: order placed, hold claimed, events written, all or nothing."""
        started = self.clock()
        order, attempt, elsewhere = self._load(run)
        if elsewhere:
            return elsewhere
        now = self.clock() // 1000
        placed, told = session_events.succeeded(_placed(order, attempt, now), now)
        paid = replace(attempt, timeline=(*attempt.timeline, *_spent(placed, started)))
        done = self._note(paid.to(AttemptState.PLACED), "process", "placed", started)
        sale = self._sale(placed, attempt)
        try:
            self.orders.place(placed, done, sale, [*told, _placed_event(placed, attempt, sale)], now)
        except HoldLost as lost:
            refused = replace(attempt.to(AttemptState.UNDOING), problems=lost.problems)
            self.orders.save_attempt(self._note(refused, "process", "refused", started))
            return Next.UNDO
        return Next.DONE

    def _sale(self, order: Order, attempt: Attempt) -> Sale:
        """What is to become of the order from here on."""
        gift_cards = {payment.part for payment in order.payments if payment.is_gift_card}
        charged = any(payment.amount for payment in order.payments if not payment.is_gift_card)
        shop = self.catalog.shop(order.shop)
        sale = Sale(
            order_id=order.id,
            shop=order.shop,
            placed_at=order.placed_at,
            authorized_at=attempt.created_at,
            capture_mode=CaptureMode.ON_REQUEST if order.agreement else shop.settings.capture_mode,
            payments=order.payments,
            allocated={part: units for part, units in attempt.held.items() if part not in gift_cards},
            charge=ChargeState.PENDING if charged else ChargeState.CAPTURED,
            events=order.events + 1,
            total=order.total if order.agreement else 0,
            number=order.number,
            push=PushState.PENDING if shop.platform else None,
            push_due_at=order.placed_at if shop.platform else 0,
        )
        return charging.purchase(sale, order.placed_at)

    def _load(self, run: Run) -> tuple[Order, Attempt, Next | None]:
        """The order and the attempt; where the attempt has left this run behind, also where that leads."""
        order, attempt = self.orders.get_with_attempt(run.shop, run.order_id, run.attempt_id)
        if attempt.state in (AttemptState.UNDOING, AttemptState.UNDONE):
            return order, attempt, Next.UNDO
        if attempt.state is not AttemptState.RUNNING or attempt.run != run.number:
            return order, attempt, Next.DONE
        return order, attempt, None

    def _reprice(self, order: Order, shop: Shop) -> tuple[Basket, tuple[Problem, ...]]:
        """The basket at today's prices, and what cannot be sold any more."""
        basket = order.basket
        variants = self.catalog.variants(order.shop, basket.quantities(), fresh=True)
        lines, unsold = [], []
        for line in basket.lines:
            if line.is_custom or line.gift_of:
                lines.append(line)
                continue
            variant = variants.get(line.variant_id)
            amount = variant.prices.get(basket.currency) if variant else None
            if amount is None:
                unsold.append(Problem("cart", f"{line.product_title} is no longer sold.", "cart"))
            lines.append(line if amount is None else replace(line, unit_price=amount))
        priced = basket if tuple(lines) == basket.lines else basket.with_lines(lines, shop)
        return replace(priced.reoffered(shop), taxes=None), tuple(unsold)

    def _taxed(self, basket: Basket, shop: Shop) -> tuple[Basket, tuple[Problem, ...]]:
        """The basket with its taxes as they are now, or without, and why."""
        try:
            return replace(basket, taxes=self.taxes.quote(basket, shop)), ()
        except Refused as refused:
            return replace(basket, taxes=None), refused.problems

    def _override(
        self, order: Order, attempt: Attempt, shop: Shop, parts: dict[str, int]
    ) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
        """The variants that a plugin speaks for, and what it says is short. They are its own to keep: they are taken
        out of the parts to hold."""
        if not shop.settings.inventory_check:
            return (), ()
        try:
            said = self.overrides.available(order, shop, "final")
        except Refused as refused:
            return (), refused.problems
        for variant_id in said:
            del parts[variant_id]
        if any(variant_id in parts for variant_id in attempt.overridden):
            # The attempt's hold was made without it, and a hold never grows: the next attempt makes its own.
            return tuple(said), (INVENTORY_UNKNOWN,)
        return tuple(said), tuple(_short(order, shortage) for shortage in overridden(order, said))

    def _hold(self, order: Order, attempt: Attempt, shop: Shop, parts: dict[str, int]) -> tuple[Problem, ...]:
        now = self.clock() // 1000
        expires = now + shop.settings.parked_minutes * 60 + RUN_BUDGET_SECONDS
        hold = Hold(attempt.id, order.shop, HoldState.ACTIVE, expires, parts)
        if limits := customer_limits(order):
            self.stock.count(order.shop, limits)
        try:
            shortages = self.stock.hold(hold, now)
        except HoldLost as lost:
            return lost.problems
        return tuple(_short(order, shortage) for shortage in shortages)

    def _note(self, attempt: Attempt, what: str, outcome: str, started: int) -> Attempt:
        entry = TimelineEntry(started, what, outcome, self.clock() - started, run=attempt.run)
        return replace(attempt, timeline=(*attempt.timeline, entry))


def _changed(before: Basket, after: Basket) -> Problem:
    total = to_decimal(price(after).total, after.currency)
    codes = [new.code for old, new in zip(before.discounts, after.discounts, strict=True) if old != new]
    message = f"The total of this order has changed to {total} {after.currency}. Check the order and try again."
    if codes:
        message = f"The discount {', '.join(codes)} has changed: this order comes to {total} {after.currency} now."
    return Problem("total_changed", message, "order_total")


def _short(order: Order, shortage: Shortage) -> Problem:
    lines = [line for line in order.basket.lines if line.variant_id == shortage.part]
    for discount in order.basket.discounts:
        if shortage.part in discount.limits(order.basket.buyer):
            problem = gone(discount.code)
            return replace(problem, message=_USED_UP.format(code=discount.code)) if order.agreement else problem
    if not lines:
        return GIFT_CARD_EMPTY
    title = lines[0].product_title
    left = max(shortage.available, 0)
    message = f"{title} is out of stock." if not left else f"Only {left} of {title} are left."
    about = {"variant_id": lines[0].variant_id, "sku": lines[0].sku, "name": title, "available": str(left)}
    return Problem("insufficient_stock", message, "inventory", about)


def _placed(order: Order, attempt: Attempt, now: int) -> Order:
    by_payment = {authorization.payment_id: authorization for authorization in attempt.authorizations}
    gift_cards = tuple(replace(payment, amount=amount) for payment, amount in shares(order) if payment.is_gift_card)
    payments = gift_cards + tuple(
        replace(payment, amount=made.amount, gateway_key=made.key, reference=made.reference)
        for payment in order.payments
        if (made := by_payment.get(payment.id)) is not None
    )
    if order.agreement and not order.total:  # nobody was asked, but it was said how nothing is paid
        payments = order.payments
    placed = order.to(OrderStatus.PLACED)
    return replace(placed, number=attempt.number, placed_at=now, payments=payments, expires_at=0)


def _spent(order: Order, at: int) -> tuple[TimelineEntry, ...]:
    """What gift cards paid, for the order's timeline."""
    return tuple(
        TimelineEntry(
            at,
            "gift_card",
            "spent",
            detail={
                "last_characters": payment.display_string,
                "amount": to_decimal(payment.amount, payment.currency),
                "currency": payment.currency,
            },
        )
        for payment in order.payments
        if payment.is_gift_card
    )


def _placed_event(order: Order, attempt: Attempt, sale: Sale) -> Event:
    detail: dict[str, object] = {
        "number": order.number,
        "public_order_id": order.public_id,
        "attempt": attempt.id,
        "total": order.total,
        "currency": order.basket.currency,
        "charge": sale.charge,
    }
    if sale.push:
        detail["push"] = sale.push
    return Event(f"{attempt.id}-placed", "order.placed", order.shop, order.id, sale.events, order.placed_at, detail)
