"""A shopper at the checkout for each test that asks for one."""

from __future__ import annotations

import pytest

from tests.integration.cocart.checkouts import Checkout
from tests.integration.deployment import Deployment


@pytest.fixture
def checkout(till: Deployment) -> Checkout:
    return Checkout(till)
