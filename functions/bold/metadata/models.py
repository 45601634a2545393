"""The body of metadata. Nothing is required: null and what is left out mean the same."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from till.domain.notes import Notes
from till.runtime.validation import LenientBody, Nothing

# What is empty may come as `[]`.
Map = Annotated[
    dict[str, Any],
    BeforeValidator(lambda value: {} if value == [] else value, json_schema_input_type=dict[str, Any] | Nothing),
]


class MetaDataBody(LenientBody):
    """Two free maps, a note, tags."""

    cart_parameters: Map | None = None
    note_attributes: Map | None = None
    notes: str | None = None
    tags: list[str] | None = None

    def as_notes(self) -> Notes:
        """In the place of what there was: what is not given is empty."""
        return Notes(self.cart_parameters or {}, self.note_attributes or {}, self.notes or "", tuple(self.tags or ()))

    def added_to(self, notes: Notes) -> Notes:
        """To what there was: what is not given stays."""
        return notes.with_more(self.cart_parameters or {}, self.note_attributes or {}, self.notes, self.tags or ())
