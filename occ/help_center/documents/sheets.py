"""FAQ and notices as Excel rows, and from them (HC-2)."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from occ.core import jobs, richtext, unit, xlsx
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import LOCALES, everywhere, force_locale
from occ.core.i18n import gettext as _
from occ.core.i18n import lazy_gettext as _l
from occ.core.text import writable
from occ.core.values import ident as ident_of
from occ.exports.sheets import Sheet
from occ.help_center.documents import history, labels, queries, rules, service
from occ.help_center.documents.models import Document
from occ.help_center.documents.rules import (
    STANDS_IN,
    DocumentKind,
    DocumentState,
    Readers,
    Text,
    TopicKind,
)
from occ.help_center.documents.service import Draft, Writer
from occ.organization.languages import all_languages
from occ.organization.models import Service
from occ.organization.rules import Editor

T = TypeVar("T")
BATCH = 500
BETWEEN = " › "
FAQ_COLUMNS = {
    "id": _l("ID"),
    "state": _l("State"),
    "topic": _l("Category"),
    "readers": _l("Readers"),
    "pinned_home": _l("Pin on the home page"),
    "pinned": _l("Pin in its category"),
}
NOTICE_COLUMNS = {
    "id": _l("ID"),
    "state": _l("State"),
    "topic": labels.SHELVES[TopicKind.HEADING],
    "tags": labels.SHELVES[TopicKind.TAG],
    "starts_at": _l("Start"),
    "ends_at": _l("End"),
    "shown_on": _l("Shown day"),
    "pinned": _l("Pin on top of all notices"),
}
COLUMNS = {DocumentKind.FAQ: FAQ_COLUMNS, DocumentKind.NOTICE: NOTICE_COLUMNS}
NO_TITLES = {
    DocumentKind.FAQ: _l(
        "This file has no column of titles. Download the FAQ and fill that file in."
    ),
    DocumentKind.NOTICE: _l(
        "This file has no column of titles. Download the notices and fill that file in."
    ),
}
SAID = {"title": _l("Title"), "body": _l("Content")}


def _column(said: str, code: str) -> str:
    return _("%(label)s (%(language)s)", label=SAID[said], language=all_languages()[code].native)


# out


def documents(params: dict[str, Any]) -> Sheet:
    """All documents of a kind, published ones and drafts, with their texts a language."""
    of, kind = db.session.get_one(Service, params["service"]), DocumentKind(params["kind"])
    codes = queries.languages(of)
    head = [str(label) for label in COLUMNS[kind].values()]
    head += [_column(said, code) for code in codes for said in SAID]
    head += [_("Views"), _("Helped"), _("Did not help"), _("Last changed by")]
    head += [xlsx.zoned(_("Last changed")), xlsx.zoned(_("Registered"))]
    total = sum(queries.count_of(of.id, kind).values())
    title = _("FAQ") if kind is DocumentKind.FAQ else _("Notices of the help center")
    return Sheet(title, head, total, _batches(of, kind, codes))


def _batches(
    of: Service, kind: DocumentKind, codes: Sequence[str]
) -> Iterator[Sequence[Sequence[Any]]]:
    topics = _paths(of, STANDS_IN[kind])
    tags = queries.topics(of, TopicKind.TAG, codes[0])
    last = 0
    while True:
        rows = db.session.scalars(
            sa.select(Document)
            .options(selectinload(Document.texts), selectinload(Document.tags))
            .where(Document.service_id == of.id, Document.kind == kind, Document.id > last)
            .order_by(Document.id)
            .limit(BATCH)
        ).all()
        if not rows:
            return
        last = rows[-1].id
        yield [
            _row(of, row, codes, topics, {k: one.name for k, one in tags.items()}) for row in rows
        ]


def _paths(of: Service, kind: TopicKind) -> dict[int, str]:
    """Topics by the way to each, in the service's first language."""
    found = queries.topics(of, kind, queries.languages(of)[0])
    return {ident: BETWEEN.join(one.name for one in queries.path(found, ident)) for ident in found}


def _row(
    of: Service,
    row: Document,
    codes: Sequence[str],
    topics: Mapping[int, str],
    tags: Mapping[int, str],
) -> Sequence[Any]:
    texts = history.texts_of(row)
    cells: list[Any] = [row.id, str(labels.STATES[row.state].text), topics.get(row.topic_id or 0)]
    if row.kind is DocumentKind.FAQ:
        cells += [str(labels.READERS[row.readers].text), _yes(row.pinned_home), _yes(row.pinned)]
    else:
        zone = of.time_zone
        cells.append(", ".join(tags.get(one.id, "") for one in row.tags))
        cells += [
            rules.spelt(at, zone).replace("T", " ") if at else ""
            for at in (row.starts_at, row.ends_at)
        ]
        cells += [row.shown_on, _yes(row.pinned)]
    for code in codes:
        text = texts.get(code, Text("", ""))
        cells += [text.title, text.body]
    return [
        *cells,
        row.views,
        row.helpful,
        row.unhelpful,
        row.changed_name,
        row.changed_at,
        row.registered_at,
    ]


