"""Automatic promotions through the merchant API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import NOON
from tests.integration.merchant_api import MerchantApi, api
from tests.integration.test_merchant_catalog import A_TEE, ACME, PRODUCTS, acme
from till.domain.discount import Discount, DiscountKind
from till.runtime import wiring

__all__ = ["acme", "api"]  # the fixtures

PROMOTIONS = f"{ACME}/promotions"
A_PROMOTION: dict[str, Any] = {
    "gift_sku": "TEE-S",
    "gift_quantity": 2,
    "currency": "CAD",
    "text": "Two tees with your coffee",
    "products": ["86"],
    "collections": ["Coffee"],
    "minimum_value": "40.00",
    "minimum_quantity": 2,
    "starts_at": NOON,
    "ends_at": NOON + 60,
}


@pytest.fixture
def shop(acme: MerchantApi) -> MerchantApi:
    """It sells tees."""
    acme.put(PRODUCTS, A_TEE)
    return acme


def small_tee() -> str:
    """The id of the gift."""
    return wiring.catalog().variants_by_sku("acme", ["TEE-S"])["TEE-S"].id


def test_a_promotion_is_read_as_it_was_written(shop: MerchantApi) -> None:
    made = shop.put(f"{PROMOTIONS}/tees", A_PROMOTION)
    assert made.status == 200
    assert made.data == A_PROMOTION | {"id": "tees", "gift_variant_id": small_tee()}
    assert shop.get(f"{PROMOTIONS}/tees").data == made.data
    assert shop.get(PROMOTIONS).data == [made.data]
    (stored,) = wiring.catalog().shop("acme", fresh=True).promotions
    assert stored == Discount(
        id="tees",
        code="",
        kind=DiscountKind.GIFT,
        currency="CAD",
        text="Two tees with your coffee",
        products=("86",),
        collections=("Coffee",),
        minimum_value=4000,
        minimum_quantity=2,
        starts_at=NOON,
        ends_at=NOON + 60,
        gift_variant_id=small_tee(),
        gift_quantity=2,
    )


def test_what_is_not_said_is_no_condition(shop: MerchantApi) -> None:
    made = shop.put(f"{PROMOTIONS}/tees", {"gift_sku": "TEE-S"}).data
    assert {name: value for name, value in made.items() if value} == {
        "id": "tees",
        "gift_sku": "TEE-S",
        "gift_variant_id": small_tee(),
        "gift_quantity": 1,
    }


def test_a_promotion_takes_the_place_of_the_one_with_its_id(shop: MerchantApi) -> None:
    for gift in ("TEE-S", "TEE-L"):
        shop.put(f"{PROMOTIONS}/tees", {"gift_sku": gift})
    assert [one["gift_sku"] for one in shop.get(PROMOTIONS).data] == ["TEE-L"]


def test_a_deleted_promotion_is_gone(shop: MerchantApi) -> None:
    shop.put(f"{PROMOTIONS}/tees", A_PROMOTION)
    assert shop.delete(f"{PROMOTIONS}/tees").data == {"id": "tees"}
    assert shop.get(PROMOTIONS).data == []
    for refused in (shop.get(f"{PROMOTIONS}/tees"), shop.delete(f"{PROMOTIONS}/tees")):
        assert refused.refusal == (404, "promotion_id")


def test_a_shop_has_at_most_20_promotions(shop: MerchantApi) -> None:
    for n in range(20):
        assert shop.put(f"{PROMOTIONS}/p{n}", {"gift_sku": "TEE-S"}).status == 200
    assert shop.put(f"{PROMOTIONS}/p20", {"gift_sku": "TEE-S"}).refusal == (409, "promotion_id")
    assert shop.put(f"{PROMOTIONS}/p0", {"gift_sku": "TEE-L"}).status == 200


def test_a_promotion_whose_gift_is_not_in_the_catalogue_any_more_can_still_be_read(shop: MerchantApi) -> None:
    shop.put(f"{PROMOTIONS}/tees", {"gift_sku": "TEE-S"})
    (product,) = shop.get(PRODUCTS).data
    shop.delete(f"{PRODUCTS}/{product['id']}")
    assert [one["gift_sku"] for one in shop.get(PROMOTIONS).data] == [None]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"gift_sku": "NOTHING"}, "gift_sku"),
        ({"gift_sku": None}, "gift_sku"),
        ({"gift_quantity": 0}, "gift_quantity"),
        ({"gift_quantity": 1.5}, "gift_quantity"),
        ({"minimum_value": "12.345"}, "minimum_value"),
        ({"minimum_value": None}, "currency"),
        ({"currency": "XXX"}, "currency"),
        ({"ends_at": NOON}, "ends_at"),
        ({"percent": "10"}, "percent"),
    ],
)
def test_a_wrong_promotion_is_refused_by_its_field(shop: MerchantApi, changes: dict[str, Any], field: str) -> None:
    assert shop.put(f"{PROMOTIONS}/tees", A_PROMOTION | changes).refusal == (422, field)


def test_an_id_that_is_none_is_refused(shop: MerchantApi) -> None:
    assert shop.put(f"{PROMOTIONS}/a%20b", A_PROMOTION).refusal == (422, "promotion_id")


def test_a_code_cannot_be_a_gift(shop: MerchantApi) -> None:
    assert shop.put(f"{ACME}/discounts/GIFT", {"kind": "gift"}).refusal == (422, "kind")
