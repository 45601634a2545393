"""The deployed function asks a real DNS server whether a shopper's mail has somewhere to go."""

from __future__ import annotations

import pytest

from scripts.checkout_client import Checkout
from tests.e2e.deployment import Begin


@pytest.fixture(scope="module")
def cart(dns: None, begin: Begin) -> Checkout:
    return begin()


def validated(cart: Checkout, host: str) -> int:
    """The status of the answer."""
    path = f"/checkout/storefront/{cart.shop}/{cart.order}/validate_email_address"
    headers = {"Authorization": f"Bearer {cart.jwt}"}
    return cart.send("GET", path, params={"email_address": f"john@{host}.example"}, headers=headers).status_code


@pytest.mark.parametrize("host", ["mail", "address-only", "alias"])
def test_mail_has_somewhere_to_go(cart: Checkout, host: str) -> None:
    assert validated(cart, host) == 200


@pytest.mark.parametrize("host", ["nobody", "null-mx", "text-only"])
def test_mail_has_nowhere_to_go(cart: Checkout, host: str) -> None:
    assert validated(cart, host) == 422


@pytest.mark.parametrize("host", ["broken", "silent"])
def test_a_server_that_fails_or_says_nothing_stops_no_sale(cart: Checkout, host: str) -> None:
    assert validated(cart, host) == 200
