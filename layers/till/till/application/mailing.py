"""Mail as a way in which events leave: orders are confirmed to customers, and merchants are told what needs them.

No address is kept with a delivery: each try reads the order and the shop as they are then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from till.application.ports import Catalog, Orders
from till.domain.delivery import Delivered, Delivery
from till.domain.errors import NotFound
from till.domain.event import Event
from till.domain.mail import NOTICES, Mail, confirmation, notice

MAIL: Final = "mail"
# To whom: the customer of an order, or the merchant.
CONFIRMATION: Final = "mail"
NOTICE: Final = "notice"
CONFIRMS: Final = "order.placed"


class Mailer(Protocol):
    """Sends mails."""

    def send(self, mail: Mail) -> Delivered:
        """One try. Nothing is raised for what the other side does, and no address is in its answer."""


@dataclass(frozen=True, slots=True)
class Mails:
    """The channel `MAIL`."""

    catalog: Catalog
    orders: Orders
    mailer: Mailer

    def wanting(self, event: Event) -> Sequence[str]:
        if event.type != CONFIRMS and event.type not in NOTICES:
            return ()
        try:
            chosen = self.catalog.shop(event.shop).settings.mail
        except NotFound:
            return ()
        if not chosen.get("sender"):
            return ()
        if event.type == CONFIRMS:
            return (CONFIRMATION,)
        return (NOTICE,) if chosen.get("notify") else ()

    def send(self, delivery: Delivery) -> Delivered:
        mail = self._mail(delivery)
        if mail is None or not mail.sender or not mail.to:
            return Delivered(0, 0, "There is nobody to write to, or no sender any more.", is_hopeless=True)
        sent = self.mailer.send(mail)
        if sent.is_hopeless and delivery.endpoint_id == CONFIRMATION:
            # Nobody is reached by what the customer typed: that calls for no alarm.
            return replace(sent, status=0)
        return sent

    def _mail(self, delivery: Delivery) -> Mail | None:
        event = delivery.event
        shop = self.catalog.shop(event.shop, fresh=True)
        if delivery.endpoint_id == NOTICE:
            return notice(event, shop)
        order = self.orders.get(event.shop, event.order_id)
        return confirmation(order, shop) if order else None
