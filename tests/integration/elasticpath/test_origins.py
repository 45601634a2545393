"""Which pages may read what this dialect answers: those of the shop whose client asks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import a_shop
from tests.integration.api import Reply
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.storefront import a_client, ask_for_token
from till.runtime import wiring

OURS, THEIRS = "https://acme.example", "https://bean.example"


@pytest.fixture
def shops(till: Deployment) -> Deployment:
    """Two shops, each with an origin of its own."""
    till.change_settings(allowed_origins=(OURS,))
    settings = replace(a_shop().settings, allowed_origins=(THEIRS,))
    wiring.catalog().create_shop(a_shop(identifier="bean", settings=settings))
    return till


def reader(reply: Reply) -> str | None:
    """The origin whose pages may read it."""
    assert reply.headers["Vary"] == "Origin"
    return reply.headers.get("Access-Control-Allow-Origin")


def test_a_page_of_the_clients_shop_may_read_its_token_and_no_other_page(shops: Deployment) -> None:
    client, _ = a_client()
    form = {"grant_type": "implicit", "client_id": client.id}
    assert reader(ask_for_token(shops, form, {"Origin": OURS})) == OURS
    for origin in (THEIRS, "https://nobody.example", ""):
        reply = ask_for_token(shops, form, {"Origin": origin})
        assert (reply.status, reader(reply)) == (200, None)


def test_a_page_of_the_clients_shop_may_read_why_there_is_no_token(shops: Deployment) -> None:
    client, _ = a_client()
    wrong = {"grant_type": "client_credentials", "client_id": client.id, "client_secret": "x"}
    reply = ask_for_token(shops, wrong, {"Origin": OURS})
    assert (reply.status, reader(reply)) == (401, OURS)
    assert reader(ask_for_token(shops, wrong | {"client_id": "nobody"}, {"Origin": OURS})) is None
