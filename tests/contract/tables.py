"""The tables of template.yaml, made on an emulator."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # it ships no types

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TEMPLATE = Path(__file__).parents[2] / "template.yaml"
_CREATED_WITH = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")


# Each session reads AWS's description of DynamoDB anew. Moto plays AWS only for one that is made after it was begun.
@functools.cache
def _session() -> boto3.Session:
    return boto3.Session(region_name="us-east-1")


def new_client(**options: Any) -> DynamoDBClient:
    """A client of its own, with hooks of its own."""
    client: DynamoDBClient = _session().client("dynamodb", **options)
    return client


@functools.cache
def _template() -> Any:
    return yaml_parse(_TEMPLATE.read_text())


def create_table(client: DynamoDBClient, logical_id: str, name: str) -> str:
    """Makes the table with the keys and indexes that the template gives it."""
    properties = _template()["Resources"][logical_id]["Properties"]
    client.create_table(TableName=name, **{k: properties[k] for k in _CREATED_WITH if k in properties})
    return name
