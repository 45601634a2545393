"""What shoppers are told of a card that was declined."""

from __future__ import annotations

import pytest

from till.adapters.payments.stripe import declines


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"code": "card_declined", "decline_code": "insufficient_funds"}, "insufficient funds"),
        ({"code": "card_declined", "decline_code": "card_velocity_exceeded"}, "limit"),
        ({"code": "expired_card", "decline_code": "expired_card"}, "expired"),
        ({"code": "incorrect_cvc"}, "security code"),
        ({"code": "processing_error"}, "Try again in a moment"),
        ({"code": "card_declined", "decline_code": "currency_not_supported"}, "currency"),
        ({"code": "payment_intent_authentication_failure"}, "could not confirm that it is you"),
    ],
)
def test_a_shopper_is_told_what_they_can_do(error: dict[str, str], said: str) -> None:
    assert said in declines.sentence(error)


@pytest.mark.parametrize(
    "decline_code",
    [
        "fraudulent", "lost_card", "stolen_card", "pickup_card", "restricted_card", "merchant_blacklist",
        "security_violation", "do_not_honor", "generic_decline", "a_code_of_tomorrow",
    ],
)  # fmt: skip
def test_a_thief_learns_nothing(decline_code: str) -> None:
    error = {"code": "card_declined", "decline_code": decline_code, "message": "Your card was reported stolen."}
    assert declines.sentence(error) == "Your card was declined. Try another card, or ask your bank."


def test_every_sentence_says_what_to_do() -> None:
    for code in declines._SENTENCES:
        sentence = declines.sentence({"code": code})
        assert any(word in sentence for word in ("Try", "Check", "Look", "Use", "Ask")), code


@pytest.mark.parametrize(
    ("code", "param", "said"),
    [
        ("resource_missing", "payment_method", "entered again"),
        ("", "payment_method", "entered again"),
        ("amount_too_small", "amount", "too small"),
        ("", "currency", "Try another way to pay"),
    ],
)
def test_what_stripe_refuses_itself_is_told_too(code: str, param: str, said: str) -> None:
    assert said in declines.refusal(code, param)
