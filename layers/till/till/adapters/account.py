"""What AWS says of the account and of the stack in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from till.adapters.aws import client
from till.application.doctor import Alarm, SecretAge, UnreadableError

_UNCONFIRMED = "PendingConfirmation"
# CloudFormation's names are STACK-RESOURCE-SUFFIX: behind `till-` those of the stack `till-prod` have a hyphen more.
_OF_TEMPLATE = re.compile("[0-9A-Za-z]+-[0-9A-Za-z]+")


class AwsAccount:
    """The ports `Account` and `Keys` (docs/decisions/0012)."""

    def __init__(self, stack: str) -> None:
        self._stack = stack

    def at_once(self) -> tuple[int, int]:
        with _readable():
            found = client("lambda").get_account_settings()["AccountLimit"]
            return found["ConcurrentExecutions"], found["UnreservedConcurrentExecutions"]

    def requests(self) -> tuple[float, int]:
        with _readable():
            found = client("apigateway").get_account()["throttleSettings"]
            return found["rateLimit"], found["burstLimit"]

    def secret(self, name: str) -> SecretAge:
        with _readable():
            found = client("secretsmanager").describe_secret(SecretId=name)
            versions = {stage: one for one, stages in found["VersionIdsToStages"].items() for stage in stages}
            changed_at = int(found["LastChangedDate"].timestamp())
            return SecretAge(changed_at, "AWSPREVIOUS" in versions, versions.get("AWSCURRENT", ""))

    def rotate(self, name: str, value: str, version: str) -> None:
        """`version` has 32 to 64 characters, and is made once."""
        manager = client("secretsmanager")
        with suppress(manager.exceptions.ResourceExistsException):
            manager.put_secret_value(SecretId=name, SecretString=value, ClientRequestToken=version)

    def sends_as(self, sender: str) -> bool:
        with _readable():
            return any(map(_is_verified, (sender, sender.rpartition("@")[2])))

    def alarms(self) -> Sequence[Alarm]:
        with _readable():
            prefix = f"{self._stack}-"
            pages = client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
            found = [alarm for page in pages for alarm in page["MetricAlarms"]]
            return [
                Alarm(one["AlarmName"], one["StateValue"], tuple(one["AlarmActions"]))
                for one in found
                if _OF_TEMPLATE.fullmatch(one["AlarmName"].removeprefix(prefix))
            ]

    def listeners(self, topic: str) -> tuple[int, int]:
        with _readable():
            pages = client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
            states = [one["SubscriptionArn"] == _UNCONFIRMED for page in pages for one in page["Subscriptions"]]
            return states.count(False), states.count(True)


def _is_verified(identity: str) -> bool:
    mail = client("sesv2")
    try:
        return mail.get_email_identity(EmailIdentity=identity)["VerifiedForSendingStatus"]
    except mail.exceptions.NotFoundException:
        return False


@contextmanager
def _readable() -> Iterator[None]:
    """What AWS does not tell, or does not tell this function."""
    try:
        yield
    except ClientError as error:
        raise UnreadableError(_said(error.response["Error"])) from error
    except (BotoCoreError, KeyError) as error:
        raise UnreadableError(type(error).__name__) from error


def _said(error: Any) -> str:
    return f"AWS says {error.get('Code') or 'no'}"
