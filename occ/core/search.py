"""Substring search in any script: texts become overlapping pairs of letters, on SQLite and PostgreSQL alike.

SQLite's trigram tokenizer finds no two-letter word, PostgreSQL's scans for it; pairs as tokens of an ordinary full-text
index find both in well under a millisecond. A run of letters `abc` becomes `ab bc c`: a part of two letters and more is
a phrase of pairs, one letter a prefix.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from occ.core.db import db

# PostgreSQL counts positions to 16,383 and keeps 256 of a token: tokens a row, shared by neighbours, of one kind, rows a document
CHUNK, OVERLAP, OFTEN, CHUNKS = 12_000, 250, 250, 512


def runs(text: str) -> list[str]:
    """The runs of letters and digits of a text, without case and width."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in plain).split()


def tokens(text: str) -> list[str]:
    """What is stored of a text."""
    return [token for run in runs(text) for token in _tokens(run)]


def _tokens(run: str) -> list[str]:
    return [run[n : n + 2] for n in range(len(run) - 1)] + [run[-1]]


def phrase(text: str) -> list[str]:
    """The tokens that follow each other in every text that holds this one; a last token of one letter is a prefix."""
    found = runs(text)
    if not found:
        return []
    last = found[-1]
    pairs = [last[n : n + 2] for n in range(len(last) - 1)] or [last]
    return [token for run in found[:-1] for token in _tokens(run)] + pairs


def chunks(found: Sequence[str]) -> list[Sequence[str]]:
    """A document's tokens in rows that overlap; none holds a token more often than a tsvector keeps positions of it."""
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
    """What an index keeps of something: its id, whose it is, a text for everybody and one for those who see all."""

    ident: int
    owner: int
    everybody: str
    privately: str


class Index:
    """A full-text index of documents with integer ids and two texts: one for everybody, one for those who see all.

    On SQLite an FTS5 table with a row a document, on PostgreSQL one of tsvectors, whose ids are `document * CHUNKS + n`;
    migrations make it.
    """

    def __init__(self, name: str) -> None:
        texts = ("everybody", "privately")
        self._tables = {key: sa.table(name, sa.column(key, sa.BigInteger), *map(sa.column, texts)) for key in ("rowid", "id")}
        self._whole: sa.ColumnElement[Any] = sa.literal_column(name)

    def _key(self) -> str:
        return "rowid" if db.session.get_bind().dialect.name == "sqlite" else "id"

    def remove(self, idents: Iterable[int]) -> None:
        """Forgets documents."""
        table, key = self._tables[self._key()], self._key()
        ranges = [{"first": ident * self._rows(), "last": ident * self._rows() + self._rows() - 1} for ident in idents]
        if ranges:
            rows = table.c[key].between(sa.bindparam("first"), sa.bindparam("last"))
            db.session.connection().execute(sa.delete(table).where(rows), ranges)

    def _rows(self) -> int:
        """How many rows a document may have."""
        return 1 if self._key() == "rowid" else CHUNKS

    def put(self, documents: Sequence[Document]) -> None:
        """Stores documents anew, in three statements whatever their number."""
        self.remove([one.ident for one in documents])
        table, key = self._tables[self._key()], self._key()
        rows = []
        for one in documents:
            texts = [tokens(text) for text in (one.everybody, one.privately)]
            parts = [[text] for text in texts] if self._rows() == 1 else [chunks(text) for text in texts]
            for n in range(max(map(len, parts))):
                first, second = (self._stored(one.owner, part[n] if n < len(part) else ()) for part in parts)
                rows.append({"row": one.ident * self._rows() + n, "first": first, "second": second})
        kind: Any = sa.Text() if key == "rowid" else TSVECTOR()
        texts_of = {name: sa.cast(sa.bindparam(bind), kind) for name, bind in (("everybody", "first"), ("privately", "second"))}
        if rows:
            db.session.connection().execute(sa.insert(table).values({key: sa.bindparam("row"), **texts_of}), rows)

    def _stored(self, owner: int, found: Sequence[str]) -> str:
        words = [_owner(owner), *found]
        return " ".join(words) if self._key() == "rowid" else " ".join(f"'{word}':{n}" for n, word in enumerate(words, 1))

    def documents(self, owner: int, phrases: Sequence[Sequence[str]], *, all_texts: bool) -> sa.Select[Any]:
        """The ids of an owner's documents that hold every phrase; `all_texts` looks in both, for those who see all."""
        table, key = self._tables[self._key()], self._key()
        columns = [table.c.everybody, table.c.privately] if all_texts else [table.c.everybody]
        if key == "rowid":
            terms = [f'"{_owner(owner)}"', *(_fts5(one) for one in phrases)]
            names = " ".join(column.name for column in columns)
            wanted: sa.ColumnElement[bool] = self._whole.op("MATCH")(f"{{{names}}} : ({' AND '.join(terms)})")
            return sa.select(table.c.rowid.label("document")).where(wanted)
        document = table.c.id // CHUNKS

        def holding(term: str) -> sa.ColumnElement[bool]:
            return sa.or_(*(column.op("@@")(sa.cast(term, TSQUERY)) for column in columns))

        found = sa.select(document.label("document")).where(holding(f"'{_owner(owner)}'"), *(holding(_tsquery(one)) for one in phrases[:1]))
        for one in phrases[1:]:  # each may stand in another row of the document
            found = found.where(document.in_(sa.select(document).where(holding(_tsquery(one)))))
        return found.distinct()

    def page(self, documents: sa.Select[Any], position: int | None, *, back: bool, size: int) -> list[int]:
        """The newest of `documents` older than a position, or with `back` the next ones newer than it."""
        document = documents.selected_columns[0]
        if position is not None:
            documents = documents.where(document > position if back else document < position)
        return list(db.session.scalars(documents.order_by(sa.asc("document") if back else sa.desc("document")).limit(size)))


def _owner(ident: int) -> str:
    """The token of an owner: begun by a sign of private use, which no text brings in."""
    return f"\ue000{ident}"


def _fts5(words: Sequence[str]) -> str:
    return f'"{" ".join(words)}"' + ("*" if len(words[-1]) == 1 else "")


def _tsquery(words: Sequence[str]) -> str:
    return "(" + " <-> ".join(f"'{word}'" for word in words) + (":*" if len(words[-1]) == 1 else "") + ")"
