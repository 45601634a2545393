"""Taxes that the shop's own backend works out and puts on items."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.deployment import Deployment
from tests.integration.elasticpath.shopping import Cart, custom, product, refusal, sell
from tests.integration.elasticpath.storefront import Storefront
from till.domain.money import Rounding
from till.domain.tax import RoundAt

VAT = {"type": "tax_item", "name": "Value Added Tax", "code": "VAT", "jurisdiction": "UK", "rate": 0.2}
EXCISE = {"type": "tax_item", "name": "Excise", "code": "EX", "jurisdiction": "UK", "amount": 50}
NOBODY = "1c73326e-07e0-4043-81fc-54b8f13daeb4"


@pytest.fixture
def cart(till: Deployment) -> Cart:
    """Two mugs at 4.00 USD."""
    cart = Cart(Storefront(till, trusted=True))
    cart.add(product(sell(till, "mug"), 2))
    return cart


@pytest.fixture
def mug(cart: Cart) -> str:
    """The path of the item."""
    return f"/items/{cart.items[0]['id']}"


def prices(cart: Cart) -> tuple[int, int, int]:
    """With tax, without tax, tax."""
    found = cart.data["meta"]["display_price"]
    return found["with_tax"]["amount"], found["without_tax"]["amount"], found["tax"]["amount"]


def test_a_rate_is_charged_on_its_item(cart: Cart, mug: str) -> None:
    added = cart.call("POST", f"{mug}/taxes", {"data": VAT})
    assert added.status == 201
    told = added.body["data"]
    relationship = {"item": {"data": {"type": "cart_item", "id": mug.rpartition("/")[2]}}}
    assert told == VAT | {"id": told["id"], "relationships": relationship}
    assert prices(cart) == (960, 800, 160)
    [item] = cart.items
    assert item["meta"]["display_price"]["tax"]["value"]["amount"] == 160
    assert item["relationships"]["taxes"]["data"] == [{"type": "tax_item", "id": told["id"]}]
    assert cart.call("GET", "?include=tax_items").body["included"]["tax_items"] == [told]


def test_an_amount_is_charged_for_the_whole_item_beside_rates(cart: Cart, mug: str) -> None:
    for tax in (EXCISE, VAT):
        assert cart.call("POST", f"{mug}/taxes", {"data": tax}).status == 201
    assert prices(cart) == (1010, 800, 210)
    cart.put(mug, quantity=1)
    assert prices(cart) == (530, 400, 130)


def test_tax_follows_what_becomes_of_the_cart(cart: Cart, mug: str) -> None:
    cart.call("POST", f"{mug}/taxes", {"data": VAT})
    cart.put(mug, quantity=1)
    assert prices(cart) == (480, 400, 80)
    cart.add(custom("Wrapping", 500))
    assert prices(cart) == (980, 900, 80)
    cart.call("DELETE", mug)
    assert prices(cart) == (500, 500, 0)


def test_a_tax_is_changed_and_taken_off(cart: Cart, mug: str) -> None:
    tax = f"{mug}/taxes/{cart.call('POST', f'{mug}/taxes', {'data': VAT}).body['data']['id']}"
    assert cart.put(tax, rate=0.15).body["data"]["rate"] == 0.15
    assert prices(cart) == (920, 800, 120)
    changed = cart.put(tax, rate=None, amount=70).body["data"]
    assert (changed["amount"], "rate" in changed, changed["name"]) == (70, False, "Value Added Tax")
    assert prices(cart) == (870, 800, 70)
    assert cart.put(tax, name="VAT").body["data"]["amount"] == 70
    removed = cart.call("DELETE", tax)
    assert (removed.status, removed.raw, prices(cart)) == (204, "", (800, 800, 0))
    assert refusal(cart.put(tax, rate=0.1))[0] == 404
    assert refusal(cart.call("DELETE", tax))[0] == 404


@pytest.mark.parametrize(
    ("tax", "source"),
    [
        ({"rate": 0.2, "amount": 5}, "data.amount"),
        ({}, "data.rate"),
        ({"rate": None}, "data.rate"),
        ({"rate": -0.1}, "data.rate"),
        ({"rate": 11}, "data.rate"),
        ({"rate": "0.2"}, "data.rate"),
        ({"rate": 0.00000001}, "data.rate"),
        ({"amount": 1.5}, "data.amount"),
        ({"amount": -1}, "data.amount"),
        ({"rate": 0.2, "name": 5}, "data.name"),
        ({"rate": 0.2, "type": "tax"}, "data.type"),
    ],
)
def test_what_is_no_tax_is_refused(cart: Cart, mug: str, tax: dict[str, Any], source: str) -> None:
    reply = cart.call("POST", f"{mug}/taxes", {"data": tax})
    assert (reply.status, reply.body["errors"][0]["source"]) == (400, source)


def test_an_item_has_five_taxes_at_most(cart: Cart, mug: str) -> None:
    for _ in range(5):
        assert cart.call("POST", f"{mug}/taxes", {"data": VAT}).status == 201
    assert refusal(cart.call("POST", f"{mug}/taxes", {"data": VAT})) == (
        422,
        "Tax item not added to cart item.",
        "Cannot exceed tax item limit of (5) on cart item.",
    )


def listed(tax: dict[str, Any], item: str, kind: str = "cart_item") -> dict[str, Any]:
    return tax | {"relationships": {"item": {"data": {"type": kind, "id": item}}}}


def test_taxes_of_many_items_are_put_on_at_once(cart: Cart) -> None:
    cart.add(custom("Card", 1000, price={"amount": 1000, "includes_tax": False}))
    mug, card = (item["id"] for item in cart.items)
    body = {"data": [listed(VAT, mug), listed(EXCISE, card, "custom_item")]}
    added = cart.call("POST", "/taxes", body)
    assert (added.status, len(added.body["data"]), "errors" in added.body) == (201, 2, False)
    assert prices(cart) == (2010, 1800, 210)
    removed = cart.call("DELETE", "/taxes")
    assert (removed.status, prices(cart)) == (204, (1800, 1800, 0))
    assert refusal(cart.call("DELETE", "/taxes")) == (404, "Resource Not Found", "No tax items exist in the cart")


def test_taxes_that_cannot_be_put_on_are_told_or_keep_all_off(cart: Cart) -> None:
    [mug] = (item["id"] for item in cart.items)
    data = [listed(VAT, mug), listed(VAT, NOBODY), listed(VAT, mug, "custom_item")]
    partly = cart.call("POST", "/taxes", {"data": data})
    assert (partly.status, len(partly.body["data"])) == (201, 1)
    assert [error["detail"] for error in partly.body["errors"]] == [
        "Item was not found in the cart",
        "Mismatch between type(custom_item) and cart item type(cart_item).",
    ]
    none = cart.call("POST", "/taxes", {"data": data, "options": {"add_all_or_nothing": True}})
    assert refusal(none)[:2] == (404, "Not Found")
    assert prices(cart) == (960, 800, 160)


def test_a_custom_item_whose_price_has_the_tax_in_it_is_not_taxed(cart: Cart) -> None:
    [_, card] = cart.add(custom("Card", 1000)).body["data"]
    cart.call("POST", f"/items/{card['id']}/taxes", {"data": VAT})
    assert prices(cart) == (1800, 1800, 0)


def test_a_storefront_puts_no_tax_on_anything(till: Deployment, cart: Cart, mug: str) -> None:
    front = Cart(Storefront(till, number=2))
    asked = [
        front.call("POST", f"{mug}/taxes", {"data": VAT}),
        front.call("POST", "/taxes", {"data": [listed(VAT, mug.rpartition("/")[2])]}),
        front.call("DELETE", "/taxes"),
        front.put(f"{mug}/taxes/{NOBODY}", rate=0.1),
        front.call("DELETE", f"{mug}/taxes/{NOBODY}"),
    ]
    assert {refusal(reply)[:2] for reply in asked} == {(403, "Forbidden")}


@pytest.mark.parametrize(("at", "total"), [(RoundAt.SIMPLE, 2597), (RoundAt.LINE, 2399)])
def test_the_worked_example_of_the_two_tax_methods_comes_out(till: Deployment, at: RoundAt, total: int) -> None:
    """3 x 9.99 at 20 %, 1 x 0.03 at 0 %, 10.00 off."""
    till.change_settings(round_at=at, rounding=Rounding.DOWN)
    till.offer("TEN", kind="fixed", value=1000, currency="USD")
    cart = Cart(Storefront(till, trusted=True))
    dear = cart.add(product(sell(till, "dear", prices={"USD": 999}), 3)).body["data"][0]
    cart.add(product(sell(till, "cheap", prices={"USD": 3})))
    cart.call("POST", f"/items/{dear['id']}/taxes", {"data": VAT})
    cart.add({"type": "promotion_item", "code": "TEN"})
    assert cart.total == total
