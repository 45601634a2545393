"""Whether a domain takes mail, asked of the DNS: RFC 5321 section 5.1, and RFC 7505 for domains that say no."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dns.message import Message
    from dns.resolver import Resolver

# For all questions about one domain together.
SECONDS = 1.0
# A question that got lost is asked again in that time.
_SECONDS_A_TRY = 0.4


class DnsMailDomains:
    """Asks the machine's own resolvers, or `server` ("address" or "address:port") where one is named.

    A machine without the internet may be told of every name that it is not there. With `proof` such an answer counts
    only with the SOA record of the zone that lacks the name, which servers that know send along (RFC 2308).
    """

    def __init__(self, server: str, *, proof: bool) -> None:
        self._server = server
        self._proof = proof

    def accepts_mail(self, domain: str) -> bool:
        """`domain` in ASCII."""
        # Loaded here: only the route that checks an address pays for the library.
        from dns.exception import DNSException
        from dns.resolver import NXDOMAIN

        try:
            return self._receives(domain)
        except NXDOMAIN as error:
            answers = error.responses()  # type: ignore[no-untyped-call]  # it has no types
            return not any(map(self._is_certain, answers.values()))
        except (DNSException, OSError, ValueError):
            # No answer, or none that says anything about the domain.
            return True

    def _receives(self, domain: str) -> bool:
        """Names of mail servers other than the root, or in their place an address of the domain itself."""
        from dns.name import root

        resolver, end = self._resolver(), time.monotonic() + SECONDS
        for kind in ("MX", "A", "AAAA"):
            left = max(end - time.monotonic(), 0)
            answer = resolver.resolve(f"{domain}.", kind, lifetime=left, raise_on_no_answer=False)
            if answer.rrset:
                return kind != "MX" or any(record.exchange != root for record in answer.rrset)
        return not self._is_certain(answer.response)

    def _is_certain(self, nothing: Message) -> bool:
        from dns.rdatatype import SOA

        return not self._proof or any(records.rdtype == SOA for records in nothing.authority)

    def _resolver(self) -> Resolver:
        from dns.resolver import Resolver

        resolver = Resolver(configure=not self._server)
        resolver.timeout = _SECONDS_A_TRY
        if self._server:
            address, _, port = self._server.partition(":")
            resolver.nameservers, resolver.port = [address], int(port or 53)
        return resolver
