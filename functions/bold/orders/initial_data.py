"""What a storefront needs to know of the shop before it shows a checkout.

Wire format: `initial_data` of Bold's Initialize Order. `country_info` decides which addresses a client can send: all
countries may be billed, the shop's zones say which are shipped to.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bold.storefront import ORDER
from bold.wire import Json
from till.domain.address import CountryRules
from till.domain.order import Order
from till.domain.region import ANYWHERE, Region
from till.domain.saved_payment import SavedPayment
from till.domain.shop import Shop


def initial_data(
    order: Order,
    shop: Shop,
    countries: Sequence[CountryRules],
    saved: Sequence[SavedPayment],
    api_url: str,
    token: str,
) -> Json:
    """All of it, for one order. `saved` are the customer's payments.

    `token` is the session's: some clients take a payment page's URL as it stands.
    """
    settings = shop.settings
    page = f"{api_url}{ORDER.format(shop=shop.identifier, order=order.public_id)}/payments/iframe?token={token}"
    return {
        "shop_name": shop.name,
        "country_info": country_info(shop, countries),
        "supported_languages": [_language(shop)],
        "general_settings": {
            "checkout_process": {
                "company_name_option": "required" if settings.company_required else "optional",
                "phone_number_required": settings.phone_required,
                "accepts_marketing_checkbox_option": "unchecked",
                "tax_exempt_checkbox_enabled": False,
                "tax_shipping": settings.tax_shipping,
                "rsa_enabled": False,
            },
            "address_autocomplete": {"provider": None, "api_key": None},
        },
        "external_payment_gateways": [
            {
                "is_test": gateway.is_test,
                # A gift card's code needs no page: clients draw none at a place that they do not know.
                "iframe_url": "" if gateway.is_gift_card else f"{page}&gateway={gateway.id}",
                "base_url": api_url,
                "public_id": gateway.id,
                "location": "gift_card" if gateway.is_gift_card else "payment_method_below",
                "currency": shop.currency,
            }
            for gateway in shop.gateways
            if not gateway.is_manual
        ],
        "life_elements": [],
        "fraud_tools": [],
        "flow_settings": {},
        "requires_shipping": order.basket.requires_shipping,
        "eps_gateways": _gateways_with_saved(shop, saved),
    }


def country_info(shop: Shop, countries: Sequence[CountryRules]) -> list[Json]:
    """Every country, with the provinces of those that are shipped to or cannot do without."""
    regions = [region for zone in shop.shipping_zones for region in zone.regions]
    return [_country(rules, regions) for rules in countries]


def _country(rules: CountryRules, regions: list[Region]) -> Json:
    here = [region for region in regions if region.country in (rules.code, ANYWHERE)]
    listed = rules.provinces if here or rules.province_required else ()
    return {
        "iso_code": rules.code,
        "name": rules.name,
        "show_province": bool(listed),
        "province_label": rules.province_label,
        "show_postal_code": bool(rules.postal_code_pattern),
        "city_required": rules.city_required,
        "province_required": rules.province_required,
        "postal_code_required": rules.postal_code_required,
        "postal_code_example": next(iter(rules.postal_code_examples), ""),
        "provinces": [
            {
                "iso_code": province.code,
                "name": province.name,
                "valid_for_shipping": any(region.specificity(rules.code, province.code) for region in here),
                "valid_for_billing": True,
            }
            for province in listed
        ],
        "valid_for_shipping": bool(here),
        "valid_for_billing": True,
    }


def _gateways_with_saved(shop: Shop, saved: Sequence[SavedPayment]) -> Json:
    """The gateways at which the customer has saved a payment. When a card expires is the gateway's to know."""
    ids = {gateway.id for gateway in shop.gateways} & {one.gateway_id for one in saved}
    return {
        gateway_id: {
            "auth_token": "",
            "currency": shop.currency,
            "vaulted_payment_methods": [_saved(one) for one in saved if one.gateway_id == gateway_id],
        }
        for gateway_id in sorted(ids)
    }


def _saved(one: SavedPayment) -> Json:
    last4 = one.display_string[-4:]
    tender = {"brand": one.brand, "last4": last4 if last4.isdigit() else "", "exp_month": 0, "exp_year": 0}
    return {"public_id": one.id, "eps_token": one.token, "tender_type": one.type, "tender": tender}


def _language(shop: Shop) -> Json:
    created = datetime.fromtimestamp(shop.created_at, UTC).isoformat()
    return {
        "id": 1,
        "shop_id": shop.identifier,
        "iso_language": shop.locale,
        "language_name": shop.locale,
        "language_blob": "{}",
        "is_default": True,
        "out_of_date": False,
        "enabled": True,
        "source": "default",
        "created_at": created,
        "updated_at": created,
        "deleted_at": None,
        "name": shop.locale,
        "shop_language_id": 1,
    }
