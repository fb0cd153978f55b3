"""Statistics: daily sums of tickets by channel. They are made anew of the tickets themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"

KEYS = ("service_id", "side", "basis", "day", "key")
COUNTS = (
    "received",
    "resolved",
    "held",
    "other",
    "open",
    "handed",
    "inbound",
    "outbound",
    "done",
)
LENGTHS = ("inbound_ms", "outbound_ms", "seconds", "answered_seconds", "done_seconds")


def _anew(*more: sa.Column[str]) -> None:
    """Empty sums, told apart by `more`; no day holds until a job has summed it up."""
    op.drop_table("ticket_day")
    op.create_table(
        "ticket_day",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(32), nullable=False),
        sa.Column("basis", sa.String(32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.Integer(), nullable=False),
        *more,
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in LENGTHS),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_ticket_day_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            *KEYS, *(column.name for column in more), name=op.f("pk_ticket_day")
        ),
        sqlite_with_rowid=False,
    )
    days = sa.table("figure_day", sa.column("version", sa.Integer), sa.column("holds", sa.Boolean))
    op.execute(sa.update(days).values(version=days.c.version + 1, holds=False))


def upgrade() -> None:
    _anew(sa.Column("channel", sa.String(32), nullable=False))


def downgrade() -> None:
    _anew()
