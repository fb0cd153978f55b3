"""Originals of texts with masked parts."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("ticket_entry", sa.Column("sealed", sa.Text(), nullable=True))


def downgrade() -> None:
    op.execute("ALTER TABLE ticket_entry DROP COLUMN sealed")
