"""Gift cards at a storefront: added by their code, of which nothing is kept, shown or told."""

from __future__ import annotations

import zlib
from typing import Any

import pytest

from tests.integration.deployment import Deployment
from tests.integration.gift_cards import GATEWAY, Issued, a_gift_card, disable, take_gift_cards
from tests.integration.shopper import Shopper, card
from till.adapters import aws
from till.domain.gift_card import digest
from till.domain.stock import Hold, HoldState
from till.runtime import wiring

KEY = "0123456789abcdef"
REFUSED = {
    "message": "This gift card cannot be used.",
    "type": "validation",
    "field": "token",
    "severity": "validation",
    "sub_type": "token",
}


@pytest.fixture
def shopper(till: Deployment) -> Shopper:
    """With an order of 262.00 CAD that is not paid yet, in a shop that takes gift cards."""
    take_gift_cards(till)
    return Shopper.ready(till, paid_with="")


def test_a_gift_card_pays_what_is_on_it_and_the_rest_is_paid_by_card(till: Deployment, shopper: Shopper) -> None:
    gift = a_gift_card(till, 4000)
    added = shopper.post("/payments", gift.payment())
    payment = added.data["payment"]
    assert payment == {
        "id": payment["id"],
        "gateway_public_id": GATEWAY.id,
        "amount": 4000,
        "value": 4000,
        "currency": "CAD",
        "type": "gift_card",
        "display_string": gift.code[-4:],
        "lineText": gift.code[-4:],
        "token": gift.card.id,
        "retain": False,
        "tag": "BoldGiftCard",
        "brand": "",
        "friendly_brand": "",
        "balance": 4000,
    }
    del payment["balance"]
    assert added.state["payments"] == [payment]
    assert added.state["order_balance"] == 22200
    assert shopper.post("/payments", card()).data["payment"]["amount"] == 22200
    assert shopper.state["order_balance"] == 0


def test_a_gift_card_that_is_worth_more_pays_what_the_order_needs(till: Deployment, shopper: Shopper) -> None:
    shopper.post("/payments", card(amount=20_000))
    added = shopper.post("/payments", a_gift_card(till, 50_000).payment()).data["payment"]
    assert (added["amount"], added["balance"]) == (6200, 50_000)


def test_the_same_card_again_is_the_same_payment_however_its_code_is_typed(till: Deployment, shopper: Shopper) -> None:
    gift = a_gift_card(till, 4000)
    first = shopper.post("/payments", gift.payment(amount=1000)).data["payment"]
    typed = gift.code.lower().replace("-", " ")
    again = shopper.post("/payments", gift.payment(token=f" {typed} ")).data["payment"]
    assert (again["id"], again["amount"]) == (first["id"], 4000)
    assert len(shopper.state["payments"]) == 1


def test_several_gift_cards_pay_together(till: Deployment, shopper: Shopper) -> None:
    for amount in (4000, 2200, 30_000):
        shopper.post("/payments", a_gift_card(till, amount).payment())
    assert [one["amount"] for one in shopper.state["payments"]] == [4000, 2200, 20_000]
    assert shopper.post("/payments", a_gift_card(till, 100).payment()).fields == ["amount"]


@pytest.mark.parametrize("why", ["unknown", "expired", "disabled", "other currency", "other shop", "empty", "held"])
def test_a_card_that_cannot_be_used_is_refused_without_a_word_why_and_after_the_same_work(
    till: Deployment, shopper: Shopper, why: str
) -> None:
    client = aws.client("dynamodb")
    calls: list[str] = []
    client.meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name), "counted")
    try:
        gift = unusable(till, why)
        calls.clear()
        refused = shopper.post("/payments", gift.payment())
        made = list(calls)
        calls.clear()
        shopper.post("/payments", gift.payment(token="NO-SUCH-CODE-AT-ALL"))
    finally:
        client.meta.events.unregister("before-call.dynamodb", unique_id="counted")
    assert (refused.status, refused.errors) == (422, [REFUSED])
    assert made == calls or why == "held"
    assert shopper.state["payments"] == []


def unusable(till: Deployment, why: str) -> Issued:
    now = till.clock.seconds()
    wanted: dict[str, dict[str, Any]] = {
        "expired": {"expires_at": now},
        "other currency": {"currency": "USD"},
        "other shop": {"shop": "other"},
    }
    gift = a_gift_card(till, 0 if why == "empty" else 4000, **wanted.get(why, {}))
    if why == "disabled":
        disable(gift.card)
    if why == "held":
        wiring.stock().hold(Hold("other", "acme", HoldState.ACTIVE, now + 600, {gift.card.part: 4000}), now)
    return Issued(gift.card, "ABCD-EFGH-JKMN-PQRS") if why == "unknown" else gift


