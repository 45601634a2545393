"""Where a cart goes, how it is sent, and what that adds to it."""

from __future__ import annotations

from tests.integration.cocart.storefront import WINNIPEG, Shopper, good, refusal
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.shopping import sell
from till.runtime import wiring

STANDARD, EXPEDITED = "standard:284678023", "expedited:271091593"


def test_the_parcel_goes_where_the_bill_does_until_told_otherwise(till: Deployment) -> None:
    shopper = Shopper(till)
    sent = {"namespace": "update-customer", **WINNIPEG, "email": "john@example.com", "phone": "+1 204 555 0100"}
    customer = shopper.post("cart/update", sent)["customer"]
    assert customer["billing_address"] == {
        "billing_first_name": "John",
        "billing_last_name": "Doe",
        "billing_company": "",
        "billing_country": "CA",
        "billing_address_1": "50 Fultz Blvd",
        "billing_address_2": "",
        "billing_postcode": "R3Y 0L6",
        "billing_city": "Winnipeg",
        "billing_state": "MB",
        "billing_phone": "+1 204 555 0100",
        "billing_email": "john@example.com",
    }
    assert customer["shipping_address"]["shipping_city"] == "Winnipeg"
    customer = shopper.post("cart/update", {"s_city": "Brandon"})["customer"]
    assert customer["shipping_address"]["shipping_city"] == "Brandon"
    assert customer["shipping_address"]["shipping_address_1"] == "50 Fultz Blvd"
    customer = shopper.post("cart/update", {"billing_city": "Selkirk", "shipping_first_name": "Jane"})["customer"]
    assert customer["billing_address"]["billing_city"] == "Selkirk"
    assert customer["shipping_address"]["shipping_city"] == "Brandon"
    assert customer["shipping_address"]["shipping_first_name"] == "Jane"


def test_a_state_is_understood_by_code_or_name_and_a_postcode_laid_out(till: Deployment) -> None:
    sent = {"country": "ca", "state": "manitoba", "postcode": "r3y0l6"}
    address = Shopper(till).post("cart/update", sent)["customer"]["billing_address"]
    assert (address["billing_country"], address["billing_state"]) == ("CA", "MB")
    assert address["billing_postcode"] == "R3Y 0L6"


def test_a_bad_address_is_refused_by_the_name_that_was_sent(till: Deployment) -> None:
    shopper = Shopper(till)
    reply = shopper.call("POST", "cart/update", {"city": "Winnipeg", "shipping_city": "x" * 300})
    assert refusal(reply) == (400, "rest_invalid_param")
    assert list(reply.body["data"]["params"]) == ["shipping_city"]
    assert shopper.call("POST", "cart/update", {"city": "Winnipeg", "email": "nobody"}).status == 400
    assert shopper.get()["customer"]["billing_address"]["billing_city"] == ""


def test_the_first_way_of_shipping_is_chosen_until_the_shopper_takes_another(till: Deployment) -> None:
    shopper = Shopper(till)
    shopper.add()
    assert shopper.get()["shipping"]["packages"] == {}
    cart = shopper.post("cart/calculate/shipping", {"country": "CA", "state": "MB"})
    package = cart["shipping"]["packages"]["default"]
    assert (cart["shipping"]["total_packages"], cart["shipping"]["has_calculated_shipping"]) == (1, True)
    assert package["chosen_method"] == STANDARD
    assert package["rates"]["expedited_271091593"] == {
        "key": EXPEDITED,
        "method_id": "expedited",
        "instance_id": 271091593,
        "label": "Expedited",
        "cost": "11.25",
        "html": "Expedited: $11.25",
        "taxes": "0.00",
        "chosen_method": False,
    }
    assert cart["totals"]["shipping_total"] == "1000"
    for sent in ({"rate_id": EXPEDITED, "package_id": 0}, {"method_key": STANDARD}, {"rate_id": "expedited"}):
        cart = shopper.post("cart/set-shipping-method", sent)
    assert cart["shipping"]["packages"]["default"]["chosen_method"] == EXPEDITED
    assert shopper.add()["totals"]["shipping_total"] == "1125"


