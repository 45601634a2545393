"""What each function may do, read from the expanded template: the whole list, so that a review sees every change."""

import json
import os
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.template.cloudformation import ROOT, Resources, asking_gateways, of_type
from till.adapters.dynamodb import keys

EXPECTED = Path(__file__).with_name("permissions.json")
# AWS ends a secret's ARN in six random characters, and lists streams by table only; gateways are set up later.
UNAVOIDABLE_WILDCARDS = (
    re.compile(r"secret [a-z-]+-\?{6}$"),
    re.compile(r"secret gateways/\*$"),
    re.compile(r"GetAccountSettings on \*$"),
    re.compile(r"DescribeAlarms on .*:alarm:\*$"),
    # The merchant verifies the address that mails come from in SES itself.
    re.compile(r"ses:SendEmail on (identity/)?\*$"),
    re.compile(r"ses:GetEmailIdentity on identity/\*$"),
    # Of every shop, one list.
    re.compile(r"(PutItem|DeleteItem) on CatalogTable SHOP#\*#WEBHOOKS$"),
    re.compile(r"ListStreams on \w+/stream/\*$"),
)


def resource_name(resource: Any) -> str:
    """The logical id that an ARN is of, and what follows it."""
    match resource:
        case {"Ref": str(name)}:
            return name
        case {"Fn::GetAtt": [name, "Arn"]}:
            return str(name)
        case {"Fn::GetAtt": [name, "StreamArn"]}:
            return f"{name}/stream"
        case {"Fn::Sub": str(arn)} if ":ses:" in arn:
            return arn.rpartition(":")[2]
        case {"Fn::Sub": str(arn)} if ":secret:" in arn:
            return f"secret {arn.partition('${AWS::StackName}/')[2]}"
        case {"Fn::Sub": str(arn)}:
            return arn.replace("${", "").replace(".Arn}", "")
    return str(resource)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def grants(document: dict[str, Any]) -> set[str]:
    """Each "Action on Resource" of a policy, those that only some stages have too; of a table, those keys that alone
    may be written."""
    found = set()
    for statement in document["Statement"]:
        allowed = statement["Fn::If"][1] if "Fn::If" in statement else statement
        assert allowed["Effect"] == "Allow"
        keys = allowed.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", ())
        for action in as_list(allowed["Action"]):
            for resource in as_list(allowed["Resource"]):
                found.add(" ".join([action.replace("dynamodb:", ""), "on", resource_name(resource), *keys]))
    return found


def granted(resources: Resources, role_name: str) -> set[str]:
    role = resources[role_name]["Properties"]
    found = set()
    for policy in role.get("Policies", ()):
        found |= grants(policy["PolicyDocument"])
    for arn in role.get("ManagedPolicyArns", ()):
        if isinstance(arn, dict) and "Ref" in arn:
            found |= grants(resources[arn["Ref"]]["Properties"]["PolicyDocument"])
    return found


def all_granted(resources: Resources) -> dict[str, set[str]]:
    return {
        name: granted(resources, function["Properties"]["Role"]["Fn::GetAtt"][0])
        for name, function in of_type(resources, "AWS::Lambda::Function").items()
    }


def test_each_function_may_do_what_is_written_down_and_nothing_else(resources: Resources) -> None:
    found: dict[str, dict[str, list[str]]] = {}
    for function, permissions in all_granted(resources).items():
        by_resource: dict[str, list[str]] = defaultdict(list)
        for permission in sorted(permissions):
            action, _, resource = permission.partition(" on ")
            by_resource[resource].append(action)
        found[function] = dict(sorted(by_resource.items()))
    if "TILL_WRITE_PERMISSIONS" in os.environ:
        # One resource a line, so that a review sees what is new.
        one_a_line = re.sub(
            r"\[[^\]]+\]", lambda verbs: json.dumps(json.loads(verbs[0])), json.dumps(found, indent=2, sort_keys=True)
        )
        EXPECTED.write_text(one_a_line + "\n")
    assert found == json.loads(EXPECTED.read_text()), "review the change, then run with TILL_WRITE_PERMISSIONS=1"


@pytest.mark.parametrize(
    ("machine", "file"),
    [
        ("OrderStateMachine", "order_workflow/order.asl.json"),
        ("FulfilmentStateMachine", "fulfilment/fulfilment.asl.json"),
    ],
)
def test_a_workflow_may_call_the_functions_of_its_file_and_write_its_log(
    resources: Resources, machine: str, file: str
) -> None:
    role = resources[machine]["Properties"]["RoleArn"]["Fn::GetAtt"][0]
    called = set(re.findall(r"\${(\w+)Arn}", (ROOT / "functions" / file).read_text()))
    permitted = granted(resources, role)
    assert {one for one in permitted if not one.startswith("logs:")} == {
        f"lambda:InvokeFunction on {function}" for function in called
    }


def test_no_function_has_a_wildcard_but_those_that_aws_requires(resources: Resources) -> None:
    wildcards = [
        f"{function}: {permission}"
        for function, permissions in all_granted(resources).items()
        for permission in permissions
        if re.search(r"[*?]", permission) and not any(allowed.search(permission) for allowed in UNAVOIDABLE_WILDCARDS)
    ]
    assert wildcards == []


def test_whoever_can_disable_an_endpoint_can_write_nothing_else_of_the_catalog(resources: Resources) -> None:
    permitted = all_granted(resources)
    for function in ("DeliverFunction", "MerchantWebhooksFunction"):
        written = {one for one in permitted[function] if re.match("(Put|Update|Delete)Item on CatalogTable", one)}
        assert {one.partition("CatalogTable ")[2] for one in written} == {keys.webhooks("*")}


def test_aws_own_policies_give_functions_their_logs_only(resources: Resources) -> None:
    for function in of_type(resources, "AWS::Lambda::Function").values():
        role = resources[function["Properties"]["Role"]["Fn::GetAtt"][0]]["Properties"]
        owned_by_aws = [arn for arn in role["ManagedPolicyArns"] if "Ref" not in arn]
        assert [str(arn).rsplit("/", 1)[1].rstrip("'}") for arn in owned_by_aws] == ["AWSLambdaBasicExecutionRole"]


def test_each_function_has_a_role_of_its_own(resources: Resources) -> None:
    roles = [
        function["Properties"]["Role"]["Fn::GetAtt"][0]
        for function in of_type(resources, "AWS::Lambda::Function").values()
    ]
    assert len(roles) == len(set(roles))


def test_only_payment_functions_and_who_plays_the_bank_can_touch_what_a_gateway_holds(resources: Resources) -> None:
    writers = {
        function
        for function, permissions in all_granted(resources).items()
        if {"PutItem on SandboxLedgerTable", "UpdateItem on SandboxLedgerTable"} & permissions
    }
    assert writers == {"PaymentStepsFunction", "WebhooksFunction", "MerchantOrdersFunction"}


def test_what_gateways_are_asked_with_is_read_where_they_are_asked_and_written_by_the_merchant_alone(
    resources: Resources,
) -> None:
    can: dict[str, set[str]] = defaultdict(set)
    for function, permissions in all_granted(resources).items():
        for permission in permissions:
            action, _, resource = permission.partition(" on ")
            if resource == "secret gateways/*":
                can[action.removeprefix("secretsmanager:")].add(function)
    assert can == {
        "GetSecretValue": set(asking_gateways(resources)),
        "CreateSecret": {"MerchantSettingsFunction"},
        "PutSecretValue": {"MerchantSettingsFunction"},
        "DeleteSecret": {"MerchantSettingsFunction"},
    }
