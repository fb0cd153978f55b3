"""A dialogue with a mailbox by IMAP (RFC 3501), always encrypted.

Python's imaplib speaks; this gives it a connection whose every step has what is left of one limit,
and asks only for what Gmail, Microsoft 365, Dovecot and the others answer alike. Mails are fetched
by BODY.PEEK, so that whoever else reads the mailbox sees nothing of it, and by UID alone.
"""

import contextlib
import imaplib
import os
import re
import select
import socket
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from occ.core import net
from occ.core.net import Limit
from occ.core.settings import configured
from occ.mail.rules import Failed, Mailbox, Security, SignIn, Trouble, said

SECONDS = 60.0  # of a dialogue, without what large mails add
SPEED = 50_000  # bytes of a mail for which a second more is given
PIECE = 512 * 1024  # bytes of a mail that are asked for at once
UNTOLD = 50 * 1024 * 1024  # the size of a mail whose server does not say it
LINE_MAX = 8 * 1024 * 1024  # bytes of a line: a list of a million mails
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID, _SIZE = re.compile(rb"\bUID (\d+)"), re.compile(rb"\bRFC822\.SIZE (\d+)")
_DATE = re.compile(
    rb'INTERNALDATE "([ \d]\d)-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"'
)


@dataclass(frozen=True)
class Listed:
    """A mail in the mailbox: its size in bytes as the server has it, and when it came there."""

    uid: int
    size: int
    at: datetime | None


@dataclass(frozen=True)
class Inbox:
    """How the inbox stands when it is opened."""

    uidvalidity: int
    uidnext: int
    mails: int


class _Line(imaplib.IMAP4):
    """imaplib over a connection of ours: its own waits for ever, or begins anew at each byte."""

    def __init__(self, host: str, port: int, limit: Limit, context: ssl.SSLContext | None) -> None:
        self.limit, self._context, self._read = limit, context, bytearray()
        super().__init__(host, port)

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        guarded = not configured().outgoing_private
        self.sock = net.connect(net.host_name(host), port, self.limit, guarded=guarded)
        if self._context is not None:
            self._encrypt(self._context, host)

    def _encrypt(self, context: ssl.SSLContext, host: str) -> None:
        self.sock.settimeout(self.limit.left())
        self.sock = context.wrap_socket(self.sock, server_hostname=net.host_name(host))

    def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """STARTTLS; what came before it in clear is forgotten. Raises imaplib's error."""
        typ, data = self._simple_command("STARTTLS")
        if typ != "OK":
            raise self.error(data[-1])
        self._read.clear()
        self._encrypt(context, host)

    def _more(self) -> None:
        self.sock.settimeout(self.limit.left())
        got = self.sock.recv(65_536)
        if not got:
            raise self.abort("the server closed the connection")
        self._read += got

    def readline(self) -> bytes:
        seen = 0
        while (end := self._read.find(b"\n", seen)) < 0:
            seen = len(self._read)
            if seen > LINE_MAX:
                raise self.error("a line without an end")
            self._more()
        line = bytes(self._read[: end + 1])
        del self._read[: end + 1]
        return line

    def read(self, size: int) -> bytes:
        while len(self._read) < size:
            self._more()
        found = bytes(self._read[:size])
        del self._read[:size]
        return found

    def send(self, data: Any) -> None:
        rest = memoryview(bytes(data))
        while rest:
            self.sock.settimeout(self.limit.left())
            rest = rest[self.sock.send(rest) :]

    def shutdown(self) -> None:
        self.sock.close()

    def has_line(self) -> bool:
        """Whether something was received that nobody has read."""
        return bool(self._read) or (
            isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0
        )

    def say(self, line: bytes) -> None:
        """Sends a line outside of imaplib's commands (IDLE)."""
        self.send(line + b"\r\n")

    def new_tag(self) -> bytes:
        return bytes(self._new_tag())


def trusted() -> ssl.SSLContext:
    """Whom a mail server's certificate has to come from: whomever the system trusts."""
    return ssl.create_default_context()


class Denied(Failed):
    """The server did not do one thing; the dialogue goes on."""


