"""Taxes within one request: what leaves the function is asked as seldom as can be."""

from __future__ import annotations

from dataclasses import dataclass, replace

from till.application.ports import Taxes
from till.domain.basket import Basket
from till.domain.errors import Conflict
from till.domain.shop import Shop
from till.domain.tax import TaxQuote

_MOST_QUOTES = 3


@dataclass(slots=True)
class Quoting:
    """Remembers the last quote: an edit that is made again, since another writer was first, asks only about another
    basket, and not for ever."""

    taxes: Taxes
    quotes: int = 0
    basket: Basket | None = None
    quote: TaxQuote | None = None

    def taxed(self, basket: Basket, shop: Shop) -> Basket:
        """The basket with its taxes. Raises `Refused` where they are not known."""
        bare = replace(basket, taxes=None)
        if self.quote is None or bare != self.basket:
            if self.quotes == _MOST_QUOTES:
                raise Conflict("The order is being changed by others. Try again in a moment.", "order")
            self.quotes += 1
            self.basket, self.quote = bare, self.taxes.quote(bare, shop)
        return replace(bare, taxes=self.quote)
