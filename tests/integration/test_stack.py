"""The stack is looked over and its keys are made anew, by the merchant API and by the command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from merchant.stack.app import LIVES
from tests.integration.command import Command
from tests.integration.deployment import ROOT_TOKEN, SECRETS, Deployment
from tests.integration.shopper import Shopper
from till.adapters import aws
from till.runtime import customer_token, secrets, session, settings

KEY = "rotate-0123456789"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
SAYS: dict[str, dict[str, Any]] = {
    "lambda.GetAccountSettings": {
        "AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 900}
    },
    "api-gateway.GetAccount": {"throttleSettings": {"rateLimit": 10000.0, "burstLimit": 5000}},
    "cloudwatch.DescribeAlarms": {
        "MetricAlarms": [
            {"AlarmName": "till-MoneyAlarm-1", "StateValue": "ALARM", "AlarmActions": [TOPIC]},
            # Of another stack, whose name begins like this one's.
            {"AlarmName": "till-prod-MoneyAlarm-1", "StateValue": "ALARM", "AlarmActions": [TOPIC]},
        ]
    },
    "sns.ListSubscriptionsByTopic": {"Subscriptions": [{"SubscriptionArn": "PendingConfirmation"}]},
}


@pytest.fixture
def command(till: Deployment, tmp_path: Path) -> Command:
    return Command(tmp_path)


@contextmanager
def account(status: int = 200) -> Iterator[None]:
    """What AWS says of the account; with 403, that it says nothing."""

    def answers(said: dict[str, Any]) -> Any:
        denied = {"Error": {"Code": "AccessDeniedException", "Message": ""}}
        body = said if status == 200 else denied
        return lambda **_: (SimpleNamespace(status_code=status), body | {"ResponseMetadata": {}})

    with ExitStack() as after:
        for name, said in SAYS.items():
            service = name.partition(".")[0].replace("-", "")
            events, event, answer = aws._client(service).meta.events, f"before-call.{name}", answers(said)
            events.register(event, answer)
            after.callback(events.unregister, event, answer)
        yield


def test_the_doctor_tells_what_is_well_and_what_is_not(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILL_STAGE", "staging")
    settings.environment.cache_clear()
    with account():
        ended = command.run("doctor", "--json")
        shown = command.run("doctor").answer
    checks = {one["check"]: one for one in json.loads(ended.answer)["data"]}
    assert ended.status == 1
    assert {name for name, one in checks.items() if one["state"] == "failed"} == {"alarms", "listeners"}
    assert checks["alarms"]["message"] == "till-MoneyAlarm-1"
    assert checks["gateway sandbox-1"]["state"] == checks["secret jwt"]["state"] == "ok"
    assert "900 of them" in shown


def test_what_aws_does_not_tell_is_a_warning_and_never_an_error(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILL_STAGE", "staging")
    settings.environment.cache_clear()
    with account(403):
        checks = command.json("doctor")
    unknown = [one["message"] for one in checks if "AccessDeniedException" in one["message"]]
    assert len(unknown) == len(SAYS)


def test_a_new_key_is_made_once_and_shoppers_stay_where_they_are(till: Deployment, command: Command) -> None:
    shopper = Shopper(till)
    headers = {"Authorization": f"Bearer {ROOT_TOKEN}", "Idempotency-Key": KEY}
    first, again = (command.call("POST", "/merchant/keys/rotate", {"key": "jwt"}, headers) for _ in range(2))
    assert (first.status, first.body["data"]["key"], again.raw) == (200, "jwt", first.raw)
    secrets.forget()
    new, before = secrets.versions("till/jwt-signing-key")
    assert (before, len(new)) == (SECRETS["TILL_JWT_SECRET"], 64)
    assert new not in first.raw
    assert shopper.get("/refresh").status == 200
    assert Shopper(till).get("/refresh").status == 200


def test_a_second_new_key_waits_until_nothing_signed_before_the_first_is_good(
    till: Deployment, command: Command
) -> None:
    assert LIVES["jwt"] == max(session.LINK_LIFE_SECONDS, session.LIFE_SECONDS, customer_token.LIFE_SECONDS)
    shopper = Shopper(till)
    assert command.run("keys", "rotate", "jwt", "--yes", "--key", KEY).status == 0
    assert command.run("keys", "rotate", "jwt", "--yes", "--key", KEY).status == 0
    refused = command.run("keys", "rotate", "jwt", "--yes")
    assert (refused.status, "(again)" in refused.said) == (1, True)
    secrets.forget()
    assert shopper.get("/refresh").status == 200
    assert command.run("keys", "rotate", "jwt", "--yes", "--again").status == 0
    secrets.forget()
    assert shopper.get("/refresh").status == 401


def test_a_new_root_token_is_known_at_once_and_the_old_one_is_not(command: Command) -> None:
    assert command.run("keys", "rotate", "merchant_token", "--yes").status == 0
    new = aws.client("secretsmanager").get_secret_value(SecretId="till/merchant-root-token")["SecretString"]
    assert command.run("shop", "show", environment={"TILL_TOKEN": new}).status == 0
    assert command.run("shop", "show").status == 3


def test_only_a_token_for_the_stack_may(command: Command) -> None:
    scopes = ["settings", "orders", "tokens"]
    wanted = {"name": "Clerk", "scopes": scopes}
    headers = {"Authorization": f"Bearer {ROOT_TOKEN}"}
    call = command.call
    clerk = call("POST", "/merchant/tokens", wanted, headers).body["data"]["secret"]
    for words in (("doctor",), ("keys", "rotate", "jwt", "--yes")):
        assert command.run(*words, environment={"TILL_TOKEN": clerk}).status == 3
    more = {"name": "More", "scopes": ["stack"]}
    assert call("POST", "/merchant/tokens", more, {"Authorization": f"Bearer {clerk}"}).status == 403
    assert call("POST", "/merchant/tokens", more | {"shop": "acme"}, headers).status == 422
