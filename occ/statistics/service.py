"""Writes of statistics. Every function runs inside the caller's write transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from occ.audit.service import Actor
from occ.core import clock
from occ.core.db import db
from occ.core.errors import Refused, check_version
from occ.core.i18n import gettext as _
from occ.delivery import service as delivery
from occ.organization.models import Service
from occ.statistics.models import ChosenColumns, Report, WeeklySheet
from occ.statistics.pages.frame import Page
from occ.statistics.rules.reports import Every, period

REPORTS_MAX = 50  # of a service


def keep_columns(page: str, member_id: int, keys: Sequence[str], offered: Sequence[str]) -> None:
    """Keeps the columns that a member wants to see on a page; all of them, or none that is
    offered, is no choice.
    """
    kept = [key for key in offered if key in keys]
    if not kept:
        raise Refused(_("Choose at least one column."), "columns")
    db.session.execute(
        sa.delete(ChosenColumns).where(
            ChosenColumns.member_id == member_id, ChosenColumns.page == page
        )
    )
    db.session.add(ChosenColumns(member_id=member_id, page=page, columns=kept))


def save_report(
    service: Service,
    page: Page,
    *,
    name: str,
    every: Every,
    readers: Sequence[int],
    allowed: Sequence[int],
    params: Mapping[str, str],
    actor: Actor,
) -> Report:
    """A page with its filters under a name that the service has once (STA-4); `allowed` are the
    members who may look at it.
    """
    db.hold(Service, service.id)
    _check(service, name, every, readers, allowed)
    count = sa.select(sa.func.count()).where(Report.service_id == service.id)
    if (db.session.scalar(count) or 0) >= REPORTS_MAX:
        raise Refused(_("A service keeps at most %(count)s reports.", count=REPORTS_MAX))
    kept = {"period", "since", "until", "unit", *(choice.name for choice in page.choices)}
    made = Report(
        service_id=service.id,
        member_id=actor.id,
        name=name,
        page=page.key,
        params={key: value[:100] for key, value in params.items() if key in kept},
        readers=sorted(set(readers)),
        every=every,
        sent_for=_sent_so_far(service, every),
        created_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    return made


def edit_report(
    report: Report,
    *,
    name: str,
    every: Every,
    readers: Sequence[int],
    allowed: Sequence[int],
    version: int,
) -> None:
    """Renames a report and says who gets it how often. Raises Conflict when somebody saved
    first.
    """
    report = db.lock(Report, report.id)
    check_version(report, version)
    service = db.session.get_one(Service, report.service_id)
    _check(service, name, every, readers, allowed, but=report.id)
    if report.every is not every:
        report.sent_for = _sent_so_far(service, every)
    report.name, report.every, report.readers = name, every, sorted(set(readers))


def _check(
    service: Service,
    name: str,
    every: Every,
    readers: Sequence[int],
    allowed: Sequence[int],
    but: int = 0,
) -> None:
    same = sa.select(Report.id).where(Report.service_id == service.id, Report.name == name)
    if db.session.scalar(same.where(Report.id != but)) is not None:
        raise Refused(_("There is a report of this name already. Enter another one."), "name")
    if not set(readers) <= set(allowed):
        raise Refused(_("Choose managers of this service."), "readers")
    if every is not Every.NEVER and not readers:
        raise Refused(_("Choose who gets the report by mail."), "readers")


def _sent_so_far(service: Service, every: Every) -> date | None:
    """The last day of the period before the first one that is sent: the one that is over now is
    not.
    """
    found = period(every, clock.local_day(clock.now(), service.time_zone))
    return found[1] if found else None


def delete_report(report: Report) -> None:
    db.session.delete(report)


def switch_weekly(service: Service, *, is_on: bool) -> None:
    """Whether the weekly sheet goes to the service's managers."""
    _weekly(service).is_on = is_on


def _weekly(service: Service) -> WeeklySheet:
    db.hold(Service, service.id)
    found = db.session.get(WeeklySheet, service.id, populate_existing=True)
    if found is None:
        found = WeeklySheet(service_id=service.id, is_on=True, sent_for=None)
        db.session.add(found)
    return found


@dataclass(frozen=True)
class Letter:
    """A report as it goes to one reader: their address and language, and a stored file."""

    to: str
    subject: str
    body: str
    file: str
    file_name: str
    language: str


def send_report(ident: int, until: date, letters: Mapping[int, Letter]) -> bool:
    """Puts a report of the period that ends on a day into the outbox, once; False where that was
    done already, or the report is gone or is not sent any more.
    """
    report = db.lock(Report, ident)
    if report is None or report.every is Every.NEVER:
        return False
    if report.sent_for is not None and report.sent_for >= until:
        return False
    report.sent_for = until
    _send(f"report/{ident}", f"report-{ident}-{until}", letters)
    return True


def send_weekly(service: Service, until: date, letters: Mapping[int, Letter]) -> bool:
    """Puts the weekly sheet of the week that ends on a day into the outbox, once."""
    row = _weekly(service)
    if not row.is_on or (row.sent_for is not None and row.sent_for >= until):
        return False
    row.sent_for = until
    _send(f"report/weekly/{service.id}", f"weekly-{service.id}-{until}", letters)
    return True


def _send(about: str, key: str, letters: Mapping[int, Letter]) -> None:
    for member_id, letter in letters.items():
        delivery.send_mail(
            to=letter.to,
            subject=letter.subject,
            body=letter.body,
            key=f"{key}-{member_id}",
            about=about,
            attachments=[{"key": letter.file, "name": letter.file_name, "kind": ""}],
            language=letter.language,
        )
