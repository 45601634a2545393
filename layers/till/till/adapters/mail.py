"""Mail by Amazon SES, API version 2: SendEmail with simple content, from an identity that the merchant has verified."""

from __future__ import annotations

from email.utils import formataddr
from time import monotonic
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from till.adapters.aws import client
from till.domain.delivery import Delivered

if TYPE_CHECKING:
    from mypy_boto3_sesv2.type_defs import BodyTypeDef

    from till.domain.mail import Mail


class SesMailer:
    """The port `Mailer`."""

    def send(self, mail: Mail) -> Delivered:
        began, to = monotonic(), _ascii(mail.to)
        if to is None:
            return Delivered(0, 0, "SES writes to no such address.", is_hopeless=True)
        try:
            client("sesv2").send_email(
                FromEmailAddress=formataddr((mail.sender_name, mail.sender)),
                Destination={"ToAddresses": [to]},
                ReplyToAddresses=[mail.reply_to] if mail.reply_to else [],
                Content={"Simple": {"Subject": {"Data": mail.subject, "Charset": "UTF-8"}, "Body": _body(mail)}},
            )
            status, said = 200, ""
        except ClientError as error:
            # What SES says of it beside its code names addresses.
            status = error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
            said = error.response["Error"].get("Code", "")
        except BotoCoreError as error:
            status, said = 0, type(error).__name__
        # All else that SES refuses is about the account, and may be mended meanwhile.
        return Delivered(status, round((monotonic() - began) * 1000), said, is_hopeless=said == "BadRequestException")


def _ascii(address: str) -> str | None:
    """As SES takes it; None where it has no such form."""
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(address, check_deliverability=False).ascii_email
    except EmailNotValidError:
        return None


def _body(mail: Mail) -> BodyTypeDef:
    body: BodyTypeDef = {"Text": {"Data": mail.text, "Charset": "UTF-8"}}
    if mail.html:
        body["Html"] = {"Data": mail.html, "Charset": "UTF-8"}
    return body
