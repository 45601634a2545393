"""Discount codes on DynamoDB: one by its spelling in any case, never old, nobody's count of uses lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from moto import mock_aws

from tests.builders import a_discount
from tests.contract.tables import create_table, new_client
from till.adapters.dynamodb.discounts import DynamoDBDiscounts
from till.domain.errors import Conflict


@pytest.fixture
def codes() -> Iterator[DynamoDBDiscounts]:
    with mock_aws():
        client = new_client()
        yield DynamoDBDiscounts(client, create_table(client, "CatalogTable", "catalog"))


def test_a_code_is_found_in_any_case_under_the_spelling_that_was_asked_for(codes: DynamoDBDiscounts) -> None:
    codes.save_discount("acme", a_discount(code="Save10"))
    found = codes.by_code("acme", ["SAVE10", " save10 ", "SAVE", "", "x" * 10_000, "\ud800"])
    assert {name: one.code for name, one in found.items()} == {"SAVE10": "Save10", " save10 ": "Save10"}
    assert codes.by_code("other", ["SAVE10"]) == {}
    assert codes.by_code("acme", []) == {}


def test_a_code_made_twice_at_once_is_made_once(codes: DynamoDBDiscounts) -> None:
    codes.save_discount("acme", a_discount(id="first"))
    with pytest.raises(Conflict):
        codes.save_discount("acme", a_discount(id="second"))
    changed = replace(a_discount(id="first"), value=1)
    codes.save_discount("acme", changed)
    assert codes.by_code("acme", [changed.code]) == {changed.code: changed}


def test_a_deleted_code_is_gone_and_twice_is_once(codes: DynamoDBDiscounts) -> None:
    codes.save_discount("acme", a_discount())
    for _ in range(2):
        codes.delete_discount("acme", a_discount())
    assert codes.by_code("acme", [a_discount().code]) == {}
    assert codes.discounts("acme", 10, "").data == ()
