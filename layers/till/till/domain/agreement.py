"""What was agreed at checkout, where an order is made first and paid later: in whole or in parts, by who owes it."""

from __future__ import annotations

from dataclasses import dataclass

from till.domain.address import Address


@dataclass(frozen=True, slots=True)
class ShippingGroup:
    """Lines that are sent together, and what that costs: `amount` is all of it, and its parts are as they were told
    (minor units; `discount` is what is off). `lines` are keys of lines.

    `starts_on` and `ends_on` say when it is to arrive, as the client wrote it. Unix seconds.
    """

    id: str
    shipping_type: str = ""
    amount: int = 0
    lines: tuple[str, ...] = ()
    address: Address | None = None
    tracking_reference: str = ""
    starts_on: str = ""
    ends_on: str = ""
    created_at: int = 0
    updated_at: int = 0
    base: int = 0
    tax: int = 0
    fees: int = 0
    discount: int = 0
    includes_tax: bool = True


@dataclass(frozen=True, slots=True)
class Agreement:
    """An order with an agreement keeps its lines and prices, does not expire, and waits until it is paid or cancelled.

    It may be paid in parts, and its money is taken only when that is asked for. `order_number` and `external_ref` are
    the merchant's own, and need not be unique. `cart_id` is the cart that it was made of, `account_id` and `member_id`
    are ULIDs where an account bought. Unix seconds.
    """

    at: int
    updated_at: int
    cart_id: str = ""
    order_number: str = ""
    external_ref: str = ""
    account_id: str = ""
    member_id: str = ""
    shipping_groups: tuple[ShippingGroup, ...] = ()
