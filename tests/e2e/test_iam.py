"""What functions may do on the deployed stack is tried, not read: each call that is listed, and those that are not."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from scripts.checkout_client import Stack
from tests.e2e.deployment import Begin, Sell, aws, eventually, submitted
from tests.proof import Guarantee, Proof, proves

LISTED = json.loads((Path(__file__).parents[1] / "template" / "permissions.json").read_text())
# The embedded AWS does not know which stream these are about; it reads the streams by itself.
NOT_TRIED = {
    (verb, f"{table}/{streams}")
    for table in ("OrdersTable", "StockTable")
    for verb, streams in (
        ("DescribeStream", "stream"),
        ("GetRecords", "stream"),
        ("GetShardIterator", "stream"),
        ("ListStreams", "stream/*"),
    )
}
# Whose conditions about keys the embedded AWS takes as met: there, it allows the same verb on the whole table.
KEYED = {"CatalogTable SHOP#*#WEBHOOKS": "CatalogTable"}
# Nobody watches the stage local.
NOT_TRIED |= {
    ("cloudwatch:DescribeAlarms", "arn:AWS::Partition}:cloudwatch:AWS::Region}:AWS::AccountId}:alarm:*"),
    ("sns:ListSubscriptionsByTopic", "Alarms"),
}

# The embedded AWS allows it to everybody.
NOT_TRIED |= {("lambda:GetAccountSettings", "*")}

MACHINES = ("OrderStateMachine", "FulfilmentStateMachine")

# A service, a method of its client, and what it is asked for.
type Call = tuple[str, str, dict[str, Any]]
# By action and resource, as permissions.json names them.
type Calls = dict[tuple[str, str], Call]


@pytest.fixture(scope="module")
def deployed(stack: Stack) -> dict[str, str]:
    """Names of what is deployed, by logical id."""
    pages = aws(stack, "cloudformation").get_paginator("list_stack_resources").paginate(StackName="till")
    found = (one for page in pages for one in page["StackResourceSummaries"])
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}


@pytest.fixture(scope="module")
def calls(stack: Stack, deployed: dict[str, str], sell: Sell, begin: Begin) -> Iterator[Calls]:
    """Whether they are allowed or not, they leave nothing behind."""
    gateway = f"till/gateways/{uuid.uuid4()}"
    assert submitted(begin(sell(), pay_with="tok_approve")).status_code == 200  # both workflows have begun once
    begun = {machine: _one_that_begun(stack, deployed[machine]) for machine in MACHINES}
    yield _of_tables(deployed) | _of_secrets(gateway) | _of_others(deployed) | _of_machines(begun)
    aws(stack, "secretsmanager").delete_secret(SecretId=gateway, ForceDeleteWithoutRecovery=True)


def _one_that_begun(stack: Stack, machine: str) -> dict[str, str]:
    """What would begin it: no name is used twice."""
    workflows = aws(stack, "stepfunctions")
    runs = eventually(lambda: workflows.list_executions(stateMachineArn=machine, maxResults=1)["executions"], bool)
    return {"stateMachineArn": machine, "name": runs[0]["name"]}


def _of_tables(deployed: dict[str, str]) -> Calls:
    key = {"pk": {"S": "nothing"}, "sk": {"S": "nothing"}}
    if_there = {"ConditionExpression": "attribute_exists(pk)"}
    found: Calls = {}
    there: dict[str, Any]
    for logical in ("OrdersTable", "CatalogTable", "StockTable", "IdempotencyTable", "SandboxLedgerTable"):
        table = {"TableName": deployed[logical]}
        there = table | {"Key": key}
        found |= {
            ("GetItem", logical): ("dynamodb", "get_item", there),
            ("BatchGetItem", logical): (
                "dynamodb",
                "batch_get_item",
                {"RequestItems": {deployed[logical]: {"Keys": [key]}}},
            ),
            ("Query", logical): ("dynamodb", "query", table | _nothing("pk")),
            ("Scan", logical): ("dynamodb", "scan", table | {"Limit": 1}),
            ("PutItem", logical): ("dynamodb", "put_item", table | {"Item": key} | if_there),
            ("UpdateItem", logical): ("dynamodb", "update_item", there | if_there | {"UpdateExpression": "REMOVE no"}),
            ("DeleteItem", logical): ("dynamodb", "delete_item", there | if_there),
            ("ConditionCheckItem", logical): (
                "dynamodb",
                "transact_write_items",
                {"TransactItems": [{"ConditionCheck": there | if_there}]},
            ),
        }
    for logical, index, attribute in (
        ("OrdersTable", "by_time", "gsi1pk"),
        ("OrdersTable", "by_person", "who"),
        ("OrdersTable", "due", "duepk"),
        ("StockTable", "due", "duepk"),
    ):
        of_index = {"TableName": deployed[logical], "IndexName": index} | _nothing(attribute)
        found["Query", f"{logical}/index/{index}"] = ("dynamodb", "query", of_index)
    endpoints = {"pk": {"S": "SHOP#e2e#WEBHOOKS"}, "sk": {"S": "nothing"}}
    table = {"TableName": deployed["CatalogTable"]} | if_there
    for resource in KEYED:
        found["PutItem", resource] = ("dynamodb", "put_item", table | {"Item": endpoints})
        found["DeleteItem", resource] = ("dynamodb", "delete_item", table | {"Key": endpoints})
    return found


def _nothing(attribute: str) -> dict[str, Any]:
    return {
        "KeyConditionExpression": "#key = :nothing",
        "ExpressionAttributeNames": {"#key": attribute},
        "ExpressionAttributeValues": {":nothing": {"S": "nothing"}},
    }


def _of_secrets(gateway: str) -> Calls:
    unknown = {"SecretId": f"{gateway}-unknown"}
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        "GetSecretValue": ("get_secret_value", unknown),
        "PutSecretValue": ("put_secret_value", unknown | {"SecretString": "{}"}),
        "CreateSecret": ("create_secret", {"Name": gateway, "SecretString": "{}"}),
        "DeleteSecret": ("delete_secret", unknown | {"ForceDeleteWithoutRecovery": True}),
    }
    found: Calls = {
        (f"secretsmanager:{verb}", "secret gateways/*"): ("secretsmanager", *call) for verb, call in asked.items()
    }
    for name in ("jwt-signing-key", "merchant-root-token", "outbound-signing-key"):
        call: Call = ("secretsmanager", "get_secret_value", {"SecretId": f"till/{name}"})
        found["secretsmanager:GetSecretValue", f"secret {name}-??????"] = call
        call = ("secretsmanager", "describe_secret", {"SecretId": f"till/{name}"})
        found["secretsmanager:DescribeSecret", f"secret {name}-??????"] = call
        # The same version again and again, under a label that nobody reads.
        version = {"SecretString": "{}", "VersionStages": ["e2e"], "ClientRequestToken": "e2e" * 11}
        call = ("secretsmanager", "put_secret_value", {"SecretId": f"till/{name}"} | version)
        found["secretsmanager:PutSecretValue", f"secret {name}-??????"] = call
    return found


def _of_others(deployed: dict[str, str]) -> Calls:
    event = {"EventBusName": deployed["EventBus"], "Source": "e2e", "DetailType": "nothing", "Detail": "{}"}
    # Longer than a message can be delayed.
    message = {"MessageBody": "nothing", "DelaySeconds": 901}
    deliveries = {"QueueUrl": deployed["DeliveriesQueue"]}
    # From an address that nobody has verified.
    text, nobody = {"Data": "nothing"}, "nobody@till.invalid"
    content = {"Simple": {"Subject": text, "Body": {"Text": text}}}
    mail = {"FromEmailAddress": nobody, "Destination": {"ToAddresses": [nobody]}, "Content": content}
    found: Calls = {
        ("sqs:SendMessage", "DeliveriesQueue"): ("sqs", "send_message", deliveries | message),
        ("sqs:ReceiveMessage", "DeliveriesQueue"): ("sqs", "receive_message", deliveries | {"MaxNumberOfMessages": 11}),
        ("sqs:DeleteMessage", "DeliveriesQueue"): ("sqs", "delete_message", deliveries | {"ReceiptHandle": "none"}),
        ("sqs:GetQueueAttributes", "DeliveriesQueue"): ("sqs", "get_queue_attributes", deliveries),
        ("events:PutEvents", "EventBus"): ("events", "put_events", {"Entries": [event]}),
        ("ses:SendEmail", "identity/*"): ("sesv2", "send_email", mail),
        ("ses:GetEmailIdentity", "identity/*"): ("sesv2", "get_email_identity", {"EmailIdentity": nobody}),
        ("ses:SendEmail", "*"): ("sesv2", "send_email", mail),
        ("sqs:SendMessage", "StreamDeadLetters"): (
            "sqs",
            "send_message",
            message | {"QueueUrl": deployed["StreamDeadLetters"]},
        ),
        ("apigateway:GET", "arn:AWS::Partition}:apigateway:AWS::Region}::/account"): ("apigateway", "get_account", {}),
    }
    for logical in ("PaymentStepsFunction", "OrderStepsFunction", "PushFunction", "MerchantSettingsFunction"):
        dry_run = {"FunctionName": deployed[logical], "InvocationType": "DryRun"}
        found["lambda:InvokeFunction", logical] = ("lambda", "invoke", dry_run)
    return found


def _of_machines(begun: dict[str, dict[str, str]]) -> Calls:
    return {
        ("states:StartExecution", machine): ("stepfunctions", "start_execution", run) for machine, run in begun.items()
    }


def clients_of(role: str, stack: Stack) -> Callable[[str], Any]:
    """Service -> a client that has a role's permissions."""
    arn = aws(stack, "iam").get_role(RoleName=role)["Role"]["Arn"]
    key = aws(stack, "sts").assume_role(RoleArn=arn, RoleSessionName="e2e")["Credentials"]

    @cache
    def client(service: str) -> Any:
        return aws(
            stack,
            service,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            aws_session_token=key["SessionToken"],
        )

    return client


