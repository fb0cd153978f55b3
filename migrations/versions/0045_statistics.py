"""Statistics: since when tickets are on hold, daily sums, kept columns, reports."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"

RECEIVED = ["service_id", "created_at", "id", "state", "spam_at", "deleted_at"]
PROCESSED = {
    "ix_ticket_resolved_of": "resolved_at",
    "ix_ticket_held_of": "held_at",
    "ix_ticket_done_of": "done_at",
}
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


def _of_service(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["service_id"],
        ["service.id"],
        name=op.f(f"fk_{table}_service_id_service"),
        ondelete="CASCADE",
    )


def upgrade() -> None:
    op.add_column("ticket", sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE ticket SET held_at = (SELECT max(at) FROM ticket_event "
        "WHERE ticket_event.ticket_id = ticket.id AND fact = 'held') WHERE state = 'hold'"
    )
    op.drop_index("ix_ticket_received", "ticket")
    op.create_index("ix_ticket_received", "ticket", [*RECEIVED, "reason"])
    for name, column in PROCESSED.items():
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            name,
            "ticket",
            ["service_id", column],
            sqlite_where=there,
            postgresql_where=there,
        )
    op.create_table(
        "statistics_columns",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(40), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
            name=op.f("fk_statistics_columns_member_id_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", "page", name=op.f("pk_statistics_columns")),
    )
    op.create_table(
        "figure_day",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        _of_service("figure_day"),
        sa.PrimaryKeyConstraint("service_id", "day", name=op.f("pk_figure_day")),
    )
    op.create_index("ix_figure_day_open", "figure_day", ["holds", "service_id", "day"])
    op.create_table(
        "ticket_day",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(32), nullable=False),
        sa.Column("basis", sa.String(32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in LENGTHS),
        _of_service("ticket_day"),
        sa.PrimaryKeyConstraint(
            "service_id", "side", "basis", "day", "key", name=op.f("pk_ticket_day")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("page", sa.String(40), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("readers", sa.JSON(), nullable=False),
        sa.Column("every", sa.String(32), nullable=False),
        sa.Column("sent_for", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
            name=op.f("fk_report_member_id_member"),
            ondelete="SET NULL",
        ),
        _of_service("report"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("service_id", "name", name=op.f("uq_report_service_id_name")),
    )
    op.create_index("ix_report_every", "report", ["every"])
    op.create_table(
        "weekly_sheet",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("sent_for", sa.Date(), nullable=True),
        _of_service("weekly_sheet"),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_weekly_sheet")),
    )


def downgrade() -> None:
    for table in ("weekly_sheet", "report", "ticket_day", "figure_day", "statistics_columns"):
        op.drop_table(table)
    for name in PROCESSED:
        op.drop_index(name, "ticket")
    op.drop_index("ix_ticket_received", "ticket")
    op.create_index("ix_ticket_received", "ticket", RECEIVED)
    op.drop_column("ticket", "held_at")
