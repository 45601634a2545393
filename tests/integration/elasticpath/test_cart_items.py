"""What is in a cart: added, changed, taken out; what it costs, and what there is of it."""

from __future__ import annotations

from typing import Any

import pytest

from elasticpath.ids import uuid_of
from tests.builders import a_discount
from tests.integration.api import Reply
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.shopping import Cart, code, custom, product, refusal, sell
from tests.integration.elasticpath.storefront import Storefront
from till.domain.discount import DiscountKind
from till.domain.product import InventoryPolicy, Variant
from till.runtime import wiring

NOBODY = "1c73326e-07e0-4043-81fc-54b8f13daeb4"


def usd(amount: int, formatted: str) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD", "formatted": formatted}


@pytest.fixture
def mug(till: Deployment) -> Variant:
    """4.00 USD or 5.00 CAD, ten of them."""
    return sell(till, "mug")


@pytest.fixture
def cart(till: Deployment) -> Cart:
    """Of a shop that speaks as Americans do."""
    till.change_shop(locale="en-US")
    return Cart(Storefront(till))


@pytest.fixture
def backend(till: Deployment) -> Cart:
    """The same cart for whoever may set prices."""
    return Cart(Storefront(till, trusted=True, number=2))


def test_a_product_is_told_in_whole(cart: Cart, mug: Variant) -> None:
    reply = cart.add(product(mug, 2, custom_inputs={"front": "Jane"}))
    assert reply.status == 201
    [item] = reply.body["data"]
    four, eight, nothing = usd(400, "$4.00"), usd(800, "$8.00"), usd(0, "$0.00")
    made = item["meta"].pop("timestamps")
    assert made.keys() == {"created_at", "updated_at"}
    assert item == {
        "id": item["id"],
        "type": "cart_item",
        "product_id": uuid_of(mug.id),
        "name": "Mug",
        "description": "",
        "sku": "mug",
        "slug": "",
        "image": {"mime_type": "", "file_name": "", "href": ""},
        "quantity": 2,
        "manage_stock": True,
        "unit_price": {"amount": 400, "currency": "USD", "includes_tax": False},
        "value": {"amount": 800, "currency": "USD", "includes_tax": False},
        "links": {},
        "meta": {
            "display_price": {
                "with_tax": {"unit": four, "value": eight},
                "without_tax": {"unit": four, "value": eight},
                "tax": {"unit": nothing, "value": nothing},
                "discount": {"unit": nothing, "value": nothing},
                "without_discount": {"unit": four, "value": eight},
            }
        },
        "custom_inputs": {"front": "Jane"},
        "catalog_source": "pim",
    }
    assert reply.body["meta"]["display_price"] == {
        "with_tax": eight,
        "without_tax": eight,
        "tax": nothing,
        "discount": nothing,
        "without_discount": eight,
        "shipping": nothing,
        "shipping_discount": nothing,
    }
    assert reply.body["meta"]["timestamps"].keys() == {"created_at", "updated_at", "expires_at"}


def test_a_product_is_found_by_sku_too(cart: Cart, mug: Variant) -> None:
    [item] = cart.add(product("mug")).body["data"]
    assert item["product_id"] == uuid_of(mug.id)


def test_the_same_product_adds_up_and_with_other_wishes_is_another_item(cart: Cart, mug: Variant) -> None:
    for quantity in (1, 2):
        cart.add(product(mug, quantity))
    cart.add(product(mug, 1, custom_inputs={"front": {"line_1": "For", "line_2": "Jane"}}))
    cart.add(product(mug, 1, custom_inputs={"front": {"line_1": "For", "line_2": "Jane"}}))
    cart.add(product(mug, 1, custom_inputs={"front": '{"line_1":"For","line_2":"Jane"}'}))
    assert [(item["quantity"], item.get("custom_inputs")) for item in cart.items] == [
        (3, None),
        (2, {"front": {"line_1": "For", "line_2": "Jane"}}),
        (1, {"front": '{"line_1":"For","line_2":"Jane"}'}),
    ]


# Money


