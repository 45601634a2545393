"""Coupons: the shop's discount codes on a cart."""

from __future__ import annotations

from tests.integration.cocart.storefront import Shopper, good, refusal
from tests.integration.deployment import Deployment
from till.domain.discount import DiscountKind
from till.runtime import wiring


def a_cart(till: Deployment) -> Shopper:
    """With one brewing system."""
    shopper = Shopper(till)
    shopper.add()
    return shopper


def test_a_coupon_is_applied_in_both_forms_and_once(till: Deployment) -> None:
    till.offer("SAVE10", text="Ten percent")
    shopper = a_cart(till)
    cart = shopper.post("cart/apply-coupon", {"code": "save10"})
    assert cart["coupons"] == [
        {
            "coupon": "SAVE10",
            "label": "Ten percent",
            "discount_type": "percent",
            "saving": "$22.50",
            "saving_html": "<strong>$22.50</strong>",
        }
    ]
    assert (cart["totals"]["discount_total"], cart["totals"]["total"]) == ("2250", "20250")
    cart = shopper.post("cart/apply-coupon", {"coupon": "SAVE10"})
    assert cart["notices"] == {"notice": ['Coupon "SAVE10" is applied to the cart already.']}
    assert cart["totals"]["total"] == "20250"
    [listed] = shopper.get("cart/coupons")
    assert listed["totals"] == {"discount": "2250", "discount_tax": "0"}


def test_a_coupon_is_taken_off_by_its_code_or_with_all(till: Deployment) -> None:
    till.offer("SAVE10")
    shopper = a_cart(till)
    shopper.post("cart/apply-coupon", {"code": "SAVE10"})
    assert good(shopper.call("DELETE", "cart/coupons/save10"))["coupons"] == []
    assert refusal(shopper.call("DELETE", "cart/coupons/save10")) == (404, "cocart_cart_coupon_invalid_code")
    assert refusal(shopper.call("GET", "cart/coupons")) == (404, "cocart_cart_no_coupons_applied")
    shopper.post("cart/apply-coupon", {"code": "SAVE10"})
    assert good(shopper.call("DELETE", "cart/coupons"))["totals"]["total"] == "22500"


def test_codes_that_are_unknown_over_or_used_up_are_refused_alike(till: Deployment) -> None:
    till.offer("OVER", ends_at=1)
    shopper = a_cart(till)
    for code in ("NOTHING", "OVER"):
        reply = shopper.call("POST", "cart/apply-coupon", {"code": code})
        assert refusal(reply) == (404, "cocart_coupon_not_exist")
        assert reply.body["message"] == f'Coupon "{code}" does not exist!'


def test_a_coupon_that_does_not_fit_says_why(till: Deployment) -> None:
    till.offer("BIG", minimum_value=10**6, currency="CAD")
    till.offer("MINE", most_uses_per_customer=1)
    till.offer("SAVE10")
    empty = Shopper(till)
    assert refusal(empty.call("POST", "cart/apply-coupon", {"code": "SAVE10"})) == (404, "cocart_coupon_cannot_add")
    assert refusal(empty.call("POST", "cart/apply-coupon")) == (404, "cocart_coupon_code_required")
    shopper = a_cart(till)
    for code in ("BIG", "MINE"):
        assert refusal(shopper.call("POST", "cart/apply-coupon", {"code": code})) == (404, "cocart_coupon_cannot_add")
    mine = {"code": "MINE", "email": "jane@example.com"}
    assert shopper.post("cart/apply-coupon", mine)["coupons"][0]["coupon"] == "MINE"


def test_coupons_that_are_no_good_any_more_are_taken_off_when_they_are_looked_at(till: Deployment) -> None:
    till.offer("SAVE10")
    shopper = a_cart(till)
    shopper.post("cart/apply-coupon", {"code": "SAVE10"})
    assert shopper.get("cart/coupons/validate")["notices"] == {"success": ['Coupon "SAVE10" is valid.']}
    wiring.discounts().delete_discount("acme", wiring.discounts().by_code("acme", ["SAVE10"])["SAVE10"])
    cart = shopper.get("cart/coupons/validate")
    assert (cart["coupons"], list(cart["notices"])) == ([], ["error"])
    assert shopper.get()["totals"]["total"] == "22500"


def test_free_shipping_is_a_coupon_too(till: Deployment) -> None:
    till.offer("SHIPFREE", kind=DiscountKind.FREE_SHIPPING, value=0)
    shopper = a_cart(till)
    shopper.post("cart/calculate/shipping", {"country": "CA"})
    cart = shopper.post("cart/apply-coupon", {"code": "SHIPFREE"})
    assert (cart["totals"]["shipping_total"], cart["totals"]["total"]) == ("0", "22500")
