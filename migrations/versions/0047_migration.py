"""Batches of old inquiries that are brought in from files."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.create_table(
        "migration_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=50), nullable=False),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("file_key", sa.String(length=64), nullable=True),
        sa.Column("rows_key", sa.String(length=64), nullable=True),
        sa.Column("refusals_key", sa.String(length=64), nullable=True),
        sa.Column("secrets", sa.Text(), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_migration_batch_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migration_batch")),
        sa.UniqueConstraint("file_key", name=op.f("uq_migration_batch_file_key")),
    )
    op.create_index("ix_migration_batch_state_run_at", "migration_batch", ["state", "run_at"])
    op.create_index(
        "ix_migration_batch_service_id_digest", "migration_batch", ["service_id", "digest"]
    )
    for thing in ("ticket", "customer"):
        op.create_table(
            f"migration_{thing}",
            sa.Column(f"{thing}_id", sa.Integer(), nullable=False),
            sa.Column("batch_id", sa.Integer(), nullable=False),
            sa.ForeignKeyConstraint(
                [f"{thing}_id"],
                [f"{thing}.id"],
                name=op.f(f"fk_migration_{thing}_{thing}_id_{thing}"),
                ondelete="CASCADE",
            ),
            sa.ForeignKeyConstraint(
                ["batch_id"],
                ["migration_batch.id"],
                name=op.f(f"fk_migration_{thing}_batch_id_migration_batch"),
                ondelete="CASCADE",
            ),
            sa.PrimaryKeyConstraint(f"{thing}_id", name=op.f(f"pk_migration_{thing}")),
        )
        op.create_index(f"ix_migration_{thing}_batch_id", f"migration_{thing}", ["batch_id"])


def downgrade() -> None:
    for table in ("migration_customer", "migration_ticket", "migration_batch"):
        op.drop_table(table)