def _yes(on: bool) -> str:
    return _("Yes") if on else _("No")


# in


@dataclass
class Taken:
    """What became of a workbook: how many rows were saved, the rows that were refused with the
    reason of each by its place among them, and the head of all.
    """

    head: list[str]
    saved: int = 0
    refused: list[list[Any]] = field(default_factory=list)
    why: dict[int, str] = field(default_factory=dict)


def take(of: Service, kind: DocumentKind, content: bytes, *, by: Writer) -> Taken:
    """Saves the FAQ or notices of a workbook, a row each, in short transactions: those with an ID
    are changed, the others are new. A row that is refused changes nothing.

    Columns are known by their heads in any language of the console, in any order; what a workbook
    has no column of stays as it is. Raises Refused for a file that is none, and for one without a
    column of a title.
    """
    rows = xlsx.read(content)
    head = ["" if cell is None else str(cell).strip() for cell in (rows or [[]])[0]]
    known = _known_columns(kind, queries.languages(of))
    columns = {known[name]: place for place, name in enumerate(head) if name in known}
    if not any(said == "title" for said, _code in columns):
        raise Refused(NO_TITLES[kind], "file")
    taken = Taken(head)
    wanted = [row for row in rows[1:] if any(cell not in (None, "") for cell in row)]
    topics, tags = (
        {way: ident for ident, way in _paths(of, one).items()}
        for one in (STANDS_IN[kind], TopicKind.TAG)
    )
    reading = _Reading(of, kind, columns, topics, tags, by)
    outcome: dict[int, str] = {}

    def one(place: int) -> int:
        try:
            with unit.savepoint():
                reading.save(wanted[place])
        except Refused as refused:
            outcome[place] = str(refused.message)
            return 0
        outcome.pop(place, None)
        return 1

    taken.saved = jobs.one_by_one(range(len(wanted)), one)
    for place in sorted(outcome):
        taken.why[len(taken.refused)] = outcome[place]
        taken.refused.append(wanted[place][: len(head)])
    return taken