def test_the_first_item_says_in_which_currency_the_cart_is(till: Deployment, cart: Cart, mug: Variant) -> None:
    cart.add(product(mug))
    assert cart.data["meta"]["display_price"]["with_tax"] == usd(400, "$4.00")
    sell(till, "pot", prices={"CAD": 900})
    other = Cart(cart.front, currency="CAD")
    assert refusal(other.add(product("pot"))) == (
        400,
        "Could not add product",
        "This product does not have a price for USD",
    )
    other.add(product(mug))
    assert cart.total == 800


def test_a_cart_is_in_the_shops_currency_unless_the_client_says_otherwise(cart: Cart, mug: Variant) -> None:
    cart.currency = ""
    cart.add(product(mug))
    price = cart.data["meta"]["display_price"]["with_tax"]
    assert (price["amount"], price["currency"]) == (500, "CAD")


def test_a_product_without_a_price_in_the_currency_is_not_added(till: Deployment, cart: Cart) -> None:
    pot = sell(till, "pot", prices={"CAD": 900})
    reply = cart.add(product(pot))
    assert refusal(reply)[:2] == (400, "Could not add product")
    assert reply.body["errors"][0]["meta"] == {"id": uuid_of(pot.id), "sku": "pot"}
    assert cart.data["meta"]["display_price"]["with_tax"]["currency"] == ""


def test_a_currency_that_does_not_exist_is_refused(cart: Cart, mug: Variant) -> None:
    cart.currency = "XYZ"
    assert cart.add(product(mug)).status == 400


def test_an_emptied_cart_may_be_filled_in_another_currency(cart: Cart, mug: Variant) -> None:
    cart.add(product(mug))
    assert cart.call("DELETE", "/items").status == 204
    assert cart.data["meta"]["display_price"]["with_tax"] == {"amount": 0, "currency": "", "formatted": "0"}
    cart.currency = "CAD"
    cart.add(product(mug))
    assert cart.total == 500


# Stock


def not_enough(reply: Reply, variant: Variant) -> None:
    detail = f"There is not enough stock to add {variant.product_title} to your cart"
    assert refusal(reply) == (400, "Insufficient stock", detail)
    assert reply.body["errors"][0]["meta"] == {"id": uuid_of(variant.id), "sku": variant.sku}


def test_no_more_can_be_put_in_a_cart_than_there_is(cart: Cart, mug: Variant) -> None:
    not_enough(cart.add(product(mug, 11)), mug)
    cart.add(product(mug, 6))
    not_enough(cart.add(product(mug, 5)), mug)
    not_enough(cart.add(product(mug, 5, custom_inputs={"front": "Jane"})), mug)
    assert cart.quantities == {"mug": 6}


def test_a_cart_holds_no_stock(till: Deployment, cart: Cart, mug: Variant) -> None:
    cart.add(product(mug, 10))
    assert Cart(cart.front, "another").add(product(mug, 10)).status == 201
    assert till.stock(mug.id).available == 10


def test_a_product_that_may_be_oversold_is_never_short(cart: Cart, mug: Variant) -> None:
    wiring.stock().set_policies("acme", {mug.id: InventoryPolicy.CONTINUE})
    assert cart.add(product(mug, 50)).status == 201


def test_a_shop_that_counts_no_stock_has_enough_of_all(till: Deployment, cart: Cart, mug: Variant) -> None:
    till.change_settings(inventory_check=False)
    [item] = cart.add(product(mug, 50)).body["data"]
    assert (item["quantity"], item["manage_stock"]) == (50, False)


# What is refused


