"""What the template tells a function through its environment, read once."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Environment:
    """Names of what was deployed. A name that a function was not given is empty."""

    stage: str
    orders_table: str
    catalog_table: str
    stock_table: str
    idempotency_table: str
    ledger_table: str
    state_machine_arn: str
    fulfilment_machine_arn: str
    payment_steps_function: str
    event_bus: str
    deliveries_queue: str
    jwt_secret: str
    merchant_secret: str
    dns_server: str
    outbound_secret: str
    gateway_secrets: str
    allowed_origins: tuple[str, ...]
    api_url: str
    default_shop: str
    stripe_stand_in: str


@functools.cache
def environment() -> Environment:
    """The environment of this function."""
    read = os.environ.get
    stage = read("TILL_STAGE", "local")
    return Environment(
        stage=stage,
        orders_table=read("TILL_ORDERS_TABLE", ""),
        catalog_table=read("TILL_CATALOG_TABLE", ""),
        stock_table=read("TILL_STOCK_TABLE", ""),
        idempotency_table=read("TILL_IDEMPOTENCY_TABLE", ""),
        ledger_table=read("TILL_LEDGER_TABLE", ""),
        state_machine_arn=read("TILL_STATE_MACHINE_ARN", ""),
        fulfilment_machine_arn=read("TILL_FULFILMENT_MACHINE_ARN", ""),
        payment_steps_function=read("TILL_PAYMENT_STEPS_FUNCTION", ""),
        event_bus=read("TILL_EVENT_BUS", ""),
        deliveries_queue=read("TILL_DELIVERIES_QUEUE", ""),
        jwt_secret=read("TILL_JWT_SECRET", ""),
        merchant_secret=read("TILL_MERCHANT_SECRET", ""),
        outbound_secret=read("TILL_OUTBOUND_SECRET", ""),
        gateway_secrets=read("TILL_GATEWAY_SECRETS", ""),
        dns_server=read("TILL_DNS_SERVER", ""),
        allowed_origins=tuple(origin for origin in read("TILL_ALLOWED_ORIGINS", "").split(",") if origin),
        api_url=read("TILL_API_URL", "").rstrip("/"),
        default_shop=read("TILL_DEFAULT_SHOP", ""),
        # Money never goes to a stand-in: only where there is none to lose.
        stripe_stand_in=read("TILL_STRIPE_STAND_IN", "").rstrip("/") if stage == "local" else "",
    )
