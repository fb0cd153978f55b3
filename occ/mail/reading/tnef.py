"""winmail.dat: the files and the text that Outlook packs in a format of its own (MS-OXTNEF).

Read here rather than by tnefparse 1.4, which decodes Korean names as UTF-8, copies the rest of the
file for every attribute and counts to the number of properties that a file claims to have.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from occ.mail.reading import charsets, rtf
from occ.mail.reading.headers import clean

SIGNATURE = b"\x78\x9f\x3e\x22"
ATTRIBUTES_MAX, PROPERTIES_MAX, FILES_MAX = 5000, 2000, 200
BODY, TITLE, DATA, RENDERING = 0x800C, 0x8010, 0x800F, 0x9002
PROPERTIES, ATTACHMENT, CODE_PAGE = 0x9003, 0x9005, 0x9007
# Properties of a message and of an attachment (MS-OXPROPS)
SUBJECT, TEXT, RTF, HTML = 0x0037, 0x1000, 0x1009, 0x1013
DISPLAY_NAME, OBJECT, SHORT_NAME, LONG_NAME = 0x3001, 0x3701, 0x3704, 0x3707
KIND, CONTENT_ID = 0x370E, 0x3712
# Bytes that a value of a type takes; what is not here has a length of its own.
SIZES = {
    0x0001: 4,
    0x0002: 4,
    0x0003: 4,
    0x0004: 4,
    0x000A: 4,
    0x000B: 4,
    0x0005: 8,
    0x0006: 8,
    0x0007: 8,
    0x0014: 8,
    0x0040: 8,
    0x0048: 16,
}
UNICODE, MULTIPLE, NAMED = 0x001F, 0x1000, 0x8000
PAGES = {65001: "utf-8", 20127: "us-ascii", 28591: "iso-8859-1", 20866: "koi8-r"}
OBJECT_HEAD = 16  # bytes of an object's interface before its data


@dataclass
class File:
    name: str = ""
    kind: str = ""
    cid: str = ""
    content: bytes = b""


@dataclass
class Packed:
    text: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)
    is_whole: bool = True  # False: its text is there and cannot be read


def unpacked(raw: bytes) -> Packed | None:
    """What the file holds, as far as it is whole; None where it is no such file."""
    if not raw.startswith(SIGNATURE):
        return None
    packed, page, rich = Packed(), "cp1252", b""
    for level, name, start, end in _attributes(raw):
        data = raw[start:end]
        if name == CODE_PAGE and len(data) >= 4:
            number = struct.unpack_from("<I", data)[0]
            page = PAGES.get(number, f"cp{number}")
        elif name == RENDERING:
            if len(packed.files) >= FILES_MAX:
                break
            packed.files.append(File())
        elif level == 2 and packed.files:
            _of_file(packed.files[-1], name, data, page)
        elif name == BODY:
            packed.text = packed.text or _words(data, page)
        elif name == PROPERTIES:
            for property_, type_, value in _properties(data):
                if property_ == TEXT:
                    packed.text = _value(type_, value, page) or packed.text
                elif property_ == HTML:
                    packed.html = _value(type_, value, "") or packed.html
                elif property_ == RTF:
                    rich = value or rich
    if rich and not (packed.html.strip() or packed.text.strip()):
        _of_rich(packed, rich)
    return packed


def _of_rich(packed: Packed, compressed: bytes) -> None:
    """The text where it is there as RTF alone; RTF that says nothing to us is a file."""
    raw = rtf.unpacked(compressed)
    if raw is None:
        packed.is_whole = False
        return
    said, is_html = rtf.read(raw)
    if is_html and said.strip():
        packed.html = said
    elif said.strip():
        packed.text = said
    elif raw.strip():
        packed.files.append(File("message.rtf", "application/rtf", content=raw))


def _of_file(file: File, name: int, data: bytes, page: str) -> None:
    if name == TITLE:
        file.name = file.name or _words(data, page)
    elif name == DATA:
        file.content = data
    elif name == ATTACHMENT:
        names = {}
        for property_, type_, value in _properties(data):
            if property_ in (DISPLAY_NAME, SHORT_NAME, LONG_NAME):
                names[property_] = _value(type_, value, page)
            elif property_ == KIND:
                file.kind = clean(_value(type_, value, page), 100).lower()
            elif property_ == CONTENT_ID:
                file.cid = clean(_value(type_, value, page), 900).strip("<>")
            elif property_ == OBJECT and not file.content:
                file.content = value[OBJECT_HEAD:]
        for property_ in (DISPLAY_NAME, SHORT_NAME, LONG_NAME):
            if names.get(property_) and (property_ == LONG_NAME or not file.name):
                file.name = names[property_]


def _attributes(raw: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Level, name, and where the data begins and ends."""
    at, count = 6, 0
    while at + 11 <= len(raw) and count < ATTRIBUTES_MAX:
        level, name, _type, length = struct.unpack_from("<BHHI", raw, at)
        start = at + 9
        yield level, name, start, min(start + length, len(raw))
        at = start + length + 2
        count += 1


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Name, type and bytes of each property that has one value; it ends where the data does."""
    at = 4
    for _number in range(PROPERTIES_MAX):
        if at + 4 > len(data):
            return
        type_, name = struct.unpack_from("<HH", data, at)
        at += 4
        if name >= NAMED:
            if at + 24 > len(data):
                return
            kind, length = struct.unpack_from("<II", data, at + 16)
            at += 24 + (_padded(length) if kind else 0)
        several, type_ = bool(type_ & MULTIPLE), type_ & ~MULTIPLE
        size = SIZES.get(type_)
        count = 1
        if size is None or several:
            if at + 4 > len(data):
                return
            count = struct.unpack_from("<I", data, at)[0]
            at += 4
        for _value_number in range(min(count, PROPERTIES_MAX)):
            length = size if size is not None else 0
            if size is None:
                if at + 4 > len(data):
                    return
                length = struct.unpack_from("<I", data, at)[0]
                at += 4
            value = data[at : at + length]
            at += _padded(length)
            if not several:
                yield name, type_, value
            if at > len(data):
                return


def _padded(length: int) -> int:
    return length + -length % 4


def _words(raw: bytes, page: str) -> str:
    return charsets.decoded(raw.partition(b"\0")[0], page)[0]


def _value(type_: int, raw: bytes, page: str) -> str:
    if type_ == UNICODE:
        return charsets.decoded(raw, "utf-16-le")[0]
    return charsets.decoded(raw.rstrip(b"\0"), page)[0]
