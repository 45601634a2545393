"""Requests about customers, accounts and their members."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import StringConstraints

from till.runtime.validation import Body, email

Name = Annotated[str, StringConstraints(min_length=1, max_length=255, strip_whitespace=True)]
Email = Annotated[str, StringConstraints(min_length=1, max_length=320)]
Reference = Annotated[str, StringConstraints(max_length=2048)]


class PersonChanges(Body):
    """Members of a person to set; the rest stay. A `password` of null is none: nobody signs in with it."""

    email: Email = ""
    name: Name = ""
    password: str | None = None

    def facts(self) -> dict[str, Any]:
        """What was sent, but for the password. Raises `Invalid`."""
        facts = self.model_dump(exclude_unset=True, exclude={"password"})
        return facts | ({"email": email(self.email, "email")} if "email" in facts else {})

    @property
    def sets_password(self) -> bool:
        """Was one sent?"""
        return "password" in self.model_fields_set


class CustomerChanges(PersonChanges):
    """Members of a customer to set; the rest stay."""

    external_ref: Reference = ""


class CustomerBody(CustomerChanges):
    """A new customer; without a password they cannot sign in."""

    email: Email
    name: Name


class PersonBody(Body):
    """Whom it is about: an e-mail address, or the id of a customer who has one; and what the merchant calls them."""

    email: Email | None = None
    customer_id: Reference | None = None
    platform_id: Annotated[str, StringConstraints(max_length=255)] = ""


class MemberBody(PersonChanges):
    """A member of an account. Who is a member of another already needs only the `email`."""

    email: Email


class AccountChanges(Body):
    """Members of an account to set; the rest stay."""

    name: Name = ""
    legal_name: Name | None = None
    registration_id: Reference = ""
    external_ref: Reference = ""

    def facts(self) -> dict[str, Any]:
        """What was sent."""
        sent = self.model_dump(exclude_unset=True)
        return sent | ({"legal_name": self.legal_name or ""} if "legal_name" in sent else {})


class AccountBody(AccountChanges):
    """A new account."""

    name: Name
