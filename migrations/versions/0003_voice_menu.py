"""voice menu"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "ars_draft",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(length=50), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_ars_draft_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_ars_draft")),
    )
    op.create_table(
        "ars_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(length=50), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_ars_version_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ars_version")),
        sa.UniqueConstraint("service_id", "number", name=op.f("uq_ars_version_service_id_number")),
    )
    op.create_table(
        "sound",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("original", sa.String(length=64), nullable=False),
        sa.Column("narrow", sa.String(length=64), nullable=False),
        sa.Column("wide", sa.String(length=64), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_sound_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sound")),
    )
    with op.batch_alter_table("sound", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sound_service_id"), ["service_id"], unique=False)

    op.add_column("call", sa.Column("said", sa.JSON(), nullable=True))
    op.add_column("call", sa.Column("ars_version_id", sa.Integer(), nullable=True))
    op.add_column("call", sa.Column("position", sa.JSON(), nullable=True))
    _drop("call", "announcement")
    op.add_column(
        "phone_service",
        sa.Column("as_caller_id", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.add_column(
        "queue", sa.Column("callback", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column(
        "queue", sa.Column("after_hours", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        "queue", sa.Column("promise_hours", sa.Integer(), nullable=False, server_default="24")
    )


def _drop(table: str, *columns: str) -> None:
    """Without copying the table, which both databases can."""
    for column in columns:
        op.execute(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')


def downgrade() -> None:
    _drop("queue", "promise_hours", "after_hours", "callback")
    _drop("phone_service", "as_caller_id")
    op.add_column(
        "call", sa.Column("announcement", sa.String(32), nullable=False, server_default="")
    )
    _drop("call", "position", "ars_version_id", "said")
    op.drop_table("sound")
    op.drop_table("ars_version")
    op.drop_table("ars_draft")
