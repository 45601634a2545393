"""Shops, zones, gateways and tokens through the merchant API."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import replace
from typing import Any

import pytest

from tests.integration.merchant_api import MerchantApi, Reply, api, forget
from till.adapters import aws
from till.adapters.addresses import AddressBook
from till.adapters.dynamodb.catalog import DynamoDBCatalog
from till.application import settings
from till.domain.errors import Conflict
from till.domain.region import Region
from till.domain.shipping import RateKind, ShippingRate, Tier
from till.domain.shop import Gateway, Shop
from till.domain.tax import TaxRate, TaxZone
from till.runtime import wiring

__all__ = ["api"]  # the fixture

SHOPS = "/merchant/shops"
ACME = f"{SHOPS}/acme"
A_SHOP = {"identifier": "acme", "name": "Acme", "currency": "CAD", "country": "CA", "locale": "en-CA"}
A_ZONE = {
    "name": "Canada",
    "regions": [{"country": "CA", "provinces": ["MB", "ON"]}, {"country": "US", "provinces": []}],
    "rates": [
        {"code": "standard", "description": "Standard", "amount": "10.00", "free_over": "99.5"},
        {
            "code": "heavy",
            "description": "By weight",
            "kind": "weight",
            "tiers": [{"up_to": 1000, "amount": "5"}, {"up_to": None, "amount": "9.99"}],
        },
        {"code": "worth", "description": "By value", "kind": "value", "tiers": [{"up_to": "50.00", "amount": "7.50"}]},
    ],
}
A_TAX_ZONE = {
    "name": "Manitoba",
    "regions": [{"country": "CA", "provinces": ["MB"]}],
    "rates": [{"name": "GST", "rate": "5"}, {"name": "PST", "rate": "9.975", "compound": True}],
    "included": None,
    "tax_shipping": True,
}


@pytest.fixture
def acme(api: MerchantApi) -> MerchantApi:
    """The API, with a shop."""
    assert api.post(SHOPS, A_SHOP).status == 201
    return api


def stored() -> Shop:
    return wiring.catalog().shop("acme", fresh=True)


# Tokens


@pytest.mark.parametrize("token", ["", "wrong", "r" * 47, "till_" + "A" * 43, "till_" + "x" * 5000, "é"])
def test_without_a_known_token_nothing_is_answered(api: MerchantApi, token: str) -> None:
    reply = MerchantApi(token).get(SHOPS)
    assert reply.refusal == (401, "Authorization")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_a_secret_is_shown_once_and_only_its_digest_is_stored(api: MerchantApi) -> None:
    made = api.post("/merchant/tokens", {"name": "ERP", "scopes": ["catalog", "stock"]})
    secret = made.data["secret"]
    assert made.status == 201
    assert (secret[:5], len(secret)) == ("till_", 48)
    listed = api.get("/merchant/tokens")
    assert [token["name"] for token in listed.data] == ["ERP"]
    tables = aws.client("dynamodb")
    everything = str([tables.scan(TableName=name)["Items"] for name in tables.list_tables()["TableNames"]])
    assert secret not in str(listed.body) + everything
    assert hashlib.sha256(secret.encode()).hexdigest() in everything


def test_repeating_the_request_for_a_token_does_not_show_it_again(api: MerchantApi) -> None:
    body = {"name": "ERP", "scopes": ["catalog"]}
    first = api.call("POST", "/merchant/tokens", body, key="0123456789abcdef")
    again = api.call("POST", "/merchant/tokens", body, key="0123456789abcdef")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.data == first.data | {"secret": None}
    assert len(api.get("/merchant/tokens").data) == 1
    other = api.call("POST", "/merchant/tokens", body | {"name": "Other"}, key="0123456789abcdef")
    assert other.status == 422


def test_a_token_does_only_what_its_scopes_say(acme: MerchantApi) -> None:
    clerk = acme.with_token("stock")
    assert clerk.get(ACME).status == 403
    assert clerk.post("/merchant/tokens", {"name": "x", "scopes": ["stock"]}).status == 403
    assert clerk.get(f"{ACME}/gateways").status == 403
    assert acme.with_token("settings").get(ACME).status == 200


def test_a_token_of_one_shop_does_not_see_another(acme: MerchantApi) -> None:
    acme.post(SHOPS, A_SHOP | {"identifier": "bean"})
    bound = acme.with_token("settings", shop="acme")
    assert bound.get(ACME).status == 200
    assert bound.get(f"{SHOPS}/bean").refusal == (404, "shop")
    assert bound.get(f"{SHOPS}/nobody").refusal == (404, "shop")
    assert [shop["identifier"] for shop in bound.get(SHOPS).data] == ["acme"]
    assert bound.post(SHOPS, A_SHOP | {"identifier": "cup"}).status == 403


def test_a_token_cannot_make_one_that_may_do_more(acme: MerchantApi) -> None:
    maker = acme.with_token("tokens", "stock")
    assert maker.post("/merchant/tokens", {"name": "x", "scopes": ["stock"]}).status == 201
    assert maker.post("/merchant/tokens", {"name": "x", "scopes": ["orders"]}).status == 403
    bound = {"name": "x", "scopes": ["tokens"], "shop": "acme"}
    assert acme.post("/merchant/tokens", bound).refusal == (422, "scopes")
    assert acme.post("/merchant/tokens", bound | {"shop": "nobody"}).refusal == (404, "shop")


def test_a_revoked_token_is_worth_nothing(acme: MerchantApi) -> None:
    clerk = acme.with_token("settings")
    assert clerk.get(ACME).status == 200
    (token,) = acme.get("/merchant/tokens").data
    assert acme.delete(f"/merchant/tokens/{token['id']}").data["id"] == token["id"]
    forget()
    assert clerk.get(ACME).status == 401
    assert acme.delete(f"/merchant/tokens/{token['id']}").refusal == (404, "token_id")


# Shops


def test_a_shop_is_created_with_sensible_settings_and_read_back(acme: MerchantApi) -> None:
    shop = acme.get(ACME).data
    assert {name: shop[name] for name in A_SHOP} == A_SHOP
    assert shop["settings"]["inventory_check"] is True
    assert shop["settings"]["capture_mode"] == "async"
    assert abs(shop["created_at"] - time.time()) < 600


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("identifier", "Acme"),
        ("identifier", "a"),
        ("identifier", "storefront"),
        ("identifier", "-acme"),
        ("identifier", "x" * 64),
        ("currency", "XYZ"),
        ("currency", "cad"),
        ("currency", 5),
        ("country", "XX"),
        ("country", "ca"),
        ("locale", "english"),
        ("name", ""),
        ("name", "x" * 256),
        ("name", None),
        ("unknown", 1),
    ],
)
def test_a_wrong_shop_is_refused_by_its_field(api: MerchantApi, member: str, value: object) -> None:
    assert api.post(SHOPS, A_SHOP | {member: value}).refusal == (422, member)
    assert api.get(SHOPS).data == []


def test_an_identifier_that_is_taken_is_refused(acme: MerchantApi) -> None:
    assert acme.post(SHOPS, A_SHOP | {"name": "Mine now"}).refusal == (409, "identifier")
    assert stored().name == "Acme"


@pytest.mark.parametrize("body", ["{", '"text"', "[]", '{"name": "\\ud800"}', "\x00"])
def test_a_body_that_is_no_json_object_is_refused(acme: MerchantApi, body: str) -> None:
    assert acme.patch(ACME, body).status in (400, 422)


def test_only_what_was_sent_is_changed(acme: MerchantApi) -> None:
    acme.patch(ACME, {"settings": {"allowed_origins": ["https://shop.example.com", "http://localhost:3000"]}})
    changes = {
        "name": "Acme Ltd",
        "settings": {
            "phone_required": True,
            "checkout_url": "https://shop.example.com/pay/{cart_id}/",
            "capture_mode": "on_fulfilment",
            "capture_before_expiry": True,
        },
    }
    shop = acme.patch(ACME, changes).data
    assert shop["name"] == "Acme Ltd"
    assert shop["currency"] == "CAD"
    assert shop["settings"]["phone_required"] is True
    assert (shop["settings"]["capture_mode"], shop["settings"]["capture_before_expiry"]) == ("on_fulfilment", True)
    assert shop["settings"]["allowed_origins"] == ["https://shop.example.com", "http://localhost:3000"]
    assert shop["settings"]["checkout_url"] == "https://shop.example.com/pay/{cart_id}"
    assert acme.get(ACME).data == shop


def test_prices_may_be_shown_in_other_currencies_at_the_merchants_rates(acme: MerchantApi) -> None:
    rates = {"EUR": "0.68", "JPY": "112.5"}
    assert acme.patch(ACME, {"settings": {"exchange_rates": rates}}).data["settings"]["exchange_rates"] == rates
    assert stored().settings.exchange_rates == rates
    assert acme.patch(ACME, {"currency": "EUR"}).refusal == (422, "settings.exchange_rates.EUR")


def test_the_checkout_page_looks_as_the_merchant_says(acme: MerchantApi) -> None:
    look = {"accent": "#7a2e8e", "logo_url": "https://cdn.example/logo.svg"}
    assert acme.patch(ACME, {"settings": {"page": look | {"background": ""}}}).data["settings"]["page"] == look
    assert stored().settings.page == look
    assert acme.patch(ACME, {"settings": {"page": {}}}).data["settings"]["page"] == {}


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("allowed_origins", ["https://shop.example.com/"]),
        ("allowed_origins", ["*"]),
        ("allowed_origins", ["https://*.example.com"]),
        ("allowed_origins", ["shop.example.com"]),
        ("allowed_origins", ["https://user@example.com"]),
        ("checkout_url", "javascript:alert(1)"),
        ("checkout_url", "https://shop.example.com/pay/{order}"),
        ("inventory_check", "yes"),
        ("inventory_check", 1),
        ("capture_before_expiry", "yes"),
        ("rounding", "up"),
        ("parked_minutes", 0),
        ("parked_minutes", 1.5),
        ("exchange_rates", {"CAD": "1"}),
        ("exchange_rates", {"XXX": "1"}),
        ("exchange_rates", {"EUR": 0.68}),
        ("exchange_rates", {"EUR": "1e2"}),
        ("exchange_rates", {"EUR": "0.0"}),
        ("page", {"accent": "red"}),
        ("page", {"accent": "#fff"}),
        ("page", {"background": "#ffffff;}body{display:none"}),
        ("page", {"accent": "url(x)"}),
        ("page", {"logo_url": "http://cdn.example/logo.svg"}),
        ("page", {"logo_url": "javascript:alert(1)"}),
        ("page", {"logo_url": 'https://cdn.example/"onerror=alert(1)'}),
        ("page", {"terms_url": "https://cdn.example/<script>"}),
        ("page", {"css": "body{}"}),
        ("surprise", True),
    ],
)
def test_a_wrong_setting_is_refused_by_its_field(acme: MerchantApi, member: str, value: object) -> None:
    status, field = acme.patch(ACME, {"settings": {member: value}}).refusal
    assert status == 422
    assert field is not None
    assert field.startswith(f"settings.{member}")


def test_a_shop_that_is_not_there_is_not_found(api: MerchantApi) -> None:
    for path in (ACME, f"{ACME}/gateways", f"{SHOPS}/{'x' * 3000}"):
        assert api.get(path).refusal == (404, "shop")
    assert api.patch(ACME, {"name": "x"}).refusal == (404, "shop")


def test_shops_are_listed_in_pages(api: MerchantApi) -> None:
    for name in ("cup", "acme", "bean"):
        api.post(SHOPS, A_SHOP | {"identifier": name})
    first = api.get(SHOPS, limit="2")
    assert [shop["identifier"] for shop in first.data] == ["acme", "bean"]
    last = api.get(SHOPS, limit="2", cursor=first.body["next_cursor"])
    assert ([shop["identifier"] for shop in last.data], last.body["next_cursor"]) == (["cup"], None)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.0", "", "9999999999"])
def test_a_wrong_limit_or_cursor_is_refused(api: MerchantApi, limit: str) -> None:
    assert api.get(SHOPS, limit=limit).refusal == (422, "limit")
    assert api.get(SHOPS, cursor="?").refusal == (422, "cursor")


# Shipping and tax zones


def test_a_shipping_zone_is_stored_in_minor_units_and_read_as_written(acme: MerchantApi) -> None:
    zone = acme.put(f"{ACME}/shipping_zones/canada", A_ZONE).data
    assert stored().shipping_zones[0].rates == (
        ShippingRate("standard", "Standard", amount=1000, free_over=9950),
        ShippingRate("heavy", "By weight", RateKind.WEIGHT, tiers=(Tier(1000, 500), Tier(None, 999))),
        ShippingRate("worth", "By value", RateKind.VALUE, tiers=(Tier(5000, 750),)),
    )
    assert acme.get(f"{ACME}/shipping_zones").data == [zone]
    assert zone["id"] == "canada"
    sent_back = {name: zone[name] for name in ("name", "regions", "rates")}
    assert acme.put(f"{ACME}/shipping_zones/canada", sent_back).data == zone


def test_a_tax_zone_is_stored_in_millionths_and_read_as_written(acme: MerchantApi) -> None:
    zone = acme.put(f"{ACME}/tax_zones/mb", A_TAX_ZONE).data
    rates = (TaxRate("GST", 50_000), TaxRate("PST", 99_750, compound=True))
    assert stored().tax_zones == (TaxZone("mb", "Manitoba", (Region("CA", ("MB",)),), rates, None, True),)
    assert [rate["rate"] for rate in zone["rates"]] == ["5", "9.975"]
    assert acme.get(f"{ACME}/tax_zones").data == [zone]


def test_a_zone_is_replaced_in_its_place_and_deleted(acme: MerchantApi) -> None:
    for zone_id in ("one", "two"):
        acme.put(f"{ACME}/tax_zones/{zone_id}", A_TAX_ZONE)
    acme.put(f"{ACME}/tax_zones/one", A_TAX_ZONE | {"name": "Renamed"})
    assert [zone["name"] for zone in acme.get(f"{ACME}/tax_zones").data] == ["Renamed", "Manitoba"]
    assert acme.delete(f"{ACME}/tax_zones/one").status == 200
    assert acme.delete(f"{ACME}/tax_zones/one").refusal == (404, "zone_id")
    acme.put(f"{ACME}/shipping_zones/one", A_ZONE)
    assert acme.delete(f"{ACME}/shipping_zones/one").status == 200
    assert acme.get(f"{ACME}/shipping_zones").data == []


@pytest.mark.parametrize(
    ("regions", "field"),
    [
        ([{"country": "XX"}], "regions.0.country"),
        ([{"country": "CA"}, {"country": "CA", "provinces": ["MB", "CA"]}], "regions.1.provinces.1"),
        ([{"country": "CA", "provinces": ["mb"]}], "regions.0.provinces.0"),
        ([{"country": "*", "provinces": ["MB"]}], "regions.0.provinces"),
        ([{"country": "ca"}], "regions.0.country"),
        ([], "regions"),
    ],
)
def test_a_place_that_does_not_exist_is_refused(acme: MerchantApi, regions: list[Any], field: str) -> None:
    assert acme.put(f"{ACME}/shipping_zones/z", A_ZONE | {"regions": regions}).refusal == (422, field)
    assert acme.put(f"{ACME}/tax_zones/z", A_TAX_ZONE | {"regions": regions}).refusal == (422, field)


def test_everywhere_else_is_a_region(acme: MerchantApi) -> None:
    assert acme.put(f"{ACME}/tax_zones/z", A_TAX_ZONE | {"regions": [{"country": "*"}]}).status == 200


@pytest.mark.parametrize(
    ("rate", "field"),
    [
        ({"amount": "1.234"}, "rates.0.amount"),
        ({"amount": "-1"}, "rates.0.amount"),
        ({"amount": 10}, "rates.0.amount"),
        ({"amount": None}, "rates.0.amount"),
        ({"free_over": "lots"}, "rates.0.free_over"),
        ({"kind": "weight"}, "rates.0.tiers"),
        ({"tiers": [{"up_to": 1, "amount": "1"}]}, "rates.0.amount"),
        ({"kind": "moon"}, "rates.0.kind"),
        ({"code": "not ok"}, "rates.0.code"),
        ({"kind": "weight", "amount": None, "tiers": []}, "rates.0.tiers"),
        ({"kind": "weight", "amount": None, "tiers": [{"up_to": "5", "amount": "1"}]}, "rates.0.tiers.0.up_to"),
        ({"kind": "value", "amount": None, "tiers": [{"up_to": 5, "amount": "1"}]}, "rates.0.tiers.0.up_to"),
        (
            {"kind": "weight", "amount": None, "tiers": [{"up_to": None, "amount": "1"}, {"up_to": 5, "amount": "1"}]},
            "rates.0.tiers",
        ),
        (
            {"kind": "weight", "amount": None, "tiers": [{"up_to": 5, "amount": "1"}, {"up_to": 5, "amount": "1"}]},
            "rates.0.tiers",
        ),
    ],
)
def test_a_shipping_rate_that_cannot_be_priced_is_refused(acme: MerchantApi, rate: Any, field: str) -> None:
    usual = {"code": "standard", "description": "Standard", "amount": "10.00"}
    assert acme.put(f"{ACME}/shipping_zones/z", A_ZONE | {"rates": [usual | rate]}).refusal == (422, field)
    assert acme.get(f"{ACME}/shipping_zones").data == []


def test_two_rates_of_one_code_are_refused(acme: MerchantApi) -> None:
    rate = {"code": "standard", "description": "Standard", "amount": "10.00"}
    reply = acme.put(f"{ACME}/shipping_zones/z", A_ZONE | {"rates": [rate, rate]})
    assert reply.refusal == (422, "rates.1.code")


@pytest.mark.parametrize("rate", ["x", "-1", "101", "1.23456", "NaN", "1e-9", 5, None, "", "Infinity"])
def test_a_tax_rate_that_is_no_percentage_is_refused(acme: MerchantApi, rate: object) -> None:
    body = A_TAX_ZONE | {"rates": [{"name": "GST", "rate": rate}]}
    assert acme.put(f"{ACME}/tax_zones/z", body).refusal == (422, "rates.0.rate")


def test_the_currency_cannot_change_under_shipping_rates(acme: MerchantApi) -> None:
    acme.put(f"{ACME}/shipping_zones/canada", A_ZONE)
    assert acme.patch(ACME, {"currency": "JPY"}).refusal == (409, "currency")
    acme.delete(f"{ACME}/shipping_zones/canada")
    assert acme.patch(ACME, {"currency": "JPY"}).data["currency"] == "JPY"


def test_yen_have_no_decimals(acme: MerchantApi) -> None:
    acme.patch(ACME, {"currency": "JPY"})
    rate = {"code": "standard", "description": "Standard", "amount": "800"}
    zone = acme.put(f"{ACME}/shipping_zones/z", A_ZONE | {"rates": [rate]}).data
    assert zone["rates"][0]["amount"] == "800"
    assert stored().shipping_zones[0].rates[0].amount == 800


@pytest.mark.parametrize("zone_id", ["not%20ok", "x" * 64, "%C3%A9", "a%23b"])
def test_an_id_has_only_plain_characters(acme: MerchantApi, zone_id: str) -> None:
    assert acme.put(f"{ACME}/tax_zones/{zone_id}", A_TAX_ZONE).refusal == (422, "zone_id")


class Overtaken(DynamoDBCatalog):
    """Somebody else changes the shop's name just before each of the first writes."""

    times = 1

    def save_shop(self, shop: Shop) -> Shop:
        if self.times:
            self.times -= 1
            elsewhere = wiring.catalog()
            other = elsewhere.shop(shop.identifier, fresh=True)
            elsewhere.save_shop(replace(other, name=other.name + "!"))
        return super().save_shop(shop)


