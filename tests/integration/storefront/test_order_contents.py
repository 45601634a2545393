"""What a storefront puts into an order: items, customer, addresses, shipping, taxes, payments."""

from __future__ import annotations

from dataclasses import replace

import pytest

from order_document.rendering import line_item
from tests.builders import a_basket, a_cart, a_discount, a_line, a_product, a_shop, a_variant, an_address
from tests.integration.deployment import Deployment
from tests.integration.shopper import BREWER, JOHN, WINNIPEG, Shopper, card
from till.domain.agreement import ShippingGroup
from till.domain.basket import Basket, custom_line
from till.domain.discount import DiscountSource
from till.domain.region import Region
from till.domain.shipping import ShippingRate, ShippingZone
from till.runtime import wiring


@pytest.fixture
def shopper(till: Deployment) -> Shopper:
    return Shopper(till, cart_items=[BREWER])


# Items


@pytest.mark.parametrize("by", [{"platform_id": "66"}, {"platform_id": 66}, {"platorm_id": "66"}, {"sku": "ABS"}])
def test_an_item_is_added_by_the_merchants_id_or_by_sku(till: Deployment, by: dict[str, object]) -> None:
    shopper = Shopper(till)
    reply = shopper.post("/items", {**by, "quantity": 3, "line_item_key": "mine"})
    line = reply.data["line_item"]
    assert (line["line_item_key"], line["quantity"], line["price"], line["total_price"]) == ("mine", 3, 22500, 67500)
    assert [one["product_data"] for one in reply.state["line_items"]] == [line]


def test_an_item_without_a_key_gets_one(shopper: Shopper) -> None:
    first, second = (shopper.post("/items", {"sku": "ABS", "quantity": 1}).data["line_item"] for _ in range(2))
    assert first["line_item_key"] != second["line_item_key"]
    assert len(shopper.state["line_items"]) == 3


def test_the_same_key_adds_to_its_line(shopper: Shopper) -> None:
    assert shopper.post("/items", BREWER | {"quantity": 2}).data["line_item"]["quantity"] == 3
    assert len(shopper.state["line_items"]) == 1


def test_a_quantity_is_changed_and_zero_takes_the_line_out(shopper: Shopper) -> None:
    assert shopper.put("/items", {"line_item_key": "line-1", "quantity": 4}).data["line_item"]["quantity"] == 4
    emptied = shopper.put("/items", {"line_item_key": "line-1", "quantity": 0})
    assert emptied.data["line_item"]["line_item_key"] == "line-1"
    assert emptied.state["line_items"] == []


@pytest.mark.parametrize("quantity", [0, 1, 99])
def test_a_line_is_deleted_whatever_quantity_the_client_sends(shopper: Shopper, quantity: int) -> None:
    deleted = shopper.delete("/items", {"line_item_key": "line-1", "quantity": quantity})
    assert deleted.data["line_item"]["sku"] == "ABS"
    assert shopper.get("/items").data["line_items"] == []


def test_items_are_listed_with_their_taxes(shopper: Shopper) -> None:
    shopper.post("/addresses/shipping", WINNIPEG)
    shopper.post("/taxes")
    (line,) = shopper.get("/items").data["line_items"]
    assert line["product_data"]["sku"] == "ABS"
    assert [tax["value"] for tax in line["taxes"]] == [1125, 1575]


# Customer


def test_a_guest_is_created_changed_and_deleted(shopper: Shopper) -> None:
    created = shopper.post("/customer/guest", JOHN).data["customer"]
    assert created == JOHN | {"platform_id": None, "public_id": created["public_id"], "saved_addresses": []}
    assert created["public_id"]
    # accepts_marketing left out stays as it was chosen
    for path, name in (("/customer/guest", "Jack"), ("/customer", "Jim")):
        body = {"first_name": name, "last_name": "Doe", "email_address": "new@example.com"}
        assert shopper.put(path, body).data["customer"] == created | body
    assert shopper.get("/customer").data["customer"]["first_name"] == "Jim"
    assert shopper.delete("/customer").data["customer"] == []
    assert shopper.state["customer"] == []


