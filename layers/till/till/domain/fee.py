"""Fees that a merchant's plugin puts on an order, or on one line of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FeeKind(StrEnum):
    """An amount, or a share of what the goods cost after discounts."""

    FIXED = "fixed"
    PERCENTAGE = "percentage"


@dataclass(frozen=True, slots=True)
class Fee:
    """`value` is minor units for FIXED and millionths for PERCENTAGE. `line_key` is empty for a fee of the order's.

    `id` is the plugin's own; `plugin_id` says whose.
    """

    id: str
    plugin_id: str
    text: str
    kind: FeeKind
    value: int
    taxable: bool = False
    line_key: str = ""
