"""Old inquiries become tickets, and go again (MIG-1)."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from occ.core.db import db
from occ.identity.models import Member
from occ.migration.rules.batches import BatchState
from occ.organization.models import Service
from occ.tickets.models import Ticket, TicketEntry
from occ.tickets.rules import Channel, Entry, State
from tests.factories import migration as old
from tests.factories import ticket as tickets


@pytest.fixture
def desk(boss: Member) -> Service:
    return tickets.desk(boss)


@pytest.mark.spec("MIG-1")
def test_rows_become_tickets_with_their_own_times(boss: Member, desk: Service) -> None:
    batch = old.brought(
        desk,
        boss,
        {**old.LIKE, "phone": "010-2000-0001", "name": "김하나"},
        {**old.CLOSED, "email": "LEE@Example.com", "assignee": "boss", "priority": "High"},
    )
    assert (batch.state, batch.made, batch.good) == (BatchState.DONE, 2, 2)
    first, second = db.session.scalars(sa.select(Ticket).order_by(Ticket.id)).unique()
    assert first.channel is Channel.MIGRATION and first.state is State.UNASSIGNED
    assert first.created_at == datetime(2024, 3, 4, 0, 30, tzinfo=UTC), "09:30 in Seoul"
    assert first.customer is not None and first.customer.phone == "+821020000001"
    assert first.changed_at is None
    assert second.state is State.DONE and second.assignee_id == boss.id
    assert second.done_at == datetime(2024, 3, 18, 5, tzinfo=UTC)
    assert second.customer is not None and second.customer.email == "lee@example.com"
    written = db.session.scalars(
        sa.select(TicketEntry).where(TicketEntry.ticket_id == second.id).order_by(TicketEntry.id)
    ).all()
    assert [(one.kind, one.at) for one in written] == [
        (Entry.INQUIRY, second.created_at),
        (Entry.ANSWER, second.resolved_at),
    ]
    assert batch.file_key is None and batch.rows_key is None
