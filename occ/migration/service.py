"""Batches of old inquiries: uploaded, checked, confirmed, run, stopped, undone (MIG-1).

Every function runs inside the caller's transaction.
"""

import hashlib
from dataclasses import dataclass

from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.service import Actor
from occ.core import clock, tasks
from occ.core.db import db
from occ.core.errors import Conflict, Refused
from occ.core.i18n import gettext as _
from occ.core.i18n import ngettext
from occ.core.uploads import Upload
from occ.identity.models import Member
from occ.migration import columns, queries, running, secrets, writes
from occ.migration.models import Batch
from occ.migration.rules.batches import (
    DELETABLE,
    UNDOABLE,
    BatchState,
    next_run,
)
from occ.migration.rules.files import WORDS, fault_of
from occ.notifications.rules import Notice
from occ.notifications.service import notify
from occ.organization.models import Service

CHECK = "migration_check"
JOB = "migrations"


@dataclass(frozen=True)
class Outcome:
    """What a check found: how many rows are good and refused, the key of the file of good rows with
    what opens it, the workbook of the refused ones, and for which fields it holds.
    """

    good: int
    refused: int
    rows: tuple[str, str] | None
    refusals: Upload | None
    signature: str


def check_file(content: bytes) -> None:
    """Raises Refused for what can be told of a file before it is opened."""
    fault = fault_of(content)
    if fault is not None:
        raise Refused(WORDS[fault], "file")


def digest(content: bytes) -> str:
    """What the same file is known by."""
    return hashlib.sha256(content).hexdigest()


def begin(of: Service, upload: Upload, mark: str, *, actor: Actor) -> Batch:
    """A batch of a file that was uploaded and confirmed, to be checked; `mark` is its digest."""
    assert actor.id is not None
    batch = Batch(
        service_id=of.id,
        service=of,
        member_id=actor.id,
        by=actor.name,
        name=upload.name,
        digest=mark,
        signature="",
        state=BatchState.CHECKING,
        file_key=upload.key,
        secrets="",
        created_at=clock.now(),
    )
    secrets.remember(batch, file=upload.secret)
    db.session.add(batch)
    db.session.flush()
    audit.work(Work.MIGRATION_UPLOADED, actor=actor, service=of, detail={"name": upload.name})
    _start(batch, CHECK, 0)
    return batch


def _start(batch: Batch, kind: str, total: int) -> None:
    name = batch.name[:100]
    task = tasks.start(
        kind,
        name,
        {"batch": batch.id},
        member_id=batch.member_id,
        service_id=batch.service_id,
        total=total,
    )
    batch.task_id, batch.ended_at, batch.why = task.id, None, ""
    writes.touched(batch)


def locked(batch: Batch) -> Batch:
    """The batch as it is now."""
    found: Batch | None = db.lock(Batch, db.key_of(batch))
    if found is None:
        raise Conflict(_("Somebody deleted this batch."))
    return found


def _expect(batch: Batch, *states: BatchState) -> Batch:
    found = locked(batch)
    if found.state not in states:
        raise Conflict(_("This batch stands otherwise by now. Look at it again."))
    return found


def checked(ident: int, outcome: Outcome) -> None:
    """Its check has ended; without a good row there is nothing to confirm."""
    batch: Batch = db.lock(Batch, ident)
    if batch is None or batch.state is not BatchState.CHECKING:
        return
    batch.good, batch.refused, batch.signature = outcome.good, outcome.refused, outcome.signature
    if outcome.rows:
        batch.rows_key = outcome.rows[0]
        secrets.remember(batch, rows=outcome.rows[1])
    if outcome.refusals:
        batch.refusals_key = outcome.refusals.key
        secrets.remember(batch, refusals=outcome.refusals.secret)
    secrets.forget(batch, ("file",))
    if outcome.good:
        batch.state = BatchState.CHECKED
    else:
        writes.end(batch, BatchState.REFUSED, _("Every row has something wrong."))
    _tell(batch, Notice.MIGRATION_CHECKED)


def refuse(ident: int, why: str) -> None:
    """Nothing of its file can be taken."""
    batch: Batch = db.lock(Batch, ident)
    if batch is None or batch.state is not BatchState.CHECKING:
        return
    writes.end(batch, BatchState.REFUSED, why)
    secrets.forget(batch, ("file",))
    _tell(batch, Notice.MIGRATION_CHECKED)


def _tell(batch: Batch, notice: Notice) -> None:
    writes.touched(batch)
    member = db.session.get(Member, batch.member_id)
    if member is not None and member.is_org_admin:
        told = {"name": batch.name, "service": batch.service.name, "batch": batch.id}
        notify([batch.member_id], notice, told)