def is_allowed(client: Callable[[str], Any], call: Call) -> bool:
    """A call that is allowed may still be refused for what it asks."""
    service, method, asked = call
    try:
        getattr(client(service), method)(**asked)
    except ClientError as refused:
        return "AccessDenied" not in refused.response["Error"]["Code"]
    return True


@proves(Guarantee.LEAST_PRIVILEGE)
def test_each_function_may_do_on_the_deployed_stack_what_is_listed_and_nothing_else(
    stack: Stack, deployed: dict[str, str], calls: Calls, proof: Proof
) -> None:
    allowed, denied = 0, 0
    for function, resources in LISTED.items():
        client = clients_of(deployed[f"{function}Role"], stack)
        listed = {(verb, resource) for resource, verbs in resources.items() for verb in verbs} - NOT_TRIED
        assert listed <= calls.keys(), "what is new in the list needs a call above"
        alike = {(verb, whole) for verb, part in listed for keyed, whole in KEYED.items() if part == keyed}
        alike |= {(verb, keyed) for verb, part in listed for keyed, whole in KEYED.items() if part == whole}
        others = sorted(calls.keys() - listed - alike)
        some = random.Random(function).sample(others, proof.rounds(3, len(others)))  # noqa: S311 no secret
        assert {about for about in listed if is_allowed(client, calls[about])} == listed, function
        assert [about for about in some if is_allowed(client, calls[about])] == [], function
        allowed, denied = allowed + len(listed), denied + len(some)
    tried = f"{allowed + denied} calls to AWS with the roles of {len(LISTED)} functions"
    proof.saw(tried, f"{allowed} that are listed were allowed, {denied} others denied")


@contextmanager
def forbidden(stack: Stack, role: str, action: str) -> Iterator[None]:
    """While the block runs the role is denied an action."""
    roles, denial = aws(stack, "iam"), {"Effect": "Deny", "Action": action, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [denial]})
    roles.put_role_policy(RoleName=role, PolicyName="e2e", PolicyDocument=document)
    try:
        yield
    finally:
        roles.delete_role_policy(RoleName=role, PolicyName="e2e")


@proves(Guarantee.LEAST_PRIVILEGE)
def test_a_function_itself_may_do_what_its_role_may(stack: Stack, deployed: dict[str, str], http: httpx.Client) -> None:
    def page() -> int:
        """Of a shop that nobody asked for before: the function looks into the table."""
        return http.get(f"/checkout/{uuid.uuid4().hex}", params={"shop": f"none-{uuid.uuid4().hex[:8]}"}).status_code

    assert page() == 404
    with forbidden(stack, deployed["CheckoutPageFunctionRole"], "dynamodb:BatchGetItem"):
        assert page() >= 500
    assert page() == 404
