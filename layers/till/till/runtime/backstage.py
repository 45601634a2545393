"""What stands behind the storefronts: the steps of the workflows, the outbox, deliveries of events, the reaper,
webhooks of gateways."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING

from till.adapters.aws import client
from till.runtime import wiring
from till.runtime.settings import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from till.adapters.delivery_queue import SqsDeliveryQueue
    from till.adapters.dynamodb.deliveries import DynamoDBDeliveries
    from till.adapters.dynamodb.endpoints import DynamoDBEndpoints
    from till.adapters.events import EventBridgePublisher
    from till.adapters.payments.notices import GatewayNotices
    from till.application.announcing import Announcing
    from till.application.delivering import Delivering
    from till.application.low_stock import LowStock
    from till.application.noticing import Noticing
    from till.application.pushing import Pushing
    from till.application.reaping import Reaper
    from till.application.reconciling import Reconciling
    from till.application.repaying import Repaying
    from till.application.settling import Settling
    from till.application.steps import Steps
    from till.application.undoing import Undoing
    from till.domain.order import Order
    from till.domain.sale import Sale


@functools.cache
def notices() -> GatewayNotices:
    """Webhooks of payment gateways."""
    from till.adapters.payments.notices import GatewayNotices
    from till.runtime import secrets

    names = environment()
    return GatewayNotices(
        names.stage, lambda: secrets.versions(names.outbound_secret), wiring.gateway_secrets(), wiring.gateways()
    )


@functools.cache
def noticing() -> Noticing:
    """What the notices of gateways lead to."""
    from till.application.noticing import Noticing

    return Noticing(
        wiring.orders(), wiring.gateways(), wiring.workflow(), wiring.placing(), reconciling(), wiring.milliseconds
    )


@functools.cache
def reconciling() -> Reconciling:
    """What gateways hold for placed orders."""
    from till.application.reconciling import Reconciling

    return Reconciling(wiring.sales(), wiring.gateways(), wiring.workflow(), repaying(), wiring.milliseconds)


@functools.cache
def steps() -> Steps:
    """The steps of the order workflow."""
    from till.application.steps import Steps

    return Steps(
        wiring.orders(),
        wiring.catalog(),
        wiring.stock(),
        wiring.gateways(),
        wiring.taxes(),
        wiring.discounts(),
        wiring.gift_cards(),
        wiring.inventory_overrides(),
        wiring.limits(),
        wiring.milliseconds,
    )


@functools.cache
def undoing() -> Undoing:
    """The undo of attempts."""
    from till.application.undoing import Undoing

    return Undoing(wiring.orders(), wiring.catalog(), wiring.stock(), wiring.gateways(), wiring.milliseconds)


@functools.cache
def settling() -> Settling:
    """What sales still have to do."""
    from till.application.settling import Settling

    return Settling(
        wiring.sales(),
        wiring.catalog(),
        wiring.gateways(),
        wiring.stock(),
        wiring.gift_cards(),
        repaying(),
        wiring.milliseconds,
    )


@functools.cache
def repaying() -> Repaying:
    """New payments of placed orders."""
    from till.application.repaying import Repaying

    return Repaying(wiring.sales(), wiring.catalog(), wiring.gateways(), wiring.limits(), wiring.milliseconds)


@functools.cache
def pushing(document: Callable[[Order, Sale], Mapping[str, object]]) -> Pushing:
    """Placed orders to the merchant's platform, as such a document."""
    from till.application.pushing import Pushing

    return Pushing(wiring.sales(), wiring.catalog(), wiring.outbound(), document, wiring.milliseconds)


@functools.cache
def publisher() -> EventBridgePublisher:
    """Events to the bus."""
    from till.adapters.events import EventBridgePublisher

    return EventBridgePublisher(environment().event_bus, wiring.orders())


@functools.cache
def low_stock() -> LowStock:
    """Stock that is sold."""
    from till.application.low_stock import LowStock

    return LowStock(wiring.stock(), wiring.catalog(), lambda events: publisher().publish(events), wiring.now)


@functools.cache
def announcing() -> Announcing:
    """Events out of the outbox."""
    from till.adapters.workflow import StepFunctionsFulfilment
    from till.application.announcing import Announcing
    from till.runtime.facts import count

    return Announcing(StepFunctionsFulfilment(environment().fulfilment_machine_arn), publisher().publish, count)


@functools.cache
def deliveries() -> DynamoDBDeliveries:
    """Deliveries of events."""
    from till.adapters.dynamodb.deliveries import DynamoDBDeliveries

    return DynamoDBDeliveries(client("dynamodb"), environment().orders_table, wiring.now)


@functools.cache
def delivery_queue() -> SqsDeliveryQueue:
    """Messages about deliveries."""
    from till.adapters.delivery_queue import SqsDeliveryQueue

    return SqsDeliveryQueue(environment().deliveries_queue)


@functools.cache
def endpoints() -> DynamoDBEndpoints:
    """Webhook endpoints."""
    from till.adapters.dynamodb.endpoints import DynamoDBEndpoints

    return DynamoDBEndpoints(client("dynamodb"), environment().catalog_table, time.monotonic)


@functools.cache
def delivering() -> Delivering:
    """Events to those who want to be told of them, by every channel that there is."""
    from till.adapters.log import logger
    from till.adapters.mail import SesMailer
    from till.application.delivering import Channel, Delivering
    from till.application.mailing import MAIL, Mails
    from till.application.webhooks import WEBHOOK, Webhooks

    channels: dict[str, Channel] = {
        WEBHOOK: Webhooks(endpoints(), wiring.outbound(), wiring.now),
        MAIL: Mails(wiring.catalog(), wiring.orders(), SesMailer()),
    }

    def note(error: Exception) -> None:
        logger.error("delivery", exc_info=error)

    return Delivering(deliveries(), delivery_queue(), channels, wiring.now, note)


@functools.cache
def reaper() -> Reaper:
    """What stands still."""
    from till.application.delivering import resume
    from till.application.reaping import Reaper

    def resumed(now: int) -> int:
        return resume(deliveries(), delivery_queue(), now)

    announce = announcing().announce
    return Reaper(wiring.orders(), wiring.stock(), wiring.workflow(), announce, resumed, wiring.milliseconds)
