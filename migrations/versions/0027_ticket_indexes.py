"""Indexes of tickets that answer alone: what an agent set to done today, the open ones, and those
of a period in its order.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
THERE = "deleted_at IS NULL AND spam_at IS NULL"
OPEN = f"{THERE} AND state IN ('unassigned', 'progress', 'hold', 'handed', 'answered')"
OPEN_BEFORE = ["service_id", "state", "assignee_id", "group_id", "created_at", "id"]
RECEIVED = ["service_id", "created_at", "id", "state", "spam_at", "deleted_at"]


def upgrade() -> None:
    _create(
        "ix_ticket_done", ["assignee_id", "service_id", "done_at"], f"{THERE} AND state = 'done'"
    )
    op.drop_index("ix_ticket_open", "ticket")
    _create("ix_ticket_open", [*OPEN_BEFORE, "spam_at", "deleted_at"], OPEN)
    op.create_index("ix_ticket_received", "ticket", RECEIVED)
    op.drop_index("ix_ticket_service_id_created_at", "ticket")


def downgrade() -> None:
    op.create_index(
        "ix_ticket_service_id_created_at", "ticket", ["service_id", "created_at", "state"]
    )
    op.drop_index("ix_ticket_received", "ticket")
    op.drop_index("ix_ticket_open", "ticket")
    _create("ix_ticket_open", OPEN_BEFORE, OPEN)
    op.drop_index("ix_ticket_done", "ticket")


def _create(name: str, columns: Sequence[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, "ticket", list(columns), sqlite_where=only, postgresql_where=only)
