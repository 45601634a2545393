"""Bodies of this dialect: `{"data": {...}}`, and what is wrong with one in its own words.

Wire format: `source` names the field with all above it ("data.price.amount"), `detail` says what it must be.
"""

from __future__ import annotations

from dataclasses import replace

from pydantic import BaseModel

from till.domain.errors import Invalid, Problem
from till.runtime.validation import parse


def parse_data[M: BaseModel](model: type[M], body: object, kinds: frozenset[str] = frozenset()) -> M:
    """The body as its model. Raises `Invalid` with one problem per field. `kinds` are the types of a mixed list."""
    try:
        return parse(model, body)
    except Invalid as invalid:
        alone = isinstance(body, dict) and not isinstance(body.get("data"), list)
        raise Invalid.of([_said(problem, kinds, alone) for problem in invalid.problems]) from None


def _said(problem: Problem, kinds: frozenset[str], alone: bool) -> Problem:
    """Of a list with one thing that was sent without a list, the field is the thing's."""
    field = ".".join(part for part in problem.field.split(".") if part not in kinds)
    if alone and kinds:
        field = field.replace("data.0", "data", 1)
    if problem.code.startswith("union_tag"):
        return Problem("format", "The type is not one of this request's.", f"{field}.type")
    if problem.code == "missing":
        return replace(problem, field=field, message=f"{field.rpartition('.')[2]} is required")
    return replace(problem, field=field, message=problem.message.replace("Input should be", "Must be"))
