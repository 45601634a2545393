"""Ids: a ULID and the UUID of the same 128 bits are one."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from till.application.identifiers import forms, is_ulid, ulid_of_bits


@given(st.integers(0, 2**128 - 1))
def test_either_form_of_an_id_tells_the_other(bits: int) -> None:
    ulid, as_uuid = ulid_of_bits(bits), str(uuid.UUID(int=bits))
    assert is_ulid(ulid)
    assert forms(ulid) == (ulid, as_uuid)
    assert forms(as_uuid) == (as_uuid, ulid)
    assert forms(as_uuid.upper()) == (as_uuid.upper(), ulid)


@pytest.mark.parametrize("text", ["", "my-cart", "0" * 25, "8" + "0" * 25, "0" * 32, "{" + str(uuid.UUID(int=1)) + "}"])
def test_what_is_neither_has_one_form(text: str) -> None:
    assert forms(text) == (text,)
