"""A mail taken apart: its headers and parts as places in the bytes, nothing copied.

The standard library's parser turns a mail into several times its size, and its headers raise on
some of what arrives. This one knows less, takes everything and does a bounded amount of work.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from occ.mail.reading.headers import Parameters, parameters
from occ.mail.reading.letter import Defect

HEAD_MAX, LINES_MAX, VALUE_MAX = 512 * 1024, 2000, 64 * 1024
DEPTH_MAX, PARTS_MAX = 30, 500
LOOKS_MAX = 200_000  # times that a boundary is found where it is none
ODD_MAX = 10  # lines among headers that are none
_NAME = re.compile(rb"([!-9;-~]{1,100})[ \t]*:")
# Where these still follow, a line that is no header is a fold gone wrong, not the body.
_KNOWN = re.compile(
    rb"(?:from|to|cc|date|subject|message-id|mime-version|content-[a-z-]+|x-[a-z-]+)[ \t]*:",
    re.IGNORECASE,
)
_GUESS = re.compile(rb"^--([^\r\n]{1,200}?)[ \t]*\r?\n(?=content-)", re.IGNORECASE | re.MULTILINE)
Headers = dict[str, list[bytes]]


@dataclass
class Node:
    """A part: its headers by small name, and where its body begins and ends."""

    headers: Headers
    kind: str
    parameters: Parameters
    start: int
    end: int
    children: list["Node"] = field(default_factory=list)

    def first(self, name: str) -> bytes:
        """The header's first value, b'' where there is none."""
        return self.headers.get(name, [b""])[0]


@dataclass
class Tree:
    raw: bytes
    root: Node
    defects: list[Defect]

    def body(self, node: Node) -> bytes:
        """The part's bytes without their transfer encoding."""
        raw = self.raw[node.start : node.end]
        made, right = unwrapped(raw, node.first("content-transfer-encoding"))
        if not right:
            self.defects.append(Defect.ENCODING)
        return made


def unwrapped(raw: bytes, encoding: bytes) -> tuple[bytes, bool]:
    """Without base64, quoted-printable or uuencode, and whether these were whole."""
    name = encoding.strip().strip(b"\"'").lower()
    if name == b"base64":
        return from_base64(raw)
    if name in (b"quoted-printable", b"quotedprintable"):
        return binascii.a2b_qp(raw), True
    if name in (b"x-uuencode", b"uuencode", b"x-uue", b"uue"):
        found = next(uuencoded(raw), None)
        return (found[1], True) if found else (raw, False)
    return raw, name in (b"", b"7bit", b"8bit", b"binary", b"7-bit", b"8-bit", b"8bits")


def from_base64(raw: bytes) -> tuple[bytes, bool]:
    """What base64 holds, as far as it is whole."""
    try:
        return binascii.a2b_base64(raw), True
    except binascii.Error:
        signs = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
        whole = len(signs) - (1 if len(signs) % 4 == 1 else 0)
        return binascii.a2b_base64(signs[:whole] + b"=" * (-whole % 4)), False


_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,200}?)[ \t]*\r?\n", re.MULTILINE)


def uuencoded(raw: bytes) -> Iterator[tuple[bytes, bytes, int, int]]:
    """Files that stand as lines in a text: name, content, where they begin and end in it."""
    at = 0
    while found := _BEGIN.search(raw, at):
        made, end = bytearray(), found.end()
        while end < len(raw):
            stop = raw.find(b"\n", end)
            stop = len(raw) if stop < 0 else stop + 1
            line = raw[end:stop].rstrip(b"\r\n")
            if line.rstrip() == b"end":
                if made:
                    yield found[1], bytes(made), found.start(), stop
                end = stop
                break
            try:
                made += binascii.a2b_uu(line)
            except binascii.Error:
                break
            end = stop
        at = max(end, found.end())


def headers_of(raw: bytes, start: int, end: int) -> tuple[Headers, int, bool]:
    """Headers from `start` on, where the body begins, and whether all of it were headers."""
    found: Headers = {}
    right, at, count, odd = True, start, 0, 0
    last: list[bytes] = []
    size = 0
    while at < end:
        stop = raw.find(b"\n", at, end)
        stop = end if stop < 0 else stop + 1
        line = raw[at : min(stop, at + VALUE_MAX)].rstrip(b"\r\n")
        if not line:
            return found, stop, right
        name = _NAME.match(line)
        if line[:1] in b" \t" and last:
            if size < VALUE_MAX:
                last[-1] += line
            size += len(line)
        elif name:
            count += 1
            if count > LINES_MAX or at - start > HEAD_MAX:
                right = False
            else:
                last = found.setdefault(name[1].decode("ascii").lower(), [])
                last.append(line[name.end() :])
                size = len(line)
        elif at == start and line.startswith((b"From ", b">From ")):
            pass  # the line of a mailbox file
        else:
            right = False
            odd += 1
            if not last or odd > ODD_MAX or not _goes_on(raw, stop, end):
                return found, at, right
            if size < VALUE_MAX:
                last[-1] += b" " + line
            size += len(line)
        at = stop
    return found, end, right