@pytest.mark.parametrize(
    ("item", "source", "title"),
    [
        ({"type": "cart_item", "quantity": 1}, "data.id", "required"),
        ({"type": "cart_item", "sku": "mug"}, "data.quantity", "required"),
        ({"type": "cart_item", "sku": "mug", "quantity": 0}, "data.quantity", "number_gte"),
        ({"type": "cart_item", "sku": "mug", "quantity": -1}, "data.quantity", "number_gte"),
        ({"type": "cart_item", "sku": "mug", "quantity": 1.5}, "data.quantity", "Bad Request"),
        ({"type": "cart_item", "sku": "mug", "quantity": "1"}, "data.quantity", "Bad Request"),
        ({"type": "cart_item", "sku": "mug", "quantity": 10**9}, "data.quantity", "number_lte"),
        ({"type": "cart_item", "sku": "mug", "quantity": 1, "custom_inputs": []}, "data.custom_inputs", "Bad Request"),
        ({"type": "subscription_item", "quantity": 1}, "data.type", "format"),
        ({"sku": "mug", "quantity": 1}, "data.type", "format"),
        ({"type": "promotion_item"}, "data.code", "required"),
        ({"type": "order_items"}, "data.order_id", "required"),
        ({"type": "cart_items", "cart_id": "a b"}, "data.cart_id", "format"),
        (custom(amount=-100), "data.price.amount", "number_gte"),
        (custom(amount=10**15), "data.price.amount", "number_lte"),
        (custom(name=""), "data.name", "string_gte"),
        ({"type": "custom_item", "name": "x", "quantity": 1}, "data.price", "required"),
        ("mug", "data", "Bad Request"),
        (None, "data", "Bad Request"),
    ],
)
def test_what_is_no_item_is_refused_by_its_field(
    backend: Cart, mug: Variant, item: Any, source: str, title: str
) -> None:
    reply = backend.add(item)
    assert reply.status == 400, reply.raw
    [error] = reply.body["errors"]
    assert (error["title"], error["source"]) == (title, source)
    assert error["detail"]
    assert backend.items == []


def test_a_product_that_there_is_none_of_is_not_found(cart: Cart) -> None:
    for named in (NOBODY, "x", "01JXVARIANT"):
        reply = cart.add({"type": "cart_item", "id": named, "quantity": 1})
        assert refusal(reply) == (404, "Product not found", "The requested product could not be found")
        assert reply.body["errors"][0]["meta"] == {"id": named}
    reply = cart.add(product("nothing"))
    assert refusal(reply) == (404, "Product not found", "product SKU 'nothing' not found in the catalogue")
    assert reply.body["errors"][0]["meta"] == {"sku": "nothing"}


def test_a_cart_has_a_hundred_different_items_at_most(backend: Cart, mug: Variant) -> None:
    assert backend.add(*(custom(f"Card {n}", n, sku=f"card-{n}") for n in range(99))).status == 201
    assert backend.add(product(mug)).status == 201
    assert refusal(backend.add(custom("One more")))[0] == 400
    assert backend.add(product(mug)).status == 201
    assert len(backend.items) == 100


# Custom items


def test_a_custom_item_costs_what_its_client_says(backend: Cart) -> None:
    [item] = backend.add(custom("Wrapping", 500, 2, sku="wrap", description="With a bow")).body["data"]
    assert (item["type"], item["name"], item["sku"], item["description"]) == (
        "custom_item",
        "Wrapping",
        "wrap",
        "With a bow",
    )
    assert "product_id" not in item
    assert item["manage_stock"] is False
    assert item["unit_price"] == {"amount": 500, "currency": "USD", "includes_tax": True}
    assert item["value"] == {"amount": 1000, "currency": "USD", "includes_tax": True}
    untaxed = custom("Card", 100, price={"amount": 100, "includes_tax": False})
    assert backend.add(untaxed).body["data"][1]["unit_price"]["includes_tax"] is False


def test_custom_items_of_one_sku_add_up_where_they_cost_the_same(backend: Cart) -> None:
    for amount in (500, 500, 700):
        backend.add(custom("Wrapping", amount, sku="wrap"))
    for _ in range(2):
        backend.add(custom("Card", 100))
    told = [(item["name"], item["unit_price"]["amount"], item["quantity"]) for item in backend.items]
    assert told == [("Wrapping", 500, 2), ("Wrapping", 700, 1), ("Card", 100, 1), ("Card", 100, 1)]
    assert backend.total == 1900


# Changed, taken out


def test_the_quantity_of_an_item_is_changed_and_zero_takes_it_out(cart: Cart, mug: Variant) -> None:
    [item] = cart.add(product(mug)).body["data"]
    changed = cart.put(f"/items/{item['id']}", type="cart_item", id=item["id"], quantity=4)
    assert (changed.status, changed.body["data"][0]["quantity"]) == (200, 4)
    assert changed.body["meta"]["display_price"]["with_tax"] == usd(1600, "$16.00")
    not_enough(cart.put(f"/items/{item['id']}", quantity=11), mug)
    assert cart.quantities == {"mug": 4}
    assert cart.put(f"/items/{item['id']}", quantity=0).body["data"] == []


