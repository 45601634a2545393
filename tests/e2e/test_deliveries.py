"""Events of the deployed stack reach a merchant's endpoint on this machine, by outbox, bus, rule, queue and HTTP."""

from __future__ import annotations

from scripts.checkout_client import Json
from tests.e2e.deployment import eventually, submitted
from tests.e2e.test_merchants_services import OwnShop, own
from tests.fakes.outbound import http_answer

__all__ = ["own"]  # the fixture


def test_an_order_is_told_though_the_endpoint_was_down_and_once_more_when_asked(own: OwnShop) -> None:
    body = {"url": own.service.url, "types": ["order.placed"]}
    endpoint = own.merchant.ask("POST", "/webhook_endpoints", body)["data"]
    deliveries = f"/webhook_endpoints/{endpoint['id']}/deliveries"
    answers = [http_answer("503 Service Unavailable", b"later")]
    own.service.answer = lambda _: answers.pop() if answers else {}
    cart = own.begin().fill(own.stack.gateway)
    assert submitted(cart).status_code == 200

    def told() -> list[Json]:
        listed: list[Json] = own.merchant.ask("GET", deliveries)["data"]
        return listed

    [first] = eventually(told, lambda found: bool(found) and found[0]["state"] == "delivered")
    assert [one["status"] for one in first["tries"]] == [503, 200]
    own.merchant.ask("POST", f"{deliveries}/{first['id']}/redeliver")
    [again] = eventually(told, lambda found: len(found[0]["tries"]) == 3)
    assert again["state"] == "delivered"
    assert own.heard(endpoint["secret"]) == [first["body"]] * 3
    assert {headers["webhook-id"] for headers, _ in own.service.received} == {first["webhook_id"]}
    assert first["order_id"] == own.merchant.order(cart.order)["id"]
