"""Taxes from the merchant's own tax provider. Wire format: docs/tax-provider.md, which is ours.

What it answers is checked to the last member and then stored as it is: a misspelled member must not become no tax.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from till.application.ports import NoAnswerError, Outbound
from till.domain.address import FIELDS, Address
from till.domain.basket import Basket
from till.domain.discounting import discounted, fee_amounts, reductions
from till.domain.errors import Refused
from till.domain.money import LARGEST_AMOUNT
from till.domain.plugin import Receiver
from till.domain.readiness import TAXES_MISSING
from till.domain.shop import Shop
from till.domain.tax import TaxLine, TaxQuote

_MOST_TAXES = 20
_LONGEST_TEXT = 255
_MEMBERS = frozenset({"currency", "included", "lines", "shipping"})
_OPTIONAL = frozenset({"fees", "reference"})

type Json = dict[str, Any]


class _BadAnswerError(ValueError):
    """Not what the provider was asked for."""


def provider_taxes(outbound: Outbound, basket: Basket, shop: Shop, provider: Receiver) -> TaxQuote:
    """The provider's figures. Raises `Refused` where it gives none that can be charged."""
    asked = question(basket, shop)
    try:
        return _quote(outbound.call(shop.identifier, provider, asked), asked, provider)
    except (NoAnswerError, _BadAnswerError):
        raise Refused(TAXES_MISSING, "tax", code="taxes_failed") from None


def question(basket: Basket, shop: Shop) -> Json:
    """What the provider is sent. Amounts are what is paid, after discounts, in minor units."""
    reduced = reductions(basket)
    paid = discounted(basket, reduced)
    shipping = basket.shipping
    return {
        "type": "taxes",
        "shop": shop.identifier,
        "currency": basket.currency,
        "prices_include_tax": shop.settings.prices_include_tax,
        "lines": [
            {
                "key": line.key,
                "sku": line.sku,
                "platform_id": line.platform_id,
                "product_platform_id": line.product_platform_id,
                "quantity": line.quantity,
                "amount": paid[line.key],
                "taxable": line.taxable,
            }
            for line in basket.lines
        ],
        "shipping": shipping
        and {
            "code": shipping.code,
            "description": shipping.description,
            "amount": shipping.amount - sum(one.shipping for one in reduced),
        },
        "fees": [
            {"id": fee.id, "text": fee.text, "amount": amount, "taxable": fee.taxable}
            for fee, amount in fee_amounts(basket, reduced)
        ],
        "shipping_address": basket.shipping_address and _place(basket.shipping_address),
        "billing_address": basket.billing_address and _place(basket.billing_address),
    }


def _place(address: Address) -> Json:
    return {name: getattr(address, name) for name in FIELDS if name != "instructions"}


def _quote(answer: Mapping[str, Any], asked: Json, provider: Receiver) -> TaxQuote:
    _members(answer, _MEMBERS, _OPTIONAL)
    included, reference = answer["included"], answer.get("reference", "")
    _check(isinstance(included, bool) and answer["currency"] == asked["currency"])
    _check(isinstance(reference, str) and len(reference) <= _LONGEST_TEXT)
    amounts = {line["key"]: line["amount"] for line in asked["lines"]}
    lines = []
    for line in _list(answer["lines"], len(amounts)):
        _members(line, frozenset({"key", "taxes"}))
        # Each line once: one that was forgotten would be sold without tax.
        _check(isinstance(line["key"], str) and line["key"] in amounts)
        lines.append((line["key"], _taxes(line["taxes"], included, amounts.pop(line["key"]))))
    _check(not amounts)
    shipping = asked["shipping"]["amount"] if asked["shipping"] else 0
    quote = TaxQuote(
        included=included,
        lines=tuple((key, taxes) for key, taxes in lines if taxes),
        shipping=_taxes(answer["shipping"], included, shipping),
        fees=_taxes(answer.get("fees", []), included, sum(fee["amount"] for fee in asked["fees"])),
        provider=provider.url,
        reference=reference,
    )
    _check(quote.total() <= LARGEST_AMOUNT)
    return quote


def _taxes(value: object, included: bool, amount: int) -> tuple[TaxLine, ...]:
    """Named amounts. Tax that is inside a price is no more than the price."""
    found = []
    for tax in _list(value, _MOST_TAXES):
        _members(tax, frozenset({"name", "amount"}))
        name, units = tax["name"], tax["amount"]
        _check(isinstance(name, str) and 0 < len(name.strip()) <= len(name) <= _LONGEST_TEXT)
        _check(type(units) is int and 0 <= units <= LARGEST_AMOUNT)
        found.append(TaxLine(name, units))
    _check(not included or sum(tax.amount for tax in found) <= amount)
    return tuple(found)


def _list(value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise _BadAnswerError
    return value


def _members(value: object, needed: frozenset[str], optional: frozenset[str] = frozenset()) -> None:
    _check(isinstance(value, dict) and needed <= value.keys() <= needed | optional)


def _check(holds: bool) -> None:
    if not holds:
        raise _BadAnswerError
