"""POST /v2/carts/{cart_id}/checkout: a cart becomes an order that waits to be paid, and stays a cart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from elasticpath.ids import uuid_of
from tests.builders import a_product, a_variant
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.carts import ANAHEIM, BREWER, JOHN, WINNIPEG, checkout, put_cart
from tests.integration.elasticpath.storefront import Storefront
from till.application.identifiers import ulid
from till.domain.agreement import ShippingGroup
from till.domain.basket import Basket, LineItem
from till.domain.order import OrderStatus
from till.domain.product import Product
from till.runtime import wiring

type Json = dict[str, Any]

CHECKOUT = "/v2/carts/cart-1/checkout"
KEY = {"Idempotency_Key": "checkout-0123456789"}
ADDRESS_FIELDS = ("first_name", "last_name", "line_1", "postcode", "country")


@pytest.fixture
def shopper(till: Deployment) -> Storefront:
    return Storefront(till)


def orders(till: Deployment) -> list[Any]:
    """All that the merchant's list has."""
    return list(wiring.orders().placed("acme", 1_700_000_000, 100, "").data)


def custom(name: str, price: int, number: int) -> LineItem:
    """A thing of nobody's catalogue, its tax in the price."""
    return LineItem(
        ulid(number, bytes(10)), "", 1, price, "", name, "", name, name, taxable=False, requires_shipping=False
    )


def sources(errors: list[Json]) -> set[str]:
    return {error["source"] for error in errors}


# What a checkout answers


def test_a_guest_checks_out_a_cart_and_is_answered_with_the_order(till: Deployment, shopper: Storefront) -> None:
    put_cart()
    body = checkout(order_number="order-1234", external_ref="e-123456789", shipping_address=ANAHEIM)
    reply = shopper.call("POST", CHECKOUT, body)
    assert reply.status == 200
    order = reply.body["data"]
    assert (order["type"], order["order_number"], order["external_ref"]) == ("order", "order-1234", "e-123456789")
    assert (order["status"], order["payment"], order["shipping"]) == ("incomplete", "unpaid", "unfulfilled")
    assert order["anonymized"] is False
    assert order["customer"] == JOHN
    assert order["billing_address"] == ANAHEIM
    assert order["shipping_address"] == ANAHEIM | {"phone_number": "", "instructions": ""}
    assert "contact" not in order
    [item] = reply.body["included"]["items"]
    assert order["relationships"]["items"]["data"] == [{"type": "item", "id": item["id"]}]
    assert (item["type"], item["sku"], item["quantity"]) == ("order_item", "ABS", 1)
    assert item["product_id"] == uuid_of(BREWER.variant_id)
    assert item["unit_price"] == {"amount": 22500, "currency": "CAD", "includes_tax": False}
    assert item["relationships"]["cart_item"]["data"]["type"] == "cart_item"


def test_the_totals_stand_where_clients_read_them_and_where_the_document_has_them(
    till: Deployment, shopper: Storefront
) -> None:
    put_cart()
    meta = shopper.call("POST", CHECKOUT, checkout(shipping_address=WINNIPEG)).body["data"]["meta"]
    assert meta["display_price"]["with_tax"] == {"amount": 25200, "currency": "CAD", "formatted": "$252.00"}
    amounts = {name: price["amount"] for name, price in meta["display_price"].items()}
    assert amounts == {
        "with_tax": 25200,
        "without_tax": 22500,
        "tax": 2700,
        "discount": 0,
        "balance_owing": 25200,
        "paid": 0,
        "authorized": 0,
        "without_discount": 25200,
        "shipping": 0,
        "shipping_discount": 0,
    }
    assert {name: meta[name] for name in amounts} == meta["display_price"]


def test_the_merchant_sees_the_order_with_the_same_total(till: Deployment, shopper: Storefront) -> None:
    put_cart()
    answered = shopper.call("POST", CHECKOUT, checkout(shipping_address=WINNIPEG)).body["data"]
    [order] = orders(till)
    assert uuid_of(order.id) == answered["id"]
    assert order.total == answered["meta"]["with_tax"]["amount"] == 25200
    assert order.status is OrderStatus.OPEN


