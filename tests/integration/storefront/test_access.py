"""Whose order it is: a session's token opens its own order and nothing else."""

from __future__ import annotations

from tests.integration.api import Reply
from tests.integration.deployment import ROOT_TOKEN, Deployment
from tests.integration.shopper import BREWER, Shopper, backend
from till.application.identifiers import PUBLIC_ID_LENGTH
from till.runtime import session, wiring


def routes(till: Deployment) -> list[tuple[str, str]]:
    """Every route of a session, after the order's id; but the page, whose token stands in its URL."""
    prefix = "/checkout/storefront/{shop}/{order}"
    of_orders = [one for one, *_ in till.api.routes if one.path.startswith(prefix)]
    listed = [(one.method, one.path.removeprefix(prefix)) for one in of_orders]
    return [route for route in listed if route != ("GET", "/payments/iframe")]


def assert_turned_away(reply: Reply, message: str, kind: str) -> None:
    assert reply.status == 401
    assert reply.errors == [{"message": message, "type": kind, "field": "", "severity": "critical", "sub_type": ""}]


def test_every_route_turns_away_who_has_no_token_or_anothers(till: Deployment) -> None:
    mine, other = Shopper(till, cart_items=[BREWER]), Shopper(till)
    before = till.stored(mine.order_id)
    listed = routes(till)
    assert len(listed) > 25
    for method, path in listed:
        assert_turned_away(mine.call(method, path, {}, token=""), "Missing JWT", "authorization.missing_jwt")
        for token in (other.token, ROOT_TOKEN, "x", f"{mine.token}x", "é.é.é"):
            assert_turned_away(mine.call(method, path, {}, token=token), "Invalid JWT", "authorization.invalid_jwt")
    assert till.stored(mine.order_id) == before


def test_a_token_opens_neither_the_same_order_of_another_shop_nor_a_part_of_its_id(till: Deployment) -> None:
    shopper = Shopper(till)
    for path in (
        f"/checkout/storefront/other/{shopper.order_id}/refresh",
        f"/checkout/storefront/acme/{shopper.order_id[:26]}/refresh",
        f"/checkout/storefront/acme/{shopper.order_id}x/refresh",
        f"/checkout/storefront/acme/{shopper.order_id.lower()}/refresh",
    ):
        reply = till.api.call("GET", path, headers={"Authorization": f"Bearer {shopper.token}"})
        assert_turned_away(reply, "Invalid JWT", "authorization.invalid_jwt")


def test_an_expired_token_gets_the_answer_that_every_client_understands(till: Deployment) -> None:
    shopper = Shopper(till)
    old = session.issue("till/jwt-signing-key", "acme", shopper.order_id, wiring.now() - 3700)
    expired = shopper.call("GET", "/refresh", token=old)
    assert_turned_away(expired, "Expired JWT", "authorization.expired_jwt")
    assert shopper.call("GET", "/refresh", token=f"  {shopper.token} ").status == 200


def test_only_the_merchants_backend_begins_and_resumes(till: Deployment) -> None:
    shopper = Shopper(till)
    for token in ("", shopper.token, "till_unknown", "x" * 5000):
        for path in ("init", "resume"):
            refused = backend(till, path, {"public_order_id": shopper.order_id}, token=token)
            assert refused.status == 401
            assert refused.errors


def test_the_id_of_an_order_cannot_be_guessed_from_another(till: Deployment) -> None:
    ids = {Shopper(till).order_id for _ in range(5)}
    assert {len(one) for one in ids} == {PUBLIC_ID_LENGTH}
    assert len({one[26:] for one in ids}) == 5
