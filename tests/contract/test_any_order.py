"""Whatever is done with a placed order, in any order, over a line that breaks: the sale says what the gateway holds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from random import Random

import pytest
from moto import mock_aws

from tests.builders import a_basket, a_line, a_payment, an_order
from tests.contract.faults import Killed
from tests.contract.placed_order import ACCOUNT, ORDER, PlacedOrder
from tests.contract.test_repaying import a_new_payment
from tests.contract.test_settling import die
from till.application.gateways import GatewayUnknownError
from till.application.settling import Next
from till.domain.errors import TillError
from till.domain.order import OrderStatus
from till.domain.refunding import Wanted, WantedLine
from till.domain.sale import Tracking
from till.domain.shop import CaptureMode

CARDS = (
    "tok_approve",
    "tok_capture_declined",
    "tok_capture_timeout_after_success",
    "tok_expired",
    "tok_refund_declined",
    "tok_refund_timeout_after_success",
)
NEW_CARDS = ("tok_approve", "tok_requires_action", "tok_decline", "tok_timeout_after_success", "tok_capture_declined")
UNITS = 3


def placed(dice: Random) -> PlacedOrder:
    order = an_order(basket=a_basket(lines=(a_line(quantity=UNITS),)))
    second = dice.choice([0, order.total // 3])
    payments = tuple(
        a_payment(id=name, token=dice.choice(CARDS), amount=amount, gateway_key=f"attempt:{name}")
        for name, amount in (("first", order.total - second), ("second", second))
        if amount
    )
    mode = dice.choice(list(CaptureMode))
    allocated = {a_line().variant_id: UNITS}
    return PlacedOrder(replace(order, payments=payments), payments=payments, allocated=allocated, capture_mode=mode)


def acts(till: PlacedOrder, dice: Random) -> dict[str, Callable[[str], object]]:
    """What may be done, by a name; each takes the name of its operation."""
    after, some = till.after_sales, dice.randrange(1, till.order.total)
    back = (WantedLine("line-1", 1, dice.random() < 0.5),)
    return {
        "capture": lambda name: after.capture("acme", ORDER, name, None),
        "capture a part": lambda name: after.capture("acme", ORDER, name, some),
        "refund": lambda name: after.refund("acme", ORDER, name, Wanted(amount=some)),
        "refund a line": lambda name: after.refund("acme", ORDER, name, Wanted(lines=back)),
        "fulfil": lambda name: after.fulfil("acme", ORDER, name, (("line-1", 1),), Tracking()),
        "charge again": lambda name: after.charge_again("acme", ORDER, name),
        "cancel": lambda name: after.cancel("acme", ORDER, name, ""),
        "pay": lambda _: till.repaying.pay("acme", ORDER, a_new_payment(dice.choice(NEW_CARDS))),
        "settle": lambda _: till.settle(),
        "wait": lambda _: till.pass_(seconds=dice.choice([60, 1000, 86_400, 5 * 86_400])),
    }


@pytest.mark.parametrize("seed", range(24))
def test_no_more_is_taken_than_was_agreed_and_everybody_says_the_same(seed: int) -> None:
    dice = Random(seed)  # noqa: S311  # dice need no secrecy

    def breaks(_: str) -> None:
        fate = dice.random()
        if fate < 0.1:
            die()
        if fate < 0.2:
            raise GatewayUnknownError("No answer.")

    with mock_aws():
        till = placed(dice)
        till.gateways.captures_in_parts = dice.random() < 0.5
        for step in range(25):
            hook = breaks if dice.random() < 0.4 else _works
            till.gateways.before = till.gateways.after = hook
            what, act = dice.choice(list(acts(till, dice).items()))
            with suppress(TillError, Killed):
                act(f"{what}-{dice.randrange(step + 1)}")
            assert sum(till.captures()) <= till.order.total
        till.gateways.before = till.gateways.after = _works
        for _ in range(100):
            if (settled := till.settle()).next is not Next.WAIT:
                break
            till.pass_(seconds=settled.seconds)
        assert_all_agree(till)


def assert_all_agree(till: PlacedOrder) -> None:
    sale, is_cancelled = till.sale, till.order.status is OrderStatus.CANCELLED
    for entry in till.gateways.ledger.of(ACCOUNT):
        payment = next(one for one in sale.payments if one.gateway_key == entry.key)
        assert (sale.captured(payment), sale.refunded(payment)) == (entry.captured, entry.refunded)
        assert not (is_cancelled and entry.state == "authorized" and not entry.captured), "held for nothing"
    level = till.level(a_line().variant_id)
    assert level.available == level.on_hand - level.allocated
    assert not (is_cancelled and level.allocated)


def _works(_: str) -> None:
    """As it should."""