def reserve(batch: Batch, *, at_once: bool, actor: Actor) -> Batch:
    """Its good rows become tickets at the service's next 01:00, or at once."""
    found = _expect(batch, BatchState.CHECKED)
    if found.signature != columns.signature(found.service):
        raise Conflict(_("The fields of the service have changed since. Upload a new file."))
    now = clock.now()
    found.state = BatchState.RESERVED
    found.run_at = now if at_once else next_run(now, found.service.time_zone)
    audit.work(
        Work.MIGRATION_RESERVED,
        actor=actor,
        service=found.service,
        detail={"name": found.name, "rows": found.good},
    )
    if at_once:
        _make(found)
    writes.touched(found)
    return found


def _make(batch: Batch) -> None:
    batch.state = BatchState.MAKING
    _start(batch, running.MAKE, batch.good)


def run_due(ident: int) -> bool:
    """Begins a reserved batch whose time has come; whether it did."""
    batch: Batch | None = db.lock(Batch, ident)
    now = clock.now()
    if batch is None or batch.state is not BatchState.RESERVED or (batch.run_at or now) > now:
        return False
    _make(batch)
    return True


def stop(batch: Batch, *, actor: Actor) -> None:
    """No further row becomes a ticket; those that are tickets stay until it is undone."""
    found = _expect(batch, BatchState.MAKING)
    task = db.session.get(tasks.Task, found.task_id) if found.task_id else None
    if task is not None:
        tasks.cancel(task)
    writes.end(found, BatchState.STOPPED, _("%(name)s stopped it.", name=actor.name))


def go_on(batch: Batch) -> None:
    """A stopped batch goes on behind its last ticket."""
    found = _expect(batch, BatchState.STOPPED)
    if found.signature != columns.signature(found.service):
        raise Conflict(running.changed())
    _make(found)


def undo(batch: Batch, *, actor: Actor) -> None:
    """Removes all tickets of a batch, as long as nobody has worked on any of them."""
    found = _expect(batch, *UNDOABLE)
    touched = queries.touched(found.id)
    if touched:
        raise Refused(
            ngettext(
                "Somebody has worked on %(num)d ticket of this batch, so it cannot be undone.",
                "Somebody has worked on %(num)d tickets of this batch, so it cannot be undone.",
                touched,
            )
        )
    found.state = BatchState.UNDOING
    audit.work(
        Work.MIGRATION_UNDONE,
        actor=actor,
        service=found.service,
        detail={"name": found.name, "rows": found.made},
    )
    _start(found, running.UNDO, found.made)


def delete(batch: Batch) -> None:
    """Forgets a batch of which no ticket was made, with its files."""
    found = _expect(batch, *DELETABLE)
    secrets.forget(found, ("file", "rows", "refusals"))
    writes.touched(found)
    db.session.delete(found)


def left_alone(ident: int) -> bool:
    """The task of a batch failed: a person decides how it goes on. Whether it was so."""
    batch: Batch | None = db.lock(Batch, ident)
    if batch is None or ident not in queries.left():
        return False
    match batch.state:
        case BatchState.CHECKING:
            secrets.forget(batch, ("file",))
            writes.end(batch, BatchState.REFUSED, _("The check broke off. Upload the file again."))
        case _:
            writes.end(batch, BatchState.STOPPED, _("It broke off. Let it go on, or undo it."))
    _tell(batch, Notice.MIGRATION_STOPPED)
    return True


def forget_old(ident: int) -> None:
    """Destroys what nobody confirmed, and workbooks of refused rows that were kept long enough."""
    batch: Batch | None = db.lock(Batch, ident)
    if batch is None or ident not in queries.old(clock.now()):
        return
    if batch.state is BatchState.CHECKED:
        secrets.forget(batch, ("rows",))
        writes.end(batch, BatchState.REFUSED, _("Nobody confirmed it within a week."))
    secrets.forget(batch, ("file", "refusals"))


def shown_refusals(batch: Batch, *, actor: Actor) -> None:
    """Records that somebody downloads the refused rows (LOG-3)."""
    audit.work(
        Work.EXCEL_REFUSED_ROWS,
        actor=actor,
        service=batch.service,
        detail={"name": batch.name, "rows": batch.refused},
    )


def ended(task: tasks.Task) -> None:
    """A child has made or undone a batch: whoever confirmed it is told."""
    batch = db.session.get(Batch, task.params.get("batch"))
    if batch is not None and batch.state is BatchState.DONE:
        _tell(batch, Notice.MIGRATION_DONE)
    elif batch is not None and batch.state is BatchState.STOPPED:
        _tell(batch, Notice.MIGRATION_STOPPED)
