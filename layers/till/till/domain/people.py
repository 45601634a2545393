"""Who is known to a shop: customers, who buy for themselves, and the members of accounts, who buy for those."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from till.domain.errors import Refused

MOST_ACCOUNTS = 100


class PersonKind(StrEnum):
    """The same e-mail address may be a customer's and a member's: they know nothing of each other."""

    CUSTOMER = "customer"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Person:
    """A customer, or a member of `accounts`. Ids are ULIDs, times Unix seconds.

    `password` is as `till.domain.password` made it, empty where there is none. `sign_in` counts its changes: tokens
    that were had before the last one are good for nothing. `registered_by` names the request that they were registered
    by. `number` is a small integer of the shop, 0 until somebody asks for it. Of version 0 is who is not stored yet.
    """

    id: str
    shop: str
    kind: PersonKind
    email: str
    name: str
    created_at: int
    updated_at: int
    external_ref: str = ""
    password: str = ""
    sign_in: int = 0
    accounts: tuple[str, ...] = ()
    registered_by: str = ""
    version: int = 0
    number: int = 0

    @property
    def mailbox(self) -> str:
        """The e-mail address as nobody has it twice in a shop."""
        return mailbox_of(self.email)

    def with_password(self, password: str) -> Person:
        """With another password; whoever has signed in must do so again."""
        return replace(self, password=password, sign_in=self.sign_in + 1)

    def joining(self, account_id: str) -> Person:
        """A member of one account more. Raises `Refused`."""
        if account_id in self.accounts:
            raise Refused("This is a member of the account already.", "email", "email_taken")
        if len(self.accounts) == MOST_ACCOUNTS:
            raise Refused(f"A member has at most {MOST_ACCOUNTS} accounts.", "account_id")
        return replace(self, accounts=(*self.accounts, account_id))

    def leaving(self, account_id: str) -> Person:
        """A member of one account less."""
        return replace(self, accounts=tuple(one for one in self.accounts if one != account_id))


@dataclass(frozen=True, slots=True)
class Account:
    """On whose behalf its members buy: a company, a family. `id` is a ULID, times are Unix seconds."""

    id: str
    shop: str
    name: str
    created_at: int
    updated_at: int
    legal_name: str = ""
    registration_id: str = ""
    external_ref: str = ""
    version: int = 0


def mailbox_of(email: str) -> str:
    """E-mail addresses differ in more than their case."""
    return email.strip().casefold()
