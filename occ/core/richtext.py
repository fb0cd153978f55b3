"""Formatted text that people write: sanitized before it is stored, so that it can stand in a page
and in a mail as it is.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote

import nh3
from markupsafe import Markup, escape

from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.text import writable

HTML_MAX, DEPTH_MAX = 100_000, 100
TAGS = {
    "a", "b", "blockquote", "br", "code", "del", "div", "em", "h3", "hr", "i", "img", "li", "ol",
    "p", "pre", "s", "strong", "u", "ul",
}  # fmt: skip
BLOCKS = {"blockquote", "div", "h3", "hr", "li", "ol", "p", "pre", "ul"}
INLINE = {"a", "b", "code", "del", "em", "i", "s", "strong", "u"}
VOID = {"br", "hr", "img", "input", "link", "meta"}
SCHEMES = {"http", "https", "mailto", "tel"}
_ABSOLUTE = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
_PICTURE = re.compile(r'<img src="([^"]*)">')
_LINK = re.compile(r'<a href="([^"]*)" rel="[^"]*">(.*?)</a>', re.DOTALL)
_NO_LINK = re.compile(r'<a rel="[^"]*">(.*?)</a>', re.DOTALL)
_PIECES = re.compile(r'([^<]+)|<(/?)([a-z0-9]+)((?:[^>"]|"[^"]*")*)>')
_WHOLE = re.compile(r'(([^<]+)|</?([a-z0-9]+)(?:[^>"]|"[^"]*")*>)')
_ALT = re.compile(r'\balt="([^"]*)"')
_SOURCE = re.compile(r'<img src="([^"]*)"')
_ADDRESS = re.compile(r'\bhref="([^"]*)"')
_OPENED = re.compile(r"<(/?)([a-z0-9]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Writing:
    """What somebody wrote: its plain text, and its HTML where the service's
    editor keeps formats ('' elsewhere).
    """

    text: str
    html: str = ""

    def __bool__(self) -> bool:
        return bool(self.text.strip())


def formatted(source: str, *, picture: Callable[[str], str | None]) -> Writing:
    """What an editor sent, sanitized; `picture` names the text's own pictures by their address,
    None is none of them.

    Scripts, styles, forms, remote pictures and addresses that are no web, mail or phone links are
    dropped. Raises Refused for more than HTML_MAX characters and for tags within tags within tags,
    which no editor writes.
    """
    if len(source) > HTML_MAX or _depth(source) > DEPTH_MAX:
        raise Refused(
            _("This has too many formats. Take some off, or send it as plain text."), "body"
        )

    def kept(tag: str, name: str, value: str) -> str | None:
        if name == "src":
            return value if picture(value) is not None else None
        return value if name != "href" or _ABSOLUTE.match(value) else None

    def sanitized(text: str) -> str:
        return nh3.clean(
            text,
            tags=TAGS,
            attributes={"*": set(), "a": {"href"}, "img": {"src"}},
            url_schemes=SCHEMES,
            attribute_filter=kept,
            link_rel="noopener noreferrer nofollow",
            clean_content_tags={"script", "style", "figcaption", "template", "title"},
        )

    clean = sanitized(source)
    if writable(clean) != clean:
        # references like &#11; come out as the signs they name; what is left is looked at again
        clean = sanitized(writable(clean))
    clean = _NO_LINK.sub(r"\1", clean.replace("<img>", ""))
    clean = _PICTURE.sub(
        lambda found: f'<img src="{found[1]}" alt="{escape(picture(unescape(found[1])))}">', clean
    )
    if len(clean) > 2 * HTML_MAX:
        raise Refused(
            _("This has too many formats. Take some off, or send it as plain text."), "body"
        )
    return Writing(text_of(clean), clean)


def received(
    text: str,
    *,
    drawn: bool,
    keeps: bool,
    picture: Callable[[str], str | None] = lambda _source: None,
) -> Writing:
    """What a form sent, be it `drawn` with formats or not, for a service that `keeps` formats or
    not.

    The two differ on pages from before the service's editor was changed.
    """
    if not drawn:
        return Writing(text, formatted(html_of(text), picture=picture).html if keeps else "")
    said = formatted(text, picture=picture)
    return said if keeps else Writing(said.text)


def _depth(source: str) -> int:
    """How many tags are open at once at the most."""
    most = there = 0
    for closing, tag in _OPENED.findall(source):
        if tag.lower() not in VOID:
            there = max(0, there + (-1 if closing else 1))
            most = max(most, there)
    return most


def text_of(source: str) -> str:
    """The words of sanitized HTML, a line for each line that is shown; a picture is [image]."""
    parts: list[str] = []
    for words, closing, tag, attributes in _PIECES.findall(source):
        if words:
            parts.append(unescape(words))
        elif tag in BLOCKS and parts and not parts[-1].endswith("\n"):
            parts.append("\n")
        if tag == "img":
            name = _ALT.search(attributes)
            parts.append(f"[{unescape(name[1]) if name and name[1] else 'image'}]")
        elif tag == "br" or (tag == "li" and not closing):
            parts.append("\n" if tag == "br" else "- ")
    lines = "".join(parts).replace("\xa0", " ").split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(part.rstrip() for part in lines)).strip()


def _pieces(source: str) -> list[tuple[str, str, str, str]]:
    """Sanitized HTML piece by piece: its words, or the name of its tag; the whole piece; what is
    read of it, a line's end for a block.
    """
    found = [(unescape(words), tag, whole) for whole, words, tag in _WHOLE.findall(source)]
    return [
        (words, tag, whole, words or ("" if tag in INLINE else "\n")) for words, tag, whole in found
    ]


@dataclass(frozen=True)
class Edit:
    """What is read from `start` to `end` becomes `text`, in the format
    of the sign `at`, one of them.
    """

    start: int
    end: int
    at: int
    text: str


def edited(
    source: str, edits: Callable[[str], Sequence[Edit]], address: Callable[[str], str]
) -> str:
    """Sanitized HTML with some of its words replaced, also where formats change within them.

    `edits` is asked once, for what is read without its formats; `address` for every address that a
    link leads to.
    """

    def link(found: re.Match[str]) -> str:
        return f'href="{escape(address(unescape(found[1])))}"'

    pieces = _pieces(source)
    wanted = edits("".join(said for *_piece, said in pieces))
    gone = {at for one in wanted for at in range(one.start, one.end)}
    new = {
        one.at: "<br>".join(str(escape(line)) for line in one.text.split("\n")) for one in wanted
    }
    at, parts = 0, []
    for words, tag, whole, said in pieces:
        if words and not gone.isdisjoint(range(at, at + len(words))):
            parts += [
                new.get(at + n, "" if at + n in gone else str(escape(sign)))
                for n, sign in enumerate(words)
            ]
        else:
            parts.append(_ADDRESS.sub(link, whole) if tag == "a" else whole)
        at += len(said)
    return "".join(parts)


def masked(source: str, wanted: re.Pattern[str]) -> Writing:
    """Sanitized HTML with an asterisk for each sign of what is wanted, also
    where formats change within it.
    """
    pieces = _pieces(source)
    hidden = {
        at
        for found in wanted.finditer("".join(said for *_piece, said in pieces))
        for at in range(*found.span())
    }
    at, parts = 0, []
    for words, tag, whole, said in pieces:
        shown = "".join(
            "*" if at + n in hidden and not sign.isspace() else sign for n, sign in enumerate(words)
        )
        name = _ALT.search(whole) if tag == "img" else None
        named = (
            whole.replace(name[0], f'alt="{escape(stars(unescape(name[1]), wanted))}"')
            if name
            else whole
        )
        parts.append(str(escape(shown)) if words else named)
        at += len(said)

    def link(found: re.Match[str]) -> str:
        """Where a link leads may say what its masked words do."""
        tells = "*" in found[2] or wanted.search(unquote(unescape(found[1])))
        return found[2] if tells else found[0]

    clean = _LINK.sub(link, "".join(parts))
    return Writing(text_of(clean), clean)


def stars(text: str, wanted: re.Pattern[str]) -> str:
    """The text with an asterisk for each sign of what is wanted; spaces and lines stay."""
    return wanted.sub(lambda found: re.sub(r"\S", "*", found[0]), text)


def html_of(text: str) -> str:
    """Plain text as an editor of formatted text loads it."""
    lines: Markup = Markup("<br>").join(escape(part) for part in text.split("\n"))
    return f"<div>{lines}</div>" if text else ""


def sources(source: str) -> list[str]:
    """The addresses of its pictures."""
    return _SOURCE.findall(source)


def addresses(source: str) -> list[str]:
    """Where its links lead."""
    return [unescape(found) for found in _ADDRESS.findall(source)]


def without_pictures(source: str) -> str:
    """Sanitized HTML for a place that does not have its files: a picture is named in words."""
    return re.sub(
        r"<img\b(?:[^>\"]|\"[^\"]*\")*>", lambda found: str(escape(text_of(found[0]))), source
    )


def moved(source: str, to: Mapping[str, str]) -> str:
    """Its pictures at the addresses to which they moved."""
    return _SOURCE.sub(lambda found: f'<img src="{to.get(found[1], found[1])}"', source)


def enclosed(source: str, ids: dict[str, str]) -> str:
    """For mail: pictures by the content ids of their files, by address."""
    return _SOURCE.sub(
        lambda found: f'<img src="cid:{ids[found[1]]}"' if found[1] in ids else '<img src=""',
        source,
    )


def rich(source: str) -> Markup:
    """Sanitized HTML for a page."""
    return Markup(source)  # noqa: S704 - it was sanitized when it was stored
