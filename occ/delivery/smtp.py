"""The SMTP sender. A whole dialogue has one limit; a mail is plain
ASCII, as every server takes it.
"""

import base64
import contextlib
import io
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formatdate, parseaddr, quote
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from occ.core import net
from occ.core.net import Limit

SECONDS = 60.0
SPEED = 100_000  # bytes of a mail for which a second more is given
PIECE = 16_384  # bytes sent between two looks at the clock: what one TLS record holds
WORD = (
    39  # bytes of UTF-8 in one encoded word: with a header's name in front, a line stays below 76
)


@dataclass(frozen=True)
class Enclosed:
    """A stored file that goes with a mail; `kind` is a picture's media type, '' for everything
    else.

    With a `cid` it is a picture that the mail's HTML shows.
    """

    name: str
    kind: str
    path: Path
    cid: str = ""


@dataclass(frozen=True)
class Mail:
    key: str
    to: str
    subject: str
    body: str
    html: str = ""
    enclosed: Sequence[Enclosed] = ()


def seconds(size: int) -> float:
    """How long the delivery of a mail of so many bytes may take."""
    return SECONDS + size / SPEED


def send(mail: Mail, *, url: str, sender: str) -> str | None:
    """Sends one mail; None when the server took it, else what went wrong, in its words."""
    try:
        _send(mail, url=url, sender=sender)
    except Exception as error:  # one bad mail or setting must not stop the others
        return f"{type(error).__name__}: {error}"
    return None


class _Written(str):
    """The text of a header as it stands in the mail."""


class _Policy(EmailPolicy):
    """Keeps what was written here: Python's own folding loses and doubles blanks between Korean
    words and encodes long ids.
    """

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        return (
            (name, value)
            if isinstance(value, _Written)
            else super().header_store_parse(name, value)
        )

    def fold_binary(self, name: str, value: Any) -> bytes:
        return (
            f"{name}: {value}{self.linesep}".encode()
            if isinstance(value, _Written)
            else super().fold_binary(name, value)
        )


POLICY = _Policy(linesep="\r\n", cte_type="7bit")


def _words(text: str) -> Iterator[str]:
    """A text as encoded words (RFC 2047) of whole characters; between two
    of them a reader sees nothing.
    """
    word = b""
    for sign in text:
        if len(word) + len(sign.encode()) > WORD:
            yield f"=?utf-8?b?{base64.b64encode(word).decode()}?="
            word = b""
        word += sign.encode()
    yield f"=?utf-8?b?{base64.b64encode(word).decode()}?="


def _is_plain(text: str) -> bool:
    """Whether a text can stand in a header as it is."""
    return (
        text.isascii()
        and text.isprintable()
        and len(text) <= 60
        and text == text.strip()
        and "=?" not in text
    )


def header_text(text: str) -> str:
    """A subject or name as a header holds it: a reader sees the very same
    text; line ends become blanks.
    """
    line = " ".join(text.splitlines())
    return line if _is_plain(line) else "\r\n ".join(_words(line))


def wire_address(address: str) -> str:
    """An e-mail address with its domain in ASCII; what stands before the @ stays.

    Raises ValueError for what is no address.
    """
    local, _at, domain = address.rpartition("@")
    if not local or not domain or not address.isprintable():
        raise ValueError(f"{address!r} is no e-mail address")
    return address if domain.isascii() else f"{local}@{net.host_name(domain)}"


def _named(name: str, address: str) -> str:
    if not name:
        return address
    return f'"{quote(name)}" <{address}>' if _is_plain(name) else f"{header_text(name)} <{address}>"


