"""Which browsers may call: the shop's list of origins, and what preflights and answers make of it."""

from __future__ import annotations

import pytest

from preflight.app import handler as preflight
from tests.integration.merchant_api import MerchantApi, api, forget

__all__ = ["api"]  # the fixture

ACME = "/merchant/shops/acme"
CORS = "/checkout/shop/acme/cors"
STORE = "https://store.example"


@pytest.fixture
def acme(api: MerchantApi) -> MerchantApi:
    """The API, with a shop."""
    shop = {"identifier": "acme", "name": "Acme", "currency": "CAD", "country": "CA", "locale": "en-CA"}
    assert api.post("/merchant/shops", shop).status == 201
    return api


def allowed(origin: str, shop: str = "acme") -> str | None:
    """The origin that a preflight lets in."""
    answer = preflight({"headers": {"Origin": origin}, "pathParameters": {"shop": shop}}, None)
    assert (answer["statusCode"], answer["headers"]["Vary"]) == (204, "Origin")
    let_in: str | None = answer["headers"].get("Access-Control-Allow-Origin")
    return let_in


def test_a_storefront_is_let_in_and_shut_out_again(acme: MerchantApi) -> None:
    assert acme.get(CORS).body == {"data": []}
    assert allowed(STORE) is None
    added = acme.post(CORS, {"domain": STORE})
    assert (added.status, added.body) == (200, {"data": [{"id": added.data[0]["id"], "domain": STORE}]})
    assert acme.get(CORS).body == added.body
    assert acme.get(ACME).data["settings"]["allowed_origins"] == [STORE]
    assert allowed(STORE) == STORE
    assert acme.delete(f"{CORS}/{added.data[0]['id']}").body == {"data": []}
    assert allowed(STORE) is None


def test_a_domain_keeps_its_number_whatever_else_is_listed(acme: MerchantApi) -> None:
    numbers = [acme.post(CORS, {"domain": f"https://{name}.example"}).data[0]["id"] for name in "abc"]
    assert acme.get(CORS).data == [
        {"id": number, "domain": f"https://{name}.example"} for number, name in zip(numbers[::-1], "cba", strict=True)
    ]
    acme.delete(f"{CORS}/{numbers[1]}")
    assert acme.delete(f"{CORS}/{numbers[1]}").refusal == (404, "cors_id")
    assert [one["id"] for one in acme.get(CORS).data] == [numbers[2], numbers[0]]


@pytest.mark.parametrize(
    "written",
    [
        "https://store.example/",
        " https://Store.Example",
        "https://store.example:443",
    ],
)
def test_a_domain_is_listed_as_browsers_write_it_and_once(acme: MerchantApi, written: str) -> None:
    acme.post(CORS, {"domain": STORE})
    assert [one["domain"] for one in acme.post(CORS, {"domain": written}).data] == [STORE]
    assert acme.post(CORS, {"domain": "http://127.0.0.1:80"}).data[0]["domain"] == "http://127.0.0.1"


@pytest.mark.parametrize(
    "domain",
    [
        "",
        "*",
        "null",
        "store.example",
        "https://",
        "https://*.example",
        "https://a@b.example",
        "https://a.b/c",
        7,
        None,
    ],
)
def test_what_is_no_origin_is_not_listed(acme: MerchantApi, domain: object) -> None:
    assert acme.post(CORS, {"domain": domain}).refusal == (422, "domain")
    assert acme.post(CORS, {}).refusal == (422, "domain")
    assert acme.get(CORS).data == []


def test_a_shop_lists_fifty_domains(acme: MerchantApi) -> None:
    acme.patch(ACME, {"settings": {"allowed_origins": [f"https://{i}.example" for i in range(50)]}})
    assert acme.post(CORS, {"domain": STORE}).refusal == (409, "domain")
    assert len(acme.post(CORS, {"domain": "https://7.example"}).data) == 50


def test_who_may_set_up_a_shop_may_set_up_its_domains(acme: MerchantApi) -> None:
    acme.post("/merchant/shops", {"identifier": "bean", "name": "Bean", "currency": "CAD", "country": "CA"})
    assert MerchantApi("").get(CORS).status == 401
    assert acme.with_token("checkout", "orders").post(CORS, {"domain": STORE}).status == 403
    bound = acme.with_token("settings", shop="bean")
    assert bound.get(CORS).refusal == (404, "shop")
    assert bound.delete(f"{CORS}/1").refusal == (404, "shop")
    assert acme.with_token("settings", shop="acme").post(CORS, {"domain": STORE}).status == 200
    assert acme.get("/checkout/shop/nobody/cors").refusal == (404, "shop")


def test_the_origin_is_compared_whole(acme: MerchantApi) -> None:
    acme.post(CORS, {"domain": STORE})
    for foreign in (
        "",
        "null",
        "http://store.example",
        f"{STORE}.evil.example",
        f"{STORE}:8443",
        "HTTPS://STORE.EXAMPLE",
    ):
        assert allowed(foreign) is None
    assert allowed(STORE, shop="nobody") is None


def test_the_deployments_own_origins_are_for_shops_that_list_none(
    acme: MerchantApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILL_ALLOWED_ORIGINS", "https://everywhere.example,http://localhost:3000")
    forget()
    assert allowed("http://localhost:3000") == allowed("http://localhost:3000", shop="") == "http://localhost:3000"
    acme.post(CORS, {"domain": STORE})
    assert allowed("http://localhost:3000") is None


def test_where_the_path_names_no_shop_a_browser_may_ask_if_some_shop_lists_its_origin(
    acme: MerchantApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILL_ALLOWED_ORIGINS", "https://everywhere.example")
    acme.post("/merchant/shops", {"identifier": "bean", "name": "Bean", "currency": "CAD", "country": "CA"})
    acme.post("/checkout/shop/bean/cors", {"domain": STORE})
    forget()
    assert allowed(STORE, shop="") == STORE
    assert allowed("https://everywhere.example", shop="") == "https://everywhere.example"
    assert allowed("https://nobody.example", shop="") is None
    assert allowed("", shop="") is None
    assert allowed(STORE) is None


def test_a_preflight_lets_in_what_the_sdks_send(acme: MerchantApi) -> None:
    acme.post(CORS, {"domain": STORE})
    answer = preflight({"headers": {"Origin": STORE}, "pathParameters": None}, None)
    assert {
        "authorization",
        "content-type",
        "idempotency-key",
        "x-moltin-application",
        "x-moltin-currency",
        "x-moltin-customer-token",
        "x-moltin-language",
        "x-moltin-sdk-language",
        "x-moltin-sdk-version",
        "ep-account-management-authentication-token",
        "ep-channel",
        "ep-context-tag",
    } <= set(answer["headers"]["Access-Control-Allow-Headers"].split(","))
