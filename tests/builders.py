"""Small builders of domain values, each complete and believable. Tests name only what they are about.

The default order is the recorded one of the Bold contract: one brewing system shipped to Winnipeg for 262.00 CAD.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from till.application.limits import LIMITS
from till.domain.address import Address
from till.domain.agreement import Agreement
from till.domain.attempt import Attempt, Goal
from till.domain.basket import Basket, Customer, LineItem
from till.domain.cart import Cart
from till.domain.discount import Discount, DiscountKind
from till.domain.event import Event
from till.domain.fee import Fee, FeeKind
from till.domain.order import Order
from till.domain.payment import Authorization, Payment
from till.domain.plugin import APP_HOOK, Plugin, Receiver
from till.domain.pricing import fingerprint, zone_taxes
from till.domain.product import Product, Variant
from till.domain.region import Region
from till.domain.sale import Sale
from till.domain.shipping import ShippingLine, ShippingRate, ShippingZone
from till.domain.shop import CaptureMode, Gateway, Settings, Shop
from till.domain.stock import Hold, HoldState
from till.domain.tax import TaxRate, TaxZone

NOON = 1_750_000_000
STANDARD = ShippingLine("standard", "Standard", 1000)
EXPEDITED = ShippingLine("expedited", "Expedited", 1125)
GST = TaxRate("GST", 50_000)
PST = TaxRate("PST", 70_000)


def an_address(**changes: Any) -> Address:
    """In Winnipeg, Manitoba."""
    winnipeg = Address(
        first_name="John",
        last_name="Doe",
        address_line_1="50 Fultz Blvd",
        country="Canada",
        city="Winnipeg",
        province="Manitoba",
        country_code="CA",
        province_code="MB",
        postal_code="R3Y 0L6",
    )
    return replace(winnipeg, **changes)


def a_customer(**changes: Any) -> Customer:
    """A guest."""
    return replace(Customer("01JXCVST0MER00000000000000", "john.doe@example.com", "John", "Doe"), **changes)


def a_variant(**changes: Any) -> Variant:
    """A brewing system for 225.00 CAD that weighs a kilogram."""
    brewer = Variant(
        id="01JXVAR1ANT000000000000000",
        number=66,
        platform_id="66",
        sku="ABS",
        title="Default Title",
        prices={"CAD": 22500, "USD": 16900},
        product_id="01JXPR0DVCT000000000000000",
        product_number=86,
        product_platform_id="86",
        product_title="Able Brewing System",
        weight_grams=1000,
    )
    return replace(brewer, **changes)


def a_product(**changes: Any) -> Product:
    """The product of `a_variant`."""
    brewer = Product(
        id="01JXPR0DVCT000000000000000",
        number=86,
        platform_id="86",
        handle="able-brewing-system",
        title="Able Brewing System",
        version=1,
        variants=(a_variant(),),
    )
    return replace(brewer, **changes)


def a_line(**changes: Any) -> LineItem:
    """One brewing system."""
    brewer = LineItem(
        key="line-1",
        variant_id="01JXVAR1ANT000000000000000",
        variant_number=66,
        quantity=1,
        unit_price=22500,
        compare_at_price=22500,
        platform_id="66",
        sku="ABS",
        product_platform_id="86",
        title="Default Title",
        product_title="Able Brewing System",
        weight_grams=1000,
    )
    return replace(brewer, **changes)


# For whoever sends more than any shopper: each limit costs what it costs, and stops nobody.
PLENTY = dict.fromkeys(LIMITS, 1_000_000)


def a_shop(**changes: Any) -> Shop:
    """Ships within Canada (10.00 or 11.25), charges GST and PST in Manitoba, takes money in the sandbox."""
    canada = (Region("CA"),)
    rates = tuple(ShippingRate(line.code, line.description, amount=line.amount) for line in (STANDARD, EXPEDITED))
    shop = Shop(
        identifier="acme",
        name="Acme Coffee",
        currency="CAD",
        country="CA",
        locale="en-CA",
        settings=Settings(allowed_origins=("https://shop.example",), checkout_url="https://shop.example/checkout"),
        created_at=NOON,
        shipping_zones=(ShippingZone("canada", "Canada", canada, rates),),
        tax_zones=(TaxZone("manitoba", "Manitoba", (Region("CA", ("MB",)),), (GST, PST)),),
        gateways=(Gateway("sandbox-1", "sandbox", "Sandbox", is_test=True),),
    )
    return replace(shop, **changes)


def a_receiver(**changes: Any) -> Receiver:
    """Who knows the taxes of the default shop."""
    return replace(Receiver("tax_provider", "https://taxes.example/quotes", NOON), **changes)


def an_event(**changes: Any) -> Event:
    """An order was placed."""
    order_id = "01JXORDER00000000000000000"
    placed = Event(f"{order_id}-1", "order.placed", "acme", order_id, 1, NOON, {"number": 1001, "total": 26200})
    return replace(placed, **changes)


def a_plugin(**changes: Any) -> Plugin:
    """It checks ages."""
    age_check = Plugin(
        "93225ea4-d701-41f9-a30a-bfe66f5d0479", "Age check", "https://plugin.example/", (APP_HOOK,), NOON
    )
    return replace(age_check, **changes)


def a_basket(**changes: Any) -> Basket:
    """Ready to be paid: one line, addresses, standard shipping, and the default shop's taxes unless given."""
    basket = Basket(
        currency="CAD",
        lines=(a_line(),),
        customer=a_customer(),
        shipping_address=an_address(),
        billing_address=an_address(),
        shipping=STANDARD,
    )
    basket = replace(basket, **changes)
    return basket if "taxes" in changes else replace(basket, taxes=zone_taxes(basket, a_shop()))


