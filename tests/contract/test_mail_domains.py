"""Which domains take mail, asked of a real DNS server."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.fakes.dns_server import dns_server
from till.adapters.mail_domains import SECONDS, DnsMailDomains


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with dns_server() as address:
        yield address


@pytest.fixture(scope="module", params=[True, False], ids=["with proof", "believed"])
def domains(server: str, request: pytest.FixtureRequest) -> DnsMailDomains:
    return DnsMailDomains(server, proof=request.param)


@pytest.mark.parametrize(
    "domain",
    ["mail.example", "MAIL.example", "alias.example", "address-only.example", "new-address-only.example"],
)
def test_a_domain_with_a_mail_server_or_an_address_takes_mail(domains: DnsMailDomains, domain: str) -> None:
    assert domains.accepts_mail(domain)


@pytest.mark.parametrize("domain", ["nobody.example", "null-mx.example", "text-only.example"])
def test_a_domain_that_is_not_there_or_says_no_takes_none(domains: DnsMailDomains, domain: str) -> None:
    assert not domains.accepts_mail(domain)


@pytest.mark.parametrize("domain", ["broken.example", "refusing.example", "x" * 70 + ".example", "a..example"])
def test_what_cannot_be_found_out_counts_as_taking_mail(domains: DnsMailDomains, domain: str) -> None:
    assert domains.accepts_mail(domain)


def test_a_machine_without_the_internet_stops_no_sale(server: str) -> None:
    assert DnsMailDomains(server, proof=True).accepts_mail("offline.example")
    assert not DnsMailDomains(server, proof=False).accepts_mail("offline.example")


def test_a_server_that_says_nothing_holds_nobody_up(domains: DnsMailDomains) -> None:
    began = time.monotonic()
    assert domains.accepts_mail("silent.example")
    assert SECONDS * 0.9 < time.monotonic() - began < SECONDS * 5


@pytest.mark.parametrize("absent", ["127.0.0.1:1", "256.0.0.1", "127.0.0.1:dns"])
def test_a_server_that_is_not_there_stops_no_sale(absent: str) -> None:
    assert DnsMailDomains(absent, proof=False).accepts_mail("mail.example")


def test_the_machines_own_resolvers_are_asked_where_no_other_is_named() -> None:
    # Without the internet too.
    assert DnsMailDomains("", proof=True).accepts_mail("gmail.com")
