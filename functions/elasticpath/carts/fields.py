"""What the bodies about carts are made of. Amounts are whole minor units; an id is a UUID, or the ULID that it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StrictBool, StrictInt, StringConstraints

from till.domain.basket import LARGEST_QUANTITY
from till.domain.money import LARGEST_AMOUNT
from till.domain.tax import MILLION
from till.runtime.validation import LenientBody

MOST_AT_ONCE = 100
# Five for each item of the fullest cart.
MOST_ADJUSTMENTS = 500
# As JSON. However small it is stored, it is answered in full.
LARGEST_INPUTS = 10_000


def not_blank(text: str) -> str:
    """Raises for a name that nobody sees."""
    if not text.strip():
        raise ValueError("it is blank")
    return text


def listed(value: object) -> object:
    """One thing alone is a list of one."""
    return value if isinstance(value, list) else [value]


def date(text: str) -> str:
    """Raises for what is no date of ISO 8601; empty is none."""
    if text:
        moment_of(text)
    return text


def moment_of(text: str) -> datetime:
    """Without a zone it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def exact(rate: float) -> float:
    """A rate has six decimals at most."""
    if round(rate * MILLION) / MILLION != rate:
        raise ValueError("a rate has six decimals at most")
    return rate


def short(inputs: dict[str, Any]) -> dict[str, Any]:
    """Raises for so much that a full cart, and a list of orders, would be more than can be answered."""
    if len(json.dumps(inputs, ensure_ascii=False)) > LARGEST_INPUTS:
        raise ValueError(f"it has more than {LARGEST_INPUTS} characters")
    return inputs


Name = Annotated[str, StringConstraints(min_length=1, max_length=255), AfterValidator(not_blank)]
Text = Annotated[str, StringConstraints(max_length=2000)]
Label = Annotated[str, StringConstraints(max_length=255)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=255)]
CartId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,255}$")]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^([^@\s]+@[^@\s]+\.[^@\s.]+)?$")]
Date = Annotated[str, StringConstraints(max_length=40), AfterValidator(date)]
Quantity = Annotated[StrictInt, Field(ge=1, le=LARGEST_QUANTITY)]
NewQuantity = Annotated[StrictInt, Field(ge=0, le=LARGEST_QUANTITY)]
Amount = Annotated[StrictInt, Field(ge=0, le=LARGEST_AMOUNT)]
# What a product is to bear: text, or an object of texts.
CustomInputs = Annotated[dict[Id, Any], Field(max_length=50), AfterValidator(short)]


class AddOptions(LenientBody):
    """Is one that cannot be added reason to add none?"""

    add_all_or_nothing: StrictBool = False
