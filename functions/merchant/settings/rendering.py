"""Shops, zones, gateways and tokens as the merchant reads them: what can be sent comes back in the same form."""

from __future__ import annotations

import dataclasses

from merchant.percent import percent
from merchant.wire import Json
from till.application.clients import Client
from till.application.settings import origin_id
from till.application.tokens import ApiToken
from till.domain.money import to_decimal
from till.domain.plugin import Plugin, Receiver
from till.domain.region import Region
from till.domain.shipping import RateKind, ShippingRate, ShippingZone, Tier
from till.domain.shop import Gateway, Shop
from till.domain.tax import TaxRate, TaxZone


def shop(value: Shop) -> Json:
    """A shop with its settings; `created_at` in Unix seconds."""
    return {
        "identifier": value.identifier,
        "name": value.name,
        "currency": value.currency,
        "country": value.country,
        "locale": value.locale,
        "settings": dataclasses.asdict(value.settings),
        "created_at": value.created_at,
    }


def shipping_zone(value: ShippingZone, currency: str) -> Json:
    """A shipping zone."""
    return {
        "id": value.id,
        "name": value.name,
        "regions": [_region(one) for one in value.regions],
        "rates": [_shipping_rate(one, currency) for one in value.rates],
    }


def tax_zone(value: TaxZone) -> Json:
    """A tax zone."""
    return {
        "id": value.id,
        "name": value.name,
        "regions": [_region(one) for one in value.regions],
        "rates": [_tax_rate(one) for one in value.rates],
        "included": value.included,
        "tax_shipping": value.tax_shipping,
    }


def gateway(value: Gateway, webhook_url: str) -> Json:
    """A payment gateway; its secrets are never shown. `webhook_url` is where it is to say what happens at it: a gift
    card says nothing."""
    return {
        "id": value.id,
        "kind": value.kind,
        "name": value.name,
        "is_test": value.is_test,
        "public_key": value.public_key or None,
        "webhook_url": None if value.is_gift_card else webhook_url,
    }


def receiver(value: Receiver) -> Json:
    """A service of the merchant's. `version` is the Unix time at which its secret was made."""
    return {"id": value.id, "url": value.url, "version": value.version}


def cors_domains(value: Shop) -> Json:
    """Wire format: Bold's list of the origins that may call the API."""
    return {"data": [{"id": origin_id(origin), "domain": origin} for origin in value.settings.allowed_origins]}


def plugin(value: Plugin) -> Json:
    """A plugin."""
    return receiver(value.receiver()) | {
        "name": value.name,
        "events": list(value.events),
        "inventory_url": value.inventory_url or None,
    }


def token(value: ApiToken) -> Json:
    """An API token without its secret."""
    return {
        "id": value.id,
        "name": value.name,
        "scopes": list(value.scopes),
        "shop": value.shop or None,
        "created_at": value.created_at,
    }


def client(value: Client) -> Json:
    """A client without its secret."""
    return {"client_id": value.id, "name": value.name, "created_at": value.created_at}


def _region(value: Region) -> Json:
    return {"country": value.country, "provinces": list(value.provinces)}


def _shipping_rate(value: ShippingRate, currency: str) -> Json:
    is_flat = value.kind is RateKind.FLAT
    return {
        "code": value.code,
        "description": value.description,
        "kind": value.kind,
        "amount": to_decimal(value.amount, currency) if is_flat else None,
        "tiers": [_tier(one, value.kind, currency) for one in value.tiers],
        "free_over": None if value.free_over is None else to_decimal(value.free_over, currency),
    }


def _tier(value: Tier, kind: RateKind, currency: str) -> Json:
    limit: int | str | None = value.up_to
    if value.up_to is not None and kind is RateKind.VALUE:
        limit = to_decimal(value.up_to, currency)
    return {"up_to": limit, "amount": to_decimal(value.amount, currency)}


def _tax_rate(value: TaxRate) -> Json:
    return {"name": value.name, "rate": percent(value.millionths), "compound": value.compound}
