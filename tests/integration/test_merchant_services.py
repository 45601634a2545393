"""Tax providers and plugins through the merchant API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.merchant_api import MerchantApi, api, forget
from tests.integration.test_merchant_settings import ACME, acme, stored
from till.adapters import aws
from till.domain.plugin import Plugin

__all__ = ["acme", "api"]  # the fixtures

TAX_PROVIDER = f"{ACME}/tax_provider"
PLATFORM = f"{ACME}/platform"


def test_a_tax_provider_is_told_its_secret_and_keeps_it(acme: MerchantApi) -> None:
    assert acme.get(TAX_PROVIDER).refusal == (404, "tax_provider")
    made = acme.put(TAX_PROVIDER, {"url": "https://taxes.example/quotes"}).data
    assert made["secret"].startswith("whsec_")
    assert acme.get(TAX_PROVIDER).data == made
    moved = acme.put(TAX_PROVIDER, {"url": "https://moved.example/"}).data
    assert moved == made | {"url": "https://moved.example/"}
    tables = aws.client("dynamodb")
    everything = str([tables.scan(TableName=name)["Items"] for name in tables.list_tables()["TableNames"]])
    assert made["secret"] not in everything


def test_a_platform_is_told_a_secret_of_its_own(acme: MerchantApi) -> None:
    assert acme.get(PLATFORM).refusal == (404, "platform")
    made = acme.put(PLATFORM, {"url": "https://platform.example/orders"}).data
    assert made["secret"] != acme.put(TAX_PROVIDER, {"url": "https://platform.example/orders"}).data["secret"]
    assert acme.get(PLATFORM).data == made
    rotated = acme.put(PLATFORM, {"url": "https://platform.example/orders", "rotate_secret": True}).data
    assert rotated["secret"] != made["secret"]
    assert acme.put(PLATFORM, {"url": "http://platform.example/"}).refusal == (422, "url")
    assert acme.delete(PLATFORM).data == {"id": "platform"}
    assert acme.delete(PLATFORM).refusal == (404, "platform")
    assert stored().platform is None


def test_a_secret_that_was_given_up_never_comes_back(acme: MerchantApi) -> None:
    body = {"url": "https://taxes.example/"}
    secrets = [acme.put(TAX_PROVIDER, body).data["secret"]]
    secrets += [acme.put(TAX_PROVIDER, body | {"rotate_secret": True}).data["secret"] for _ in range(3)]
    assert len(set(secrets)) == 4
    assert acme.delete(TAX_PROVIDER).data == {"id": "tax_provider"}
    assert acme.get(TAX_PROVIDER).refusal == (404, "tax_provider")
    assert acme.delete(TAX_PROVIDER).refusal == (404, "tax_provider")
    assert stored().tax_provider is None


def test_a_repeated_request_does_not_rotate_twice_nor_show_the_secret_again(acme: MerchantApi) -> None:
    body = {"url": "https://taxes.example/", "rotate_secret": True}
    first = acme.call("PUT", TAX_PROVIDER, body, key="0123456789abcdef")
    again = acme.call("PUT", TAX_PROVIDER, body, key="0123456789abcdef")
    assert again.data == first.data | {"secret": None}
    assert acme.get(TAX_PROVIDER).data == first.data


@pytest.mark.parametrize(
    "url",
    ["", "http://taxes.example/", "https://taxes.example:8443/", "https://10.0.0.1/", "https://u:p@taxes.example/"],
)
def test_only_public_https_addresses_are_registered(acme: MerchantApi, url: str) -> None:
    assert acme.put(TAX_PROVIDER, {"url": url}).refusal == (422, "url")


def test_a_laptops_own_services_are_registered_on_a_laptop_only(
    acme: MerchantApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert acme.put(TAX_PROVIDER, {"url": "http://127.0.0.1:8000/"}).status == 200
    monkeypatch.setenv("TILL_STAGE", "prod")
    forget()
    assert acme.put(TAX_PROVIDER, {"url": "http://127.0.0.1:8000/"}).refusal == (422, "url")


def test_a_secret_is_for_who_may_change_settings(acme: MerchantApi) -> None:
    acme.put(TAX_PROVIDER, {"url": "https://taxes.example/"})
    assert acme.with_token("orders", "catalog", "stock", "checkout").get(TAX_PROVIDER).status == 403
    assert acme.with_token("settings", shop="acme").get(TAX_PROVIDER).status == 200


# Plugins

UUID = "93225ea4-d701-41f9-a30a-bfe66f5d0479"
PLUGIN = f"{ACME}/plugins/{UUID}"
A_PLUGIN = {"name": "Age check", "url": "https://plugin.example/events"}


def test_a_plugin_is_registered_read_changed_and_taken_away(acme: MerchantApi) -> None:
    assert acme.get(PLUGIN).refusal == (404, "uuid")
    made = acme.put(PLUGIN, A_PLUGIN).data
    assert made | {"version": 0, "secret": ""} == A_PLUGIN | {
        "id": UUID,
        "version": 0,
        "events": ["app_hook"],
        "inventory_url": None,
        "secret": "",
    }
    assert acme.get(PLUGIN).data == made
    changed = acme.put(PLUGIN.replace(UUID, UUID.upper()), A_PLUGIN | {"name": "Over 18", "events": []}).data
    assert changed == made | {"name": "Over 18", "events": []}
    rotated = acme.put(PLUGIN, A_PLUGIN | {"rotate_secret": True}).data
    assert rotated["secret"] != made["secret"]
    assert [(plugin["id"], "secret" in plugin) for plugin in acme.get(f"{ACME}/plugins").data] == [(UUID, False)]
    assert acme.delete(PLUGIN).data == {"id": UUID}
    assert acme.get(f"{ACME}/plugins").data == []
    assert acme.delete(PLUGIN).refusal == (404, "uuid")


def test_a_shop_has_ten_plugins_at_most_and_one_that_says_what_is_in_stock(acme: MerchantApi) -> None:
    def path(n: int) -> str:
        return f"{ACME}/plugins/{n:08}-0000-4000-8000-000000000000"

    knowing = A_PLUGIN | {"inventory_url": "https://stock.example/"}
    assert acme.put(path(0), knowing).data["inventory_url"] == "https://stock.example/"
    assert acme.put(path(1), knowing).refusal == (409, "inventory_url")
    assert acme.put(path(0), knowing).status == 200
    for n in range(1, 10):
        assert acme.put(path(n), A_PLUGIN).status == 200
    assert acme.put(path(10), A_PLUGIN).refusal == (409, "plugin_id")
    assert acme.put(path(9), A_PLUGIN).status == 200


@pytest.mark.parametrize(
    ("path", "changes", "field"),
    [
        ("age-check", {}, "plugin_id"),
        (UUID, {"url": "http://plugin.example/"}, "url"),
        (UUID, {"url": "https://192.168.0.1/"}, "url"),
        (UUID, {"inventory_url": "https://localhost:99/x#y"}, "inventory_url"),
        (UUID, {"events": ["order_submitted"]}, "events.0"),
        (UUID, {"name": ""}, "name"),
    ],
)
def test_a_plugin_that_could_never_be_called_is_refused(
    acme: MerchantApi, path: str, changes: dict[str, Any], field: str
) -> None:
    assert acme.put(f"{ACME}/plugins/{path}", A_PLUGIN | changes).refusal == (422, field)
    assert stored().plugins == ()


def test_a_plugins_url_is_at_home_on_its_own_host_and_port_only() -> None:
    plugin = Plugin(UUID, "Age check", "https://plugin.example:443/events", (), 1)
    assert plugin.is_at_home("https://PLUGIN.example:443?x")
    for url in ("https://plugin.example/", "https://plugin.example:443.evil.example/", "https://evil.example/?plugin"):
        assert not plugin.is_at_home(url)
