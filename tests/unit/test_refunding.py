"""Giving money back: exactly what was paid, never more than was taken, and to whom it came from."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOON, a_basket, a_discount, a_line, a_shop
from tests.unit import strategies
from tests.unit.after_sales import BREWER, MUGS, a_card, a_gift, answered, charged, sold, stock_of
from till.domain import charging
from till.domain.adjusting import AdjustmentKind, adjustments
from till.domain.basket import Basket
from till.domain.discount import DiscountKind
from till.domain.errors import Invalid, Locked, Refused, TillError
from till.domain.fulfilling import fulfil
from till.domain.order import Order, OrderStatus
from till.domain.pricing import zone_taxes
from till.domain.refunding import Wanted, WantedLine, line_value, refund, shipping_value
from till.domain.sale import ChargeState, Sale, Tracking
from till.domain.shop import CaptureMode, Settings
from till.domain.tax import RoundAt
from till.domain.transaction import TransactionKind, TransactionState

ALL_MUGS = WantedLine("mugs", 3)
ONE_MUG = WantedLine("mugs", 1)


def given_back(order: Order, sale: Sale, wanted: Wanted, name: str = "refund-1", yes: bool = True) -> Sale:
    """The sale after a refund is carried out."""
    return answered(refund(order, sale, wanted, name, NOON)[1], yes)


def by_payment(sale: Sale) -> dict[str, int]:
    return {payment.id: sale.refunded(payment) for payment in sale.payments if sale.refunded(payment)}


def problem(order: Order, sale: Sale, wanted: Wanted) -> tuple[str, str]:
    """What is said, and of which field."""
    with pytest.raises(TillError) as raised:
        refund(order, sale, wanted, "refund-x", NOON)
    return raised.value.problems[0].message, raised.value.problems[0].field


def net(order: Order, sale: Sale) -> int:
    return order.total + sum(one.amount for one in adjustments(order.total, sale))


# How much


def test_nothing_named_is_all_that_was_taken() -> None:
    order, sale = charged()
    sale = given_back(order, sale, Wanted())
    assert sale.refunds[0].amount == order.total
    assert (sum(sale.refundable(one) for one in sale.payments), net(order, sale)) == (0, 0)
    assert problem(order, sale, Wanted()) == ("Nothing of this order can be refunded.", "amount")


def test_an_amount_is_given_back_without_goods() -> None:
    order, sale = charged()
    sale = given_back(order, sale, Wanted(amount=500))
    assert (sale.refunds[0].amount, sale.refunds[0].lines, sale.stock_moves) == (500, (), ())


def test_more_than_was_taken_is_refused_and_what_is_on_its_way_counts() -> None:
    order, sale = charged(BREWER)
    _, sale = refund(order, sale, Wanted(amount=26000), "refund-1", NOON)
    assert sale.pending
    assert problem(order, sale, Wanted(amount=201)) == ("Only 2.00 CAD can be refunded.", "amount")
    failed = answered(sale, yes=False)
    assert given_back(order, failed, Wanted(), "refund-2").refunds[-1].amount == 26200


def test_a_line_comes_with_its_taxes() -> None:
    order, sale = charged(BREWER)
    sale = given_back(order, sale, Wanted(lines=(WantedLine("brewer", 1),)))
    assert sale.refunds[0].amount == 22500 + 1125 + 1575
    assert net(order, sale) == 1000, "the shipping"


def test_a_line_comes_without_what_a_discount_took_off() -> None:
    basket = a_basket(lines=(BREWER,), discounts=(a_discount(),), taxes=None)
    order, _ = sold(basket=basket)
    assert line_value(order, "brewer", 1) == 20250


def test_shipping_goes_back_in_whole_or_in_part_and_never_twice() -> None:
    order, sale = charged()
    sale = given_back(order, sale, Wanted(shipping=400))
    assert sale.refunds[0].amount == 400
    assert problem(order, sale, Wanted(shipping=601)) == ("Of the shipping, 6.00 CAD can be refunded.", "shipping")
    sale = given_back(order, sale, Wanted(shipping=None), "refund-2")
    assert sale.refunds[1].amount == 600
    assert problem(order, sale, Wanted(shipping=None))[1] == "amount"


def test_an_amount_takes_the_place_of_what_lines_come_to() -> None:
    """A used brewer comes back for half of its price."""
    order, sale = charged(BREWER)
    sale = given_back(order, sale, Wanted(amount=11250, lines=(WantedLine("brewer", 1, restock=True),)))
    assert sale.refunds[0].amount == 11250
    assert stock_of(sale)["BREWER"] == (1, 0, 1)


def test_goods_come_back_for_no_money_at_all() -> None:
    order, sale = charged(BREWER)
    sale = given_back(order, sale, Wanted(amount=0, lines=(WantedLine("brewer", 1, restock=True),)))
    assert (sale.pending, net(order, sale)) == ((), 26200)
    assert stock_of(sale)["BREWER"] == (1, 0, 1)


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ((WantedLine("nothing", 1),), "lines.0.key"),
        ((ONE_MUG, WantedLine("brewer", 1), ONE_MUG), "lines.2.key"),
        ((WantedLine("mugs", 4),), "lines.0.quantity"),
        ((WantedLine("mugs", 0),), "lines.0.quantity"),
    ],
)
def test_lines_that_make_no_sense_are_named(lines: tuple[WantedLine, ...], field: str) -> None:
    assert problem(*charged(), Wanted(lines=lines))[1] == field


def test_every_line_that_is_wrong_is_named() -> None:
    with pytest.raises(Invalid) as raised:
        refund(*charged(), Wanted(lines=(WantedLine("nothing", 1), WantedLine("mugs", 9))), "refund-1", NOON)
    assert [one.field for one in raised.value.problems] == ["lines.0.key", "lines.1.quantity"]


# Any way of giving back all units comes to what they cost


@st.composite
def baskets(draw: st.DrawFn) -> Basket:
    """Of any lines, with any discounts, taxed in any way."""
    settings = Settings(
        prices_include_tax=draw(st.booleans()),
        tax_shipping=draw(st.booleans()),
        round_at=draw(st.sampled_from(RoundAt)),
    )
    lines = tuple(replace(line, quantity=draw(st.integers(1, 7))) for line in draw(strategies.several_lines()))
    discounts = (a_discount(value=draw(st.integers(0, 1_000_000))),) if draw(st.booleans()) else ()
    basket = a_basket(lines=lines, discounts=discounts, taxes=None)
    return replace(basket, taxes=zone_taxes(basket, a_shop(settings=settings)))


@given(baskets(), st.data())
def test_all_units_come_to_what_the_line_did_however_they_are_given_back(basket: Basket, data: st.DataObject) -> None:
    order, sale = charged(basket=basket)
    left = {line.key: line.quantity for line in basket.lines}
    parts = dict.fromkeys(left, 0)
    for number in itertools.takewhile(lambda _: any(left.values()), itertools.count()):
        key = data.draw(st.sampled_from([key for key, units in left.items() if units]))
        units = data.draw(st.integers(1, left[key]))
        is_refused = number < 5 and data.draw(st.booleans())
        wanted = Wanted(lines=(WantedLine(key, units),))
        sale = given_back(order, sale, wanted, f"refund-{number}", yes=not is_refused)
        if sale.counts(sale.refunds[-1]):
            left[key] -= units
            parts[key] += sale.refunds[-1].amount
    assert parts == {line.key: line_value(order, line.key, line.quantity) for line in basket.lines}
    if shipping_value(order):
        sale = given_back(order, sale, Wanted(shipping=None), "shipping")
    assert net(order, sale) == 0


@given(baskets())
def test_lines_and_shipping_are_the_whole_order(basket: Basket) -> None:
    order, _ = sold(basket=basket)
    assert (
        sum(line_value(order, line.key, line.quantity) for line in basket.lines) + shipping_value(order) == order.total
    )


def test_units_of_a_refund_that_failed_can_be_given_back_again_to_the_cent() -> None:
    """39.98 for four: one by one they round to 10.00, 9.99, 10.00 and 9.99, and the first one's refund fails."""
    discount = a_discount(kind=DiscountKind.FIXED, value=2, currency="CAD")
    basket = a_basket(lines=(replace(MUGS, quantity=4, unit_price=1000),), discounts=(discount,), taxes=None)
    order, sale = charged(basket=basket)
    _, sale = refund(order, sale, Wanted(lines=(ONE_MUG,)), "refund-1", NOON)
    _, sale = refund(order, sale, Wanted(lines=(ONE_MUG,)), "refund-2", NOON)
    first, second = sale.pending
    assert (first.amount, second.amount) == (1000, 999)
    sale = charging.answered(sale, first.to(TransactionState.FAILED))
    sale = answered(charging.answered(sale, second.to(TransactionState.SUCCEEDED)))
    for number in (3, 4, 5):
        sale = given_back(order, sale, Wanted(lines=(ONE_MUG,)), f"refund-{number}")
    assert sum(one.amount for one in sale.refunds if sale.counts(one)) == 3998