def a_discount(**changes: Any) -> Discount:
    """Ten percent off the whole order."""
    return replace(Discount("01JXD1SC0VNT00000000000000", "SAVE10", DiscountKind.PERCENTAGE, 100_000), **changes)


def a_fee(**changes: Any) -> Fee:
    """A gift wrapping for 5.00."""
    return replace(Fee("wrapping", "plugin-1", "Gift wrapping", FeeKind.FIXED, 500), **changes)


def a_cart(**changes: Any) -> Cart:
    """A cart with the default basket, for a day."""
    return replace(Cart("01JXCART000000000000000000", "acme", a_basket(), NOON, NOON + 86_400), **changes)


def a_payment(**changes: Any) -> Payment:
    """Covers the default order at the sandbox, which approves it."""
    card = Payment(
        id="01JXPAYMENT000000000000000",
        gateway_id="sandbox-1",
        token="tok_approve",
        amount=26200,
        currency="CAD",
        display_string="1111",
        brand="visa",
    )
    return replace(card, **changes)


def an_order(**changes: Any) -> Order:
    """Open, and ready to be processed."""
    order = Order(
        id="01JX0RDER00000000000000000",
        public_id="01JX0RDER00000000000000000" + "a1b2c3d4e5f6g7h8j9k0m1n2p3q4r5s6t7v8w9",
        shop="acme",
        basket=a_basket(),
        created_at=NOON,
        payments=(a_payment(),),
    )
    return replace(order, **changes)


def an_agreed_order(**changes: Any) -> Order:
    """The default order, checked out at noon and not paid yet."""
    agreement = Agreement(NOON, NOON, order_number="PO-2025-7", external_ref="erp-7")
    order = an_order(id="01JXAGREED0000000000000000", payments=(), agreement=agreement)
    return replace(order, **{"public_id": order.id + order.public_id[26:]} | changes)


def an_attempt(**changes: Any) -> Attempt:
    """The first run at placing the default order, before money moves."""
    attempt = Attempt(
        id="01JXATTEMPT000000000000000",
        order_id="01JX0RDER00000000000000000",
        shop="acme",
        goal=Goal.PROCESS,
        fingerprint=fingerprint(a_basket(), (a_payment(),)),
        created_at=NOON,
        due_at=NOON + 60,
        run_started_at=NOON,
        authorizations=(an_authorization(),),
    )
    return replace(attempt, **changes)


def an_authorization(**changes: Any) -> Authorization:
    """Of the default payment, not yet asked for."""
    key = "01JXATTEMPT000000000000000:01JXPAYMENT000000000000000"
    return replace(Authorization("01JXPAYMENT000000000000000", "sandbox-1", key, 26200, "CAD"), **changes)


def a_hold(**changes: Any) -> Hold:
    """One unit of `a_variant`, kept for ten minutes."""
    parts = {"01JXVAR1ANT000000000000000": 1}
    return replace(Hold("01JXATTEMPT000000000000000", "acme", HoldState.ACTIVE, NOON + 600, parts), **changes)


def a_sale(**changes: Any) -> Sale:
    """The default order, placed at noon; its one payment is authorized and to be charged."""
    payment = a_payment(gateway_key="01JXATTEMPT000000000000000:01JXPAYMENT000000000000000", reference="sandbox_1")
    sale = Sale(
        order_id="01JX0RDER00000000000000000",
        shop="acme",
        placed_at=NOON,
        capture_mode=CaptureMode.ASYNC,
        payments=(payment,),
        allocated={"01JXVAR1ANT000000000000000": 1},
    )
    return replace(sale, **changes)
