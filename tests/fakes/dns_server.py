"""A DNS server on loopback that knows a few domains, each with its own way of taking mail or not.

What it does not know is not there; `offline.example` and what is below it neither, but without a word of who says so.
"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

RECORDS: Mapping[str, Mapping[str, str]] = {
    "gmail.com.": {"MX": "10 mx.mail.example."},
    "mail.example.": {"MX": "10 mx.mail.example.", "A": "192.0.2.1"},
    "xn--bcher-kva.example.": {"MX": "10 mx.mail.example."},
    "address-only.example.": {"A": "192.0.2.1"},
    "new-address-only.example.": {"AAAA": "2001:db8::1"},
    "null-mx.example.": {"MX": "0 .", "A": "192.0.2.1"},
    "text-only.example.": {"TXT": '"nothing here"'},
    "alias.example.": {"CNAME": "mail.example."},
}
FAILURES = {"broken.example.": dns.rcode.SERVFAIL, "refusing.example.": dns.rcode.REFUSED}
SILENT = "silent.example."
OFFLINE = "offline.example."
SOA = "ns.example. hostmaster.example. 1 60 60 60 60"


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        wire, socket = self.request
        query = dns.message.from_wire(wire)
        name = query.question[0].name.to_text().lower()
        if name == SILENT:
            return
        answer = dns.message.make_response(query, recursion_available=True)
        answer.set_rcode(FAILURES.get(name, dns.rcode.NOERROR if name in RECORDS else dns.rcode.NXDOMAIN))
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        while alias := RECORDS.get(name, {}).get("CNAME"):
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", alias))
            name = alias
        if record := RECORDS.get(name, {}).get(kind):
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, record))
        if not answer.answer and not name.endswith(OFFLINE):
            answer.authority.append(dns.rrset.from_text("example.", 60, "IN", "SOA", SOA))
        socket.sendto(answer.to_wire(), self.client_address)


@contextmanager
def dns_server() -> Iterator[str]:
    """Its "address:port" while the block runs."""
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
