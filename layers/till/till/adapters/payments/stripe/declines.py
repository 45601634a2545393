"""What a shopper is told of a declined card: what they can do about it, and nothing that helps a thief.

Codes: https://docs.stripe.com/declines/codes and https://docs.stripe.com/error-codes. Cards that are lost, stolen or
suspected of fraud are not in the table on purpose: Stripe asks to present them as any other decline.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DECLINED = "Your card was declined. Try another card, or ask your bank."
NOT_CONFIRMED = "Your bank could not confirm that it is you. Try again, or try another card."
ENTER_AGAIN = "Your card must be entered again."
NOT_TAKEN = "This payment cannot be taken at the moment. Try another way to pay."
VOIDED = "This payment was cancelled. Try again."
MISMATCH = "This payment is not for the amount of the order. It was cancelled: try again."
MUST_CONFIRM = "Your bank asks you to confirm."

_NO_FUNDS = "Your card has insufficient funds. Try another card."
_LIMIT = "Your card's limit is reached. Try another card."
_EXPIRED = "Your card has expired. Try another card."
_NUMBER = "Your card number is incorrect. Check it, or try another card."
_CVC = "Your card's security code is incorrect. Check it and try again."
_DATE = "Your card's expiry date is incorrect. Check it and try again."
_ADDRESS = "Your billing address does not match your card's. Check it and try again."
_LATER = "Your card could not be processed. Try again in a moment, or try another card."
_UNSUITABLE = "Your card cannot be used for this purchase. Try another card."
_CURRENCY = "Your card cannot be used in this currency. Try another card."
_TWICE = "The same payment was made a moment ago. Look at your account before you try again."
_AMOUNT = "Your bank does not allow this amount. Ask your bank, or try another card."
_TEST_CARD = "This is a test card. Use a real one."

_SENTENCES = {
    "insufficient_funds": _NO_FUNDS,
    "card_velocity_exceeded": _LIMIT,
    "withdrawal_count_limit_exceeded": _LIMIT,
    "expired_card": _EXPIRED,
    "incorrect_number": _NUMBER,
    "invalid_number": _NUMBER,
    "incorrect_cvc": _CVC,
    "invalid_cvc": _CVC,
    "invalid_expiry_month": _DATE,
    "invalid_expiry_year": _DATE,
    "incorrect_address": _ADDRESS,
    "incorrect_zip": _ADDRESS,
    "approve_with_id": _LATER,
    "issuer_not_available": _LATER,
    "processing_error": _LATER,
    "reenter_transaction": _LATER,
    "try_again_later": _LATER,
    "card_not_supported": _UNSUITABLE,
    "not_permitted": _UNSUITABLE,
    "service_not_allowed": _UNSUITABLE,
    "transaction_not_allowed": _UNSUITABLE,
    "currency_not_supported": _CURRENCY,
    "duplicate_transaction": _TWICE,
    "invalid_amount": _AMOUNT,
    "testmode_decline": _TEST_CARD,
    "authentication_required": NOT_CONFIRMED,
    "authentication_not_handled": NOT_CONFIRMED,
    "mobile_device_authentication_required": NOT_CONFIRMED,
    "payment_intent_authentication_failure": NOT_CONFIRMED,
    # Of requests that were refused before any bank was asked.
    "amount_too_small": "This amount is too small to be paid by card. Try another way to pay.",
    "amount_too_large": "This amount is too large to be paid by card. Try another way to pay.",
}


def sentence(error: Mapping[str, Any]) -> str:
    """For what the bank, or Stripe for it, said of a card: the decline code where there is one, else the code."""
    code = error.get("decline_code") or error.get("code") or ""
    return _SENTENCES.get(code) or _SENTENCES.get(error.get("code") or "") or DECLINED


def refusal(code: str, param: str) -> str:
    """For a request that Stripe refused before it asked any bank."""
    return ENTER_AGAIN if param == "payment_method" else _SENTENCES.get(code, NOT_TAKEN)
