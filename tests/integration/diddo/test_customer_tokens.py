"""Customer session tokens: a platform tells of its customer, and the page that they are sent to knows them."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from tests.integration.deployment import Deployment
from tests.integration.diddo.storefront import Platform, refusal
from tests.integration.diddo.test_sessions import JOHN, KEY, SHOWN, begin, open_page, ready
from till.adapters import aws
from till.runtime import beginnings, customer_token, wiring
from till.runtime.settings import environment


@pytest.fixture
def platform(till: Deployment) -> Platform:
    return Platform(till)


def test_a_token_says_nothing_of_its_customer(till: Deployment, platform: Platform) -> None:
    minted = platform.ask("POST", "/checkout/cst", JOHN)
    assert minted.keys() == {"cst"}
    claims = jwt.decode(minted["cst"], options={"verify_signature": False})
    assert claims.keys() == {"jti", "shop", "iat", "nbf", "exp"}
    assert claims["exp"] - claims["iat"] == 86_400
    assert jwt.get_unverified_header(minted["cst"])["typ"] == "customer-session+jwt"


def test_the_page_that_a_token_is_brought_to_knows_its_customer(till: Deployment, platform: Platform) -> None:
    session, minted = begin(platform), platform.ask("POST", "/checkout/cst", JOHN)
    body = {"auth_token": minted["cst"]}
    opened = till.page.call("POST", f"/checkout/{session['cart_id']}/session", body).data
    assert opened["prefill"] == "done"
    assert platform.ask("GET", f"/cart/{session['cart_id']}")["buyer_identity"] == SHOWN


@pytest.mark.parametrize("body", [{}, None, {"email": None}, {"first_name": "John"}, {"country_code": "CA"}])
def test_a_guests_token_needs_nothing(till: Deployment, platform: Platform, body: Any) -> None:
    minted = platform.ask("POST", "/checkout/cst", body)["cst"]
    session_id = customer_token.session_id(environment().jwt_secret, minted, "acme", wiring.now())
    assert beginnings.customer_sessions().get("acme", session_id)
    opened = till.page.call("POST", f"/checkout/{platform.template()}/session", {"auth_token": minted}).data
    assert opened["prefill"] == "done"


def test_a_token_that_is_asked_for_again_is_fresh_and_of_the_same_customer(
    till: Deployment, platform: Platform
) -> None:
    first, again = (platform.call("POST", "/checkout/cst", JOHN, Idempotency_Key=KEY) for _ in range(2))
    ids = {
        customer_token.session_id(environment().jwt_secret, reply.body["cst"], "acme", wiring.now())
        for reply in (first, again)
    }
    assert len(ids) == 1
    assert again.headers["Idempotent-Replayed"] == "true"
    everything = str([aws.client("dynamodb").scan(TableName=table) for table in ("orderstable", "idempotencytable")])
    assert first.body["cst"].rsplit(".", 1)[1] not in everything
    other = platform.call("POST", "/checkout/cst", {}, Idempotency_Key=KEY)
    assert refusal(other)[::2] == (400, "Idempotency-Key")


def test_a_checkouts_token_is_no_customers_and_a_customers_no_checkouts(till: Deployment, platform: Platform) -> None:
    session, minted = ready(platform), platform.ask("POST", "/checkout/cst")["cst"]
    opened = open_page(till, session)
    url = f"/checkout/storefront/acme/{opened['public_order_id']}/refresh"
    assert till.api.call("GET", url, headers={"Authorization": f"Bearer {minted}"}).status == 401
    assert Platform(till, minted).call("POST", "/checkout/cst", {}).status == 401
