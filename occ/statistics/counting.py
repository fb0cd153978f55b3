"""Daily sums of days long past (STA-1): made of the tickets themselves, anew after each change.

A day holds until somebody changes a ticket that was received, processed or done on it. Whoever does
raises the day's version in the same transaction; sums that were reckoned meanwhile are thrown away.
So a page never shows anything but what the tickets say.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from occ.core import clock, jobs
from occ.core.db import db
from occ.core.unit import Mark
from occ.identity.models import Group
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.statistics.days import DAY, last_summed
from occ.statistics.models import FigureDay, TicketDay
from occ.statistics.queries.sums import of_day
from occ.tickets.models import Ticket

# how long ago days ended whose changes are noted: well before they are summed up
NOTED_AFTER = timedelta(hours=24)
INSTANTS = ("created_at", "held_at", "resolved_at", "done_at")
COUNTED_BY = (
    *INSTANTS,
    "channel",
    "state",
    "reason",
    "assignee_id",
    "group_id",
    "intake_id",
    "resolution_id",
    "call_id",
    "spam_at",
    "deleted_at",
)
_changed: Mark[set[tuple[int, datetime]]] = Mark(set)
_all_of: Mark[set[int]] = Mark(set)


def note_changes(session: Session) -> None:
    """What a transaction is about to write of tickets, of the groups that they have, and of the
    zone by whose days they are counted.
    """
    for row in (*session.new, *session.dirty):
        if isinstance(row, Ticket):
            if row in session.new or _changes(row, *COUNTED_BY):
                _note(row)
        elif isinstance(row, Service) and row.id and _changes(row, "time_zone"):
            _all_of.noted().add(row.id)
    for row in session.deleted:
        if isinstance(row, Ticket):
            _note(row)
        elif isinstance(row, Group):
            _all_of.noted().add(row.service_id)


def _changes(row: Any, *names: str) -> bool:
    state = sa.inspect(row)
    return any(state.attrs[name].history.has_changes() for name in names)


def _note(row: Ticket) -> None:
    state = sa.inspect(row)
    before = clock.now() - NOTED_AFTER
    for name in INSTANTS:
        for value in state.attrs[name].load_history().sum():
            if value is not None and value < before:
                _changed.noted().add((row.service_id, value))


def raise_noted() -> None:
    """The days that hold no more, before the transaction commits."""
    everything, changed = _all_of.take(), _changed.take()
    for ident in sorted(everything):
        all_stale(ident)
    days = set()
    for ident, instant in changed:
        service = db.session.get_one(Service, ident)
        days.add((ident, clock.local_day(instant, service.time_zone)))
    stale(sorted(days))


def stale(days: Sequence[tuple[int, date]]) -> None:
    """Days of services whose sums hold no more, in the order in which they are given."""
    if not days:
        return
    is_sqlite = db.session.get_bind().dialect.name == "sqlite"
    table: Any = FigureDay.__table__
    insert = (sqlite.insert if is_sqlite else postgresql.insert)(table)
    raised = {"version": FigureDay.version + 1, "holds": False}
    db.session.connection().execute(
        insert.on_conflict_do_update(index_elements=["service_id", "day"], set_=raised),
        [{"service_id": ident, "day": day, "version": 1, "holds": False} for ident, day in days],
    )


def all_stale(service_id: int) -> None:
    """No day of a service holds any more."""
    db.lock_name(f"figures/{service_id}")
    db.session.execute(
        sa.update(FigureDay)
        .where(FigureDay.service_id == service_id)
        .values(version=FigureDay.version + 1, holds=False)
    )


def instants_stale(service_id: int, instants: Iterable[datetime]) -> None:
    """The days of some instants hold no more, for who writes tickets by statements."""
    zone = db.session.get_one(Service, service_id).time_zone
    days = {clock.local_day(instant, zone) for instant in instants}
    stale([(service_id, day) for day in sorted(days)])


def waiting() -> Iterator[tuple[int, date]]:
    """(service, day) of days long past whose sums are to be made, the newest first."""
    first = sa.select(sa.func.min(Ticket.created_at)).where(Ticket.service_id == Service.id)
    rows = db.session.execute(sa.select(Service, first.scalar_subquery())).unique().all()
    for service, began in rows:
        if began is None or not service.offers(Feature.STATISTICS):
            continue
        day = last_summed(service.time_zone)
        since = clock.local_day(began, service.time_zone)
        held = set(
            db.session.scalars(
                sa.select(FigureDay.day).where(FigureDay.service_id == service.id, FigureDay.holds)
            )
        )
        ident = service.id
        while day >= since:
            if day not in held:
                yield ident, day
            day -= DAY


def is_behind() -> bool:
    return next(waiting(), None) is not None


def make(service_id: int, day: date) -> bool:
    """Sums a day up; False where somebody changed it meanwhile, so that it has to be made again."""
    with db.write() as session:
        db.lock_name(f"figures/{service_id}")
        if session.get(FigureDay, (service_id, day)) is None:
            session.add(FigureDay(service_id=service_id, day=day, version=1, holds=False))
    known = db.session.get_one(FigureDay, (service_id, day)).version
    zone = db.session.get_one(Service, service_id).time_zone
    made = of_day(service_id, clock.day_start(day, zone), clock.day_start(day + DAY, zone))
    rows = [
        {
            "service_id": service_id,
            "side": side,
            "basis": basis,
            "day": day,
            "key": key,
            "channel": channel,
            **facts,
        }
        for (side, basis, key, channel), facts in made.items()
    ]
    with db.write() as session:
        same = (
            FigureDay.service_id == service_id,
            FigureDay.day == day,
            FigureDay.version == known,
        )
        if not db.changed(sa.update(FigureDay).where(*same).values(holds=True)):
            return False
        session.execute(
            sa.delete(TicketDay).where(TicketDay.service_id == service_id, TicketDay.day == day)
        )
        if rows:
            session.execute(sa.insert(TicketDay), rows)
    return True


def make_waiting() -> int:
    """Sums up every day that waits; returns how many. What somebody changes again and again
    waits for the next time.
    """
    count = 0
    todo = list(waiting())
    db.session.rollback()
    for ident, day in todo:
        count += make(ident, day)
        jobs.breathe()
    db.session.rollback()
    return count


def rebuild(service_id: int | None = None) -> int:
    """Makes all sums anew, of one service or of all; returns of how many days."""
    every = sa.select(Service.id) if service_id is None else sa.select(sa.literal(service_id))
    idents = list(db.session.scalars(every))
    for ident in idents:
        with db.write():
            all_stale(ident)
    return make_waiting()
