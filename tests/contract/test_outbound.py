"""What every `Outbound` does, then what the one over HTTPS must never do."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.builders import a_receiver
from tests.fakes.outbound import Answer, Bytes, FakeOutbound, Service, http_answer, running
from till.adapters.outbound import HttpsOutbound
from till.application.ports import NoAnswerError, Outbound
from till.domain.errors import Invalid
from till.domain.plugin import Receiver

MASTER_KEY = "k" * 64
MOST = 256 * 1024


def over_https(**changes: Any) -> HttpsOutbound:
    """As it is on a laptop."""
    given: dict[str, Any] = {
        "master_key": lambda: MASTER_KEY,
        "is_local": True,
        "now": lambda: int(time.time()),
        "new_id": lambda: "01JXMESSAGE000000000000000",
        "deadline": 2.0,
    }
    return HttpsOutbound(**given | changes)


@dataclass
class Tried:
    """A service that says what `answer` does, and how to call it."""

    outbound: Outbound
    receiver: Receiver
    service: Any
    nobody: Receiver

    def says(self, answer: Answer) -> None:
        if isinstance(self.service, FakeOutbound):
            self.service.answers[self.receiver.url] = answer
        else:
            self.service.answer = answer


@pytest.fixture(params=["fake", "https"])
def tried(request: pytest.FixtureRequest) -> Iterator[Tried]:
    if request.param == "fake":
        fake = FakeOutbound()
        nobody = a_receiver(url="https://nobody.example")
        yield Tried(fake, a_receiver(url="https://taxes.example"), fake, nobody)
        return
    with socket.socket() as silent, running(Service()) as service:
        silent.bind(("127.0.0.1", 0))  # and does not listen
        nobody = a_receiver(url=f"http://127.0.0.1:{silent.getsockname()[1]}/")
        yield Tried(over_https(), a_receiver(url=service.url), service, nobody)


def test_a_service_is_told_and_answers(tried: Tried) -> None:
    tried.says(lambda body: {"name": "Crème", "heard": body})
    said = {"order": {"lines": [1, 2]}, "city": "Zürich"}
    assert tried.outbound.call("acme", tried.receiver, said) == {"name": "Crème", "heard": said}


def test_where_nobody_listens_nothing_is_learned(tried: Tried) -> None:
    with pytest.raises(NoAnswerError):
        tried.outbound.call("acme", tried.nobody, {})


def test_the_way_to_a_service_is_tried_without_a_word() -> None:
    with running(Service()) as service, socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # and does not listen
        assert over_https().reach(a_receiver(url=service.url)) == ""
        assert over_https().reach(a_receiver(url=f"http://127.0.0.1:{silent.getsockname()[1]}/")) != ""
        assert over_https().reach(a_receiver(url="https://10.0.0.1/")) == "Its address is not a public one."
        assert service.received == []


@pytest.mark.parametrize("answer", [None, [], "yes", 1, True])
def test_an_answer_that_is_no_object_is_none(tried: Tried, answer: object) -> None:
    tried.says(lambda _: answer)
    with pytest.raises(NoAnswerError):
        tried.outbound.call("acme", tried.receiver, {})


# What is delivered


def test_a_delivery_says_what_came_of_it(tried: Tried) -> None:
    tried.says(lambda _: http_answer("202 Accepted", b"thank you"))
    delivered = tried.outbound.deliver("acme", tried.receiver, {"type": "order.placed"}, "event-1")
    assert (delivered.status, delivered.answer, delivered.is_success) == (202, "thank you", True)


@pytest.mark.parametrize(
    ("status", "is_success"),
    [
        ("200 OK", True),
        ("204 No Content", True),
        ("302 Found", False),
        ("404 Not Found", False),
        ("410 Gone", False),
        ("500 Internal Server Error", False),
    ],
)
def test_every_2xx_is_success_and_nothing_else(tried: Tried, status: str, is_success: bool) -> None:
    tried.says(lambda _: http_answer(status))
    delivered = tried.outbound.deliver("acme", tried.receiver, {}, "event-1")
    assert (delivered.status, delivered.is_success) == (int(status[:3]), is_success)


def test_where_nobody_listens_a_delivery_says_so(tried: Tried) -> None:
    delivered = tried.outbound.deliver("acme", tried.nobody, {}, "event-1")
    assert (delivered.status, delivered.is_success) == (0, False)
    assert delivered.answer


def test_of_a_long_answer_to_a_delivery_a_kilobyte_is_kept(tried: Tried) -> None:
    tried.says(lambda _: http_answer("200 OK", b"x" * 100_000))
    assert tried.outbound.deliver("acme", tried.receiver, {}, "event-1").answer == "x" * 1024


def test_each_shop_each_receiver_and_each_version_has_a_secret_of_its_own(tried: Tried) -> None:
    secrets = [
        tried.outbound.secret("acme", a_receiver()),
        tried.outbound.secret("other", a_receiver()),
        tried.outbound.secret("acme", a_receiver(id="93225ea4-d701-41f9-a30a-bfe66f5d0479")),
        tried.outbound.secret("acme", a_receiver(version=2)),
    ]
    assert len(set(secrets)) == len(secrets)
    assert secrets[0] == tried.outbound.secret("acme", a_receiver(url="https://moved.example"))
    for secret in secrets:
        assert secret.startswith("whsec_")
        assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"))) <= 64


@pytest.mark.parametrize("url", ["ftp://taxes.example", "taxes.example", "", "https://user:password@taxes.example"])
def test_a_url_that_is_never_called_is_refused_when_it_is_registered(tried: Tried, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        tried.outbound.check(url, "url")
    assert refused.value.problems[0].field == "url"
    tried.outbound.check("https://taxes.example/quotes?shop=1", "url")


# Signatures


def test_a_receiver_can_check_who_called_with_the_standards_own_library() -> None:
    outbound = over_https()
    with running(Service()) as service:
        receiver = a_receiver(url=service.url)
        outbound.call("acme", receiver, {"city": "Zürich"})
    headers, text = service.received[0]
    assert Webhook(outbound.secret("acme", receiver)).verify(text, headers) == {"city": "Zürich"}
    assert headers["webhook-id"] == "msg_01JXMESSAGE000000000000000"
    for forged in (text.replace("Z", "z"), text + " "):
        with pytest.raises(WebhookVerificationError):
            Webhook(outbound.secret("acme", receiver)).verify(forged, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(outbound.secret("acme", a_receiver(version=2))).verify(text, headers)


def test_a_message_that_is_sent_again_much_later_is_told_by_its_time() -> None:
    outbound = over_https(now=lambda: int(time.time()) - 3600)
    with running(Service()) as service:
        outbound.call("acme", a_receiver(url=service.url), {})
    headers, text = service.received[0]
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(outbound.secret("acme", a_receiver())).verify(text, headers)


# Where a URL may lead


@dataclass
class Names:
    """A name server. A name's addresses may change with every question."""

    answers: list[list[str]]
    asked: list[tuple[str, int]] = field(default_factory=list)

    def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