class Dialogue:
    """An open inbox. Every call raises Failed where the server does not do what it should."""

    def __init__(self, line: _Line, capabilities: frozenset[str], inbox: Inbox) -> None:
        self._line, self._capabilities, self.inbox = line, capabilities, inbox

    @property
    def idles(self) -> bool:
        return "IDLE" in self._capabilities

    @property
    def deletes(self) -> bool:
        """Whether one mail can be removed without those that other people marked."""
        return "UIDPLUS" in self._capabilities

    def renew(self, seconds: float = SECONDS) -> None:
        """Begins a new part of the dialogue, with a limit of its own."""
        self._line.limit = Limit(seconds)

    def close(self) -> None:
        """Takes leave; a server that does not answer is left."""
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            self._line.limit = Limit(5)
            self._line.logout()
        with contextlib.suppress(OSError):
            self._line.shutdown()

    def cut(self) -> None:
        """Closes the connection without a word."""
        with contextlib.suppress(OSError):
            self._line.shutdown()

    def has_news(self) -> bool:
        """Whether the server told of mails beside its answers since this was asked last."""
        told = False
        for name in ("EXISTS", "RECENT"):
            _name, values = self._line.response(name)
            told = told or bool(values and values[-1])
        return told

    def has(self, uid: int) -> bool:
        """Whether a mail is still there."""
        return uid in self._search(f"UID {uid}")

    def _ask(self, *args: str) -> list[Any]:
        with _worded():
            typ, data = self._line.uid(*args)
            if typ != "OK":
                raise Denied(Trouble.PROTOCOL, said(data[-1] if data else typ))
        return data

    def after(self, uid: int) -> list[int]:
        """The UIDs above one, in order.

        A range with `*` always holds the newest mail, whatever its UID is.
        """
        return [found for found in self._search(f"UID {uid + 1}:*") if found > uid]

    def since(self, day: date, *, up_to: int) -> list[int]:
        """The UIDs of mails that came on a day or later, up to one, in order."""
        words = f"SINCE {day.day}-{MONTHS[day.month - 1]}-{day.year}"
        return [found for found in self._search(words) if found <= up_to]

    def _search(self, words: str) -> list[int]:
        found: set[int] = set()
        for line in self._ask("SEARCH", *words.split()):
            if isinstance(line, bytes):
                found.update(int(word) for word in line.split() if word.isdigit())
        return sorted(found)

    def listed(self, uids: Iterable[int]) -> list[Listed]:
        """Size and time of mails, in order; those that are gone are left out.

        What the server says nothing of though it is there counts as large, so that it is asked for
        alone.
        """
        wanted = set(uids)
        data = self._ask("FETCH", spans(wanted), "(UID RFC822.SIZE INTERNALDATE)")
        found: dict[int, Listed] = {}
        for item in data:
            line = item[0] if isinstance(item, tuple) else item
            uid, size = _UID.search(line or b""), _SIZE.search(line or b"")
            if uid and size and int(uid[1]) in wanted:
                found[int(uid[1])] = Listed(int(uid[1]), int(size[1]), _instant(line))
        if unsaid := wanted - found.keys():
            still = self._search(f"UID {spans(unsaid)}")
            found |= {uid: Listed(uid, UNTOLD, None) for uid in still if uid in unsaid}
        return [found[uid] for uid in sorted(found)]

    def whole(self, uids: Iterable[int]) -> dict[int, bytes]:
        """Small mails, each as it came, by UID."""
        return self._bodies(spans(set(uids)), "(UID BODY.PEEK[])")

    def pieces(self, uid: int) -> Iterator[bytes]:
        """A large mail, a piece at a time, to its end whatever size the server told."""
        at = 0
        while True:
            found = self._bodies(str(uid), f"(UID BODY.PEEK[]<{at}.{PIECE}>)")
            piece = found.get(uid, b"")
            if piece:
                yield piece
            if len(piece) < PIECE:
                return
            at += len(piece)

    def _bodies(self, uids: str, items: str) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        data = self._ask("FETCH", uids, items)
        for n, item in enumerate(data):
            if not isinstance(item, tuple) or b"BODY[]" not in item[0]:
                continue
            rest = data[n + 1] if n + 1 < len(data) else b""
            uid = _UID.search(item[0]) or _UID.search(rest if isinstance(rest, bytes) else b"")
            if uid:
                found[int(uid[1])] = item[1]
        return found

    def mark_seen(self, uids: Iterable[int]) -> None:
        self._ask("STORE", spans(set(uids)), "+FLAGS.SILENT", "(\\Seen)")

    def delete(self, uids: Iterable[int]) -> None:
        """Deletes these mails and no other: where the server cannot (UIDPLUS), they stay marked as
        deleted.
        """
        wanted = spans(set(uids))
        self._ask("STORE", wanted, "+FLAGS.SILENT", "(\\Seen \\Deleted)")
        if self.deletes:
            self._ask("EXPUNGE", wanted)

    def is_there(self) -> None:
        """Asks the server for a sign of life. Raises Failed."""
        with _worded():
            self._line.noop()

    @contextlib.contextmanager
    def idling(self) -> Iterator["Idle"]:
        """Enters IDLE (RFC 2177) and leaves it again with DONE.

        What came since the last search is not told any more: whoever enters searches once at first.
        """
        with _worded():
            tag = self._line.new_tag()
            self._line.say(tag + b" IDLE")
            while not (line := self._line.readline()).startswith(b"+"):
                if line.startswith(tag):
                    raise Failed(Trouble.PROTOCOL, said(line))
        idle = Idle(self._line)
        yield idle
        with _worded():
            self._line.limit = Limit(SECONDS)
            self._line.say(b"DONE")
            while not (line := self._line.readline()).startswith(tag):
                idle.heard(line)


