"""What a mail says, as values: made by `occ.mail.reading.read`, kept by nobody here."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path


class Automatic(StrEnum):
    """Whether a machine wrote a mail, and what for. Only what a person wrote reopens a ticket or
    may be answered.
    """

    NO = "no"
    REPLY = "reply"  # out of office, received with thanks
    MADE = "made"  # by a program: Auto-Submitted: auto-generated
    LIST = "list"  # to a mailing list or in bulk
    RECEIPT = "receipt"  # was displayed or deleted
    BOUNCE = "bounce"  # was not delivered, or not yet


class Defect(StrEnum):
    """What was wrong with a mail that is read all the same."""

    HEADERS = "headers"  # lines among the headers that are none, or more than are read
    CHARSET = "charset"  # signs that the named character set does not have, or none of that name
    ENCODING = "encoding"  # base64 or the like that is broken
    STRUCTURE = "structure"  # a part that ends nowhere, parts within parts within parts
    PARTS = "parts"  # more parts than are read
    SENDER = "sender"  # no From with an address
    SENDERS = "senders"  # more than one From
    DATE = "date"  # none, or one that is no date
    MESSAGE_ID = "message_id"  # none, or one that is no id
    HTML = "html"  # deeper or longer than is drawn: the words alone are kept
    TNEF = "tnef"  # a winmail.dat that cannot be opened
    LENGTH = "length"  # a text longer than is kept: the original has all of it


@dataclass(frozen=True)
class Person:
    """A name, '' where none is given, and an address as it was written."""

    name: str
    address: str


@dataclass(frozen=True)
class Part:
    """A file of a mail.

    `content` is empty where the file was `too_large` or lies at `path`, which belongs to whoever
    asked for it to be written there.
    """

    name: str  # without folders, never ''
    kind: str  # 'image/png', in small letters
    content: bytes = field(repr=False)
    size: int  # bytes
    cid: str = ""  # without < and >
    inline: bool = False  # a picture that `html` shows by data-part
    too_large: bool = False
    path: Path | None = None

    def read(self) -> bytes:
        """Its bytes, wherever they are."""
        return self.path.read_bytes() if self.path is not None else self.content


@dataclass(frozen=True)
class Bounced:
    """An address that was not reached."""

    address: str
    status: str  # '5.1.1' (RFC 3463), '' where none is given
    lasting: bool  # False: the mail server goes on trying, or did in vain for a while
    said: str = ""  # what the other server said


@dataclass(frozen=True)
class Letter:
    """A mail, all its texts without NUL, lone surrogates and what else cannot be stored.

    `text` and `quoted` hold all words of the mail; `html` and `quoted_html` hold them as
    sanitized HTML, '' where the mail has plain text alone. A picture of the mail itself is
    `<img data-part="3">`, the file's place in `files`; one of elsewhere `<img data-remote="…">`,
    which loads nothing.
    """

    message_id: str  # <id@host>, '' where there is none
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]  # the oldest first
    subject: str
    sender: Person  # without an address where From has none
    also_from: tuple[Person, ...]  # other people of From
    reply_to: tuple[Person, ...]
    to: tuple[Person, ...]
    cc: tuple[Person, ...]
    delivered_to: tuple[str, ...]  # addresses that mail servers on its way noted
    sent_at: datetime | None  # aware
    text: str
    quoted: str
    html: str
    quoted_html: str
    files: tuple[Part, ...]
    automatic: Automatic
    bounced: tuple[Bounced, ...]
    returned: str  # the Message-ID of the mail that a bounce or a receipt is about
    defects: tuple[Defect, ...]
