"""Reports by mail (STA-4): made for each reader in their language and zone, sent once a period."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from zoneinfo import ZoneInfo

from occ.core import clock, storage, xlsx
from occ.core.db import db
from occ.core.i18n import force_locale, force_zone
from occ.core.i18n import gettext as _
from occ.exports.sheets import Sheet
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.queries import the_organization
from occ.organization.rules import Feature, ServiceState
from occ.statistics import labels, service
from occ.statistics.days import Period
from occ.statistics.models import Report
from occ.statistics.pages import asking, catalog, sheets, weekly
from occ.statistics.pages.frame import Asked, Page, table
from occ.statistics.queries import kept
from occ.statistics.queries import weekly as weekly_figures
from occ.statistics.rules.reports import Every, due
from occ.statistics.service import Letter


def send_due() -> int:
    """Puts every report and weekly sheet whose time has come into the outbox; returns how many."""
    count = 0
    for ident in [report.id for report in kept.mailed_reports()]:
        count += _send_report(ident)
        db.session.rollback()
    for ident in [one.id for one in kept.counted_services()]:
        count += _send_weekly(ident)
        db.session.rollback()
    return count


def is_due() -> bool:
    """Whether something is to be sent now."""
    reports = (
        _due(report.service_id, report.every, report.sent_for) for report in kept.mailed_reports()
    )
    if any(reports):
        return True
    return any(_week_due(one) is not None for one in kept.counted_services())


def _due(service_id: int, every: Every, sent_for: date | None) -> tuple[date, date] | None:
    of = db.session.get_one(Service, service_id)
    local = clock.now().astimezone(ZoneInfo(of.time_zone))
    return due(every, local.date(), local.hour, sent_for)


def _week_due(of: Service) -> tuple[date, date] | None:
    row = kept.weekly(of.id)
    if row is not None and not row.is_on:
        return None
    found = _due(of.id, Every.WEEK, row.sent_for if row else None)
    # a week of which the console saw nothing is no news
    began = weekly_figures.began(of.id) if found else None
    if began is None or found is None:
        return None
    return found if clock.local_day(began, of.time_zone) <= found[1] else None


def _send_report(ident: int) -> bool:
    report = db.session.get(Report, ident)
    found = _due(report.service_id, report.every, report.sent_for) if report else None
    if report is None or found is None:
        return False
    of, page = db.session.get_one(Service, report.service_id), catalog.page(report.page)
    letters = {}
    if page is not None and _is_open(of) and page in catalog.offered(of):
        readers = [one for one in kept.managers(of.id) if one.id in report.readers]
        make = partial(_table, page, of, report.params, found)
        letters = _letters(readers, of, report.name, found, make)
    with db.write():
        return service.send_report(ident, found[1], letters)


def _is_open(of: Service) -> bool:
    return of.state is ServiceState.ACTIVE and of.offers(Feature.STATISTICS)


def _table(
    page: Page, of: Service, params: Mapping[str, str], days: tuple[date, date], reader: Member
) -> Sheet:
    unit = asking.filters(page, of, params).period.unit
    asked = Asked(of, Period(*days, of.time_zone, unit), asking.chosen(page, of, params))
    return sheets.of(table(page, asked, kept.columns(reader.id, page.key)))


def _send_weekly(ident: int) -> bool:
    of = db.session.get_one(Service, ident)
    found = _week_due(of)
    if found is None:
        return False

    def make(_reader: Member) -> Sheet:
        return weekly.excel(weekly.sheet_of(of, *found))

    letters = _letters(kept.managers(of.id), of, "", found, make)
    with db.write():
        return service.send_weekly(db.session.get_one(Service, ident), found[1], letters)


def _letters(
    readers: Sequence[Member],
    of: Service,
    name: str,
    days: tuple[date, date],
    make: Callable[[Member], Sheet],
) -> dict[int, Letter]:
    """The letter of each reader, with a file of their own."""
    found = {}
    org = the_organization()
    for reader in readers:
        zone = reader.time_zone or org.zone(clock.now())
        with force_locale(reader.locale or org.locale), force_zone(zone):
            sheet = make(reader)
            title = name or _("Weekly sheet")
            span = labels.span(*days)
            rows = (row for batch in sheet.batches for row in batch)
            file = storage.save(xlsx.workbook(sheet.title, sheet.head, rows), ".xlsx")
            found[reader.id] = Letter(
                to=reader.email,
                subject=f"[{of.name}] {title}: {span}",
                body=_(
                    "Hello %(name)s,\n\n“%(title)s” of %(service)s for %(span)s is enclosed as an "
                    "Excel file.\n\nManagers change who gets it in the console under Statistics, "
                    "Reports:\n%(link)s\n",
                    name=reader.name,
                    title=title,
                    service=of.name,
                    span=span,
                    link=f"{org.url}/c/s/{of.slug}/statistics/reports",
                ),
                file=file,
                file_name=f"{title} {days[0]:%Y%m%d}-{days[1]:%Y%m%d}.xlsx",
                language=reader.locale or org.locale,
            )
    return found
