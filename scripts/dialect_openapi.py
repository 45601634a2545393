"""Writes docs/openapi/{dialect}.yaml, each dialect for people and tools, and the table in docs/dialects/{dialect}.md.

Usage: dialect_openapi.py [--check]     --check writes nothing and exits 1 when a file is stale.

Routes, their order and the models of their bodies come from the code; what they answer, and what is the dialect's own
in the document, is written down beside this file, in {dialect}_openapi.yaml, so that no function has to load it. The
tests hold every answer against the document.
"""

from __future__ import annotations

import functools
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
from urllib.parse import parse_qsl

import yaml
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from scripts.event import EVENTS
from scripts.openapi import ROOT, api_functions
from till.application.idempotency import KEY
from till.runtime.app import Kind, Route

ANSWERS = "_openapi.yaml"
# In a guide, all between these is written here.
TABLE = re.compile(r"(?<=<!-- endpoints -->\n).*(?=<!-- end of endpoints -->)", re.DOTALL)
JSON, FORM = "application/json", "application/x-www-form-urlencoded"

RETRY = {"description": "Seconds.", "schema": {"type": "integer"}}
REPLAYED = {
    "Idempotent-Replayed": {"description": "This was answered before, to the same key.", "schema": {"const": "true"}}
}
KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same request with the same key has one effect, and gets the first answer again for 24 hours.",
    "schema": {"type": "string", "pattern": f"^{KEY.pattern}$"},
}
# What other good answers mean; those that are none were refused.
OTHERS = {"201": "Done.", "202": "Not done yet.", "304": "Nothing is new since that ETag."}

type Json = dict[str, Any]


@dataclass(frozen=True)
class Dialect:
    """A folder of functions/ whose API has a document; `written` is what the file beside this one says of it."""

    name: str
    written: Json

    @property
    def target(self) -> Path:
        """Its document."""
        return ROOT / "docs" / "openapi" / f"{self.name}.yaml"

    @property
    def guide(self) -> Path:
        """What people read."""
        return ROOT / "docs" / str(self.written.get("guide", f"dialects/{self.name}.md"))

    @property
    def answers(self) -> Json:
        """What is written of each route, by its summary."""
        return {name: answer for part in self.written["parts"] for name, answer in self.written[part].items()}


@dataclass(frozen=True)
class Described:
    """A route of a dialect and what is written down of it."""

    dialect: Dialect
    route: Route
    group: str
    answer: Json

    @property
    def id(self) -> str:
        """In snake case, as the route's event is named."""
        return re.sub(r"\W+", "_", self.route.summary.lower())

    @property
    def is_head(self) -> bool:
        """No answer to it has a body."""
        return self.route.method == "HEAD"

    @property
    def media_type(self) -> str:
        """Of the body that it takes."""
        return FORM if "form" in self.answer else JSON

    @property
    def example(self) -> Any:
        """The body of the route's event, with the names of the shop that the tests have."""
        event = json.loads((EVENTS / self.dialect.name / self.group / f"{self.id}.json").read_text("utf-8"))
        body = Template(event["body"]).safe_substitute(self.dialect.written["names"])
        return dict(parse_qsl(body)) if self.media_type == FORM else json.loads(body)

    @property
    def model(self) -> type[BaseModel] | None:
        """Of the body that it takes."""
        if not self.route.takes:
            return None
        module, _, name = self.route.takes.rpartition(".")
        models = importlib.import_module(f"{self.dialect.name}.{self.group}.{module or 'models'}")
        model: type[BaseModel] = getattr(models, name)
        return model

    @property
    def token(self) -> str:
        """Whose token routes of this path take: of the first kind that is for it; "" where anybody may ask."""
        kinds = self.dialect.written["security"].items()
        return next((str(name) for name, kind in kinds if "path" in kind and kind["path"] in self.route.path), "")


