"""The value that carts and orders both hold: what is bought, by whom, where to, and how it ships."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from till.domain.address import Address, SavedAddress
from till.domain.discount import Discount
from till.domain.errors import Invalid, NotFound
from till.domain.fee import Fee
from till.domain.money import LARGEST_AMOUNT
from till.domain.product import DEFAULT_TITLE, Variant
from till.domain.shipping import ShippingLine, offers
from till.domain.shop import Shop
from till.domain.tax import TaxItem, TaxQuote

MOST_LINES = 500
MOST_FEES = 50
LARGEST_QUANTITY = 100_000


@dataclass(frozen=True, slots=True)
class Customer:
    """Who buys. `id` is a ULID; `platform_id` is the merchant's, empty for guests, whom only the storefront knows."""

    id: str
    email: str
    first_name: str = ""
    last_name: str = ""
    accepts_marketing: bool = False
    platform_id: str = ""
    is_guest: bool = True
    saved_addresses: tuple[SavedAddress, ...] = ()

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def mailbox(self) -> str:
        """The e-mail address as nobody has it twice: without case and +tag, at Gmail without dots. Perhaps empty."""
        name, at, host = self.email.casefold().rpartition("@")
        if not at:
            return ""
        name = name.partition("+")[0] or name
        if host in ("gmail.com", "googlemail.com"):
            return f"{name.replace('.', '')}@gmail.com"
        return f"{name}@{host}"


@dataclass(frozen=True, slots=True)
class LineItem:
    """One line, with the facts frozen when it was added. `unit_price` and `compare_at_price` in minor units.

    A custom line is of nothing in the catalogue: it has no `variant_id`, and its price is whoever's who added it. A
    line that an automatic promotion gave has its id as `gift_of`; nobody pays for it.
    """

    key: str
    variant_id: str
    quantity: int
    unit_price: int
    platform_id: str
    sku: str
    product_platform_id: str
    title: str
    product_title: str
    variant_number: int = 0
    compare_at_price: int = 0
    weight_grams: int = 0
    requires_shipping: bool = True
    taxable: bool = True
    image_url: str = ""
    barcode: str = ""
    vendor: str = ""
    tags: str = ""
    collections: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    gift_of: str = ""

    @property
    def name(self) -> str:
        """What to call it: the product, and which of its variants."""
        if self.title in ("", DEFAULT_TITLE, self.product_title):
            return self.product_title
        return f"{self.product_title} - {self.title}"

    @property
    def is_custom(self) -> bool:
        """Is nothing of the catalogue behind it?"""
        return not self.variant_id

    @property
    def subtotal(self) -> int:
        """Minor units for all units of the line."""
        return self.unit_price * self.quantity


def line_of(
    variant: Variant, currency: str, key: str, quantity: int, properties: Mapping[str, str] | None = None
) -> LineItem:
    """A new line at the catalogue's price. Raises `Invalid` for a bad quantity or a currency without a price."""
    check_quantity(quantity)
    price = variant.prices.get(currency)
    if price is None:
        raise Invalid(f"{variant.sku} has no price in {currency}.", "currency")
    return LineItem(
        key=key,
        variant_id=variant.id,
        variant_number=variant.number,
        quantity=quantity,
        unit_price=price,
        compare_at_price=variant.compare_at_prices.get(currency, price),
        platform_id=variant.platform_id,
        sku=variant.sku,
        product_platform_id=variant.product_platform_id,
        title=variant.title,
        product_title=variant.product_title,
        weight_grams=variant.weight_grams,
        requires_shipping=variant.requires_shipping,
        taxable=variant.taxable,
        image_url=variant.image_url,
        barcode=variant.barcode,
        vendor=variant.vendor,
        tags=variant.tags,
        collections=variant.collections,
        properties=dict(properties or {}),
    )


def custom_line(
    key: str,
    name: str,
    quantity: int,
    unit_price: int,
    *,
    sku: str = "",
    description: str = "",
    includes_tax: bool = True,
    properties: Mapping[str, str] | None = None,
) -> LineItem:
    """A new line of something that is not in the catalogue, at the client's price (minor units).

    A price with the tax in it is final. Raises `Invalid` for a bad quantity or price.
    """
    check_quantity(quantity)
    if not 0 <= unit_price <= LARGEST_AMOUNT:
        raise Invalid("The price of an item is 0 or more, and not too large.", "price")
    return LineItem(
        key=key,
        variant_id="",
        quantity=quantity,
        unit_price=unit_price,
        platform_id="",
        sku=sku,
        product_platform_id="",
        title=name,
        product_title=name,
        compare_at_price=unit_price,
        taxable=not includes_tax,
        properties=dict(properties or {}),
        description=description,
    )


def check_quantity(quantity: int, field: str = "quantity") -> None:
    """Raises `Invalid`, naming the field, unless the quantity is a whole number that a shop can mean."""
    if not 1 <= quantity <= LARGEST_QUANTITY:
        raise Invalid(f"The quantity must be a whole number from 1 to {LARGEST_QUANTITY}.", field)


