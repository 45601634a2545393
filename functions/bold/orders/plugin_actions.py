"""What a plugin answers, and what it does to an order. Strict: a misspelled member must not become no fee.

Wire format: ADD_FEE, ADD_NOTE and OVERRIDE_INVENTORY after Bold's example plugin, which sends `taxable` as text; the
members of the others are ours (docs/plugins.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints

from bold.metadata.models import MetaDataBody
from till.application import plugin_actions
from till.domain.discount import Discount, DiscountKind, DiscountSource
from till.domain.errors import Invalid
from till.domain.fee import Fee, FeeKind
from till.domain.money import LARGEST_AMOUNT
from till.domain.order import Order
from till.domain.plugin import InventoryOverride, Plugin
from till.runtime.validation import Body

MOST_ACTIONS = 50
# 1 % is 10,000 millionths.
_MILLIONTHS_PER_PERCENT = 4

Id = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Flag = Annotated[StrictBool, BeforeValidator(lambda value: {"true": True, "false": False}.get(str(value), value))]
Number = Annotated[float, Field(strict=True, ge=0, le=LARGEST_AMOUNT, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Acting:
    """Whose actions they are. `check` raises `Invalid` for a URL that is never called."""

    plugin: Plugin
    check: Callable[[str, str], None]


class FeeData(Body):
    """`value` in minor units, or in percent of the goods after discounts. With a line's key the fee is the line's."""

    id: Id
    line_text: Id
    fee_type: Literal["fixed", "percentage"]
    value: Number
    taxable: Flag = False
    line_item_key: Id | None = None
    is_amendment: Literal[False] = False


class AddFee(Body):
    """A fee, in the place of the plugin's own of the same id."""

    type: Literal["ADD_FEE"]
    data: FeeData

    def on(self, order: Order, acting: Acting) -> Order:
        data, kind = self.data, FeeKind(self.data.fee_type)
        value = _whole(data.value) if kind is FeeKind.FIXED else _millionths(data.value)
        key = data.line_item_key or ""
        fee = Fee(data.id, acting.plugin.id, data.line_text, kind, value, data.taxable, key)
        return plugin_actions.add_fee(order, fee)


class IdData(Body):
    """Which of the plugin's own."""

    id: Id


class RemoveFee(Body):
    """The plugin's fee taken off, if it is there."""

    type: Literal["REMOVE_FEE"]
    data: IdData

    def on(self, order: Order, acting: Acting) -> Order:
        return plugin_actions.remove_fee(order, acting.plugin.id, self.data.id)


class DiscountData(Body):
    """`value` in minor units or percent; without `products` (the merchant's ids) it is off the whole order."""

    id: Id
    line_text: Id
    discount_type: Literal["fixed", "percentage", "free_shipping"]
    value: Number = 0
    products: Annotated[tuple[Id, ...], Field(max_length=100)] = ()


class AddDiscount(Body):
    """A discount, in the place of the plugin's own of the same id."""

    type: Literal["ADD_DISCOUNT"]
    data: DiscountData

    def on(self, order: Order, acting: Acting) -> Order:
        data, kind = self.data, DiscountKind(self.data.discount_type)
        discount = Discount(
            id=plugin_actions.discount_id(acting.plugin.id, data.id),
            code=data.id,
            kind=kind,
            value=_millionths(data.value) if kind is DiscountKind.PERCENTAGE else _whole(data.value),
            currency=order.basket.currency if kind is DiscountKind.FIXED else "",
            text=data.line_text,
            products=data.products,
            source=DiscountSource.PLUGIN,
        )
        return plugin_actions.add_discount(order, discount)


class RemoveDiscount(Body):
    """The plugin's discount taken off, if it is there."""

    type: Literal["REMOVE_DISCOUNT"]
    data: IdData

    def on(self, order: Order, acting: Acting) -> Order:
        return plugin_actions.remove_discount(order, plugin_actions.discount_id(acting.plugin.id, self.data.id))


class NoteData(Body):
    """One line."""

    note: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class AddNote(Body):
    """A further line of the order's note."""

    type: Literal["ADD_NOTE"]
    data: NoteData

    def on(self, order: Order, _: Acting) -> Order:
        return plugin_actions.add_note(order, self.data.note)


class MetaData(MetaDataBody):
    """As a storefront appends it, and nothing else."""

    model_config = ConfigDict(extra="forbid")


class SetMetadata(Body):
    """Metadata added to what there is: maps are merged by key, the note is replaced."""

    type: Literal["SET_METADATA"]
    data: MetaData

    def on(self, order: Order, _: Acting) -> Order:
        return replace(order, notes=self.data.added_to(order.notes).check())


class UrlData(Body):
    """On the host that the plugin is registered with."""

    url: Id


class OverrideInventory(Body):
    """From now on that URL says what of the order is in stock."""

    type: Literal["OVERRIDE_INVENTORY"]
    data: UrlData

    def on(self, order: Order, acting: Acting) -> Order:
        acting.check(self.data.url, "url")
        if not acting.plugin.is_at_home(self.data.url):
            raise Invalid("The URL is not on the host that the plugin is registered with.", "url")
        return replace(order, inventory_override=InventoryOverride(acting.plugin.id, self.data.url))


type Action = AddFee | RemoveFee | AddDiscount | RemoveDiscount | AddNote | SetMetadata | OverrideInventory


class PluginAnswer(Body):
    """`success` false is a no, whatever else is said."""

    success: Literal[True]
    actions: Annotated[tuple[Annotated[Action, Field(discriminator="type")], ...], Field(max_length=MOST_ACTIONS)] = ()

    def on(self, order: Order, acting: Acting) -> Order:
        """The order after all of them. Raises `Invalid` where one of them cannot be done."""
        for action in self.actions:
            order = action.on(order, acting)
        return order


def _whole(value: float) -> int:
    if not value.is_integer():
        raise Invalid("An amount is a whole number of minor units.", "value")
    return int(value)


def _millionths(percent: float) -> int:
    millionths = Decimal(repr(percent)).scaleb(_MILLIONTHS_PER_PERCENT)
    if percent > 100 or millionths != millionths.to_integral_value():
        raise Invalid("A percentage is from 0 to 100, with at most four decimals.", "value")
    return int(millionths)
