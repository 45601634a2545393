"""Whatever a plugin, a tax provider or an inventory override answers: it is refused, or it is an order as any other."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bold.orders.plugin_actions import Acting, PluginAnswer
from tests.builders import a_basket, a_line, a_plugin, a_receiver, a_shop, an_order
from tests.fakes.outbound import FakeOutbound
from tests.unit.strategies import any_json
from till.adapters.dynamodb.documents import pack, unpack
from till.adapters.inventory_override import PluginInventory
from till.adapters.taxes import ShopTaxes
from till.domain.errors import Invalid, Refused
from till.domain.order import Order
from till.domain.pricing import price
from till.runtime.validation import parse

PLUGIN = a_plugin()
PROVIDER = a_receiver()
ACTIONS: Any = {
    "success": True,
    "actions": [
        {"type": "ADD_FEE", "data": {"id": "f", "line_text": "Fee", "fee_type": "percentage", "value": 2.5}},
        {
            "type": "ADD_FEE",
            "data": {"id": "g", "line_text": "Fee", "fee_type": "fixed", "value": 3, "taxable": "true"},
        },
        {"type": "ADD_DISCOUNT", "data": {"id": "d", "line_text": "Off", "discount_type": "fixed", "value": 500}},
        {"type": "ADD_DISCOUNT", "data": {"id": "e", "line_text": "Off", "discount_type": "percentage", "value": 10}},
        {"type": "REMOVE_FEE", "data": {"id": "f"}},
        {"type": "REMOVE_DISCOUNT", "data": {"id": "d"}},
        {"type": "ADD_NOTE", "data": {"note": "Seen."}},
        {"type": "SET_METADATA", "data": {"note_attributes": {"age": 21}, "tags": ["adult"]}},
        {"type": "OVERRIDE_INVENTORY", "data": {"url": PLUGIN.url}},
    ],
}
TAXES: Any = {
    "currency": "CAD",
    "included": False,
    "reference": "q",
    "lines": [{"key": "line-1", "taxes": [{"name": "GST", "amount": 1125}]}],
    "shipping": [{"name": "GST", "amount": 50}],
    "fees": [],
}
STOCK: Any = {"type": "final", "items": [{"platform_variant_id": "66", "available_quantity": 5}]}


def places(value: object, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inside:
        yield from places(one, (*at, name))


def surprised(good: Any) -> st.SearchStrategy[Any]:
    """The good answer with anything in the place of one of its parts."""

    def put(at: tuple[Any, ...], surprise: object) -> Any:
        if not at:
            return surprise
        answer = copy.deepcopy(good)
        inner = answer
        for part in at[:-1]:
            inner = inner[part]
        inner[at[-1]] = surprise
        return answer

    return st.builds(put, st.sampled_from(list(places(good))), any_json)


def assert_is_as_any_other(order: Order) -> None:
    """It has a total that can be paid, and is read again as it was stored."""
    totals = price(order.basket)
    assert isinstance(totals.total, int)
    assert totals.total >= 0
    assert unpack(Order, pack(order)) == order


def acted(answer: Any) -> Order:
    acting = Acting(PLUGIN, FakeOutbound().check)
    return parse(PluginAnswer, answer).on(an_order(), acting)


def test_a_good_answer_of_each_is_taken() -> None:
    assert_is_as_any_other(acted(ACTIONS))
    assert [fee.id for fee in acted(ACTIONS).basket.fees] == ["g"]
    assert quoted(TAXES)
    assert available(STOCK) == {a_line().variant_id: 5}


@given(surprised(ACTIONS))
def test_a_plugins_answer_is_refused_or_makes_an_order_as_any_other(answer: Any) -> None:
    try:
        order = acted(answer)
    except Invalid:
        return
    assert_is_as_any_other(order)


def quoted(answer: Any) -> Order | None:
    taxes = ShopTaxes(lambda: FakeOutbound({PROVIDER.url: lambda _: answer}))
    try:
        quote = taxes.quote(a_basket(taxes=None), a_shop(tax_provider=PROVIDER))
    except Refused:
        return None
    return an_order(basket=a_basket(taxes=quote))


@given(surprised(TAXES))
def test_a_providers_answer_is_refused_or_makes_an_order_as_any_other(answer: Any) -> None:
    if order := quoted(answer):
        assert_is_as_any_other(order)


def available(answer: Any) -> dict[str, int] | None:
    knowing = a_plugin(inventory_url="https://plugin.example/stock")
    override = PluginInventory(lambda: FakeOutbound({knowing.inventory_url: lambda _: answer}))
    try:
        return dict(override.available(an_order(), a_shop(plugins=(knowing,)), "final"))
    except Refused:
        return None


@given(surprised(STOCK))
def test_an_overrides_answer_is_refused_or_a_number_of_what_was_asked_about(answer: Any) -> None:
    found = available(answer)
    assert found is None or found.keys() <= {a_line().variant_id}
    assert all(type(units) is int for units in (found or {}).values())
