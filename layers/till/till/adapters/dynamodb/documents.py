"""Domain values as stored documents: JSON, compressed, one format byte in front. Defaults are left out."""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
import zlib
from collections.abc import Callable
from enum import Enum
from typing import Any

from till.domain.errors import Invalid

# The first byte says how the rest is to be read, so that the format can change under stored documents.
_ZLIB_JSON = b"\x01"
LARGEST_DOCUMENT = 300_000


def pack(value: object, field: str = "order", largest: int = LARGEST_DOCUMENT) -> bytes:
    """A document of at most so many bytes. Raises `Invalid`, naming the field, for a larger one."""
    text = json.dumps(value, default=_members, separators=(",", ":"), ensure_ascii=False)
    packed = _ZLIB_JSON + zlib.compress(text.encode("utf-8", "surrogatepass"), 1)
    if len(packed) > largest:
        raise Invalid("This is more than can be stored with one order.", field)
    return packed


def unpack[T](kind: type[T], packed: bytes) -> T:
    """The value that `pack` made a document of."""
    if packed[:1] != _ZLIB_JSON:
        raise ValueError(f"a document of unknown format {packed[:1]!r}")
    value: T = _decoder(typing.cast(Any, kind))(
        json.loads(zlib.decompress(packed[1:]).decode("utf-8", "surrogatepass"))
    )
    return value


def _members(value: Any) -> dict[str, object]:
    return {
        name: member
        for name, default in _defaults(typing.cast(Any, type(value)))
        if (member := getattr(value, name)) != default
    }


@functools.cache
def _defaults(kind: Any) -> tuple[tuple[str, object], ...]:
    return tuple(
        (field.name, {} if field.default_factory is dict else field.default) for field in dataclasses.fields(kind)
    )


@functools.cache
def _decoder(kind: Any) -> Callable[[Any], Any]:
    if dataclasses.is_dataclass(kind):
        return _dataclass_decoder(typing.cast(type, kind))
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple and arguments[-1] is Ellipsis:
        item = _decoder(arguments[0])
        return lambda values: tuple(map(item, values))
    if origin is tuple:
        items = [_decoder(argument) for argument in arguments]
        return lambda values: tuple(item(value) for item, value in zip(items, values, strict=True))
    if origin in (types.UnionType, typing.Union):
        (some,) = (_decoder(argument) for argument in arguments if argument is not types.NoneType)
        return lambda value: None if value is None else some(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    return lambda value: value


def _dataclass_decoder(kind: type) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(kind)
    members = {field.name: _decoder(hints[field.name]) for field in dataclasses.fields(kind)}
    # Members that a later release added are passed over, so that a roll-back can read what was written.
    return lambda values: kind(**{name: members[name](value) for name, value in values.items() if name in members})
