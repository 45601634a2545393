"""Conditional writes: they happen, or they say which condition did not hold. Contention is tried again.

A transaction without a ClientRequestToken gets one from the SDK: its retries after a lost answer have one effect.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from till.adapters.aws import BUSY_CODES
from till.domain.errors import Conflict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_RETRIES = 3
_BASE_SECONDS = 0.05


class ConditionFailed(Exception):
    """Nothing was written. `indexes` are the actions whose conditions do not hold.

    `items` are the items that stood in the way, by index, where the action asked for them
    (ReturnValuesOnConditionCheckFailure); a single write has the index 0.
    """

    def __init__(self, indexes: tuple[int, ...], items: Mapping[int, Mapping[str, Any]]) -> None:
        super().__init__(f"the conditions of the actions {indexes} do not hold")
        self.indexes = indexes
        self.items = items


def transact(client: DynamoDBClient, actions: Sequence[TransactWriteItemTypeDef], token: str = "") -> None:
    """Up to 100 actions at once or none. Raises as `write` does."""
    options: Any = {"ClientRequestToken": token} if token else {}
    write(lambda: client.transact_write_items(TransactItems=actions, **options))


def write[T](call: Callable[[], T]) -> T:
    """The answer of one write, tried again up to 3 times with full jitter while others write the same items.

    Raises `ConditionFailed`, or `Conflict` where the others go on.
    """
    for retry in range(_RETRIES + 1):
        if retry:
            time.sleep(random.uniform(0, _BASE_SECONDS * 2**retry))  # noqa: S311  # jitter needs no secrecy
        try:
            return call()
        except ClientError as error:
            codes, items = _reasons(error)
            if failed := tuple(i for i, code in enumerate(codes) if code.startswith("ConditionalCheckFailed")):
                raise ConditionFailed(failed, items) from None
            if not BUSY_CODES.intersection(codes):
                raise
    raise Conflict("Others are changing the same records. Try again in a moment.")


def _reasons(error: ClientError) -> tuple[list[str], dict[int, Mapping[str, Any]]]:
    """What became of each action, and the items that came back."""
    response: Any = error.response
    reasons = response.get("CancellationReasons") or [response["Error"] | {"Item": response.get("Item")}]
    codes = [reason.get("Code") or "None" for reason in reasons]
    return codes, {i: reason["Item"] for i, reason in enumerate(reasons) if reason.get("Item")}
