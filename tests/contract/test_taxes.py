"""What every `Taxes` does, then what a merchant's own tax provider may answer."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.builders import GST, PST, STANDARD, a_basket, a_line, a_receiver, a_shop
from tests.fakes.outbound import FakeOutbound, Service, running
from till.adapters.outbound import HttpsOutbound
from till.adapters.taxes import ShopTaxes
from till.application.ports import Outbound, Taxes
from till.domain.basket import Basket
from till.domain.discount import Discount, DiscountKind
from till.domain.errors import Refused
from till.domain.fee import Fee, FeeKind
from till.domain.pricing import price
from till.domain.shop import Shop
from till.domain.tax import TaxItem, TaxLine

type Json = dict[str, Any]


def no_call() -> Outbound:
    raise AssertionError("zones are the shop's own")


def answered(asked: Json) -> Json:
    """5 % and 7 % of everything but shipping, as a provider would say it."""

    def named(amount: int) -> list[Json]:
        return [{"name": "GST", "amount": amount * 5 // 100}, {"name": "PST", "amount": amount * 7 // 100}]

    return {
        "currency": asked["currency"],
        "included": False,
        "lines": [{"key": line["key"], "taxes": named(line["amount"])} for line in asked["lines"]],
        "shipping": [],
        "reference": "quote-1",
    }


@pytest.fixture(params=["zones", "provider"])
def known(request: pytest.FixtureRequest) -> Iterator[tuple[Taxes, Shop]]:
    """The taxes of a shop in Manitoba."""
    if request.param == "zones":
        yield ShopTaxes(no_call), a_shop()
        return
    outbound = HttpsOutbound(lambda: "k" * 64, True, lambda: int(time.time()), lambda: "1")
    with running(Service(answered)) as service:
        yield ShopTaxes(lambda: outbound), a_shop(tax_provider=a_receiver(url=service.url))


def test_each_line_has_its_named_taxes(known: tuple[Taxes, Shop]) -> None:
    taxes, shop = known
    quote = taxes.quote(a_basket(taxes=None), shop)
    assert quote.lines == (("line-1", (TaxLine("GST", 1125), TaxLine("PST", 1575))),)
    assert (quote.included, quote.shipping, quote.total()) == (False, (), 2700)


def test_taxes_are_of_what_is_paid_after_discounts(known: tuple[Taxes, Shop]) -> None:
    taxes, shop = known
    five_off = Discount("D1", "FIVE", DiscountKind.FIXED, 500, "CAD")
    assert taxes.quote(a_basket(taxes=None, discounts=(five_off,)), shop).total() == 1100 + 1540


def test_rates_that_a_client_put_on_the_basket_take_the_place_of_the_shops(known: tuple[Taxes, Shop]) -> None:
    taxes, shop = known
    quote = taxes.quote(a_basket(taxes=None, tax_items=(TaxItem("T1", "VAT", 200_000),)), shop)
    assert quote.lines == (("line-1", (TaxLine("VAT", 4500),)),)
    assert quote.provider == "items"


# The provider


def quoted(answer: Callable[[Json], Any], basket: Basket | None = None) -> Any:
    provider = a_receiver()
    outbound = FakeOutbound({provider.url: answer})
    return ShopTaxes(lambda: outbound).quote(basket or a_basket(taxes=None), a_shop(tax_provider=provider))


def test_the_providers_figure_wins_over_every_rate_that_the_shop_knows() -> None:
    """A unit less than the shop's own zones would say, and another name: stored as it is."""

    def otherwise(asked: Json) -> Json:
        answer = answered(asked)
        answer["lines"][0]["taxes"] = [{"name": "State tax", "amount": 2699}]
        return answer | {"shipping": [{"name": "State tax", "amount": 33}], "fees": [{"name": "Levy", "amount": 1}]}

    quote = quoted(otherwise)
    assert quote.lines == (("line-1", (TaxLine("State tax", 2699),)),)
    assert (quote.shipping, quote.fees) == ((TaxLine("State tax", 33),), (TaxLine("Levy", 1),))
    assert (quote.provider, quote.reference) == ("https://taxes.example/quotes", "quote-1")
    assert price(a_basket(taxes=quote)).total == 22500 + 1000 + 2699 + 33 + 1


def test_tax_that_is_inside_the_prices_adds_nothing() -> None:
    quote = quoted(lambda asked: answered(asked) | {"included": True})
    assert price(a_basket(taxes=quote)).total == 22500 + 1000
    assert price(a_basket(taxes=quote)).tax_included == 2700


def test_an_order_without_tax_is_an_answer_too() -> None:
    def nothing(asked: Json) -> Json:
        lines = [{"key": line["key"], "taxes": []} for line in asked["lines"]]
        return {"currency": "CAD", "included": False, "lines": lines, "shipping": []}

    assert (quoted(nothing).lines, quoted(nothing).total(), quoted(nothing).reference) == ((), 0, "")


