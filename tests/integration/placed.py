"""Orders that are placed, and what the merchant does with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.builders import a_basket, a_line, a_product, a_variant
from tests.integration.api import Api, Reply
from tests.integration.deployment import ROOT_TOKEN, Deployment, put_ready_order
from tests.integration.gift_cards import Issued
from tests.integration.shopper import Shopper
from till.domain.basket import LineItem
from till.domain.pricing import price
from till.domain.stock import StockLevel

MUG = a_variant(id="01JXMVG0000000000000000000", number=67, platform_id="67", sku="MUG", prices={"CAD": 999})
MUG_LINE = a_line(
    key="mugs", variant_id=MUG.id, variant_number=67, platform_id="67", sku="MUG", unit_price=999, quantity=3
)

type Json = dict[str, Any]


def sell_mugs(till: Deployment) -> None:
    """Mugs for 9.99 CAD: with taxes, three of them are no whole number of cents each."""
    mugs = a_product(
        id="01JXMVGS000000000000000000", number=87, platform_id="87", handle="mugs", version=0, variants=(MUG,)
    )
    till.sell(mugs, on_hand=10)


class Placed:
    """An order that is placed, and its merchant's calls. A new Idempotency-Key for each call unless one is given."""

    def __init__(self, till: Deployment, order_id: str) -> None:
        from merchant.after_sales.app import app as after_sales
        from merchant.gift_cards.app import app as gift_cards
        from merchant.orders.app import app as orders

        self.till, self.public_id, self.id = till, order_id, order_id[:26]
        self._api = Api([orders, after_sales, gift_cards])
        self._keys = iter(range(10**16, 10**17))

    def post(self, what: str, body: Any = None, key: str | None = None) -> Reply:
        """capture, cancel, refund or fulfil; with an empty key without one."""
        key = str(next(self._keys)) if key is None else key
        headers = {"Authorization": f"Bearer {ROOT_TOKEN}"} | ({"Idempotency-Key": key} if key else {})
        return self._api.call("POST", f"/merchant/shops/acme/orders/{self.id}/{what}", body, headers)

    def refund(self, key: str | None = None, **body: Any) -> Reply:
        return self.post("refund", body, key)

    @property
    def detail(self) -> Json:
        """As the merchant reads it."""
        return self.read("")

    def read(self, what: str) -> Json:
        """The same, or what follows its path."""
        path = f"/merchant/shops/acme/orders/{self.id}{what}"
        found: Json = self._api.call("GET", path, headers={"Authorization": f"Bearer {ROOT_TOKEN}"}).data
        return found

    @property
    def refunds(self) -> list[int]:
        """What the gateway really gave back, and what it says that it did."""
        entries = [entry for entry in self.till.ledger() if entry.refunds]
        assert all(entry.refunded == sum(entry.refunds.values()) for entry in entries)
        return [amount for entry in entries for amount in entry.refunds.values()]

    @property
    def captures(self) -> list[int]:
        """What the gateway really took."""
        return [amount for entry in self.till.ledger() for amount in entry.captures.values()]

    @property
    def history(self) -> list[tuple[str, str]]:
        """What happened since it was placed."""
        return [(one["what"], one["outcome"]) for one in self.detail["timeline"] if not one["attempt"]]


def placed(
    till: Deployment,
    lines: Iterable[LineItem] = (a_line(),),
    gift_cards: Iterable[Issued] = (),
    code: str = "",
    charged: bool = True,
) -> Placed:
    """An order to Winnipeg, placed, and charged as soon as its event is delivered. Gift cards pay before the card."""
    basket = a_basket(lines=tuple(lines))
    shopper = Shopper(till, put_ready_order(till, basket=basket, payments=()))
    if code:
        assert shopper.post("/discounts", {"code": code}).status == 200
        shopper.post("/taxes")
    total = shopper.state["order_total"]
    for gift in gift_cards:
        total -= shopper.post("/payments", gift.payment()).data["payment"]["amount"]
    if total:
        card = {"gateway_public_id": "sandbox-1", "token": "tok_approve", "amount": total}
        assert shopper.post("/payments", card).status == 200
    assert shopper.process().status == 200
    if charged:
        till.deliver_streams()
    return Placed(till, shopper.order_id)


def total_of(*lines: LineItem) -> int:
    """What an order of these lines comes to."""
    return price(a_basket(lines=lines)).total


def mugs(till: Deployment) -> StockLevel:
    return till.stock(MUG.id)
