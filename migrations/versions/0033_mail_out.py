"""Who mails are from, what they answer, who else gets them; tokens of the mail server; layouts."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

_KEPT = sa.text("state = 'failed' AND body IS NOT NULL")


def upgrade() -> None:
    for column in _columns():
        op.add_column("outgoing", column)
    op.create_index(
        "ix_outgoing_kept",
        "outgoing",
        ["finished_at"],
        sqlite_where=_KEPT,
        postgresql_where=_KEPT,
    )
    op.create_table(
        "mail_login",
        sa.Column("given", sa.String(64), nullable=False),
        sa.Column("refresh", sa.Text(), nullable=False),
        sa.Column("access", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("given", name=op.f("pk_mail_login")),
    )
    op.create_table(
        "mail_layout",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_mail_layout_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_layout")),
        sa.UniqueConstraint("service_id", "kind", "language", name=op.f("uq_mail_layout_once")),
    )
    op.add_column("ticket_entry", _undelivered())


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("part", sa.String(40), server_default="", nullable=False),
        sa.Column("sender_name", sa.String(100), server_default="", nullable=False),
        sa.Column("sender_address", sa.String(254), server_default="", nullable=False),
        sa.Column("reply_to", sa.String(254), server_default="", nullable=False),
        sa.Column("cc", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("thread", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("language", sa.String(16), server_default="", nullable=False),
        sa.Column("is_personal", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("left", sa.JSON(), server_default="[]", nullable=False),
    ]


def _undelivered() -> sa.Column[object]:
    return sa.Column("undelivered", sa.JSON(), server_default="{}", nullable=False)


def downgrade() -> None:
    op.execute("ALTER TABLE ticket_entry DROP COLUMN undelivered")
    op.drop_table("mail_layout")
    op.drop_table("mail_login")
    op.drop_index("ix_outgoing_kept", "outgoing")
    for column in reversed(_columns()):
        op.execute(f'ALTER TABLE outgoing DROP COLUMN "{column.name}"')
