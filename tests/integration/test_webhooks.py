"""Who may send a webhook: the gateway itself, now, of the shop in its URL. Nobody else changes anything."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from tests.builders import a_shop
from tests.fakes.outbound import Service, running
from tests.integration.api import Api
from tests.integration.bank import AUTHORIZED, GATEWAYS, Bank, body
from tests.integration.deployment import ENVIRONMENT, SECRETS, Deployment
from tests.integration.shopper import Shopper
from till.adapters import aws
from till.adapters.payments.sandbox_acts import Act
from till.runtime import backstage, secrets, settings, wiring

NOBODYS = "whsec_" + base64.b64encode(b"x" * 32).decode()


@pytest.fixture
def bank(till: Deployment) -> Bank:
    return Bank(till)


@pytest.fixture
def confirmed(till: Deployment, bank: Bank) -> Shopper:
    """A shopper whose payment the bank has confirmed, and nobody was told."""
    shopper = Shopper.ready(till, "tok_requires_action")
    shopper.process()
    bank.act(Act.CONFIRM)
    return shopper


def is_untouched(till: Deployment, shopper: Shopper) -> bool:
    return till.order(shopper.order_id).status == "parked"


@pytest.mark.parametrize(
    "forged",
    [
        {"secret": NOBODYS},
        {"webhook_signature": ""},
        {"webhook_signature": "v1,"},
        {"webhook_signature": "v1,é"},
        {"webhook_signature": "v1a,AAAA"},
        {"webhook_id": ""},
        {"webhook_id": "msg_2"},
        {"webhook_timestamp": "0"},
        {"webhook_timestamp": "-1"},
        {"webhook_timestamp": "1e9"},
        {"webhook_timestamp": "٣"},
        {"webhook_timestamp": "9" * 400},
        {"age": 301},
        {"age": -302},
        {"shop": "other"},
        {"shop": ""},
        {"shop": "x" * 5000},
        {"gateway": "nobodys"},
        {"gateway": "sandbox-2"},
    ],
    ids=lambda forged: json.dumps(forged)[:40],
)
def test_a_forged_webhook_is_401_and_changes_nothing(
    till: Deployment, bank: Bank, confirmed: Shopper, forged: dict[str, Any]
) -> None:
    (sandbox,) = a_shop().gateways
    till.change_shop(gateways=(sandbox, replace(sandbox, id="sandbox-2")))
    before = till.stored(confirmed.order_id)
    refused = bank.tell(**forged)
    assert refused.status == 401
    assert refused.body["errors"][0]["message"] == "This is no webhook of this gateway."
    assert till.stored(confirmed.order_id) == before


def test_a_changed_body_is_a_forged_webhook(till: Deployment, bank: Bank, confirmed: Shopper) -> None:
    entry = till.ledger()[0]
    signed = body(entry.order_id, entry.key)
    assert bank.post(signed, arrives=signed + b" ").status == 401
    assert is_untouched(till, confirmed)


def test_nothing_secret_is_logged(
    till: Deployment, bank: Bank, confirmed: Shopper, caplog: pytest.LogCaptureFixture
) -> None:
    bank.tell(webhook_signature="v1,c2lnbmF0dXJl")
    bank.tell(signature_before="v1,c2lnbmF0dXJl ")
    logged = str([vars(record) for record in caplog.records])
    assert "continued" in logged
    assert "c2lnbmF0dXJl" not in logged
    assert bank.secret.removeprefix("whsec_") not in logged


@pytest.mark.parametrize("age", [299, -299])
def test_clocks_may_differ_by_five_minutes(till: Deployment, bank: Bank, confirmed: Shopper, age: int) -> None:
    assert bank.tell(age=age).status == 200
    assert not is_untouched(till, confirmed)


@pytest.mark.parametrize("plain", [False, True])
def test_the_body_is_what_was_signed_however_it_is_handed_over(
    till: Deployment, bank: Bank, confirmed: Shopper, plain: bool
) -> None:
    assert bank.tell(plain=plain).status == 200
    assert not is_untouched(till, confirmed)


def test_one_good_signature_of_several_is_enough(till: Deployment, bank: Bank, confirmed: Shopper) -> None:
    """A gateway that changes its secret signs with both for a while."""
    assert bank.tell(signature_before="v1,AAAA v2,AAAA ").status == 200
    assert not is_untouched(till, confirmed)


def test_the_secret_before_a_rotation_still_counts(till: Deployment, bank: Bank, confirmed: Shopper) -> None:
    manager = aws.client("secretsmanager")
    manager.put_secret_value(SecretId=ENVIRONMENT["TILL_OUTBOUND_SECRET"], SecretString="n" * 64)
    secrets.forget()
    assert Bank(till).secret != bank.secret
    assert bank.tell().status == 200
    assert Bank(till).tell().status == 200
    assert not is_untouched(till, confirmed)


def test_without_its_secret_nothing_is_believed_and_the_gateway_tries_again(
    till: Deployment, bank: Bank, confirmed: Shopper
) -> None:
    manager = aws.client("secretsmanager")
    name = ENVIRONMENT["TILL_OUTBOUND_SECRET"]
    manager.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    secrets.forget()
    refused = bank.tell()
    assert (refused.status, refused.headers["Retry-After"]) == (503, "30")
    assert is_untouched(till, confirmed)
    manager.create_secret(Name=name, SecretString=SECRETS["TILL_OUTBOUND_SECRET"])
    assert bank.tell().status == 200


def test_the_sandbox_sends_nothing_in_production(
    till: Deployment, bank: Bank, confirmed: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILL_STAGE", "prod")
    for cached in (settings.environment, backstage.notices, wiring.gateways):
        cached.cache_clear()
    path = f"{GATEWAYS}/sandbox-1/ledger/any/act"
    assert till.around.call("POST", path, {"event": "confirm"}, AUTHORIZED).status == 409
    assert bank.post(body("01JX0RDER00000000000000000", "a:b")).status == 401


@pytest.mark.parametrize(
    "raw",
    [b"", b"{}", b"[]", b"null", b"{", b'{"data": 1}', b'{"data": {"shop": "acme", "order": 1, "key": "k"}}'],
)
def test_what_is_signed_and_says_nothing_to_us_is_taken(bank: Bank, raw: bytes) -> None:
    assert bank.post(raw).data == {"outcome": "ignored"}


def test_a_webhook_about_another_shop_is_refused(till: Deployment, bank: Bank, confirmed: Shopper) -> None:
    entry = till.ledger()[0]
    assert bank.post(body(entry.order_id, entry.key, shop="other")).status == 401
    assert is_untouched(till, confirmed)


@pytest.mark.parametrize("key", ["", ":", "nobody:card", "01JXATTEMPT0000000000000000:card", "x" * 3000])
def test_a_payment_that_is_not_ours_is_none_of_our_business(
    till: Deployment, bank: Bank, confirmed: Shopper, key: str
) -> None:
    assert bank.post(body(confirmed.order_id, key)).data == {"outcome": "foreign"}
    assert bank.post(body("x" * 3000, till.ledger()[0].key)).data == {"outcome": "foreign"}
    assert is_untouched(till, confirmed)


def test_the_key_of_another_payment_of_the_attempt_is_none_of_ours(
    till: Deployment, bank: Bank, confirmed: Shopper
) -> None:
    attempt = till.attempts(confirmed.order_id)[0]
    assert bank.post(body(confirmed.order_id, f"{attempt.id}:another")).data == {"outcome": "foreign"}


def test_a_body_that_is_too_large_is_not_looked_at(bank: Bank) -> None:
    refused = bank.post(b" " * (256 * 1024 + 1))
    assert (refused.status, refused.body["errors"][0]["field"]) == (400, "body")


def test_the_merchant_sees_where_webhooks_go_and_what_they_are_signed_with(till: Deployment, bank: Bank) -> None:
    (listed,) = till.around.call("GET", GATEWAYS, headers=AUTHORIZED | {"Host": "api.example"}).data
    assert listed["webhook_url"] == "https://api.example/webhooks/sandbox-1?shop=acme"
    assert "secret" not in listed
    assert bank.secret.startswith("whsec_")


def test_whoever_acts_as_the_bank_has_the_webhook_sent(till: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over real HTTP, to the API's own address."""
    shopper = Shopper.ready(till, "tok_requires_action")
    shopper.process()
    key = till.ledger()[0].key
    service = Service(lambda _: {})
    with running(service):
        service.answer = lambda _: _taken(till.around, service)
        monkeypatch.setenv("TILL_API_URL", service.url)
        settings.environment.cache_clear()
        path = f"{GATEWAYS}/sandbox-1/ledger/{key}/act"
        acted = till.around.call("POST", path, {"event": "confirm"}, AUTHORIZED).data
    assert acted["state"] == "authorized"
    assert acted["webhook"] == {"url": f"{service.url}/webhooks/sandbox-1?shop=acme", "delivered": True}
    assert till.order(shopper.order_id).status == "placed"