def test_more_than_the_balance_is_refused(till: Deployment, shopper: Shopper) -> None:
    gift = a_gift_card(till, 4000)
    refused = shopper.post("/payments", gift.payment(amount=4001))
    assert (refused.status, refused.fields) == (422, ["amount"])
    assert refused.messages == ["There is only 40.00 CAD left on this gift card."]
    shopper.post("/payments", gift.payment(amount=1000))
    assert shopper.put("/payments", gift.sent(4001)).fields == ["amount"]
    assert shopper.put("/payments", gift.sent(4000)).data["payment"]["amount"] == 4000


def test_a_gift_card_is_taken_off_by_its_payments_id(till: Deployment, shopper: Shopper) -> None:
    gift = a_gift_card(till, 4000)
    payment_id = shopper.post("/payments", gift.payment()).data["payment"]["id"]
    other_id = shopper.post("/payments", card()).data["payment"]["id"]
    assert shopper.delete("/payments/gift_card", {"id": other_id}).fields == ["id"]
    assert shopper.delete("/payments/gift_card", {}).fields == ["id"]
    removed = shopper.delete("/payments/gift_card", {"id": payment_id})
    assert removed.data["payment"]["id"] == payment_id
    assert [one["id"] for one in removed.state["payments"]] == [other_id]
    assert shopper.delete("/payments/gift_card", {"id": payment_id}).fields == ["id"]


def test_a_gift_card_is_taken_off_by_its_reference_like_any_payment(till: Deployment, shopper: Shopper) -> None:
    gift = a_gift_card(till, 4000)
    shopper.post("/payments", gift.payment())
    assert shopper.delete("/payments", gift.sent(0)).state["payments"] == []


def test_whoever_knows_a_reference_cannot_pay_with_it(till: Deployment, shopper: Shopper) -> None:
    gift = a_gift_card(till, 4000)
    assert shopper.post("/payments", gift.payment(token=gift.card.id)).errors == [REFUSED]
    by_another_gateway = card(gift.card.id, type="gift_card")
    assert shopper.post("/payments", by_another_gateway).fields == ["type"]


def test_an_order_in_another_currency_is_refused(till: Deployment, shopper: Shopper) -> None:
    assert shopper.post("/payments", a_gift_card(till, 4000).payment(currency="USD")).fields == ["currency"]


def test_the_code_is_stored_answered_and_logged_nowhere(
    till: Deployment, shopper: Shopper, caplog: pytest.LogCaptureFixture
) -> None:
    gift = a_gift_card(till, 30_000)
    replies = [shopper.post("/payments", gift.payment(display_string=gift.code), key=KEY) for _ in range(2)]
    replies += [shopper.post("/payments", gift.payment(amount=40_000)), shopper.process(), shopper.get("/refresh")]
    assert replies[1].headers["Idempotent-Replayed"] == "true"
    assert replies[3].status == 200
    till.deliver_streams()
    assert caplog.records
    logged = str([vars(record) for record in caplog.records])
    told = "".join(reply.raw for reply in replies) + str(till.put_events) + logged
    stored = everything_stored()
    assert gift.card.id in told
    assert digest("acme", gift.code) in stored
    assert '"type":"gift_card"' in stored
    for code in (gift.code, gift.code.replace("-", "")):
        assert code not in told + stored


def everything_stored() -> str:
    """All items of all tables, and what is compressed in them."""
    client = aws.client("dynamodb")
    items = [item for table in client.list_tables()["TableNames"] for item in client.scan(TableName=table)["Items"]]
    packed = [bytes(value["B"]) for item in items for value in item.values() if value.get("B")]
    return f"{items} {[zlib.decompress(one.removeprefix(bytes([1]))).decode() for one in packed]}"


def test_a_storefront_finds_the_gateway_for_gift_cards(till: Deployment, shopper: Shopper) -> None:
    begun = Shopper(till, cart_items=[]).begun.data["initial_data"]["external_payment_gateways"]
    by_place = {one["location"]: one for one in begun}
    assert by_place["gift_card"]["public_id"] == GATEWAY.id
    assert by_place["gift_card"]["iframe_url"] == ""
    assert by_place["payment_method_below"]["public_id"] == "sandbox-1"
