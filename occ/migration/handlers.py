"""What batches make of facts from below."""

import sqlalchemy as sa

from occ.core import uploads
from occ.core.db import db
from occ.core.events import on
from occ.core.tasks import TaskDone
from occ.customers.events import CustomerErased
from occ.migration import running, service
from occ.migration.models import Batch, BatchCustomer
from occ.organization.events import FilesNamed, ServiceErased

_KEYS = (Batch.file_key, Batch.rows_key, Batch.refusals_key)


@on(ServiceErased)
def forget_batches(event: ServiceErased) -> None:
    """Files go after the commit; their tickets are emptied by what keeps them."""
    there = sa.select(*_KEYS).where(Batch.service_id == event.service.id)
    for keys in db.session.execute(there):
        uploads.forget(keys)
    db.session.execute(sa.delete(Batch).where(Batch.service_id == event.service.id))


@on(CustomerErased)
def forget_customer(event: CustomerErased) -> None:
    """Undoing a batch leaves alone whom the console has forgotten."""
    db.session.execute(
        sa.delete(BatchCustomer).where(BatchCustomer.customer_id == event.customer.id)
    )


@on(FilesNamed)
def name_files(event: FilesNamed) -> None:
    for keys in db.session.execute(sa.select(*_KEYS)):
        event.keys.update(key for key in keys if key)


@on(TaskDone)
def task_done(event: TaskDone) -> None:
    if event.task.kind in (running.MAKE, running.UNDO):
        service.ended(event.task)
