"""Fulfilling: goods leave in parcels, each once, and money for no more than what has left."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOON, a_basket, a_discount, a_fee, an_agreed_order
from tests.unit.after_sales import BREWER, MUGS, a_card, a_gift, answered, charged, sold, stock_of
from till.domain import charging
from till.domain.cancelling import cancel
from till.domain.discount import DiscountKind
from till.domain.errors import Invalid, Refused
from till.domain.fulfilling import fulfil, parcel, parcel_value
from till.domain.order import Order, OrderStatus
from till.domain.refunding import Wanted, WantedLine, line_value, refund, shipping_value
from till.domain.sale import Fulfilment, Sale, Tracking
from till.domain.shop import CaptureMode
from till.domain.stock import MoveKind, StockMove

MUG = line_value(sold()[0], "mugs", 1)


def send(order: Order, sale: Sale, *lines: tuple[str, int], name: str = "parcel-1") -> tuple[Order, Sale]:
    """What is left, or these lines; the stock with them."""
    order, sale = fulfil(order, sale, parcel(order, sale, lines), Tracking(), name, NOON)
    return order, answered(sale)


def capture_for(order: Order, sale: Sale, *lines: tuple[str, int], name: str = "capture-1") -> Sale:
    value = parcel_value(order, sale, parcel(order, sale, lines))
    return answered(charging.capture(sale, name, value, NOON, takes_rest=True)) if value else sale


# What is sent


def test_without_lines_all_that_is_left_is_sent() -> None:
    order, sale = send(*charged())
    assert sale.fulfilments[0].lines == (("brewer", 1), ("mugs", 3))
    assert order.status is OrderStatus.FULFILLED
    assert stock_of(sale) == {"BREWER": (0, 0, 0), "MUG": (0, 0, 0)}


def test_an_order_is_fulfilled_with_its_last_parcel() -> None:
    order, sale = send(*charged(), ("mugs", 2))
    assert (order.status, stock_of(sale)["MUG"]) == (OrderStatus.PLACED, (1, 1, 0))
    order, sale = send(order, sale, name="parcel-2")
    assert sale.fulfilments[1].lines == (("brewer", 1), ("mugs", 1))
    assert order.status is OrderStatus.FULFILLED
    with pytest.raises(Refused, match="Nothing"):
        parcel(order, sale, ())


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ((("nothing", 1),), "lines.0.key"),
        ((("mugs", 4),), "lines.0.quantity"),
        ((("mugs", 2), ("mugs", 2)), "lines.1.quantity"),
        ((("mugs", 0),), "lines.0.quantity"),
    ],
)
def test_lines_that_make_no_sense_are_named(lines: tuple[tuple[str, int], ...], field: str) -> None:
    with pytest.raises(Invalid) as raised:
        parcel(*charged(), lines)
    assert raised.value.problems[0].field == field


def test_units_that_were_given_back_before_they_were_sent_are_not_sent() -> None:
    order, sale = refund(*charged(), Wanted(lines=(WantedLine("mugs", 2),)), "refund-1", NOON)
    assert parcel(order, sale, ()) == (("brewer", 1), ("mugs", 1))
    with pytest.raises(Invalid):
        parcel(order, sale, (("mugs", 2),))
    order, sale = send(order, answered(sale))
    assert order.status is OrderStatus.FULFILLED


def test_units_that_came_back_are_not_sent_again() -> None:
    order, sale = send(*charged(), ("mugs", 3))
    _, sale = refund(order, sale, Wanted(lines=(WantedLine("mugs", 1, restock=True),)), "refund-1", NOON)
    assert parcel(order, answered(sale), ()) == (("brewer", 1),)


def test_nothing_is_sent_of_an_order_whose_payment_failed() -> None:
    order, sale = sold()
    sale = answered(charging.charge(sale, NOON), yes=False)
    with pytest.raises(Refused) as raised:
        parcel(order, sale, ())
    assert (raised.value.problems[0].code, raised.value.problems[0].field) == ("payment_failed", "charge")


def test_nothing_is_sent_of_a_cancelled_order() -> None:
    order, sale = cancel(*charged(), "cancel-1", "", NOON)
    with pytest.raises(Refused, match="cancelled"):
        parcel(order, sale, ())


def test_what_till_did_not_sell_from_its_own_stock_is_sent_all_the_same() -> None:
    order, sale = charged()
    order, sale = send(order, replace(sale, allocated={"BREWER": 1}))
    assert [dict(move.parts) for move in sale.stock_moves] == [{"BREWER": 1}]
    _, sale = send(*(order, replace(charged()[1], allocated={})))
    assert sale.stock_moves == ()


# What is captured for a parcel


def test_shipping_is_captured_with_the_first_parcel_and_the_rest_with_the_last() -> None:
    order, sale = sold(mode=CaptureMode.ON_FULFILMENT)
    assert parcel_value(order, sale, (("mugs", 1),)) == 1000 + MUG
    sale = capture_for(order, sale, ("mugs", 1))
    order, sale = send(order, sale, ("mugs", 1))
    assert parcel_value(order, sale, (("mugs", 1),)) == line_value(order, "mugs", 1, 1)
    assert parcel_value(order, sale, parcel(order, sale, ())) == order.total - 1000 - MUG


def test_what_is_of_no_line_is_captured_with_the_last_parcel() -> None:
    basket = a_basket(lines=(BREWER, MUGS), fees=(a_fee(),))
    order, sale = sold(basket=basket, mode=CaptureMode.ON_FULFILMENT)
    brewer = line_value(order, "brewer", 1)
    assert parcel_value(order, sale, (("brewer", 1),)) == 1000 + brewer
    assert parcel_value(order, sale, (("brewer", 1), ("mugs", 3))) == order.total
    order, sale = send(order, capture_for(order, sale, ("brewer", 1)), ("brewer", 1))
    assert parcel_value(order, sale, (("mugs", 2),)) == line_value(order, "mugs", 2)
    assert parcel_value(order, sale, (("mugs", 3),)) == order.total - 1000 - brewer


def test_shipping_that_was_free_or_not_needed_is_captured_for_nothing() -> None:
    free = a_discount(id="free", kind=DiscountKind.FREE_SHIPPING, value=0)
    for basket in (a_basket(lines=(MUGS,), discounts=(free,)), a_basket(lines=(MUGS,), shipping=None)):
        order, sale = sold(basket=basket, mode=CaptureMode.ON_FULFILMENT)
        assert shipping_value(order) == 0
        assert parcel_value(order, sale, (("mugs", 1),)) == MUG


def test_a_parcel_is_kept_with_where_it_is() -> None:
    order, sale = sold(payments=())
    order = replace(order, agreement=an_agreed_order().agreement)
    tracking = Tracking("Canada Post", "7023", "https://post.example/7023")
    order, sale = fulfil(order, sale, (("mugs", 2),), tracking, "parcel-1", NOON + 60)
    assert sale.fulfilments == (Fulfilment("parcel-1", NOON + 60, (("mugs", 2),), tracking),)
    assert sale.stock_moves == (StockMove("parcel-1", MoveKind.SHIP, {"MUG": 2}),)
    assert order.updated_at == NOON + 60


def test_two_lines_of_one_variant_leave_the_stock_together() -> None:
    more = replace(MUGS, key="more", quantity=2)
    order, sale = charged(MUGS, more)
    _, sale = fulfil(order, sale, (("mugs", 3), ("more", 2)), Tracking(), "parcel-1", NOON)
    assert sale.stock_moves == (StockMove("parcel-1", MoveKind.SHIP, {"MUG": 5}),)


def test_what_a_gift_card_paid_is_not_captured_again() -> None:
    payments = (a_gift(1500), a_card("card", sold()[0].total - 1500))
    order, sale = sold(payments=payments, mode=CaptureMode.ON_FULFILMENT)
    assert parcel_value(order, sale, (("mugs", 1),)) == 1000 + MUG - 1500
    more = (a_gift(5000), a_card("card", order.total - 5000))
    order, sale = sold(payments=more, mode=CaptureMode.ON_FULFILMENT)
    assert parcel_value(order, sale, (("mugs", 1),)) == 0


def test_what_the_merchant_captured_before_is_not_captured_again() -> None:
    order, sale = sold(mode=CaptureMode.ON_FULFILMENT)
    sale = answered(charging.capture(sale, "by-hand", 1500, NOON))
    assert parcel_value(order, sale, (("mugs", 1),)) == 1000 + MUG - 1500


def test_what_was_given_back_before_it_was_sent_is_never_captured() -> None:
    order, sale = sold(mode=CaptureMode.ON_FULFILMENT)
    order, sale = send(order, capture_for(order, sale, ("brewer", 1)), ("brewer", 1))
    order, sale = refund(order, sale, Wanted(lines=(WantedLine("mugs", 1),)), "refund-1", NOON)
    sale = capture_for(order, sale, name="capture-2")
    assert sale.total_captured == order.total - MUG
    assert send(order, sale, name="parcel-2")[0].status is OrderStatus.FULFILLED


@given(st.lists(st.tuples(st.sampled_from(["brewer", "mugs"]), st.integers(1, 5)), max_size=12), st.booleans())
def test_any_parcels_capture_the_whole_order_and_never_more_than_was_sent(
    parcels: list[tuple[str, int]], discounted: bool
) -> None:
    lines = (replace(BREWER, quantity=7), replace(MUGS, quantity=11))
    order, sale = sold(
        basket=a_basket(lines=lines, discounts=(a_discount(value=333_333),) if discounted else ()),
        mode=CaptureMode.ON_FULFILMENT,
    )
    for number, (key, units) in enumerate([*parcels, ("", 0)]):
        left = {line.key: sale.to_send(line) for line in lines}
        wanted = ((key, min(units, left[key])),) if key else ()
        if key and not left[key]:
            continue
        if not any(left.values()):
            break
        sale = capture_for(order, sale, *wanted, name=f"capture-{number}")
        order, sale = send(order, sale, *wanted, name=f"parcel-{number}")
        sent = sum(line_value(order, line.key, sale.sent(line.key)) for line in lines)
        assert order.status is OrderStatus.FULFILLED or sale.total_captured == sent + 1000
    assert (order.status, sale.total_captured) == (OrderStatus.FULFILLED, order.total)