def message(mail: Mail, *, sender: str) -> EmailMessage:
    """A mail with its headers; all ASCII but for addresses that have no other form."""
    name, address = parseaddr(sender)
    address = wire_address(address)
    made = EmailMessage(policy=POLICY)
    made["From"], made["To"] = _Written(_named(name, address)), _Written(wire_address(mail.to))
    made["Subject"] = _Written(header_text(mail.subject))
    made["Date"] = formatdate()
    made["Message-ID"] = _Written(f"<{mail.key}@{address.rpartition('@')[2]}>")
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(mail.body)
    shown: EmailMessage | None = None
    if mail.html:
        made.add_alternative(mail.html, subtype="html")
        shown = made.get_payload()[1]  # type: ignore[assignment,index]
    # destroyed meanwhile: the text still goes
    there = [file for file in mail.enclosed if file.path.exists()]
    for file in sorted(there, key=lambda one: not one.cid):
        main, _slash, sub = (file.kind or "application/octet-stream").partition("/")
        content = file.path.read_bytes()
        if shown is not None and file.cid:
            shown.add_related(
                content,
                maintype=main,
                subtype=sub,
                filename=file.name,
                cid=f"<{file.cid}>",
                disposition="inline",
            )
        else:
            made.add_attachment(content, maintype=main, subtype=sub, filename=file.name)
    return made


class _Replies(io.RawIOBase):
    """What the server says, each read with what is left of the limit."""

    def __init__(self, connection: socket.socket, limit: Limit) -> None:
        super().__init__()
        self._connection, self._limit = connection, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(self._limit.left())
        return self._connection.recv_into(buffer)


class _Dialogue(smtplib.SMTP):
    """A dialogue under one limit; `context`: encrypted from the beginning."""

    def __init__(self, host: str, port: int, limit: Limit, context: ssl.SSLContext | None) -> None:
        self._limit, self._context = limit, context
        # left to itself it looks its own name up, without any limit
        super().__init__(host, port, local_hostname="localhost")
        name, (own, *_rest) = socket.gethostname(), self._connection.getsockname()
        self.local_hostname = name if "." in name else f"[IPv6:{own}]" if ":" in own else f"[{own}]"

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        self._connection = net.connect(host, port, self._limit, guarded=False)
        if self._context is not None:
            self._connection = self._context.wrap_socket(self._connection, server_hostname=host)
        return self._connection

    def encrypt(self, host: str, context: ssl.SSLContext) -> None:
        """STARTTLS, with the handshake under the limit, too."""
        code, said = self.docmd("STARTTLS")
        if code != 220:
            raise smtplib.SMTPResponseException(code, said)
        self._connection.settimeout(self._limit.left())
        self.sock = self._connection = context.wrap_socket(self._connection, server_hostname=host)
        self.file = None  # what came before it is forgotten
        self.ehlo()

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            self.file = io.BufferedReader(_Replies(self._connection, self._limit))
        return super().getreply()

    def send(self, s: Any) -> None:
        content = s.encode(self.command_encoding) if isinstance(s, str) else s
        for at in range(0, len(content), PIECE):
            try:
                self._connection.settimeout(self._limit.left())
            except OSError as error:  # no time left, or closed
                raise smtplib.SMTPServerDisconnected(str(error)) from error
            super().send(content[at : at + PIECE])


def _send(mail: Mail, *, url: str, sender: str) -> None:
    made = message(mail, sender=sender)
    content, to, own = made.as_bytes(), wire_address(mail.to), wire_address(parseaddr(sender)[1])
    parts = urlsplit(url)
    secure = parts.scheme == "smtps"
    host, port = net.host_name(parts.hostname or "localhost"), parts.port or (465 if secure else 25)
    trusted = ssl.create_default_context()
    server = _Dialogue(host, port, Limit(seconds(len(content))), trusted if secure else None)
    with contextlib.closing(server):
        server.ehlo()
        if not secure and server.has_extn("starttls"):
            server.encrypt(host, trusted)
            secure = True
        if parts.username:
            if not secure and host not in ("localhost", "127.0.0.1", "::1"):
                raise smtplib.SMTPException(
                    "the server offers no encryption; the password is not sent in clear"
                )
            server.login(unquote(parts.username), unquote(parts.password or ""))
        options = () if (to + own).isascii() else ("SMTPUTF8", "BODY=8BITMIME")
        if options and not server.has_extn("smtputf8"):
            raise smtplib.SMTPNotSupportedError(
                f"this mail server takes only addresses of ASCII letters (it lacks SMTPUTF8): {to}"
            )
        server.sendmail(own, [to], content, options)
        with contextlib.suppress(OSError):  # it has the mail; how it takes leave is its own affair
            server.docmd("QUIT")
