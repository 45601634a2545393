"""Calls of the merchant's own services: a signed JSON POST to a public https address, and a small JSON answer.

Signed as in `standard_webhooks`.
Whoever can register a URL chooses where we connect to. So every address that its name has is looked at, the
connection goes to exactly one of those, and nothing that it answers leads anywhere else.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import re
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from till.adapters import standard_webhooks
from till.adapters.log import logger
from till.application.ports import NoAnswerError
from till.domain.errors import Invalid
from till.domain.plugin import Receiver
from till.domain.strict_json import strict

if TYPE_CHECKING:
    from till.domain.delivery import Delivered

DEADLINE_SECONDS = 5.0
DELIVERY_SECONDS = 20.0
LARGEST_ANSWER = 256 * 1024
LARGEST_KEPT = 1024
_LONGEST_URL = 2048
_LOCALHOST = "localhost"
_LOOPBACK = (ipaddress.IPv4Network("127.0.0.0/8"), ipaddress.IPv6Network("::1/128"))
_NOT_PUBLIC = "Its address is not a public one."
# What RFC 3986 lets stand in a URL, without a fragment.
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+")
_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?!.{{255}}){_LABEL}(\.{_LABEL})*\.?|[0-9a-f]*:[0-9a-f:.]+")
# All IPv6 that is routed to hosts. Outside of it lie the forms that carry an IPv4 address which nobody looked at.
_IPV6_HOSTS = ipaddress.IPv6Network("2000::/3")


type Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class _Target:
    """A URL that may be called, as far as it can be told without its name's addresses."""

    host: str
    port: int
    path: str
    is_tls: bool
    is_loopback: bool

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if (self.is_tls, self.port) == (True, 443) else f"{host}:{self.port}"


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class HttpsOutbound:
    """The port `Outbound`. With `is_local`, services on this machine may be called too, on any port and without TLS."""

    def __init__(
        self,
        master_key: Callable[[], str],
        is_local: bool,
        now: Callable[[], int],
        new_id: Callable[[], str],
        resolve: Callable[[str, int], Sequence[str]] = resolve,
        deadline: float = DEADLINE_SECONDS,
        delivery_deadline: float = DELIVERY_SECONDS,
    ) -> None:
        self._master_key, self._is_local, self._now, self._new_id = master_key, is_local, now, new_id
        self._resolve, self._deadline, self._delivery_deadline = resolve, deadline, delivery_deadline
        self._tls: ssl.SSLContext | None = None

    def check(self, url: str, field: str) -> None:
        _target(url, field, self._is_local)

    def secret(self, shop: str, receiver: Receiver) -> str:
        return standard_webhooks.shown(self._key(shop, receiver))

    def call(self, shop: str, receiver: Receiver, body: Mapping[str, object], key: str = "") -> Mapping[str, Any]:
        try:
            target = _target(receiver.url, "url", self._is_local)
            raw = json.dumps(body, separators=(",", ":")).encode()
            headers = self._headers(shop, (receiver,), raw, f"msg_{key or self._new_id()}")
            exchange = _Exchange(target, headers, raw, self._resolve, self._tls_context, LARGEST_ANSWER + 1)
            answer = exchange.within(self._deadline)
            if exchange.status != http.client.OK:
                raise NoAnswerError(f"it answered {exchange.status}")
            return _object(answer)
        except (NoAnswerError, Invalid, OSError, http.client.HTTPException) as error:
            # What is wrong with an answer is shown in it: the service's own text.
            said = "" if isinstance(error, http.client.HTTPException) else str(error)
            facts = {"shop": shop, "receiver": receiver.id, "reason": said or type(error).__name__}
            logger.warning("no answer of a merchant's service", extra=facts)
            raise NoAnswerError(facts["reason"]) from error

    def deliver(
        self, shop: str, receiver: Receiver, body: Mapping[str, object], key: str, previous_version: int = 0
    ) -> Delivered:
        from till.domain.delivery import Delivered

        began, exchange = monotonic(), None
        signers = [receiver, replace(receiver, version=previous_version)][: 2 if previous_version else 1]
        try:
            target = _target(receiver.url, "url", self._is_local)
            raw = json.dumps(body, separators=(",", ":")).encode()
            headers = self._headers(shop, signers, raw, key)
            exchange = _Exchange(target, headers, raw, self._resolve, self._tls_context, LARGEST_KEPT)
            said = exchange.within(self._delivery_deadline).decode("utf-8", "replace")
        except (NoAnswerError, Invalid, OSError, http.client.HTTPException) as error:
            said = str(error) or type(error).__name__
        # What answers with a status was reached, however the rest of it ended.
        status = exchange.status if exchange else 0
        return Delivered(status, round((monotonic() - began) * 1000), said[:LARGEST_KEPT])

    def reach(self, receiver: Receiver) -> str:
        """Why no connection can be made to it; nothing where one can. It is sent nothing."""
        try:
            visit = _Visit(_target(receiver.url, "url", self._is_local), {}, b"", self._resolve, self._tls_context, 0)
            visit.within(self._deadline)
        except (NoAnswerError, Invalid, OSError) as error:
            return str(error) or type(error).__name__
        return ""

    def _key(self, shop: str, receiver: Receiver) -> bytes:
        return standard_webhooks.derived(self._master_key(), shop, receiver)

    def _headers(self, shop: str, signers: Sequence[Receiver], raw: bytes, message: str) -> dict[str, str]:
        secrets = [self._key(shop, signer) for signer in signers]
        return {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "User-Agent": "Till",
            **standard_webhooks.headers(secrets, message, self._now(), raw),
        }

    def _tls_context(self) -> ssl.SSLContext:
        """Made once: it reads every certificate authority there is."""
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls


