"""The tax port: rates that a client put on a basket, else the shop's own tax provider, else its tax zones."""

from __future__ import annotations

from collections.abc import Callable

from till.application.ports import Outbound
from till.domain.basket import Basket
from till.domain.pricing import zone_taxes
from till.domain.shop import Shop
from till.domain.tax import TaxQuote


class ShopTaxes:
    """The port `Taxes`. `outbound` is made when a shop has a provider: for the zones no call leaves the function."""

    def __init__(self, outbound: Callable[[], Outbound]) -> None:
        self._outbound = outbound

    def quote(self, basket: Basket, shop: Shop) -> TaxQuote:
        if basket.tax_items:
            from till.domain.item_taxes import item_taxes

            return item_taxes(basket, shop)
        if shop.tax_provider is None:
            return zone_taxes(basket, shop)
        from till.adapters.tax_provider import provider_taxes

        return provider_taxes(self._outbound(), basket, shop, shop.tax_provider)
