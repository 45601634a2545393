"""Writes docs/openapi/bold.yaml, the whole Bold dialect for people and tools, and the table in docs/dialects/bold.md.

Usage: bold_openapi.py [--check]     --check writes nothing and exits 1 when a file is stale.

Routes, their order and the models of their bodies come from the code; what they answer is written down beside this
file, in bold_openapi.yaml, so that no function has to load it. The tests hold every answer against the document.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from scripts.event import EVENTS
from scripts.openapi import ROOT, api_functions
from till.application.idempotency import KEY
from till.runtime.app import Kind, Route

TARGET = ROOT / "docs" / "openapi" / "bold.yaml"
ANSWERS = Path(__file__).with_suffix(".yaml")
GUIDE = ROOT / "docs" / "dialects" / "bold.md"
# In the guide, all between these is written here.
TABLE = re.compile(r"(?<=<!-- endpoints -->\n).*(?=<!-- end of endpoints -->)", re.DOTALL)
SOURCES = {
    "client": "confirmed from the client",
    "other": "confirmed from another client",
    "documented": "documented",
    "inferred": "inferred",
}
JSON = "application/json"

REFUSALS = {
    401: ("Unauthenticated", "No token, an expired one, or another order's.", "Errors"),
    403: ("Forbidden", "The merchant's token is not good for this shop.", "Errors"),
    404: ("NotFound", "There is no such shop or order.", "Errors"),
    422: ("Refused", "Each error names its field; `is_processed` says that the order is placed.", "Errors"),
    429: ("TooManyRequests", "Sent by API Gateway.", "GatewayErrors"),
    503: ("Busy", "Nothing was done; the same request may succeed in a moment.", "Errors"),
    530: ("OrderLocked", "The order is being processed or changed; nothing was done.", "Errors"),
}
RETRY = {"Retry-After": {"required": True, "description": "Seconds.", "schema": {"type": "integer"}}}
REPLAYED = {
    "Idempotent-Replayed": {"description": "This was answered before, to the same key.", "schema": {"const": "true"}}
}
KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same request with the same key has one effect, and gets the first answer again for 24 hours.",
    "schema": {"type": "string", "pattern": f"^{KEY.pattern}$"},
}

type Json = dict[str, Any]


@dataclass(frozen=True)
class Described:
    """A route of the dialect and what is written down of it."""

    route: Route
    group: str
    answer: Json

    @property
    def id(self) -> str:
        """In snake case, as the route's event is named."""
        return re.sub(r"\W+", "_", self.route.summary.lower())

    @property
    def example(self) -> Any:
        """The body of the route's event, with the names of the shop that the tests have."""
        event = json.loads((EVENTS / "bold" / self.group / f"{self.id}.json").read_text("utf-8"))
        return json.loads(Template(event["body"]).safe_substitute(gateway="sandbox-1", variant="66"))

    @property
    def model(self) -> type[BaseModel] | None:
        """Of the body that it takes."""
        if not self.route.takes:
            return None
        model: type[BaseModel] = getattr(importlib.import_module(f"bold.{self.group}.models"), self.route.takes)
        return model


def described() -> Iterator[Described]:
    """Every route of the dialect. Raises KeyError for one of which nothing is written down."""
    written = yaml.safe_load(ANSWERS.read_text())
    answers = written["operations"] | written["beside"]
    for module in sorted(api_functions().values()):
        if module.startswith("bold."):
            for route in importlib.import_module(module).app.routes:
                if route.summary not in answers:
                    raise KeyError(f"{route.method} {route.path}: say in {ANSWERS.name} what {route.summary!r} answers")
                yield Described(route, module.split(".")[1], answers[route.summary])


def document() -> Json:
    """The whole of it, OpenAPI 3.1."""
    routes = list(described())
    taken, bodies = _models(routes)
    paths: Json = {}
    for one in sorted(routes, key=lambda one: one.route.path):
        paths.setdefault(one.route.path, {})[one.route.method.lower()] = _operation(one, taken)
    written = yaml.safe_load(ANSWERS.read_text())
    answers = {name: _closed(members) for name, members in written["objects"].items()}
    answers |= {name: _schema(value) for name, value in written["schemas"].items()}
    if both := answers.keys() & bodies.keys():
        raise ValueError(f"both a body and an answer: {', '.join(both)}")
    bearer = {"type": "http", "scheme": "bearer"}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Till: the Bold dialect",
            "version": "1.0.0",
            "description": "Bold's Checkout Frontend API 2.0 as Till speaks it. Money is integer minor units.",
        },
        "servers": [{"url": "{api}", "variables": {"api": {"default": "https://checkout.example/v1"}}}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "session": bearer | {"description": "The `jwt_token` of Initialize Order, good for one order."},
                "merchant": bearer | {"description": "A token of the merchant's back end."},
            },
            "responses": {name: _refusal(status, *rest) for status, (name, *rest) in REFUSALS.items()},
            "schemas": answers | bodies,
        },
    }


