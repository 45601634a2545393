"""Orders as Bold's storefront clients read them: application_state and its members.

Wire format: Bold Checkout Frontend API 2.0. Money is integer cents, an empty map or address is `[]`, a shipping choice
that was not made is null. `amount` and `value` of a payment are the same, since clients read one or the other.
"""

from __future__ import annotations

from collections.abc import Mapping

from till.domain.address import EXTRA_FIELDS, Address
from till.domain.address import FIELDS as ADDRESS_FIELDS
from till.domain.basket import Customer, LineItem
from till.domain.currency import currency
from till.domain.discount import DiscountSource, canonical
from till.domain.discounting import Reduction
from till.domain.errors import NotFound
from till.domain.fee import Fee
from till.domain.notes import Notes
from till.domain.order import Order
from till.domain.payment import Payment
from till.domain.pricing import Totals, price
from till.domain.shipping import ShippingLine
from till.domain.shop import Shop
from till.domain.tax import TaxLine, TaxQuote

type Json = dict[str, object]


def application_state(order: Order, shop: Shop) -> Json:
    """The whole order, as every answer carries it."""
    basket, quote, totals = order.basket, order.basket.taxes, price(order.basket)
    return {
        "customer": customer(basket.customer),
        "addresses": {
            "shipping": address(basket.shipping_address),
            "billing": address(basket.billing_address),
        },
        "line_items": line_items(order, totals),
        "shipping": {
            "selected_shipping": selected_shipping(order, shop),
            "available_shipping_lines": shipping_lines(order, shop),
            "taxes": _taxes(quote.shipping, quote) if quote else [],
            "discounts": [_reduced(one, one.shipping) for one in totals.discounts if one.shipping],
        },
        "taxes": taxes(order),
        "discounts": discounts(totals),
        "fees": [_fee(fee, amount) for fee, amount in totals.fees if not fee.line_key],
        "payments": [payment(one) for one in order.payments],
        "order_total": totals.total,
        "order_balance": totals.total - order.paid,
        "order_meta_data": order_meta_data(order.notes),
        "currency": _currency(basket.currency),
        "display_currency": None,
        "display_exchange_rate": None,
        "resumable_link": order.resumable_link or None,
        "link_to_cart": None,
        "created_via": "checkout",
        "is_processed": order.is_submitted,
        "flow_id": order.flow_id or None,
    }


def customer(value: Customer | None) -> Json | list[object]:
    """A customer; nobody is `[]`."""
    if value is None:
        return []
    return {
        "platform_id": value.platform_id or None,
        "public_id": value.id,
        "first_name": value.first_name,
        "last_name": value.last_name,
        "email_address": value.email,
        "accepts_marketing": value.accepts_marketing,
        "saved_addresses": [_address(one) | {"id": one.id or None} for one in value.saved_addresses],
    }


def address(value: Address | None) -> Json | list[object]:
    """An address; none is `[]`."""
    if value is None:
        return []
    return {"id": None} | _address(value)


def line_items(order: Order, totals: Totals) -> list[Json]:
    """Line items with what is added to each and taken off it."""
    quote = order.basket.taxes
    by_key = dict(quote.lines) if quote else {}
    reduced: dict[str, list[Json]] = {}
    for one in totals.discounts:
        for key, amount in one.lines:
            reduced.setdefault(key, []).append(_reduced(one, amount))
    return [
        {
            "product_data": product_data(line),
            "taxes": _taxes(by_key.get(line.key, ()), quote) if quote else [],
            "fees": [{"name": fee.text, "amount": amount} for fee, amount in totals.fees if fee.line_key == line.key],
            "discounts": reduced.get(line.key, []),
        }
        for line in order.basket.lines
    ]


def discounts(totals: Totals) -> list[Json]:
    """The order's discounts; one that the order no longer qualifies for is there, not valid, and takes nothing."""
    return [_reduced(one, one.amount) for one in totals.discounts]


def discount(totals: Totals, code: str) -> Json:
    """One of the shopper's. Raises `NotFound`."""
    for one in totals.discounts:
        if one.discount.source is DiscountSource.CODE and canonical(one.discount.code) == canonical(code):
            return _reduced(one, one.amount)
    raise NotFound("This discount code is not on the order.", "discounts", "discount_missing")


