"""Discount codes: how often each is used and by whom, which go together, and what is said of one that does not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import a_basket, a_customer, a_discount, an_order
from till.domain.discount import Discount, DiscountSource, canonical, clash, gone, invalid
from till.domain.errors import Problem
from till.domain.readiness import parts_to_hold

# Together


def codes(*combine: bool) -> list[Discount]:
    """Some that combine with others, and some that do not."""
    return [a_discount(id=str(n), code=f"CODE{n}", combines=one) for n, one in enumerate(combine)]


@pytest.mark.parametrize(("combine", "most"), [((True, True), 2), ((False,), 1), ((), 1), ((True, True, True), 3)])
def test_codes_that_combine_are_together_on_an_order_as_many_as_the_shop_allows(
    combine: tuple[bool, ...], most: int
) -> None:
    assert clash(codes(*combine), most) is None


@pytest.mark.parametrize(
    ("most", "message"),
    [(1, "An order has at most one discount code."), (2, "An order has at most 2 discount codes.")],
)
def test_one_code_more_than_the_shop_allows_is_refused(most: int, message: str) -> None:
    assert clash(codes(*[True] * (most + 1)), most) == Problem("too_many_discounts", message, "discounts")


def test_a_code_that_stands_alone_says_so_beside_another() -> None:
    message = "CODE1 cannot be combined with other discount codes."
    assert clash(codes(True, False), 2) == Problem("discounts_not_combinable", message, "discounts")


def test_what_a_plugin_puts_on_an_order_is_not_one_of_the_shoppers_codes() -> None:
    assert clash([*codes(False), a_discount(id="plugin", source=DiscountSource.PLUGIN)], 1) is None


# Refused


def test_a_code_that_does_not_work_is_refused_in_one_sentence_whatever_the_reason() -> None:
    assert invalid() == Problem("discount_invalid", "Discount code is invalid.", "discounts")


def test_a_code_that_worked_when_it_was_entered_is_to_be_removed() -> None:
    message = "The discount code SAVE10 cannot be used any more. Remove it from the order."
    assert gone("SAVE10") == Problem("discount_invalid", message, "discounts")


# Limits


def held(discount: Discount, **customer: Any) -> set[str]:
    """What an attempt holds besides stock."""
    basket = a_basket(discounts=(discount,), customer=a_customer(**customer) if customer else None)
    parts = parts_to_hold(an_order(basket=basket), with_stock=False)
    assert set(parts.values()) <= {1}
    return set(parts)


def test_only_limited_codes_are_counted() -> None:
    assert held(a_discount(), email="a@example.com") == set()
    assert held(a_discount(most_uses=3), email="a@example.com") == {a_discount().part}


@pytest.mark.parametrize(
    "email", ["JOHN@Example.com", "john+shop@example.com", "john+@example.com", "john+a+b@EXAMPLE.COM"]
)
def test_one_mailbox_is_one_customer_however_it_is_spelled(email: str) -> None:
    assert held(a_discount(most_uses_per_customer=1), email=email) == held(
        a_discount(most_uses_per_customer=1), email="john@example.com"
    )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("j.o.h.n@gmail.com", "john@googlemail.com", True),
        ("j.ohn@example.com", "john@example.com", False),
        ("+john@example.com", "+jane@example.com", False),
        ("john@example.com", "john@example.org", False),
    ],
)
def test_dots_tell_mailboxes_apart_but_at_gmail(one: str, other: str, same: bool) -> None:
    limited = a_discount(most_uses_per_customer=1)
    assert (held(limited, email=one) == held(limited, email=other)) is same


def test_a_guest_with_an_account_later_and_an_account_with_a_new_address_are_known_again() -> None:
    limited = a_discount(most_uses=9, most_uses_per_customer=1)
    guest = held(limited, email="john@example.com")
    account = held(limited, email="john@example.com", platform_id="7")
    moved = held(limited, email="john@example.org", platform_id="7")
    assert guest < account
    assert len(guest & moved) == 1  # only the code itself
    assert len(account & moved) == 2


def test_nobody_is_no_customer_of_a_code() -> None:
    limited = a_discount(most_uses_per_customer=1)
    assert held(limited) == held(limited, email="") == set()


def test_codes_are_compared_without_case() -> None:
    assert canonical(" Save10 ") == canonical("SAVE10")
    assert canonical("STRASSE") == canonical("straße")


def test_a_customer_is_counted_by_a_digest_whatever_they_call_themselves() -> None:
    code = a_discount(most_uses=9, most_uses_per_customer=2)
    limits = code.limits(["john@example.com", "\ud800@example.com"])
    assert list(limits.values()) == [9, 2, 2]
    assert list(limits)[:2] == [code.part, f"{code.part}#855f96e983f1f8e8be944692b6f719fd"]
