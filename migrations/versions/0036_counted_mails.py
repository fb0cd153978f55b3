"""How many mails of triggers an address got lately is counted."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
_COUNTED = sa.text("counted != ''")


def upgrade() -> None:
    op.add_column(
        "outgoing", sa.Column("counted", sa.String(64), server_default="", nullable=False)
    )
    op.create_index(
        "ix_outgoing_counted_created_at",
        "outgoing",
        ["counted", "created_at"],
        sqlite_where=_COUNTED,
        postgresql_where=_COUNTED,
    )


def downgrade() -> None:
    op.drop_index("ix_outgoing_counted_created_at", "outgoing")
    op.execute("ALTER TABLE outgoing DROP COLUMN counted")