def test_the_shop_may_answer_201_as_the_newest_documents_have_it(till: Deployment, shopper: Storefront) -> None:
    till.change_settings(checkout_status=201)
    put_cart()
    assert shopper.call("POST", CHECKOUT, checkout()).status == 201


def test_an_order_without_a_shipping_address_ships_to_the_billing_address(
    till: Deployment, shopper: Storefront
) -> None:
    put_cart()
    order = shopper.call("POST", CHECKOUT, checkout()).body["data"]
    assert order["shipping_address"] == ANAHEIM | {"phone_number": "", "instructions": ""}


def test_instructions_and_phone_number_reach_the_merchant(till: Deployment, shopper: Storefront) -> None:
    put_cart()
    to = ANAHEIM | {"phone_number": "(555) 555-1234", "instructions": "Leave in\nthe porch"}
    order = shopper.call("POST", CHECKOUT, checkout(shipping_address=to)).body["data"]
    assert order["shipping_address"]["instructions"] == "Leave in the porch"
    [stored] = orders(till)
    assert stored.basket.shipping_address.phone_number == "(555) 555-1234"
    assert stored.basket.shipping_address.province_code == "CA"


# The cart


def test_the_cart_stays_and_is_checked_out_again_into_a_new_order(till: Deployment, shopper: Storefront) -> None:
    cart = put_cart()
    ids = {shopper.call("POST", CHECKOUT, checkout()).body["data"]["id"] for _ in range(3)}
    assert len(ids) == 3
    assert wiring.carts().get("acme", "cart-1") == cart


def test_an_order_keeps_what_it_was_made_of_when_the_cart_changes(till: Deployment, shopper: Storefront) -> None:
    put_cart()
    order_id = shopper.call("POST", CHECKOUT, checkout()).body["data"]["id"]
    put_cart(lines=(replace(BREWER, quantity=5),))
    [order] = orders(till)
    assert (uuid_of(order.id), order.basket.lines[0].quantity) == (order_id, 1)


@pytest.mark.parametrize("lines", [None, ()])
def test_a_cart_with_nothing_in_it_is_not_checked_out(
    till: Deployment, shopper: Storefront, lines: tuple[LineItem, ...] | None
) -> None:
    if lines is not None:
        put_cart(lines=lines)
    reply = shopper.call("POST", CHECKOUT, checkout())
    assert (reply.status, reply.body["errors"][0]["detail"]) == (400, "There is nothing in this cart to check out.")
    assert orders(till) == []


def test_a_cart_in_preview_is_not_checked_out(till: Deployment, shopper: Storefront) -> None:
    put_cart(snapshot_date="2026-12-24T00:00:00Z")
    [error] = shopper.call("POST", CHECKOUT, checkout()).body["errors"]
    assert error == {
        "status": 400,
        "title": "Bad Request",
        "detail": "Checking out carts with snapshot dates not permitted",
    }


def test_the_shipping_groups_of_a_cart_become_the_orders(till: Deployment, shopper: Storefront) -> None:
    from till.domain.shipping import ShippingLine

    group = ShippingGroup(ulid(9, bytes(10)), "standard", 500, (BREWER.key,))
    basket = Basket("CAD", (BREWER,), shipping=ShippingLine("shipping_groups", "Shipping", 500))
    put_cart(basket=basket, shipping_groups=(group,))
    order = shopper.call("POST", CHECKOUT, checkout()).body["data"]
    assert order["relationships"]["shipping_groups"]["data"] == [{"type": "shipping_group", "id": uuid_of(group.id)}]
    assert order["meta"]["shipping"]["amount"] == 500
    assert order["meta"]["with_tax"]["amount"] == 23000
    [stored] = orders(till)
    assert stored.agreement.shipping_groups == (group,)
    groups = f"/v2/orders/{order['id']}/shipping-groups"
    (told,) = shopper.call("GET", groups).data
    assert (told["id"], told["relation"], told["order_id"]) == (uuid_of(group.id), "order", order["id"])
    assert told["meta"]["shipping_display_price"]["total"]["amount"] == 500
    assert shopper.call("GET", f"{groups}/{told['id']}").data == told
    assert shopper.call("GET", f"{groups}/{order['id']}").status == 404