def test_a_guest_may_have_no_name(shopper: Shopper) -> None:
    body = {"first_name": "", "last_name": "", "email_address": "john@example.com"}
    assert shopper.post("/customer/guest", body).status == 200


def test_a_second_guest_is_refused_until_the_first_is_deleted(shopper: Shopper) -> None:
    shopper.post("/customer/guest", JOHN)
    assert shopper.post("/customer/guest", JOHN).fields == ["customer"]
    shopper.delete("/customer")
    assert shopper.post("/customer/guest", JOHN).status == 200


def test_a_customer_who_is_not_there_cannot_be_changed(shopper: Shopper) -> None:
    assert shopper.put("/customer", JOHN).fields == ["customer"]


# Addresses


@pytest.mark.parametrize("kind", ["shipping", "billing"])
def test_an_address_is_set_replaced_and_deleted(shopper: Shopper, kind: str) -> None:
    path = f"/addresses/{kind}"
    assert shopper.post(path, WINNIPEG | {"id": "7"}).data["address"] == WINNIPEG | {"id": None}
    brief = {name: WINNIPEG[name] for name in WINNIPEG if name not in ("phone_number", "address_line_2")}
    assert shopper.put(path, brief).data["address"]["phone_number"] == ""
    assert shopper.get(path).data["address"]["city"] == "Winnipeg"
    assert shopper.delete(path).data["address"] == []
    assert shopper.state["addresses"][kind] == []


def test_an_address_is_laid_out_as_its_country_writes_it(shopper: Shopper) -> None:
    sent = WINNIPEG | {"country_code": "ca", "province_code": "", "province": "manitoba", "postal_code": "r3y0l6"}
    stored = shopper.post("/addresses/shipping", sent).data["address"]
    assert (stored["country_code"], stored["province_code"], stored["postal_code"]) == ("CA", "MB", "R3Y 0L6")


def test_members_that_are_null_are_blank(shopper: Shopper) -> None:
    assert (
        shopper.post("/addresses/billing", WINNIPEG | {"address_line_2": None}).data["address"]["address_line_2"] == ""
    )


@pytest.mark.parametrize("required", ["phone_number", "business_name"])
def test_a_shop_can_require_phone_and_company(till: Deployment, required: str) -> None:
    till.change_settings(phone_required=True, company_required=True)
    whole = WINNIPEG | {"phone_number": "204", "business_name": "Acme"}
    shopper = Shopper(till)
    assert shopper.post("/addresses/shipping", whole | {required: ""}).fields == [required]
    assert shopper.post("/addresses/shipping", whole).status == 200


def test_billing_may_be_anywhere_and_shipping_only_where_the_shop_ships(shopper: Shopper) -> None:
    berlin = WINNIPEG | {
        "country_code": "DE",
        "city": "Berlin",
        "postal_code": "10115",
        "province": "",
        "province_code": "",
    }
    assert shopper.post("/addresses/billing", berlin).status == 200
    refused = shopper.post("/addresses/shipping", berlin)
    assert refused.status == 422
    assert refused.errors[0] | {"message": ""} == {
        "message": "",
        "type": "address",
        "field": "country_code",
        "severity": "critical",
        "sub_type": "no_shipping_to_address",
    }


# Shipping and taxes


def test_shipping_is_chosen_by_index_and_by_code(shopper: Shopper) -> None:
    shopper.post("/addresses/shipping", WINNIPEG)
    for body in ({"index": "1"}, {"index": 1}, {"index": "0", "code": "expedited"}):
        chosen = shopper.post("/shipping_lines", body).data["selected_shipping"]
        assert (chosen["id"], chosen["code"]) == ("1", "expedited")


def test_no_shipping_line_is_chosen_by_itself(shopper: Shopper) -> None:
    shopper.post("/addresses/shipping", WINNIPEG)
    assert shopper.get("/shipping_lines").state["shipping"]["selected_shipping"] is None


def test_nothing_is_offered_without_an_address(shopper: Shopper) -> None:
    assert shopper.get("/shipping_lines").data["shipping_lines"] == []
    assert shopper.post("/shipping_lines", {"index": "0"}).fields == ["index"]