class Idle:
    """The server tells what happens."""

    def __init__(self, line: _Line) -> None:
        self._line, self.has_news = line, False

    def heard(self, line: bytes) -> None:
        """Notes a line: only new mails and lost ones are news."""
        words = line.upper().split()
        if len(words) >= 3 and words[0] == b"*" and words[2] in (b"EXISTS", b"RECENT"):
            self.has_news = True
        if len(words) >= 2 and words[0] == b"*" and words[1] == b"BYE":
            raise Failed(Trouble.CUT, said(line))

    def wait(self, waker: socket.socket, seconds: float) -> None:
        """Waits until there is news, `waker` becomes readable, or the seconds are over."""
        limit = Limit(seconds)
        poll = select.poll()
        poll.register(self._line.sock, select.POLLIN)
        poll.register(waker, select.POLLIN)
        while not self.has_news:
            if not self._line.has_line():
                with contextlib.suppress(TimeoutError):
                    ready = [fd for fd, _event in poll.poll(limit.left() * 1000)]
                    if waker.fileno() in ready:
                        return
                    if not ready:
                        return
                    self._take()
                    continue
                return
            self._take()

    def _take(self) -> None:
        with _worded():
            self._line.limit = Limit(SECONDS)
            self.heard(self._line.readline())


def spans(uids: set[int]) -> str:
    """UIDs as a set of a command: 1:3,7."""
    parts: list[list[int]] = []
    for uid in sorted(uids):
        if parts and parts[-1][1] == uid - 1:
            parts[-1][1] = uid
        else:
            parts.append([uid, uid])
    return ",".join(str(a) if a == b else f"{a}:{b}" for a, b in parts)


