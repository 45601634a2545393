"""Gift cards over the merchant API: issued, looked into, loaded, taken out of use. Their codes are shown once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.integration.merchant_api import MerchantApi, api
from till.adapters import aws
from till.domain.gift_card import digest
from till.domain.stock import Hold, HoldState
from till.runtime import wiring

__all__ = ["api"]  # the fixture

ACME = "/merchant/shops/acme"
CARDS = f"{ACME}/gift_cards"
KEY = "0123456789abcdef"
LATER = 4_000_000_000


@pytest.fixture
def acme(api: MerchantApi) -> MerchantApi:
    shop = {"identifier": "acme", "name": "Acme", "currency": "CAD", "country": "CA"}
    assert api.post("/merchant/shops", shop).status == 201
    return api


def issued(acme: MerchantApi, **body: Any) -> Any:
    return acme.post(CARDS, {"amount": "50.00"} | body).data


def adjusted(acme: MerchantApi, card: Any, by: str, key: str = KEY, **body: Any) -> Any:
    return acme.call("POST", f"{CARDS}/{card['id']}/adjust", {"by": by} | body, key)


def everything_stored() -> str:
    client = aws.client("dynamodb")
    tables = client.list_tables()["TableNames"]
    return str([client.scan(TableName=table)["Items"] for table in tables])


def test_a_gift_card_is_issued_with_a_code_that_is_shown_once(acme: MerchantApi) -> None:
    reply = acme.post(CARDS, {"amount": "50", "note": "for Anna", "expires_at": LATER})
    assert reply.status == 201
    card = reply.data
    code = card.pop("code")
    assert re.fullmatch("([A-HJKMNP-Z2-9]{4}-){3}[A-HJKMNP-Z2-9]{4}", code)
    assert card == {
        "id": card["id"],
        "last_characters": code[-4:],
        "currency": "CAD",
        "loaded": "50.00",
        "held": "0.00",
        "spent": "0.00",
        "balance": "50.00",
        "expires_at": LATER,
        "disabled": False,
        "note": "for Anna",
        "created_at": card["created_at"],
    }
    assert acme.get(CARDS).data == [card]
    shown = acme.get(f"{CARDS}/{card['id']}").data
    movements = shown.pop("movements")
    assert shown == card
    assert [(one["kind"], one["amount"], one["order_id"]) for one in movements] == [("loaded", "50.00", None)]


def test_the_code_is_stored_nowhere(acme: MerchantApi) -> None:
    code = acme.call("POST", CARDS, {"amount": "50.00"}, KEY).data["code"]
    stored = everything_stored()
    assert digest("acme", code) in stored
    assert code not in stored
    assert code.replace("-", "") not in stored


def test_a_request_that_is_repeated_makes_no_second_card_and_shows_no_code(acme: MerchantApi) -> None:
    first, again = (acme.call("POST", CARDS, {"amount": "50.00"}, KEY).data for _ in range(2))
    assert first["code"]
    assert again == first | {"code": None}
    assert len(acme.get(CARDS).data) == 1


def test_a_code_of_another_system_is_taken_over(acme: MerchantApi) -> None:
    assert issued(acme, code="summer 2025 abcd")["code"] == "SUMM-ER20-25AB-CD"
    taken = acme.post(CARDS, {"amount": "1.00", "code": "SUMMER-2025-ABCD"})
    assert taken.refusal == (409, "code")
    assert len(acme.get(CARDS).data) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "-1.00"}, "amount"),
        ({"amount": "1.001"}, "amount"),
        ({"amount": 50}, "amount"),
        ({}, "amount"),
        ({"amount": "1", "currency": "XXY"}, "currency"),
        ({"amount": "1", "code": "short"}, "code"),
        ({"amount": "1", "code": "4111 1111 1111 1111"}, "code"),
        ({"amount": "1", "expires_at": 1}, "expires_at"),
        ({"amount": "1", "expires_at": "tomorrow"}, "expires_at"),
        ({"amount": "1", "balance": "5"}, "balance"),
        ({"amount": "1", "note": "x" * 256}, "note"),
    ],
)
def test_a_card_that_makes_no_sense_is_refused(acme: MerchantApi, body: Any, field: str) -> None:
    assert acme.post(CARDS, body).refusal == (422, field)
    assert acme.get(CARDS).data == []


def test_a_card_may_be_in_another_currency_than_the_shops(acme: MerchantApi) -> None:
    assert issued(acme, amount="5000", currency="JPY")["balance"] == "5000"


def test_money_is_loaded_and_taken_off_and_each_time_is_written_down(acme: MerchantApi) -> None:
    card = issued(acme)
    assert adjusted(acme, card, "25.50", note="a present").data["balance"] == "75.50"
    assert adjusted(acme, card, "-5.50", key=KEY + "2").data["loaded"] == "70.00"
    page = acme.get(f"{CARDS}/{card['id']}", limit="2")
    rest = acme.get(f"{CARDS}/{card['id']}", cursor=page.body["next_cursor"])
    movements = [*page.data["movements"], *rest.data["movements"]]
    assert [(one["kind"], one["amount"], one["note"]) for one in movements] == [
        ("loaded", "50.00", ""),
        ("loaded", "25.50", "a present"),
        ("taken_off", "-5.50", ""),
    ]
    assert rest.body["next_cursor"] is None


def test_money_moves_once_for_a_key_and_not_at_all_without(acme: MerchantApi) -> None:
    card = issued(acme)
    for _ in range(2):
        assert adjusted(acme, card, "10.00").data["balance"] == "60.00"
    assert adjusted(acme, card, "20.00").refusal == (422, "Idempotency-Key")
    assert acme.post(f"{CARDS}/{card['id']}/adjust", {"by": "10.00"}).refusal == (422, "Idempotency-Key")
    assert acme.get(f"{CARDS}/{card['id']}").data["balance"] == "60.00"


def test_money_moves_once_even_where_the_function_was_lost_before_it_could_answer(acme: MerchantApi) -> None:
    card = issued(acme)
    adjusted(acme, card, "10.00")
    client = aws.client("dynamodb")
    for item in client.scan(TableName="idempotencytable")["Items"]:
        client.delete_item(TableName="idempotencytable", Key={"pk": item["pk"], "sk": item["sk"]})
    assert adjusted(acme, card, "10.00").data["balance"] == "60.00"


def test_a_balance_never_falls_below_zero(acme: MerchantApi) -> None:
    card = issued(acme)
    part = f"GIFT#{card['id']}"
    wiring.stock().hold(Hold("attempt", "acme", HoldState.ACTIVE, LATER, {part: 2000}), 1)
    assert acme.get(f"{CARDS}/{card['id']}").data["held"] == "20.00"
    assert adjusted(acme, card, "-30.01").refusal == (409, "by")
    assert adjusted(acme, card, "-30.00").data["balance"] == "0.00"
    assert acme.get(CARDS).data[0]["loaded"] == "20.00"


@pytest.mark.parametrize("by", ["0", "0.00", "1.001", "+5", "--5", 5, "", None])
def test_an_adjustment_that_is_no_amount_is_refused(acme: MerchantApi, by: Any) -> None:
    assert adjusted(acme, issued(acme), by).refusal == (422, "by")


def test_a_card_is_disabled_and_enabled_and_its_end_is_moved(acme: MerchantApi) -> None:
    card = issued(acme, expires_at=LATER, note="lost?")
    path = f"{CARDS}/{card['id']}"
    disabled = acme.patch(path, {"disabled": True}).data
    assert (disabled["disabled"], disabled["expires_at"], disabled["note"]) == (True, LATER, "lost?")
    enabled = acme.patch(path, {"disabled": False, "expires_at": None}).data
    assert (enabled["disabled"], enabled["expires_at"], enabled["note"]) == (False, None, "lost?")
    assert acme.patch(path, {"code": "SUMMER2025ABCD"}).refusal == (422, "code")
    assert acme.get(path).data["balance"] == "50.00"


def test_what_is_not_there_is_a_404(acme: MerchantApi) -> None:
    for method, path, body in (
        ("GET", f"{CARDS}/01JX", None),
        ("GET", f"{CARDS}/{'x' * 3000}", None),
        ("PATCH", f"{CARDS}/01JX", {"note": "x"}),
        ("POST", f"{CARDS}/01JX/adjust", {"by": "1.00"}),
    ):
        assert acme.call(method, path, body, KEY).refusal == (404, "gift_card_id")
    assert acme.get("/merchant/shops/nobody/gift_cards").refusal == (404, "shop")


def test_gift_cards_ask_for_a_scope_of_their_own(acme: MerchantApi) -> None:
    assert acme.with_token("stock", "catalog", "orders", "settings").get(CARDS).status == 403
    card = issued(acme.with_token("gift_cards", shop="acme"))
    assert acme.with_token("gift_cards", shop="acme").get(f"{CARDS}/{card['id']}").status == 200


def test_a_shop_takes_gift_cards_at_a_gateway_of_that_kind_in_production_too(
    acme: MerchantApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILL_STAGE", "prod")
    gateway = acme.put(f"{ACME}/gateways/gift-cards", {"kind": "gift_card", "name": "Gift card"}).data
    assert gateway == {
        "id": "gift-cards",
        "kind": "gift_card",
        "name": "Gift card",
        "is_test": False,
        "public_key": None,
        "webhook_url": None,
    }
    assert acme.get(f"{ACME}/gateways").data == [gateway]
