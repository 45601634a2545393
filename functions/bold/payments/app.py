"""How an order is paid. Nothing is authorized here: that is the order workflow's."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from bold import wire
from bold.payments import gift_cards
from bold.payments.models import AmountBody, GiftCardPaymentBody, PaymentBody, TokenBody, WalletBody
from bold.storefront import ORDER, change, read, storefront
from till.application.idempotency import Answer
from till.domain.errors import Refused
from till.domain.order import Order
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Kind, Request
from till.runtime.validation import parse

app = storefront()
handler = app.handle

PAYMENTS = f"{ORDER}/payments"
WALLET_PAY = f"{ORDER}/wallet_pay"


@app.route("GET", PAYMENTS, Kind.READ, "List Payments")
def list_payments(request: Request) -> Answer:
    return read(request, lambda order, _: {"payments": [wire.payment(one) for one in order.payments]})


@app.route("POST", PAYMENTS, Kind.CHANGE, "Create Payment", takes="PaymentBody")
def create_payment(request: Request) -> Answer:
    body = parse(PaymentBody, request.body)
    # Once, however often the order is edited, and not where a key replays.
    tried = cache(lambda: gift_cards.count_try(request))
    by_gift_card: wire.Json = {}

    def edit(order: Order, shop: Shop) -> Order:
        gateway = shop.gateway(body.gateway_public_id)
        if gateway.is_gift_card:
            tried()
            return gift_cards.add(order, body, by_gift_card)
        if gateway.is_manual:
            raise Refused("This payment gateway is not for shoppers.", "gateway_public_id")
        # The same token again is the same payment: clients send it again after a time-out.
        same = [old for old in order.payments if old.gateway_id == gateway.id and old.token == body.token]
        others = order.without_payment(same[0]) if same else order
        payment_id = same[0].id if same else wiring.new_id()
        return others.with_payment(body.payment(payment_id, order.basket.currency, others.balance))

    def render(order: Order, _: Shop) -> wire.Json:
        return {"payment": by_gift_card or wire.payment(order.payment(body.gateway_public_id, body.token))}

    return change(request, edit, render)


@app.route("PUT", PAYMENTS, Kind.CHANGE, "Update Payment", takes="AmountBody")
def update_payment(request: Request) -> Answer:
    body = parse(AmountBody, request.body)

    def edit(order: Order, _: Shop) -> Order:
        old = order.payment(body.gateway_public_id, body.token)
        if old.is_gift_card:
            return gift_cards.set_amount(order, old, body.amount)
        kept = tuple(replace(one, amount=body.amount) if one is old else one for one in order.payments)
        return replace(order, payments=kept)

    return change(
        request,
        edit,
        lambda order, _: {"payment": wire.payment(order.payment(body.gateway_public_id, body.token))},
    )


@app.route("DELETE", PAYMENTS, Kind.CHANGE, "Remove Payment", takes="TokenBody")
def remove_payment(request: Request) -> Answer:
    body = parse(TokenBody, request.body)
    removed: wire.Json = {}

    def edit(order: Order, _: Shop) -> Order:
        payment = order.payment(body.gateway_public_id, body.token)
        removed["payment"] = wire.payment(payment)
        return order.without_payment(payment)

    return change(request, edit, lambda _, __: removed)


@app.route("DELETE", f"{PAYMENTS}/gift_card", Kind.CHANGE, "Remove Gift Card Payment", takes="GiftCardPaymentBody")
def remove_gift_card_payment(request: Request) -> Answer:
    body = parse(GiftCardPaymentBody, request.body)
    removed: wire.Json = {}

    def edit(order: Order, _: Shop) -> Order:
        payment = gift_cards.payment(order, body.id)
        removed["payment"] = wire.payment(payment)
        return order.without_payment(payment)

    return change(request, edit, lambda _, __: removed)


@app.route("DELETE", f"{PAYMENTS}/saved/{{payment}}", Kind.CHANGE, "Remove Saved Payment")
def remove_saved_payment(request: Request) -> Answer:
    def edit(order: Order, _: Shop) -> Order:
        customer = order.basket.customer
        if customer is not None and customer.platform_id:
            wiring.saved_payments().forget(order.shop, customer.platform_id, request.path["payment"])
        return order

    return change(request, edit, lambda *_: {})


@app.route("POST", f"{WALLET_PAY}/create_order", Kind.READ, "Wallet Pay Create Order", takes="WalletBody")
@app.route("POST", f"{WALLET_PAY}/on_shipping", Kind.READ, "Wallet Pay On Shipping", takes="WalletBody")
@app.route("POST", f"{WALLET_PAY}/on_approve", Kind.READ, "Wallet Pay On Approve", takes="WalletBody")
def wallet_pay(request: Request) -> Answer:
    parse(WalletBody, request.body)
    raise Refused("No payment gateway of this shop takes this wallet.", "gateway_type")
