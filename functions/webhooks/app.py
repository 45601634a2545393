"""The webhooks of payment gateways. A payment function: it asks gateways what is true of what they say."""

from __future__ import annotations

from till.adapters.log import logger
from till.application.idempotency import Answer
from till.domain.errors import Busy, Invalid, NotFound, TillError, Unauthenticated
from till.runtime import backstage, wiring
from till.runtime.app import LARGEST_BODY, App, Kind, Request

RETRY_AFTER_SECONDS = 30
_LONGEST_SHOP = 63


class WebhookDialect:
    """401 for what is not a gateway's own, 400 for what cannot be read; 503 asks the gateway to send it again."""

    def admit(self, body: object) -> None:
        """Anything: it is only looked at where its signature is right."""

    def refuse(self, error: TillError) -> Answer:
        status, headers = 503, {"Retry-After": str(RETRY_AFTER_SECONDS)}
        if isinstance(error, Unauthenticated | NotFound):
            # Strangers are not told which shops and gateways there are.
            status, headers, error = 401, {}, Unauthenticated("This is no webhook of this gateway.")
        if isinstance(error, Invalid):
            status, headers = 400, {}
        errors = [{"code": one.code, "message": one.message, "field": one.field or None} for one in error.problems]
        return Answer(status, {"errors": errors}, headers)

    def fault(self) -> Answer:
        return self.refuse(Busy("This could not be looked at. Send it again."))


app = App(WebhookDialect(), lambda _: "")
handler = app.handle


@app.route("POST", "/webhooks/{gateway}", Kind.NOTICE, "Take Gateway Webhook", body="text")
def take_webhook(request: Request) -> Answer:
    if len(request.raw) > LARGEST_BODY:
        raise Invalid(f"The body is larger than {LARGEST_BODY // 1024} kB.", "body")
    identifier, gateway_id = request.query.get("shop", ""), request.path["gateway"]
    if not 0 < len(identifier) <= _LONGEST_SHOP:
        raise NotFound("There is no such shop.", "shop")
    shop = wiring.catalog().shop(identifier)
    notice = backstage.notices().read(shop, gateway_id, request.headers, request.raw, request.now)
    if notice is None:
        return Answer(200, {"data": {"outcome": "ignored"}})
    outcome = backstage.noticing().look(shop, gateway_id, notice)
    told = {"shop": identifier, "gateway": gateway_id, "notice": notice.id, "type": notice.type}
    logger.info("webhook", extra={**told, "order": notice.order_id, "outcome": outcome})
    return Answer(200, {"data": {"outcome": str(outcome)}})
