"""tickets"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
THERE = "deleted_at IS NULL AND spam_at IS NULL"
OPEN = f"{THERE} AND state IN ('unassigned', 'progress', 'hold')"
INDEXES = {
    "ix_ticket_list": (["service_id", "id", "spam_at", "deleted_at"], THERE),
    "ix_ticket_own": (["assignee_id", "service_id", "state", "id", "spam_at", "deleted_at"], THERE),
    "ix_ticket_open": (
        ["service_id", "state", "assignee_id", "group_id", "created_at", "id"],
        OPEN,
    ),
    "ix_ticket_group": (["group_id", "id", "state"], OPEN),
    "ix_ticket_spam": (["service_id", "id"], "deleted_at IS NULL AND spam_at IS NOT NULL"),
    "ix_ticket_resolved_at": (["resolved_at"], "state = 'resolved'"),
    "ix_ticket_service_id_created_at": (["service_id", "created_at", "state"], None),
    "ix_ticket_intake_id": (["intake_id"], None),
    "ix_ticket_resolution_id": (["resolution_id"], None),
}
POINTERS = {"group_id": "team", "intake_id": "category", "resolution_id": "category"}


def upgrade() -> None:
    op.create_table(
        "ticket_draft",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["ticket.id"],
            name=op.f("fk_ticket_draft_ticket_id_ticket"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ticket_id", "member_id", name=op.f("pk_ticket_draft")),
    )
    op.create_table(
        "ticket_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("mailed_to", sa.String(length=254), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["ticket.id"],
            name=op.f("fk_ticket_entry_ticket_id_ticket"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_entry")),
    )
    with op.batch_alter_table("ticket_entry", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_entry_ticket_id_id", ["ticket_id", "id"], unique=False)

    op.create_table(
        "ticket_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("fact", sa.String(32), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["ticket.id"],
            name=op.f("fk_ticket_event_ticket_id_ticket"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_event")),
    )
    with op.batch_alter_table("ticket_event", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_event_ticket_id_id", ["ticket_id", "id"], unique=False)

    op.create_table(
        "ticket_star",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["ticket.id"],
            name=op.f("fk_ticket_star_ticket_id_ticket"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ticket_id", "member_id", name=op.f("pk_ticket_star")),
    )
    op.create_table(
        "ticket_viewer",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("writing_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["ticket.id"],
            name=op.f("fk_ticket_viewer_ticket_id_ticket"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ticket_id", "member_id", name=op.f("pk_ticket_viewer")),
    )
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("email", sa.String(length=254), nullable=True))
        batch_op.alter_column("phone", existing_type=sa.VARCHAR(length=32), nullable=True)
        batch_op.create_unique_constraint(batch_op.f("uq_customer_email"), ["email"])
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("state", sa.String(32), nullable=False, server_default="unassigned")
        )
        batch_op.add_column(
            sa.Column("subject", sa.String(length=200), nullable=False, server_default="")
        )
        batch_op.add_column(
            sa.Column("priority", sa.String(32), nullable=False, server_default="normal")
        )
        for name in POINTERS:
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.String(32), nullable=True))
        batch_op.add_column(sa.Column("submit_key", sa.String(length=64), nullable=True))
        for name in ("resolved_at", "done_at", "spam_at", "deleted_at"):
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_ticket_submit_key"), ["submit_key"])
        for name, table in POINTERS.items():
            batch_op.create_foreign_key(
                batch_op.f(f"fk_ticket_{name}_{table}"), table, [name], ["id"], ondelete="SET NULL"
            )
    op.execute("UPDATE ticket SET state = 'progress' WHERE assignee_id IS NOT NULL")
    for name, (columns, where) in INDEXES.items():
        partial = (
            {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)} if where else {}
        )
        op.create_index(name, "ticket", columns, **partial)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "ticket")
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        for name, table in POINTERS.items():
            batch_op.drop_constraint(batch_op.f(f"fk_ticket_{name}_{table}"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_ticket_submit_key"), type_="unique")
        for name in (
            "state",
            "subject",
            "priority",
            *POINTERS,
            "reason",
            "submit_key",
            "resolved_at",
            "done_at",
            "spam_at",
            "deleted_at",
        ):
            batch_op.drop_column(name)
    op.execute("UPDATE customer SET phone = 'none-' || id WHERE phone IS NULL")
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_customer_email"), type_="unique")
        batch_op.alter_column("phone", existing_type=sa.VARCHAR(length=32), nullable=False)
        batch_op.drop_column("email")
    for name in ("ticket_viewer", "ticket_star", "ticket_event", "ticket_entry", "ticket_draft"):
        op.drop_table(name)