class _Exchange(Thread):
    """One request and its answer, in a thread of its own.

    A name server, a handshake and an answer that comes byte by byte can each take for ever. Only from outside can
    all of it be held to one deadline.
    """

    def __init__(
        self,
        target: _Target,
        headers: Mapping[str, str],
        raw: bytes,
        resolve: Callable[[str, int], Sequence[str]],
        tls: Callable[[], ssl.SSLContext],
        most: int,
    ) -> None:
        super().__init__(daemon=True)
        self.status = 0
        self._target, self._headers, self._raw = target, {"Host": target.authority, **headers}, raw
        self._resolve, self._tls, self._most = resolve, tls, most
        self._seconds = DEADLINE_SECONDS
        self._answer: Future[bytes] = Future()
        self._socket: socket.socket | None = None
        self._is_over = False

    def within(self, seconds: float) -> bytes:
        """The body of its answer, at most so much of it as was asked for; its `status` stands beside it as soon as it
        is known. Raises `NoAnswerError` and what sockets and HTTP raise."""
        self._seconds = seconds
        self.start()
        try:
            return self._answer.result(seconds)
        except TimeoutError:
            raise NoAnswerError("it took too long") from None
        finally:
            self._is_over = True
            if self._socket:
                self._hang_up(self._socket)

    def run(self) -> None:
        try:
            self._answer.set_result(self._exchange())
        except Exception as error:
            self._answer.set_exception(error)

    def _exchange(self) -> bytes:
        connection = http.client.HTTPConnection(self._target.host, self._target.port)
        connection.sock = self._connect()
        try:
            if self._is_over:
                raise NoAnswerError("it took too long")
            connection.request("POST", self._target.path, body=self._raw, headers=self._headers)
            response = connection.getresponse()
            self.status = response.status
            return response.read(self._most)
        finally:
            connection.close()

    def _connect(self) -> socket.socket:
        """To the first of the checked addresses that listens: the name is not asked for again."""
        refused: OSError = OSError("its name has no address")
        for address in self._addresses():
            if self._is_over:
                break
            try:
                plain = socket.create_connection((address, self._target.port), self._seconds)
            except OSError as error:
                refused = error
                continue
            self._socket = plain
            if not self._target.is_tls:
                return plain
            encrypted = self._tls().wrap_socket(plain, server_hostname=self._target.host, do_handshake_on_connect=False)
            self._socket = encrypted
            encrypted.do_handshake()
            return encrypted
        raise refused

    def _addresses(self) -> Sequence[str]:
        try:
            addresses = self._resolve(self._target.host, self._target.port)
        except UnicodeError:
            raise NoAnswerError("its name is none") from None
        for address in addresses:
            if not _may_be_called(ipaddress.ip_address(address), self._target.is_loopback):
                raise NoAnswerError(_NOT_PUBLIC)
        return addresses

    @staticmethod
    def _hang_up(connected: socket.socket) -> None:
        """Ends what waits for it. Beneath TLS: the other thread may be in the middle of a record."""
        try:
            socket.socket.shutdown(connected, socket.SHUT_RDWR)
        except OSError:
            return  # it is closed


class _Visit(_Exchange):
    """Only the way there."""

    def _exchange(self) -> bytes:
        self._connect().close()
        return b""


def _target(url: str, field: str, is_local: bool) -> _Target:
    """Raises `Invalid`, naming the field, for a URL that is never called."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Invalid("This is not a URL.", field) from None
    if len(url) > _LONGEST_URL or not _URL.fullmatch(url) or not _HOST.fullmatch(host) or "@" in parts.netloc:
        raise Invalid("A URL has a scheme, a host and a path; no user, no password, no fragment.", field)
    is_tls = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if is_local and _is_loopback(host):
        return _Target(host, port or (443 if is_tls else 80), path, is_tls, is_loopback=True)
    if not is_tls or port not in (None, 443):
        raise Invalid("Only https URLs on port 443 are called.", field)
    address = _literal(host)
    if host == _LOCALHOST or (address and not _may_be_called(address, is_loopback=False)):
        raise Invalid(_NOT_PUBLIC, field)
    return _Target(host, 443, path, is_tls=True, is_loopback=False)


def _is_loopback(host: str) -> bool:
    address = _literal(host)
    return _may_be_called(address, is_loopback=True) if address else host == _LOCALHOST


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _may_be_called(address: Address, is_loopback: bool) -> bool:
    if is_loopback:
        return any(address in network for network in _LOOPBACK)
    if address.version == 6 and address not in _IPV6_HOSTS:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _object(raw: bytes) -> Mapping[str, Any]:
    """The answer as a JSON object. Raises `NoAnswerError` for anything else."""
    if len(raw) > LARGEST_ANSWER:
        raise NoAnswerError(f"it answered with more than {LARGEST_ANSWER // 1024} kB")
    try:
        answer = strict(raw.decode())
    except ValueError:
        raise NoAnswerError("it did not answer with JSON") from None
    if not isinstance(answer, dict):
        raise NoAnswerError("it did not answer with a JSON object")
    return answer