def inner(content: bytes) -> Headers:
    """The headers of a mail inside a mail, or of a report."""
    start = len(content) - len(content.lstrip(b"\r\n"))
    return headers_of(content, start, min(len(content), start + HEAD_MAX))[0]


def _goes_on(raw: bytes, at: int, end: int) -> bool:
    """Whether a header that everybody knows comes before the next blank line."""
    head = raw[at : min(end, at + VALUE_MAX)].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return any(_KNOWN.match(line) for line in head.split(b"\n")[:100])


def parsed(raw: bytes) -> Tree:
    """The mail's parts. What is broken is read as far as it goes and noted."""
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    start = len(raw) - len(raw.lstrip(b"\r\n"))
    defects: list[Defect] = []
    root = _node(raw, start, len(raw), "text/plain", defects)
    tree = Tree(raw, root, defects)
    waiting, count = [(root, 0)], 1
    while waiting:
        node, depth = waiting.pop()
        if not node.kind.startswith("multipart/"):
            continue
        if depth >= DEPTH_MAX:
            defects.append(Defect.STRUCTURE)
            continue
        places = _places(raw, node, defects)
        usual = "message/rfc822" if node.kind == "multipart/digest" else "text/plain"
        for begin, stop in places:
            if count >= PARTS_MAX:
                defects.append(Defect.PARTS)
                break
            count += 1
            node.children.append(_node(raw, begin, stop, usual, defects))
        waiting += [(child, depth + 1) for child in node.children]
        if not node.children:
            node.kind = "text/plain"
    return tree


def _node(raw: bytes, start: int, end: int, usual: str, defects: list[Defect]) -> Node:
    found, begin, right = headers_of(raw, start, end)
    if not right:
        defects.append(Defect.HEADERS)
    value = found.get("content-type", [b""])[0]
    kind, said = parameters(value)
    if not re.fullmatch(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,100}", kind):
        kind = {"text": "text/plain", "html": "text/html"}.get(kind, usual if not kind else "")
        kind = kind or ("text/plain" if b"charset" in value.lower() else "application/octet-stream")
    return Node(found, kind, said, begin, end)


def _places(raw: bytes, node: Node, defects: list[Defect]) -> list[tuple[int, int]]:
    """Where the parts of a multipart begin and end."""
    boundary = node.parameters.raw("boundary").rstrip()
    found, closed = _between(raw, node, boundary) if boundary else ([], False)
    if not found:
        guess = _GUESS.search(raw, node.start, min(node.end, node.start + HEAD_MAX))
        if guess:
            found, _closed = _between(raw, node, guess[1])
        closed = False
    if not closed:
        defects.append(Defect.STRUCTURE)
    return found


def _between(raw: bytes, node: Node, boundary: bytes) -> tuple[list[tuple[int, int]], bool]:
    mark = b"--" + boundary
    found: list[tuple[int, int]] = []
    at, begun, looks = node.start, -1, 0
    while (here := raw.find(mark, at, node.end)) >= 0 and len(found) <= PARTS_MAX:
        at = here + len(mark)
        looks += 1
        if looks > LOOKS_MAX:
            break
        if here > node.start and raw[here - 1 : here] != b"\n":
            continue
        last = raw[at : at + 2] == b"--"
        stop = raw.find(b"\n", at, min(node.end, at + 200))
        rest = raw[at + 2 * last : stop if stop >= 0 else node.end]
        if rest.strip() and not last:
            continue  # a longer boundary of a part inside
        if last and rest.strip(b"- \t\r\n"):
            continue
        if begun >= 0:
            found.append((begun, _without_break(raw, begun, here)))
        if last:
            return found, True
        begun = stop + 1 if stop >= 0 else node.end
        at = begun
    if begun >= 0 and begun < node.end:
        found.append((begun, node.end))
    return found, False


def _without_break(raw: bytes, start: int, end: int) -> int:
    """The line end before a boundary belongs to the boundary."""
    for sign in (b"\n", b"\r"):
        if end > start and raw[end - 1 : end] == sign:
            end -= 1
    return end
