"""Requests about shops, zones, gateways and tokens. Amounts are decimal strings, tax rates decimal percent."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    ValidationInfo,
    field_serializer,
    field_validator,
)

from merchant.percent import millionths
from till.application.settings import ID, MOST_ORIGINS, SANDBOX
from till.application.tokens import Scope
from till.domain.errors import Invalid
from till.domain.money import Rounding, from_decimal
from till.domain.plugin import APP_HOOK, Plugin
from till.domain.region import Region
from till.domain.shipping import RateKind, ShippingRate, ShippingZone, Tier
from till.domain.shop import STRIPE, CaptureMode, Gateway, GatewaySecret, Settings, Shop
from till.domain.stripe_keys import is_test
from till.domain.tax import RoundAt, TaxRate, TaxZone
from till.runtime.validation import Body, LenientBody, ascii_email

Name = Annotated[str, StringConstraints(min_length=1, max_length=255, strip_whitespace=True)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")]
Id = Annotated[str, StringConstraints(pattern=ID.pattern)]
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
Origin = Annotated[str, StringConstraints(pattern=r"^https?://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?$")]
# `{cart_id}` in it stands for which cart.
Url = Annotated[
    str,
    StringConstraints(pattern=r"^(https?://([^\s\x00-\x1f\"<>\\^`{|}]|\{cart_id\})+)?$", max_length=2048),
    AfterValidator(lambda url: url.rstrip("/")),
]
Colour = Annotated[str, StringConstraints(pattern=r"^(#[0-9a-fA-F]{6})?$")]
HttpsUrl = Annotated[str, StringConstraints(pattern=r"^(https://[^\s\x00-\x20\x7f\"'<>()\\^`{|}]+)?$", max_length=2048)]
Key = Annotated[str, StringConstraints(max_length=255, strip_whitespace=True)]
ServiceUrl = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,14}(\.[0-9]{1,4})?$")]
CartExpiryDays = Annotated[StrictInt, Field(ge=1, le=365)]
ExchangeRate = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}(\.[0-9]{1,8})?$")]
LONGEST_TEMPLATE = 20_000
MailAddress = Annotated[str, StringConstraints(max_length=320)]
Times = Annotated[StrictInt, Field(ge=0, le=1_000_000)]
Grams = Annotated[StrictInt, Field(ge=0, le=1_000_000_000)]


def _as_origin(value: object) -> object:
    """As browsers write an origin: in lower case, without a slash at the end or the port that goes without saying."""
    if not isinstance(value, str):
        return value
    origin = value.strip().lower().rstrip("/")
    return origin.removesuffix({"https": ":443", "http": ":80"}.get(origin.partition(":")[0], ""))


class CorsBody(LenientBody):
    """The origin of a storefront."""

    domain: Annotated[Origin, BeforeValidator(_as_origin)]


class PageBody(Body):
    """How the checkout page looks. Blank is the page's own."""

    accent: Colour = ""
    background: Colour = ""
    logo_url: HttpsUrl = ""
    terms_url: HttpsUrl = ""
    privacy_url: HttpsUrl = ""


class MailBody(Body):
    """What is mailed, and by whom. Nothing is while `sender` is blank; a blank text is Till's own."""

    sender: MailAddress = ""
    reply_to: MailAddress = ""
    notify: MailAddress = ""
    subject: Annotated[str, StringConstraints(max_length=200)] = ""
    text: Annotated[str, StringConstraints(max_length=LONGEST_TEMPLATE)] = ""
    html: Annotated[str, StringConstraints(max_length=LONGEST_TEMPLATE)] = ""

    @field_validator("sender", "reply_to", "notify")
    @classmethod
    def _as_ses_takes_it(cls, text: str, info: ValidationInfo) -> str:
        return ascii_email(text, f"settings.mail.{info.field_name}") if text else ""


