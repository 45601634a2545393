"""The tables of template.yaml, made on an emulator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from samtranslator.yaml_helper import yaml_parse

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TEMPLATE = Path(__file__).parents[2] / "template.yaml"
_CREATED_WITH = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")


def create_table(client: DynamoDBClient, logical_id: str, name: str) -> str:
    """Makes the table with the keys and indexes that the template gives it."""
    template: Any = yaml_parse(_TEMPLATE.read_text())
    properties = template["Resources"][logical_id]["Properties"]
    client.create_table(TableName=name, **{k: properties[k] for k in _CREATED_WITH if k in properties})
    return name
