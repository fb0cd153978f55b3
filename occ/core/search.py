"""Substring search in any script: texts become overlapping pairs of letters, on SQLite and
PostgreSQL alike.

SQLite's trigram tokenizer finds no two-letter word, PostgreSQL's scans for it; pairs as tokens of
an ordinary full-text index find both in well under a millisecond. A run of letters `abc` becomes
`ab bc c`: a part of two letters and more is a phrase of pairs, one letter a prefix.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from occ.core.db import db
from occ.core.text import visible

# dots between words that Unicode takes for letters; to people they are the same as · and ・
DOTS = dict.fromkeys(map(ord, "\u318d\u119e\ua78f\u1427"), " ")
_DOTTED = re.compile(f"[{''.join(map(chr, DOTS))}]")
_RUN = re.compile(r"[^\W_]+")
_GAP = re.compile(r"[\W_]{1,8}")  # what is no letter or digit: few at once, of which many repeat
# PostgreSQL counts positions to 16,383 and keeps 256 of a token: tokens a row, shared by
# neighbours, of one kind, rows a document
CHUNK, OVERLAP, OFTEN, CHUNKS = 12_000, 250, 250, 512
PAGES = 200  # pages that one step of a merge writes
_CHANGES = sa.text("SELECT total_changes()")
DOCUMENT_BITS = 40  # of an FTS5 row's number; those above are its owner's


Phrases = Sequence[Sequence[str]]
"""Tokens that follow each other, in several ways of which one has to be there."""


def runs(text: str) -> list[str]:
    """The runs of letters and digits of a text, without case, width and signs that nobody sees."""
    shown = visible(text)
    if _DOTTED.search(shown):
        shown = shown.translate(DOTS)
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", shown).casefold())
    if all(_gap(signs).isspace() for signs in set(_GAP.findall(plain))):
        return _RUN.findall(plain)
    return _GAP.sub(lambda found: _gap(found[0]), plain).split()


@lru_cache(4096)
def _gap(signs: str) -> str:
    """What stands between letters and digits, as blanks; marks belong to the letter before."""
    return "".join(sign if unicodedata.category(sign)[0] == "M" else " " for sign in signs)


def tokens(text: str) -> list[str]:
    """What is stored of a text."""
    found = runs(text)
    of_run = {run: _tokens(run) for run in set(found)}  # texts repeat their words
    return [token for run in found for token in of_run[run]]


def _written(text: str) -> str:
    """The tokens of a text, one after the other."""
    found = runs(text)
    of_run = {run: " ".join(_tokens(run)) for run in set(found)}
    return " ".join(map(of_run.__getitem__, found))


def _tokens(run: str) -> list[str]:
    return [*map(add, run, run[1:]), run[-1]]


def phrase(text: str) -> list[str]:
    """The tokens that follow each other in every text that holds this one; a last
    token of one letter is a prefix.
    """
    found = runs(text)
    if not found:
        return []
    last = found[-1]
    pairs = [last[n : n + 2] for n in range(len(last) - 1)] or [last]
    return [token for run in found[:-1] for token in _tokens(run)] + pairs


def chunks(found: Sequence[str]) -> list[Sequence[str]]:
    """A document's tokens in rows that overlap; none holds a token more often than a
    tsvector keeps positions of it.
    """
    rows, start = [], 0
    while True:
        seen: Counter[str] = Counter()
        end = start
        while end < len(found) and end - start < CHUNK and seen[found[end]] < OFTEN:
            seen[found[end]] += 1
            end += 1
        rows.append(found[start:end])
        if end == len(found) or len(rows) == CHUNKS:
            return rows
        start = end - min(OVERLAP, (end - start) // 2)


@dataclass(frozen=True)
class Document:
    """What an index keeps of something: its id, whose it is, a text for everybody
    and one for those who see all.
    """

    ident: int
    owner: int
    everybody: str
    privately: str


class Index:
    """A full-text index of documents with integer ids and two texts: one for everybody, one for
    those who see all.

    On SQLite an FTS5 table with a row a document, numbered by owner and document so that an owner's
    stand together; on PostgreSQL one of tsvectors, whose ids are `document * CHUNKS + n` and whose
    first token is the owner. Migrations make it.
    """

    def __init__(self, name: str) -> None:
        texts = ("everybody", "privately")
        self._tables = {
            key: sa.table(name, sa.column(key, sa.BigInteger), *map(sa.column, texts))
            for key in ("rowid", "id")
        }
        self._name = name
        self._whole: sa.ColumnElement[Any] = sa.literal_column(name)

    def _key(self) -> str:
        return "rowid" if db.session.get_bind().dialect.name == "sqlite" else "id"

    def remove(self, documents: Iterable[tuple[int, int]]) -> None:
        """Forgets documents, each by its owner and id."""
        table, key = self._tables[self._key()], self._key()
        if key == "rowid":
            ranges = [dict.fromkeys(("first", "last"), _row(*one)) for one in documents]
        else:
            ranges = [
                {"first": ident * CHUNKS, "last": (ident + 1) * CHUNKS - 1}
                for ident in {ident for _owner, ident in documents}
            ]
        if ranges:
            rows = table.c[key].between(sa.bindparam("first"), sa.bindparam("last"))
            db.session.connection().execute(sa.delete(table).where(rows), ranges)

    def put(self, documents: Sequence[Document]) -> None:
        """Stores documents that are not in the index, in one statement whatever their number."""
        key = self._key()
        rows = [
            row
            for one in documents
            for row in (_whole_row(one) if key == "rowid" else _chunk_rows(one))
        ]
        kind: Any = sa.Text() if key == "rowid" else TSVECTOR()
        texts_of = {
            name: sa.cast(sa.bindparam(bind), kind)
            for name, bind in (("everybody", "first"), ("privately", "second"))
        }
        if rows:
            db.session.connection().execute(
                sa.insert(self._tables[key]).values({key: sa.bindparam("row"), **texts_of}), rows
            )

    def merge(self, *, begin: bool) -> bool:
        """SQLite: writes some of the table's pages anew; whether more are left (FTS5, "The 'merge'
        command").

        The tokens of what was removed leave the file only when the segment that holds them is
        merged with those above it.
        """
        connection = db.session.connection()
        before = connection.scalar(_CHANGES)
        table = sa.table(self._name, sa.column(self._name), sa.column("rank"))
        connection.execute(
            sa.insert(table).values({self._name: "merge", "rank": -PAGES if begin else PAGES})
        )
        return bool(connection.scalar(_CHANGES) - before >= 2)

    def documents(
        self,
        owner: int,
        conditions: Sequence[Phrases],
        *,
        all_texts: bool,
        besides: int | None = None,
        since: int = 0,
    ) -> "Found":
        """An owner's documents from an id on, one aside, that hold a phrase of every condition.

        `all_texts` looks in both texts, for those who see all.
        """
        table, key = self._tables[self._key()], self._key()
        columns = [table.c.everybody, table.c.privately] if all_texts else [table.c.everybody]
        if key == "rowid":
            first = _row(owner, 0)
            found = self._found(owner, conditions, columns, besides, since)
            rows = sa.select((table.c.rowid - first).label("document")).where(*found)
            return Found(rows, rows, table.c.rowid, first)
        document = table.c.id // CHUNKS

        def holding(term: str) -> sa.ColumnElement[bool]:
            return sa.or_(*(column.op("@@")(sa.cast(term, TSQUERY)) for column in columns))

        some = [holding(_tsquery(one)) for one in conditions[:1]]
        rows = sa.select(document.label("document")).where(holding(f"'{_owner(owner)}'"), *some)
        rows = rows.where(table.c.id >= since * CHUNKS) if since else rows
        for one in conditions[1:]:  # each may stand in another row of the document
            rows = rows.where(document.in_(sa.select(document).where(holding(_tsquery(one)))))
        rows = rows if besides is None else rows.where(document != besides)
        return Found(rows.distinct(), rows, None, 0)

    def holds(
        self,
        document: Any,
        owner: int,
        conditions: Sequence[Phrases],
        *,
        all_texts: bool,
    ) -> sa.ColumnElement[bool]:
        """The same asked of one document, which is read itself: what a few documents say costs the
        same however many others have the word.
        """
        table, key = self._tables[self._key()], self._key()
        columns = [table.c.everybody, table.c.privately] if all_texts else [table.c.everybody]
        if key == "rowid":
            # what is stored has a token from each letter on, so that none is found within others
            parts = [[" ".join(words) for words in one] for one in conditions]
            said = [
                sa.or_(*(sa.func.instr(text, part) > 0 for text in columns for part in one))
                for one in parts
            ]
            return sa.exists().where(table.c.rowid == document + _row(owner, 0), *said)
        first = sa.cast(document, sa.BigInteger) * CHUNKS
        # each may stand in another row of the document; as a figure, so that these are read by key
        said = [sa.func.bool_or(_said(columns, owner, one)) for one in conditions]
        rows = sa.select(sa.and_(*said)).where(table.c.id.between(first, first + CHUNKS - 1))
        return rows.correlate_except(table).scalar_subquery()

    def recent(
        self,
        owner: int,
        conditions: Sequence[Phrases],
        *,
        all_texts: bool,
        besides: int | None,
        before: int | None,
        rows: int,
        size: int,
    ) -> sa.Select[Any]:
        """PostgreSQL: the ids of an owner's newest documents with a phrase of every condition, of
        what stands in the last rows alone: of a word that many have its index would fetch all.
        """
        table = self._tables["id"]
        columns = [table.c.everybody, table.c.privately] if all_texts else [table.c.everybody]
        said = (_said(columns, owner, one) for one in conditions)
        last = sa.select((table.c.id // CHUNKS).label("document"), *said)
        last = last.order_by(table.c.id.desc()).limit(rows)
        if before is not None:
            last = last.where(table.c.id < before * CHUNKS)
        document, *holds = last.subquery().c
        found = sa.select(document).group_by(document).having(sa.and_(*map(sa.func.bool_or, holds)))
        found = found if besides is None else found.where(document != besides)
        return found.order_by(document.desc()).limit(size)

    def _found(
        self,
        owner: int,
        conditions: Sequence[Phrases],
        columns: Sequence[Any],
        besides: int | None,
        since: int,
    ) -> list[sa.ColumnElement[bool]]:
        """What holds for FTS5's rows of an owner's documents with a phrase of every condition."""
        names, terms = (
            " ".join(column.name for column in columns),
            " AND ".join(map(_fts5, conditions)),
        )
        row = self._tables["rowid"].c.rowid
        matched = self._whole.op("MATCH")(f"{{{names}}} : ({terms})")
        found: list[sa.ColumnElement[bool]] = [
            matched,
            row.between(_row(owner, since), _row(owner + 1, 0) - 1),
        ]
        return found if besides is None else [*found, row != _row(owner, besides)]


@dataclass(frozen=True)
class Found:
    """Documents that were found: `select` gives their ids, in any order; `rows` the same, one
    perhaps several times, which stops at a limit without having looked at all.

    On SQLite `number` is the column of their rows, the owner's counted from `first`: by it the
    index itself gives the newest.
    """

    select: sa.Select[Any]
    rows: sa.Select[Any]
    number: sa.ColumnElement[Any] | None
    first: int

    @property
    def in_order(self) -> bool:
        """Whether the index gives the newest without looking at all."""
        return self.number is not None

    def many(self, limit: int) -> sa.Select[Any]:
        """The ids of more than `limit`, if there are so many, without looking at all: a document
        has several rows only beyond thousands of words.
        """
        if self.in_order:
            return self.select
        return sa.select(self.rows.limit(2 * limit + 2).subquery().c.document).distinct()

    def newest(self, position: int | None, *, back: bool, size: int) -> sa.Select[Any]:
        """The ids of the newest that are older than a position, or with
        `back` the next newer ones.
        """
        number, rows = self.number, self.select
        if number is None:
            number = rows.subquery().c.document
            rows = sa.select(number)
        if position is not None:
            rows = rows.where(
                number > self.first + position if back else number < self.first + position
            )
        return rows.order_by(number if back else number.desc()).limit(size)


def _row(owner: int, document: int) -> int:
    """Where FTS5 keeps a document."""
    return (owner << DOCUMENT_BITS) + document


def _whole_row(one: Document) -> list[dict[str, Any]]:
    first, second = (_written(text) for text in (one.everybody, one.privately))
    return [{"row": _row(one.owner, one.ident), "first": first, "second": second}]


def _chunk_rows(one: Document) -> list[dict[str, Any]]:
    parts = [chunks(tokens(text)) for text in (one.everybody, one.privately)]

    def vector(n: int, part: list[Sequence[str]]) -> str:
        words = [_owner(one.owner), *(part[n] if n < len(part) else ())]
        return " ".join(f"'{word}':{place}" for place, word in enumerate(words, 1))

    return [
        {"row": one.ident * CHUNKS + n, "first": vector(n, parts[0]), "second": vector(n, parts[1])}
        for n in range(max(map(len, parts)))
    ]


def _owner(ident: int) -> str:
    """The token of an owner: begun by a sign of private use, which no text brings in."""
    return f"\ue000{ident}"


def _said(columns: Sequence[Any], owner: int, phrases: Phrases) -> sa.ColumnElement[bool]:
    """Whether a row of tsvectors is an owner's and holds one of some phrases."""
    term = sa.cast(f"'{_owner(owner)}' & ({_tsquery(phrases)})", TSQUERY)
    return sa.or_(*(column.op("@@")(term) for column in columns))


def _fts5(phrases: Phrases) -> str:
    return (
        "("
        + " OR ".join(
            f'"{" ".join(words)}"' + ("*" if len(words[-1]) == 1 else "") for words in phrases
        )
        + ")"
    )


def _tsquery(phrases: Phrases) -> str:
    parts = (
        " <-> ".join(f"'{word}'" for word in words) + (":*" if len(words[-1]) == 1 else "")
        for words in phrases
    )
    return " | ".join(f"({part})" for part in parts)
