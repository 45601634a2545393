"""Bodies of init and resume. What a backend says of prices and titles is passed over: the catalogue decides."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StringConstraints

from bold.addresses.models import AddressBody
from bold.customers.models import email
from bold.metadata.models import Map, MetaDataBody
from till.application.checkout import NewOrder
from till.application.line_items import WantedItem
from till.domain.address import MAX_LENGTH, SavedAddress
from till.domain.basket import Customer
from till.domain.errors import Invalid
from till.domain.notes import NO_NOTES
from till.runtime import wiring
from till.runtime.validation import LenientBody, Nothing, TextOrNumber, parse

Id = Annotated[str, StringConstraints(max_length=255)]
Text = Annotated[str, StringConstraints(max_length=2000)]
PlatformId = Annotated[TextOrNumber, StringConstraints(max_length=255)]
MOST_SAVED_ADDRESSES = 250


class CartItem(LenientBody):
    """One of `platform_id` or `sku` names the variant."""

    platform_id: PlatformId | None = None
    sku: Id | None = None
    quantity: StrictInt
    line_item_key: Id | None = None
    line_item_properties: dict[Id, Id] | None = None

    def item(self, index: int) -> WantedItem:
        """What is wanted. Raises `Invalid` where no variant is named."""
        if not self.platform_id and not self.sku:
            raise Invalid("A line item names its product by platform_id or sku.", f"cart_items.{index}.platform_id")
        key = self.line_item_key or wiring.new_id()
        return WantedItem(key, self.platform_id or "", self.sku or "", self.quantity, self.line_item_properties or {})


class SavedAddressBody(AddressBody):
    """An address that the merchant keeps for the customer: shown as it is, checked when it is chosen."""

    model_config = ConfigDict(str_max_length=MAX_LENGTH)

    id: PlatformId | None = None


class InitCustomer(LenientBody):
    """The customer that the merchant's backend knows; some back ends name it by `public_id`."""

    platform_id: PlatformId | None = None
    public_id: PlatformId | None = None
    email_address: str
    first_name: Id = ""
    last_name: Id = ""
    accepts_marketing: StrictBool | None = None
    saved_addresses: Annotated[list[SavedAddressBody] | None, Field(max_length=MOST_SAVED_ADDRESSES)] = None

    def customer(self) -> Customer:
        """As the order keeps them. Raises `Invalid` for an address that is none."""
        saved = [SavedAddress(**one.model_dump() | {"id": one.id or ""}) for one in self.saved_addresses or ()]
        return Customer(
            id=wiring.new_id(),
            email=email(self.email_address),
            first_name=self.first_name,
            last_name=self.last_name,
            accepts_marketing=bool(self.accepts_marketing),
            platform_id=self.platform_id or self.public_id or "",
            is_guest=False,
            saved_addresses=tuple(saved),
        )


class InitBody(LenientBody):
    """Every member is optional; `cart_id` takes over the basket of a cart of any dialect, `keep_cart` makes one."""

    cart_items: list[CartItem] | None = None
    cart_id: Id | None = None
    keep_cart: StrictBool = False
    customer: Annotated[
        InitCustomer | None,
        BeforeValidator(
            lambda value: None if value == [] else value, json_schema_input_type=InitCustomer | None | Nothing
        ),
    ] = None
    order_meta_data: MetaDataBody | None = None
    resumable_link: Text | None = None
    flow_id: Id | None = None

    def new_order(self) -> NewOrder:
        """What is to be made."""
        items = [item.item(index) for index, item in enumerate(self.cart_items or [])]
        return NewOrder(
            items=tuple(items),
            cart_id=self.cart_id or "",
            customer=self.customer.customer() if self.customer else None,
            notes=self.order_meta_data.as_notes().check("order_meta_data") if self.order_meta_data else NO_NOTES,
            resumable_link=self.resumable_link or "",
            flow_id=self.flow_id or "",
            keep_cart=self.keep_cart,
        )


class AppHookBody(LenientBody):
    """What happened, for which plugin. The data is the storefront's own, and handed on as it is."""

    uuid: Id
    hook: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    app_hook_data: Map = Field(default_factory=dict)


class ResumeBody(LenientBody):
    """Which order."""

    public_order_id: Id


def new_order(body: object) -> NewOrder:
    """What a body of init asks for. Raises `Invalid`, naming the field."""
    return parse(InitBody, body).new_order()


def known_customer(body: object) -> Customer:
    """The customer in the body of an authenticated one. Raises `Invalid`, naming the field."""
    return parse(InitCustomer, body).customer()


def order_to_resume(body: object) -> str:
    """The public id in a body of resume. Raises `Invalid`, naming the field."""
    return parse(ResumeBody, body).public_order_id
