"""Writes docs/events: a JSON Schema of every type of event, and the table of them all.

Usage: event_schemas.py [--check]     --check writes nothing and exits 1 when a file is stale.

All of it comes from `till.domain.event_types`.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from till.domain.event_types import EVENT_TYPES, EventType, Kind

FOLDER = Path(__file__).parent.parent / "docs" / "events"
README = FOLDER / "README.md"
# In the guide, all between these is written here.
TABLE = re.compile(r"(?<=<!-- types -->\n).*(?=<!-- end of types -->)", re.DOTALL)

type Json = dict[str, Any]

TEXT: Json = {"type": "string"}
SOME_TEXT: Json = {"type": "string", "minLength": 1}
INTEGER: Json = {"type": "integer"}
WHOLE: Json = {"type": "integer", "minimum": 0}
KINDS: dict[Kind, Json] = {
    Kind.ID: SOME_TEXT,
    Kind.TEXT: TEXT,
    Kind.NUMBER: {"type": "integer", "minimum": 1},
    Kind.MINOR: WHOLE,
    Kind.AMOUNT: {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"},
    Kind.CURRENCY: {"type": "string", "pattern": "^[A-Z]{3}$"},
    Kind.UNITS: INTEGER,
    Kind.COUNT: WHOLE,
    Kind.STATUS: WHOLE,
    Kind.PUSH: {"enum": ["pending"]},
    Kind.CHARGE: {"enum": ["pending", "captured", "failed", "voided"]},
}


def schema(name: str) -> Json:
    """What EventBridge shows as `detail` of an event of this type, JSON Schema 2020-12. Raises KeyError for no type."""
    known = EVENT_TYPES[name]
    order: Json = {"order_id": SOME_TEXT, "sequence": {"type": "integer", "minimum": 1}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        "description": known.told,
        **_object(
            {
                "id": SOME_TEXT,
                "type": {"const": name},
                "shop": SOME_TEXT,
                **(order if known.of_order else {"order_id": {"const": ""}, "sequence": {"const": 0}}),
                "occurred_at": {"type": "integer", "description": "Unix seconds."},
                "detail": _detail(known),
            }
        ),
    }


def _detail(known: EventType) -> Json:
    kinds = {**known.detail, **known.optional}
    return _object({field: {"description": kind, **KINDS[kind]} for field, kind in kinds.items()}, known.optional)


def _object(properties: Json, optional: Any = ()) -> Json:
    required = [field for field in properties if field not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def table() -> str:
    """A row for each type."""
    rows = (f"| [`{name}`]({name}.json) | {known.told} | {_fields(known)} |\n" for name, known in EVENT_TYPES.items())
    return f"| type | told when | `detail` |\n|---|---|---|\n{''.join(rows)}"


def _fields(known: EventType) -> str:
    needed = [f"`{field}`" for field in known.detail]
    return ", ".join(needed + [f"`{field}` (may be absent)" for field in known.optional])


def main() -> int:
    written = {FOLDER / f"{name}.json": f"{json.dumps(schema(name), indent=2)}\n" for name in EVENT_TYPES}
    written[README] = TABLE.sub(lambda _: table(), README.read_text("utf-8"))
    gone = [file for file in FOLDER.glob("*.json") if file not in written]
    stale = [file for file, content in written.items() if not file.exists() or file.read_text("utf-8") != content]
    if (stale or gone) and "--check" in sys.argv[1:]:
        names = ", ".join(file.name for file in stale + gone)
        print(f"stale: docs/events/{names}: run `make openapi`", file=sys.stderr)
        return 1
    for file in gone:
        file.unlink()
    for file in stale:
        file.write_text(written[file], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
