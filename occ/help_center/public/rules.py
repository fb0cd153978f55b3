"""What public pages make of texts (HC-1): pure."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
DESCRIPTION = 155  # signs that search engines show of a page
INLINE = 24_000  # signs of answers that stand in a list; the others are a link away
LINKS = 20_000  # links that a part of a map of the site may hold: languages times languages each


@dataclass(frozen=True)
class Piece:
    """A piece of a text; whether it was searched for."""

    text: str
    found: bool = False


def marked(text: str, words: Iterable[str]) -> list[Piece]:
    """A text in pieces, those apart that somebody searched for."""
    wanted = sorted({word for word in words if word}, key=len, reverse=True)
    if not wanted or not text:
        return [Piece(text)] if text else []
    parts = re.split(f"({'|'.join(map(re.escape, wanted))})", text, flags=re.IGNORECASE)
    return [Piece(part, bool(n % 2)) for n, part in enumerate(parts) if part]


def described(text: str) -> str:
    """A text as search engines and messengers show it below a title: one line, cut at a word."""
    plain = " ".join(text.split())
    if len(plain) <= DESCRIPTION:
        return plain
    cut = plain[:DESCRIPTION]
    return f"{cut.rpartition(' ')[0] or cut}…"


def within(rows: Sequence[T], size: Callable[[T], int], most: int = INLINE) -> list[T]:
    """The first rows that fit into a page together, one at least."""
    kept: list[T] = []
    used = 0
    for row in rows:
        used += size(row)
        if kept and used > most:
            break
        kept.append(row)
    return kept


def about(count: int) -> int:
    """How often something was read, as customers are told: from 100 on two figures, so that a page
    is another one with every hundredth of its readers rather than with each.
    """
    step: int = 10 ** max(0, len(str(count)) - 2)
    return count // step * step


def part_size(languages: int) -> int:
    """Documents in a part of a map of the site, whose every page names all its languages."""
    return max(1, LINKS // max(1, languages) ** 2)


Span = tuple[int, int]


@dataclass(frozen=True)
class Days:
    """Days of the week that follow each other (0 is Monday) and are open alike: from–to in minutes
    of the day.
    """

    first: int
    last: int
    spans: tuple[Span, ...]


def week(spans: Sequence[tuple[Span, ...]]) -> list[Days]:
    """The open days of a week, of which each is given its spans; neighbours that are alike
    together.
    """
    found: list[Days] = []
    for day, open_ in enumerate(spans):
        before = found[-1] if found else None
        if before and before.last == day - 1 and before.spans == open_:
            found[-1] = Days(before.first, day, open_)
        elif open_:
            found.append(Days(day, day, open_))
    return found


def keywords(title: str) -> list[str]:
    """The words of a title that say most: the longest ones, with two signs and more."""
    words = dict.fromkeys(re.findall(r"\w{2,}", title))
    return sorted(words, key=len, reverse=True)[:3]


def side_by_side(sections: Sequence[tuple[str, T]]) -> list[list[tuple[str, T]]]:
    """Sections of the home page in rows: ways to ask stand beside the questions before them."""
    rows: list[list[tuple[str, T]]] = []
    for kind, shown in sections:
        if kind == "ways" and rows and [before for before, _shown in rows[-1]] == ["faq"]:
            rows[-1].append((kind, shown))
        else:
            rows.append([(kind, shown)])
    return rows