def test_a_choice_is_dropped_where_it_is_not_offered(till: Deployment) -> None:
    local = ShippingZone("bc", "BC", (Region("CA", ("BC",)),), (ShippingRate("ferry", "Ferry", amount=500),))
    till.change_shop(shipping_zones=(*a_shop().shipping_zones, local))
    shopper = Shopper(till, cart_items=[BREWER])
    shopper.post("/addresses/shipping", WINNIPEG)
    shopper.post("/shipping_lines", {"index": "0"})
    victoria = WINNIPEG | {
        "city": "Victoria",
        "province": "British Columbia",
        "province_code": "BC",
        "postal_code": "V8W 1P6",
    }
    moved = shopper.post("/addresses/shipping", victoria)
    assert moved.state["shipping"]["selected_shipping"] is None
    assert [line["code"] for line in moved.state["shipping"]["available_shipping_lines"]] == ["ferry"]


def test_taxes_need_an_address(shopper: Shopper) -> None:
    assert shopper.post("/taxes").fields == ["shipping_address"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/items", {"sku": "ABS", "quantity": 1}),
        ("PUT", "/items", {"line_item_key": "line-1", "quantity": 2}),
        ("POST", "/addresses/shipping", WINNIPEG | {"postal_code": "R3C 0A1"}),
        ("POST", "/shipping_lines", {"index": "1"}),
    ],
)
def test_a_change_that_moves_the_tax_asks_for_it_to_be_generated_again(
    till: Deployment, method: str, path: str, body: object
) -> None:
    shopper = Shopper.ready(till)
    assert shopper.call(method, path, body).state["taxes"] == []
    shopper.post("/payments", card("tok_approve", amount=100_000))
    assert shopper.process().messages == ["There was an error calculating the taxes"]
    shopper.post("/taxes")
    assert shopper.process().status == 200


def test_what_needs_no_shipping_is_sold_without_an_address_to_ship_to(till: Deployment) -> None:
    till.change_product(lambda product: replace(product, variants=(a_variant(requires_shipping=False),)))
    shopper = Shopper(till, cart_items=[BREWER])
    shopper.post("/customer/guest", JOHN)
    shopper.post("/addresses/billing", WINNIPEG)
    shopper.post("/taxes")
    assert shopper.post("/payments", card()).data["payment"]["amount"] == 25200
    assert shopper.process().state["is_processed"] is True


# Payments


def test_a_payment_covers_the_rest_unless_it_says_how_much(till: Deployment) -> None:
    shopper = Shopper.ready(till, paid_with="")
    first = shopper.post("/payments", card("tok_approve", amount=10_000)).data["payment"]
    second = shopper.post("/payments", card("tok_other"))
    assert (first["amount"], first["value"], first["tag"]) == (10_000, 10_000, "Credit")
    assert second.data["payment"]["amount"] == 16_200
    assert second.state["order_balance"] == 0
    assert [one["id"] for one in shopper.get("/payments").data["payments"]] == [
        first["id"],
        second.data["payment"]["id"],
    ]
    assert till.ledger() == []


