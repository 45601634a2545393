"""Bodies about customers and sign-ins. What else clients send means nothing to us.

Wire format: Elastic Path's customer management and account member tokens.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from till.runtime.validation import LenientBody, email

Name = Annotated[str, StringConstraints(min_length=1, max_length=255, strip_whitespace=True)]
Email = Annotated[str, StringConstraints(min_length=1, max_length=320)]
Reference = Annotated[str, StringConstraints(max_length=2048)]


class CustomerData(LenientBody):
    """A new customer; without a `password` they cannot sign in."""

    name: Name
    email: Email
    password: str | None = None
    external_ref: Reference | None = None


class CustomerBody(LenientBody):
    """The body of Create Customer."""

    data: CustomerData

    def facts(self) -> dict[str, Any]:
        """What is known of the customer, but for the password. Raises `Invalid`."""
        return _facts(self.data)


class CustomerChanges(LenientBody):
    """Members of a customer to set; the rest stay. An `external_ref` of null is none."""

    name: Name | None = None
    email: Email | None = None
    password: str | None = None
    external_ref: Reference | None = None


class CustomerChangesBody(LenientBody):
    """The body of Update Customer."""

    data: CustomerChanges

    def facts(self) -> dict[str, Any]:
        """What is to be set, but for the password. Raises `Invalid`."""
        return _facts(self.data)


class SignIn(LenientBody):
    """An e-mail address and its password."""

    email: Email
    password: str
    authentication_mechanism: Literal["password"] = "password"


class SignInBody(LenientBody):
    """The body of Create Customer Token."""

    data: SignIn


class MemberSignIn(LenientBody):
    """A member's e-mail address, as `username`, and password. Which `password_profile_id` makes no difference."""

    username: Email
    password: str
    authentication_mechanism: Literal["password"]


class MemberSignInBody(LenientBody):
    """The body of Create Account Member Token."""

    data: MemberSignIn


def _facts(sent: CustomerData | CustomerChanges) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if sent.name is not None:
        facts["name"] = sent.name
    if sent.email is not None:
        facts["email"] = email(sent.email, "data.email")
    if "external_ref" in sent.model_fields_set:
        facts["external_ref"] = sent.external_ref or ""
    return facts
