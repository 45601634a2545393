"""Requests about the stack."""

from __future__ import annotations

from typing import Literal

from pydantic import StrictBool

from till.runtime.validation import Body


class RotateBody(Body):
    """Which key is made anew; `again`: though what the one before it signed ends with that."""

    key: Literal["jwt", "merchant_token"]
    again: StrictBool = False
