"""Mails by hand, byte by byte: a library would write them right."""

import base64
import quopri
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

SUBJECT, TEXT = "배송 문의", "안녕하세요. 언제 오나요?"
HANA = ("김하나", "hana@example.com")
HELP = ("", "help@example.com")
ID = "<m1@example.com>"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


def word(text: str, charset: str = "utf-8", how: str = "b") -> str:
    """An encoded word."""
    raw = text.encode(CODECS.get(charset, charset))
    if how in "bB":
        said = base64.b64encode(raw).decode()
    else:
        said = "".join(f"={byte:02X}" for byte in raw)
    return f"=?{charset}?{how}?{said}?="


# What Python calls the sets that these labels mean.
CODECS = {
    "ks_c_5601-1987": "cp949",
    "windows-949": "cp949",
    "x-windows-949": "cp949",
    "korean": "cp949",
    "ksc5601": "cp949",
    "iso-ir-149": "cp949",
    "windows-31j": "cp932",
    "x-sjis": "cp932",
    "MS949": "cp949",
    "UHC": "cp949",
    "EUC-KR": "cp949",
}
HEAD = {
    "From": f"{word('김하나')} <hana@example.com>",
    "To": "help@example.com",
    "Subject": word(SUBJECT),
    "Date": "Tue, 3 Nov 2026 14:15:00 +0900",
    "Message-ID": ID,
    "MIME-Version": "1.0",
}
Said = str | bytes


def to_bytes(said: Said) -> bytes:
    return said if isinstance(said, bytes) else said.encode()


def mail(
    body: Said = TEXT,
    kind: Said | None = "text/plain; charset=utf-8",
    how: str = "8bit",
    *more: Said,
    **heads: Said | None,
) -> bytes:
    """A mail with the usual headers, but for those that `heads` names (`message_id`), None for
    none; `more` are whole lines of the head.
    """
    given = {name.replace("_", "-").lower(): value for name, value in heads.items()}
    lines = []
    for name, usual in HEAD.items():
        value = given.pop(name.lower(), usual)
        if value is not None:
            lines.append(name.encode() + b": " + to_bytes(value))
    lines += [
        name.title().encode() + b": " + to_bytes(value)
        for name, value in given.items()
        if value is not None
    ]
    lines += [to_bytes(line) for line in more]
    if kind is not None:
        lines.append(b"Content-Type: " + to_bytes(kind))
    lines.append(b"Content-Transfer-Encoding: " + how.encode())
    return b"\r\n".join(lines) + b"\r\n\r\n" + coded(to_bytes(body), how) + b"\r\n"


def coded(body: bytes, how: str) -> bytes:
    if how == "base64":
        return base64.encodebytes(body).replace(b"\n", b"\r\n")
    if how == "quoted-printable":
        return quopri.encodestring(body).replace(b"\n", b"\r\n")
    return body


def part(body: Said, kind: Said | None, *lines: Said, how: str = "8bit") -> bytes:
    """A part of a multipart."""
    head = [b"Content-Type: " + to_bytes(kind)] if kind is not None else []
    head += [to_bytes(line) for line in lines]
    if how != "8bit":
        head.append(b"Content-Transfer-Encoding: " + how.encode())
    return b"\r\n".join(head) + b"\r\n\r\n" + coded(to_bytes(body), how).removesuffix(b"\r\n")


def several(
    *parts: bytes, kind: str = "mixed", boundary: str = "b1", more: str = ""
) -> tuple[bytes, str]:
    """The body and the kind of a multipart."""
    mark = b"--" + boundary.encode()
    body = b"".join(mark + b"\r\n" + one + b"\r\n" for one in parts) + mark + b"--"
    return body, f'multipart/{kind}; boundary="{boundary}"{more}'


def nested(*parts: bytes, kind: str = "mixed", boundary: str = "b2", more: str = "") -> bytes:
    """A multipart inside another one."""
    body, said = several(*parts, kind=kind, boundary=boundary, more=more)
    return part(body, said)


def with_file(
    *lines: Said, kind: Said = "application/octet-stream", content: bytes = b"x"
) -> bytes:
    """A mail with a text and one file, whose head has these lines."""
    return mail(*several(TEXT_PART, part(content, kind, *lines, how="base64")))


TEXT_PART = part(TEXT, "text/plain; charset=utf-8")


def html(words: str, **heads: Said | None) -> bytes:
    return mail(words, "text/html; charset=utf-8", **heads)


@dataclass(frozen=True)
class Case:
    """A mail, and everything that is read of it: what is not named is as usual."""

    name: str
    raw: bytes = field(repr=False)
    subject: str = SUBJECT
    sender: tuple[str, str] = HANA
    to: tuple[tuple[str, str], ...] = (HELP,)
    cc: tuple[tuple[str, str], ...] = ()
    reply_to: tuple[tuple[str, str], ...] = ()
    also_from: tuple[tuple[str, str], ...] = ()
    text: str = TEXT
    quoted: str = ""
    html: str | None = None  # None: not looked at
    files: tuple[tuple[str, str, bytes | int | None], ...] = ()  # name, kind, content or its size
    message_id: str = ID
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sent: str | None = "2026-11-03T05:15:00+00:00"
    automatic: str = "no"
    bounced: tuple[tuple[str, str, bool], ...] = ()
    returned: str = ""
    defects: tuple[str, ...] = ()


def case(name: str, raw: bytes, **expected: Any) -> Case:
    return Case(name, raw, **expected)


def every(cases: Iterable[Case]) -> list[Case]:
    return list(cases)
