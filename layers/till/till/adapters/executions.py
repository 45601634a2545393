"""Executions of the workflows as AWS names them, and where its console shows them."""

from __future__ import annotations

from dataclasses import dataclass

# By the partition of an ARN.
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution; `console` is "" in a partition whose console we do not know."""

    arn: str
    console: str


def execution_of(state_machine_arn: str, name: str) -> Execution:
    """By its name, whether there is one or not."""
    arn = f"{state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
    _, partition, _, region, *_ = arn.split(":")
    host = _CONSOLES.get(partition)
    console = f"https://{region}.{host}/states/home?region={region}#/v2/executions/details/{arn}" if host else ""
    return Execution(arn, console)
