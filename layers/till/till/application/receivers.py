"""The merchant's own services that Till calls: registered, given another secret, taken away."""

from __future__ import annotations

from dataclasses import replace

from till.application.ports import Outbound
from till.application.settings import Shops, change_shop
from till.domain.errors import NotFound, Refused
from till.domain.plugin import Plugin, Receiver
from till.domain.shop import Shop

# A shop has one of each, and their names are its members.
TAX_PROVIDER = "tax_provider"
PLATFORM = "platform"
MOST_PLUGINS = 10
_NONE = {TAX_PROVIDER: "The shop has no tax provider.", PLATFORM: "The shop has no platform."}


def put_receiver(
    shops: Shops, outbound: Outbound, identifier: str, name: str, url: str, rotate: bool, now: int
) -> Receiver:
    """Taxes come from there, or orders are pushed there, from now on; `rotate` gives it another secret. Raises
    `Invalid`."""
    outbound.check(url, "url")

    def changed(shop: Shop) -> Shop:
        before: Receiver | None = getattr(shop, name)
        put = Receiver(name, url, _version(before.version if before else 0, rotate, now))
        return _with(shop, name, put)

    return receiver(change_shop(shops, identifier, changed), name)


def delete_receiver(shops: Shops, identifier: str, name: str) -> Shop:
    """Taxes come from the shop's zones again; orders are not pushed any more, and those still to be pushed fail. Raises
    `NotFound`."""

    def changed(shop: Shop) -> Shop:
        receiver(shop, name)
        return _with(shop, name, None)

    return change_shop(shops, identifier, changed)


def receiver(shop: Shop, name: str) -> Receiver:
    """The shop's tax provider, or its platform. Raises `NotFound`."""
    found: Receiver | None = getattr(shop, name)
    if found is None:
        raise NotFound(_NONE[name], name)
    return found


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


def _with(shop: Shop, name: str, put: Receiver | None) -> Shop:
    return replace(shop, tax_provider=put) if name == TAX_PROVIDER else replace(shop, platform=put)


def _version(before: int, rotate: bool, now: int) -> int:
    """The time, so that a service that was taken away and comes back has none of its old secrets."""
    return before if before and not rotate else max(now, before + 1)
