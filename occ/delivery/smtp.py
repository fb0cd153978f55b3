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
from dataclasses import dataclass, replace
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
    cc: Sequence[str] = ()
    reply_to: str = ""
    # Message-IDs of what it answers, oldest first
    thread: Sequence[str] = ()
    # a BCP 47 tag; '' is not said
    language: str = ""
    # a person wrote it; all else is a robot's, which other robots do not answer (RFC 3834)
    is_personal: bool = False
    # who is to get it now, where the others have it; empty: all
    left: Sequence[str] = ()


class Trouble(str):
    """What went wrong, in the server's words; `left` are those who did not get the mail where
    others did, `is_final` says that trying again is no use.
    """

    left: tuple[str, ...] = ()
    is_final = False


def seconds(size: int) -> float:
    """How long the delivery of a mail of so many bytes may take."""
    return SECONDS + size / SPEED


class LoginRefused(smtplib.SMTPException):
    """The server does not take the access token; the next attempt asks for a new one."""


def send(mail: Mail, *, url: str, sender: str, bearer: str = "") -> Trouble | None:
    """Sends one mail; None when the server took it for all, else what went wrong.

    With `bearer`, an access token, it signs in by OAuth 2 (XOAUTH2). Raises LoginRefused.
    """
    try:
        refused = _send(mail, url=url, sender=sender, bearer=bearer)
    except LoginRefused:
        raise
    except smtplib.SMTPRecipientsRefused as error:
        trouble = Trouble(f"SMTPRecipientsRefused: {_said(error.recipients)}")
        trouble.is_final = _is_final(error.recipients)
        return trouble
    except Exception as error:  # one bad mail or setting must not stop the others
        return Trouble(f"{type(error).__name__}: {error}")
    if not refused:
        return None
    trouble = Trouble(f"SMTPRecipientsRefused: {_said(refused)}")
    trouble.left, trouble.is_final = tuple(refused), _is_final(refused)
    return trouble


Refusals = dict[str, tuple[int, bytes]]


def _said(refused: Refusals) -> str:
    """The server's words about each receiver that it refused."""
    return "; ".join(
        f"{who}: {code} {said.decode(errors='replace')}" for who, (code, said) in refused.items()
    )


def _is_final(refused: Refusals) -> bool:
    """Whether no receiver may be taken later (RFC 5321, 4.2.1)."""
    return all(code >= 500 for code, _said in refused.values())


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


def _for_robots(mail: Mail, address: str) -> Iterator[tuple[str, str]]:
    """Headers by which other people's robots know what not to answer (MAIL-1): nobody's notice of
    absence comes back, and what a robot of ours wrote is answered by none.
    """
    if mail.is_personal:
        yield "X-Auto-Response-Suppress", "OOF, AutoReply"
        return
    yield "Auto-Submitted", "auto-replied" if mail.thread else "auto-generated"
    yield "X-Auto-Response-Suppress", "All"
    yield "Precedence", "bulk"
    yield "List-Id", f"<{address.replace('@', '.')}>"


def message(mail: Mail, *, sender: str) -> EmailMessage:
    """A mail with its headers; all ASCII but for addresses that have no other form."""
    name, address = parseaddr(sender)
    address = wire_address(address)
    made = EmailMessage(policy=POLICY)
    made["From"], made["To"] = _Written(_named(name, address)), _Written(wire_address(mail.to))
    if mail.cc:
        made["Cc"] = _Written(",\r\n ".join(wire_address(one) for one in mail.cc))
    if mail.reply_to:
        made["Reply-To"] = _Written(_named(name, wire_address(mail.reply_to)))
    made["Subject"] = _Written(header_text(mail.subject))
    made["Date"] = formatdate()
    made["Message-ID"] = _Written(f"<{mail.key}@{address.rpartition('@')[2]}>")
    if mail.thread:
        # one id a line, folded here: Python makes encoded words of long ones
        made["In-Reply-To"] = _Written(mail.thread[-1])
        made["References"] = _Written("\r\n ".join(mail.thread))
    for header, value in _for_robots(mail, address):
        made[header] = _Written(value)
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
    if mail.language:  # last: what is about the content moves into a part that is added
        made["Content-Language"] = mail.language
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


def _send(mail: Mail, *, url: str, sender: str, bearer: str) -> Refusals:
    """The whole dialogue; returns whom the server refused while it took the mail for others."""
    bad: Refusals = {}
    for one in mail.cc:
        try:
            wire_address(one)
        except ValueError as error:  # a mistyped copy does not hold up the mail
            bad[one] = (553, str(error).encode())
    mail = replace(mail, cc=[one for one in mail.cc if one not in bad])
    made = message(mail, sender=sender)
    content = made.as_bytes()
    # what cannot be delivered comes back to where answers go, which names its ticket
    own = wire_address(mail.reply_to or parseaddr(sender)[1])
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
        if parts.username or bearer:
            if not secure and host not in ("localhost", "127.0.0.1", "::1"):
                raise smtplib.SMTPException(
                    "the server offers no encryption; the password is not sent in clear"
                )
            _sign_in(server, unquote(parts.username or ""), unquote(parts.password or ""), bearer)
        if not server.has_extn("smtputf8"):
            beyond = [one for one in mail.cc if not wire_address(one).isascii()]
            if beyond:
                mail = replace(mail, cc=[one for one in mail.cc if one not in beyond])
                content = message(mail, sender=sender).as_bytes()
                bad.update(dict.fromkeys(beyond, (553, _LACKING.encode())))
        wire = {one: wire_address(one) for one in (mail.to, *mail.cc)}
        waiting = [one for one in wire if not mail.left or one in mail.left]
        bad = {one: why for one, why in bad.items() if not mail.left or one in mail.left}
        if not waiting:
            raise smtplib.SMTPRecipientsRefused(bad)
        is_plain = (own + "".join(wire.values())).isascii()
        options = () if is_plain else ("SMTPUTF8", "BODY=8BITMIME")
        if options and not server.has_extn("smtputf8"):
            raise smtplib.SMTPNotSupportedError(f"{_LACKING}: {mail.to}")
        refused = server.sendmail(own, [wire[one] for one in waiting], content, options)
        with contextlib.suppress(OSError):  # it has the mail; how it takes leave is its own affair
            server.docmd("QUIT")
    return {**{one: refused[wire[one]] for one in waiting if wire[one] in refused}, **bad}


_LACKING = "this mail server takes only addresses of ASCII letters (it lacks SMTPUTF8)"


def _sign_in(server: _Dialogue, user: str, password: str, bearer: str) -> None:
    if not bearer:
        server.login(user, password)
        return

    def answer(challenge: bytes | None = None) -> str:
        """The token at once; to what the server says against it an empty line, after which it ends
        the attempt (Google's and Microsoft's XOAUTH2).
        """
        return f"user={user}\1auth=Bearer {bearer}\1\1" if challenge is None else ""

    try:
        server.auth("XOAUTH2", answer)
    except smtplib.SMTPAuthenticationError as error:
        raise LoginRefused(f"{error.smtp_code} {error.smtp_error!r}") from error
