"""Formatted text of entries, drafts and mail."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("outgoing", sa.Column("html", sa.Text(), nullable=True))
    op.add_column(
        "ticket_draft",
        sa.Column("formatted", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("ticket_entry", sa.Column("html", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    for table, column in (
        ("ticket_entry", "html"),
        ("ticket_draft", "formatted"),
        ("outgoing", "html"),
    ):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
