"""The CTI log's days and the end of recordings (CTI-3, TEL-2)."""

import gzip
import json
from datetime import date, timedelta

import sqlalchemy as sa

from occ.core import clock, jobs, storage
from occ.core.db import db
from occ.core.settings import configured
from occ.organization.queries import organization
from occ.telephony import queries
from occ.telephony.models import CtiEvent, CtiLogDay, PhoneCommand, Recording


def close_days() -> str | None:
    """Writes every ended day of the CTI log into its file, also those missed while the console was
    down.

    Raises DiskFull where there is no room; the next run goes on.
    """
    org = organization()
    if org is None:
        return None
    zone, today, done = org.zone(clock.now()), org.today(), 0
    while True:
        oldest = db.session.scalar(sa.select(sa.func.min(CtiEvent.at)))
        db.session.rollback()
        if oldest is None or clock.local_day(oldest, zone) >= today:
            break
        _close(clock.local_day(oldest, zone), zone)
        done += 1
    return f"{done} closed" if done else None


def _close(day: date, zone: str) -> None:
    """One day: the file first, then its row instead of the events, so that a kill
    in between repeats harmlessly.
    """
    start, end = clock.day_start(day, zone), clock.day_start(day + timedelta(days=1), zone)
    mine = sa.and_(CtiEvent.at >= start, CtiEvent.at < end)
    before = db.session.get(CtiLogDay, day)
    lines = queries.log_lines(before.file) if before else []
    logged = db.session.scalars(
        sa.select(CtiEvent).where(mine, CtiEvent.logged).order_by(CtiEvent.id)
    )
    seen = {line["id"] for line in lines}
    lines += [_line(event) for event in logged if event.id not in seen]
    last = db.session.scalar(sa.select(sa.func.max(CtiEvent.id)).where(mine)) or 0
    db.session.rollback()
    content = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    key = storage.save(gzip.compress(content.encode(), mtime=0), ".jsonl.gz") if lines else ""
    if lines:
        with db.write() as session:
            session.merge(CtiLogDay(day=day, file=key, events=len(lines), closed_at=clock.now()))
    jobs.in_batches(lambda limit: db.remove(CtiEvent, mine, CtiEvent.id <= last, limit=limit))


def _line(event: CtiEvent) -> dict[str, object]:
    return {
        "id": event.id,
        "at": event.at.isoformat(),
        "code": event.code,
        "member": event.member_id,
        "service": event.service_id,
        "call": event.call_id,
        **({"detail": event.detail} if event.detail else {}),
    }


def has_days_to_close() -> bool:
    """Whether the log still has events of a day that has ended."""
    org = organization()
    oldest = db.session.scalar(sa.select(sa.func.min(CtiEvent.at)))
    return (
        org is not None
        and oldest is not None
        and clock.local_day(oldest, org.zone(clock.now())) < org.today()
    )


def drop_old() -> str | None:
    """Days of the log, recordings and answered commands past their time; files
    are swept when no row names them.
    """
    org, now = organization(), clock.now()
    if org is None:
        return None
    until = now - timedelta(days=configured().recording_days)
    kept = sa.select(Recording.id).where(Recording.started_at < until, Recording.file.is_not(None))
    recordings = db.session.scalars(kept).all()
    answered = db.session.scalar(
        sa.select(sa.func.max(PhoneCommand.id)).where(
            PhoneCommand.created_at < now - timedelta(days=1)
        )
    )
    db.session.rollback()
    with db.write():
        before = org.today() - timedelta(days=configured().cti_log_days)
        days = db.changed(sa.delete(CtiLogDay).where(CtiLogDay.day < before))
    jobs.in_parts(
        recordings,
        lambda part: db.changed(
            sa.update(Recording).where(Recording.id.in_(part)).values(file=None)
        ),
    )
    jobs.in_batches(
        lambda limit: db.remove(PhoneCommand, PhoneCommand.id <= (answered or 0), limit=limit)
    )
    dropped = days + len(recordings)
    return f"{dropped}" if dropped else None