PRIVATE = {
    "this host": "0.0.0.0",  # noqa: S104  # nothing is bound to it
    "loopback": "127.0.0.1",
    "loopback in another form": "127.255.0.9",
    "private, class A": "10.0.0.1",
    "private, class B": "172.16.3.4",
    "private, class C": "192.168.1.1",
    "shared by a provider": "100.64.0.1",
    "link-local": "169.254.1.1",
    "metadata of AWS": "169.254.169.254",
    "metadata of a container": "169.254.170.2",
    "metadata elsewhere": "100.100.100.200",
    "protocol assignments": "192.0.0.8",
    "documentation": "203.0.113.7",
    "benchmarks": "198.18.0.1",
    "multicast": "224.0.0.1",
    "public multicast": "239.255.255.250",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "IPv6 nowhere": "::",
    "IPv6 loopback": "::1",
    "IPv6 private": "fc00::1",
    "IPv6 metadata of AWS": "fd00:ec2::254",
    "IPv6 link-local": "fe80::1",
    "IPv6 site-local": "fec0::1",
    "IPv6 multicast": "ff02::1",
    "IPv6 public multicast": "ff0e::1",
    "IPv6 documentation": "2001:db8::1",
    "IPv4 within IPv6": "::ffff:127.0.0.1",
    "public IPv4 within IPv6": "::ffff:93.184.215.14",
    "IPv4 within IPv6, of old": "::127.0.0.1",
    "IPv4 behind NAT64": "64:ff9b::a9fe:a9fe",
    "IPv4 behind 6to4": "2002:7f00:1::",
    "IPv4 behind Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
}


