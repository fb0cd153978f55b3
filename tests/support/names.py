"""A name server of a test, by UDP on 127.0.0.1: what it knows is given, what it is asked is kept."""

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset

Records = Mapping[tuple[str, str], Sequence[str]]
"""By name and type, as in a zone file: {("example.com", "TXT"): ['"v=spf1 -all"']}."""


class NameServer:
    """Says NXDOMAIN of names that it does not know, fails for those in `failing`, and does not
    answer for those in `silent`.
    """

    def __init__(
        self, records: Records, *, silent: Sequence[str] = (), failing: Sequence[str] = ()
    ) -> None:
        self.records, self.silent, self.failing = records, silent, failing
        self.asked: list[str] = []
        self.port = 0

    def resolver(self) -> dns.resolver.Resolver:
        made = dns.resolver.Resolver(configure=False)
        made.nameservers, made.port = ["127.0.0.1"], self.port
        return made

    def answer(self, wire: bytes) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True)
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append(name)
        if name in self.silent:
            return None
        said = dns.message.make_response(query)
        found = self.records.get((name, kind), ())
        if found:
            said.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *found))
        elif name in self.failing:
            said.set_rcode(dns.rcode.SERVFAIL)
        elif not any(name == known for known, _kind in self.records):
            said.set_rcode(dns.rcode.NXDOMAIN)
        return said.to_wire(max_size=65_000)


@contextmanager
def name_server(server: NameServer) -> Iterator[NameServer]:
    """Answers until the test is over."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind(("127.0.0.1", 0))
        server.port = own.getsockname()[1]

        def serve() -> None:
            while True:
                wire, asker = own.recvfrom(4096)
                if wire == b"over":
                    return
                answer = server.answer(wire)
                if answer is not None:
                    own.sendto(answer, asker)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            own.sendto(b"over", own.getsockname())
            thread.join(timeout=5)