def test_the_provider_is_told_all_that_decides_taxes() -> None:
    asked: list[Json] = []
    basket = a_basket(
        taxes=None,
        lines=(a_line(quantity=2), a_line(key="line-2", sku="MUG", unit_price=1000, taxable=False)),
        discounts=(
            Discount("D1", "TEN", DiscountKind.FIXED, 1000, "CAD"),
            Discount("D2", "SHIP", DiscountKind.FREE_SHIPPING),
        ),
        fees=(Fee("wrap", "plugin-1", "Gift wrap", FeeKind.FIXED, 300, taxable=True),),
    )

    def remember(body: Json) -> Json:
        asked.append(body)
        return answered(body)

    quoted(remember, basket)
    (body,) = asked
    assert {name: body[name] for name in ("type", "shop", "currency", "prices_include_tax")} == {
        "type": "taxes",
        "shop": "acme",
        "currency": "CAD",
        "prices_include_tax": False,
    }
    assert [(line["key"], line["quantity"], line["amount"], line["taxable"]) for line in body["lines"]] == [
        ("line-1", 2, 45000 - 978, True),
        ("line-2", 1, 1000 - 22, False),
    ]
    assert body["shipping"] == {"code": STANDARD.code, "description": "Standard", "amount": 0}
    assert body["fees"] == [{"id": "wrap", "text": "Gift wrap", "amount": 300, "taxable": True}]
    assert body["shipping_address"]["province_code"] == "MB"
    assert body["billing_address"]["country_code"] == "CA"


def test_nothing_that_is_not_there_is_made_up() -> None:
    asked: list[Json] = []

    def remember(body: Json) -> Json:
        asked.append(body)
        return answered(body)

    quoted(remember, Basket("CAD", lines=(a_line(),)))
    assert (asked[0]["shipping"], asked[0]["shipping_address"], asked[0]["billing_address"]) == (None, None, None)


def _set(*path: Any) -> Callable[[Json], Any]:
    *way, last, value = path

    def change(answer: Json) -> Any:
        inner: Any = answer
        for part in way:
            inner = inner[part]
        inner[last] = value
        return answer

    return change


def _without(name: str) -> Callable[[Json], Any]:
    return lambda answer: {key: value for key, value in answer.items() if key != name}


A_TAX = {"name": "GST", "amount": 1}
BAD: dict[str, Callable[[Json], Any]] = {
    "another currency": _set("currency", "USD"),
    "no currency": _without("currency"),
    "no flag": _without("included"),
    "a flag in words": _set("included", "false"),
    "no lines": _without("lines"),
    "no shipping": _without("shipping"),
    "a member too many": _set("total", 12),
    "lines by key": _set("lines", {"line-1": []}),
    "a line forgotten": _set("lines", []),
    "a line twice": lambda answer: answer | {"lines": answer["lines"] * 2},
    "an unknown line": _set("lines", 0, "key", "line-9"),
    "a key that is none": _set("lines", 0, "key", ["line-1"]),
    "a line that is none": _set("lines", 0, "line-1"),
    "a misspelled member of a line": _set("lines", 0, "tax", []),
    "a tax without an amount": _set("lines", 0, "taxes", [{"name": "GST"}]),
    "a tax without a name": _set("lines", 0, "taxes", [{"amount": 1}]),
    "an empty name": _set("lines", 0, "taxes", [{"name": " ", "amount": 1}]),
    "a name as long as a book": _set("lines", 0, "taxes", [{"name": "x" * 256, "amount": 1}]),
    "too many taxes": _set("lines", 0, "taxes", [A_TAX] * 21),
    "a decimal": _set("lines", 0, "taxes", [{"name": "GST", "amount": 11.25}]),
    "a whole number as a decimal": _set("lines", 0, "taxes", [{"name": "GST", "amount": 11.0}]),
    "a text": _set("lines", 0, "taxes", [{"name": "GST", "amount": "1125"}]),
    "a boolean": _set("lines", 0, "taxes", [{"name": "GST", "amount": True}]),
    "nothing": _set("lines", 0, "taxes", [{"name": "GST", "amount": None}]),
    "below zero": _set("lines", 0, "taxes", [{"name": "GST", "amount": -1}]),
    "beyond all orders": _set("lines", 0, "taxes", [{"name": "GST", "amount": 10**13 + 1}]),
    "beyond all orders together": _set("lines", 0, "taxes", [{"name": "GST", "amount": 10**13}] * 2),
    "tax above the price it is in": lambda answer: (
        answer | {"included": True, "shipping": [{"name": "GST", "amount": 1001}]}
    ),
    "tax inside a fee that is not there": lambda answer: answer | {"included": True, "fees": [A_TAX]},
    "a reference that is a number": _set("reference", 7),
    "a reference as long as a book": _set("reference", "x" * 256),
    "fees that are none": _set("fees", {}),
    "nothing at all": lambda _: {},
    "an error": lambda _: {"error": "no such country"},
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD.keys())
def test_an_answer_that_is_not_to_the_letter_is_no_tax_at_all(change: Callable[[Json], Any]) -> None:
    with pytest.raises(Refused) as refused:
        quoted(lambda asked: change(copy.deepcopy(answered(asked))))
    (problem,) = refused.value.problems
    assert (problem.code, problem.message) == ("taxes_failed", "There was an error calculating the taxes")


def test_where_the_provider_does_not_answer_taxes_are_not_known() -> None:
    with pytest.raises(Refused, match="There was an error calculating the taxes"):
        ShopTaxes(FakeOutbound).quote(a_basket(), a_shop(tax_provider=a_receiver()))


def test_the_shops_own_rates_say_nothing_where_it_has_a_provider() -> None:
    assert {rate.name for rate in (GST, PST)} == {tax.name for tax in quoted(answered).by_name()}
    with pytest.raises(Refused):
        quoted(lambda _: {})
