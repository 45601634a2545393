"""What a merchant does with shops: settings, where they ship, what they tax, who takes their money."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from till.application.limits import check_limits
from till.application.ports import Catalog, Page
from till.domain.address import CountryRules
from till.domain.currency import currency
from till.domain.errors import Conflict, Invalid, NotFound, Refused
from till.domain.exchange import check_rates
from till.domain.mail import check_templates
from till.domain.region import ANYWHERE, Region
from till.domain.shipping import ShippingZone
from till.domain.shop import STRIPE, Gateway, GatewaySecret, Shop
from till.domain.stripe_keys import check_keys
from till.domain.tax import TaxZone

# Path segments of storefront routes: a shop of that name could not be reached.
RESERVED = frozenset({"begin", "cst", "orders", "shipping", "shop", "storefront"})
# Of zones and gateways; a merchant chooses them.
ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$")
SANDBOX = "sandbox"
_TRIES = 3
_MOST_ZONES = 100
_MOST_GATEWAYS = 20
MOST_ORIGINS = 50


class Shops(Catalog, Protocol):
    """Shops as a merchant changes them."""

    def create_shop(self, shop: Shop) -> Shop:
        """Raises `Refused` where the identifier is taken."""

    def save_shop(self, shop: Shop) -> Shop:
        """Conditional on its version; raises `Conflict`."""

    def shops(self, limit: int, cursor: str) -> Page[Shop]:
        """All shops of the deployment, by identifier."""


class GatewaySecrets(Protocol):
    """What payment gateways are asked with, as a merchant sets it. It is never read back."""

    def keep(self, shop: str, gateway_id: str, kind: GatewaySecret, value: str) -> None:
        """Set it, anew or for the first time."""

    def delete(self, shop: str, gateway_id: str) -> None:
        """All of a gateway, at once and for good."""


class Countries(Protocol):
    """The world's address rules."""

    def rules(self, country_code: str) -> CountryRules | None:
        """By ISO 3166-1 alpha-2 code."""


def create_shop(shops: Shops, countries: Countries, shop: Shop) -> Shop:
    """Raises `Invalid`, and `Refused` where the identifier is taken."""
    if shop.identifier in RESERVED:
        raise Invalid(f"No shop can be called {shop.identifier}.", "identifier")
    _check_place(countries, shop)
    return shops.create_shop(shop)


def is_stored(shops: Shops, shop: Shop) -> bool:
    """Is there this very shop, made in the same second?"""
    try:
        return shops.shop(shop.identifier, fresh=True) == shop
    except NotFound:
        return False


def update_shop(shops: Shops, countries: Countries, identifier: str, changes: Mapping[str, Any]) -> Shop:
    """Change members of a shop; `settings` holds those of its settings. Raises `NotFound`, `Invalid`, `Conflict`."""

    def updated(shop: Shop) -> Shop:
        settings = replace(shop.settings, **changes.get("settings", {}))
        new = replace(shop, **{**changes, "settings": settings})
        if new.currency != shop.currency and shop.shipping_zones:
            raise Refused(
                f"The shop has shipping rates in {shop.currency}. Delete its shipping zones first.", "currency"
            )
        _check_place(countries, new)
        return new

    return change_shop(shops, identifier, updated)


def change_shop(shops: Shops, identifier: str, change: Callable[[Shop], Shop]) -> Shop:
    """Apply a change to the shop as it is now. Where another writer was first, it is applied to what that one wrote."""
    for tries_left in reversed(range(_TRIES)):
        before = shops.shop(identifier, fresh=True)
        after = change(before)
        try:
            return before if after == before else shops.save_shop(after)
        except Conflict:
            if not tries_left:
                raise
    raise AssertionError("unreachable")


def put_shipping_zone(
    shops: Shops, countries: Countries, identifier: str, zone_of: Callable[[Shop], ShippingZone]
) -> Shop:
    """Add a zone, or put it in the place of the one with its id. Its amounts are in the shop's currency."""

    def changed(shop: Shop) -> Shop:
        zone = zone_of(shop)
        _check_regions(countries, zone.regions)
        return replace(shop, shipping_zones=_with(shop.shipping_zones, zone, _MOST_ZONES))

    return change_shop(shops, identifier, changed)


def put_tax_zone(shops: Shops, countries: Countries, identifier: str, zone: TaxZone) -> Shop:
    """Add a zone, or put it in the place of the one with its id."""
    _check_regions(countries, zone.regions)
    return change_shop(
        shops, identifier, lambda shop: replace(shop, tax_zones=_with(shop.tax_zones, zone, _MOST_ZONES))
    )


def put_gateway(
    shops: Shops,
    secrets: GatewaySecrets,
    identifier: str,
    gateway: Gateway,
    given: Mapping[GatewaySecret, str],
    stage: str,
) -> Shop:
    """Add a gateway, or put it in the place of the one with its id. Secrets that are not given stay as they are."""

    def changed(shop: Shop) -> Shop:
        return replace(shop, gateways=_with(shop.gateways, gateway, _MOST_GATEWAYS))

    if gateway.kind == SANDBOX and stage == "prod":
        raise Refused("The sandbox gateway does not exist on the stage prod.", "kind")
    shop = shops.shop(identifier, fresh=True)
    before = next((one for one in shop.gateways if one.id == gateway.id), None)
    if gateway.kind == STRIPE:
        _check_stripe(gateway, before, given, stage)
    changed(shop)  # refused before its secrets are kept, if at all
    for kind, value in given.items():
        secrets.keep(identifier, gateway.id, kind, value)
    if before and before.kind == STRIPE != gateway.kind:
        secrets.delete(identifier, gateway.id)
    return change_shop(shops, identifier, changed)