# To whom


def test_the_last_card_gets_back_first_and_gift_cards_last() -> None:
    order, sale = charged(BREWER, payments=(a_gift(4000), a_card("first", 12200), a_card("second", 10000)))
    sale = given_back(order, sale, Wanted(amount=9000))
    assert by_payment(sale) == {"second": 9000}
    sale = given_back(order, sale, Wanted(amount=13300), "refund-2")
    assert by_payment(sale) == {"second": 10000, "first": 12200, "gift": 100}


def test_payments_are_named_by_the_merchant() -> None:
    payments = (a_gift(4000), a_card("first", 12200), a_card("second", 10000))
    order, sale = charged(BREWER, payments=payments)
    sale = given_back(order, sale, Wanted(amount=300, payments=(("gift", 100), ("first", 200))))
    assert by_payment(sale) == {"gift": 100, "first": 200}


@pytest.mark.parametrize(
    ("payments", "field"),
    [
        ((("nobody", 300),), "payments.0.id"),
        ((("first", 100), ("first", 200)), "payments.1.id"),
        ((("first", 200),), "payments"),
        ((("first", 301), ("second", -1)), "payments.1.amount"),
        ((("first", 30000),), "payments.0.amount"),
    ],
)
def test_named_payments_that_make_no_sense_are_refused(payments: tuple[tuple[str, int], ...], field: str) -> None:
    order, sale = charged(BREWER, payments=(a_card("first", 16200), a_card("second", 10000)))
    assert problem(order, sale, Wanted(amount=300, payments=payments))[1] == field


