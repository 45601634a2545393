"""What goes into carts: products, things of nobody's catalogue, promotion codes; one by one, or many at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from till.application import discounts as codes
from till.application.inventory import not_enough
from till.application.ports import Catalog, Discounts, Stock
from till.domain.agreement import ShippingGroup
from till.domain.basket import Basket, LineItem, check_quantity, line_of
from till.domain.cart import Cart
from till.domain.currency import currency as known_currency
from till.domain.discount import DiscountSource, canonical
from till.domain.errors import Busy, Invalid, NotFound, Problem, Refused, TillError
from till.domain.product import Variant
from till.domain.shop import Shop

# Lines and codes; gifts come besides.
MOST_ITEMS = 100


@dataclass(frozen=True, slots=True)
class WantedProduct:
    """A product by the ULID of its variant, or by SKU. `group` is a shipping group's ULID, or nothing."""

    quantity: int
    variant_id: str = ""
    sku: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    group: str = ""


@dataclass(frozen=True, slots=True)
class WantedCustom:
    """A custom line as it is to be, but for its key. Its price is in `currency`, or in the cart's where that is ""."""

    line: LineItem
    group: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class WantedCode:
    """A promotion's code."""

    code: str


type Wanted = WantedProduct | WantedCustom | WantedCode


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What becomes of one line; None is as before. Quantity 0 takes it out, the group "" out of its shipping group."""

    key: str
    quantity: int | None = None
    properties: Mapping[str, str] | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class CartItems:
    """Changes what is in carts; a preview looks at no stock. `new_id` makes keys of lines."""

    catalog: Catalog
    stock: Stock
    discounts: Discounts
    new_id: Callable[[], str]

    def add(
        self,
        cart: Cart,
        shop: Shop,
        wanted: Sequence[Wanted],
        currency: str,
        now: int,
        refused: list[TillError] | None = None,
    ) -> Cart:
        """The cart with the items, in `currency` where it has none yet. What cannot be added goes to `refused`, where
        that is given, and is raised otherwise."""
        known_currency(currency)
        products = [one for one in wanted if isinstance(one, WantedProduct)]
        found = self._found(shop.identifier, products)
        checks = self._stock(cart, shop, {variant.id for variant in found.values()})

        def added(cart: Cart, one: Wanted) -> Cart:
            if isinstance(one, WantedCode):
                return self._with_code(cart, shop, one.code, cart.day(now))
            if not cart.basket.currency:
                cart = cart.with_basket(replace(cart.basket, currency=currency))
            if isinstance(one, WantedCustom):
                if one.currency not in ("", cart.basket.currency):
                    raise Invalid(f"This item does not have a price for {cart.basket.currency}", code="no_price")
                return self._with_line(cart, shop, one.line, one.group)
            line = _priced(found.get(one.variant_id or one.sku), one, cart.basket.currency)
            cart = self._with_line(cart, shop, line, one.group)
            checks.enough(cart, line)
            return cart

        return _each(cart, wanted, added, refused)

    def update(
        self, cart: Cart, shop: Shop, changes: Sequence[ItemChange], refused: list[TillError] | None = None
    ) -> Cart:
        """The cart with lines changed; what cannot be changed goes where `add` puts it. Raises `NotFound`, `Refused`
        for a gift."""
        lines = {line.key: line for line in cart.basket.lines}
        checks = self._stock(cart, shop, {lines[one.key].variant_id for one in changes if one.key in lines} - {""})

        def changed(cart: Cart, one: ItemChange) -> Cart:
            line = _own_line(cart, one.key)
            if one.group is not None:
                cart = _in_group(cart, line.key, one.group)
            if one.quantity == 0:
                return cart.with_basket(cart.basket.without_line(line.key, shop))
            quantity = line.quantity if one.quantity is None else one.quantity
            check_quantity(quantity)
            properties = line.properties if one.properties is None else dict(one.properties)
            line = replace(line, quantity=quantity, properties=properties)
            cart = cart.with_basket(cart.basket.with_line(line, shop))
            if one.quantity is not None:
                checks.enough(cart, line)
            return cart

        return _each(cart, changes, changed, refused)

    def _found(self, shop: str, wanted: Sequence[WantedProduct]) -> Mapping[str, Variant]:
        """By id and by SKU, as they were asked for."""
        by_id = self.catalog.variants(shop, {one.variant_id for one in wanted if one.variant_id})
        by_sku = self.catalog.variants_by_sku(shop, {one.sku for one in wanted if not one.variant_id})
        return {**by_sku, **by_id}

    def _stock(self, cart: Cart, shop: Shop, variants: set[str]) -> _Stock:
        if not variants or cart.snapshot_date or not shop.settings.inventory_check:
            return _Stock({})
        levels = self.stock.levels(shop.identifier, variants)
        return _Stock({variant: one.available for variant, one in levels.items() if not one.oversells})

    def _with_line(self, cart: Cart, shop: Shop, line: LineItem, group: str) -> Cart:
        """The same thing with the same wishes, and for the same parcel, adds up."""
        check_quantity(line.quantity)
        elsewhere = {key for one in cart.shipping_groups if group and one.id != group for key in one.lines}
        same = next((old for old in cart.basket.lines if _same(old, line) and old.key not in elsewhere), None)
        if same is None:
            line = replace(line, key=self.new_id())
        else:
            line = replace(line, key=same.key, quantity=same.quantity + line.quantity)
            check_quantity(line.quantity)
        cart = _counted(cart.with_basket(cart.basket.with_line(line, shop)))
        return _in_group(cart, line.key, group) if group else cart

    def _with_code(self, cart: Cart, shop: Shop, code: str, now: int) -> Cart:
        if cart.custom_discounts:
            raise _not_applied(code, Problem("custom_discounts", "The cart is configured to use custom discounts"))
        try:
            basket = codes.add(self.discounts, self.stock, cart.basket, shop, code, now)
        except Refused as refused:
            raise _not_applied(code, refused.problems[0]) from None
        return _counted(cart.with_basket(basket))


@dataclass(frozen=True, slots=True)
class _Stock:
    """What there is of each variant that does not sell below zero."""

    available: Mapping[str, int]

    def enough(self, cart: Cart, line: LineItem) -> None:
        """Raises `Refused` where there is less than the whole cart wants."""
        there = self.available.get(line.variant_id)
        if there is not None and cart.basket.quantities()[line.variant_id] > there:
            raise Refused.of([not_enough(line)])


def without_items(cart: Cart) -> Cart:
    """All taken out: lines, codes, custom discounts. Who it belongs to and what it is called stay."""
    groups = tuple(replace(group, lines=()) for group in cart.shipping_groups)
    rates = tuple(one for one in cart.basket.tax_items if not one.line_key)
    emptied = replace(cart.basket, lines=(), discounts=(), fees=(), tax_items=rates, taxes=None)
    return replace(cart, basket=emptied, shipping_groups=groups)


def without_code(cart: Cart, code: str) -> Cart:
    """A code taken off. Raises `NotFound`."""
    own = [one for one in cart.basket.discounts if one.source is DiscountSource.CODE]
    if not any(canonical(one.code) == canonical(code) for one in own):
        raise NotFound("No promotion could be found with the given code.", about={"code": code})
    return cart.with_basket(codes.remove(cart.basket, code))


def copied(basket: Basket, with_custom: bool) -> tuple[Wanted, ...]:
    """What is wanted where the lines of another cart or of an order are to be had again. Gifts come by themselves."""
    bought = [line for line in basket.lines if not line.gift_of]
    return tuple(
        WantedCustom(line, currency=basket.currency)
        if line.is_custom
        else WantedProduct(line.quantity, line.variant_id, "", line.properties)
        for line in bought
        if with_custom or not line.is_custom
    )


def _each[T](cart: Cart, things: Sequence[T], done: Callable[[Cart, T], Cart], refused: list[TillError] | None) -> Cart:
    for thing in things:
        try:
            cart = done(cart, thing)
        except Busy:
            raise
        except TillError as error:
            if refused is None:
                raise
            refused.append(error)
    return cart


def _priced(variant: Variant | None, one: WantedProduct, currency: str) -> LineItem:
    """A line at the catalogue's price, without a key yet. Raises `NotFound`, `Invalid`."""
    if variant is None and one.variant_id:
        message = "The requested product could not be found"
        raise NotFound(message, code="product_missing", about={"variant_id": one.variant_id})
    if variant is None:
        message = f"product SKU '{one.sku}' not found in the catalogue"
        raise NotFound(message, code="product_missing", about={"sku": one.sku})
    if currency not in variant.prices:
        about = {"variant_id": variant.id, "sku": variant.sku}
        raise Invalid(f"This product does not have a price for {currency}", code="no_price", about=about)
    return line_of(variant, currency, "", one.quantity, one.properties)