@pytest.mark.parametrize("address", PRIVATE.values(), ids=PRIVATE.keys())
@pytest.mark.parametrize("is_local", [True, False], ids=["laptop", "deployed"])
def test_no_name_leads_to_an_address_that_is_not_public(address: str, is_local: bool) -> None:
    for addresses in ([address], ["93.184.215.14", address], [address, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]):
        outbound = over_https(is_local=is_local, resolve=Names([addresses]).resolve)
        with pytest.raises(NoAnswerError, match="not a public one"):
            outbound.call("acme", a_receiver(url="https://innocent.example/"), {})


NEVER_CALLED = {
    "no TLS": "http://taxes.example/",
    "another port": "https://taxes.example:8443/",
    "port 80": "https://taxes.example:80/",
    "a user": "https://user@taxes.example/",
    "a password": "https://user:password@taxes.example/",
    "an empty user": "https://@taxes.example/",
    "a fragment": "https://taxes.example/#there",
    "a file": "file:///etc/passwd",
    "another scheme": "gopher://taxes.example/",
    "no scheme": "//taxes.example/",
    "no host": "https:///taxes",
    "a host of dots": "https://.../",
    "a name with an empty part": "https://a..taxes.example/",
    "a name with a part that is too long": f"https://{'a' * 64}.taxes.example/",
    "a name that is too long": f"https://{'a.' * 127}example/",
    "a space": "https://taxes.example/a b",
    "a line end": "https://taxes.example/\r\nHost: other",
    "a tab in the scheme": "ht\ttps://taxes.example/",
    "a backslash": "https://taxes.example\\@other.example/",
    "a letter of another script": "https://täxes.example/",
    "an escaped host": "https://127%2e0.0.1/",
    "a port that is none": "https://taxes.example:99999/",
    "a bracket": "https://[::1/",
    "a zone": "https://[fe80::1%25eth0]/",
    "a private address": "https://10.0.0.1/",
    "the metadata": "https://169.254.169.254/latest/meta-data/",
    "a mapped address": "https://[::ffff:7f00:1]/",
    "more than a URL": "https://taxes.example/" + "a" * 2048,
}


@pytest.mark.parametrize("url", NEVER_CALLED.values(), ids=NEVER_CALLED.keys())
@pytest.mark.parametrize("is_local", [True, False], ids=["laptop", "deployed"])
def test_no_url_is_called_but_https_on_its_own_port(url: str, is_local: bool) -> None:
    names = Names([["93.184.215.14"]])
    outbound = over_https(is_local=is_local, resolve=names.resolve)
    with pytest.raises(Invalid):
        outbound.check(url, "url")
    with pytest.raises(NoAnswerError):
        outbound.call("acme", a_receiver(url=url), {})
    assert names.asked == []


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9001/", "https://127.0.0.1/", "https://localhost/", "http://[::1]:80/", "https://[::1]/"],
)
def test_this_machine_is_called_on_a_laptop_only(url: str) -> None:
    over_https(is_local=True).check(url, "url")
    with pytest.raises(Invalid):
        over_https(is_local=False).check(url, "url")


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1"])
def test_an_address_in_another_spelling_is_the_same_address(host: str) -> None:
    for is_local in (True, False):
        with pytest.raises(NoAnswerError, match="not a public one"):
            over_https(is_local=is_local).call("acme", a_receiver(url=f"https://{host}/"), {})


def test_localhost_is_no_way_to_anywhere_else() -> None:
    outbound = over_https(resolve=Names([["10.0.0.1"]]).resolve)
    with pytest.raises(NoAnswerError, match="not a public one"):
        outbound.call("acme", a_receiver(url="http://localhost:8000/"), {})


