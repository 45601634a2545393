"""Discount codes through the merchant API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import NOON, a_hold
from tests.integration.merchant_api import MerchantApi, api
from tests.integration.test_merchant_catalog import A_SHOP, A_TEE, ACME, DATA, PRODUCTS, acme
from till.domain.discount import Discount, DiscountKind
from till.runtime import wiring

__all__ = ["acme", "api"]  # the fixtures

DISCOUNTS = f"{ACME}/discounts"
TEN_PERCENT: dict[str, Any] = {"kind": "percentage", "percent": "10"}
FIVE_OFF: dict[str, Any] = {"kind": "fixed", "amount": "5.00"}
EVERYTHING: dict[str, Any] = {
    "kind": "fixed",
    "amount": "5.00",
    "currency": "CAD",
    "text": "Five off coffee",
    "products": ["86"],
    "collections": ["Coffee"],
    "minimum_value": "40.00",
    "minimum_quantity": 2,
    "starts_at": NOON,
    "ends_at": NOON + 60,
    "most_uses": 100,
    "most_uses_per_customer": 1,
    "combines": True,
}


def defined(code: str) -> Discount:
    """As a checkout reads it."""
    return wiring.discounts().by_code("acme", [code])[code]


def test_a_code_is_read_as_it_was_written(acme: MerchantApi) -> None:
    made = acme.put(f"{DISCOUNTS}/COFFEE5", EVERYTHING)
    assert made.status == 201
    assert {name: made.data[name] for name in EVERYTHING} == EVERYTHING
    assert made.data["uses"] == {"allocated": 0, "held": 0}
    assert acme.get(f"{DISCOUNTS}/COFFEE5").data == made.data
    assert defined("COFFEE5") == Discount(
        id=made.data["id"],
        code="COFFEE5",
        kind=DiscountKind.FIXED,
        value=500,
        currency="CAD",
        text="Five off coffee",
        products=("86",),
        collections=("Coffee",),
        minimum_value=4000,
        minimum_quantity=2,
        starts_at=NOON,
        ends_at=NOON + 60,
        most_uses=100,
        most_uses_per_customer=1,
        combines=True,
    )


def test_what_is_not_said_is_no_condition_and_no_limit(acme: MerchantApi) -> None:
    code = acme.put(f"{DISCOUNTS}/SAVE", TEN_PERCENT | {"percent": "12.5"}).data
    assert {name for name, value in code.items() if value} == {"id", "code", "kind", "percent"}
    assert (code["percent"], defined("SAVE").value) == ("12.5", 125_000)
    shipping = acme.put(f"{DISCOUNTS}/SHIP", {"kind": "free_shipping"}).data
    assert (shipping["percent"], shipping["amount"], shipping["currency"], shipping["uses"]) == (None, None, None, None)


@pytest.mark.parametrize(("of", "amount", "minor"), [("JPY", "500", 500), ("KWD", "1.234", 1234), (None, "5.00", 500)])
def test_money_is_in_the_decimals_of_its_currency(acme: MerchantApi, of: str | None, amount: str, minor: int) -> None:
    code = acme.put(f"{DISCOUNTS}/OFF", {"kind": "fixed", "amount": amount, "currency": of}).data
    assert (code["amount"], code["currency"]) == (amount, of or "USD")
    assert defined("OFF").value == minor


def test_codes_are_one_without_case_and_keep_id_and_uses_when_they_change(acme: MerchantApi) -> None:
    first = acme.put(f"{DISCOUNTS}/SAVE", TEN_PERCENT | {"most_uses": 2}).data
    part = defined("save").part
    assert wiring.stock().hold(a_hold(parts={part: 1}), NOON) == ()
    again = acme.put(f"{DISCOUNTS}/Save", FIVE_OFF | {"most_uses": 5})
    assert (again.status, again.data["id"], again.data["code"]) == (200, first["id"], "Save")
    assert again.data["uses"] == {"allocated": 0, "held": 1}
    assert wiring.stock().levels("acme", [part])[part].available == 4
    assert acme.get(f"{DISCOUNTS}/SAVE").data == again.data
    assert len(acme.get(DISCOUNTS).data) == 1


def test_a_limit_below_what_was_used_gives_nothing_out(acme: MerchantApi) -> None:
    acme.put(f"{DISCOUNTS}/SAVE", TEN_PERCENT | {"most_uses": 3})
    part = defined("SAVE").part
    wiring.stock().hold(a_hold(parts={part: 1}), NOON)
    wiring.stock().hold(a_hold(attempt_id="another", parts={part: 1}), NOON)
    acme.put(f"{DISCOUNTS}/SAVE", TEN_PERCENT | {"most_uses": 1})
    (short,) = wiring.stock().hold(a_hold(attempt_id="third", parts={part: 1}), NOON)
    assert short.available == 0


def test_a_code_made_again_after_it_was_deleted_is_another(acme: MerchantApi) -> None:
    first = acme.put(f"{DISCOUNTS}/SAVE", TEN_PERCENT | {"most_uses": 1}).data
    assert acme.delete(f"{DISCOUNTS}/save").data == {"code": "SAVE"}
    assert acme.get(f"{DISCOUNTS}/SAVE").refusal == (404, "code")
    assert acme.delete(f"{DISCOUNTS}/SAVE").refusal == (404, "code")
    assert acme.put(f"{DISCOUNTS}/SAVE", TEN_PERCENT).data["id"] != first["id"]


def test_codes_are_listed_in_pages(acme: MerchantApi) -> None:
    for number in range(5):
        acme.put(f"{DISCOUNTS}/C{number}", TEN_PERCENT | {"most_uses": number or None})
    seen, cursor = [], ""
    while True:
        page = acme.get(DISCOUNTS, limit="2", **({"cursor": cursor} if cursor else {}))
        seen += page.data
        cursor = page.body["next_cursor"]
        if not cursor:
            break
    assert sorted(code["code"] for code in seen) == ["C0", "C1", "C2", "C3", "C4"]
    assert all((code["uses"] is None) is (code["most_uses"] is None) for code in seen)
    assert acme.get(DISCOUNTS, limit="0").refusal == (422, "limit")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"percent": "0"}, "percent"),
        ({"percent": "100.1"}, "percent"),
        ({"percent": "-1"}, "percent"),
        ({"percent": "ten"}, "percent"),
        ({"percent": "1.00001"}, "percent"),
        ({"percent": 10}, "percent"),
        ({"percent": None}, "percent"),
        ({"amount": "5.00"}, "amount"),
        ({"kind": "fixed"}, "percent"),
        ({"kind": "fixed", "percent": None}, "amount"),
        ({"kind": "fixed", "percent": None, "amount": "0"}, "amount"),
        ({"kind": "fixed", "percent": None, "amount": "5.001"}, "amount"),
        ({"kind": "fixed", "percent": None, "amount": "-5"}, "amount"),
        ({"kind": "fixed", "percent": None, "amount": 5}, "amount"),
        ({"kind": "fixed", "percent": None, "amount": "5.00", "currency": "XXX"}, "currency"),
        ({"kind": "free_shipping"}, "percent"),
        ({"kind": "half"}, "kind"),
        ({"kind": None}, "kind"),
        ({"currency": "USD"}, "currency"),
        ({"minimum_value": "1.00", "currency": "usd"}, "currency"),
        ({"minimum_value": "1.001"}, "minimum_value"),
        ({"minimum_quantity": -1}, "minimum_quantity"),
        ({"products": [""]}, "products.0"),
        ({"collections": [7]}, "collections.0"),
        ({"starts_at": -1}, "starts_at"),
        ({"starts_at": "2025-01-01"}, "starts_at"),
        ({"starts_at": NOON, "ends_at": NOON}, "ends_at"),
        ({"ends_at": 0}, "ends_at"),
        ({"ends_at": 10**12}, "ends_at"),
        ({"most_uses": 0}, "most_uses"),
        ({"most_uses_per_customer": True}, "most_uses_per_customer"),
        ({"combines": "yes"}, "combines"),
        ({"id": "mine"}, "id"),
        ({"uses": {}}, "uses"),
    ],
)
def test_a_code_that_makes_no_sense_names_the_field(acme: MerchantApi, changes: dict[str, Any], field: str) -> None:
    assert acme.put(f"{DISCOUNTS}/SAVE", TEN_PERCENT | changes).refusal == (422, field)
    assert acme.get(DISCOUNTS).data == []


@pytest.mark.parametrize("code", ["%20", "a%20b", "%C3%BC", "-a", ".", "..", "a%2Fb", "a" * 65])
def test_a_code_is_of_letters_and_digits(acme: MerchantApi, code: str) -> None:
    assert acme.put(f"{DISCOUNTS}/{code}", TEN_PERCENT).refusal == (422, "code")
    assert acme.get(f"{DISCOUNTS}/{code}").refusal == (404, "code")


def test_codes_are_a_matter_of_the_catalogue_and_of_one_shop(acme: MerchantApi) -> None:
    assert acme.with_token("stock", "settings").put(f"{DISCOUNTS}/SAVE", TEN_PERCENT).status == 403
    acme.post("/merchant/shops", A_SHOP | {"identifier": "other"})
    assert acme.with_token("catalog", shop="other").get(DISCOUNTS).status == 404
    assert acme.with_token("catalog", shop="acme").put(f"{DISCOUNTS}/SAVE", TEN_PERCENT).status == 201
    assert acme.get("/merchant/shops/other/discounts").data == []


def test_how_many_codes_an_order_may_have_is_a_setting(acme: MerchantApi) -> None:
    assert acme.get(ACME).data["settings"]["most_discount_codes"] == 1
    changed = acme.patch(ACME, {"settings": {"most_discount_codes": 20}})
    assert changed.data["settings"]["most_discount_codes"] == 20
    for wrong in (0, 21, "2", None):
        field = "settings.most_discount_codes"
        assert acme.patch(ACME, {"settings": {"most_discount_codes": wrong}}).refusal == (422, field)


# Collections


def collections(handle: str) -> tuple[str, ...]:
    """Of the product as a checkout reads it, which is with each of its variants."""
    product = wiring.catalog().products_by_handle("acme", [handle])[handle]
    stored = wiring.catalog().variants("acme", [variant.id for variant in product.variants], fresh=True)
    assert {variant.collections for variant in stored.values()} == {product.collections}
    return product.collections


def test_a_product_is_in_the_collections_that_were_sent_last(acme: MerchantApi) -> None:
    made = acme.put(PRODUCTS, A_TEE | {"collections": ["Summer", "Tees", "Summer"]})
    assert made.data["collections"] == ["Summer", "Tees"]
    assert collections("tee") == ("Summer", "Tees")
    acme.put(PRODUCTS, A_TEE)
    assert collections("tee") == ()
    assert acme.put(PRODUCTS, A_TEE | {"collections": [""]}).refusal == (422, "collections.0")
    assert acme.put(PRODUCTS, A_TEE | {"collections": [str(n) for n in range(51)]}).refusal == (422, "collections")


def test_an_import_puts_products_into_the_collection_of_its_column_and_takes_none_out(acme: MerchantApi) -> None:
    export = (DATA / "shopify-apparel.csv").read_text().splitlines()
    name = export[1].partition(",")[0]

    def imported(column: str) -> str:
        """The outcome for a product in the collection."""
        lines = "\n".join([f"{export[0]},Collection", f"{export[1]},{column}"])
        report = acme.call("POST", f"{PRODUCTS}/import", lines).data
        return str(report["results"][0]["outcome"])

    assert imported("Shirts") == "created"
    assert imported("Summer") == "updated"
    assert imported("Shirts") == imported("") == "unchanged"
    assert acme.call("POST", f"{PRODUCTS}/import", "\n".join(export[:2])).data["unchanged"] == 1
    assert collections(name) == ("Shirts", "Summer")