def test_a_way_of_shipping_that_is_not_there_is_refused(till: Deployment) -> None:
    shopper = Shopper(till)
    chosen = "cart/set-shipping-method"
    assert refusal(shopper.call("POST", chosen)) == (404, "cocart_missing_rate_id")
    assert refusal(shopper.call("POST", chosen, {"rate_id": STANDARD})) == (404, "cocart_shipping_disabled")
    shopper.add()
    assert refusal(shopper.call("POST", chosen, {"rate_id": STANDARD})) == (404, "cocart_shipping_not_calculated")
    shopper.post("cart/update", WINNIPEG)
    assert refusal(shopper.call("POST", chosen, {"rate_id": "drone:1"})) == (400, "cocart_invalid_shipping_method")
    assert refusal(shopper.call("POST", "cart/calculate/shipping", {"city": "Winnipeg"}))[0] == 400


def test_what_is_not_sent_costs_nothing_to_send(till: Deployment) -> None:
    shopper = Shopper(till)
    sell(till, "SONG", requires_shipping=False)
    shopper.add("SONG")
    cart = shopper.post("cart/update", WINNIPEG)
    assert (cart["needs_shipping"], cart["shipping"]["packages"], cart["totals"]["shipping_total"]) == (False, {}, "0")


def test_taxes_are_known_as_soon_as_the_place_is(till: Deployment) -> None:
    shopper = Shopper(till)
    assert shopper.add()["totals"]["total_tax"] == "0"
    cart = shopper.post("cart/update", WINNIPEG)
    assert cart["taxes"] == [{"name": "GST", "price": "1125"}, {"name": "PST", "price": "1575"}]
    assert cart["items"][0]["totals"] == {"subtotal": "22500", "subtotal_tax": "2700", "total": "22500", "tax": "2700"}
    assert cart["totals"] == {
        "subtotal": "22500",
        "subtotal_tax": "2700",
        "fee_total": "0",
        "fee_tax": "0",
        "discount_total": "0",
        "discount_tax": "0",
        "shipping_total": "1000",
        "shipping_tax": "0",
        "total": "26200",
        "total_tax": "2700",
    }
    assert shopper.post("cart/calculate", {"return_totals": True}) == cart["totals"]


def test_amounts_add_up_whether_tax_is_in_the_prices_or_not(till: Deployment) -> None:
    till.offer("SAVE10")
    for included in (False, True):
        till.change_settings(prices_include_tax=included, tax_shipping=True)
        wiring.catalog.cache_clear()
        wiring.cart_editor.cache_clear()
        wiring.cart_items.cache_clear()
        shopper = Shopper(till)
        shopper.add(quantity="3")
        shopper.post("cart/update", WINNIPEG)
        shopper.post("cart/apply-coupon", {"code": "SAVE10"})
        found = {name: int(amount) for name, amount in shopper.get("cart/totals").items()}
        goods = found["subtotal"] - found["discount_total"] + found["shipping_total"] + found["fee_total"]
        assert found["total"] == goods + found["total_tax"]
        parts = found["subtotal_tax"] - found["discount_tax"] + found["shipping_tax"] + found["fee_tax"]
        assert found["total_tax"] == parts > 0


def test_how_amounts_are_written_is_told_for_the_shops_country(till: Deployment) -> None:
    assert Shopper(till).get()["currency"] == {
        "currency_code": "CAD",
        "currency_symbol": "$",
        "currency_symbol_pos": "left",
        "currency_minor_unit": 2,
        "currency_decimal_separator": ".",
        "currency_thousand_separator": ",",
        "currency_prefix": "$",
        "currency_suffix": "",
    }


def test_how_a_shopper_is_reached_may_come_with_the_first_item(till: Deployment) -> None:
    shopper = Shopper(till)
    cart = shopper.add(email="jane@example.com", phone="+1 204 555 0100")
    assert cart["customer"]["billing_address"]["billing_email"] == "jane@example.com"
    assert cart["customer"]["billing_address"]["billing_phone"] == "+1 204 555 0100"
    assert cart["shipping"]["has_calculated_shipping"] is False
    assert good(shopper.call("GET", "cart"))["customer"] == cart["customer"]
