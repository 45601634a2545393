"""Why an order costs what it costs, as the merchant reads it: each step in figures, and in a sentence.

Amounts are integer minor units. What is exact is a decimal string, or a fraction where no decimal ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal, localcontext
from fractions import Fraction

from merchant.wire import Json
from till.domain.currency import currency as currency_of
from till.domain.explaining import Explained, Given, Rounded, Working
from till.domain.money import Rounding, to_decimal

_ENDLESS = "…"
_FIRST_PLACES = Decimal("0.000001")
# More than the exact tax on the largest amount has, by four rates that compound.
_PLACES = 60
_MODES = {Rounding.HALF_UP: "half up", Rounding.HALF_EVEN: "half to even", Rounding.DOWN: "down"}


def explanation(steps: Sequence[Explained], currency: str) -> Json:
    """The steps with the total as far as it has come, and the total."""
    shown, total = [], 0
    for step in steps:
        total += step.amount
        shown.append(_step(step, total, currency))
    return {"currency": currency, "total": total, "steps": shown}


def _step(step: Explained, so_far: int, currency: str) -> Json:
    return {
        "kind": step.kind,
        "label": step.label,
        "id": step.of or None,
        "amount": step.amount,
        "included": step.included,
        "total_so_far": so_far,
        "is_stored": step.is_stored,
        "problem": step.problem or None,
        "workings": [_working(one, currency) for one in step.workings],
    }


def _working(one: Working, currency: str) -> Json:
    amount = to_decimal(one.amount, currency)
    if isinstance(one, Given):
        each = to_decimal(one.each, currency)
        text = f"{one.units} x {each} is {amount}." if one.units > 1 else f"{amount} as it is set."
        return {"kind": "given", "of": one.of, "each": one.each, "units": one.units, "amount": one.amount, "text": text}
    if isinstance(one, Rounded):
        return {
            "kind": "rounded",
            "of": one.of,
            "base": one.base,
            "share": _exact(one.share),
            "exact": _exact(one.exact),
            "mode": one.mode,
            "units": one.units,
            "amount": one.amount,
            "text": _rounded(one, currency),
        }
    parts = ", ".join(f"{to_decimal(share.amount, currency)} to {share.of}" for share in one.shares)
    return {
        "kind": "split",
        "of": one.of,
        "amount": one.amount,
        "rule": "largest_remainder",
        "shares": [{"of": share.of, "exact": _exact(share.exact), "amount": share.amount} for share in one.shares],
        "text": f"{amount} is split: {parts}." if parts else f"There is nothing to split {amount} among.",
    }


def _rounded(one: Rounded, currency: str) -> str:
    base, each = to_decimal(one.base, currency), to_decimal(one.amount // one.units, currency)
    found = each
    if not one.exact.is_integer():
        major = one.exact / 10 ** currency_of(currency).exponent
        found = f"{_read(major)}, rounded {_MODES[one.mode]} to {each}"
    text = f"{_read(one.share * 100)} % of {base} is {found}"
    return (
        f"{text}, for each of {one.units} units: {to_decimal(one.amount, currency)}." if one.units > 1 else f"{text}."
    )


def _exact(value: Fraction) -> str:
    text = _read(value)
    return f"{value.numerator}/{value.denominator}" if text.endswith(_ENDLESS) else text


def _read(value: Fraction) -> str:
    """As a decimal; of one that does not end, the first places."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    with localcontext(prec=_PLACES):
        decimal = Decimal(value.numerator) / Decimal(value.denominator)
        if rest == 1:
            return f"{decimal.normalize():f}"
        return f"{decimal.quantize(_FIRST_PLACES, ROUND_DOWN):f}{_ENDLESS}"
