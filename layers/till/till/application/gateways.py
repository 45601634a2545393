"""What the use cases need of payment gateways. Every gateway passes the same contract suite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from till.domain.payment import PaymentState
    from till.domain.shop import Shop


@dataclass(frozen=True, slots=True)
class Authorize:
    """What a gateway is asked. `key` makes it once; `reference` is the order number; minor units.

    `order_id` comes back in the gateway's notices. `customer`, the merchant's id, is who may use the token again where
    it is to be retained; empty for guests.
    """

    key: str
    token: str
    amount: int
    currency: str
    reference: str
    order_id: str = ""
    customer: str = ""
    retain: bool = False


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """What a gateway says of one key. `message` is a sentence that a shopper can act on.

    `captured` and `refunded` are what it holds by now, in minor units, whoever asked for it; a refund that failed in
    the end is not in it. `disputed` says that the shopper disputes, or did, what was captured.
    """

    state: PaymentState
    reference: str = ""
    message: str = ""
    client_secret: str = ""
    captured: int = 0
    refunded: int = 0
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """What a gateway's webhook is about: the payment with this key, of this order. Nothing else of it is believed."""

    id: str
    type: str
    order_id: str
    key: str


class GatewayUnknownError(Exception):
    """The gateway did not answer: it may or may not have done it. Ask again under the same key."""


class PaymentGateway(Protocol):
    """A payment gateway. Every call is idempotent by key; no answer raises `GatewayUnknownError`.

    `captures_in_parts`: can an authorization be captured more than once? Where it cannot, its first capture is its
    last, and gives up what it leaves.
    """

    @property
    def captures_in_parts(self) -> bool: ...

    def check(self, amount: int, currency: str) -> None:
        """Raises `Refused` for what the gateway would never take, such as too little. Asks nobody."""

    def authorize(self, request: Authorize) -> GatewayAnswer:
        """AUTHORIZED, DECLINED or REQUIRES_ACTION."""

    def query(self, key: str) -> GatewayAnswer | None:
        """What became of the key; None where the gateway never heard of it."""

    def void(self, key: str) -> GatewayAnswer:
        """Give an authorization up. VOIDED; also where there is none."""

    def capture(self, key: str, amount: int, capture_key: str) -> GatewayAnswer:
        """Take authorized money, in part or in whole; `reference` is the capture's. Raises `Refused`, for good: above
        what was authorized, or where the authorization is gone (code `authorization_expired`)."""

    def refund(self, key: str, amount: int, refund_key: str) -> GatewayAnswer:
        """Give captured money back; `reference` is the refund's. Raises `Refused` above what was captured."""


class Gateways(Protocol):
    """The gateways that a shop has set up."""

    def of(self, shop: Shop, gateway_id: str) -> PaymentGateway:
        """Raises `NotFound`."""


class Notices(Protocol):
    """The webhooks of the gateways that a shop has set up."""

    def read(self, shop: Shop, gateway_id: str, headers: Mapping[str, str], body: bytes, now: int) -> Notice | None:
        """What a webhook is about; None where it is about nothing of Till's. Header names are lower-case.

        Raises `NotFound`, and `Unauthenticated` where it is not the gateway's, is too old, or no secret is set.
        """