def _instant(line: bytes) -> datetime | None:
    """When a mail came; None where the server says what is no time."""
    found = _DATE.search(line)
    if found is None or found[2].decode().title() not in MONTHS:
        return None
    month = MONTHS.index(found[2].decode().title()) + 1
    text = f"{int(found[3]):04}-{month:02}-{int(found[1]):02}T"
    text += b":".join(found.group(4, 5, 6)).decode() + (found[7] + found[8]).decode()
    try:
        return datetime.fromisoformat(f"{text}:{found[9].decode()}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@contextlib.contextmanager
def _worded(*secrets: str) -> Iterator[None]:
    """What goes wrong on the way as the one error that callers know."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise Failed(Trouble.CERTIFICATE, said(error.verify_message)) from error
    except socket.gaierror as error:
        raise Failed(Trouble.NO_HOST) from error
    except net.Blocked as error:
        raise Failed(Trouble.BLOCKED) from error
    except TimeoutError as error:
        raise Failed(Trouble.NO_ANSWER) from error
    except ssl.SSLError as error:
        raise Failed(Trouble.PROTOCOL, said(error.reason or "")) from error
    except imaplib.IMAP4.abort as error:
        raise Failed(Trouble.CUT, said(error, *secrets)) from error
    except (imaplib.IMAP4.error, ValueError) as error:
        raise Failed(Trouble.PROTOCOL, said(error, *secrets)) from error
    except (ConnectionRefusedError, OSError) as error:
        connected = isinstance(error, ConnectionResetError | BrokenPipeError)
        trouble = Trouble.CUT if connected else Trouble.NO_ANSWER
        raise Failed(trouble, said(os.strerror(error.errno) if error.errno else "")) from error


def _sign_in(line: _Line, box: Mailbox, offered: frozenset[str]) -> None:
    secret = box.credential
    try:
        if box.sign_in is SignIn.OAUTH:
            if "AUTH=XOAUTH2" not in offered:
                raise Failed(Trouble.NO_SIGN_IN)
            told = [f"user={box.user}\x01auth=Bearer {secret}\x01\x01".encode()]
            # a refusal is told as another question, which gets an empty answer
            line.authenticate("XOAUTH2", lambda _asked: told.pop() if told else b"")
        elif "AUTH=PLAIN" in offered:  # takes letters beyond ASCII, too
            line.authenticate("PLAIN", lambda _asked: f"\0{box.user}\0{secret}".encode())
        elif "LOGINDISABLED" in offered or not f"{box.user}{secret}".isascii():
            raise Failed(Trouble.NO_SIGN_IN)
        else:
            line.login(box.user, secret)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise Failed(Trouble.REFUSED, said(_own_words(error), secret)) from error


def _own_words(error: Exception) -> object:
    """What a server said, out of imaplib's error."""
    return error.args[0] if error.args else ""


def _capabilities(line: _Line) -> frozenset[str]:
    """What the server can do now: some tell all of it only to those who have signed in."""
    _typ, data = line.capability()
    words = b" ".join(one for one in data if isinstance(one, bytes)).decode("ascii", "replace")
    return frozenset(words.upper().split())


def connect(box: Mailbox) -> Dialogue:
    """Signs in and opens the inbox for reading and marking. Raises Failed."""
    context = trusted()
    secure = box.security is Security.TLS
    with _worded(box.credential):
        line = _Line(box.host, box.port, Limit(SECONDS), context if secure else None)
        try:
            offered = _capabilities(line)
            if not secure:
                if "STARTTLS" not in offered:
                    raise Failed(Trouble.NO_TLS)
                line.start_tls(context, box.host)
                offered = _capabilities(line)
            _sign_in(line, box, offered)
            return Dialogue(line, _capabilities(line), _open_inbox(line))
        except BaseException:
            line.shutdown()
            raise


def _open_inbox(line: _Line) -> Inbox:
    typ, data = line.select("INBOX")
    if typ != "OK":
        raise Failed(Trouble.NO_INBOX, said(data[-1] if data else ""))
    validity, following = _told(line, "UIDVALIDITY"), _told(line, "UIDNEXT")
    if not validity:
        raise Failed(Trouble.PROTOCOL, "UIDVALIDITY")
    if not following:  # old servers leave it out
        _typ, found = line.uid("SEARCH", "UID", "1:*")
        words = b" ".join(one for one in found if isinstance(one, bytes)).split()
        following = 1 + max((int(word) for word in words if word.isdigit()), default=0)
    return Inbox(validity, following, int(data[-1] or 0))


def _told(line: _Line, name: str) -> int:
    """A number that the server told when the inbox was opened; 0 where it did not."""
    _name, values = line.response(name)
    return int(values[-1]) if values and values[-1] else 0
