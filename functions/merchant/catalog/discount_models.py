"""Requests about discount codes and promotions: money is decimal strings, a share decimal percent, a time seconds."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StrictInt, StringConstraints

from merchant.catalog.models import Amount, Name, Required
from merchant.percent import millionths
from till.domain.basket import LARGEST_QUANTITY
from till.domain.currency import currency
from till.domain.discount import Discount, DiscountKind
from till.domain.errors import Invalid
from till.domain.money import from_decimal
from till.runtime.validation import Body

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

_LAST_SECOND = 253_402_300_799  # of the year 9999
_MOST_USES = 1_000_000_000

Time = Annotated[StrictInt, Field(ge=0, le=_LAST_SECOND)]
Uses = Annotated[StrictInt, Field(ge=1, le=_MOST_USES)]
Names = Annotated[tuple[Required, ...], Field(max_length=250)]


class Conditions(Body):
    """Under which conditions something is given. `currency` is that of all that is money in it, the shop's unless
    given."""

    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    text: Name = ""
    products: Names = ()
    collections: Names = ()
    minimum_value: Amount | None = None
    minimum_quantity: Annotated[StrictInt, Field(ge=0, le=LARGEST_QUANTITY)] = 0
    starts_at: Time | None = None
    ends_at: Time | None = None

    def conditions(self, money: str) -> dict[str, Any]:
        """The members of a discount that they are, in that currency. Raises `Invalid`."""
        if self.ends_at is not None and self.ends_at <= (self.starts_at or 0):
            raise Invalid("It ends after it starts.", "ends_at")
        return {
            "currency": money,
            "text": self.text,
            "products": self.products,
            "collections": self.collections,
            "minimum_value": from_decimal(self.minimum_value, money, "minimum_value") if self.minimum_value else 0,
            "minimum_quantity": self.minimum_quantity,
            "starts_at": self.starts_at or 0,
            "ends_at": self.ends_at or 0,
        }

    def money(self, shop_currency: str, amount: str | None = None) -> str:
        """The currency of what is money in it; empty where nothing is."""
        if amount is None and self.minimum_value is None:
            if self.currency is not None:
                raise Invalid("Only an amount or a minimum value has a currency.", "currency")
            return ""
        return currency(self.currency or shop_currency).code


class DiscountBody(Conditions):
    """A code as a whole. A percentage has `percent`, a fixed discount `amount`, free shipping neither."""

    kind: Literal[DiscountKind.PERCENTAGE, DiscountKind.FIXED, DiscountKind.FREE_SHIPPING]
    percent: Annotated[str, StringConstraints(max_length=10)] | None = None
    amount: Amount | None = None
    most_uses: Uses | None = None
    most_uses_per_customer: Uses | None = None
    combines: StrictBool = False

    def discount(self, discount_id: str, code: str, shop_currency: str) -> Discount:
        """As the domain has it. Raises `Invalid`."""
        money = self.money(shop_currency, self.amount)
        return Discount(
            id=discount_id,
            code=code,
            kind=self.kind,
            value=self._value(money),
            **self.conditions(money),
            most_uses=self.most_uses or 0,
            most_uses_per_customer=self.most_uses_per_customer or 0,
            combines=self.combines,
        )

    def _value(self, money: str) -> int:
        wanted = {DiscountKind.PERCENTAGE: "percent", DiscountKind.FIXED: "amount"}.get(self.kind)
        for name in ("percent", "amount"):
            given = getattr(self, name) is not None
            if given is not (name == wanted):
                raise Invalid(f"A discount of the kind {self.kind} has {'no' if given else 'a'} {name}.", name)
        if wanted is None:
            return 0
        value = from_decimal(self.amount, money, "amount") if self.amount else millionths(self.percent or "", "percent")
        if value == 0:
            raise Invalid("A discount takes something off.", wanted)
        return value


class PromotionBody(Conditions):
    """An automatic promotion as a whole: `gift_quantity` units of the variant with the SKU `gift_sku`."""

    gift_sku: Required
    gift_quantity: Annotated[StrictInt, Field(ge=1, le=LARGEST_QUANTITY)] = 1

    def promotion(self, promotion_id: str, gift_variant_id: str, shop_currency: str) -> Discount:
        """As the domain has it. Raises `Invalid`."""
        return Discount(
            id=promotion_id,
            code="",
            kind=DiscountKind.GIFT,
            **self.conditions(self.money(shop_currency)),
            gift_variant_id=gift_variant_id,
            gift_quantity=self.gift_quantity,
        )
