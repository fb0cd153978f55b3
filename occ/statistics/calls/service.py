"""Makes the daily summaries of calls (STA-2). Days that are over and at rest only: what a page
shows of any other day is counted anew.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from occ.core import clock, jobs
from occ.core.db import db
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.statistics.calls import queries
from occ.statistics.calls.models import SummedCell, SummedDay
from occ.statistics.calls.queries import Bounds
from occ.statistics.calls.rules import Cell, Kind, merged
from occ.statistics.days import Period, last_summed
from occ.telephony.models import Call, Leg, QueueEntry


def waiting(service: Service, limits: Bounds) -> list[date]:
    """Days long past, since the service's first call, that have no summary by these settings."""
    first = db.session.scalar(sa.select(sa.func.min(Call.day)).where(Call.service_id == service.id))
    last = last_summed(service.time_zone)
    if first is None or first > last:
        return []
    made = db.session.scalars(
        sa.select(SummedDay.day).where(
            SummedDay.service_id == service.id,
            SummedDay.level_seconds == limits.level,
            SummedDay.early_seconds == limits.early,
            SummedDay.zone == service.time_zone,
        )
    ).all()
    days = {first + timedelta(days=n) for n in range((last - first).days + 1)}
    return sorted(days - set(made), reverse=True)


def _services() -> list[int]:
    """Those that had calls and look at their figures."""
    called = sa.exists().where(Call.service_id == Service.id)
    rows = db.session.scalars(sa.select(Service).where(called).order_by(Service.id)).unique()
    return [service.id for service in rows if service.offers(Feature.STATISTICS)]


def is_waiting() -> bool:
    """Whether a day long past has no summary."""
    limits = queries.bounds()
    return any(waiting(db.session.get_one(Service, ident), limits) for ident in _services())


def make_waiting() -> int:
    """Summarizes days long past, the newest first; returns how many."""
    limits, made = queries.bounds(), 0
    for ident in _services():
        days = waiting(db.session.get_one(Service, ident), limits)
        db.session.rollback()
        for day in days:
            made += _make(ident, day, limits) is not None
            jobs.breathe()
    return made


def _counted(service: Service, day: date, limits: Bounds, kinds: Collection[Kind]) -> list[Cell]:
    whole = Period(day, day, service.time_zone).buckets()[0]
    return merged(queries.counted(service, [(0, whole)], kinds, limits))


def _make(ident: int, day: date, limits: Bounds) -> bool | None:
    """Makes a day's summary; whether one that stood there differed. None while something of that
    day goes on, or the service is gone.

    Most is counted before the transaction, which others wait for: only how talks were filed can
    still change.
    """
    service = db.session.get_one(Service, ident)
    if not _is_at_rest(ident, day):
        db.session.rollback()
        return None
    cells = _counted(service, day, limits, frozenset(Kind) - {Kind.FILED})
    db.session.rollback()
    with db.write() as session:
        db.lock_name(f"call figures/{ident}")
        service = session.get_one(Service, ident, populate_existing=True)
        if not _is_at_rest(ident, day):
            return None
        cells += _counted(service, day, limits, [Kind.FILED])
        key = (SummedDay.service_id == ident, SummedDay.day == day)
        same = (
            SummedDay.level_seconds == limits.level,
            SummedDay.early_seconds == limits.early,
            SummedDay.zone == service.time_zone,
        )
        was = session.scalar(sa.select(SummedDay.day).where(*key, *same)) is not None
        differs = was and sorted(map(str, stored(ident, day))) != sorted(map(str, cells))
        forget(ident, day)
        session.add(
            SummedDay(
                service_id=ident,
                day=day,
                level_seconds=limits.level,
                early_seconds=limits.early,
                zone=service.time_zone,
                made_at=clock.now(),
            )
        )
        session.flush()
        if cells:
            session.execute(
                sa.insert(SummedCell),
                [{"service_id": ident, "day": day, **_row(cell)} for cell in cells],
            )
    return differs


def _row(cell: Cell) -> dict[str, Any]:
    return {name: value for name, value in vars(cell).items() if name != "unit"}


def stored(ident: int, day: date) -> list[Cell]:
    """The cells of a day's summary."""
    rows = db.session.scalars(
        sa.select(SummedCell).where(SummedCell.service_id == ident, SummedCell.day == day)
    )
    return [
        Cell(0, r.kind, r.subject, r.code, r.count, r.ms, r.longest, r.within, r.early)
        for r in rows
    ]


def forget(ident: int, day: date) -> None:
    """Removes a day's summary: until the next one its facts are counted."""
    for model in (SummedCell, SummedDay):
        db.session.execute(sa.delete(model).where(model.service_id == ident, model.day == day))


def _is_at_rest(ident: int, day: date) -> bool:
    """Whether all that began on a day, and before, has ended.

    Open calls and waits are few and have an index; with the service and the day in the condition
    SQLite reads all that ever was.
    """
    for model, end in ((QueueEntry, QueueEntry.left_at), (Call, Call.ended_at)):
        going = db.session.execute(sa.select(model.service_id, model.day).where(end.is_(None)))
        if any(of == ident and began <= day for of, began in going.tuples()):
            return False
    leg = sa.exists().where(Leg.service_id == ident, Leg.day == day, Leg.ended_at.is_(None))
    return not db.session.scalar(sa.select(leg))


def rebuild(service_id: int | None = None) -> tuple[int, int]:
    """Makes every summary anew from the facts, of one service or of all; returns how many days
    there are, and how many of them differed from the facts before.
    """
    limits, days, differed = queries.bounds(), 0, 0
    for ident in _services() if service_id is None else [service_id]:
        service = db.session.get_one(Service, ident)
        made = db.session.scalars(
            sa.select(SummedDay.day).where(SummedDay.service_id == ident)
        ).all()
        wanted = sorted({*made, *waiting(service, limits)})
        db.session.rollback()
        for day in wanted:
            days += 1
            differed += _make(ident, day, limits) is True
    return days, differed
