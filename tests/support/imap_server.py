"""An IMAP server of a test, for `slow_server`: what it offers, denies and cuts is chosen."""

import base64
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.slow import Line

SPAN = re.compile(r"(\d+)(?::(\d+|\*))?")


@dataclass
class ImapServer:
    """`mails` by UID. `said` holds what clients said, after each sign-in its token or password."""

    mails: dict[int, bytes]
    tls: ssl.SSLContext
    offers: str = "IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 UIDPLUS"
    accepts: Callable[[str], bool] = lambda _told: True
    uidvalidity: int = 7
    cuts: int = 0  # connections that end in the middle of a mail
    denied: frozenset[int] = frozenset()  # UIDs that it lists and does not give
    lies: int = 0  # bytes that it says too much of each mail's size
    tells_next: bool = True
    marks: bool = True
    arrives: bytes = b""  # comes while the first search is answered
    said: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    flags: dict[int, set[str]] = field(default_factory=dict)

    def __call__(self, line: Line) -> None:
        with self.tls.wrap_socket(line.connection, server_side=True) as line.connection:
            self._line = line
            self._send("* OK here")
            with line.connection.makefile("rb") as lines:
                for raw in lines:
                    tag, _blank, rest = raw.decode().rstrip("\r\n").partition(" ")
                    self.said.append(rest)
                    if not self._answer(tag, rest, lines):
                        return

    def _send(self, text: str | bytes) -> None:
        raw = text.encode() if isinstance(text, str) else text
        self._line.connection.sendall(raw + b"\r\n")

    def _answer(self, tag: str, rest: str, lines: object) -> bool:
        verb, _blank, arguments = rest.partition(" ")
        if verb == "UID":
            verb, _blank, arguments = arguments.partition(" ")
            verb = f"UID {verb}"
        if verb == "CAPABILITY":
            self._send(f"* CAPABILITY {self.offers}")
        elif verb == "AUTHENTICATE":
            self._send("+ ")
            told = base64.b64decode(lines.readline()).decode()  # type: ignore[attr-defined]
            self.secrets.append(told.strip("\1").rpartition("\0")[2].rpartition("Bearer ")[2])
            if not self.accepts(self.secrets[-1]):
                if arguments == "XOAUTH2":
                    self._send("+ " + base64.b64encode(b'{"status":"400"}').decode())
                    assert lines.readline() == b"\r\n"  # type: ignore[attr-defined]
                self._send(f"{tag} NO [AUTHENTICATIONFAILED] not {self.secrets[-1]}")
                return True
        elif verb == "SELECT":
            self._send(f"* {len(self.mails)} EXISTS")
            self._send(f"* OK [UIDVALIDITY {self.uidvalidity}] valid")
            if self.tells_next:
                self._send(f"* OK [UIDNEXT {max(self.mails, default=0) + 1}] next")
        elif verb == "UID SEARCH":
            found = self._chosen(arguments) if "SINCE" not in arguments else list(self.mails)
            self._send(f"* SEARCH {' '.join(map(str, found))}".rstrip())
            if self.arrives:
                self.mails[max(self.mails, default=0) + 1] = self.arrives
                self.arrives = b""
                self._send(f"* {len(self.mails)} EXISTS")
        elif verb == "UID FETCH":
            return self._fetch(tag, arguments)
        elif verb == "UID STORE" and not self.marks:
            self._send(f"{tag} NO read only")
            return True
        elif verb == "UID STORE":
            span, _kind, flags = arguments.split(" ", 2)
            for uid in self._chosen(span):
                self.flags.setdefault(uid, set()).update(flags.strip("()").split())
        elif verb == "UID EXPUNGE":
            for uid in self._chosen(arguments):
                self.mails.pop(uid)
        elif verb == "LOGOUT":
            self._send("* BYE")
            self._send(f"{tag} OK")
            return False
        self._send(f"{tag} OK done")
        return True

    def _chosen(self, text: str) -> list[int]:
        """The UIDs of a set; as with every server, `n:*` always holds the newest."""
        found: set[int] = set()
        newest = max(self.mails, default=0)
        for start, end in SPAN.findall(text.removeprefix("UID ")):
            first, last = int(start), newest if end == "*" else int(end or start)
            low, high = min(first, last), max(first, last)
            found.update(uid for uid in self.mails if low <= uid <= high)
        return sorted(found)

    def _fetch(self, tag: str, arguments: str) -> bool:
        span, _blank, items = arguments.partition(" ")
        part = re.search(r"<(\d+)\.(\d+)>", items)
        for uid in self._chosen(span):
            mail = self.mails[uid]
            if "BODY" not in items:
                size = len(mail) + self.lies
                self._send(f"* {uid} FETCH (UID {uid} RFC822.SIZE {size})")
                continue
            if uid in self.denied:
                self._send(f"{tag} NO cannot be converted")
                return True
            start = int(part[1]) if part else 0
            piece = mail[start : start + int(part[2])] if part else mail
            head = f"* {uid} FETCH (UID {uid} BODY[]{f'<{start}>' if part else ''} {{{len(piece)}}}"
            if self.cuts and len(piece) > 1:
                self.cuts -= 1
                self._send(head.encode() + b"\r\n" + piece[: len(piece) // 2])
                return False
            self._send(head.encode() + b"\r\n" + piece + b")")
        self._send(f"{tag} OK fetched")
        return True
