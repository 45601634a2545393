"""The merchant's own services that Till calls: registered, given another secret, taken away."""

from __future__ import annotations

from dataclasses import replace

from till.application.ports import Outbound
from till.application.settings import Shops, change_shop
from till.domain.errors import NotFound, Refused
from till.domain.plugin import Plugin, Receiver
from till.domain.shop import Shop

TAX_PROVIDER = "tax_provider"
PLATFORM = "platform"
MOST_PLUGINS = 10


def put_tax_provider(shops: Shops, outbound: Outbound, identifier: str, url: str, rotate: bool, now: int) -> Shop:
    """Taxes come from there from now on; `rotate` gives it another secret. Raises `Invalid`."""
    outbound.check(url, "url")

    def changed(shop: Shop) -> Shop:
        version = _version(shop.tax_provider.version if shop.tax_provider else 0, rotate, now)
        return replace(shop, tax_provider=Receiver(TAX_PROVIDER, url, version))

    return change_shop(shops, identifier, changed)


def delete_tax_provider(shops: Shops, identifier: str) -> Shop:
    """Taxes come from the shop's zones again. Raises `NotFound`."""

    def changed(shop: Shop) -> Shop:
        tax_provider(shop)
        return replace(shop, tax_provider=None)

    return change_shop(shops, identifier, changed)


def tax_provider(shop: Shop) -> Receiver:
    """The shop's tax provider. Raises `NotFound`."""
    if shop.tax_provider is None:
        raise NotFound("The shop has no tax provider.", "tax_provider")
    return shop.tax_provider


def put_platform(shops: Shops, outbound: Outbound, identifier: str, url: str, rotate: bool, now: int) -> Shop:
    """Orders are pushed there from now on; `rotate` gives it another secret. Raises `Invalid`."""
    outbound.check(url, "url")

    def changed(shop: Shop) -> Shop:
        version = _version(shop.platform.version if shop.platform else 0, rotate, now)
        return replace(shop, platform=Receiver(PLATFORM, url, version))

    return change_shop(shops, identifier, changed)


def delete_platform(shops: Shops, identifier: str) -> Shop:
    """New orders are not pushed any more; those that are still to be pushed fail. Raises `NotFound`."""

    def changed(shop: Shop) -> Shop:
        platform(shop)
        return replace(shop, platform=None)

    return change_shop(shops, identifier, changed)


def platform(shop: Shop) -> Receiver:
    """The shop's platform. Raises `NotFound`."""
    if shop.platform is None:
        raise NotFound("The shop has no platform.", "platform")
    return shop.platform


def put_plugin(shops: Shops, outbound: Outbound, identifier: str, plugin: Plugin, rotate: bool, now: int) -> Shop:
    """Add a plugin, or put it in the place of the one with its id. Raises `Invalid` and `Refused`."""
    outbound.check(plugin.url, "url")
    if plugin.inventory_url:
        outbound.check(plugin.inventory_url, "inventory_url")

    def changed(shop: Shop) -> Shop:
        before = sum(old.version for old in shop.plugins if old.id == plugin.id)
        others = tuple(old for old in shop.plugins if old.id != plugin.id)
        if len(others) == MOST_PLUGINS:
            raise Refused(f"A shop has at most {MOST_PLUGINS} plugins.", "plugin_id")
        if plugin.inventory_url and any(other.inventory_url for other in others):
            raise Refused("Another plugin says what is in stock already.", "inventory_url")
        return replace(shop, plugins=(*others, replace(plugin, version=_version(before, rotate, now))))

    return change_shop(shops, identifier, changed)


def delete_plugin(shops: Shops, identifier: str, plugin_id: str) -> Shop:
    """Its fees and discounts stay on the orders that have them. Raises `NotFound`."""

    def changed(shop: Shop) -> Shop:
        gone = shop.plugin(plugin_id)
        return replace(shop, plugins=tuple(plugin for plugin in shop.plugins if plugin is not gone))

    return change_shop(shops, identifier, changed)


def _version(before: int, rotate: bool, now: int) -> int:
    """The time, so that a service that was taken away and comes back has none of its old secrets."""
    return before if before and not rotate else max(now, before + 1)
