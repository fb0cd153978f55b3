"""kill -9 while old inquiries become tickets or go again: a row is a ticket whole or not at all, and
never twice (MIG-1).
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.core import tasks
from occ.core.db import db
from occ.customers.models import Customer
from occ.factory import create_app
from occ.identity.models import Member
from occ.migration import service
from occ.migration.models import Batch, BatchCustomer, BatchTicket
from occ.migration.rules.batches import BatchState
from occ.organization.models import Service
from occ.tickets.models import Ticket, TicketEntry, TicketEvent
from tests.conftest import ENGINES, QUIET
from tests.factories import migration as old
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.crash import count, each_kill
from tests.support.migrated import prepare

pytestmark = pytest.mark.full  # a sweep: in `make test-all`
ROWS = 12


@pytest.fixture(params=ENGINES)
def console(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: Callable[..., str]
) -> Iterator[Flask]:
    url = database_url(request.param, "crash")
    application = create_app({**QUIET, "OCC_INSTANCE": tmp_path, "DATABASE_URL": url})
    prepare(application)
    with application.app_context():
        tickets.desk(world.owner())
        db.session.remove()
        yield application
        db.session.remove()
        db.engine.dispose()


def _batch() -> Batch:
    return db.session.scalars(sa.select(Batch).execution_options(populate_existing=True)).one()


def _holds(batch: Batch) -> None:
    made = count(Ticket)
    assert batch.made == made == count(BatchTicket) == count(TicketEvent) // 3
    assert count(TicketEntry) == 2 * made
    assert count(Customer) == count(BatchCustomer) == made


@pytest.mark.spec("MIG-1")
@pytest.mark.parametrize("kind", ["commit", "statement"])
def test_a_batch_that_is_killed_goes_on_behind_its_last_ticket(console: Flask, kind: str) -> None:
    boss = db.session.scalars(sa.select(Member)).one()
    desk = db.session.scalars(sa.select(Service)).one()
    rows = [{**old.CLOSED, "title": f"#{n}", "email": f"c{n}@example.com"} for n in range(ROWS)]
    batch = old.checked(desk, boss, old.book(desk, *rows))
    with db.write():
        service.reserve(batch, at_once=True, actor=world.actor(boss))
    with db.write():
        tasks.begin(db.session.get_one(tasks.Task, _batch().task_id))
    for _number in each_kill(console, "newest", kind):
        _holds(_batch())
    assert _batch().state is BatchState.DONE and count(Ticket) == ROWS
    subjects = list(db.session.scalars(sa.select(Ticket.subject).order_by(Ticket.id)))
    assert subjects == [f"#{n}" for n in range(ROWS)], "each once, in the order of the file"
    with db.write():
        service.undo(_batch(), actor=world.actor(db.session.scalars(sa.select(Member)).one()))
    with db.write():
        tasks.begin(db.session.get_one(tasks.Task, _batch().task_id))
    for _number in each_kill(console, "newest", kind):
        assert _batch().made == count(Ticket) == count(BatchTicket)
    assert _batch().state is BatchState.UNDONE
    assert count(Ticket) == count(Customer) == count(TicketEntry) == 0
