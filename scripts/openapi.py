"""Writes openapi/api.yaml, which the template includes, from the routes of the code.

Usage: openapi.py [--check]     --check writes nothing and exits 1 when the file is stale.

The functions are those of the template that API Gateway may call; the module of each has an `app` with `routes`
(each with `method`, `path`, `summary`). OPTIONS of every path goes to the preflight function.
"""

import importlib
import os
import re
import sys
from pathlib import Path
from typing import Any

import yaml
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # it ships no types

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "openapi" / "api.yaml"
PREFLIGHT = "PreflightFunction"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

# What the gateway answers by itself: JSON, readable by a storefront of any origin (no credentials, no secrets).
AS_IT_SAYS = '{"errors":[{"code":"$context.error.responseType","message":$context.error.messageString}]}'
GATEWAY_RESPONSES: dict[str, tuple[int | None, str]] = {
    "DEFAULT_4XX": (None, AS_IT_SAYS),
    "DEFAULT_5XX": (None, AS_IT_SAYS),
    # The gateway's name for a path or method that does not exist.
    "MISSING_AUTHENTICATION_TOKEN": (404, '{"errors":[{"code":"NOT_FOUND","message":"There is no such route"}]}'),
}


def integration(function: str) -> dict[str, Any]:
    uri = (
        "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
        f"${{{function}.Arn}}/invocations"
    )
    return {"type": "aws_proxy", "httpMethod": "POST", "uri": {"Fn::Sub": uri}}


def operation(path: str, summary: str, function: str) -> dict[str, Any]:
    names = re.findall(r"{(\w+)\+?}", path)
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    return {
        "summary": summary,
        **({"parameters": parameters} if parameters else {}),
        "responses": {"200": {"description": "Answered"}},
        "x-amazon-apigateway-integration": integration(function),
    }


def gateway_response(status: int | None, body: str) -> dict[str, Any]:
    return {
        **({"statusCode": status} if status else {}),
        "responseParameters": {
            "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
            "gatewayresponse.header.Cache-Control": "'no-store'",
        },
        "responseTemplates": {"application/json": body},
    }


def api_functions() -> dict[str, str]:
    """Logical id -> module of every function with a permission for API Gateway, but preflight."""
    resources = yaml_parse((ROOT / "template.yaml").read_text())["Resources"]
    callable_ids = [
        resource["Properties"]["FunctionName"]["Ref"]
        for resource in resources.values()
        if resource["Type"] == "AWS::Lambda::Permission"
        and resource["Properties"]["Principal"] == "apigateway.amazonaws.com"
    ]
    return {
        logical_id: resources[logical_id]["Properties"]["Handler"].removesuffix(".handler")
        for logical_id in callable_ids
        if logical_id != PREFLIGHT
    }


def routes() -> dict[str, dict[str, tuple[str, str]]]:
    """path -> method -> (summary, logical id of the function). Raises ValueError for a route with two owners."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for logical_id, module in api_functions().items():
        for route in importlib.import_module(module).app.routes:
            if route.method not in METHODS:
                raise ValueError(f"{logical_id}: {route.method} {route.path}: unknown method")
            for path in route.paths:
                methods = found.setdefault(path, {})
                if route.method in methods:
                    raise ValueError(f"{route.method} {path}: both {methods[route.method][1]} and {logical_id}")
                methods[route.method] = (route.summary, logical_id)
    return found


def document() -> str:
    paths: dict[str, Any] = {}
    for path, methods in sorted(routes().items()):
        paths[path] = {method.lower(): operation(path, *methods[method]) for method in METHODS if method in methods}
        paths[path]["options"] = operation(path, "CORS preflight", PREFLIGHT)
    api = {
        "openapi": "3.0.1",
        "info": {"title": "Till", "version": "1.0.0"},
        "x-amazon-apigateway-gateway-responses": {
            name: gateway_response(*answer) for name, answer in GATEWAY_RESPONSES.items()
        },
        "paths": paths,
    }
    dumper = type("Dumper", (yaml.SafeDumper,), {"ignore_aliases": lambda *_: True})
    text: str = yaml.dump(api, Dumper=dumper, sort_keys=False, width=1000)
    return f"# Written by `make openapi` from the routes of the code. Do not edit.\n{text}"


def main() -> int:
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # the functions make their clients when imported
    text = document()
    if TARGET.exists() and TARGET.read_text() == text:
        return 0
    if "--check" in sys.argv[1:]:
        print(f"{TARGET.relative_to(ROOT)} is stale: run `make openapi`", file=sys.stderr)
        return 1
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
