"""Who asks: a client of a shop by its access token, and perhaps a customer or a member of an account beside it."""

from __future__ import annotations

from dataclasses import dataclass

from till.application.limits import BACKEND, Asker
from till.domain.errors import Forbidden, Unauthenticated
from till.runtime import access, wiring
from till.runtime.app import Request

CUSTOMER_HEADER = "x-moltin-customer-token"
MEMBER_HEADER = "ep-account-management-authentication-token"


@dataclass(frozen=True, slots=True)
class Caller:
    """Of which shop, by which client. `is_trusted` is who has the client's secret: the merchant's own backend.

    The ids are ULIDs, empty where nobody has signed in.
    """

    shop: str
    client_id: str
    is_trusted: bool
    customer_id: str = ""
    account_id: str = ""
    member_id: str = ""

    def require_trust(self) -> None:
        """Raises `Forbidden` for whoever has only the client's id, as every shopper does."""
        if not self.is_trusted:
            raise Forbidden("This takes an access token of the grant client_credentials.")


def caller(request: Request) -> Caller:
    """Raises `Unauthenticated` without an access token of ours whose client there still is (up to 30 s ago), and
    `Forbidden` where the token of a customer or a member beside it is not good."""
    said = access.verify(access.ACCESS, request.bearer, request.now)
    client = wiring.clients().get(said["client"])
    if client is None or client.shop != said["shop"]:
        raise Unauthenticated("This client is not there any more.", "Authorization")
    customer_id, _ = _signed_in(request, access.CUSTOMER, CUSTOMER_HEADER, client.shop)
    member_id, account_id = _signed_in(request, access.MEMBER, MEMBER_HEADER, client.shop)
    is_trusted = said["grant"] == access.CLIENT_CREDENTIALS
    return Caller(client.shop, client.id, is_trusted, customer_id, account_id, member_id)


def asker(request: Request, by: Caller) -> Asker:
    """Who is counted where something is limited: no backend, which asks for all shoppers."""
    return BACKEND if by.is_trusted else request.asker


def _signed_in(request: Request, type_: str, header: str, shop: str) -> tuple[str, str]:
    """Who the header's token is of, and the account it is for; twice nothing without one. Raises `Forbidden`: the 401
    that it might be makes clients ask for another access token, which would help nobody."""
    token = request.headers.get(header, "")
    if not token:
        return "", ""
    try:
        said = access.verify(type_, token, request.now)
    except Unauthenticated:
        raise _ended(header) from None
    # Loaded for those who have signed in.
    from till.domain.people import PersonKind

    kind = PersonKind.CUSTOMER if type_ == access.CUSTOMER else PersonKind.MEMBER
    person, account_id = wiring.people().recall(said["shop"], kind, said["person"]), said.get("account", "")
    if said["shop"] != shop or person is None or said["sign_in"] != str(person.sign_in):
        raise _ended(header)
    if account_id and account_id not in person.accounts:
        raise Forbidden("This is not a member of the account any more.", header)
    return person.id, account_id


def _ended(header: str) -> Forbidden:
    return Forbidden("This token is not one of the shop's, or it has ended: sign in again.", header)


def authenticate(request: Request) -> str:
    """The caller in a few words, the same for each of their tokens. Raises as `caller` does."""
    one = caller(request)
    grant = access.CLIENT_CREDENTIALS if one.is_trusted else access.IMPLICIT
    return ":".join((one.client_id, grant, one.customer_id, one.account_id, one.member_id))


def shop_of(request: Request) -> str:
    """The shop that the token is of. Raises `Unauthenticated`."""
    return access.shop_of(request.bearer)