@given(st.lists(st.integers(1, 30000), min_size=1, max_size=12), st.integers(0, 26200), st.integers(0, 26200))
def test_no_payment_gets_back_more_than_it_gave(amounts: list[int], gift: int, first: int) -> None:
    gift, first = min(gift, 26200), min(first, 26200 - min(gift, 26200))
    parts = [a_gift(gift), a_card("first", first), a_card("second", 26200 - gift - first)]
    order, sale = charged(BREWER, payments=[one for one in parts if one.amount])
    for number, amount in enumerate(amounts):
        try:
            sale = given_back(order, sale, Wanted(amount=amount), f"refund-{number}", yes=number % 3 != 2)
        except Refused:
            assert amount > sum(sale.refundable(one) for one in sale.payments)
        assert all(0 <= sale.refunded(one) <= sale.captured(one) for one in sale.payments)
    assert net(order, sale) == 26200 - sum(sale.refunded(one) for one in sale.payments) >= 0


# Goods


@pytest.mark.parametrize(
    ("sent", "restock", "stock"),
    [
        (0, True, (3, 1, 2)),
        (0, False, (1, 1, 0)),
        (3, True, (2, 0, 2)),
        (3, False, (0, 0, 0)),
        (2, True, (2, 0, 2)),
        (2, False, (0, 0, 0)),
    ],
    ids=["unsent", "written off", "came back", "lost", "one unsent, one came back", "one written off, one lost"],
)
def test_two_of_three_mugs_come_back(sent: int, restock: bool, stock: tuple[int, int, int]) -> None:
    order, sale = charged()
    if sent:
        order, sale = fulfil(order, sale, (("mugs", sent),), Tracking(), "parcel", NOON)
    sale = given_back(order, answered(sale), Wanted(lines=(WantedLine("mugs", 2, restock),)))
    assert stock_of(sale)["MUG"] == stock


def test_a_unit_that_was_sent_comes_back_while_another_is_still_to_be_sent() -> None:
    order, sale = fulfil(*charged(), (("mugs", 2),), Tracking(), "parcel", NOON)
    returned = Wanted(lines=(WantedLine("mugs", 1, restock=True, unsent=0),))
    sale = given_back(order, answered(sale), returned)
    assert (sale.to_send(MUGS), stock_of(sale)["MUG"]) == (1, (2, 1, 1))
    dropped = Wanted(lines=(WantedLine("mugs", 1, restock=True),))
    sale = given_back(order, sale, dropped, "refund-2")
    assert (sale.to_send(MUGS), stock_of(sale)["MUG"]) == (0, (2, 0, 2))


@pytest.mark.parametrize(("quantity", "unsent"), [(1, 2), (3, 0), (2, -1), (2, 2)])
def test_no_more_units_were_sent_or_not_sent_than_there_are(quantity: int, unsent: int) -> None:
    order, sale = fulfil(*charged(), (("mugs", 2),), Tracking(), "parcel", NOON)
    lines = (WantedLine("mugs", quantity, unsent=unsent),)
    assert problem(order, answered(sale), Wanted(lines=lines)) == ("Of this line, 1 were not sent.", "lines.0.unsent")


