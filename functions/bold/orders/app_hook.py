"""An app hook: a plugin is told what happened in the storefront, and its actions are carried out, all or none."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from bold.orders.models import AppHookBody
from bold.orders.plugin_actions import Acting, PluginAnswer
from bold.storefront import change
from bold.wire import Json, address, application_state, payment
from till.application.editing import found
from till.application.idempotency import Answer
from till.application.ports import NoAnswerError
from till.domain.card_numbers import refuse_card_numbers
from till.domain.errors import Invalid, NotFound, Refused
from till.domain.order import Order
from till.domain.plugin import APP_HOOK, Plugin
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Request
from till.runtime.validation import parse


def dispatch(request: Request) -> Answer:
    """The plugin is asked once, outside of any write; its actions are applied to the order as it then is."""
    body = parse(AppHookBody, request.body)
    shop = wiring.catalog().shop(request.path["shop"])
    plugin = shop.plugin(body.uuid.lower())
    if APP_HOOK not in plugin.events:
        raise NotFound("This plugin is not registered for app hooks.", "uuid")
    order = found(wiring.orders().get(shop.identifier, request.path["order"]))
    order.editable()
    answer = _asked(plugin, _event(body, order, shop), shop, _message(request))
    acting = Acting(plugin, wiring.outbound().check)

    def edit(order: Order, _: Shop) -> Order:
        try:
            return answer.on(order, acting)
        except Invalid as error:
            raise _unusable(error) from None

    # Without the key: that is the whole call's, and is claimed already.
    return change(replace(request, claim=None), edit, lambda *_: {})


def _asked(plugin: Plugin, event: Json, shop: Shop, message: str) -> PluginAnswer:
    try:
        answer = wiring.outbound().call(shop.identifier, plugin.receiver(), event, message)
        refuse_card_numbers(answer)
        return parse(PluginAnswer, answer)
    except NoAnswerError:
        raise Refused("The plugin gave no answer. Nothing was changed.", "app_hook", code="plugin_failed") from None
    except Invalid as error:
        raise _unusable(error) from None


def _unusable(error: Invalid) -> Refused:
    problem = error.problems[0]
    message = f"The plugin's answer cannot be used ({problem.field}: {problem.message}). Nothing was changed."
    return Refused(message, "app_hook", code="plugin_failed")


def _message(request: Request) -> str:
    """The same request under the same key is the same message, so that a plugin can tell."""
    key = request.headers.get("idempotency-key", "")
    return hashlib.sha256(f"{request.path['order']}/{key}".encode()).hexdigest()[:32] if key else ""


def _event(body: AppHookBody, order: Order, shop: Shop) -> Json:
    """Payment tokens are for gateways: a plugin is told of payments without them."""
    basket = order.basket
    payments = [{name: value for name, value in payment(one).items() if name != "token"} for one in order.payments]
    return {
        "event": APP_HOOK,
        "hook": body.hook,
        "uuid": body.uuid,
        "app_hook_data": body.app_hook_data,
        "shop": shop.identifier,
        "order": {"public_order_id": order.public_id, "total": order.total, "currency": basket.currency},
        "customer": {"shipping": address(basket.shipping_address), "billing": address(basket.billing_address)},
        "application_state": application_state(order, shop) | {"payments": payments},
    }
