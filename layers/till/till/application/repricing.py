"""Today's prices for what was put into a cart some time ago."""

from __future__ import annotations

from dataclasses import replace

from till.application.ports import Catalog
from till.domain.basket import Basket
from till.domain.errors import Invalid, Problem
from till.domain.shop import Shop


def repriced(catalog: Catalog, basket: Basket, shop: Shop) -> Basket:
    """The basket at the prices of the catalogue as it is now, without taxes. Custom lines and gifts keep theirs.

    Raises `Invalid` for all that is not sold any more, or not in this currency.
    """
    variants = catalog.variants(shop.identifier, set(basket.quantities()), fresh=True)
    lines, unsold = [], []
    for line in basket.lines:
        variant = variants.get(line.variant_id)
        amount = variant.prices.get(basket.currency) if variant else None
        about = {"variant_id": line.variant_id, "sku": line.sku}
        if line.is_custom or line.gift_of:
            lines.append(line)
        elif amount is not None:
            lines.append(replace(line, unit_price=amount))
        elif variant:
            message = f"This product does not have a price for {basket.currency}"
            unsold.append(Problem("no_price", message, about=about))
        else:
            unsold.append(Problem("product_missing", "The requested product could not be found", about=about))
    if unsold:
        raise Invalid.of(unsold)
    return replace(basket, lines=tuple(lines), taxes=None)
