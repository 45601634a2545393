"""The body of a customer. Names may be blank, as real storefronts send them; the email may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import StrictBool

from till.domain.errors import Invalid
from till.runtime.validation import LenientBody

if TYPE_CHECKING:
    from email_validator import ValidatedEmail


class CustomerBody(LenientBody):
    """`accepts_marketing` left out keeps what was chosen."""

    email_address: str
    first_name: str = ""
    last_name: str = ""
    accepts_marketing: StrictBool | None = None


def email(text: str, code: str = "") -> str:
    """The address in its normal form. Raises `Invalid` with that code."""
    return _validated(text, code).normalized


def mail_domain(text: str) -> str:
    """The domain of the address, in ASCII. Raises `Invalid`."""
    return _validated(text, "").ascii_domain


def bad_email(code: str = "") -> Invalid:
    """What is wrong with an address, whatever it is: clients know this text."""
    return Invalid("Email format is invalid.", "email_address", code)


def _validated(text: str, code: str) -> ValidatedEmail:
    # Loaded here: only the routes that take an address pay for the library.
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        raise bad_email(code) from None
