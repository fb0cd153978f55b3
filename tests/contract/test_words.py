"""The words of the console: those of `docs/glossary.md`, and Korean particles that fit whatever they follow."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import pytest
from babel.messages.extract import extract

from occ.config import ROOT
from tests.tools import messages

GLOSSARY = ROOT / "docs" / "glossary.md"
LATIN = re.compile(r"[A-Za-z]")
# after a value in quotes or brackets: a particle that has another form after another sound
PARTICLE = r"(?:을|를|이|가|은|는|와|과|으로|로|이나|나|이랑|랑|이에요|예요|\(으\)로|은\(는\)|이\(가\)|을\(를\))"
VALUE = r"(?:%\(\w+\)[sd]|\{\w+\})"
BARE = re.compile(rf"(?:{VALUE}[’”」\]]?|(?<![가-힣A-Z])\({VALUE}\)[’”]?){PARTICLE}(?![가-힣])")
COUNTERS = re.compile(rf"(?:{VALUE}|\d)\s?(?:건|개|명|통|대|件|個|人|名|通|台)")


@dataclass(frozen=True)
class Row:
    """A thing with its words by language, and those it never has."""

    id: str
    texts: dict[str, str]
    never: tuple[str, ...]


def rows() -> list[Row]:
    cells = (
        [cell.strip() for cell in line.strip("|\n").split("|")]
        for line in GLOSSARY.read_text("utf-8").splitlines()
        if line.startswith("| ")
    )
    return [
        Row(english, {"ko": ko, "ja": ja}, tuple(word for word in never.split(", ") if word))
        for _thing, english, ko, ja, never in cells
        if english != "English"
    ]


def holds(text: str, word: str) -> bool:
    """Whether a text has the word: Latin ones whole, in any case."""
    if LATIN.match(word):
        return re.search(rf"\b{re.escape(word)}\b", text, re.I) is not None
    return word in text


def said() -> Iterator[tuple[str, str]]:
    """(where, text) of all that the console or its documents say."""
    catalogs = {locale: messages.load(locale) for locale in messages.CATALOGS}
    for message in messages.template():
        for text in (message.id,) if isinstance(message.id, str) else message.id:
            yield "message", text
        for locale, catalog in catalogs.items():
            yield locale, messages.text_of(catalog, message)
    for path in [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]:
        if path != GLOSSARY:
            yield path.name, path.read_text("utf-8")
    for path in (ROOT / "templates").rglob("*.html"):
        yield path.name, path.read_text("utf-8")


def test_messages_have_the_words_of_the_glossary() -> None:
    known = {messages.key(message)[0]: message for message in messages.template()}
    found = rows()
    assert len(found) > 60 and len({row.id for row in found}) == len(found)
    for locale in messages.CATALOGS:
        catalog = messages.load(locale)
        for row in found:
            assert row.id in known, f"no message {row.id!r}"
            assert messages.text_of(catalog, known[row.id]) == row.texts[locale], row.id


@pytest.mark.parametrize(
    "together",
    [
        # a mark on a field, what its empty list asks for, and the two kinds of conditions
        ["Required", "Optional", "prompt · Choose", "condition · Required", "condition · Optional"],
        ["Subject", "Heading"],  # a field, and a format in the tools of the field below it
    ],
)
def test_labels_that_stand_together_differ(together: list[str]) -> None:
    known = {
        " · ".join(filter(None, reversed(messages.key(message)))): message
        for message in messages.template()
    }
    for locale in messages.CATALOGS:
        catalog = messages.load(locale)
        assert len({messages.text_of(catalog, known[one]) for one in together}) == len(together)


def test_nothing_says_what_the_glossary_bans() -> None:
    banned = [word for row in rows() for word in row.never]
    wrong = [
        f"{where}: {word} in {text[:80]!r}"
        if where in {"message", *messages.CATALOGS}
        else f"{where}: {word}"
        for where, text in said()
        for word in banned
        if holds(text, word)
    ]
    assert not wrong, wrong


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("Hand on", "hand on", True),
        ("by hand only", "hand on", False),
        ("티켓을 스팸함으로 옮겼어요.", "스팸함", True),
        ("스팸 티켓함", "스팸함", False),
        ("電光掲示板を開く", "電光掲示板", True),
    ],
)
def test_banned_words_are_found_whole(text: str, word: str, found: bool) -> None:
    assert holds(text, word) is found


def test_no_korean_particle_follows_a_value() -> None:
    catalog = messages.load("ko")
    wrong = [
        text
        for message in messages.template()
        if BARE.search(text := messages.text_of(catalog, message))
    ]
    assert not wrong, wrong


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("‘%(name)s’와 함께 숨김", True),
        ("오류 %(status)s(으)로 응답했어요.", True),
        ("{n}을 선택", True),
        ("(%(name)s)는", True),
        ("‘%(name)s’ 카테고리와 함께 숨김", False),
        ("대표번호(%(number)s)는 언제나", False),
        ("%(day)s부터 %(seconds)s초를", False),
        ("%(by)s 님이 티켓을", False),
        ("%(login_id)s입니다.", False),
    ],
)
def test_a_bare_particle_is_told_from_one_that_fits(text: str, bare: bool) -> None:
    assert bool(BARE.search(text)) is bare


def test_what_shows_anything_counts_nothing_in_particular() -> None:
    path = ROOT / "templates" / "macros" / "ui.html"
    ids = [
        message if isinstance(message, str) else message[0]
        for _line, message, _notes, _context in extract(
            "jinja2", BytesIO(path.read_bytes()), keywords=messages.KEYWORDS
        )
    ]
    assert "10,000+ in all" in ids and len(ids) > 5
    for locale in messages.CATALOGS:
        catalog = messages.load(locale)
        texts = [catalog.get(ident).string for ident in ids]
        counted = [
            text
            for text in (t if isinstance(t, str) else t[0] for t in texts)
            if COUNTERS.search(text)
        ]
        assert not counted, counted
