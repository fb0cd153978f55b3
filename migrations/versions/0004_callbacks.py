"""callbacks"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
THERE = sa.text("deleted_at IS NULL")
WHERE_THERE = {"sqlite_where": THERE, "postgresql_where": THERE}
OPEN = sa.text("state <> 'completed' AND deleted_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("progress_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
    )
    with op.batch_alter_table("export", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_export_member_id"), ["member_id"], unique=False)
        batch_op.create_index("ix_export_state_id", ["state", "id"], unique=False)

    op.create_table(
        "callback_turn",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("agents", sa.String(length=32), nullable=False),
        sa.Column("last_member_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_callback_turn_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("service_id", "agents", name=op.f("pk_callback_turn")),
    )
    op.create_table(
        "callback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promise_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("assigner_id", sa.Integer(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_day", sa.Date(), nullable=True),
        sa.Column("cancelled_from", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_by", sa.Integer(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_by", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["member.id"], name=op.f("fk_callback_assignee_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_callback_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queue.id"], name=op.f("fk_callback_queue_id_queue")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_callback_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback")),
    )
    with op.batch_alter_table("callback", schema=None) as batch_op:
        batch_op.create_index(
            "ix_callback_assignee_id_requested_at",
            ["assignee_id", "requested_at", "id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_callback_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_callback_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(
            "ix_callback_service_id_assigned_day", ["service_id", "assigned_day"], unique=False
        )
        batch_op.create_index(
            "ix_callback_service_id_requested_at",
            ["service_id", "requested_at", "id"],
            unique=False,
            sqlite_where=THERE,
            postgresql_where=THERE,
        )
        batch_op.create_index(
            "ix_callback_service_id_state_requested_at",
            ["service_id", "state", "requested_at", "id"],
            unique=False,
            sqlite_where=THERE,
            postgresql_where=THERE,
        )
        batch_op.create_index(
            "uq_callback_open",
            ["queue_id", "number"],
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        )

    op.add_column(
        "phone_service",
        sa.Column("callback_attempts", sa.Integer(), nullable=False, server_default="3"),
    )


def downgrade() -> None:
    op.execute("ALTER TABLE phone_service DROP COLUMN callback_attempts")
    op.drop_table("callback")
    op.drop_table("callback_turn")
    op.drop_table("export")
