"""What gateways that keep their own accounts refuse, all in the same words."""

from __future__ import annotations

from collections.abc import Mapping

from till.domain.errors import Invalid, Refused


def check_amount(amount: int) -> None:
    """Raises `Invalid` for no money."""
    if amount <= 0:
        raise Invalid("The amount must be above zero.", "amount")


def is_repeated(done: Mapping[str, int], key: str, amount: int) -> bool:
    """Was this done before, under this key? Raises `Refused` where that was of another amount."""
    if done.get(key, amount) != amount:
        raise Refused("This key belongs to another amount.", "amount")
    return key in done


def known[T](found: T | None) -> T:
    """What is kept under a key. Raises `Refused` where there is nothing."""
    if found is None:
        raise Refused("There is no payment with this key.", "payment")
    return found
