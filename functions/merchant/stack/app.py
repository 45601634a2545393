"""The stack that a shop is on: looked over, and the keys that it signs with made anew."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import cache

from merchant.auth import authenticate
from merchant.stack.models import RotateBody
from merchant.wire import MERCHANT, everything, one
from till.adapters.account import AwsAccount
from till.application.doctor import Doctor, seen
from till.application.idempotency import Answer
from till.application.rotating import rotate
from till.domain.plugin import Receiver
from till.domain.shop import Shop
from till.runtime import backstage, wiring
from till.runtime.app import App, Kind, Request
from till.runtime.settings import environment
from till.runtime.validation import parse

# As long as those that the template generates.
_KEY_BYTES = 32
_AT_ONCE = 16
# So long what a key signed is good, in seconds: of shoppers' tokens payment links live longest.
LIVES = {"jwt": 7 * 86_400, "merchant_token": 0}

app = App(MERCHANT, authenticate)
handler = app.handle


@app.route("GET", "/merchant/shops/{shop}/doctor", Kind.READ, "Look Stack Over")
def look_over(request: Request) -> Answer:
    shop, names = wiring.catalog().shop(request.path["shop"], fresh=True), environment()
    doctor = Doctor(
        account(),
        wiring.workflow().ask_gateway,
        wiring.outbound().reach,
        names.stage,
        _secrets() | {"outbound": names.outbound_secret},
        names.allowed_origins,
        request.now,
    )
    endpoints = backstage.endpoints().of(shop.identifier, fresh=True)
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        checks = tuple(threads.map(seen, doctor.looks(shop, _services(shop), endpoints)))
    return everything(checks, asdict)


@app.route("POST", "/merchant/keys/rotate", Kind.CALL, "Rotate Key")
def rotate_key(request: Request) -> Answer:
    wanted = parse(RotateBody, request.body)
    life = 0 if wanted.again else LIVES[wanted.key]
    value, version = os.urandom(_KEY_BYTES).hex(), f"rotate-{request.new_id()}"
    rotate(account(), _secrets()[wanted.key], value, version, life, request.now)
    return one({"key": wanted.key, "rotated_at": request.began})


@cache
def account() -> AwsAccount:
    """Of this stack, whose name begins the names of its secrets."""
    return AwsAccount(environment().jwt_secret.partition("/")[0])


def _secrets() -> dict[str, str]:
    return {"jwt": environment().jwt_secret, "merchant_token": environment().merchant_secret}


def _services(shop: Shop) -> Iterator[tuple[str, Receiver]]:
    """The merchant's own, which Till calls."""
    if shop.tax_provider:
        yield "tax provider", shop.tax_provider
    if shop.platform:
        yield "platform", shop.platform
    for plugin in shop.plugins:
        yield f"plugin {plugin.id}", plugin.receiver()