def _same(old: LineItem, line: LineItem) -> bool:
    """Do two lines say the same but for how many? Custom lines of one SKU do where they cost the same."""
    if old.gift_of or old.is_custom != line.is_custom or old.properties != line.properties:
        return False
    if not line.is_custom:
        return old.variant_id == line.variant_id
    priced = old.unit_price == line.unit_price and old.taxable == line.taxable
    return priced and bool(line.sku) and old.sku == line.sku


def _own_line(cart: Cart, key: str) -> LineItem:
    line = next((line for line in cart.basket.lines if line.key == key), None)
    if line is None:
        raise NotFound("Item was not found in the cart", about={"line_key": key})
    if line.gift_of:
        raise Refused("This item is the gift of a promotion: it comes and goes with it.", about={"line_key": key})
    return line


def _in_group(cart: Cart, key: str, group_id: str) -> Cart:
    """The line in that shipping group and in no other. Raises `NotFound`."""
    if group_id and all(group.id != group_id for group in cart.shipping_groups):
        message = "Shipping groups not found for this cart. Please verify that the shipping group exists for it."
        about = {"cart_id": cart.id, "shipping_group_id": group_id}
        raise NotFound(message, code="shipping_group_missing", about=about)

    def placed(group: ShippingGroup) -> ShippingGroup:
        others = tuple(one for one in group.lines if one != key)
        return replace(group, lines=(*others, key) if group.id == group_id else others)

    return replace(cart, shipping_groups=tuple(map(placed, cart.shipping_groups)))


def _counted(cart: Cart) -> Cart:
    """Raises `Invalid` for a cart that is too full."""
    lines = sum(not line.gift_of for line in cart.basket.lines)
    if lines + len(cart.basket.discounts) > MOST_ITEMS:
        raise Invalid(f"A cart can contain a maximum of {MOST_ITEMS} unique items.", code="cart_full")
    return cart


def _not_applied(code: str, problem: Problem) -> TillError:
    """A code that is no good is told apart from one that the cart does not take."""
    if problem.code in ("discount_invalid", "discount_conditions"):
        return NotFound("No promotion could be found with the given code.", about={"code": code})
    return Refused.of([replace(problem, field="", about={"code": code})])
