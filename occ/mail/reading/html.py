"""HTML of a mail: its words line by line, what of it is quoted, and what may be shown of it."""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from html import escape, unescape
from itertools import compress
from typing import Any
from urllib.parse import unquote

from occ.core.text import writable
from occ.mail.reading import quotes

LENGTH_MAX, STORED_MAX = 1_500_000, 1_000_000
DEPTH_MAX = 200  # libxml2 stops at 2,048; what is less, nh3 and a browser bear
PIECES_MAX = 60_000  # tags, and lines of <pre>, which become tags


def _named(names: str) -> set[str]:
    return set(names.split())


TAGS = _named(
    "a b blockquote br caption code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol "
    "p pre s small strong sub sup table tbody td tfoot th thead tr u ul"
)
SCHEMES = {"http", "https", "mailto", "tel"}
# What begins and ends a line, and is only a block to us.
SHAPES = _named(
    "address article aside center details fieldset figcaption figure footer form header "
    "legend main nav section summary"
)
BLOCKS = SHAPES | _named(
    "blockquote body caption dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol option p pre table "
    "tbody td tfoot th thead tr ul"
)
APART = {"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "table", "ul"}
CELLS, PLAIN = {"td", "th"}, {"div", "p", "center", "section"}
VOID = {"br", "hr", "img", "input", "wbr"}
ACTS = SHAPES | _named("hr img li ol pre ul")
SILENT = {"head", "script", "style", "template", "title", "object", "applet", "audio", "video"}
# Attributes of newsletters; the sanitizer lets none of them through.
NEEDLESS = _named(
    "align bgcolor border cellpadding cellspacing class color dir face id lang name role size "
    "style target title valign"
)
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_QUOTE_CLASS = re.compile(
    r"(?:^|\s)(?:gmail_quote|gmail_quote_container|yahoo_quoted|protonmail_quote|tutanota_quote|"
    r"zmail_extra|moz-cite-prefix|gmail_attr|quoted-mail|OutlookMessageHeader)(?:\s|$)"
)
_QUOTE_BEGINS = {"divRplyFwdMsg", "appendonsend", "x_divRplyFwdMsg", "x_appendonsend"}
_ABSOLUTE = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
_REMOTE = re.compile(r"(?:https?:)?//[^\s\"'<>]{1,2000}", re.IGNORECASE)
_FOREIGN = re.compile(r"<!\[[^\]<>]{0,200}\]>|<\?xml[^<>]{0,500}>", re.IGNORECASE)
_SAYS = re.compile(r"(?:^|>)(?:\s|&nbsp;)*(?!&nbsp;)[^<\s]")
_ODD_BLANKS = re.compile(r"[\t\r\n\f\xa0]|  ")
_BLANKS = re.compile(r"[ \t\r\n\f\xa0]+")
OLD_TEXT, OLD_TAIL, OLD = "data-old-text", "data-old-tail", "data-old"


@dataclass(frozen=True)
class Read:
    text: str
    quoted: str
    html: str
    quoted_html: str
    whole: bool  # False: too deep or too long to be shown as it is


@dataclass(slots=True)
class _Line:
    parts: list[str] = field(default_factory=list)
    holders: list[tuple[Any, str]] = field(default_factory=list)
    prefix: str = ""
    spoken: bool = False  # there are words on it
    kept: bool = False  # with its blanks
    marked: bool = False  # of a quote, says the HTML
    apart: bool = False  # a blank line stands before it

    def text(self) -> str:
        said = "".join(self.parts)
        if self.kept:
            said = said.rstrip()
        elif _ODD_BLANKS.search(said):
            said = _BLANKS.sub(" ", said).strip()
        else:
            said = said.strip(" ")
        return f"{self.prefix}{said}" if said else ""


def read(source: str, picture: Callable[[str], int | None]) -> Read:
    """What HTML says and what may be shown of it.

    `picture` gives the place of a file of the mail for the address of a picture, None for another.
    """
    source = writable(source)
    if _is_much(source):
        return flat(source)
    body = _tree(source)
    if body is None:
        return flat(source)
    walk = _Walk(picture)
    lines = walk.walk(body)
    if walk.deep:
        return flat(source)
    texts = [line.text() for line in lines]
    old = quotes.quoted(texts, [line.marked for line in lines])
    _bare(body)
    if not any(gone and said for gone, said in zip(old, texts, strict=True)):
        return Read(_joined(lines, texts), "", _clean(body, walk.placed), "", True)
    for line, gone in zip(lines, old, strict=True):
        for element, which in line.holders if gone else ():
            element.set(which, "1")
    rest = deepcopy(body)
    new_html = _clean(_part(body, False), walk.placed)
    old_html = _clean(_part(rest, True), walk.placed)
    is_new = [not gone for gone in old]
    words = _joined(list(compress(lines, is_new)), list(compress(texts, is_new)))
    past = _joined(list(compress(lines, old)), list(compress(texts, old)))
    return Read(words, past, new_html, old_html, True)


def _is_much(source: str) -> bool:
    """Whether a tree of it would take more than a mail is worth."""
    pieces = source.count("<") + (source.count("\n") if "<pre" in source.lower() else 0)
    return len(source) > LENGTH_MAX or pieces > PIECES_MAX


def of_text(text: str) -> str:
    """Plain text as HTML, where a mail has both one after the other."""
    return f"<div>{escape(text).replace(chr(10), '<br>')}</div>"


def flat(source: str) -> Read:
    """The words alone of HTML that is too long or too deep to be taken apart."""
    source = _without(source, "<!--", "-->")
    for tag in ("script", "style", "title"):
        source = _without(source, rf"<{tag}\b", rf"</{tag}\s{{0,9}}>")
    source = re.sub(
        r"<(/?)([a-z][a-z0-9:]*)[^<>]*>?",
        lambda found: "\n" if found[2].lower() in BLOCKS or found[2].lower() == "br" else "",
        _BLANKS.sub(" ", source),
        flags=re.IGNORECASE,
    )
    lines = [_BLANKS.sub(" ", line).strip() for line in writable(unescape(source)).split("\n")]
    old = quotes.quoted(lines, [False] * len(lines))
    new = "\n".join(line for line, gone in zip(lines, old, strict=True) if not gone)
    rest = "\n".join(line for line, gone in zip(lines, old, strict=True) if gone)
    return Read(tidy(new), tidy(rest), "", "", False)


def _without(source: str, begin: str, end: str) -> str:
    """Without what stands from `begin` to `end`, each looked for once."""
    opened, closed = re.compile(begin, re.IGNORECASE), re.compile(end, re.IGNORECASE)
    kept, at = [], 0
    while (found := opened.search(source, at)) and (last := closed.search(source, found.end())):
        kept.append(source[at : found.start()])
        at = last.end()
    return "".join((*kept, source[at:]))


def tidy(text: str) -> str:
    """Without blank lines at its ends, and at most one between others."""
    lines = [line.rstrip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _tree(source: str) -> Any:
    from lxml import etree

    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True
    )
    # downlevel-revealed comments of Outlook are no comments to HTML
    if "<!" in source or "<?" in source:
        source = _FOREIGN.sub("", source)
    try:
        root = etree.fromstring(source.encode("utf-8", "ignore"), parser)
    except (etree.LxmlError, ValueError):
        return None
    if root is None:
        return None
    body = root.find("body") if root.tag == "html" else root
    if body is None:
        body = root
    # a part that is a page of its own behind another one has its head in the body
    etree.strip_elements(body, *SILENT, with_tail=False)
    return body


def _joined(lines: list[_Line], texts: list[str]) -> str:
    made: list[str] = []
    for line, text in zip(lines, texts, strict=True):
        if line.apart and made and made[-1]:
            made.append("")
        made.append(text)
    return writable(tidy("\n".join(made)))


class _Walk:
    """One way through the tree: lines of words, and which element holds each of them."""

    def __init__(self, picture: Callable[[str], int | None]) -> None:
        self.picture = picture
        self.lines: list[_Line] = []
        self.line = _Line()
        self.quotes: list[Any] = []  # quotes around
        self.named = self.begins = self.tight = False  # of the element that begins
        self.cut = False  # a quote that goes on to the end has begun
        self.lists: list[list[int]] = []  # numbers of lists around, -1 for a bullet
        self.cells: list[int] = []  # cells so far of the rows around
        self.kept = 0  # <pre> around
        self.between = False  # a cell has ended, and none has words since
        self.fresh = False  # a cell has begun, and has no words yet
        self.due = False  # a paragraph of a cell has ended: a new line, unless the next cell begins
        self.deep = False  # tags within tags within tags: it was not walked to its end
        self.placed: set[str] = set()  # files that are shown
        self.hidden: list[Any] = []  # elements without anything to be shown
        self.styles: dict[str, bool] = {}  # of each whether it hides: a table repeats a few

    def walk(self, body: Any) -> list[_Line]:
        from lxml import etree

        skip: Any = None
        depth = 0
        for event, element in etree.iterwalk(body, events=("start", "end")):
            if event == "start":
                depth += 1
                if depth > DEPTH_MAX:
                    self.deep = True
                    return []
                if skip is None:
                    if self.is_hidden(element) and element is not body:
                        skip = element
                        self.hidden.append(element)
                    else:
                        self.start(element)
                continue
            depth -= 1
            if skip is None:
                self.end(element)
            elif element is skip:
                skip = None
            else:
                continue
            tail = element.tail
            if tail and element is not body:
                self.words(element, OLD_TAIL, tail)
        self.close()
        for element in self.hidden:
            element.clear(keep_tail=True)
            element.tag = "span"
        return self.lines

    def is_hidden(self, element: Any) -> bool:
        """Whether people do not see it; of what they see, whether it is a quote is noted."""
        for name, value in element.items():
            if name == "style":
                if value not in self.styles:
                    self.styles[value] = bool(_HIDDEN.search(value))
                if self.styles[value]:
                    return True
            elif name == "class":
                self.named = self.named or bool(_QUOTE_CLASS.search(value))
                self.tight = self.tight or "MsoNormal" in value
            elif name == "id":
                self.begins = self.begins or value in _QUOTE_BEGINS
            elif name == "type":
                cited = element.tag == "blockquote" and value.lower() == "cite"
                self.named = self.named or cited
        return False

    def close(self, *, always: bool = False) -> None:
        """Ends the line, if there is anything on it."""
        if self.line.holders or always:
            self.line.marked = self.line.marked or bool(self.quotes) or self.cut
            if self.line.spoken or always or any(which == OLD for _e, which in self.line.holders):
                self.lines.append(self.line)
            elif self.lines:
                self.lines[-1].holders += self.line.holders
                self.line.holders, self.line.parts = [], []
                return
            else:
                return
            self.line = _Line()
        self.between = self.due = False

    def words(self, element: Any, which: str, text: str) -> None:
        says = not text.isspace()
        if says and self.due:
            self.close()
        line = self.line
        if says:
            if self.between and line.spoken:
                line.parts.append(" | ")
            self.between = self.fresh = False
            line.spoken = True
            line.kept = self.kept > 0
            line.marked = line.marked or bool(self.quotes) or self.cut
        line.parts.append(text)
        line.holders.append((element, which))

    def start(self, element: Any) -> None:
        tag = element.tag
        if tag in BLOCKS and not self._goes_on(element):
            self.close()
            if tag in APART and not self.tight:
                self.line.apart = True
        if self.begins:
            self.cut = True
        if self.named and tag not in VOID:
            self.quotes.append(element)
        self.named = self.begins = self.tight = False
        if tag == "tr":
            self.cells.append(0)
        elif tag in ACTS:
            self._act(element)
        text = element.text
        if text:
            self.words(element, OLD_TEXT, text)

    def _act(self, element: Any) -> None:
        """What begins with an element of these, beside a line."""
        tag = element.tag
        if tag in ("ul", "ol"):
            self.lists.append([_number(element.get("start")) if tag == "ol" else -1])
        elif tag == "li":
            self._item()
        elif tag == "pre":
            self.kept += 1
            _broken(element)
        elif tag == "img":
            self._picture(element)
        elif tag == "hr":
            self.line.holders.append((element, OLD))
        else:
            element.tag = "div"

    def _goes_on(self, element: Any) -> bool:
        """A cell goes on on the line of the cell before it, and so does its first paragraph."""
        if not self.cells:
            return False
        if element.tag in CELLS:
            self.cells[-1] += 1
            self.between, self.fresh, self.due = self.cells[-1] > 1, True, False
            return self.between
        return self.fresh and element.tag in PLAIN

    def _item(self) -> None:
        if not self.lists:
            self.line.prefix = "- "
            return
        number = self.lists[-1][0]
        self.line.prefix = "  " * (min(len(self.lists), 10) - 1) + (
            "- " if number < 0 else f"{number}. "
        )
        if number >= 0:
            self.lists[-1][0] += 1

    def _picture(self, element: Any) -> None:
        source = (element.get("src") or "").strip()
        alt = writable(" ".join((element.get("alt") or "").split()))[:200]
        place = self.picture(source) if source else None
        tiny = element.get("width") in ("0", "1") or element.get("height") in ("0", "1")
        for name in list(element.attrib):
            if name not in ("width", "height"):
                del element.attrib[name]
        if place is not None:
            element.set("data-part", str(place))
            self.placed.add(str(place))
        elif _REMOTE.fullmatch(source) and not tiny:
            element.set("data-remote", f"https:{source}" if source.startswith("//") else source)
        else:
            self.hidden.append(element)
            return
        element.set("alt", alt)
        if alt or place is not None:
            self.words(element, OLD, f"[{alt or 'image'}]")
        else:
            self.line.holders.append((element, OLD))

    def end(self, element: Any) -> None:
        tag = element.tag
        if tag == "br":
            self.line.holders.append((element, OLD))
            self.close(always=True)
            return
        if tag in BLOCKS and tag not in CELLS:
            self._end_block(element, tag)
        if self.quotes and self.quotes[-1] is element:
            self.close()
            self.quotes.pop()

    def _end_block(self, element: Any, tag: str) -> None:
        if tag in PLAIN and self.cells:
            self.due = self.line.spoken
            return
        self.close()
        if tag in ("ul", "ol") and self.lists:
            self.lists.pop()
        elif tag == "li":
            self.line.prefix = ""
        elif tag == "tr" and self.cells:
            self.cells.pop()
        elif tag == "pre":
            self.kept -= 1
        if tag in APART and not self.cells and "MsoNormal" not in element.get("class", ""):
            self.line.apart = True


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 1


def _broken(element: Any) -> None:
    """Lines of <pre> as <br>, so that each is an element's."""
    from lxml import etree

    def breaks(lines: list[str]) -> Iterator[Any]:
        for said in reversed(lines):
            new = etree.Element("br")
            new.tail = said
            yield new

    for one in [one for one in element.iter() if isinstance(one.tag, str)]:
        if one.text and "\n" in one.text:
            first, *more = writable(one.text).split("\n")
            one.text = first
            for new in breaks(more):
                one.insert(0, new)
        if one is not element and one.tail and "\n" in one.tail:
            first, *more = writable(one.tail).split("\n")
            one.tail = None
            for new in breaks(more):
                one.addnext(new)
            one.tail = first


def _drop(element: Any) -> None:
    """Takes an element away; what stands behind it stays, without what references like &#11; name,
    which lxml reads and takes from nobody.
    """
    parent = element.getparent()
    if parent is None:
        return
    tail, before = writable(element.tail or ""), element.getprevious()
    if before is None:
        parent.text = writable(parent.text or "") + tail
    else:
        before.tail = writable(before.tail or "") + tail
    element.tail = None
    parent.remove(element)


def _part(body: Any, old: bool) -> Any:
    """The tree with the old words alone, or without them; what is empty then goes, too."""
    full: set[Any] = set()
    for element in reversed(list(body.iter())):
        if not isinstance(element.tag, str):
            continue
        text = element.attrib.pop(OLD_TEXT, "") == "1"
        tail = element.attrib.pop(OLD_TAIL, "") == "1"
        own = element.attrib.pop(OLD, "") == "1"
        if text != old:
            element.text = None
        if tail != old and element is not body:
            element.tail = None
        stays = element in full
        if element.tag in ("br", "hr", "img"):
            stays = own == old
        elif element.text and element.text.strip():
            stays = True
        if stays:
            full.add(element)
        parent = element.getparent()
        if parent is not None and (stays or (element.tail and element.tail.strip())):
            full.add(parent)
    for element in list(body.iter()):
        if element is body or element in full or not isinstance(element.tag, str):
            continue
        if element.tag in ("td", "th") and element.getparent() in full:
            continue
        if element.tag in BLOCKS and element.tail and element.tail.strip():
            for child in list(element):
                element.remove(child)
            element.tag = "br"  # what stood around a block stays on lines of its own
        elif element.getparent() is not None:
            _drop(element)
    return body


def _bare(body: Any) -> None:
    """Takes away what nothing below reads and most mails are full of, before it is written out and
    read again: that is most of what sanitizing takes.
    """
    from lxml import etree

    etree.strip_attributes(body, *NEEDLESS)


def _clean(body: Any, placed: set[str]) -> str:
    """What may be shown; of marks of pictures those that were put there, not a sender's."""
    import nh3
    from lxml import etree

    def kept(tag: str, name: str, value: str) -> str | None:
        if name == "data-part":
            return value if value in placed else None
        if name in ("colspan", "rowspan", "start", "width", "height"):
            return value if value.isascii() and value.isdigit() and len(value) <= 4 else None
        if name == "data-remote":
            return value if _REMOTE.fullmatch(value) else None
        if name == "href":
            return value if _ABSOLUTE.match(value) else None
        return value

    source = etree.tostring(body, encoding="unicode", method="html", with_tail=False)
    made = ""
    for _turn in range(2):  # references like &#11; come out as the signs they name
        made = nh3.clean(
            source,
            tags=TAGS,
            attributes={
                "*": set(),
                "a": {"href"},
                "img": {"alt", "data-part", "data-remote", "height", "width"},
                "ol": {"start"},
                "td": {"colspan", "rowspan"},
                "th": {"colspan", "rowspan"},
            },
            url_schemes=SCHEMES,
            attribute_filter=kept,
            link_rel="noopener noreferrer nofollow",
            clean_content_tags={"script", "style", "template", "title"},
        )
        source = writable(made)
        if source == made:
            break
        made = source
    made = made.replace("<img>", "")
    made = "" if len(made) > STORED_MAX else made.strip()
    return made if "<img" in made or _SAYS.search(made) else ""


def cid_of(source: str) -> str:
    """The content id that a picture's address names, '' for another address."""
    head, colon, rest = source.partition(":")
    return unquote(rest).strip().strip("<>") if colon and head.strip().lower() == "cid" else ""