@functools.cache
def dialects() -> tuple[Dialect, ...]:
    """All that have a document, each with what is written of it."""
    files = sorted(Path(__file__).parent.glob(f"*{ANSWERS}"))
    return tuple(Dialect(file.name.removesuffix(ANSWERS), yaml.safe_load(file.read_text())) for file in files)


def described(dialect: Dialect) -> Iterator[Described]:
    """Every route of the dialect. Raises KeyError for one of which nothing is written down."""
    answers = dialect.answers
    for module in sorted(api_functions().values()):
        if module.startswith(f"{dialect.name}."):
            for route in importlib.import_module(module).app.routes:
                if route.summary not in answers:
                    where = f"{dialect.name}{ANSWERS}"
                    raise KeyError(f"{route.method} {route.path}: say in {where} what {route.summary!r} answers")
                yield Described(dialect, route, module.split(".")[1], answers[route.summary])


def document(dialect: Dialect) -> Json:
    """The whole of it, OpenAPI 3.1."""
    routes, written = list(described(dialect)), dialect.written
    taken, bodies = _models(routes)
    paths: Json = {}
    for one in sorted(routes, key=lambda one: one.route.path):
        paths.setdefault(one.route.path, {})[one.route.method.lower()] = _operation(one, taken)
    answers = {name: _closed(members) for name, members in written["objects"].items()}
    answers |= {name: _schema(value) for name, value in written["schemas"].items()}
    if both := answers.keys() & bodies.keys():
        raise ValueError(f"both a body and an answer: {', '.join(both)}")
    return {
        "openapi": "3.1.0",
        "info": {"title": written["title"], "version": "1.0.0", "description": written["description"]},
        "servers": [{"url": "{api}", "variables": {"api": {"default": "https://checkout.example/v1"}}}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                name: {"type": "http", "scheme": kind.get("scheme", "bearer"), "description": kind["description"]}
                for name, kind in written["security"].items()
            },
            "responses": {refusal["name"]: _refusal(refusal) for refusal in written["refusals"].values()},
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
    return {model: taken[model, "validation"] for model in models}, defined.get("$defs", {})


def _operation(one: Described, taken: dict[type[BaseModel], Json]) -> Json:
    route, answer = one.route, one.answer
    operation: Json = {"operationId": one.id, "summary": route.summary, "tags": [one.group]}
    if answer.get("deprecated"):
        operation["deprecated"] = True
    if security := answer.get("security", one.token):
        guests = one.dialect.written.get("guests")
        operation["security"] = [{}, *({name: []} for name in guests)] if guests else [{security: []}]
    operation["parameters"] = list(_parameters(one))
    if one.model:
        body = {"required": any(field.is_required() for field in one.model.model_fields.values())}
        operation["requestBody"] = body | {"content": {JSON: {"schema": taken[one.model], "example": one.example}}}
    elif "form" in answer:
        form = {"schema": _closed(answer["form"]) | {"additionalProperties": True}, "example": one.example}
        operation["requestBody"] = {"required": True, "content": {FORM: form}}
    other = {
        status: _response(OTHERS.get(status, "Refused, in part or in whole."), _schema(name) if name else None)
        for status, name in ((str(status), name) for status, name in answer.get("or", {}).items())
    }
    refusals = {
        str(status): _refused(one, status, refusal)
        for status, refusal in one.dialect.written["refusals"].items()
        if _is_of(status, refusal, one) and str(status) not in other
    }
    return operation | {"responses": {str(answer.get("status", 200)): _good(one)} | other | refusals}


def _is_of(status: int, refusal: Json, one: Described) -> bool:
    """May the route be refused like this?"""
    if refusal.get("named") and status not in one.answer.get("refused", ()):
        return False
    return one.route.kind in refusal.get("kinds", Kind) and one.token in refusal.get("tokens", (one.token,))


def _refused(one: Described, status: int, refusal: Json) -> Json:
    if one.is_head:
        return {"description": refusal["description"]}
    if "html" in one.answer and status != 429:
        return _page(refusal["description"])
    return {"$ref": f"#/components/responses/{refusal['name']}"}


def _parameters(one: Described) -> Iterator[Json]:
    is_asked = one.answer.get("security", one.token) or not one.dialect.written["security"]
    text, written = {"type": "string"}, one.dialect.written if is_asked else {}
    for name in re.findall(r"{(\w+)}", one.route.path):
        yield {"name": name, "in": "path", "required": True, "schema": text}
    for name, schema in (written.get("query", {}) | one.answer.get("query", {})).items():
        required = {"required": True} if name.endswith("!") else {}
        yield {"name": name.rstrip("!"), "in": "query", **required, "schema": _schema(schema)}
    for name, description in (written.get("headers", {}) | one.answer.get("headers", {})).items():
        yield {"name": name, "in": "header", "description": description, "schema": text}
    if one.route.kind.keeps_keys:
        yield KEY_PARAMETER


def _good(one: Described) -> Json:
    answer = one.answer
    if "html" in answer:
        return _page(answer["html"])
    sent = one.dialect.written.get("sends", {}) | answer.get("sends", {})
    headers = {name: {"description": why, "schema": {"type": "string"}} for name, why in sent.items()}
    headers |= REPLAYED if one.route.kind.keeps_keys else {}
    if answer.get("status") == 204 or one.is_head:
        return _response("Done.", None, headers)
    if "images" in answer:
        return _response("Done.", None, headers) | {"content": {kind: {} for kind in answer["images"]}}
    if "answer" in answer:
        body = _schema(answer["answer"])
    elif "bare" in answer:
        body = _closed({"data": answer["bare"]})
    else:
        body = _closed({"data": {"object": answer["data"] | one.dialect.written["beside_data"]}})
    return _response("Done.", body, headers)


def _page(description: str) -> Json:
    return {"description": description, "content": {"text/html": {"schema": {"type": "string"}}}}


def _response(description: str, schema: Json | None, headers: Json | None = None) -> Json:
    return {
        "description": description,
        **({"headers": headers} if headers else {}),
        **({} if schema is None else {"content": {JSON: {"schema": schema}}}),
    }


def _refusal(refusal: Json) -> Json:
    required = {"required": True} if refusal.get("retry") == "always" else {}
    headers = {"Retry-After": required | RETRY} if "retry" in refusal else None
    return _response(refusal["description"], _schema(refusal["schema"]), headers)


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


def text(dialect: Dialect) -> str:
    """The document as it is written."""
    dumper = type("Dumper", (yaml.SafeDumper,), {"ignore_aliases": lambda *_: True})
    body: str = yaml.dump(document(dialect), Dumper=dumper, sort_keys=False, width=1000, allow_unicode=True)
    return f"# Written by `make openapi` from the routes and models of the code. Do not edit.\n{body}"


def guide(dialect: Dialect) -> str:
    """The guide with its tables of endpoints, in the order in which their answers are written down."""
    by_summary, written = {one.route.summary: one for one in described(dialect)}, dialect.written
    tables = "".join(
        f"\n### {title}\n| | Endpoint | Method and path | Source |\n|---|---|---|---|\n"
        + "".join(
            f"| {number} | {one.route.summary} | {_shown(one)} | {written['sources'][one.answer['source']]} |\n"
            for number, one in enumerate((by_summary[name] for name in written[part] if name in by_summary), 1)
        )
        for part, title in written["parts"].items()
        if written[part].keys() & by_summary.keys()
    )
    return TABLE.sub(lambda _: f"{tables}\n", dialect.guide.read_text("utf-8"))


def _shown(one: Described) -> str:
    return f"`{one.route.method} {one.route.path.removeprefix(one.dialect.written['prefix'])}`"


def main() -> int:
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # the functions make their clients when imported
    written = {
        file: content for one in dialects() for file, content in ((one.target, text(one)), (one.guide, guide(one)))
    }
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