def test_custom_items_are_checked_out_at_their_own_price(till: Deployment, shopper: Storefront) -> None:
    put_cart(lines=(custom("Engraving", 1500, 7),))
    reply = shopper.call("POST", CHECKOUT, checkout(shipping_address=WINNIPEG))
    assert reply.body["data"]["meta"]["with_tax"]["amount"] == 1500
    [item] = reply.body["included"]["items"]
    assert (item["name"], item["unit_price"]["includes_tax"]) == ("Engraving", True)


# Prices and stock as they are now


def changed(till: Deployment, **variant: Any) -> None:
    def change(product: Product) -> Product:
        return replace(product, variants=(replace(product.variants[0], **variant),))

    till.change_product(change)


def test_an_order_has_todays_prices(till: Deployment, shopper: Storefront) -> None:
    put_cart(lines=(replace(BREWER, unit_price=100),))
    assert shopper.call("POST", CHECKOUT, checkout()).body["data"]["meta"]["with_tax"]["amount"] == 22500


def test_what_has_no_price_any_more_is_not_sold(till: Deployment, shopper: Storefront) -> None:
    put_cart()
    changed(till, prices={"USD": 16900})
    [error] = shopper.call("POST", CHECKOUT, checkout()).body["errors"]
    assert (error["status"], error["title"]) == (400, "Could not add product")
    assert error["detail"] == "This product does not have a price for CAD"
    assert error["meta"] == {"id": uuid_of(BREWER.variant_id), "sku": "ABS"}


def test_what_is_not_sold_any_more_is_an_error(till: Deployment, shopper: Storefront) -> None:
    gone = replace(BREWER, key=ulid(5, bytes(10)), variant_id=ulid(4, bytes(10)), sku="GONE")
    put_cart(lines=(BREWER, gone))
    [error] = shopper.call("POST", CHECKOUT, checkout()).body["errors"]
    assert (error["status"], error["title"], error["meta"]["sku"]) == (400, "Product not found", "GONE")
    assert orders(till) == []


def test_more_than_is_in_stock_is_not_checked_out(till: Deployment, shopper: Storefront) -> None:
    put_cart(lines=(replace(BREWER, quantity=6), replace(BREWER, key=ulid(5, bytes(10)), quantity=5)))
    [error] = shopper.call("POST", CHECKOUT, checkout()).body["errors"]
    assert error == {
        "status": 400,
        "title": "Insufficient stock",
        "detail": "There is not enough stock to add Able Brewing System to your cart",
        "meta": {"id": uuid_of(BREWER.variant_id), "sku": "ABS"},
    }
    assert orders(till) == []


def test_a_checkout_holds_no_stock(till: Deployment, shopper: Storefront) -> None:
    put_cart(lines=(replace(BREWER, quantity=10),))
    for _ in range(2):
        assert shopper.call("POST", CHECKOUT, checkout()).status == 200
    assert till.stock().available == 10


def test_a_shop_that_does_not_check_its_stock_sells_what_it_may_not_have(till: Deployment, shopper: Storefront) -> None:
    till.change_settings(inventory_check=False)
    put_cart(lines=(replace(BREWER, quantity=11),))
    assert shopper.call("POST", CHECKOUT, checkout()).status == 200


# Gifts

GIFT_ID = ulid(77, bytes(10))