class _Untitled(GenerateJsonSchema):
    """Without titles, which would only repeat the names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return not schema


def _models(routes: list[Described]) -> tuple[dict[type[BaseModel], Json], Json]:
    """What refers to the schema of each model that is taken, and all schemas."""
    models = sorted({one.model for one in routes if one.model}, key=lambda model: model.__module__ + model.__name__)
    taken, defined = models_json_schema(
        [(model, "validation") for model in models],
        ref_template="#/components/schemas/{model}",
        schema_generator=_Untitled,
    )
    return {model: taken[model, "validation"] for model in models}, defined["$defs"]


def _operation(one: Described, taken: dict[type[BaseModel], Json]) -> Json:
    route, answer = one.route, one.answer
    of_session = "{order}" in route.path
    operation: Json = {"operationId": one.id, "summary": route.summary, "tags": [one.group]}
    if answer.get("deprecated"):
        operation["deprecated"] = True
    if security := answer.get("security", "session" if of_session else "merchant"):
        operation["security"] = [{security: []}]
    operation["parameters"] = list(_parameters(one))
    if one.model:
        body = {"required": any(field.is_required() for field in one.model.model_fields.values())}
        operation["requestBody"] = body | {"content": {JSON: {"schema": taken[one.model], "example": one.example}}}
    statuses = {401, 404, 422, 429, 503} | (set() if of_session else {403})
    if route.kind in (Kind.CHANGE, Kind.WORKFLOW):
        statuses |= {530}
    other = {
        str(status): _response("Not done yet." if status == 202 else "Refused, in part or in whole.", _schema(name))
        for status, name in answer.get("or", {}).items()
    }
    refusals = {
        str(status): _page(said) if "html" in answer and status != 429 else {"$ref": f"#/components/responses/{name}"}
        for status, (name, said, _) in REFUSALS.items()
        if status in statuses and str(status) not in other
    }
    responses = {"200": _good(one)} | other | refusals
    return operation | {"responses": responses}


def _parameters(one: Described) -> Iterator[Json]:
    text = {"type": "string"}
    for name in re.findall(r"{(\w+)}", one.route.path):
        yield {"name": name, "in": "path", "required": True, "schema": text}
    for name, schema in one.answer.get("query", {}).items():
        required = {"required": True} if name.endswith("!") else {}
        yield {"name": name.rstrip("!"), "in": "query", **required, "schema": _schema(schema)}
    if one.route.kind is not Kind.READ:
        yield KEY_PARAMETER


def _good(one: Described) -> Json:
    answer = one.answer
    if "html" in answer:
        return _page(answer["html"])
    if "answer" in answer:
        body = _schema(answer["answer"])
    elif "bare" in answer:
        body = _closed({"data": answer["bare"]})
    else:
        body = _closed({"data": {"object": answer["data"] | {"application_state": "ApplicationState"}}})
    return _response("Done.", body, {} if one.route.kind is Kind.READ else REPLAYED)


def _page(description: str) -> Json:
    return {"description": description, "content": {"text/html": {"schema": {"type": "string"}}}}


def _response(description: str, schema: Json, headers: Json | None = None) -> Json:
    return {
        "description": description,
        **({"headers": headers} if headers else {}),
        "content": {JSON: {"schema": schema}},
    }


def _refusal(status: int, description: str, schema: str) -> Json:
    return _response(description, _schema(schema), RETRY if status in (503, 530) else None)


def _closed(members: Json) -> Json:
    """An object of these members and no others."""
    return {
        "type": "object",
        "properties": {name.rstrip("?"): _schema(value) for name, value in members.items()},
        "required": [name for name in members if not name.endswith("?")],
        "additionalProperties": False,
    }


def _schema(value: Any) -> Json:
    """A schema as it is written down, in full."""
    if isinstance(value, str):
        return {"$ref": f"#/components/schemas/{value}"}
    if "object" in value:
        return _closed(value["object"])
    full = dict(value)
    for name in full.keys() & {"items", "additionalProperties"}:
        full[name] = _schema(full[name])
    if "anyOf" in full:
        full["anyOf"] = [_schema(one) for one in full["anyOf"]]
    return full


def text() -> str:
    """The document as it is written."""
    dumper = type("Dumper", (yaml.SafeDumper,), {"ignore_aliases": lambda *_: True})
    body: str = yaml.dump(document(), Dumper=dumper, sort_keys=False, width=1000, allow_unicode=True)
    return f"# Written by `make openapi` from the routes and models of the code. Do not edit.\n{body}"


def guide() -> str:
    """The guide with its tables of endpoints, those of the documents first."""
    by_summary = {one.route.summary: one for one in described()}
    written = yaml.safe_load(ANSWERS.read_text())
    tables = "".join(
        f"\n### {title}\n| | Endpoint | Method and path | Source |\n|---|---|---|---|\n"
        + "".join(
            f"| {number} | {one.route.summary} | {_shown(one.route)} | {SOURCES[one.answer['source']]} |\n"
            for number, one in enumerate((by_summary[name] for name in written[part] if name in by_summary), 1)
        )
        for title, part in (("Of the documents", "operations"), ("Beside them", "beside"))
    )
    return TABLE.sub(lambda _: f"{tables}\n", GUIDE.read_text("utf-8"))


def _shown(route: Route) -> str:
    return f"`{route.method} {route.path.removeprefix('/checkout/storefront/{shop}/{order}')}`"


def main() -> int:
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # the functions make their clients when imported
    written = {TARGET: text(), GUIDE: guide()}
    stale = [file for file, content in written.items() if not file.exists() or file.read_text("utf-8") != content]
    if stale and "--check" in sys.argv[1:]:
        names = ", ".join(str(file.relative_to(ROOT)) for file in stale)
        print(f"stale: {names}: run `make openapi`", file=sys.stderr)
        return 1
    for file in stale:
        file.write_text(written[file], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
