"""The workflows as Step Functions runs them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from till.adapters.aws import client, is_busy
from till.application.ports import Repaid
from till.domain.attempt import Attempt
from till.domain.errors import Busy, Locked, Refused
from till.domain.payment import Payment, PaymentState

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import InvocationResponseTypeDef

    from till.domain.event import Event
    from till.domain.sale import Sale


class StepFunctionsWorkflow:
    """The port `Workflow`. A run's name is its execution's name: a second start under it is refused by AWS."""

    def __init__(self, state_machine_arn: str, payment_steps_function: str) -> None:
        self._state_machine_arn = state_machine_arn
        self._payment_steps_function = payment_steps_function

    def start(self, attempt: Attempt) -> None:
        """Only ids travel: everything else is read by the steps."""
        machines = client("stepfunctions")
        with _busy(), suppress(machines.exceptions.ExecutionAlreadyExists):
            machines.start_execution(
                stateMachineArn=self._state_machine_arn, name=attempt.run_name, input=json.dumps(_ids(attempt))
            )

    def undo(self, attempt: Attempt) -> None:
        """Called directly, since somebody waits for it: a storefront cannot read the gateways' secrets itself."""
        with _busy():
            answer = self._ask({"step": "undo", **_ids(attempt)})
        if "FunctionError" in answer:
            raise Locked("The payment of this order is being given back. Try again in a moment.", "order")

    def repay(self, shop: str, order_id: str, payment: Payment, counted: Sequence[str]) -> Repaid:
        """As with `undo`. What the payment function refuses comes back as facts, since an error would lose them."""
        return self._paid("repay", shop, order_id, payment, counted)

    def pay(self, shop: str, order_id: str, payment: Payment, counted: Sequence[str]) -> Repaid:
        return self._paid("pay", shop, order_id, payment, counted)

    def give_up(self, shop: str, order_id: str, payment_id: str) -> None:
        answer = self._ask({"step": "give_up", "shop": shop, "order": order_id, "payment": payment_id})
        if "FunctionError" in answer:
            raise Locked("A payment of this order is being given up. Try again in a moment.", "payment")

    def _paid(self, step: str, shop: str, order_id: str, payment: Payment, counted: Sequence[str]) -> Repaid:
        wanted = {"step": step, "shop": shop, "order": order_id, "payment": asdict(payment), "counted": counted}
        answer = self._ask(wanted)
        if "FunctionError" in answer:
            raise Locked("The payment could not be confirmed yet. Try again in a moment.", "payment")
        said = json.load(answer["Payload"])
        if "problem" in said:
            raise (Locked if said["busy"] else Refused)(**said["problem"])
        return Repaid(PaymentState(said["state"]), said["message"], said["client_secret"])

    def ask_gateway(self, shop: str, gateway_id: str) -> str:
        """What is wrong with a payment gateway of the shop; nothing where it answers."""
        try:
            answer = self._ask({"step": "check", "shop": shop, "gateway": gateway_id})
        except (BotoCoreError, ClientError):
            return "The payment function could not be asked."
        if "FunctionError" in answer:
            return "The payment function failed: see its log."
        return str(json.load(answer["Payload"])["problem"])

    def settle(self, sale: Sale) -> None:
        """Where this fails, or nobody waits for its end, the fulfilment workflow does the same."""
        try:
            self._ask({"step": "settle", "shop": sale.shop, "order": sale.order_id})
        except (ClientError, HTTPClientError) as error:
            if not is_busy(error):
                raise

    def _ask(self, step: Mapping[str, object]) -> InvocationResponseTypeDef:
        return client("lambda").invoke(FunctionName=self._payment_steps_function, Payload=json.dumps(step).encode())


class StepFunctionsFulfilment:
    """The port `Fulfilment`. An event's id is its execution's name, which AWS keeps from others for 90 days; an
    execution that comes later still finds in the sale that nothing is left to do."""

    def __init__(self, state_machine_arn: str) -> None:
        self._state_machine_arn = state_machine_arn

    def start(self, event: Event) -> None:
        machines = client("stepfunctions")
        given = json.dumps({"shop": event.shop, "order": event.order_id})
        try:
            machines.start_execution(stateMachineArn=self._state_machine_arn, name=event.id, input=given)
        except machines.exceptions.ExecutionAlreadyExists:
            return
        except (BotoCoreError, ClientError) as error:
            raise Busy(f"The fulfilment workflow could not be started: {error}") from error


@contextmanager
def _busy() -> Iterator[None]:
    """What AWS could not do now is `Busy`, to those too who do not answer requests."""
    try:
        yield
    except (ClientError, HTTPClientError) as error:
        if not is_busy(error):
            raise
        raise Busy("The order workflow is busy. Try again in a moment.") from error


def _ids(attempt: Attempt) -> dict[str, str | int]:
    return {"shop": attempt.shop, "order": attempt.order_id, "attempt": attempt.id, "run": attempt.run}
