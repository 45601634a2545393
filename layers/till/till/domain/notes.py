"""What a storefront attaches to an order: free maps, a note and tags. Nothing to Till, so it bounds them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from till.domain.errors import Invalid

MOST_KEYS = 50
MOST_TAGS = 100
LONGEST_KEY = 255
LONGEST_TAG = 255
LONGEST_VALUE = 2000
LARGEST = 8 * 1024


@dataclass(frozen=True, slots=True)
class Notes:
    """The values of the maps are any JSON."""

    cart_parameters: Mapping[str, object] = field(default_factory=dict)
    note_attributes: Mapping[str, object] = field(default_factory=dict)
    notes: str = ""
    tags: tuple[str, ...] = ()

    def with_more(
        self,
        cart_parameters: Mapping[str, object],
        note_attributes: Mapping[str, object],
        notes: str | None,
        tags: Iterable[str],
    ) -> Notes:
        """Maps merged by key, the note replaced unless None, tags added that are not there yet: twice is once."""
        return replace(
            self,
            cart_parameters={**self.cart_parameters, **cart_parameters},
            note_attributes={**self.note_attributes, **note_attributes},
            notes=self.notes if notes is None else notes,
            tags=(*self.tags, *(tag for tag in tags if tag not in self.tags)),
        )

    def check(self, within: str = "") -> Notes:
        """These notes. Raises `Invalid`, naming the field (which the request has `within` another), beyond a limit."""
        prefix = f"{within}." if within else ""
        _check_map(self.cart_parameters, f"{prefix}cart_parameters")
        _check_map(self.note_attributes, f"{prefix}note_attributes")
        if len(self.notes) > LONGEST_VALUE:
            raise Invalid(f"A note has at most {LONGEST_VALUE} characters.", f"{prefix}notes")
        if len(self.tags) > MOST_TAGS:
            raise Invalid(f"An order has at most {MOST_TAGS} tags.", f"{prefix}tags")
        if any(len(tag) > LONGEST_TAG for tag in self.tags):
            raise Invalid(f"A tag has at most {LONGEST_TAG} characters.", f"{prefix}tags")
        everything = (self.cart_parameters, self.note_attributes, self.notes, self.tags)
        if len(_json(everything).encode()) > LARGEST:
            raise Invalid(f"The metadata of an order is at most {LARGEST // 1024} kB.", within or "order_meta_data")
        return self


NO_NOTES = Notes()


def _check_map(values: Mapping[str, object], field: str) -> None:
    if len(values) > MOST_KEYS:
        raise Invalid(f"There are at most {MOST_KEYS} keys.", field)
    for key, value in values.items():
        if len(key) > LONGEST_KEY:
            raise Invalid(f"A key has at most {LONGEST_KEY} characters.", field)
        if len(_json(value)) > LONGEST_VALUE:
            raise Invalid(f"A value has at most {LONGEST_VALUE} characters of JSON.", f"{field}.{key}")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