class SettingsBody(Body):
    """Members of the settings to set; the rest stay."""

    inventory_check: StrictBool = True
    phone_required: StrictBool = False
    company_required: StrictBool = False
    prices_include_tax: StrictBool = False
    tax_shipping: StrictBool = False
    rounding: Rounding = Rounding.HALF_UP
    round_at: RoundAt = RoundAt.LINE
    capture_mode: CaptureMode = CaptureMode.ASYNC
    allowed_origins: Annotated[tuple[Origin, ...], Field(max_length=MOST_ORIGINS)] = ()
    checkout_url: Url = ""
    parked_minutes: Annotated[StrictInt, Field(ge=1, le=1440)] = 15
    most_discount_codes: Annotated[StrictInt, Field(ge=1, le=20)] = 1
    capture_before_expiry: StrictBool = False
    cart_expiry_days: CartExpiryDays = 7
    custom_discounts_enabled: StrictBool = False
    shopper_prices: StrictBool = False
    checkout_status: Literal[200, 201] = 200
    exchange_rates: Annotated[dict[CurrencyCode, ExchangeRate], Field(max_length=200)] = Field(default_factory=dict)
    page: PageBody = Field(default_factory=PageBody)
    limits: Annotated[dict[Name, Times], Field(max_length=100)] = Field(default_factory=dict)
    low_stock: Annotated[StrictInt, Field(ge=0, le=1_000_000)] = 0

    mail: MailBody = Field(default_factory=MailBody)

    @field_serializer("page", "mail")
    def _chosen(self, chosen: PageBody | MailBody) -> dict[str, str]:
        """Only what was chosen is kept."""
        return chosen.model_dump(exclude_defaults=True)


class NewShopBody(Body):
    """A new shop."""

    identifier: Identifier
    name: Name
    currency: CurrencyCode
    country: Country
    locale: Locale = "en"
    settings: SettingsBody = Field(default_factory=SettingsBody)

    def shop(self, now: int) -> Shop:
        """As the domain has it."""
        settings = Settings(**self.settings.model_dump())
        return Shop(self.identifier, self.name, self.currency, self.country, self.locale, settings, created_at=now)


class ShopBody(Body):
    """Members of a shop to set; the rest stay. A shop keeps its identifier."""

    name: Name = ""
    currency: CurrencyCode = ""
    country: Country = ""
    locale: Locale = ""
    settings: SettingsBody = Field(default_factory=SettingsBody)

    def changes(self) -> dict[str, Any]:
        """Only what was sent."""
        return self.model_dump(exclude_unset=True)


class RegionBody(Body):
    """A country, or "*" for every other one, and perhaps only some of its provinces."""

    country: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}|\*)$")]
    provinces: Annotated[tuple[Annotated[str, StringConstraints(max_length=10)], ...], Field(max_length=200)] = ()


Regions = Annotated[tuple[RegionBody, ...], Field(min_length=1, max_length=250)]


class TierBody(Body):
    """`up_to` in grams, or as a decimal string in the shop's currency; null is without limit."""

    up_to: Grams | Amount | None
    amount: Amount


class ShippingRateBody(Body):
    """Flat rates have an `amount`, the others `tiers`."""

    code: Id
    description: Name
    kind: RateKind = RateKind.FLAT
    amount: Amount | None = None
    tiers: Annotated[tuple[TierBody, ...], Field(max_length=50)] = ()
    free_over: Amount | None = None

    def rate(self, currency: str, field: str) -> ShippingRate:
        """As the domain has it. Raises `Invalid`."""
        is_flat = self.kind is RateKind.FLAT
        if is_flat != (self.amount is not None) or is_flat == bool(self.tiers):
            message = "A flat rate has an amount and no tiers; the others have tiers and no amount."
            raise Invalid(message, f"{field}.{'amount' if is_flat else 'tiers'}")
        tiers = tuple(self._tier(tier, currency, f"{field}.tiers.{i}") for i, tier in enumerate(self.tiers))
        limits = [tier.up_to for tier in tiers]
        known = [limit for limit in limits if limit is not None]
        if None in limits[:-1] or sorted(set(known)) != known:
            raise Invalid("Tiers rise, and only the last has no limit.", f"{field}.tiers")
        return ShippingRate(
            code=self.code,
            description=self.description,
            kind=self.kind,
            amount=from_decimal(self.amount or "0", currency, f"{field}.amount"),
            tiers=tiers,
            free_over=None if self.free_over is None else from_decimal(self.free_over, currency, f"{field}.free_over"),
        )

    def _tier(self, tier: TierBody, currency: str, field: str) -> Tier:
        amount = from_decimal(tier.amount, currency, f"{field}.amount")
        if tier.up_to is None:
            return Tier(None, amount)
        if isinstance(tier.up_to, str) is not (self.kind is RateKind.VALUE):
            raise Invalid("Weights are whole grams, values are decimal strings.", f"{field}.up_to")
        if isinstance(tier.up_to, str):
            return Tier(from_decimal(tier.up_to, currency, f"{field}.up_to"), amount)
        return Tier(tier.up_to, amount)


