"""Requests about the stack."""

from __future__ import annotations

from typing import Literal

from till.runtime.validation import Body


class RotateBody(Body):
    """Which key is made anew."""

    key: Literal["jwt", "merchant_token"]
