"""What the bodies of this dialect have in common: names in snake_case, as its documents have them, or in camelCase, as
its public client sends some."""

from __future__ import annotations

from typing import Annotated

from pydantic import AliasChoices, AliasGenerator, BeforeValidator, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel

from till.runtime.validation import LenientBody

# What clients send in the place of a cart that they do not have yet.
NO_CART = ("", "0")


def _cart_id(value: object) -> object:
    """Text; "" for no cart."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return "" if text is None or text in NO_CART else text


CartId = Annotated[
    str,
    BeforeValidator(_cart_id, json_schema_input_type=str | int | None),
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{0,255}$"),
]


def _names(name: str) -> AliasChoices:
    return AliasChoices(name, to_camel(name))


class DiddoBody(LenientBody):
    """The base of this dialect's request models."""

    model_config = ConfigDict(alias_generator=AliasGenerator(validation_alias=_names))
