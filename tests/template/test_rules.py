"""What must hold of everything that is deployed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.template.cloudformation import ROOT, Resources, asking_gateways, of_type
from till.adapters.aws import LAMBDA_SECONDS
from till.adapters.dynamodb import order_stream
from till.adapters.payments.stripe.transport import BUDGET_SECONDS
from till.application.announcing import FACTS
from till.application.authorizing import TRIES
from till.application.limits import LOCKED_FACT

RETAINED = ("AWS::DynamoDB::Table", "AWS::SecretsManager::Secret")


def test_webhooks_that_nobody_answers_leave_the_accounts_concurrency_to_checkouts(resources: Resources) -> None:
    mapping = resources["DeliveriesQueueMapping"]["Properties"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 10}
    assert mapping["BatchSize"] == 1, "one that cannot be read takes no other with it"


def test_data_and_secrets_outlive_the_stack(resources: Resources) -> None:
    for kind in RETAINED:
        found = of_type(resources, kind)
        assert found
        for name, resource in found.items():
            # A first deployment that failed leaves nothing behind; anything later stays.
            assert resource["DeletionPolicy"] == "RetainExceptOnCreate", name
            assert resource["UpdateReplacePolicy"] == "Retain", name


def test_every_table_is_backed_up_encrypted_and_tidied_up(resources: Resources) -> None:
    for name, table in of_type(resources, "AWS::DynamoDB::Table").items():
        properties = table["Properties"]
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}, name
        assert properties["SSESpecification"] == {"SSEEnabled": True}, name
        assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}, name
        assert properties["BillingMode"] == "PAY_PER_REQUEST", name


def test_no_table_has_a_fixed_name(resources: Resources) -> None:
    for name, table in of_type(resources, "AWS::DynamoDB::Table").items():
        assert "TableName" not in table["Properties"], name


def test_generated_secrets_never_change(resources: Resources) -> None:
    """A changed GenerateSecretString makes AWS generate a new value: every shopper is logged out."""
    punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
    generated = {
        name: secret["Properties"]["GenerateSecretString"]
        for name, secret in of_type(resources, "AWS::SecretsManager::Secret").items()
    }
    assert generated == {
        "JwtSigningKey": {"PasswordLength": 64, "ExcludeCharacters": punctuation},
        "MerchantRootToken": {"PasswordLength": 48, "ExcludeCharacters": punctuation},
        "OutboundSigningKey": {"PasswordLength": 64, "ExcludeCharacters": punctuation},
    }


def test_environment_variables_hold_names_and_no_secrets(resources: Resources) -> None:
    """Whoever may look at a function reads them; a secret is read by its name, under a permission of its own."""
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        assert "{{resolve:" not in json.dumps(function["Properties"]["Environment"]), name


def test_every_function_and_both_workflows_log_where_retention_is_set(resources: Resources) -> None:
    groups = of_type(resources, "AWS::Logs::LogGroup")
    for name, group in groups.items():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        assert function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"] in groups, name
    machines = of_type(resources, "AWS::StepFunctions::StateMachine")
    assert machines.keys() == {"OrderStateMachine", "FulfilmentStateMachine"}
    for machine in machines.values():
        logs = machine["Properties"]["LoggingConfiguration"]["Destinations"]
        assert logs[0]["CloudWatchLogsLogGroup"]["LogGroupArn"]["Fn::GetAtt"][0] in groups
    assert resources["ApiStage"]["Properties"]["AccessLogSetting"]["DestinationArn"]["Fn::GetAtt"][0] in groups


def test_each_function_of_the_api_has_exactly_one_permission_for_it(
    resources: Resources, api_document: dict[str, Any]
) -> None:
    called = set(re.findall(r"\${(\w+)\.Arn}/invocations", json.dumps(api_document)))
    permitted = [
        permission["Properties"]["FunctionName"]["Ref"]
        for permission in of_type(resources, "AWS::Lambda::Permission").values()
        if permission["Properties"]["Principal"] == "apigateway.amazonaws.com"
    ]
    assert sorted(permitted) == sorted(called)


def test_only_this_api_may_call_its_functions(resources: Resources) -> None:
    for name, permission in of_type(resources, "AWS::Lambda::Permission").items():
        properties = permission["Properties"]
        if properties["Principal"] == "apigateway.amazonaws.com":
            assert properties["SourceArn"]["Fn::Sub"].endswith(":${Api}/*"), name
        else:
            assert "SourceArn" in properties, name


def test_every_path_answers_preflights(api_document: dict[str, Any]) -> None:
    for path, methods in api_document["paths"].items():
        assert "PreflightFunction" in json.dumps(methods["options"]), path


def test_the_embedded_aws_answers_unknown_routes_as_aws_does(
    resources: Resources, api_document: dict[str, Any]
) -> None:
    local = {
        resource["Properties"]["ResponseType"]: {
            "statusCode": int(resource["Properties"].get("StatusCode", 0)),
            "responseParameters": resource["Properties"]["ResponseParameters"],
            "responseTemplates": resource["Properties"]["ResponseTemplates"],
        }
        for resource in of_type(resources, "AWS::ApiGateway::GatewayResponse").values()
    }
    deployed = {
        kind: {"statusCode": 0} | answer
        for kind, answer in api_document["x-amazon-apigateway-gateway-responses"].items()
    }
    assert local == deployed


def test_bodies_are_bytes_and_the_endpoint_is_regional(resources: Resources) -> None:
    api = resources["Api"]["Properties"]
    assert api["BinaryMediaTypes"] == ["*/*"]
    assert api["EndpointConfiguration"]["Types"] == ["REGIONAL"]


def test_the_access_log_has_neither_path_nor_query_since_anything_may_stand_there(
    resources: Resources,
) -> None:
    logged = resources["ApiStage"]["Properties"]["AccessLogSetting"]["Format"]
    assert set(re.findall(r"\$context\.([\w.]+)", logged)) == {
        "requestId",
        "httpMethod",
        "resourcePath",
        "status",
        "identity.sourceIp",
        "responseLatency",
        "integrationLatency",
        "error.message",
    }


def test_there_is_one_stage(resources: Resources) -> None:
    for name, deployment in of_type(resources, "AWS::ApiGateway::Deployment").items():
        assert "StageName" not in deployment["Properties"], name


@pytest.mark.parametrize("file", ["order_workflow/order.asl.json", "fulfilment/fulfilment.asl.json"])
def test_time_is_a_chain_in_every_workflow(resources: Resources, file: str) -> None:
    """A function ends before its task gives it up, a task before the whole execution, so no effect is left unseen."""
    machine = json.loads((ROOT / "functions" / file).read_text())
    tasks = [state for state in machine["States"].values() if state["Type"] == "Task"]
    assert tasks
    for task in tasks:
        function = task["Resource"].removeprefix("${").removesuffix("Arn}")
        assert resources[function]["Properties"]["Timeout"] < task["TimeoutSeconds"] < machine["TimeoutSeconds"]


def test_a_payment_gateway_is_asked_to_the_end_before_the_function_that_asks_ends(resources: Resources) -> None:
    for function in asking_gateways(resources):
        assert resources[function]["Properties"]["Timeout"] > TRIES * BUDGET_SECONDS, function


def test_whoever_waits_for_the_payment_function_outlives_the_wait(resources: Resources) -> None:
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        if "TILL_PAYMENT_STEPS_FUNCTION" in function["Properties"]["Environment"]["Variables"]:
            waits = 2 if name == "MerchantAfterSalesFunction" else 1
            assert function["Properties"]["Timeout"] > waits * LAMBDA_SECONDS, name


def test_only_functions_that_ask_gateways_carry_what_asks_stripe(resources: Resources) -> None:
    assert asking_gateways(resources) == ["PaymentStepsFunction", "WebhooksFunction"]


def test_the_gateway_waits_for_every_function_of_the_api(resources: Resources) -> None:
    for permission in of_type(resources, "AWS::Lambda::Permission").values():
        if permission["Properties"]["Principal"] == "apigateway.amazonaws.com":
            function = permission["Properties"]["FunctionName"]["Ref"]
            assert resources[function]["Properties"]["Timeout"] <= 29, function


def test_streams_bring_only_what_their_functions_are_for(resources: Resources) -> None:
    mappings = {
        name: mapping
        for name, mapping in of_type(resources, "AWS::Lambda::EventSourceMapping").items()
        if "StartingPosition" in mapping["Properties"]
    }
    patterns = {
        mapping["Properties"]["FunctionName"]["Ref"]: [
            json.loads(one["Pattern"]) for one in mapping["Properties"]["FilterCriteria"]["Filters"]
        ]
        for mapping in mappings.values()
    }
    assert patterns == {
        "OutboxFunction": [
            {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"kind": {"S": ["OUTBOX", "ORDER"]}}}},
            {
                "eventName": ["INSERT", "MODIFY"],
                "dynamodb": {"NewImage": {"kind": {"S": ["CART"]}, "v": {"N": ["1"]}}},
            },
            {"eventName": ["REMOVE"], "dynamodb": {"OldImage": {"kind": {"S": ["CART"]}}}},
            {
                "eventName": ["MODIFY"],
                "dynamodb": {
                    "NewImage": {"kind": {"S": ["ATTEMPT"]}, "state": {"S": ["undone"]}},
                    "OldImage": {"state": {"S": ["undoing"]}},
                },
            },
        ],
        "StockSettleFunction": [
            {
                "eventName": ["MODIFY"],
                "dynamodb": {"NewImage": {"kind": {"S": ["HOLD"]}, "state": {"S": ["CLAIMED", "RELEASED"]}}},
            }
        ],
    }
    for name, mapping in mappings.items():
        assert mapping["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert mapping["Properties"]["DestinationConfig"]["OnFailure"], name


def test_every_fact_that_is_counted_is_watched_and_no_other(resources: Resources) -> None:
    watched = {
        metric["MetricStat"]["Metric"]["MetricName"]
        for alarm in of_type(resources, "AWS::CloudWatch::Alarm").values()
        for metric in alarm["Properties"]["Metrics"]
        if "MetricStat" in metric and metric["MetricStat"]["Metric"]["Namespace"] == "Till"
    }
    [dashboard] = of_type(resources, "AWS::CloudWatch::Dashboard").values()
    shown = set()
    for widget in json.loads(dashboard["Properties"]["DashboardBody"]["Fn::Sub"])["widgets"]:
        for metric in widget["properties"]["metrics"]:
            if isinstance(metric[0], dict):
                shown |= set(re.findall(r'MetricName="(\w+)"', metric[0]["expression"]))
            elif metric[0] == "Till":
                shown.add(metric[1])
    counted = {LOCKED_FACT, *FACTS.values(), *order_stream.FACTS}
    for file in (ROOT / "functions").rglob("*.py"):
        counted |= set(re.findall(r'facts\.count\("(\w+)"', file.read_text()))
    assert watched <= shown == counted
    described = (ROOT / "docs" / "operations.md").read_text()
    assert {
        name for name in {*shown, *of_type(resources, "AWS::CloudWatch::Alarm")} if f"`{name}`" not in described
    } == set()


def test_every_alarm_wakes_somebody(resources: Resources) -> None:
    for name, alarm in of_type(resources, "AWS::CloudWatch::Alarm").items():
        assert alarm["Condition"] == "IsWatched", name
        assert alarm["Properties"]["AlarmActions"] == [{"Ref": "Alarms"}], name


def test_every_handler_exists(resources: Resources) -> None:
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        module = function["Properties"]["Handler"].removesuffix(".handler")
        assert (ROOT / "functions" / Path(*module.split("."))).with_suffix(".py").is_file(), name


def test_there_is_no_sandbox_gateway_in_production(template: dict[str, Any]) -> None:
    assert template["Resources"]["SandboxLedgerTable"]["Condition"] == "HasSandbox"
    assert template["Conditions"]["HasSandbox"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Stage"}, "prod"]}]}
