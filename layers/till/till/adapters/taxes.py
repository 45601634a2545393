"""The tax port over the shop's own tax zones."""

from __future__ import annotations

from till.domain.basket import Basket
from till.domain.pricing import zone_taxes
from till.domain.shop import Shop
from till.domain.tax import TaxQuote


class ZoneTaxes:
    """The port `Taxes`: no call leaves the function."""

    def quote(self, basket: Basket, shop: Shop) -> TaxQuote:
        return zone_taxes(basket, shop)