class ShippingZoneBody(Body):
    """Where, and the rates offered there."""

    name: Name
    regions: Regions
    rates: Annotated[tuple[ShippingRateBody, ...], Field(max_length=50)]

    def zone(self, zone_id: str, currency: str) -> ShippingZone:
        """As the domain has it. Raises `Invalid`."""
        rates = tuple(rate.rate(currency, f"rates.{i}") for i, rate in enumerate(self.rates))
        codes = [rate.code for rate in rates]
        for i, code in enumerate(codes):
            if code in codes[:i]:
                raise Invalid("Two rates have the same code.", f"rates.{i}.code")
        return ShippingZone(zone_id, self.name, _regions(self.regions), rates)


class TaxRateBody(Body):
    """`rate` in percent with up to four decimals: "10.75"."""

    name: Name
    rate: Annotated[str, StringConstraints(max_length=10)]
    compound: StrictBool = False

    def tax_rate(self, field: str) -> TaxRate:
        """As the domain has it. Raises `Invalid`."""
        return TaxRate(self.name, millionths(self.rate, field), self.compound)


class TaxZoneBody(Body):
    """Where, and the rates there. `included` and `tax_shipping` null: as the shop's settings say."""

    name: Name
    regions: Regions
    rates: Annotated[tuple[TaxRateBody, ...], Field(max_length=20)]
    included: StrictBool | None = None
    tax_shipping: StrictBool | None = None

    def zone(self, zone_id: str) -> TaxZone:
        """As the domain has it. Raises `Invalid`."""
        rates = tuple(rate.tax_rate(f"rates.{i}.rate") for i, rate in enumerate(self.rates))
        return TaxZone(zone_id, self.name, _regions(self.regions), rates, self.included, self.tax_shipping)


class GatewayBody(Body):
    """A payment gateway; its keys where it is Stripe. Secrets that are not sent stay as they are."""

    kind: Literal["sandbox", "gift_card", "manual", "stripe"]
    name: Name
    public_key: Key | None = None
    secret_key: Key | None = None
    webhook_secret: Key | None = None

    def gateway(self, gateway_id: str) -> Gateway:
        """As the domain has it. Raises `Invalid`."""
        if self.kind != STRIPE and (self.public_key or self.secrets()):
            raise Invalid("Only gateways of the kind stripe have keys.", "kind")
        public_key = self.public_key or ""
        tests = self.kind == SANDBOX or is_test(public_key)
        return Gateway(gateway_id, self.kind, self.name, tests, public_key)

    def secrets(self) -> dict[GatewaySecret, str]:
        """Those that were sent."""
        sent = {GatewaySecret.SECRET_KEY: self.secret_key, GatewaySecret.WEBHOOK_SECRET: self.webhook_secret}
        return {kind: value for kind, value in sent.items() if value}


class ReceiverBody(Body):
    """Who knows the taxes, or is told of orders. `rotate_secret` gives it another secret."""

    url: ServiceUrl
    rotate_secret: StrictBool = False


class PluginBody(Body):
    """A plugin. `inventory_url` says of every order what is in stock; `rotate_secret` gives it another secret."""

    name: Name
    url: ServiceUrl
    events: Annotated[tuple[Literal["app_hook"], ...], Field(max_length=1)] = (APP_HOOK,)
    inventory_url: ServiceUrl | None = None
    rotate_secret: StrictBool = False

    def plugin(self, plugin_id: str) -> Plugin:
        """As the domain has it, before it has a secret."""
        return Plugin(plugin_id, self.name, self.url, self.events, 0, self.inventory_url or "")


class TokenBody(Body):
    """A new token; without `shop` it is good for all shops."""

    name: Name
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=20)]
    shop: Identifier | None = None


class ClientBody(Body):
    """A new client."""

    name: Name


def _regions(bodies: tuple[RegionBody, ...]) -> tuple[Region, ...]:
    return tuple(Region(body.country, body.provinces) for body in bodies)
