"""The text and the files of a mail: which of its parts is which."""

import re
from dataclasses import dataclass, field, replace
from urllib.parse import unquote_to_bytes

from occ.mail.reading import charsets, headers, html, mime, quotes, tnef
from occ.mail.reading.letter import Defect, Part
from occ.mail.reading.mime import Node, Tree

TEXT_MAX = 300_000  # signs of a text that are looked at; all of a longer one becomes a file
FILE_MAX = 25 * 1024 * 1024
FILES_MAX = 200
DATA_MAX = 5 * 1024 * 1024  # signs of a picture inside an address
# Other ways of saying what the text beside them says.
_DOUBLES = {"text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext"}
_ENDS = {
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "text/calendar": ".ics",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/csv": ".csv",
    "text/vcard": ".vcf",
    "text/rfc822-headers": ".txt",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/bmp": ".bmp",
    "image/heic": ".heic",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/pgp-signature": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
}
_DATA = re.compile(r"data:(image/[a-z0-9.+-]{1,40})((?:;[^;,]{0,60}){0,4}),", re.IGNORECASE)
_META = re.compile(rb"<meta[^<>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_SAYS = re.compile(rb"(?:^|>)(?:\s|&nbsp;|&#160;)*(?!&nbsp;|&#160;)[^<\s]")


@dataclass
class Said:
    text: str = ""
    quoted: str = ""
    html: str = ""
    quoted_html: str = ""
    files: list[Part] = field(default_factory=list)


def read(tree: Tree) -> Said:
    """All words of the mail, once, and every part that is none of them as a file."""
    maker = _Maker(tree)
    maker.take()
    return maker.said()


class _Maker:
    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.runs: list[tuple[str, bool]] = []  # pieces of the body, and whether they are HTML
        self.files: list[Part] = []
        self.shown: set[int] = set()
        self.places: dict[str, int] = {}  # of pictures, by content id, location and name
        self.bodies = {id(node) for node in leaves(tree.root) if _is_body(node)}
        if not self.bodies:  # what has a name is one all the same
            named = [node for node in leaves(tree.root) if _is_body(node, named=True)]
            self.bodies = {id(node) for node in named[:1]}

    def take(self) -> None:
        """Every part, in their order; of those that say the same, the richest is the body."""
        waiting = [self.tree.root]
        while waiting:
            node = waiting.pop()
            if not node.children:
                self.leaf(node)
            elif node.kind == "multipart/alternative":
                best = self.best(node)
                for other in node.children:
                    for leaf in leaves(other) if other is not best else ():
                        if id(leaf) not in self.bodies and leaf.kind not in _DOUBLES:
                            self.leaf(leaf)
                waiting.append(best)
            else:
                waiting += reversed(node.children)

    def best(self, node: Node) -> Node:
        """The last alternative with HTML that says something, else the last with a text."""
        for wanted in ("text/html", "text/plain"):
            for child in reversed(node.children):
                found = (one for one in leaves(child) if id(one) in self.bodies)
                if any(one.kind == wanted and self.says(one) for one in found):
                    return child
        return node.children[-1]

    def says(self, node: Node) -> bool:
        body = self.tree.body(node)
        if node.kind == "text/html":
            low = body.lower()
            return b"<img" in low or bool(_SAYS.search(low.rpartition(b"</style>")[2]))
        return bool(body.strip())

    def leaf(self, node: Node) -> None:
        if id(node) in self.bodies:
            self.words(node)
        elif _is_packed(node):
            self.packed(node)
        else:
            self.file(node)

    def words(self, node: Node) -> None:
        raw = self.tree.body(node)
        if node.kind == "text/plain" and b"begin " in raw:
            raw = self.without_files(raw)
        label = node.parameters.text("charset")
        if not label and node.kind == "text/html":
            meta = _META.search(raw[:4096])
            label = meta[1].decode("ascii") if meta else ""
        text, right = charsets.decoded(raw, label)
        if not right:
            self.tree.defects.append(Defect.CHARSET)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if node.parameters.text("format").lower() == "flowed":
            text = _unfolded(text, node.parameters.text("delsp").lower() == "yes")
        if text.strip():
            self.runs.append((text, node.kind == "text/html"))

    def without_files(self, raw: bytes) -> bytes:
        """A text without the files that stand in it as lines of signs."""
        kept, at = b"", 0
        for name, content, begin, end in mime.uuencoded(raw):
            kept += raw[at:begin]
            at = end
            named = headers.parameters(b'x; name="' + name.replace(b'"', b"") + b'"')[1]
            self.add(headers.file_name([(named, "name")]), "application/octet-stream", content)
        return kept + raw[at:]

    def packed(self, node: Node) -> None:
        """The files of a winmail.dat, which stays where not all of it is understood."""
        body = self.tree.body(node)
        found = tnef.unpacked(body)
        if found is None:
            self.tree.defects.append(Defect.TNEF)
            self.file(node)
            return
        has_words = any(self.says(one) for one in leaves(self.tree.root) if id(one) in self.bodies)
        if not has_words and not found.is_whole:
            self.tree.defects.append(Defect.TNEF)
        if not has_words and (found.html or found.text):
            self.runs.append((found.html or found.text, bool(found.html)))
        elif not found.files or not (has_words or found.is_whole):
            self.file(node)
        for file in found.files:
            kind = file.kind if re.fullmatch(r"[a-z0-9.+-]+/[a-z0-9.+-]+", file.kind) else ""
            named = headers.plain_file_name(file.name)
            self.add(named, kind or "application/octet-stream", file.content, file.cid)

    def file(self, node: Node) -> None:
        content = self.tree.body(node)
        disposition = headers.parameters(node.first("content-disposition"))[1]
        name = headers.file_name([(disposition, "filename"), (node.parameters, "name")])
        if not name and node.kind in ("message/rfc822", "message/global"):
            inner = mime.inner(content)
            name = headers.plain_file_name(headers.subject(inner.get("subject", [b""])[0]))
            name = f"{name}.eml" if name else ""
        cid = headers.content_id(node.first("content-id"))
        kind = "application/octet-stream" if node.kind.startswith("multipart/") else node.kind
        place = self.add(name, kind, content, cid)
        location = headers.clean(node.first("content-location").decode("latin-1"), 2000)
        if place is not None:
            for key in (location, name):
                self.places.setdefault(key, place)

    def add(self, name: str, kind: str, content: bytes, cid: str = "") -> int | None:
        """The file's place, None when there are too many."""
        if len(self.files) >= FILES_MAX:
            self.tree.defects.append(Defect.PARTS)
            return None
        place = len(self.files)
        large = len(content) > FILE_MAX
        named = name or f"part-{place + 1}{_ENDS.get(kind, '.bin')}"
        kept = b"" if large else content
        self.files.append(Part(named, kind, kept, len(content), cid, too_large=large))
        if cid:
            self.places.setdefault(f"cid:{cid}", place)
        return place

    def said(self) -> Said:
        if any(is_html for _text, is_html in self.runs):
            made = self.of_html()
        else:
            made = self.of_text("\n\n".join(text.strip("\n") for text, _is_html in self.runs))
        for part in ("text", "quoted"):
            if len(getattr(made, part)) > TEXT_MAX:
                self.tree.defects.append(Defect.LENGTH)
                setattr(made, part, getattr(made, part)[:TEXT_MAX])
        made.files = [
            replace(part, inline=True) if place in self.shown else part
            for place, part in enumerate(self.files)
        ]
        return made

    def of_text(self, text: str) -> Said:
        if len(text) > TEXT_MAX:
            self.tree.defects.append(Defect.LENGTH)
            self.add("message.txt", "text/plain", text.encode("utf-8"))
            text = text[:TEXT_MAX]
        lines = [line.replace("\xa0", " ").rstrip() for line in text.split("\n")]
        old = quotes.quoted(lines, [False] * len(lines))
        new = "\n".join(line for line, gone in zip(lines, old, strict=True) if not gone)
        rest = "\n".join(line for line, gone in zip(lines, old, strict=True) if gone)
        return Said(html.tidy(new), html.tidy(rest))

    def of_html(self) -> Said:
        source = "".join(text if is_html else html.of_text(text) for text, is_html in self.runs)
        if len(source) > html.LENGTH_MAX:
            self.tree.defects.append(Defect.LENGTH)
            self.add("message.html", "text/html", source.encode("utf-8"))
            source = source[: html.LENGTH_MAX]
        found = html.read(source, self.picture)
        if not found.whole:
            self.tree.defects.append(Defect.HTML)
        return Said(found.text, found.quoted, found.html, found.quoted_html)

    def picture(self, source: str) -> int | None:
        """The place of the file that a picture's address means."""
        cid = html.cid_of(source)
        place = self.places.get(f"cid:{cid}") if cid else self.places.get(source)
        if place is None and cid:
            place = self.places.get(cid) or self.places.get(cid.partition("@")[0])
        if place is None and source[:5].lower() == "data:":
            place = self.enclosed(source)
        if place is not None:
            self.shown.add(place)
        return place

    def enclosed(self, source: str) -> int | None:
        """A picture that stands in its own address becomes a file like any other."""
        found = _DATA.match(source)
        if not found or len(source) > DATA_MAX:
            return None
        known = self.places.get(source)
        content = unquote_to_bytes(source[found.end() :])
        if ";base64" in found[2].lower():
            content, _right = mime.from_base64(content)
        kind = found[1].lower()
        if not content or kind == "image/svg+xml":
            return None
        place = known if known is not None else self.add("", kind, content)
        if place is not None:
            self.places[source] = place
        return place


def leaves(root: Node) -> list[Node]:
    """The parts that have no parts, in their order."""
    found, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        if node.children:
            waiting += reversed(node.children)
        else:
            found.append(node)
    return found


def _is_body(node: Node, *, named: bool = False) -> bool:
    """Whether a part is words to be read, not a file; `named`: although it has a file's name."""
    if node.kind not in ("text/plain", "text/html"):
        return False
    how, said = headers.parameters(node.first("content-disposition"))
    if named:
        return how != "attachment"
    name = headers.file_name([(said, "filename"), (node.parameters, "name")])
    return how != "attachment" and not name


def _is_packed(node: Node) -> bool:
    if node.kind in ("application/ms-tnef", "application/vnd.ms-tnef"):
        return True
    said = headers.parameters(node.first("content-disposition"))[1]
    name = headers.file_name([(said, "filename"), (node.parameters, "name")])
    return name.lower() == "winmail.dat"


def _unfolded(text: str, without_blank: bool) -> str:
    """Lines that were cut for the way (RFC 3676) as they were written."""
    made: list[str] = []
    open_ = ""  # the depth of quote of a line that goes on
    going = False
    for line in text.split("\n"):
        said = line.lstrip(">")
        depth = line[: len(line) - len(said)]
        said = said.removeprefix(" ")
        if going and depth == open_:
            made[-1] += said
        else:
            made.append(f"{depth} {said}" if depth else said)
        going, open_ = said.endswith(" ") and said != "-- ", depth
        if going and without_blank:
            made[-1] = made[-1][:-1]
    return "\n".join(made)
