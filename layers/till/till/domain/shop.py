"""A merchant's shop: its settings, where it ships, what it taxes and who takes its money. One document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from till.domain.discount import Discount
from till.domain.errors import NotFound
from till.domain.money import Rounding
from till.domain.payment import GIFT_CARD
from till.domain.plugin import InventoryOverride, Plugin, Receiver
from till.domain.shipping import ShippingZone
from till.domain.tax import RoundAt, TaxZone

STRIPE = "stripe"
MANUAL = "manual"


class CaptureMode(StrEnum):
    """When an authorized payment is captured: right after placing, when goods leave, or when asked."""

    ASYNC = "async"
    ON_FULFILMENT = "on_fulfilment"
    ON_REQUEST = "on_request"


class GatewaySecret(StrEnum):
    """What a gateway is asked with, and what it signs its webhooks with. Their names, never their values."""

    SECRET_KEY = "secret_key"  # noqa: S105  # a name
    WEBHOOK_SECRET = "webhook_secret"  # noqa: S105  # a name


@dataclass(frozen=True, slots=True)
class Gateway:
    """A payment gateway of the shop. `kind` names the adapter; secrets live elsewhere, under its id.

    `public_key` is what the gateway's own script on the payment page is started with.
    """

    id: str
    kind: str
    name: str
    is_test: bool
    public_key: str = ""

    @property
    def is_gift_card(self) -> bool:
        """Does Till itself keep the money? No adapter stands behind it, and nobody is asked to authorize."""
        return self.kind == GIFT_CARD

    @property
    def is_manual(self) -> bool:
        """Does the money move outside, and is whoever owes it believed?"""
        return self.kind == MANUAL


@dataclass(frozen=True, slots=True)
class Settings:
    """What a merchant can choose. Durations in minutes; `checkout_url` and origins without a trailing slash.

    `shopper_prices`: a storefront's own token may set prices. `custom_discounts_enabled` is what new carts begin with.
    `checkout_status` is the HTTP status of a checkout that makes an order. `exchange_rates` are decimals by currency,
    how much of it one of the shop's own is: for showing prices, never for charging. `page` is how the checkout page
    looks: its accent, background, logo_url, terms_url and privacy_url, where they are set. `limits` says how often
    somebody may ask for what costs or tells something, by the limit's name, where that is not the default; 0 is no
    limit. Of `low_stock` units left, or fewer, the merchant is told; 0 is never. `mail` is what is mailed: its sender,
    reply_to, notify, subject, text and html, where they are set.
    """

    inventory_check: bool = True
    phone_required: bool = False
    company_required: bool = False
    prices_include_tax: bool = False
    tax_shipping: bool = False
    rounding: Rounding = Rounding.HALF_UP
    round_at: RoundAt = RoundAt.LINE
    capture_mode: CaptureMode = CaptureMode.ASYNC
    allowed_origins: tuple[str, ...] = ()
    checkout_url: str = ""
    parked_minutes: int = 15
    most_discount_codes: int = 1
    capture_before_expiry: bool = False
    cart_expiry_days: int = 7
    custom_discounts_enabled: bool = False
    shopper_prices: bool = False
    checkout_status: int = 200
    exchange_rates: Mapping[str, str] = field(default_factory=dict)
    page: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    low_stock: int = 0
    mail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shop:
    """`identifier` is the shop's name in every URL. `created_at` in Unix seconds. `promotions` need no code. Placed
    orders are told to the `platform`."""

    identifier: str
    name: str
    currency: str
    country: str
    locale: str
    settings: Settings
    created_at: int
    version: int = 1
    shipping_zones: tuple[ShippingZone, ...] = ()
    tax_zones: tuple[TaxZone, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    tax_provider: Receiver | None = None
    plugins: tuple[Plugin, ...] = ()
    promotions: tuple[Discount, ...] = ()
    platform: Receiver | None = None

    def gateway(self, gateway_id: str) -> Gateway:
        """The gateway with that id. Raises `NotFound`."""
        for gateway in self.gateways:
            if gateway.id == gateway_id:
                return gateway
        raise NotFound("This payment gateway is not one of the shop's.", "gateway_public_id")

    def plugin(self, plugin_id: str) -> Plugin:
        """The plugin with that id. Raises `NotFound`."""
        for plugin in self.plugins:
            if plugin.id == plugin_id:
                return plugin
        raise NotFound("There is no plugin with this uuid.", "uuid")

    def inventory_override(self, chosen: InventoryOverride | None) -> Receiver | None:
        """Who is asked what is in stock: the one chosen for an order while its plugin is there, or the shop's own."""
        for plugin in self.plugins:
            if chosen and plugin.id == chosen.plugin_id and plugin.is_at_home(chosen.url):
                return plugin.receiver(chosen.url)
        return next((plugin.receiver(plugin.inventory_url) for plugin in self.plugins if plugin.inventory_url), None)
