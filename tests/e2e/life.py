"""A new shop on a gateway of either kind, its shoppers, its merchant, and what its gateway really holds."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import httpx

from scripts.checkout_client import Checkout, Json, Merchant, Stack, good, item
from tests.builders import PLENTY
from tests.e2e.deployment import eventually, submitted
from tests.fakes.stripe_api import StripeApi

SANDBOX, STRIPE = "sandbox", "stripe"
CARDS, GIFT_CARDS = "cards", "gift-cards"
SECRET = "whsec_e2e_whole_life"
KEYS = {"public_key": "pk_test_e2e", "secret_key": "sk_test_e2e", "webhook_secret": SECRET}
APPROVES = {SANDBOX: "tok_approve", STRIPE: "pm_card_visa"}
ASKS_THE_BANK = {SANDBOX: "tok_requires_action", STRIPE: "pm_card_threeDSecure2Required"}
# Ten on hand of each.
GOODS = {
    "CAD": {"TEA": "20.00", "MUG": "9.99", "STICKER": "0.30"},
    "JPY": {"STAMP": "80"},
    "KWD": {"THREAD": "1.234", "RIBBON": "1.230"},
}
# Small things ship free.
FREE = [{"up_to": None, "amount": "0"}]
RATES = {"CAD": [{"up_to": "1.00", "amount": "0"}, {"up_to": None, "amount": "5.00"}]}


@dataclass(frozen=True, slots=True)
class Held:
    """What a gateway says of one authorization. Minor units."""

    amount: int
    captures: list[int] = field(default_factory=list)
    refunds: list[int] = field(default_factory=list)
    is_void: bool = False


@dataclass(frozen=True, slots=True)
class LifeShop:
    """A shop and the gateway that takes its cards; `stripe` is the one of the tests, if it is that."""

    merchant: Merchant
    stack: Stack
    kind: str
    webhook_url: str
    stripe: StripeApi | None = None

    @classmethod
    def opened(
        cls, stack: Stack, http: httpx.Client, stripe: StripeApi | None, currency: str, **settings: Any
    ) -> LifeShop:
        """New, with stock, shipping and, where it sells in CAD, taxes."""
        name, kind = f"life-{uuid.uuid4().hex[:8]}", STRIPE if stripe else SANDBOX
        merchant = Merchant(http.request, name, stack.merchant_token)
        new = {
            "identifier": name,
            "name": "Life",
            "currency": currency,
            "country": "CA",
            "settings": {"limits": PLENTY},
        }
        good(http.post("/merchant/shops", json=new, headers={"Authorization": f"Bearer {merchant.token}"}))
        everywhere = {"name": "Everywhere", "regions": [{"country": "*"}]}
        rate = {"code": "mail", "description": "Mail", "kind": "value", "tiers": RATES.get(currency, FREE)}
        merchant.ask("PATCH", "", {"settings": settings})
        merchant.ask("PUT", "/shipping_zones/all", everywhere | {"rates": [rate]})
        if currency == "CAD":
            merchant.ask("PUT", "/tax_zones/all", everywhere | {"rates": [{"name": "GST", "rate": "5"}]})
        merchant.ask("PUT", f"/gateways/{GIFT_CARDS}", {"kind": "gift_card", "name": "Gift card"})
        cards = {"kind": kind, "name": "Cards"} | (KEYS if stripe else {})
        url = merchant.ask("PUT", f"/gateways/{CARDS}", cards)["data"]["webhook_url"]
        for sku, price in GOODS[currency].items():
            variants = [{"sku": sku, "prices": {currency: price}}]
            merchant.ask("PUT", "/products", {"handle": sku.lower(), "title": sku.title(), "variants": variants})
            merchant.ask("PUT", f"/stock/{sku}", {"on_hand": 10})
        return cls(merchant, replace(stack, shop=name, gateway=CARDS), kind, url, stripe)

    def intent(self, order: Json) -> Json:
        """The one PaymentIntent of an order, as Stripe has it: what is written into it is so at Stripe."""
        assert self.stripe
        found = [one for one in self.stripe.objects.intents.values() if one["metadata"]["order"] == order["id"]]
        (intent,) = found
        return intent

    def close(self) -> None:
        """Its gateway goes, and with it the keys."""
        self.merchant.ask("DELETE", f"/gateways/{CARDS}")

    # The shopper

    def cart(
        self, *wanted: tuple[str, int], code: str = "", gift_card: str = "", asks: bool = False, token: str = ""
    ) -> Checkout:
        """Ready to be processed: a gift card pays what it can, and a card the rest; `asks` for its owner's bank."""
        cart = Checkout.begin(self.merchant.send, self.stack, [item(sku, quantity) for sku, quantity in wanted])
        token = token or (ASKS_THE_BANK if asks else APPROVES)[self.kind]
        cart.fill_in()
        if code:
            cart.ask("POST", "/discounts", {"code": code})
            cart.ask("POST", "/taxes")
        if gift_card:
            cart.pay(GIFT_CARDS, gift_card)
        if cart.state["order_balance"]:
            cart.pay(CARDS, token)
        return cart

    def placed(self, cart: Checkout) -> Json:
        """The order, as soon as it is placed."""
        answer = submitted(cart)
        assert answer.status_code == httpx.codes.OK, answer.text
        return self.order(cart)

    def charged(self, cart: Checkout) -> Json:
        """The order once its charge has come to an end."""
        self.placed(cart)
        return eventually(lambda: self.order(cart), lambda order: order["charge"] != "pending")

    # The merchant

    def order(self, of: Checkout | Json) -> Json:
        return self.merchant.order(of.order if isinstance(of, Checkout) else of["id"])

    def ask(self, order: Json, what: str, body: Json | None = None, key: str = "") -> httpx.Response:
        """capture, refund, fulfil or cancel; sent again under its key while the machine is too busy."""
        headers, path = {"Idempotency-Key": key or uuid.uuid4().hex}, f"/orders/{order['id']}/{what}"
        return eventually(
            lambda: self.merchant.call("POST", path, body or {}, headers=headers),
            lambda answer: answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR,
        )

    def do(self, order: Json, what: str, body: Json | None = None, key: str = "") -> Json:
        """The order when that is carried out."""
        answer = self.ask(order, what, body, key)
        assert answer.status_code in (httpx.codes.OK, httpx.codes.ACCEPTED), answer.text
        return eventually(lambda: self.order(order), lambda now: all(not_pending(one) for one in now["transactions"]))

    def gift_card(self, amount: str) -> Json:
        """Issued, with its code."""
        card: Json = self.merchant.ask("POST", "/gift_cards", {"amount": amount})["data"]
        return card

    def movements(self, card: Json) -> list[tuple[str, str]]:
        """The gift card's own ledger."""
        shown = self.merchant.ask("GET", f"/gift_cards/{card['id']}")["data"]
        return [(one["kind"], one["amount"]) for one in shown["movements"]]

    def code(self, percent: str) -> str:
        """A code that one order may use."""
        code = f"OFF{percent}-{uuid.uuid4().hex[:6].upper()}"
        body = {"kind": "percentage", "percent": percent, "text": f"{percent} % off", "most_uses": 1}
        self.merchant.ask("PUT", f"/discounts/{code}", body)
        return code

    def uses(self, code: str, wanted: int) -> int:
        """How many orders have the code, when it is as many as that, or as it still is after a minute."""

        def allocated() -> int:
            uses: int = self.merchant.ask("GET", f"/discounts/{code}")["data"]["uses"]["allocated"]
            return uses

        return eventually(allocated, lambda uses: uses == wanted)

    def stock(self, sku: str, allocated: int) -> tuple[int, int, int]:
        """On hand, allocated and available, once so many are allocated and none is held."""
        level = eventually(
            lambda: self.merchant.stock(sku), lambda now: (now["held"], now["allocated"]) == (0, allocated)
        )
        assert level["held"] == 0
        return level["on_hand"], level["allocated"], level["available"]

    # The gateway

    def held(self, order: Json) -> list[Held]:
        """All that the gateway was ever asked to authorize for the order, and what became of it."""
        if self.stripe is None:
            return [
                Held(
                    entry["amount"],
                    list(entry["captures"].values()),
                    list(entry["refunds"].values()),
                    entry["state"] == "voided",
                )
                for entry in sorted(self.merchant.ledger(CARDS, order), key=lambda entry: str(entry["key"]))
            ]
        return [
            Held(
                intent["amount"],
                [intent["amount_received"]] if intent["amount_received"] else [],
                # What a capture leaves is listed as a refund without a key of ours.
                [
                    one["amount"]
                    for one in self.stripe.objects.refunds.values()
                    if one["payment_intent"] == intent["id"] and one["metadata"]
                ],
                intent["status"] == "canceled",
            )
            for intent in self.intents(order)
        ]

    def intents(self, order: Json) -> Sequence[Json]:
        """Stripe's, oldest first."""
        assert self.stripe is not None
        return [one for one in self.stripe.objects.intents.values() if one["metadata"]["order"] == order["id"]]

    def bank_confirms(self, order: Json) -> None:
        """The shopper is done at the bank and never comes back; the gateway's webhook tells."""
        if self.stripe is None:
            (entry,) = self.merchant.ledger(CARDS, order)
            path = f"/gateways/{CARDS}/ledger/{quote(entry['key'], safe='')}/act"
            assert eventually(
                lambda: self.merchant.ask("POST", path, {"event": "confirm"})["data"]["webhook"]["delivered"], bool
            )
            return
        (intent,) = self.intents(order)
        self.stripe.objects.authenticate(intent["id"], success=True)
        (*_, event) = (one for one in self.stripe.objects.events if one["data"]["object"]["id"] == intent["id"])
        deliver = self.stripe.deliver
        assert eventually(lambda: deliver(event, self.webhook_url, SECRET) == httpx.codes.OK, bool)


def not_pending(transaction: Json) -> bool:
    return bool(transaction["state"] != "pending")


def history(order: Json) -> list[str]:
    """The timeline in a word or two for each line; it is in the order of time."""
    assert [one["at"] for one in order["timeline"]] == sorted(one["at"] for one in order["timeline"])
    return [f"{one['what']} {one['outcome']}" for one in order["timeline"]]


def moved(order: Json) -> list[tuple[str, str, int]]:
    """What was done with money: kind, state, amount."""
    return [(one["kind"], one["state"], one["amount"]) for one in order["transactions"]]


def told(order: Json, what: str) -> Json:
    """The detail of the one line of the timeline that is about that."""
    (detail,) = (one["detail"] for one in order["timeline"] if one["what"] == what)
    return dict(detail)