def test_what_an_item_is_to_bear_is_changed(cart: Cart, mug: Variant) -> None:
    [item] = cart.add(product(mug, 1, custom_inputs={"front": "Jane"})).body["data"]
    [changed] = cart.put(f"/items/{item['id']}", custom_inputs={"front": "John"}).body["data"]
    assert (changed["id"], changed["custom_inputs"], changed["quantity"]) == (item["id"], {"front": "John"}, 1)


def test_an_item_is_taken_out(cart: Cart, mug: Variant) -> None:
    [item] = cart.add(product(mug)).body["data"]
    removed = cart.call("DELETE", f"/items/{item['id']}")
    assert (removed.status, removed.body["data"]) == (200, [])
    gone = cart.call("DELETE", f"/items/{item['id']}")
    assert refusal(gone) == (404, "Not Found", "The Item doesn't exist in the cart")


@pytest.mark.parametrize("item_id", [NOBODY, "x", "%22", "a" * 300])
def test_an_item_that_is_not_there_cannot_be_changed(cart: Cart, item_id: str) -> None:
    assert refusal(cart.put(f"/items/{item_id}", quantity=1))[:2] == (404, "Not Found")
    assert refusal(cart.call("DELETE", f"/items/{item_id}"))[:2] == (404, "Not Found")


@pytest.mark.parametrize("quantity", [-1, 1.5, "2", 10**9])
def test_a_quantity_that_nobody_means_is_refused(cart: Cart, mug: Variant, quantity: Any) -> None:
    [item] = cart.add(product(mug)).body["data"]
    reply = cart.put(f"/items/{item['id']}", quantity=quantity)
    assert reply.status == 400
    assert reply.body["errors"][0]["source"] == "data.quantity"


def test_an_emptied_cart_stays_a_cart(till: Deployment, cart: Cart, mug: Variant) -> None:
    till.offer()
    cart.put(name="Birthday")
    cart.add(product(mug))
    cart.add(code())
    emptied = cart.call("DELETE", "/items")
    assert (emptied.status, emptied.raw) == (204, "")
    assert (cart.items, cart.data["name"]) == ([], "Birthday")


# Promotions


def test_a_code_is_an_item_that_costs_less_than_nothing(till: Deployment, cart: Cart, mug: Variant) -> None:
    discount = till.offer(text="Ten percent off")
    cart.add(product(mug, 5))
    reply = cart.add(code("save10"))
    mugs, promotion = reply.body["data"]
    assert reply.status == 201
    assert promotion["type"] == "promotion_item"
    assert (promotion["sku"], promotion["name"], promotion["quantity"]) == ("SAVE10", "Ten percent off", 1)
    assert promotion["promotion_id"] == uuid_of(discount.id)
    assert promotion["unit_price"] == {"amount": -200, "currency": "USD", "includes_tax": False}
    assert promotion["meta"]["display_price"]["with_tax"]["value"] == usd(-200, "-$2.00")
    assert mugs["discounts"] == [
        {
            "amount": {"amount": -200, "currency": "USD", "includes_tax": False},
            "code": "SAVE10",
            "id": uuid_of(discount.id),
            "promotion_source": "rule-promotion",
            "is_cart_discount": True,
        }
    ]
    prices = mugs["meta"]["display_price"]
    assert prices["discount"] == {"unit": usd(-40, "-$0.40"), "value": usd(-200, "-$2.00")}
    assert prices["discounts"] == {"SAVE10": usd(-200, "-$2.00")}
    assert reply.body["meta"]["display_price"]["with_tax"] == usd(1800, "$18.00")
    assert reply.body["meta"]["display_price"]["discount"] == usd(-200, "-$2.00")
    assert reply.body["meta"]["messages"] == [
        {
            "source": {"type": "promotion_item", "id": promotion["id"]},
            "title": "Promotion Added",
            "description": "Promotion has been added to cart.",
        }
    ]
    assert "messages" not in cart.call("GET", "/items").body["meta"]


