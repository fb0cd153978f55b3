"""Mail accounts and received mails: enums, value types and pure decisions (MAIL-1)."""

import enum
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from occ.core import richtext
from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.core.net import check_url, host_name
from occ.core.richtext import Writing
from occ.ticket_settings.rules import check_places, forbidden_in, places

NAME_MAX, SENDER_MAX, ADDRESS_MAX, HOST_MAX, USER_MAX = 20, 45, 254, 253, 254
SECRET_MAX = 4_000  # letters; refresh tokens have some 2,000
SILENCE_MAX = 24 * 31  # hours
OLDER_MAX = 365  # days of older mail that can be asked for
SIZE_MAX = 40 * 1024 * 1024  # bytes of a mail that is read
ATTEMPTS = 10  # begun with a mail by processes that ended, before it is put aside
SUBJECT_MAX = WORDS_MAX = 200
TELL_REFUSED, TELL_FAILING = timedelta(minutes=5), timedelta(minutes=30)
WAIT_FIRST, WAIT_MOST = timedelta(seconds=5), timedelta(minutes=10)


class AccountKind(enum.Enum):
    REPRESENTATIVE = "representative"  # an address of this console, received by itself
    EXTERNAL = "external"  # a mailbox elsewhere, read by IMAP


class Security(enum.Enum):
    """How the way to a mail server is encrypted; without it nothing is sent."""

    TLS = "tls"  # from the beginning
    STARTTLS = "starttls"


class SignIn(enum.Enum):
    PASSWORD = "password"  # an app password, mostly
    OAUTH = "oauth"  # a refresh token (Gmail, Microsoft 365)


class LayoutKind(enum.Enum):
    """Which mails of answers a layout is for (MAIL-2)."""

    RESOLVED = "resolved"
    HOLD = "hold"
    MANUAL = "manual"  # of tickets that were made by hand


class MailState(enum.Enum):
    WAITING = "waiting"  # stored, to be read
    READ = "read"
    QUARANTINED = "quarantined"
    DROPPED = "dropped"  # put aside for good by hand
    HELD = "held"  # by the spam rule, until somebody lets it in (HC-5)


class Reason(enum.Enum):
    """Why a mail is in quarantine."""

    FAULT = "fault"  # something failed while it was worked on
    KILLED = "killed"  # whoever read it ended in the middle, again and again
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    GONE = "gone"  # the original is no longer stored


class Trouble(enum.Enum):
    """Why a mailbox could not be read."""

    NO_HOST = "no_host"  # no such name
    NO_ANSWER = "no_answer"
    BLOCKED = "blocked"  # an address of this network
    CERTIFICATE = "certificate"
    NO_TLS = "no_tls"  # the server does not offer STARTTLS
    REFUSED = "refused"  # user, password or token
    NO_SIGN_IN = "no_sign_in"  # the server does not take this way of signing in
    TOKEN = "token"  # the token server refused or did not answer
    PROTOCOL = "protocol"  # said something else than IMAP
    NO_INBOX = "no_inbox"
    CUT = "cut"
    DISK_FULL = "disk_full"
    FAULT = "fault"


@dataclass(frozen=True, kw_only=True)
class Secret:
    """What signs in: an app password, or what gets access tokens of a token server."""

    password: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    endpoint: str = ""


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """Where a mailbox is and how one signs in: with a password or an access token."""

    host: str
    port: int
    security: Security
    user: str
    sign_in: SignIn
    credential: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class AccountTerms:
    """What people choose of an external account. Without a `secret` the stored one stays."""

    name: str
    address: str
    host: str
    port: int
    security: Security
    user: str
    sign_in: SignIn
    secret: Secret | None
    keep_original: bool = True
    sender_name: str = ""
    silence_hours: int | None = None


@dataclass(frozen=True)
class Found:
    """What a check saw of a mailbox.

    `secret` is what signs in from now on and is what is saved: a token server may have exchanged
    the refresh token for a new one.
    """

    mails: int
    idles: bool  # tells of new mail by itself (IDLE)
    deletes: bool  # can delete one mail alone (UIDPLUS)
    secret: Secret = field(repr=False)


class Failed(Exception):
    """A mailbox could not be read; `words` are the server's own, without secrets."""

    def __init__(self, trouble: Trouble, words: str = "") -> None:
        super().__init__(f"{trouble.value} {words}".strip())
        self.trouble, self.words = trouble, words


def said(words: object, *secrets: str) -> str:
    """What a server said, as it may be shown and logged: one line, at most 200 letters, without
    the secrets that it was told.
    """
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    for secret in secrets:
        if secret:
            text = text.replace(secret, "…")
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line[:WORDS_MAX]


HEAD_MAX = 256 * 1024  # bytes of headers that an identity looks at
_BLANK_LINE = re.compile(rb"\A\r?\n|\r?\n\r?\n")
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\\[\]]+@[^\s@]+")


def check_address(text: str, *, field: str = "address") -> str:
    """An e-mail address as it is kept; its domain in small letters."""
    local, _at, domain = text.strip().rpartition("@")
    try:
        host_name(domain)
        is_one = bool(_ADDRESS.fullmatch(f"{local}@{domain}")) and len(text) <= ADDRESS_MAX
    except ValueError:
        is_one = False
    if not is_one:
        raise Refused(_("Enter an e-mail address, such as help@example.com."), field)
    return f"{local}@{domain.lower()}"


def check_host(text: str, *, field: str = "host") -> str:
    """The name or address of a mail server as it is kept."""
    host = text.strip().lower()
    try:
        host_name(host)
        is_one = 0 < len(host) <= HOST_MAX
    except ValueError:
        is_one = False
    if not is_one:
        raise Refused(_("Enter the name of the mail server, such as imap.example.com."), field)
    return host