def test_the_same_card_again_is_the_same_payment(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    again = shopper.post("/payments", card())
    assert len(again.state["payments"]) == 1
    assert again.state["order_balance"] == 0


def test_a_payments_amount_is_changed_and_a_payment_removed(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    assert shopper.put("/payments", card(amount=500)).state["order_balance"] == 25_700
    removed = shopper.delete("/payments", card())
    assert removed.data["payment"]["amount"] == 500
    assert removed.state["payments"] == []
    assert shopper.delete("/payments", card()).fields == ["token"]


# Stock


def test_check_inventory_names_what_is_short(till: Deployment) -> None:
    shopper = Shopper(till, cart_items=[BREWER | {"quantity": 11}])
    assert shopper.get("/check_inventory").data["inventory_check"] == {
        "result": "fail",
        "failed_items": [{"platform_variant_id": "66", "available_quantity": 10}],
        "reason": "Some items are out of stock.",
    }
    assert shopper.get("/check_inventory?stage=middle").fields == ["stage"]


def test_check_inventory_says_when_it_is_off(till: Deployment) -> None:
    till.change_settings(inventory_check=False)
    shopper = Shopper(till, cart_items=[BREWER | {"quantity": 11}])
    assert shopper.get("/check_inventory?stage=final").data["inventory_check"] == {"result": "not_enabled"}


def test_the_stock_that_ones_own_order_holds_counts_as_there(till: Deployment) -> None:
    shopper = Shopper.ready(till, quantity=10)
    shopper.pre_process()
    assert shopper.get("/check_inventory?stage=final").data["inventory_check"] == {"result": "pass"}
    other = Shopper(till, cart_items=[BREWER])
    assert other.get("/check_inventory").data["inventory_check"]["result"] == "fail"


def test_an_order_takes_over_a_cart(till: Deployment) -> None:
    now = wiring.now()
    wiring.carts().save(a_cart(basket=a_basket(customer=None), created_at=now, expires_at=now + 60))
    shopper = Shopper(till, cart_id=a_cart().id, cart_items=[BREWER | {"line_item_key": "more", "quantity": 2}])
    assert [line["product_data"]["quantity"] for line in shopper.state["line_items"]] == [1, 2]
    assert shopper.state["addresses"]["shipping"]["city"] == "Winnipeg"
    assert a_product().id


def test_an_address_that_is_not_whole_stays_with_its_cart(till: Deployment) -> None:
    now = wiring.now()
    told = a_basket(shipping_address=an_address(postal_code=""), billing_address=an_address(address_line_1=""))
    wiring.carts().save(a_cart(basket=told, created_at=now, expires_at=now + 60))
    assert Shopper(till, cart_id=a_cart().id).state["addresses"] == {"shipping": [], "billing": []}


def test_a_cart_without_a_currency_begins_an_order_in_the_shops(till: Deployment) -> None:
    now = wiring.now()
    empty = a_cart(basket=Basket(""), created_at=now, expires_at=now + 60)
    wiring.carts().save(replace(empty, shipping_groups=(ShippingGroup("01", amount=900),)).settled())
    order = till.order(Shopper(till, cart_id=empty.id).order_id)
    assert (order.basket.currency, order.basket.shipping) == ("CAD", None)


def test_an_order_takes_over_what_a_cart_has_of_its_own_but_no_gifts(till: Deployment) -> None:
    engraving = custom_line("engraving", "Engraving", 2, 750, description="A name")
    gift = a_line(key="gift-mug", unit_price=0, gift_of="mug")
    off = a_discount(id="custom", code="Loyalty", source=DiscountSource.CUSTOM, line_key="engraving")
    basket = a_basket(lines=(a_line(), engraving, gift), discounts=(off,), taxes=None)
    now = wiring.now()
    wiring.carts().save(a_cart(basket=basket, created_at=now, expires_at=now + 60))
    shopper = Shopper(till, cart_id=a_cart().id)
    brewer, custom = (line["product_data"] for line in shopper.state["line_items"])
    assert (brewer["sku"], custom["title"], custom["description"]) == ("ABS", "Engraving", "A name")
    assert (custom["variant_id"], custom["total_price"]) == ("", 1500)
    assert [(one["source"], one["value"]) for one in shopper.state["discounts"]] == [("cart", 150)]
    assert shopper.get("/check_inventory").data["inventory_check"] == {"result": "pass"}
    shopper.post("/taxes", {})
    total = 22500 + 2700 + 1000 + 1500 - 150
    shopper.post("/payments", card(amount=total))
    assert shopper.state["order_total"] == total
    assert shopper.process().state["is_processed"] is True
    assert till.live() == [total]
    told = [line_item(line) for line in till.order(shopper.order_id).basket.lines]
    assert [(line["variant_id"], line["title"]) for line in told] == [
        (a_line().variant_id, "Default Title"),
        (None, "Engraving"),
    ]
    assert line_item(gift)["gift_of"] == "mug"
