"""Hand-over of tickets: the ticket one was made of, and the states that are open."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
OPEN = (
    ("ix_ticket_open", ["service_id", "state", "assignee_id", "group_id", "created_at", "id"]),
    ("ix_ticket_group", ["group_id", "id", "state"]),
)


def upgrade() -> None:
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source_id", sa.Integer(), nullable=True))
        batch_op.create_index("ix_ticket_source_id", ["source_id"])
        batch_op.create_foreign_key(
            "fk_ticket_source_id_ticket", "ticket", ["source_id"], ["id"], ondelete="SET NULL"
        )
    _open("'unassigned', 'progress', 'hold', 'handed', 'answered'")


def downgrade() -> None:
    op.execute("UPDATE ticket SET state = 'progress' WHERE state IN ('handed', 'answered')")
    op.execute("UPDATE ticket SET channel = 'manual' WHERE channel = 'handover'")
    op.execute("DELETE FROM ticket_entry WHERE kind IN ('handed', 'answered')")
    op.execute("DELETE FROM ticket_event WHERE fact IN ('handed', 'answered')")
    _open("'unassigned', 'progress', 'hold'")
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.drop_constraint("fk_ticket_source_id_ticket", type_="foreignkey")
        batch_op.drop_index("ix_ticket_source_id")
        batch_op.drop_column("source_id")


def _open(states: str) -> None:
    """The indexes of open tickets anew, over these states."""
    there = sa.text(f"deleted_at IS NULL AND spam_at IS NULL AND state IN ({states})")
    for name, columns in OPEN:
        op.drop_index(name, "ticket")
        op.create_index(name, "ticket", columns, sqlite_where=there, postgresql_where=there)
