"""The weekly sheet (STA-4): one page that needs no setting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from occ.core.i18n import gettext as _
from occ.core.i18n import lazy_gettext as _l
from occ.core.i18n import pgettext
from occ.exports.sheets import Sheet
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.statistics import labels
from occ.statistics.pages.sheets import cell
from occ.statistics.queries import weekly
from occ.statistics.rules import tables
from occ.statistics.rules.tables import Column, Kind, Value, change
from occ.statistics.rules.tickets import Figure
from occ.ticket_settings import queries as settings

TICKETS = (
    Column("received", labels.FIGURES[Figure.RECEIVED], tables.number("received")),
    Column("processed", labels.PROCESSED, tables.total("resolved", "held", "other")),
)
CALLS = (
    Column("answer_rate", _l("Answer rate"), tables.share("answered", "offered"), Kind.SHARE),
    Column("service_level", _l("Service level"), tables.share("within", "offered"), Kind.SHARE),
)


@dataclass(frozen=True)
class Line:
    """A figure of the week with that of the week before."""

    column: Column
    now: Value
    before: Value
    facts: tables.Facts
    facts_before: tables.Facts

    @property
    def change(self) -> float | None:
        """In percent; of shares the difference in points."""
        if self.column.kind is Kind.SHARE:
            if isinstance(self.now, int | float) and isinstance(self.before, int | float):
                return round(self.now - self.before, 1)
            return None
        return change(self.now, self.before)


@dataclass(frozen=True)
class WeekSheet:
    """The sheet: its week, its lines, what is open now, and the most frequent types by name."""

    since: date
    until: date
    lines: Sequence[Line]
    open: int
    types: Sequence[tuple[str, int]]


def sheet_of(service: Service, since: date, until: date) -> WeekSheet:
    """The sheet of a week, which begins on a Monday."""
    now = weekly.week(service, since, until)
    week = timedelta(days=7)
    before = weekly.week(service, since - week, until - week)
    columns = (*(TICKETS if service.offers(Feature.TICKET) else ()),)
    columns += CALLS if service.offers(Feature.PHONE) else ()
    names = settings.path_names(service, [key for key, _count in now.types if key])
    untyped = str(_("Without a type"))
    return WeekSheet(
        since,
        until,
        [
            Line(column, column.of(now.facts), column.of(before.facts), now.facts, before.facts)
            for column in columns
        ],
        weekly.open_now(service.id),
        [(names.get(key, "–") if key else untyped, count) for key, count in now.types],
    )


def excel(made: WeekSheet) -> Sheet:
    """The sheet as an Excel file; changes are percent, of shares points of percent."""
    rows: list[list[Any]] = [
        [
            str(line.column.label) + (" (%)" if line.column.kind is Kind.SHARE else ""),
            cell(line.column, line.facts),
            cell(line.column, line.facts_before),
            None if line.change is None else Decimal(f"{line.change:.1f}"),
        ]
        for line in made.lines
    ]
    rows.append([_("Open now"), made.open, None, None])
    rows += [[name, count, None, None] for name, count in made.types]
    head = [_("Figure"), _("This week"), _("Week before"), pgettext("figure", "Change") + " (%)"]
    return Sheet(_("Weekly sheet"), head, len(rows), [rows])
