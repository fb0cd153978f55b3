"""RTF as Outlook packs it: a mail's text, or its HTML inside of it (MS-OXRTFCP, MS-OXRTFEX).

Read here rather than by striprtf 0.0.35, which makes two halves of every emoji and looks for links
in a time that grows with the square of a line, and compressed-rtf 1.0.7, which knows no limit.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from occ.mail.reading import charsets

LENGTH_MAX = 4 * 1024 * 1024  # bytes of RTF that are looked at
DEPTH_MAX = 500
HEAD = struct.Struct("<II4sI")
_FIRST = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4096
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)",
    re.DOTALL,
)
# What says nothing that is read, also without a sign that who does not know it leaves it out.
_LEFT_OUT = frozenset(
    rb"fonttbl colortbl stylesheet info pict object objdata header headerl headerr headerf footer"
    rb" footerl footerr footerf footnote annotation themedata datastore listtable fldinst".split()
)
_SIGNS = {
    b"par": "\n", b"line": "\n", b"row": "\n", b"sect": "\n", b"page": "\n", b"tab": "\t",
    b"cell": "\t", b"emdash": "—", b"endash": "–", b"bullet": "•", b"lquote": "‘", b"rquote": "’",
    b"ldblquote": "“", b"rdblquote": "”", b"~": "\xa0", b"_": "\u2011", b"{": "{", b"}": "}",
    b"\\": "\\", b"\n": "\n", b"\r": "\n",
}  # fmt: skip
# code pages by the character sets of fonts; others are written in that of the whole
_PAGES = {
    b"0": 1252, b"128": 932, b"129": 949, b"134": 936, b"136": 950, b"161": 1253, b"162": 1254,
    b"163": 1258, b"177": 1255, b"178": 1256, b"186": 1257, b"204": 1251, b"222": 874, b"238": 1250,
}  # fmt: skip
_FONT = re.compile(rb"\\f(\d{1,5})(?![a-z\d])[^;{}]{0,200}?\\fcharset(\d{1,3})")
_PAGE = re.compile(rb"\\ansicpg(\d{1,5})")


def unpacked(raw: bytes) -> bytes | None:
    """The RTF of what is compressed, at most LENGTH_MAX bytes; None where it is damaged."""
    if len(raw) < HEAD.size:
        return None
    size, length, how, crc = HEAD.unpack_from(raw)
    data = raw[HEAD.size : size + 4]
    if how == b"MELA":
        return data[: min(length, LENGTH_MAX)]
    if how != b"LZFu" or zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF != crc:
        return None
    window = bytearray(_FIRST.ljust(_WINDOW, b"\0"))
    made, place, at = bytearray(), len(_FIRST), 0
    while at < len(data) and len(made) < LENGTH_MAX:
        flags = data[at]
        at += 1
        for bit in range(8):
            if at >= len(data):
                break
            run = data[at : at + 1]
            at += 1
            if flags >> bit & 1:
                token = int.from_bytes(run + data[at : at + 1])
                at += 1
                start, count = token >> 4, (token & 15) + 2
                if start == place:
                    return bytes(made)
                run = _copied(window, start, place, count)
            for byte in run:
                window[place] = byte
                place = (place + 1) % _WINDOW
            made += run
    return bytes(made[:LENGTH_MAX])


def _copied(window: bytearray, start: int, place: int, count: int) -> bytes:
    """Bytes from `start` on, of which the last may be those that are written meanwhile."""
    ahead = (place - start) % _WINDOW or _WINDOW
    once = bytes(window[(start + n) % _WINDOW] for n in range(min(count, ahead)))
    return (once * count)[:count]


@dataclass(frozen=True)
class _Group:
    """What holds until the brace closes: whether it is left out, or RTF beside HTML; the code page
    of its font, and how many signs stand for one of Unicode.
    """

    is_out: bool = False
    is_beside: bool = False
    page: str = ""
    stand_in: int = 1


@dataclass
class _Words:
    made: list[str] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)
    page: str = ""

    def byte(self, given: bytes, page: str) -> None:
        """Bytes of one page are decoded together: a character may have two, the second a letter."""
        if page != self.page:
            self.flush()
            self.page = page
        self.raw += given

    def sign(self, text: str) -> None:
        self.flush()
        self.made.append(text)

    def flush(self) -> None:
        if self.raw:
            self.made.append(charsets.decoded(bytes(self.raw), self.page)[0])
            self.raw.clear()

    def text(self) -> str:
        """All of it; signs beyond the first 65,536 are written as two halves."""
        self.flush()
        halves = "".join(self.made).encode("utf-16-le", "surrogatepass")
        return halves.decode("utf-16-le", "replace")


def _tokens(rtf: bytes) -> Iterator[re.Match[bytes]]:
    """What the RTF consists of; what follows `\\bin123` are so many bytes of a picture, whatever
    they look like.
    """
    at = 0
    while token := _TOKEN.search(rtf, at):
        at = token.end()
        if token[1] == b"bin":
            at += max(int(token[2] or 0), 0)
        else:
            yield token


def read(rtf: bytes) -> tuple[str, bool]:
    """What the RTF says, and whether it is HTML, which Outlook keeps in it tag by tag."""
    rtf = rtf[:LENGTH_MAX]
    is_html = b"\\fromhtml" in rtf[:1000]
    found = _PAGE.search(rtf[:1000])
    whole = f"cp{found[1].decode()}" if found else "cp1252"
    fonts = {
        one[1]: f"cp{_PAGES[one[2]]}" if one[2] in _PAGES else whole
        for one in _FONT.finditer(rtf[:200_000])
    }
    words, stack, now, skip = _Words(), list[_Group](), _Group(page=whole), 0
    for token in _tokens(rtf):
        name, number, code, sign, brace, run = token.groups()
        if brace:
            if brace == b"{":
                stack.append(now)
            elif stack:
                now = stack.pop()
            skip = 0
            if len(stack) > DEPTH_MAX:
                break
            continue
        silent = now.is_out or (now.is_beside and is_html)
        if code or run:
            given = bytes.fromhex(code.decode()) if code else run
            skip, gone = max(skip - len(given), 0), skip
            if not silent:
                words.byte(given[gone:], now.page)
        elif name == b"u" and number:
            skip = now.stand_in
            if not silent:
                words.sign(chr(int(number) % 0x10000))
        elif (name or sign) in _SIGNS:
            if not silent:
                words.sign(_SIGNS[name or sign])
        elif name or sign == b"*":
            now = _turned(now, name or sign, number, fonts, is_html=is_html)
    return words.text().strip("\0"), is_html


def _turned(
    now: _Group, name: bytes, number: bytes | None, fonts: dict[bytes, str], *, is_html: bool
) -> _Group:
    """The group from a control word on."""
    if name == b"htmltag" and is_html:
        return replace(now, is_out=False)
    if name == b"htmlrtf":
        return replace(now, is_beside=number != b"0")
    if name == b"*" or name in _LEFT_OUT:
        return replace(now, is_out=True)
    if name == b"f" and number in fonts:
        return replace(now, page=fonts[number])
    if name == b"uc" and number:
        return replace(now, stand_in=max(int(number), 0) % 100)
    return now
