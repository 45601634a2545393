"""Writes an event of events/ to the standard output, with the ids and tokens of the running stack in it.

Usage: event.py events/bold/orders/process_order.json | sam local invoke BoldOrdersFunction --event -

An event's ${names} must be live: the token of a session, an order that can be processed, a product. What makes them
are events too; they are sent to the running stack first, in the demo shop.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import Any

import httpx
from standardwebhooks.webhooks import Webhook

from scripts.checkout_client import PATIENCE, Json, Stack, good

# Where a plugin of yours would have to listen.
PLUGIN_URL = "http://127.0.0.1:8000/"
EVENTS = Path(__file__).resolve().parent.parent / "events"

# What a shopper does before the order is submitted. Any other event of an order finds all of it done.
CHECKOUT = (
    "bold/customers/create_guest_customer",
    "bold/addresses/set_shipping_address",
    "bold/addresses/set_billing_address",
    "bold/shipping_lines/set_shipping_line",
    "bold/taxes/generate_taxes",
    "bold/payments/create_payment",
)
# The events that must have happened for a name to have a meaning.
BEFORE = {
    "order": CHECKOUT,
    "attempt": (*CHECKOUT, "bold/orders/pre_process_order"),
    "placed_attempt": (*CHECKOUT, "bold/orders/process_order"),
    "placed_order": (*CHECKOUT, "bold/orders/process_order"),
    "ledger_key": (*CHECKOUT, "bold/orders/process_order"),
    "taxed_cart": ("elasticpath/carts/add_cart_taxes",),
    "own_cart": ("elasticpath/carts/add_cart_items", "elasticpath/carts/update_cart"),
}
# Where a name comes from: the event that is answered with it, and its place in the answer.
MADE_BY = {
    "order": ("bold/orders/initialize_order", "data.public_order_id"),
    "empty_order": ("bold/orders/initialize_order", "data.public_order_id"),
    "jwt": ("bold/orders/initialize_order", "data.jwt_token"),
    "order_id": ("merchant/orders/get_order", "data.id"),
    "attempt": ("merchant/orders/get_order", "data.timeline.0.attempt"),
    "placed_attempt": ("merchant/orders/get_order", "data.timeline.0.attempt"),
    "placed_order": ("merchant/orders/get_order", "data.id"),
    "cancelled_sale": ("merchant/after_sales/cancel_order", "data.id"),
    "cart_id": ("merchant/orders/create_cart", "data.id"),
    "product_id": ("merchant/catalog/set_product", "data.id"),
    "discount_code": ("merchant/catalog/set_discount_code", "data.code"),
    "promotion": ("merchant/catalog/set_promotion", "data.id"),
    "added_discount": ("bold/discounts/add_discount_code", "data.discount.code"),
    "sku": ("merchant/catalog/set_product", "data.variants.0.sku"),
    "gift_card_gateway": ("merchant/settings/set_gift_card_gateway", "data.id"),
    "gift_card_code": ("merchant/gift_cards/issue_gift_card", "data.code"),
    "gift_card_payment": ("bold/payments/create_gift_card_payment", "data.payment.id"),
    "gift_card_id": ("merchant/gift_cards/issue_gift_card", "data.id"),
    "client_id": ("merchant/settings/create_client", "data.client_id"),
    "client_secret": ("merchant/settings/create_client", "data.client_secret"),
    "stocked_sku": ("merchant/catalog/set_stock_on_hand", "sku"),
    "cart": ("elasticpath/carts/create_cart", "data.id"),
    "cart_item": ("elasticpath/carts/add_cart_items", "data.0.id"),
    "tax_item": ("elasticpath/carts/add_item_tax", "data.id"),
    "shipping_group": ("elasticpath/carts/create_shipping_group", "data.id"),
    "taxed_cart": ("elasticpath/carts/create_cart", "data.id"),
    "own_cart": ("elasticpath/carts/update_cart", "data.id"),
    "cart_discount": ("elasticpath/carts/add_cart_discounts", "data.0.id"),
    "item_discount": ("elasticpath/carts/add_item_discount", "data.id"),
    "cart_code": ("elasticpath/carts/add_cart_items", "data.2.sku"),
    "agreed_order": ("elasticpath/orders/check_out_cart", "data.id"),
    "paid_order": ("elasticpath/payments/create_payment", "data.relationships.order.data.id"),
    "transaction": ("elasticpath/payments/create_payment", "data.id"),
    "captured_transaction": ("elasticpath/payments/capture_transaction", "data.id"),
    "cancelled_order": ("elasticpath/orders/update_order", "data.id"),
    "access_token": ("elasticpath/tokens/create_access_token", "access_token"),
    "ep_customer": ("elasticpath/customers/create_customer", "data.id"),
    "ep_customer_email": ("elasticpath/customers/create_customer", "data.email"),
    "ep_customer_token": ("elasticpath/customers/create_customer_token", "data.token"),
    "diddo_key": ("merchant/settings/create_api_token", "data.secret"),
    "template": ("diddo/carts/add_cart_item", "id"),
    "live_cart": ("diddo/sessions/begin_checkout", "cart_id"),
    "payment_intent": ("diddo/sessions/begin_checkout", "payment_intent_id"),
    "shipping_method": (
        "diddo/sessions/set_shipping_address",
        "stores.0.offer.shipping_methods.0.id",
    ),
    "cart_key": ("cocart/cart/add_item", "cart_key"),
    "item_key": ("cocart/cart/add_item", "items.0.item_key"),
    "cocart_order": ("cocart/checkout/process_checkout", "order_id"),
    "cocart_order_key": ("cocart/checkout/process_checkout", "order_key"),
    "cocart_unpaid_order": ("cocart/checkout/process_declined_checkout", "order_id"),
    "cocart_unpaid_key": ("cocart/checkout/process_declined_checkout", "order_key"),
    "cocart_key": ("cocart/cart/add_item", "cart_key"),
    "cocart_item": ("cocart/cart/add_item", "items.0.item_key"),
    "cocart_removed_key": ("cocart/cart/remove_item", "cart_key"),
    "cocart_removed_item": ("cocart/cart/remove_item", "removed_items.0.item_key"),
    "cocart_coupon_key": ("cocart/cart/apply_coupon", "cart_key"),
    "cocart_shipped_key": ("cocart/cart/calculate_shipping", "cart_key"),
    "cocart_rate": ("cocart/cart/calculate_shipping", "shipping.packages.default.chosen_method"),
    "cocart_token": ("cocart/cart/log_in", "extras.jwt_token"),
    "customer_id": ("merchant/customers/create_customer", "data.id"),
    "account_id": ("merchant/customers/create_account", "data.id"),
    "member_id": ("merchant/customers/create_account_member", "data.id"),
    "member_email": ("merchant/customers/create_account_member", "data.email"),
    "token_id": ("merchant/settings/create_api_token", "data.id"),
    "shipping_zone": ("merchant/settings/set_shipping_zone", "data.id"),
    "tax_zone": ("merchant/settings/set_tax_zone", "data.id"),
    "cors_id": ("merchant/settings/add_cors_domain", "data.0.id"),
    "second_gateway": ("merchant/settings/set_payment_gateway", "data.id"),
    "new_shop": ("merchant/settings/create_shop", "data.identifier"),
    "tax_provider": ("merchant/settings/set_tax_provider", "data.id"),
    "platform": ("merchant/settings/set_platform", "data.id"),
    "plugin": ("merchant/settings/set_plugin", "data.id"),
    "webhook_endpoint": ("merchant/webhooks/create_webhook_endpoint", "data.id"),
    "short_lived_endpoint": ("merchant/webhooks/create_short_lived_webhook_endpoint", "data.id"),
    "webhook_delivery": ("merchant/webhooks/test_webhook_endpoint", "data.id"),
    "webhook_secret": ("merchant/settings/get_payment_gateway", "data.secret"),
    "ledger_key": ("merchant/orders/read_sandbox_ledger", "data.0.key"),
}
# What the sandbox signs its webhooks with: made of the body, when all else is in it.
SIGNED = frozenset({"webhook_timestamp", "webhook_signature"})


@dataclass(slots=True)
class Events:
    """Events with live values. `send` has an event answered and returns the body; `known` are the names to begin with:
    shop, merchant_token, gateway, variant (a platform id), plugin_url."""

    send: Callable[[str, Json], Json]
    known: dict[str, str]
    answers: dict[str, Json] = field(default_factory=dict)

    def fill(self, name: str) -> Json:
        """The event `group/case`, ready to be invoked. Raises KeyError for a name in it that nothing makes."""
        template = Template((EVENTS / f"{name}.json").read_text("utf-8"))
        names = template.get_identifiers()
        for earlier in self._before(name, names):
            self._answer(earlier)
        wanted = [one for one in names if one not in SIGNED]
        values = {one: self.known[one] if one in self.known else self._made(one) for one in wanted}
        if SIGNED.intersection(names):
            values |= self._signature(json.loads(template.safe_substitute(values)))
        event: Json = json.loads(template.substitute(values))
        return event

    def _signature(self, event: Json) -> dict[str, str]:
        at = datetime.now(UTC)
        signed = Webhook(self._made("webhook_secret")).sign(event["headers"]["webhook-id"], at, event["body"])
        return {"webhook_timestamp": str(int(at.timestamp())), "webhook_signature": signed}

    def _before(self, name: str, names: Iterable[str]) -> tuple[str, ...]:
        if name in CHECKOUT:
            return CHECKOUT[: CHECKOUT.index(name)]
        return max((BEFORE[one] for one in names if one in BEFORE and one not in self.known), key=len, default=())

    def _made(self, name: str) -> str:
        maker, place = MADE_BY[name]
        found: Any = self._answer(maker)
        for part in place.split("."):
            found = found[int(part)] if part.isdigit() else found[part]
        return str(found)

    def _answer(self, name: str) -> Json:
        if name not in self.answers:
            self.answers[name] = self.send(name, self.fill(name))
        return self.answers[name]


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    name = str(Path(sys.argv[1]).resolve().relative_to(EVENTS).with_suffix(""))
    stack = Stack.load()
    known = {
        "shop": stack.shop,
        "merchant_token": stack.merchant_token,
        "gateway": stack.gateway,
        "variant": stack.variants[0].platform_id,
        "new": secrets.token_hex(4),
        "plugin_url": PLUGIN_URL,
    }
    with httpx.Client(base_url=stack.api_url, timeout=PATIENCE) as http:

        def send(_: str, event: Json) -> Json:
            query = event["queryStringParameters"]
            sent = {"headers": event["headers"], "params": query, "content": event["body"]}
            return good(http.request(event["httpMethod"], event["path"], **sent))

        print(json.dumps(Events(send, known).fill(name), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
