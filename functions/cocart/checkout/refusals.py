"""How the checkout says no, in CoCart's codes and sentences.

Wire format: the errors of CoCart Plus 2.0's checkout, all of status 400. A product or a coupon that is gone stays in
the cart until the shopper takes it out: nothing changes with a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cocart.errors import CoCartDialect
from till.application.idempotency import Answer
from till.domain.errors import Invalid, Problem, Refused, TillError

# code -> CoCart's code, and its sentence, where the problem's own does not say more. Names are what it is about.
_SAID: Mapping[str, tuple[str, str]] = {
    "cart_empty": ("cocart_checkout_empty_cart", "Cannot checkout with empty cart."),
    "cart_preview": ("cocart_product_not_purchasable", ""),
    "product_missing": ("cocart_product_not_exists", "A product in your cart no longer exists. Please remove it."),
    "no_price": ("cocart_product_not_purchasable", "A product in your cart is not available for purchase."),
    "cart": ("cocart_product_not_purchasable", ""),
    "insufficient_stock": ("cocart_insufficient_stock", ""),
    "reservation_expired": ("cocart_insufficient_stock", ""),
    "inventory_unknown": ("cocart_insufficient_stock", ""),
    "discount_invalid": ("cocart_invalid_coupon", ""),
    "discount_conditions": ("cocart_invalid_coupon", ""),
    "discounts_not_combinable": ("cocart_invalid_coupon", ""),
    "too_many_discounts": ("cocart_invalid_coupon", ""),
    "discounts_require_email": ("cocart_coupon_email_restricted", ""),
    "shipping_address_missing": ("cocart_address_field_required", "Shipping address is required."),
    "no_shipping_to_address": ("cocart_no_shipping_method", "There is no shipping method for this address."),
    "shipping_line_missing": ("cocart_no_shipping_method", "Please select a shipping method."),
    "taxes_missing": ("cocart_checkout_error", ""),
    "taxes_failed": ("cocart_checkout_error", ""),
    "total_changed": ("cocart_checkout_error", ""),
    "insufficient_payments": ("cocart_checkout_error", "The total of this order has changed. Please try again."),
    "gift_card_invalid": ("cocart_payment_method_not_available", ""),
    "gift_card_empty": ("cocart_payment_method_not_available", ""),
    "currency": ("cocart_invalid_currency", ""),
    # What a gateway is never asked for: too little for it, or its keys are not there.
    "refused": ("cocart_payment_method_not_available", ""),
}
# The gateway said no, or nothing: the shopper may pay another way, which is no error of the request.
_UNPAID = frozenset({"payment_declined", "payment_unknown", "attempt_ended", "gift_card_empty", "gift_card_invalid"})


def is_unpaid(problem: Problem) -> bool:
    """Is it only the payment that failed?"""
    return problem.code in _UNPAID


class CheckoutDialect(CoCartDialect):
    """The dialect of carts, but for what a checkout refuses."""

    def refuse(self, error: TillError) -> Answer:
        if type(error) in (Invalid, Refused):
            error = type(error).of([_said(problem) for problem in error.problems])
        return super().refuse(error)


def _said(problem: Problem) -> Problem:
    name, left = problem.about.get("name", ""), problem.about.get("available", "")
    if problem.code == "insufficient_stock" and name:
        if left == "0":
            message = f'"{name}" is out of stock and cannot be purchased.'
            return replace(problem, code="cocart_product_out_of_stock", message=message)
        message = f'Insufficient stock for "{name}". Only {left} remaining.'
        return replace(problem, code="cocart_insufficient_stock", message=message)
    code, message = _SAID.get(problem.code, (problem.code, ""))
    return replace(problem, code=code, message=message or problem.message)


CHECKOUT = CheckoutDialect({})
