"""Bodies of checkouts and of changes of orders. What is wrong is said of all fields at once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from elasticpath.address_models import BillingAddressBody, Blank, Present, ShippingAddressBody, writable
from till.domain.address import Address
from till.runtime.validation import LenientBody

MOST_ORDERS = 100

# The merchant's own, as it is; the documents bound only the second.
Reference = Annotated[
    str,
    StringConstraints(max_length=64),
    BeforeValidator(lambda value: "" if value is None else value, json_schema_input_type=str | None),
    AfterValidator(writable),
]


def _email(value: str) -> str:
    # Loaded here: only the routes that take an address pay for the library.
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError:
        raise PydanticCustomError("format", "Does not match format 'email'") from None


Email = Annotated[Present, AfterValidator(_email)]


class ContactBody(LenientBody):
    """Who buys for an account."""

    name: Present
    email: Email


class CustomerBody(LenientBody):
    """A customer by id, or a guest by name and email."""

    id: Blank = ""
    name: Blank = Field(default="", validate_default=True)
    email: Blank = Field(default="", validate_default=True)

    @field_validator("name", "email")
    @classmethod
    def _of_guest(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("id", " "):
            return value
        if not value.strip():
            raise PydanticCustomError("missing", "is required")
        return _email(value) if info.field_name == "email" else value


class AccountBody(LenientBody):
    """The account that buys, and which of its members."""

    id: Present
    member_id: Blank = ""


class CheckoutData(LenientBody):
    """Either a `customer`, or a `contact` of an account."""

    order_number: Reference = ""
    external_ref: Reference = ""
    account: AccountBody | None = None
    contact: ContactBody | None = None
    customer: CustomerBody | None = Field(None, validate_default=True)
    billing_address: BillingAddressBody
    shipping_address: ShippingAddressBody | None = None

    @field_validator("customer")
    @classmethod
    def _somebody(cls, value: CustomerBody | None, info: ValidationInfo) -> CustomerBody | None:
        by_account = [name for name in ("account", "contact") if info.data.get(name, True) is not None]
        if value is None and not by_account:
            raise PydanticCustomError("missing", "is required")
        if value is None and by_account == ["account"]:
            raise PydanticCustomError("missing", "A contact is required")
        if value is not None and by_account:
            raise PydanticCustomError("format", "An order is a customer's, or an account's")
        return value


class CheckoutBody(LenientBody):
    """A checkout."""

    data: CheckoutData


class OrderData(LenientBody):
    """What changes of an order. Addresses are those of a checkout."""

    order_number: Reference | None = None
    external_ref: Reference | None = None
    shipping_address: ShippingAddressBody | None = None
    status: Literal["cancelled"] | None = None
    shipping: Literal["fulfilled"] | None = None

    def address(self) -> Address | None:
        """Where it is to go from now on."""
        return self.shipping_address.address() if self.shipping_address else None


class OrderBody(LenientBody):
    """A change of an order."""

    data: OrderData


class AnonymizeData(LenientBody):
    """Orders by id."""

    order_ids: Annotated[list[Annotated[str, StringConstraints(max_length=64)]], Field(min_length=1, max_length=25)]


class AnonymizeBody(LenientBody):
    """Orders that nobody's name is to be in any more."""

    data: AnonymizeData