def test_a_webhook_that_nobody_hears_is_said_so_and_can_be_sent_again(till: Deployment) -> None:
    shopper = Shopper.ready(till, "tok_requires_action")
    shopper.process()
    path = f"{GATEWAYS}/sandbox-1/ledger/{till.ledger()[0].key}/act"
    for _ in range(2):
        acted = till.around.call("POST", path, {"event": "confirm"}, AUTHORIZED | {"Host": "127.0.0.1:9"}).data
        assert (acted["state"], acted["webhook"]["delivered"]) == ("authorized", False)


@pytest.mark.parametrize(
    ("token", "sent", "status", "field"),
    [
        ("tok_requires_action", {"event": "capture"}, 409, "event"),
        ("tok_approve", {"event": "decline"}, 409, "event"),
        ("tok_approve", {"event": "refund"}, 409, "amount"),
        ("tok_approve", {"event": "capture", "amount": 26201}, 409, "amount"),
        ("tok_approve", {"event": "capture", "amount": 0}, 422, "amount"),
        ("tok_approve", {"event": "dispute"}, 409, "event"),
        ("tok_approve", {"event": "explode"}, 422, "event"),
        ("tok_approve", {}, 422, "event"),
    ],
)
def test_what_cannot_happen_at_a_bank_is_refused(
    till: Deployment, token: str, sent: dict[str, Any], status: int, field: str
) -> None:
    Shopper.ready(till, token).process()
    path = f"{GATEWAYS}/sandbox-1/ledger/{till.ledger()[0].key}/act"
    before = till.ledger()
    refused = till.around.call("POST", path, sent, AUTHORIZED)
    assert (refused.status, refused.body["errors"][0]["field"]) == (status, field)
    assert till.ledger() == before


def test_a_key_that_the_sandbox_never_heard_of_is_404(till: Deployment) -> None:
    path = f"{GATEWAYS}/sandbox-1/ledger/nobodys:card/act"
    assert till.around.call("POST", path, {"event": "confirm"}, AUTHORIZED).status == 404


def _taken(api: Api, service: Service) -> Any:
    """What the function answers to the request that just came in."""
    headers, text = service.received[-1]
    return api.call("POST", "/webhooks/sandbox-1?shop=acme", text.encode(), headers).body
