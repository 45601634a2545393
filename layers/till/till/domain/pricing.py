"""The only place where totals exist. The parts sum to the total, and every step can be shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from till.domain.basket import Basket
from till.domain.discounting import Reduction, discounted, fee_amounts, reductions
from till.domain.fee import Fee
from till.domain.payment import Payment
from till.domain.shop import Shop
from till.domain.tax import RoundAt, Taxable, TaxLine, TaxQuote, TaxRate, taxes, zone_for

SHIPPING = "shipping"
FEES = "fees"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the total: what it is for, and what it adds, in minor units."""

    label: str
    amount: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What a basket comes to, in minor units. `total` is the sum of `steps`.

    `items` and `shipping` are before discounts. `tax` is all tax; `tax_included` of it is already inside the prices
    and adds nothing.
    """

    currency: str
    items: int
    discounts: tuple[Reduction, ...]
    fees: tuple[tuple[Fee, int], ...]
    shipping: int
    tax: int
    tax_included: int
    taxes: tuple[TaxLine, ...]
    steps: tuple[Step, ...]

    @property
    def total(self) -> int:
        """What the shopper pays."""
        return sum(step.amount for step in self.steps)


def price(basket: Basket) -> Totals:
    """Totals of a basket with the prices, the shipping choice and the taxes it holds."""
    quote = basket.taxes
    named = quote.by_name() if quote else ()
    tax = sum(line.amount for line in named)
    added = () if quote is None or quote.included else named
    shipping = basket.shipping.amount if basket.shipping else 0
    reduced = reductions(basket)
    fees = fee_amounts(basket, reduced)
    steps = [
        Step(f"{line.quantity} x {line.sku or line.platform_id or line.title}", line.subtotal) for line in basket.lines
    ]
    if basket.shipping:
        steps.append(Step(basket.shipping.description, shipping))
    steps += [Step(one.discount.code, -one.amount) for one in reduced if one.amount]
    steps += [Step(fee.text, amount) for fee, amount in fees]
    steps += [Step(line.name, line.amount) for line in added]
    return Totals(
        currency=basket.currency,
        items=basket.items_total,
        discounts=reduced,
        fees=fees,
        shipping=shipping,
        tax=tax,
        tax_included=tax if quote and quote.included else 0,
        taxes=named,
        steps=tuple(steps),
    )


def zone_taxes(basket: Basket, shop: Shop) -> TaxQuote:
    """The shop's own tax zones applied to a basket: the default behind the tax port."""
    settings, (things, rates, included) = shop.settings, taxed_by_zone(basket, shop)
    found = taxes(things, rates, included, settings.rounding, settings.round_at)
    on_lines = ((line.key, found.get(f"line {line.key}", ())) for line in basket.lines)
    return TaxQuote(
        included,
        tuple((key, lines) for key, lines in on_lines if lines),
        found.get(SHIPPING, ()),
        fees=found.get(FEES, ()),
    )


def taxed_by_zone(basket: Basket, shop: Shop) -> tuple[list[Taxable], tuple[TaxRate, ...], bool]:
    """What the zone of the basket taxes, by which rates, and whether prices hold that tax; nothing in no zone."""
    address, settings = basket.tax_address, shop.settings
    zone = zone_for(shop.tax_zones, address.country_code, address.province_code) if address else None
    if zone is None:
        return [], (), settings.prices_include_tax
    included = settings.prices_include_tax if zone.included is None else zone.included
    tax_shipping = settings.tax_shipping if zone.tax_shipping is None else zone.tax_shipping
    return _taxable(basket, tax_shipping, taxed_amounts(basket, included, settings.round_at)), zone.rates, included


def taxed_amounts(basket: Basket, included: bool, at: RoundAt) -> dict[str, int]:
    """What each line is taxed at, by its key: what is paid for it, or where discounts come off after tax, its price.

    Tax that is inside of a price is always inside of what is paid.
    """
    if at is RoundAt.SIMPLE and not included:
        return {line.key: line.subtotal for line in basket.lines}
    return discounted(basket, reductions(basket))


def _taxable(basket: Basket, tax_shipping: bool, amounts: dict[str, int]) -> list[Taxable]:
    reduced = reductions(basket)
    things = [Taxable(f"line {line.key}", amounts[line.key], line.quantity) for line in basket.lines if line.taxable]
    if basket.shipping and tax_shipping:
        things.append(Taxable(SHIPPING, basket.shipping.amount - sum(one.shipping for one in reduced)))
    if fees := sum(amount for fee, amount in fee_amounts(basket, reduced) if fee.taxable):
        things.append(Taxable(FEES, fees))
    return things


def fingerprint(basket: Basket, payments: Iterable[Payment]) -> str:
    """A digest of all that decides what is charged and what is shipped: equal exactly when a run may go on."""
    totals = price(basket)
    facts = (
        basket.currency,
        [(line.key, line.variant_id, line.quantity, line.unit_price) for line in basket.lines],
        basket.shipping and (basket.shipping.code, basket.shipping.amount),
        basket.taxes and [(tax.name, tax.amount) for tax in basket.taxes.by_name()],
        totals.total,
        [(one.discount.id, one.amount, sorted(one.discount.limits(basket.buyer))) for one in totals.discounts],
        [(fee.id, fee.plugin_id, amount) for fee, amount in totals.fees],
        [(payment.id, payment.gateway_id, payment.token, payment.amount) for payment in payments],
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()
