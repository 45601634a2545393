"""Who asks is told by the header Authorization; what cannot be read names nobody, and a number is no key."""

from __future__ import annotations

import base64

import pytest

from tests.integration.cocart.storefront import Shopper
from tests.integration.deployment import Deployment


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic ü", "Basic !!!", "Basic /zp4", "Bearer", "Bearer ü", f"Basic {base64.b64encode(b'x').decode()}"],
)
def test_an_authorization_that_cannot_be_read_is_refused(till: Deployment, header: str) -> None:
    reply = Shopper(till, "abc", header).call("GET", "cart")
    assert (reply.status, reply.body["code"]) == (401, "cocart_authentication_error")


def test_who_signed_out_and_still_sends_their_number_has_a_cart_of_their_own(till: Deployment) -> None:
    """Or all who send it would see what the others put into one cart, and where they live."""
    ann, bob = Shopper(till, "1"), Shopper(till, "1")
    told = ann.call("POST", "cart/update", {"first_name": "Ann", "country": "CA"})
    assert told.headers["Cart-Key"].startswith("t_")
    assert bob.get()["customer"]["billing_address"]["billing_first_name"] == ""
    assert Shopper(till, "1", site="/cocart/acme/wp-json/cocart/preview").call("GET", "checkout").status == 401