def test_of_two_changes_at_once_none_is_lost(acme: MerchantApi) -> None:
    shops = Overtaken(aws.client("dynamodb"), "catalogtable", time.monotonic)
    settings.put_tax_zone(shops, AddressBook(), "acme", TaxZone("z", "Z", (Region("*"),), ()))
    assert (stored().name, len(stored().tax_zones)) == ("Acme!", 1)


def test_a_change_that_is_overtaken_again_and_again_is_told(acme: MerchantApi) -> None:
    shops = Overtaken(aws.client("dynamodb"), "catalogtable", time.monotonic)
    shops.times = 3
    with pytest.raises(Conflict):
        settings.put_tax_zone(shops, AddressBook(), "acme", TaxZone("z", "Z", (Region("*"),), ()))
    assert stored().tax_zones == ()


# Gateways


def test_a_sandbox_gateway_is_set_up_and_taken_down(acme: MerchantApi) -> None:
    gateway = acme.put(f"{ACME}/gateways/test", {"kind": "sandbox", "name": "Sandbox"}).data
    assert gateway == {
        "id": "test",
        "kind": "sandbox",
        "name": "Sandbox",
        "is_test": True,
        "public_key": None,
        "webhook_url": "/webhooks/test?shop=acme",
    }
    assert acme.get(f"{ACME}/gateways/test").data["secret"].startswith("whsec_")
    assert stored().gateways == (Gateway("test", "sandbox", "Sandbox", is_test=True),)
    assert acme.get(f"{ACME}/gateways").data == [gateway]
    assert acme.delete(f"{ACME}/gateways/test").status == 200
    assert acme.get(f"{ACME}/gateways").data == []
    assert acme.delete(f"{ACME}/gateways/test").refusal == (404, "gateway_id")


def test_there_is_no_sandbox_in_production(acme: MerchantApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILL_STAGE", "prod")
    forget()
    assert acme.put(f"{ACME}/gateways/test", {"kind": "sandbox", "name": "Sandbox"}).refusal == (409, "kind")
    assert stored().gateways == ()


def test_an_unknown_kind_of_gateway_is_refused(acme: MerchantApi) -> None:
    assert acme.put(f"{ACME}/gateways/test", {"kind": "moon", "name": "Moon"}).refusal == (422, "kind")


# The shape of answers


def test_every_wrong_field_is_named_at_once(api: MerchantApi) -> None:
    reply: Reply = api.post(SHOPS, {"identifier": "A", "surprise": 1})
    fields = {error["field"] for error in reply.body["errors"]}
    assert fields == {"identifier", "surprise", "name", "currency", "country"}
    assert all(set(error) == {"code", "message", "field"} for error in reply.body["errors"])


def test_a_body_of_more_than_256_kb_is_refused(acme: MerchantApi) -> None:
    assert acme.patch(ACME, json.dumps({"name": "x" * 300_000})).refusal == (400, "body")