def test_what_till_did_not_sell_from_its_own_stock_is_not_given_back_to_it() -> None:
    """Shops without inventory check, and variants that a plugin speaks for."""
    order, sale = charged()
    sale = replace(sale, allocated={"BREWER": 1})
    lines = (WantedLine("mugs", 1, restock=True), WantedLine("brewer", 1, restock=True))
    sale = given_back(order, sale, Wanted(lines=lines))
    assert [dict(move.parts) for move in sale.stock_moves] == [{"BREWER": 1}]


def test_two_lines_of_one_variant_are_one_move() -> None:
    order, sale = charged(MUGS, replace(MUGS, key="more mugs", quantity=2))
    lines = (WantedLine("mugs", 1, restock=True), WantedLine("more mugs", 2, restock=True))
    sale = given_back(order, sale, Wanted(lines=lines))
    assert [dict(move.parts) for move in sale.stock_moves] == [{"MUG": 3}]


def test_goods_wait_for_their_money_and_stay_where_it_is_refused() -> None:
    order, sale = charged()
    _, sale = refund(order, sale, Wanted(lines=(replace(ALL_MUGS, restock=True),)), "refund-1", NOON)
    assert (sale.due_moves, sale.is_settled) == ((), False)
    failed = answered(sale, yes=False)
    assert (failed.due_moves, failed.is_settled) == ((), True)
    assert failed.state(failed.refunds[0]) is TransactionState.FAILED
    assert failed.to_send(MUGS) == 3, "nothing was given back"
    assert given_back(order, failed, Wanted(lines=(ALL_MUGS,)), "refund-2").to_send(MUGS) == 0


def test_a_refund_of_which_a_part_was_refused_has_taken_place() -> None:
    order, sale = charged(BREWER, payments=(a_card("first", 16200), a_card("second", 10000)))
    _, sale = refund(order, sale, Wanted(lines=(WantedLine("brewer", 1, restock=True),)), "refund-1", NOON)
    first, second = sale.pending
    sale = charging.answered(sale, first.to(TransactionState.SUCCEEDED))
    sale = answered(charging.answered(sale, second.to(TransactionState.FAILED)))
    assert sale.state(sale.refunds[0]) is TransactionState.FAILED
    assert sale.counts(sale.refunds[0])
    assert stock_of(sale)["BREWER"] == (1, 0, 1)
    assert [one.amount for one in adjustments(order.total, sale)] == [-10000]
    rest = given_back(order, sale, Wanted(amount=15200), "refund-2")
    assert net(order, rest) == 1000


def test_an_order_is_fulfilled_where_the_rest_of_it_is_given_back() -> None:
    order, sale = charged()
    order, sale = fulfil(order, sale, (("brewer", 1),), Tracking(), "parcel", NOON)
    assert order.status is OrderStatus.PLACED
    order, sale = refund(order, answered(sale), Wanted(lines=(ALL_MUGS,)), "refund-1", NOON)
    assert order.status is OrderStatus.FULFILLED


def test_an_order_of_which_nothing_was_sent_is_not_fulfilled_by_refunds() -> None:
    order, _ = refund(*charged(MUGS), Wanted(lines=(ALL_MUGS,)), "refund-1", NOON)
    assert order.status is OrderStatus.PLACED


# What is not captured yet


def test_goods_that_were_neither_sent_nor_paid_are_waived() -> None:
    order, sale = sold(mode=CaptureMode.ON_FULFILMENT)
    _, sale = refund(order, sale, Wanted(lines=(ALL_MUGS,)), "refund-1", NOON)
    value = line_value(order, "mugs", 3)
    assert [(one.kind, one.amount, one.state) for one in sale.transactions] == [
        (TransactionKind.WAIVE, value, TransactionState.SUCCEEDED)
    ]
    assert sale.uncaptured(sale.payments[0]) == order.total - value
    assert [(one.kind, one.amount) for one in adjustments(order.total, sale)] == [(AdjustmentKind.NOT_CAPTURED, -value)]
    sale = answered(charging.capture(sale, "capture-1", None, NOON))
    assert (sale.total_captured, sale.charge) == (order.total - value, ChargeState.CAPTURED)


