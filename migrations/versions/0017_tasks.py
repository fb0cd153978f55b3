"""Exports become tasks, which change many tickets, too."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    _renamed("export", "task")
    op.execute("UPDATE task SET state = 'done' WHERE state = 'ready'")
    op.create_table(
        "ticket_bulk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["task.id"], name=op.f("fk_ticket_bulk_task_id_task"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["ticket.id"],
            name=op.f("fk_ticket_bulk_ticket_id_ticket"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_bulk")),
        sa.UniqueConstraint("task_id", "ticket_id", name=op.f("uq_ticket_bulk_task_id_ticket_id")),
    )
    op.create_index("ix_ticket_bulk_state", "ticket_bulk", ["task_id", "state", "id"], unique=False)
    op.create_index(op.f("ix_ticket_bulk_ticket_id"), "ticket_bulk", ["ticket_id"], unique=False)


def downgrade() -> None:
    op.drop_table("ticket_bulk")
    op.execute("UPDATE task SET state = 'ready' WHERE state = 'done'")
    op.execute("DELETE FROM task WHERE kind = 'ticket_bulk'")
    _renamed("task", "export")


def _renamed(before: str, after: str) -> None:
    op.drop_index(f"ix_{before}_member_id", before)
    op.drop_index(f"ix_{before}_state_id", before)
    op.rename_table(before, after)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {after} RENAME CONSTRAINT pk_{before} TO pk_{after}")
        op.execute(f"ALTER SEQUENCE {before}_id_seq RENAME TO {after}_id_seq")
    op.create_index(f"ix_{after}_member_id", after, ["member_id"], unique=False)
    op.create_index(f"ix_{after}_state_id", after, ["state", "id"], unique=False)