def test_a_code_is_taken_off_by_its_name_or_as_the_item_that_it_is(till: Deployment, cart: Cart, mug: Variant) -> None:
    till.offer()
    cart.add(product(mug, 5))
    cart.add(code())
    removed = cart.call("DELETE", "/discounts/save10")
    assert (removed.status, removed.raw, cart.total) == (204, "", 2000)
    _, promotion = cart.add(code()).body["data"]
    [item] = cart.call("DELETE", f"/items/{promotion['id']}").body["data"]
    assert (item["sku"], cart.total) == ("mug", 2000)
    assert refusal(cart.call("DELETE", "/discounts/SAVE10"))[:2] == (404, "Not Found")


@pytest.mark.parametrize(
    "offer", [{}, {"ends_at": 1}, {"starts_at": 4_000_000_000}, {"minimum_value": 10**6, "currency": "USD"}]
)
def test_a_code_that_is_no_good_is_not_found(till: Deployment, cart: Cart, mug: Variant, offer: dict[str, Any]) -> None:
    if offer:
        till.offer("NOPE", **offer)
    cart.add(product(mug))
    reply = cart.add(code("NOPE"))
    assert refusal(reply) == (404, "Not Found", "No promotion could be found with the given code.")
    assert reply.body["errors"][0]["meta"] == {"code": "NOPE"}


def test_codes_that_do_not_go_together_say_so(till: Deployment, cart: Cart, mug: Variant) -> None:
    till.offer("FIRST")
    till.offer("SECOND")
    cart.add(product(mug))
    cart.add(code("FIRST"))
    for text in ("FIRST", "SECOND"):
        reply = cart.add(code(text))
        assert refusal(reply)[:2] == (422, "Could not apply EP promotion with the given code")
        assert reply.body["errors"][0]["meta"] == {"code": text}


def test_a_cart_with_discounts_of_its_own_takes_no_codes(till: Deployment, cart: Cart, mug: Variant) -> None:
    till.offer()
    cart.add(product(mug))
    cart.put(discount_settings={"custom_discounts_enabled": True})
    assert refusal(cart.add(code())) == (
        422,
        "Could not apply EP promotion with the given code",
        "The cart is configured to use custom discounts",
    )


def test_a_gift_comes_with_what_it_is_for_and_goes_with_it(till: Deployment, cart: Cart, mug: Variant) -> None:
    spoon = sell(till, "spoon")
    gift = a_discount(
        id=wiring.new_id(),
        code="",
        kind=DiscountKind.GIFT,
        value=0,
        minimum_quantity=2,
        gift_variant_id=spoon.id,
        gift_quantity=1,
    )
    till.change_shop(promotions=(gift,))
    assert [item["sku"] for item in cart.add(product(mug)).body["data"]] == ["mug"]
    mugs, free = cart.add(product(mug)).body["data"]
    assert (free["sku"], free["quantity"], free["auto_add_quantity"]) == ("spoon", 1, 1)
    assert free["unit_price"]["amount"] == 0
    assert cart.total == 800
    for refused in (cart.put(f"/items/{free['id']}", quantity=2), cart.call("DELETE", f"/items/{free['id']}")):
        assert refusal(refused)[:2] == (422, "Unprocessable Entity")
    left = cart.put(f"/items/{mugs['id']}", quantity=1).body["data"]
    assert [item["sku"] for item in left] == ["mug"]


def test_what_a_product_is_to_bear_has_an_end(cart: Cart, mug: Variant) -> None:
    """What is stored is compressed, what is answered is not: a full cart, and a page of orders, must still fit."""
    long = {"front": {"line_1": "a" * 10_000}}
    reply = cart.add(product(mug, custom_inputs=long))
    assert (reply.status, reply.body["errors"][0]["source"]) == (400, "data.custom_inputs")
    [item] = cart.add(product(mug, custom_inputs={"front": "a" * 9_900})).body["data"]
    assert cart.put(f"/items/{item['id']}", custom_inputs=long).status == 400
