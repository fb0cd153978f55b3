from collections.abc import Sequence

import sqlalchemy as sa

from occ.core.db import db
from occ.core.jobs import Job, JobRun


def rows() -> dict[str, Job]:
    return {row.name: row for row in db.session.scalars(sa.select(Job))}


def last_runs() -> dict[str, JobRun]:
    """The newest recorded run of each job."""
    newest = sa.select(sa.func.max(JobRun.id)).group_by(JobRun.name)
    return {
        row.name: row for row in db.session.scalars(sa.select(JobRun).where(JobRun.id.in_(newest)))
    }


def runs(name: str) -> Sequence[JobRun]:
    """The newest 100 runs of a job."""
    found = (
        sa.select(JobRun)
        .where(JobRun.name == name)
        .order_by(JobRun.started_at.desc(), JobRun.id.desc())
    )
    return db.session.scalars(found.limit(100)).all()
