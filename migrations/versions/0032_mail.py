"""Mail: where services get it from, what came, and which process fetches it (MAIL-1)."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
NOT_MARKED = sa.text("NOT marked")


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _instant(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "mail_owner",
        sa.Column("id", sa.Integer, primary_key=True),
        _text("owner", 200),
        sa.Column("epoch", sa.Integer, nullable=False),
        _instant("lease_until", nullable=False),
    )
    op.create_table(
        "mail_account",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "service_id",
            sa.Integer,
            sa.ForeignKey("service.id", ondelete="CASCADE"),
            nullable=False,
        ),
        _text("kind", 32),
        _text("name", 20),
        _text("address", 254),
        _text("folded", 254),
        sa.Column("on", sa.Boolean, nullable=False),
        _text("host", 253),
        sa.Column("port", sa.Integer, nullable=False),
        _text("security", 32),
        _text("user", 254),
        _text("sign_in", 32),
        sa.Column("sealed", sa.Text, nullable=False),
        _instant("sealed_at"),
        sa.Column("keep_original", sa.Boolean, nullable=False),
        _text("sender_name", 45),
        sa.Column("silence_hours", sa.Integer),
        _instant("created_at", nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("uidvalidity", sa.BigInteger),
        sa.Column("last_uid", sa.BigInteger, nullable=False),
        sa.Column("first_uid", sa.BigInteger, nullable=False),
        sa.Column("older_since", sa.Date),
        _instant("looked_at"),
        _instant("mail_at"),
        _text("trouble", 32, nullable=True),
        _text("trouble_words", 300),
        _instant("failing_since"),
        _instant("told_failing_at"),
        _instant("told_silent_at"),
        sa.Column("access", sa.Text, nullable=False),
        _instant("access_until"),
        _instant("refreshing_until"),
        sa.UniqueConstraint("service_id", "folded", name="uq_mail_account_once_a_service"),
    )
    op.create_table(
        "received_mail",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "service_id",
            sa.Integer,
            sa.ForeignKey("service.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("mail_account.id", ondelete="SET NULL")),
        _text("identity", 64),
        _text("key", 64, nullable=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        _instant("received_at", nullable=False),
        sa.Column("uid", sa.BigInteger),
        sa.Column("uidvalidity", sa.BigInteger),
        sa.Column("marked", sa.Boolean, nullable=False),
        _text("recipient", 320),
        sa.Column("older", sa.Boolean, nullable=False),
        _text("state", 32),
        _text("reason", 32, nullable=True),
        _text("detail", 300),
        sa.Column("attempts", sa.Integer, nullable=False),
        _instant("read_at"),
        _text("sender", 254),
        _text("subject", 200),
        _text("about", 40),
        sa.UniqueConstraint("service_id", "identity", name="uq_received_mail_once_a_service"),
    )
    for columns in (
        ("state", "id"),
        ("service_id", "state", "id"),
        ("account_id", "state", "id"),
        ("sender", "service_id"),
        ("about",),
        ("received_at", "id"),
    ):
        op.create_index(f"ix_received_mail_{'_'.join(columns)}", "received_mail", list(columns))
    op.create_index(
        "ix_received_mail_unmarked",
        "received_mail",
        ["account_id", "id"],
        sqlite_where=NOT_MARKED,
        postgresql_where=NOT_MARKED,
    )


def downgrade() -> None:
    for table in ("received_mail", "mail_account", "mail_owner"):
        op.drop_table(table)
