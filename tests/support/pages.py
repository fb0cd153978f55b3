"""What every page must be: valid HTML, one h1, unique ids, labelled controls, forms that can be sent."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import html5lib
from lxml import html
from lxml.html import HtmlElement

from occ.config import ROOT


@cache
def _styled() -> dict[str, set[str]]:
    """Class → the stylesheets that say something of it."""
    found: dict[str, set[str]] = defaultdict(set)
    for sheet in (ROOT / "static/css").glob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.S)
        for selectors in re.findall(r"([^{}]+)\{", text):
            for name in re.findall(r"\.([a-zA-Z][\w-]*)", selectors):
                found[name].add(sheet.name)
    return found


@cache
def _bundled(name: str) -> frozenset[str]:
    """The stylesheets of `static/css` that a bundle of `static/dist` is made of."""
    text = (ROOT / "static" / "entries" / name).read_text("utf-8")
    return frozenset(re.findall(r'^@import "\.\./css/([\w-]+\.css)";$', text, re.M))


def _words(tree: HtmlElement, path: str) -> list[str]:
    """The texts that an XPath names. They do not know their elements, none of which is made."""
    return list(tree.xpath(path, smart_strings=False))


def _unstyled(tree: HtmlElement) -> list[str]:
    """Classes of a page whose stylesheets it does not load."""
    hrefs = _words(tree, "//link[@rel='stylesheet'][starts-with(@href, '/static/')]/@href")
    loaded = frozenset().union(*(_bundled(href.rpartition("/")[2]) for href in hrefs))
    names = {name for value in _words(tree, "//@class") for name in value.split()}
    return [
        f"{name} is styled by {', '.join(sheets)}"
        for name in sorted(names)
        if (sheets := _styled().get(name)) and not sheets & loaded
    ]


_VALUE = re.compile(r'"[^"]*"|>[^<]*')
_REFERENCE = re.compile(r"&#?\w*;?")
_PART = re.compile(r"(<(main|nav|aside)\b[^>]*>)(.*?)(?=</\2>)", re.S)
# what stands in these is parsed as if it stood alone
_PLAIN = {"html", "body", "div", "header", "main", "nav", "aside", "section"}
# digests of the tags, attributes and character references of what was parsed without a fault
_valid: set[str] = set()
_shared: list[Path] = []


def keep_in(folder: Path) -> None:
    """Says where the processes of a run share what one of them parsed."""
    folder.mkdir(exist_ok=True)
    _shared[:] = [folder]


def _parts(text: str, tree: HtmlElement) -> Iterator[tuple[str, bool]]:
    """A page's frame and what stands in it, each of which many pages share; whether it is a
    fragment. Where something around could change how the inner is parsed, it is one part.
    """
    around = tree.xpath("//main/ancestor::* | //nav/ancestor::* | //aside/ancestor::*")
    if not {element.tag for element in around} <= _PLAIN:
        yield text, False
        return
    yield _PART.sub(r"\1", text), False
    for found in _PART.finditer(text):
        yield found[3], True


def _errors(text: str, *, fragment: bool) -> list[str]:
    """What no HTML parser may meet. Slow, so that parts of the same tags are parsed once."""
    shape = fragment, _VALUE.sub('""', text), sorted(set(_REFERENCE.findall(text)))
    digest = hashlib.sha256(repr(shape).encode()).hexdigest()
    notes = [folder / digest for folder in _shared]  # none outside of a run of tests
    if digest in _valid or any(note.exists() for note in notes):
        return []
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    (parser.parseFragment if fragment else parser.parse)(text)
    if not parser.errors:
        _valid.add(digest)
        for note in notes:
            note.touch()
    return [f"{code} at {position}" for position, code, _data in parser.errors]


def problems(text: str, *, fragment: bool) -> list[str]:
    """Everything wrong with a page or fragment, in words."""
    tree = html.fromstring(f"<div>{text}</div>" if fragment else text)
    parts = [(text, True)] if fragment else _parts(text, tree)
    found = [error for part, alone in parts for error in _errors(part, fragment=alone)]
    found += [
        f"id {name} occurs {count} times"
        for name, count in Counter(_words(tree, "//@id")).items()
        if count > 1
    ]
    if not fragment:
        headings = tree.xpath("//h1")
        if len(headings) != 1:
            found.append(f"{len(headings)} h1")
        if not tree.xpath("//title[normalize-space()]"):
            found.append("no title")
        if not tree.get("lang"):
            found.append("no lang")
        found += _unstyled(tree)
    labels = set(_words(tree, "//label/@for"))
    for control in tree.xpath("//input[not(@type='hidden')] | //select | //textarea"):
        named = (
            control.get("aria-label")
            or control.get("aria-labelledby")
            or control.get("id") in labels
            or control.xpath("ancestor::label")
        )
        if not named:
            found.append(f"no label: {control.tag} {control.get('name')}")
    for form in tree.xpath("//form"):
        if form.get("method") is None:
            found.append("form without method")
        # a page that is the same for everybody holds no token; see `access.tokenless`
        needs_token = form.get("method") == "post" and form.get("data-tokenless") is None
        if needs_token and not form.xpath(".//input[@name='csrf_token']"):
            found.append(f"post form without CSRF token: {form.get('action')}")
    found += [
        f"inline {name}" for name in ("style", "onclick", "onchange") if tree.xpath(f"//*[@{name}]")
    ]
    found += (
        ["inline script"]
        if tree.xpath("//script[not(@src)][@type!='application/ld+json' or not(@type)]")
        else []
    )
    found += [f"link without href: {text}" for text in _words(tree, "//a[not(@href)]/text()")]
    found += [
        f"no verb for its question: {asking.get('hx-confirm')}"
        for asking in tree.xpath("//*[@hx-confirm][not(@data-verb)]")
        if not asking.xpath(".//text()[normalize-space()][not(ancestor::*[@class='sr'])]")
    ]
    return found