def test_a_card_that_would_have_paid_only_for_what_is_given_back_is_voided() -> None:
    value = 2997 + 150 + 210
    payments = (a_card("first", 26200), a_card("second", value))
    order, sale = sold(payments=payments, mode=CaptureMode.ON_REQUEST)
    _, sale = refund(order, sale, Wanted(lines=(ALL_MUGS,)), "refund-1", NOON)
    assert [(one.kind, one.payment_id) for one in sale.pending] == [(TransactionKind.VOID, "second")]


def test_what_was_paid_is_given_back_where_goods_were_sent() -> None:
    order, sale = sold(mode=CaptureMode.ON_REQUEST)
    sale = answered(charging.capture(sale, "capture-1", 1000, NOON))
    order, sale = fulfil(order, sale, (("mugs", 3),), Tracking(), "parcel", NOON)
    _, sale = refund(order, answered(sale), Wanted(lines=(ALL_MUGS,)), "refund-1", NOON)
    value = line_value(order, "mugs", 3)
    assert [(one.kind, one.amount) for one in sale.transactions[1:]] == [
        (TransactionKind.REFUND, 1000),
        (TransactionKind.WAIVE, value - 1000),
    ]


def test_shipping_is_waived_before_anything_is_sent_and_given_back_after() -> None:
    order, sale = sold(mode=CaptureMode.ON_REQUEST)
    sale = answered(charging.capture(sale, "capture-1", 5000, NOON))
    _, waived = refund(order, sale, Wanted(shipping=None), "refund-1", NOON)
    order, sale = fulfil(order, sale, (("mugs", 1),), Tracking(), "parcel", NOON)
    _, given = refund(order, answered(sale), Wanted(shipping=None), "refund-1", NOON)
    last = [(one.transactions[-1].kind, one.transactions[-1].amount) for one in (waived, given)]
    assert last == [(TransactionKind.WAIVE, 1000), (TransactionKind.REFUND, 1000)]


def test_an_amount_without_goods_is_given_back_from_what_was_captured_only() -> None:
    order, sale = sold(mode=CaptureMode.ON_REQUEST)
    assert problem(order, sale, Wanted(amount=1)) == ("Only 0.00 CAD can be refunded.", "amount")


def test_a_refund_that_depends_on_a_capture_waits_for_its_answer() -> None:
    order, sale = sold()
    sale = charging.charge(sale, NOON)
    with pytest.raises(Locked):
        refund(order, sale, Wanted(amount=100), "refund-1", NOON)


def test_where_everything_is_waived_the_charge_is_over() -> None:
    order, sale = sold(MUGS, mode=CaptureMode.ON_FULFILMENT)
    _, sale = refund(order, sale, Wanted(lines=(ALL_MUGS,), shipping=None), "refund-1", NOON)
    assert (sale.charge, net(order, sale)) == (ChargeState.VOIDED, 0)
    assert [one.kind for one in sale.pending] == [TransactionKind.VOID]


# Orders of all kinds


def test_an_order_paid_by_gift_card_only_goes_back_onto_it() -> None:
    order, sale = charged(BREWER, payments=(a_gift(26200),))
    assert by_payment(given_back(order, sale, Wanted())) == {"gift": 26200}


def test_of_an_order_for_nothing_goods_can_come_back() -> None:
    basket = a_basket(lines=(replace(BREWER, unit_price=0),), shipping=None)
    order, sale = charged(basket=basket)
    assert (order.total, sale.charge) == (0, ChargeState.CAPTURED)
    assert problem(order, sale, Wanted()) == ("Nothing of this order can be refunded.", "amount")
    sale = given_back(order, sale, Wanted(lines=(WantedLine("brewer", 1, restock=True),)))
    assert stock_of(sale)["BREWER"] == (1, 0, 1)


def test_of_a_cancelled_order_only_money_that_did_not_get_through_is_given_back() -> None:
    order, sale = charged(BREWER)
    cancelled = replace(order, status=OrderStatus.CANCELLED)
    assert problem(cancelled, sale, Wanted(lines=(WantedLine("brewer", 1),)))[1] == "order"
    assert given_back(cancelled, sale, Wanted()).refunds[0].amount == 26200
    assert problem(cancelled, given_back(order, sale, Wanted()), Wanted(amount=1))[1] == "order"


def test_a_line_of_many_units_is_no_more_work() -> None:
    order, sale = charged(a_line(key="nails", quantity=100_000, unit_price=1))
    parts = [given_back(order, sale, Wanted(lines=(WantedLine("nails", units),))).refunds[0].amount for units in (1, 2)]
    assert parts == [1, 2]
