"""The tables of template.yaml, made on an emulator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TEMPLATE = Path(__file__).parents[2] / "template.yaml"
_CREATED_WITH = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's own tags as if they were nothing."""


_Loader.add_multi_constructor("!", lambda loader, _suffix, _node: None)


def create_table(client: DynamoDBClient, logical_id: str, name: str) -> str:
    """Makes the table with the keys and indexes that the template gives it."""
    template: Any = yaml.load(_TEMPLATE.read_text(), _Loader)  # noqa: S506  # a safe loader that knows more tags
    properties = template["Resources"][logical_id]["Properties"]
    client.create_table(TableName=name, **{k: properties[k] for k in _CREATED_WITH if k in properties})
    return name
