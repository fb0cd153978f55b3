"""The index of an agent's own tickets has what lists are filtered by, as the index of all has:
SQLite read the tickets of everybody for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
OWN = ["assignee_id", "service_id", "state", "id", "spam_at", "deleted_at"]


def upgrade() -> None:
    _own_index("priority", "channel", "created_at")


def downgrade() -> None:
    _own_index()


def _own_index(*more: str) -> None:
    there = sa.text("deleted_at IS NULL AND spam_at IS NULL")
    op.drop_index("ix_ticket_own", "ticket")
    op.create_index(
        "ix_ticket_own", "ticket", [*OWN, *more], sqlite_where=there, postgresql_where=there
    )
