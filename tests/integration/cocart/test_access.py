"""Who asks is told by the header Authorization; what cannot be read names nobody."""

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