def give(till: Deployment, on_hand: int) -> None:
    """An automatic promotion: a gift with every order."""
    from till.domain.discount import Discount, DiscountKind

    variant = a_variant(
        id=GIFT_ID, number=0, platform_id="gift2", sku="gift2", product_id=ulid(78, bytes(10)), product_title="gift2"
    )
    gift = a_product(id=variant.product_id, number=0, platform_id="gift2", handle="gift2", title="gift2", version=0)
    till.sell(replace(gift, variants=(variant,)), on_hand)
    promotion = Discount(ulid(79, bytes(10)), "FREEGIFT", DiscountKind.GIFT, gift_variant_id=GIFT_ID, gift_quantity=1)
    till.change_shop(promotions=(promotion,))


def test_a_free_gift_is_in_the_order_by_itself(till: Deployment, shopper: Storefront) -> None:
    give(till, on_hand=1)
    put_cart()
    reply = shopper.call("POST", CHECKOUT, checkout())
    assert [(one["sku"], one["unit_price"]["amount"]) for one in reply.body["included"]["items"]] == [
        ("ABS", 22500),
        ("gift2", 0),
    ]
    assert reply.body["data"]["meta"]["with_tax"]["amount"] == 22500


def test_a_checkout_does_not_succeed_where_the_free_gift_is_out_of_stock(till: Deployment, shopper: Storefront) -> None:
    give(till, on_hand=0)
    put_cart()
    reply = shopper.call("POST", CHECKOUT, checkout())
    assert reply.status == 400
    assert reply.body == {
        "errors": [
            {
                "status": 400,
                "title": "Insufficient stock",
                "detail": "There is not enough stock to add gift2 to your cart",
                "meta": {"id": uuid_of(GIFT_ID), "sku": "gift2"},
            }
        ]
    }
    assert orders(till) == []


# What is wrong with a body


def test_all_that_is_wrong_with_both_addresses_is_said_at_once(till: Deployment, shopper: Storefront) -> None:
    put_cart()
    body = checkout({"name": "", "email": "nobody"}, billing_address={}, shipping_address={"country": "XX", "city": 5})
    errors = shopper.call("POST", CHECKOUT, body).body["errors"]
    assert sources(errors) == {
        "data.customer.name",
        "data.customer.email",
        *(f"data.billing_address.{name}" for name in (*ADDRESS_FIELDS, "region")),
        *(f"data.shipping_address.{name}" for name in (*ADDRESS_FIELDS, "region", "city")),
    }
    assert {error["status"] for error in errors} == {400}
    assert orders(till) == []


def test_a_bad_email_address_is_named_as_documented(till: Deployment, shopper: Storefront) -> None:
    put_cart()
    [error] = shopper.call("POST", CHECKOUT, checkout({"name": "John", "email": "john@"})).body["errors"]
    assert error == {
        "status": 400,
        "title": "format",
        "detail": "Does not match format 'email'",
        "source": "data.customer.email",
    }


@pytest.mark.parametrize("field", [*ADDRESS_FIELDS])
@pytest.mark.parametrize("blank", [None, "", "  ", "\u200b"])
def test_a_blank_field_is_as_good_as_none(till: Deployment, shopper: Storefront, field: str, blank: str | None) -> None:
    [error] = shopper.call("POST", CHECKOUT, checkout(billing_address=ANAHEIM | {field: blank})).body["errors"]
    assert (error["title"], error["source"]) == ("required", f"data.billing_address.{field}")


def test_a_county_stands_in_for_a_region(till: Deployment, shopper: Storefront) -> None:
    put_cart()
    address = {name: value for name, value in ANAHEIM.items() if name != "region"}
    order = shopper.call("POST", CHECKOUT, checkout(billing_address=address)).body["data"]
    assert (order["billing_address"]["county"], order["billing_address"]["region"]) == ("Orange", "")


@pytest.mark.parametrize("field", ["order_number", "external_ref"])
def test_references_have_at_most_64_characters(till: Deployment, shopper: Storefront, field: str) -> None:
    put_cart()
    assert shopper.call("POST", CHECKOUT, checkout(**{field: "x y" * 21 + "z"})).body["data"][field] == "x y" * 21 + "z"
    [error] = shopper.call("POST", CHECKOUT, checkout(**{field: "x" * 65})).body["errors"]
    assert (error["status"], error["title"], error["source"]) == (400, "string_lte", f"data.{field}")


