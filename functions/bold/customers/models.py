"""The body of a customer. Names may be blank, as real storefronts send them; the email may not."""

from __future__ import annotations

from pydantic import StrictBool

from till.domain.errors import Invalid
from till.runtime.validation import LenientBody


class CustomerBody(LenientBody):
    """`accepts_marketing` left out keeps what was chosen."""

    email_address: str
    first_name: str = ""
    last_name: str = ""
    accepts_marketing: StrictBool | None = None


def email(text: str) -> str:
    """The address in its normal form. Raises `Invalid`."""
    # Loaded here: only the routes that take an address pay for the library.
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        raise Invalid("Email format is invalid.", "email_address") from None
