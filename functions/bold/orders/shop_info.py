"""A shop as Get Info shows it: a flat object. Members that Till keeps nothing for are empty, as its clients expect."""

from __future__ import annotations

from datetime import UTC, datetime

from bold.wire import Json
from till.domain.currency import currency
from till.domain.shop import Shop


def shop_info(shop: Shop) -> Json:
    """Wire format: Bold's `GET /shops/v1/info`."""
    created = datetime.fromtimestamp(shop.created_at, UTC).isoformat()
    known = currency(shop.currency)
    address = dict.fromkeys(("address", "address_2", "city", "postal_code", "province", "phone"), "")
    # Where checkout begins, without the place of a cart's id in it.
    site = shop.settings.checkout_url.partition("?")[0].partition("{")[0].rstrip("/")
    contact = dict.fromkeys(("shop_owner", "admin_email", "order_email"), "")
    return {
        "id": shop.identifier,
        "shop_identifier": shop.identifier,
        "shop_domain": site,
        "custom_domain": site,
        "store_name": shop.name,
        "country": shop.country,
        "country_code": shop.country,
        **address,
        **contact,
        "currency": shop.currency,
        "currency_symbol": known.symbol,
        "money_format": known.symbol + "{{amount}}",
        "plan_name": "",
        "plan_level": "",
        "platform_status": "active",
        "is_price_entered_with_tax": shop.settings.prices_include_tax,
        "weight_unit": "g",
        "created_at": created,
        "updated_at": created,
        "timezone": "UTC",
        "organization_id": None,
        "platform_slug": "till",
        "locale": shop.locale,
        "shop_enabled": True,
    }