def test_references_need_not_be_unique(till: Deployment, shopper: Storefront) -> None:
    put_cart()
    for _ in range(2):
        assert shopper.call("POST", CHECKOUT, checkout(order_number="1", external_ref="2")).status == 200


@pytest.mark.parametrize(
    ("who", "source"),
    [
        ({}, "data.customer"),
        ({"customer": None}, "data.customer"),
        ({"account": {"id": "x"}}, "data.customer"),
        ({"customer": JOHN, "contact": JOHN}, "data.customer"),
        ({"customer": {}}, "data.customer.name"),
        ({"contact": {"name": "John"}}, "data.contact.email"),
    ],
)
def test_a_checkout_says_who_buys(till: Deployment, shopper: Storefront, who: Json, source: str) -> None:
    put_cart()
    reply = shopper.call("POST", CHECKOUT, {**who, "billing_address": ANAHEIM})
    assert reply.status == 400
    assert source in sources(reply.body["errors"])


@pytest.mark.parametrize("body", [None, [], "x", {"billing_address": []}, {"customer": [], "billing_address": 1}])
def test_what_is_no_checkout_is_refused(till: Deployment, shopper: Storefront, body: Any) -> None:
    put_cart()
    assert shopper.call("POST", CHECKOUT, body).status == 400


# One order for one key


def test_two_quick_clicks_with_one_key_make_one_order(till: Deployment, shopper: Storefront) -> None:
    put_cart()
    first, again = (shopper.call("POST", CHECKOUT, checkout(), **KEY) for _ in range(2))
    assert (first.raw, again.status) == (again.raw, first.status)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(orders(till)) == 1


def test_the_key_stands_for_its_order_whatever_became_of_the_cart(till: Deployment, shopper: Storefront) -> None:
    put_cart()
    first = shopper.call("POST", CHECKOUT, checkout(), **KEY)
    put_cart(lines=())
    assert shopper.call("POST", CHECKOUT, checkout(), **KEY).raw == first.raw


def test_a_key_is_not_used_for_another_checkout(till: Deployment, shopper: Storefront) -> None:
    put_cart()
    shopper.call("POST", CHECKOUT, checkout(), **KEY)
    assert shopper.call("POST", CHECKOUT, checkout(order_number="other"), **KEY).status == 422
    assert len(orders(till)) == 1


def test_a_refused_checkout_leaves_its_key_free(till: Deployment, shopper: Storefront) -> None:
    assert shopper.call("POST", CHECKOUT, checkout(), **KEY).status == 400
    put_cart()
    assert shopper.call("POST", CHECKOUT, checkout(), **KEY).status == 200


def test_nobody_checks_out_without_an_access_token(till: Deployment, shopper: Storefront) -> None:
    put_cart()
    shopper.token = "x"
    reply = shopper.call("POST", CHECKOUT, checkout())
    assert (reply.status, reply.body["errors"][0]["title"]) == (401, "Unable to validate access token")


def test_who_pays_after_a_code_was_used_up_is_told_to_check_out_again(till: Deployment, shopper: Storefront) -> None:
    once = till.offer("ONCE", most_uses=1)
    put_cart(basket=Basket("CAD", (BREWER,), discounts=(once,)))
    orders = [shopper.call("POST", CHECKOUT, checkout()).data["id"] for _ in range(2)]
    card = {"gateway": "sandbox", "method": "purchase", "payment": "tok_approve"}
    paid, late = (shopper.call("POST", f"/v2/orders/{order}/payments", card) for order in orders)
    assert (paid.status, late.status, len(till.ledger())) == (200, 422, 1)
    assert late.body["errors"][0]["detail"].endswith("Check the cart out again without it.")