def delete_shipping_zone(shops: Shops, identifier: str, zone_id: str) -> Shop:
    """Raises `NotFound`."""
    return change_shop(
        shops, identifier, lambda shop: replace(shop, shipping_zones=_without(shop.shipping_zones, zone_id, "zone_id"))
    )


def delete_tax_zone(shops: Shops, identifier: str, zone_id: str) -> Shop:
    """Raises `NotFound`."""
    return change_shop(
        shops, identifier, lambda shop: replace(shop, tax_zones=_without(shop.tax_zones, zone_id, "zone_id"))
    )


def delete_gateway(shops: Shops, secrets: GatewaySecrets, identifier: str, gateway_id: str) -> Shop:
    """With its secrets, which go first: a request that breaks off leaves none behind. Raises `NotFound`."""
    gateways = shops.shop(identifier, fresh=True).gateways
    if any(gateway.id == gateway_id and gateway.kind == STRIPE for gateway in gateways):
        secrets.delete(identifier, gateway_id)
    return change_shop(
        shops, identifier, lambda shop: replace(shop, gateways=_without(shop.gateways, gateway_id, "gateway_id"))
    )


def origin_id(origin: str) -> int:
    """A number that an origin keeps, whatever else is listed; JSON's readers take it as it is."""
    return int.from_bytes(hashlib.sha256(origin.encode()).digest()[:6])


def add_origin(shops: Shops, identifier: str, origin: str) -> Shop:
    """Browsers of this origin may call the API from now on. The newest is listed first, each once."""

    def changed(shop: Shop) -> Shop:
        others = tuple(other for other in shop.settings.allowed_origins if other != origin)
        if len(others) >= MOST_ORIGINS:
            raise Refused(f"A shop has at most {MOST_ORIGINS} of these.", "domain")
        return replace(shop, settings=replace(shop.settings, allowed_origins=(origin, *others)))

    return change_shop(shops, identifier, changed)


def delete_origin(shops: Shops, identifier: str, wanted: str) -> Shop:
    """Takes the origin with that id off the list. Raises `NotFound`."""

    def changed(shop: Shop) -> Shop:
        listed = shop.settings.allowed_origins
        rest = tuple(origin for origin in listed if str(origin_id(origin)) != wanted)
        if len(rest) == len(listed):
            raise NotFound("The shop lists no domain with this id.", "cors_id")
        return replace(shop, settings=replace(shop.settings, allowed_origins=rest))

    return change_shop(shops, identifier, changed)


def _check_stripe(gateway: Gateway, before: Gateway | None, given: Mapping[GatewaySecret, str], stage: str) -> None:
    """Raises `Invalid`, and `Refused` where the stage and the keys do not go together."""
    check_keys(gateway.public_key, given)
    kept = before is not None and before.kind == STRIPE and before.is_test == gateway.is_test
    if GatewaySecret.SECRET_KEY not in given and not kept:
        raise Invalid("The secret key that belongs to this public key is required.", "secret_key", code="missing")
    if stage == "prod" and gateway.is_test:
        raise Refused("Test keys take no real money: they are refused on the stage prod.", "public_key")
    if stage == "local" and not gateway.is_test:
        raise Refused("Live keys move real money: they are refused on the stage local.", "public_key")


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


def _with[T: _HasId](things: tuple[T, ...], thing: T, most: int) -> tuple[T, ...]:
    if any(old.id == thing.id for old in things):
        return tuple(thing if old.id == thing.id else old for old in things)
    if len(things) == most:
        raise Refused(f"A shop has at most {most} of these.", "id")
    return (*things, thing)


def _without[T: _HasId](things: tuple[T, ...], thing_id: str, field: str) -> tuple[T, ...]:
    rest = tuple(old for old in things if old.id != thing_id)
    if len(rest) == len(things):
        raise NotFound(f"The shop has nothing with the id {thing_id[:64]}.", field)
    return rest


def _check_place(countries: Countries, shop: Shop) -> None:
    currency(shop.currency)
    check_rates(shop.settings.exchange_rates, shop.currency)
    check_limits(shop.settings.limits)
    check_templates(shop.settings.mail)
    rules = countries.rules(shop.country)
    if rules is None or rules.code != shop.country:
        raise Invalid(f"{shop.country!r} is not a country of ISO 3166-1.", "country")


def _check_regions(countries: Countries, regions: Iterable[Region]) -> None:
    for i, region in enumerate(regions):
        if region.country == ANYWHERE:
            if region.provinces:
                raise Invalid("Everywhere has no provinces.", f"regions.{i}.provinces")
            continue
        rules = countries.rules(region.country)
        if rules is None or rules.code != region.country:
            raise Invalid(f"{region.country!r} is not a country of ISO 3166-1.", f"regions.{i}.country")
        codes = {province.code for province in rules.provinces}
        for j, province in enumerate(region.provinces):
            if province not in codes:
                message = f"{province!r} is not a {rules.province_label} code of {rules.name}."
                raise Invalid(message, f"regions.{i}.provinces.{j}")