@dataclass(frozen=True, slots=True)
class Basket:
    """Lines and everything that decides their total. `taxes` is None until they are generated.

    `tax_items` are rates that a client set itself: they take the place of the shop's taxes.
    """

    currency: str
    lines: tuple[LineItem, ...] = ()
    customer: Customer | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping: ShippingLine | None = None
    taxes: TaxQuote | None = None
    discounts: tuple[Discount, ...] = ()
    fees: tuple[Fee, ...] = ()
    tax_items: tuple[TaxItem, ...] = ()

    @property
    def items_total(self) -> int:
        """The goods before discounts, in minor units."""
        return sum(line.subtotal for line in self.lines)

    @property
    def buyer(self) -> tuple[str, ...]:
        """All by which the customer is known where a code is limited by customer.

        A guest of yesterday with an account today is the same person, and so is an account with another address.
        """
        if self.customer is None:
            return ()
        return tuple(filter(None, (self.customer.platform_id, self.customer.mailbox)))

    @property
    def requires_shipping(self) -> bool:
        """Does anything have to be sent?"""
        return any(line.requires_shipping for line in self.lines)

    @property
    def tax_address(self) -> Address | None:
        """Where tax is owed: where the goods go, or where the bill goes when nothing is shipped."""
        if self.requires_shipping:
            return self.shipping_address or self.billing_address
        return self.billing_address or self.shipping_address

    def line(self, key: str) -> LineItem:
        """The line with that key. Raises `NotFound`."""
        for line in self.lines:
            if line.key == key:
                return line
        raise NotFound("There is no line item with this key.", "line_item_key")

    def quantities(self) -> dict[str, int]:
        """Units wanted by variant id: two lines of one variant are one claim on its stock."""
        wanted: dict[str, int] = {}
        for line in self.lines:
            if not line.is_custom:
                wanted[line.variant_id] = wanted.get(line.variant_id, 0) + line.quantity
        return wanted

    def with_lines(self, lines: Iterable[LineItem], shop: Shop) -> Basket:
        """Other lines; shipping is offered anew and taxes must be generated again. What is a line's own goes with it:
        fees, discounts, rates of tax."""
        lines = tuple(lines)
        keys = {"", *(line.key for line in lines)}
        changed = replace(
            self,
            lines=lines,
            fees=tuple(one for one in self.fees if one.line_key in keys),
            discounts=tuple(one for one in self.discounts if one.line_key in keys),
            tax_items=tuple(one for one in self.tax_items if one.line_key in keys),
            taxes=None,
        )
        if len(changed.lines) > MOST_LINES:
            raise Invalid(f"An order has at most {MOST_LINES} line items.", "line_items")
        if changed.items_total > LARGEST_AMOUNT:
            raise Invalid("The total of this order is too large.", "quantity")
        return changed.reoffered(shop)

    def with_line(self, line: LineItem, shop: Shop) -> Basket:
        """The line added, or put in the place of the one with its key."""
        if any(old.key == line.key for old in self.lines):
            return self.with_lines((line if old.key == line.key else old for old in self.lines), shop)
        return self.with_lines((*self.lines, line), shop)

    def without_line(self, key: str, shop: Shop) -> Basket:
        """The line taken out. Raises `NotFound`."""
        gone = self.line(key)
        return self.with_lines((line for line in self.lines if line is not gone), shop)

    def with_shipping_address(self, address: Address | None, shop: Shop) -> Basket:
        """Another destination; a choice that is not offered there is dropped, taxes must be generated again."""
        return replace(self, shipping_address=address, taxes=None).reoffered(shop)

    def with_billing_address(self, address: Address | None) -> Basket:
        """Another billing address; taxes must be generated again where it decides them."""
        changed = replace(self, billing_address=address)
        return changed if changed.tax_address == self.tax_address else replace(changed, taxes=None)

    def with_shipping(self, choice: ShippingLine) -> Basket:
        """A shipping choice; taxes must be generated again when it is another one."""
        return self if choice == self.shipping else replace(self, shipping=choice, taxes=None)

    def with_discounts(self, discounts: Iterable[Discount]) -> Basket:
        """Other discounts; taxes must be generated again where that changes anything."""
        changed = tuple(discounts)
        return self if changed == self.discounts else replace(self, discounts=changed, taxes=None)

    def with_tax_items(self, items: Iterable[TaxItem]) -> Basket:
        """Other rates of the client's own; taxes must be generated again where that changes anything."""
        changed = tuple(items)
        return self if changed == self.tax_items else replace(self, tax_items=changed, taxes=None)

    def with_fees(self, fees: Iterable[Fee]) -> Basket:
        """Other fees; taxes must be generated again where that changes anything. Raises `Invalid` for too many."""
        changed = tuple(fees)
        if len(changed) > MOST_FEES:
            raise Invalid(f"An order has at most {MOST_FEES} fees.", "fees")
        return self if changed == self.fees else replace(self, fees=changed, taxes=None)

    def shipping_offers(self, shop: Shop) -> tuple[ShippingLine, ...]:
        """What the shop offers to the shipping address; nothing before there is one. By value: before discounts."""
        address = self.shipping_address
        if address is None or not self.requires_shipping:
            return ()
        weight = sum(line.weight_grams * line.quantity for line in self.lines if line.requires_shipping)
        return offers(shop.shipping_zones, address.country_code, address.province_code, weight, self.items_total)

    def reoffered(self, shop: Shop) -> Basket:
        """Keep the choice at today's price if it is still offered; another price is taxed anew."""
        if self.shipping is None:
            return self
        kept = next((offer for offer in self.shipping_offers(shop) if offer.code == self.shipping.code), None)
        return self if kept == self.shipping else replace(self, shipping=kept, taxes=None)