def product_data(line: LineItem) -> Json:
    """The product of a line, as it was when it was added."""
    return {
        "id": line.platform_id,
        "title": line.title,
        "product_title": line.product_title,
        "image_url": line.image_url,
        "properties": _map(line.properties),
        "description": line.description,
        "quantity": line.quantity,
        "price": line.unit_price,
        "total_price": line.subtotal,
        "visible": True,
        "line_item_key": line.key,
        "barcode": line.barcode,
        "compare_at_price": line.compare_at_price,
        "weight": line.weight_grams,
        "weight_unit": "g",
        "product_id": line.product_platform_id,
        "variant_id": line.platform_id,
        "requires_shipping": line.requires_shipping,
        "sku": line.sku,
        "taxable": line.taxable,
        "tags": line.tags,
        "vendor": line.vendor,
    }


def shipping_lines(order: Order, shop: Shop) -> list[Json]:
    """What is offered; `id` is the index by which a line is chosen."""
    return [_shipping_line(i, offer) for i, offer in enumerate(order.basket.shipping_offers(shop))]


def selected_shipping(order: Order, shop: Shop) -> Json | None:
    """The choice, with the index it has among the offers."""
    chosen = order.basket.shipping
    if chosen is None:
        return None
    codes = [offer.code for offer in order.basket.shipping_offers(shop)]
    return _shipping_line(codes.index(chosen.code) if chosen.code in codes else 0, chosen)


def taxes(order: Order) -> list[Json]:
    """The order's taxes, one sum per rate."""
    quote = order.basket.taxes
    return _taxes(quote.by_name(), quote) if quote else []


def payment(value: Payment) -> Json:
    """A payment; money in cents."""
    return {
        "id": value.id,
        "gateway_public_id": value.gateway_id,
        "amount": value.amount,
        "value": value.amount,
        "currency": value.currency,
        "type": value.type,
        "display_string": value.display_string,
        "lineText": value.display_string,
        "token": value.token,
        "retain": value.retain,
        "tag": "BoldGiftCard" if value.is_gift_card else "Credit",
        "brand": value.brand,
        "friendly_brand": value.brand.replace("_", " ").title(),
    }


def order_meta_data(notes: Notes) -> Json:
    """What a storefront attached."""
    return {
        "cart_parameters": _map(notes.cart_parameters),
        "note_attributes": _map(notes.note_attributes),
        "notes": notes.notes,
        "tags": list(notes.tags),
    }


def _shipping_line(index: int, line: ShippingLine) -> Json:
    return {"id": str(index), "description": line.description, "amount": line.amount, "code": line.code}


def _address(value: Address) -> Json:
    return {name: getattr(value, name) for name in ADDRESS_FIELDS if name not in EXTRA_FIELDS}


def _taxes(lines: tuple[TaxLine, ...], quote: TaxQuote) -> list[Json]:
    return [{"value": line.amount, "name": line.name, "is_included": quote.included} for line in lines]


def _reduced(one: Reduction, amount: int) -> Json:
    """`source` "cart" is what the shopper cannot take off."""
    discount = one.discount
    return {
        "code": discount.code,
        "text": discount.text or discount.code,
        "value": amount,
        "valid": one.problem is None,
        "source": "code" if discount.source is DiscountSource.CODE else "cart",
    }


def _fee(fee: Fee, amount: int) -> Json:
    """`value` is what the fee comes to, whatever decides it: clients add it up."""
    return {
        "id": fee.id,
        "line_text": fee.text,
        "fee_type": fee.kind,
        "value": amount,
        "source": "PLUGIN",
        "plugin_uuid": fee.plugin_id,
        "taxable": fee.taxable,
    }


def _map(value: Mapping[str, object]) -> Json | list[object]:
    return dict(value) or []


def _currency(code: str) -> Json:
    known = currency(code)
    return {
        "iso_code": known.code,
        "iso_numeric_code": known.number,
        "symbol": known.symbol,
        "format": known.symbol + "{{amount}}",
        "has_decimal": known.exponent > 0,
        "show_iso_code": True,
    }
