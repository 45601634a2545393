"""What happens at the sandbox without Till: by the shopper's bank, or by the merchant in the gateway's dashboard."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from till.adapters.payments.sandbox import LedgerEntry, SandboxGateway
from till.domain.errors import NotFound, Refused
from till.domain.payment import PaymentState


class Act(StrEnum):
    """The bank says yes or no to 3-D Secure; the merchant captures or refunds by hand; a refund does not reach the
    card; an authorization is given up; the shopper disputes the charge."""

    CONFIRM = "confirm"
    DECLINE = "decline"
    CAPTURE = "capture"
    REFUND = "refund"
    FAIL_REFUND = "fail_refund"
    EXPIRE = "expire"
    DISPUTE = "dispute"


def perform(sandbox: SandboxGateway, key: str, act: Act, amount: int | None = None) -> LedgerEntry:
    """The entry after it; what is so already stays. `amount`, minor units, is all there is where it is None.

    Raises `Refused` for what cannot happen, `NotFound` for a key that the sandbox does not know.
    """

    def acted(entry: LedgerEntry | None) -> LedgerEntry:
        if entry is None:
            raise NotFound("The sandbox has no payment with this key.", "key")
        return _acted(entry, act, amount)

    return sandbox.change(key, acted)


def _acted(entry: LedgerEntry, act: Act, amount: int | None) -> LedgerEntry:
    is_live = entry.state is PaymentState.AUTHORIZED
    waits = entry.state is PaymentState.REQUIRES_ACTION
    if act is Act.CONFIRM and (waits or is_live):
        return replace(entry, state=PaymentState.AUTHORIZED)
    if act is Act.DECLINE and (waits or entry.state is PaymentState.DECLINED):
        return replace(entry, state=PaymentState.DECLINED)
    if act is Act.EXPIRE and not entry.captured and (waits or is_live or entry.state is PaymentState.VOIDED):
        return replace(entry, state=PaymentState.VOIDED)
    if act is Act.DISPUTE and entry.captured:
        return replace(entry, disputed=True)
    if act is Act.CAPTURE and is_live:
        return replace(entry, captured=entry.captured + _part(amount, entry.amount - entry.captured))
    if act is Act.REFUND and is_live:
        return replace(entry, refunded=entry.refunded + _part(amount, entry.captured - entry.refunded))
    if act is Act.FAIL_REFUND and is_live:
        return replace(entry, refunded=entry.refunded - _part(amount, entry.refunded))
    raise Refused(f"A payment that is {entry.state} does not do this.", "event")


def _part(amount: int | None, left: int) -> int:
    part = left if amount is None else amount
    if not 0 < part <= left:
        raise Refused(f"Of this payment {left} are left, in minor units.", "amount")
    return part
