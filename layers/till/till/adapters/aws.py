"""One session for all clients of a function: a session of its own costs each client 5 ms and more."""

from __future__ import annotations

import functools
import os.path
from typing import TYPE_CHECKING, Any, Literal, overload

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.loaders import Loader

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

# A call that hangs must end well before its function does; the SDK retries throttles and dropped connections.
# Its check of each call's parameters is a seventh of a warm request, and finds what the type checker has found before.
_CONFIG = Config(
    connect_timeout=2,
    read_timeout=8,
    retries={"mode": "standard", "total_max_attempts": 3},
    parameter_validation=False,
)
# A function that is waited for does its work once: it is not called again beside itself when it takes its time. Whoever
# waits does so at most twice within one request.
LAMBDA_SECONDS = 12
_WAITING = _CONFIG.merge(Config(read_timeout=LAMBDA_SECONDS, retries={"mode": "standard", "total_max_attempts": 1}))

SERVICES = ("dynamodb", "events", "lambda", "secretsmanager", "sqs", "stepfunctions")
# Called by one function alone, for which the SDK's own data is good enough.
SELDOM = ("apigateway", "cloudwatch", "sesv2", "sns")
# Where the SDK looks before its own folder: what it reads of these, by scripts/sdk_data.py.
SDK_DATA = os.path.join(os.path.dirname(__file__), "sdk_data")  # noqa: PTH118, PTH120  # pathlib takes 3 ms to import

# What AWS says of a call that it did not make, and that may succeed in a moment.
BUSY_CODES = frozenset(
    {
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)


def is_busy(error: Exception) -> bool:
    """Is it AWS, out of reach, failing, or asking to be called again later?"""
    if isinstance(error, ClientError):
        failed = error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500
        return failed or error.response["Error"].get("Code") in BUSY_CODES
    return isinstance(error, HTTPClientError)


class _Models(Loader):
    """The SDK's descriptions of services, without a look into the folders of the hundreds that Till never calls."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002  # all of ours have all types
        return [*SERVICES, *SELDOM]


@functools.cache
def _session() -> botocore.session.Session:
    session = botocore.session.get_session()
    session.register_component("data_loader", _Models([SDK_DATA]))
    return session


@overload
def client(service: Literal["apigateway"]) -> APIGatewayClient: ...
@overload
def client(service: Literal["cloudwatch"]) -> CloudWatchClient: ...
@overload
def client(service: Literal["dynamodb"]) -> DynamoDBClient: ...
@overload
def client(service: Literal["events"]) -> EventBridgeClient: ...
@overload
def client(service: Literal["lambda"]) -> LambdaClient: ...
@overload
def client(service: Literal["secretsmanager"]) -> SecretsManagerClient: ...
@overload
def client(service: Literal["sesv2"]) -> SESV2Client: ...
@overload
def client(service: Literal["sns"]) -> SNSClient: ...
@overload
def client(service: Literal["sqs"]) -> SQSClient: ...
@overload
def client(service: Literal["stepfunctions"]) -> SFNClient: ...
def client(service: str) -> Any:
    """The process's one client of that service."""
    return _client(service)


@functools.cache
def _client(service: str) -> Any:
    return _session().create_client(service, config=_WAITING if service == "lambda" else _CONFIG)
