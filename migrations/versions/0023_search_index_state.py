"""Which version of the search index is stored: a new one is made by the job, a few tickets at a
time.

The index of lists gets the instant of receipt, so that periods are looked at in it alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "index_state",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("below", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_index_state")),
    )
    _list_index("created_at")


def downgrade() -> None:
    _list_index()
    op.drop_table("index_state")


def _list_index(*more: str) -> None:
    columns = [
        "service_id",
        "id",
        "spam_at",
        "deleted_at",
        "state",
        "priority",
        "channel",
        "assignee_id",
        *more,
    ]
    there = sa.text("deleted_at IS NULL AND spam_at IS NULL")
    op.drop_index("ix_ticket_list", "ticket")
    op.create_index("ix_ticket_list", "ticket", columns, sqlite_where=there, postgresql_where=there)
