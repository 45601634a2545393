"""The deployed function asks a real DNS server whether a shopper's mail has somewhere to go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.checkout_client import Checkout, Stack
from tests.e2e.deployment import Begin, aws, function_name
from tests.fakes.dns_server import dns_server


@pytest.fixture(scope="module")
def cart(stack: Stack, begin: Begin) -> Iterator[Checkout]:
    """A session, while the function asks a server on loopback."""
    functions, name = aws(stack, "lambda"), function_name(stack, "BoldCustomersFunction")
    before = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    with dns_server() as address:
        asking = {"Variables": before | {"TILL_DNS_SERVER": address}}
        functions.update_function_configuration(FunctionName=name, Environment=asking)
        yield begin()
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": before})


def validated(cart: Checkout, email: str) -> int:
    answer = cart.send(
        "GET",
        f"/checkout/storefront/{cart.shop}/{cart.order}/validate_email_address",
        params={"email_address": email},
        headers={"Authorization": f"Bearer {cart.jwt}"},
    )
    return answer.status_code


def test_mail_has_somewhere_to_go(cart: Checkout) -> None:
    assert [validated(cart, f"john@{host}.example") for host in ("mail", "address-only", "alias")] == [200, 200, 200]
    assert [validated(cart, f"john@{host}.example") for host in ("nobody", "null-mx", "text-only")] == [422, 422, 422]


def test_a_server_that_fails_or_says_nothing_stops_no_sale(cart: Checkout) -> None:
    assert [validated(cart, f"john@{host}.example") for host in ("broken", "silent")] == [200, 200]