def _known_columns(kind: DocumentKind, codes: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Heads of columns in every language of the console: what each is, and in which language."""
    found: dict[str, tuple[str, str]] = {}
    for key, label in COLUMNS[kind].items():
        found |= dict.fromkeys(everywhere(label), (key, ""))
    for locale in LOCALES:
        with force_locale(locale):
            found |= {_column(said, code): (said, code) for code in codes for said in SAID}
    return found


@dataclass(frozen=True)
class _Reading:
    """How rows of a workbook are read: where its columns stand, and what their words mean."""

    of: Service
    kind: DocumentKind
    columns: Mapping[tuple[str, str], int]
    topics: Mapping[str, int]
    tags: Mapping[str, int]
    by: Writer
    states: Mapping[str, DocumentState] = field(
        default_factory=lambda: {
            word: one for one, label in labels.STATES.items() for word in everywhere(label.text)
        }
    )
    readers: Mapping[str, Readers] = field(
        default_factory=lambda: {
            word: one for one, label in labels.READERS.items() for word in everywhere(label.text)
        }
    )
    answers: Mapping[str, bool] = field(
        default_factory=lambda: {
            **dict.fromkeys(everywhere(_l("Yes")), True),
            **dict.fromkeys(everywhere(_l("No")), False),
        }
    )

    def save(self, row: Sequence[Any]) -> None:
        """Saves what one row says; raises Refused."""
        stored = self._stored(row)
        state = self._meant(row, "state", self.states)
        publish = state is DocumentState.PUBLISHED
        was = stored.state if stored else DocumentState.DRAFT
        saved = service.save(
            self.of,
            self.kind,
            stored,
            self._draft(row, stored),
            publish=publish,
            by=self.by,
        )
        if state is DocumentState.DRAFT and was is DocumentState.PUBLISHED:
            service.set_state(self.of, saved, DocumentState.DRAFT, by=self.by)

    def _cell(self, row: Sequence[Any], key: str, code: str = "") -> str | None:
        """What a cell says; None where the workbook has no such column."""
        place = self.columns.get((key, code))
        if place is None:
            return None
        return _text(row[place]) if place < len(row) else ""

    def _stored(self, row: Sequence[Any]) -> Document | None:
        said = self._cell(row, "id")
        if not said:
            return None
        found = queries.document(self.of.id, ident_of(said), self.kind)
        if found is None:
            raise Refused(
                _("There is no FAQ with the ID %(id)s.", id=said)
                if self.kind is DocumentKind.FAQ
                else _("There is no notice with the ID %(id)s.", id=said)
            )
        return found

    def _meant(self, row: Sequence[Any], key: str, words: Mapping[str, T]) -> T | None:
        """What a word of a cell means; None for an empty one."""
        said = self._cell(row, key)
        if not said:
            return None
        if said not in words:
            raise Refused(
                _(
                    "%(column)s: “%(said)s” is none of %(words)s.",
                    column=COLUMNS[self.kind][key],
                    said=said[:50],
                    words=", ".join(dict.fromkeys(words)),
                )
            )
        return words[said]

    def _draft(self, row: Sequence[Any], stored: Document | None) -> Draft:
        pinned = self._meant(row, "pinned", self.answers)
        draft = Draft(
            texts=self._texts(row, stored),
            topic_id=self._topic(row, stored),
            pinned=(stored is not None and stored.pinned) if pinned is None else pinned,
        )
        if self.kind is DocumentKind.NOTICE:
            return replace(
                draft,
                tags=self._tagged(row, stored),
                starts_at=self._instant(row, stored, "starts_at"),
                ends_at=self._instant(row, stored, "ends_at", last=True),
                shown_on=self._day(row, stored),
            )
        whose = self._meant(row, "readers", self.readers)
        home = self._meant(row, "pinned_home", self.answers)
        return replace(
            draft,
            readers=whose or (stored.readers if stored else Readers.CUSTOMERS),
            pinned_home=(stored is not None and stored.pinned_home) if home is None else home,
        )

    def _topic(self, row: Sequence[Any], stored: Document | None) -> int | None:
        way = self._cell(row, "topic")
        if way is None:
            return stored.topic_id if stored else None
        if way and way not in self.topics:
            raise Refused(
                _("There is no category “%(name)s”.", name=way[:100])
                if self.kind is DocumentKind.FAQ
                else _("There is no heading “%(name)s”.", name=way[:100])
            )
        return self.topics.get(way)

    def _tagged(self, row: Sequence[Any], stored: Document | None) -> list[int]:
        """Its tags; of names that hold a comma the longest that fits is meant."""
        left = self._cell(row, "tags")
        if left is None:
            return [one.id for one in stored.tags] if stored else []
        names, found = sorted(self.tags, key=len, reverse=True), []
        while left:
            fits = (one for one in names if re.match(rf"{re.escape(one)}\s*(,|$)", left))
            name = next(fits, None)
            if name is None:
                said = left.partition(",")[0].strip()
                raise Refused(_("There is no tag “%(name)s”.", name=said[:100]))
            found.append(self.tags[name])
            left = left[len(name) :].lstrip(" ,")
        return list(dict.fromkeys(found))

    def _instant(
        self, row: Sequence[Any], stored: Document | None, key: str, *, last: bool = False
    ) -> datetime | None:
        """A minute in the service's zone, as a text or as Excel's own; one that says what is stored
        keeps its seconds.
        """
        kept: datetime | None = getattr(stored, key) if stored else None
        said = self._cell(row, key)
        if said is None or not said:
            return kept if said is None else None
        spelt = said.replace(" ", "T")[: len("2026-01-01T00:00")]
        if kept is not None and rules.spelt(kept, self.of.time_zone) == spelt:
            return kept
        return self._dated(key, lambda: rules.instant(spelt, self.of.time_zone, key, last=last))

    def _day(self, row: Sequence[Any], stored: Document | None) -> date | None:
        said = self._cell(row, "shown_on")
        if said is None or not said:
            return stored.shown_on if stored and said is None else None
        return self._dated("shown_on", lambda: rules.day(said[: len("2026-01-01")], "shown_on"))

    def _dated(self, key: str, read: Callable[[], T]) -> T:
        """A day or time; the refusal says in which column it stands."""
        try:
            return read()
        except Refused as error:
            raise Refused(
                _("%(column)s: %(why)s", column=COLUMNS[self.kind][key], why=error.message)
            ) from error

    def _texts(self, row: Sequence[Any], stored: Document | None) -> dict[str, Text]:
        """Its texts; one that says what is stored keeps its formats."""
        kept = history.texts_of(stored) if stored else {}
        found = {}
        for code in queries.languages(self.of):
            old = kept.get(code, Text("", ""))
            title, body = self._cell(row, "title", code), self._cell(row, "body", code)
            title = old.title if title is None else title
            if body is None or body == old.body:
                found[code] = Text(title, old.body, old.html)
            else:
                keeps = self.of.editor is Editor.HTML and body
                found[code] = Text(title, body, richtext.html_of(body) if keeps else "")
        return found


def _text(cell: Any) -> str:
    """A cell as text: a whole number without its places, lines ended by \\n, a time to the minute,
    which Excel keeps as a part of a day.
    """
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return (cell + timedelta(seconds=30)).strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    said = str(cell).replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", writable(said)).strip()