def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    """A name that answers anew with every question is asked one."""
    names = Names([["127.0.0.2"], ["127.0.0.1"]])
    with running(Service(), host="127.0.0.2") as service:
        url = service.url.replace("127.0.0.2", "localhost")
        over_https(resolve=names.resolve).call("acme", a_receiver(url=url), {})
    assert len(names.asked) == 1
    assert service.received[0][0]["host"] == url.split("/")[2]


def test_the_next_address_is_tried_where_the_first_does_not_listen() -> None:
    with running(Service()) as service:
        url = service.url.replace("127.0.0.1", "localhost")
        outbound = over_https(resolve=Names([["127.0.0.3", "127.0.0.1"]]).resolve)
        assert outbound.call("acme", a_receiver(url=url), {}) == {}


# What may be answered


@pytest.mark.parametrize(
    "answer",
    [
        http_answer("302 Found", b"{}", "Location: http://169.254.169.254/"),
        http_answer("307 Temporary Redirect", b"{}", "Location: /hook"),
        http_answer("204 No Content"),
        http_answer("400 Bad Request", b"{}"),
        http_answer("500 Internal Server Error", b"{}"),
        http_answer("200 OK", b""),
        http_answer("200 OK", b"<html>"),
        http_answer("200 OK", b'{"a": NaN}'),
        http_answer("200 OK", b'{"a": 1e999}'),
        http_answer("200 OK", b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}"),
        http_answer("200 OK", b'{"a": "\\ud800"}'),
        http_answer("200 OK", b'{"a": "\xff"}'),
        http_answer("200 OK", b"[" * 100_000),
        http_answer("200 OK", b'{"a": ' + b"1" * 10_000 + b"}"),
        http_answer("200 OK", b'{"a": "' + b"x" * MOST + b'"}'),
        Bytes(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a": 1'),
        Bytes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        Bytes(b"\x15\x03\x01"),
        Bytes(b""),
    ],
    ids=lambda answer: answer.raw[:40].decode("latin-1"),
)
def test_what_is_no_good_answer_is_none(answer: Bytes) -> None:
    with running(Service(lambda _: answer)) as service, pytest.raises(NoAnswerError):
        over_https().call("acme", a_receiver(url=service.url), {})
    assert len(service.received) == 1, "no redirect is followed, and nothing is sent twice"


def test_an_answer_of_the_largest_size_is_read() -> None:
    text = "x" * (MOST - len('{"a": ""}'))
    with running(Service(lambda _: {"a": text})) as service:
        assert over_https().call("acme", a_receiver(url=service.url), {}) == {"a": text}


def a_slow_header() -> Bytes:
    return Bytes(b"HTTP/1.1 200 OK\r\nX-Wait: " + b"." * 1000 + b"\r\nContent-Length: 2\r\n\r\n{}", each_after=0.05)


def a_slow_body() -> Bytes:
    return Bytes(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 1000 + b"{}", each_after=0.05)


@pytest.mark.parametrize("slow", [a_slow_header, a_slow_body])
def test_a_service_that_answers_byte_by_byte_is_given_up_in_time(slow: Any) -> None:
    with running(Service(lambda _: slow())) as service, pytest.raises(NoAnswerError, match="too long"):
        over_https(deadline=0.4).call("acme", a_receiver(url=service.url), {})


def test_a_name_server_that_takes_too_long_is_given_up_and_nothing_is_sent() -> None:
    with running(Service()) as service:

        def resolve(*_: object) -> Sequence[str]:
            time.sleep(0.4)
            return ["127.0.0.1"]

        with pytest.raises(NoAnswerError, match="too long"):
            over_https(resolve=resolve, deadline=0.2).call("acme", a_receiver(url=service.url), {})
        time.sleep(0.4)
        assert service.received == []


def test_a_name_without_addresses_and_one_that_is_unknown_are_no_answer() -> None:
    def unknown(*_: object) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    for resolve in (unknown, Names([[]]).resolve):
        with pytest.raises(NoAnswerError):
            over_https(resolve=resolve).call("acme", a_receiver(url="https://taxes.example/"), {})


def test_a_name_that_no_name_server_can_be_asked_for_is_no_answer_either() -> None:
    outbound = over_https(resolve=lambda *_: [str("a..example".encode("idna"))])
    with pytest.raises(NoAnswerError):
        outbound.call("acme", a_receiver(), {})
    assert outbound.deliver("acme", a_receiver(), {}, "event-1").status == 0
    assert outbound.reach(a_receiver()) == "its name is none"


def test_the_longest_names_are_called() -> None:
    for name in ("a" * 63 + ".example", "a-1.b--c.example.", "a." * 120 + "example"):
        over_https(is_local=False).check(f"https://{name}/", "url")


# How a delivery is sent


def test_a_delivery_has_its_key_as_its_id_and_both_secrets_sign_it() -> None:
    with running(Service()) as service:
        receiver = a_receiver(url=service.url, version=2)
        over_https().deliver("acme", receiver, {"city": "Zürich"}, "event-1", previous_version=1)
    [(headers, text)] = service.received
    assert headers["webhook-id"] == "event-1"
    for version in (1, 2):
        secret = over_https().secret("acme", a_receiver(version=version))
        assert Webhook(secret).verify(text, headers) == {"city": "Zürich"}
    with pytest.raises(WebhookVerificationError):
        Webhook(over_https().secret("acme", a_receiver(version=3))).verify(text, headers)


@pytest.mark.parametrize("url", ["https://10.0.0.1/", "https://127.1/", "http://taxes.example/", "nothing"])
def test_a_delivery_goes_where_a_call_may_go_and_nowhere_else(url: str) -> None:
    outbound = over_https(resolve=Names([["10.0.0.1"]]).resolve)
    assert outbound.deliver("acme", a_receiver(url=url), {}, "event-1").status == 0


def test_a_delivery_may_take_longer_than_a_call_and_not_for_ever() -> None:
    slow = Bytes(a_slow_body().raw, each_after=0.01)
    with running(Service(lambda _: slow)) as service:
        patient = over_https(deadline=0.1, delivery_deadline=0.8)
        delivered = patient.deliver("acme", a_receiver(url=service.url), {}, "event-1")
    assert (delivered.status, delivered.answer) == (200, "it took too long")
    assert delivered.milliseconds >= 800


def test_whoever_does_not_speak_http_was_not_reached() -> None:
    with running(Service(lambda _: Bytes(b"\x15\x03\x01"))) as service:
        assert over_https().deliver("acme", a_receiver(url=service.url), {}, "event-1").status == 0


# TLS


def certified(folder: Path, name: x509.GeneralName) -> tuple[Path, ssl.SSLContext]:
    """A certificate that vouches for itself, and a server that shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "merchant")])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "certificate.pem", folder / "key.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    unencrypted = serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unencrypted))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain, private)
    return chain, tls


def test_the_certificate_must_be_of_the_name_that_was_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted, tls = certified(tmp_path, x509.DNSName("localhost"))
    names = Names([["127.0.0.1"]])
    with running(Service(lambda _: {"ok": 1}), tls) as service:
        by_name = a_receiver(url=service.url.replace("127.0.0.1", "localhost"))
        with pytest.raises(NoAnswerError, match="CERTIFICATE_VERIFY_FAILED"):
            over_https(resolve=names.resolve).call("acme", by_name, {})
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert over_https(resolve=names.resolve).call("acme", by_name, {}) == {"ok": 1}
        with pytest.raises(NoAnswerError, match="CERTIFICATE_VERIFY_FAILED"):
            over_https().call("acme", a_receiver(url=service.url), {})
    assert len(service.received) == 1, "nothing is sent to whoever cannot prove who it is"


def test_an_address_can_have_a_certificate_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted, tls = certified(tmp_path, x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with running(Service(lambda _: {"ok": 1}), tls) as service:
        assert over_https().call("acme", a_receiver(url=service.url), {}) == {"ok": 1}
    assert json.loads(service.received[0][1]) == {}


def test_a_handshake_that_never_ends_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        receiver = a_receiver(url=f"https://127.0.0.1:{silent.getsockname()[1]}/")
        with pytest.raises(NoAnswerError, match="too long"):
            over_https(deadline=0.2).call("acme", receiver, {})
