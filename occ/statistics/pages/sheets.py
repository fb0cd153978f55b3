"""Pages of statistics as Excel files: the figures that the page shows, as what they are."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.core.xlsx import zoned
from occ.exports.sheets import Sheet
from occ.organization.models import Service
from occ.statistics.pages import asking, catalog
from occ.statistics.pages import details as ticket_details
from occ.statistics.pages.frame import Row, Table, table
from occ.statistics.queries import details as queries
from occ.statistics.rules.tables import Column, Facts, Kind

BATCH = 500


def head(column: Column) -> str:
    """A column's words with those above it, and its unit."""
    text = f"{column.group} · {column.label}" if column.group else f"{column.label}"
    match column.kind:
        case Kind.SHARE:
            return f"{text} (%)"
        case Kind.MOMENT:
            return zoned(text)
        case _:
            return text


def cell(column: Column, facts: Facts) -> Any:
    """A value as Excel takes it: lengths as lengths, shares as numbers with one decimal."""
    value = column.of(facts)
    match column.kind:
        case Kind.DURATION if isinstance(value, int | float):
            return timedelta(seconds=value)
        case Kind.SHARE if isinstance(value, int | float):
            return Decimal(f"{value:.1f}")
        case _:
            return value


def sheet(params: dict[str, Any]) -> Sheet:
    """The table of a page by its address: the columns that whoever asked keeps, and the totals."""
    page = catalog.page(params["page"])
    assert page is not None
    service = db.session.get_one(Service, params["service"])
    filters = asking.filters(page, service, params["values"])
    return of(table(page, filters.asked, params["columns"]))


def of(made: Table) -> Sheet:
    """A table as a sheet."""
    first = str(made.page.head(made.asked))
    return Sheet(
        str(made.page.title),
        [first, *(head(column) for column in made.columns)],
        len(made.rows) + 1,
        _batches(made),
    )


def _batches(made: Table) -> Iterator[Sequence[Sequence[Any]]]:
    def row(label: str, facts: Facts) -> list[Any]:
        return [label, *(cell(column, facts) for column in made.columns)]

    rows: Sequence[Row] = made.rows
    for at in range(0, len(rows), BATCH):
        yield [row(one.label, one.facts) for one in rows[at : at + BATCH]]
    yield [row(_("Total"), made.total)]


def details(params: dict[str, Any]) -> Sheet:
    """Tickets of a period, or those behind a figure, with the columns that whoever asked keeps."""
    service = db.session.get_one(Service, params["service"])
    behind = asking.details(service, params["values"]).behind
    columns = ticket_details.chosen(params["columns"])
    return Sheet(
        _("Ticket details"),
        [_("Number"), *(head(column) for column in columns)],
        queries.count(behind),
        (
            [
                [ident, *(cell(column, facts) for column in columns)]
                for ident, facts in ticket_details.facts(service, rows)
            ]
            for rows in queries.batches(behind)
        ),
    )
