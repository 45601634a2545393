"""The merchant's own services that Till calls: registered, given another secret, taken away."""

from __future__ import annotations

from dataclasses import replace

from till.application.ports import Outbound
from till.application.settings import Shops, change_shop
from till.domain.errors import NotFound
from till.domain.shop import Receiver, Shop

TAX_PROVIDER = "tax_provider"


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


def _version(before: int, rotate: bool, now: int) -> int:
    """The time, so that a service that was taken away and comes back has none of its old secrets."""
    return before if before and not rotate else max(now, before + 1)