def check_secret(sign_in: SignIn, secret: Secret) -> None:
    """Raises Refused beside the part that is missing, too long or cannot be sent."""
    needed = {"password": secret.password}
    if sign_in is SignIn.OAUTH:
        check_url(secret.endpoint, field="endpoint")
        needed = {"client_id": secret.client_id, "refresh_token": secret.refresh_token}
    for field_name, text in needed.items():
        if not text:
            raise Refused(_("Enter what this field asks for."), field_name)
    for field_name, text in needed.items() | {"client_secret": secret.client_secret}.items():
        if len(text) > SECRET_MAX or not text.isprintable():
            raise Refused(_("This cannot be sent to a mail server. Check it."), field_name)


def folded_address(address: str) -> str:
    """An address as it is compared."""
    return address.strip().casefold()


def local_parts(address: str) -> tuple[str, str]:
    """(mailbox, token) of what stands before the @: `mall+t5` is the mailbox mall."""
    local = address.rpartition("@")[0]
    mailbox, _plus, token = local.partition("+")
    return mailbox.lower(), token


class Identity:
    """By what the same message is known when it comes a second time, on whichever way: fed with
    its bytes, a piece at a time.

    Its Message-ID alone is not enough: programs that send the same one for ever would lose all
    mails but the first. Headers that servers add on the way do not count, nor does how lines end.
    """

    def __init__(self) -> None:
        self._head, self._is_body = bytearray(), False
        self._body, self._ends = hashlib.sha256(), 0

    def feed(self, piece: bytes) -> None:
        if self._is_body:
            self._add(piece)
            return
        begin = max(0, len(self._head) - 3)  # a blank line may come in two pieces
        self._head += piece
        found = _BLANK_LINE.search(self._head, begin)
        if found or len(self._head) > HEAD_MAX:
            end = found.end() if found else HEAD_MAX
            self._is_body = True
            self._add(bytes(self._head[end:]))
            del self._head[end:]

    def _add(self, piece: bytes) -> None:
        text = piece.replace(b"\r", b"")
        kept = text.rstrip(b"\n")
        if kept:
            self._body.update(b"\n" * self._ends + kept)
            self._ends = 0
        self._ends += len(text) - len(kept)

    def _header(self, name: bytes) -> bytes:
        found = re.search(
            rb"(?im)^" + name + rb"[ \t]*:((?:.*)(?:\r?\n[ \t].*)*)", bytes(self._head)
        )
        return b" ".join(found[1].split()) if found else b""

    def hex(self) -> str:
        """The identity of all that was fed, 64 letters."""
        ident = self._header(b"message-id")
        names = (b"message-id",) if ident else (b"date", b"from", b"to", b"subject")
        digest = hashlib.sha256()
        for name in names:
            digest.update(self._header(name) + b"\0")
        digest.update(self._body.digest())
        return digest.hexdigest()

    def hint(self) -> tuple[bytes, bytes]:
        """From and Subject as they stand in the mail."""
        return self._header(b"from"), self._header(b"subject")


def identity(raw: bytes) -> str:
    """The identity of a whole mail."""
    found = Identity()
    found.feed(raw)
    return found.hex()


def wait_after(failures: int) -> timedelta:
    """How long a mailbox that failed so many times in a row is left alone."""
    return min(WAIT_MOST, WAIT_FIRST * (1 << min(max(failures, 1) - 1, 10)))


def must_tell(
    trouble: Trouble | None, since: datetime | None, told: datetime | None, now: datetime
) -> bool:
    """Whether managers are told that a mailbox cannot be read: once for each time that it fails,
    sooner where it refuses to let us in.
    """
    if trouble is None or since is None or told is not None:
        return False
    refused = trouble in (Trouble.REFUSED, Trouble.NO_SIGN_IN, Trouble.TOKEN, Trouble.CERTIFICATE)
    return now - since >= (TELL_REFUSED if refused else TELL_FAILING)


def is_silent(hours: int | None, last_mail: datetime, told: datetime | None, now: datetime) -> bool:
    """Whether managers are to be told that no mail has come for as long as the account's alarm
    says; once for each silence.
    """
    if hours is None or now - last_mail < timedelta(hours=hours):
        return False
    return told is None or told < last_mail


CONTENT, SERVICE, INQUIRY, LINK = "content", "service", "inquiry", "inquiry_link"
LAYOUT_MAX = 10_000  # characters
LAYOUT_PLACES = {
    CONTENT: _("The answer"),
    SERVICE: _("Name of the service"),
    INQUIRY: _("The inquiry"),
    LINK: _("Link to the inquiry"),
}


def check_layout(said: Writing, known: Mapping[str, str], words: Iterable[str]) -> None:
    """Raises Refused for what is no layout (MAIL-2); `known` are the names of its placeholders,
    `words` those that no mail may hold (FBW-1).
    """
    if not said:
        raise Refused(_("Enter something first."), "body")
    if len(said.text) > LAYOUT_MAX:
        raise Refused(
            _(
                "Use at most %(limit)s characters; this has %(count)s.",
                limit=LAYOUT_MAX,
                count=len(said.text),
            ),
            "body",
        )
    if all(one.name != CONTENT for one in places(said.text)):
        raise Refused(
            _("Put #{content} where the answer should stand; without it customers get no answer."),
            "body",
        )
    check_places([said.text], known, "body")
    beside = {name: text for name, text in known.items() if name != CONTENT}
    check_places(richtext.addresses(said.html), beside, "body")
    hits = forbidden_in(said.text, words)
    if hits:
        raise Refused(
            _(
                "This holds forbidden words. Change them: %(words)s",
                words=", ".join(dict.fromkeys(hit.there for hit in hits)),
            ),
            "body",
        )
