"""Mails to customers and merchants, from the event to what SES is asked to send."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import a_basket, a_customer, a_line
from tests.integration.deployment import Deployment, put_ready_order
from tests.integration.merchant_api import MerchantApi, api
from tests.integration.placed import Placed
from tests.integration.test_merchant_settings import ACME, acme
from tests.integration.workflow.test_charge import placed
from till.domain.attempt import Goal
from till.domain.basket import Basket
from till.domain.order import Order
from till.runtime import wiring

__all__ = ["acme", "api"]  # the fixtures

SENDER = {"sender": "orders@acme.example"}


def sent(till: Deployment) -> list[dict[str, Any]]:
    """All mails, once every event has been delivered."""
    till.deliver_streams()
    till.deliver_streams()
    till.deliver_events()
    return till.mails


def place(till: Deployment, basket: Basket) -> Order:
    order = put_ready_order(till, basket=basket)
    till.placing().submit("acme", order.id, Goal.PROCESS)
    return order


def ordered_by(till: Deployment, email: str) -> Order:
    return place(till, a_basket(customer=a_customer(email=email)))


def test_a_customer_is_told_of_the_order_once_and_nobody_keeps_their_address(
    till: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    till.change_settings(mail=SENDER | {"reply_to": "help@acme.example"})
    order = placed(till)
    (mail,) = sent(till)
    customer = till.order(order.id).basket.customer
    assert customer
    assert mail["Destination"] == {"ToAddresses": [customer.email]}
    assert mail["FromEmailAddress"].endswith("<orders@acme.example>")
    assert mail["ReplyToAddresses"] == ["help@acme.example"]
    simple = mail["Content"]["Simple"]
    assert simple["Subject"]["Data"].startswith("Your order 1 at ")
    assert "262.00 CAD" in simple["Body"]["Text"]["Data"]
    assert "262.00 CAD" in simple["Body"]["Html"]["Data"]
    assert [sk.rpartition("#")[2] for sk in till.stored(order.id) if sk.startswith("DELIVERY#")] == ["mail"]
    assert customer.email not in str(till.put_events) + capsys.readouterr().out
    assert sent(till) == [mail]


def test_a_shop_without_a_sender_mails_nobody(till: Deployment) -> None:
    till.change_settings(mail={"notify": "me@acme.example"})
    placed(till, "tok_capture_declined")
    assert sent(till) == []


def test_a_mail_that_ses_does_not_take_is_sent_later_and_says_nobodys_address_in_between(
    till: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    till.change_settings(mail=SENDER)
    till.mail_refused = (400, "MessageRejected")
    order = placed(till)
    assert sent(till) == []
    (delivery,) = wiring.flight_recorder().recording("acme", order.id).deliveries
    assert [(one.status, one.answer) for one in delivery.tries] == [(400, "MessageRejected")]
    till.mail_refused = None
    till.clock.pass_(seconds=6)
    assert len(sent(till)) == 1
    assert "@" not in str(delivery) + capsys.readouterr().out


@pytest.mark.parametrize(("typed", "refused"), [("jörg@example.com", None), ("a@b.example", "BadRequestException")])
def test_an_address_that_ses_never_takes_is_given_up_at_once_and_rings_no_alarm(
    till: Deployment, typed: str, refused: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    till.change_settings(mail=SENDER)
    till.mail_refused = (400, refused) if refused else None
    order = ordered_by(till, email=typed)
    assert sent(till) == []
    (delivery,) = wiring.flight_recorder().recording("acme", order.id).deliveries
    assert (delivery.state, len(delivery.tries)) == ("failed", 1)
    assert "MailFailed" not in capsys.readouterr().out


def test_a_domain_of_any_letters_is_written_to(till: Deployment) -> None:
    till.change_settings(mail=SENDER)
    ordered_by(till, email="me@bücher.example")
    (mail,) = sent(till)
    assert mail["Destination"] == {"ToAddresses": ["me@xn--bcher-kva.example"]}


def test_a_shops_name_begins_no_other_header(till: Deployment) -> None:
    till.change_settings(mail=SENDER)
    till.change_shop(name="Acme\r\nBcc: all@example.com")
    placed(till)
    (mail,) = sent(till)
    assert "\n" not in mail["FromEmailAddress"] + mail["Content"]["Simple"]["Subject"]["Data"]


def test_what_the_merchant_writes_is_sent_with_names_filled_in_and_html_escaped(till: Deployment) -> None:
    texts = {"subject": "${first_name}: ${number}", "text": "${items}", "html": "<i>${first_name}</i>${items} $$"}
    till.change_settings(mail=SENDER | texts)
    basket = a_basket(
        lines=(a_line(product_title="Salt & <b>Pepper</b>"),),
        customer=a_customer(first_name="Ann\r\nBcc: all@example.com <b>"),
    )
    place(till, basket)
    (mail,) = sent(till)
    simple = mail["Content"]["Simple"]
    assert simple["Subject"]["Data"] == "Ann Bcc: all@example.com <b>: 1"
    assert simple["Body"]["Text"]["Data"] == "1 x Salt & <b>Pepper</b>  225.00 CAD"
    html = simple["Body"]["Html"]["Data"]
    assert "Salt &amp; &lt;b&gt;Pepper&lt;/b&gt;" in html
    assert "&lt;b&gt;</i>" in html
    assert html.endswith(" $")


def test_the_merchant_is_told_of_a_charge_that_failed(till: Deployment) -> None:
    till.change_settings(mail=SENDER | {"notify": "me@acme.example"})
    order = placed(till, "tok_capture_declined")
    to = {mail["Destination"]["ToAddresses"][0]: mail["Content"]["Simple"] for mail in sent(till)}
    assert len(to) == 2
    told = to["me@acme.example"]
    assert told["Subject"]["Data"].endswith("A charge has failed")
    assert f"{order.id} cannot be taken. The bank refused to pay." in told["Body"]["Text"]["Data"]
    assert "Html" not in told["Body"]


def test_a_customer_whom_nobody_knows_any_more_gets_no_mail(till: Deployment) -> None:
    till.change_settings(mail=SENDER)
    order = placed(till)
    till.deliver_streams()
    known = Placed(till, order.id)
    assert known.post("cancel", {"reason": ""}).status == 200
    assert known.post("anonymize").status == 200
    assert sent(till) == []
    (delivery,) = wiring.flight_recorder().recording("acme", order.id).deliveries
    assert delivery.state == "failed"


# Its settings


@pytest.mark.parametrize(
    ("mail", "field"),
    [
        ({"sender": "nobody"}, "settings.mail.sender"),
        ({"sender": "jörg@acme.example"}, "settings.mail.sender"),
        ({"sender": "shop@acme.example", "notify": "me"}, "settings.mail.notify"),
        ({"subject": "${nunber}"}, "settings.mail.subject"),
        ({"text": "That is $5"}, "settings.mail.text"),
        ({"html": "${items.__class__}"}, "settings.mail.html"),
        ({"from": "a@b.example"}, "settings.mail.from"),
    ],
)
def test_a_mail_that_could_not_be_sent_cannot_be_set(acme: MerchantApi, mail: dict[str, str], field: str) -> None:
    assert acme.call("PATCH", ACME, {"settings": {"mail": mail}}).refusal == (422, field)


def test_mail_is_set_all_at_once(acme: MerchantApi) -> None:
    mail = SENDER | {"subject": "Thank you for ${number}"}
    assert acme.call("PATCH", ACME, {"settings": {"mail": mail}}).data["settings"]["mail"] == mail
    assert acme.call("PATCH", ACME, {"settings": {"mail": SENDER}}).data["settings"]["mail"] == SENDER


def test_a_sender_at_a_domain_of_any_letters_is_kept_as_ses_takes_it(acme: MerchantApi) -> None:
    set_ = acme.call("PATCH", ACME, {"settings": {"mail": {"sender": "info@bücher.example"}}})
    assert set_.data["settings"]["mail"] == {"sender": "info@xn--bcher-kva.example"}
