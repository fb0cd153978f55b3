"""The last call for a callback, when it began, and how it was filed."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.add_column("callback", sa.Column("last_call_id", sa.Integer(), nullable=True))
    op.execute("UPDATE callback SET last_call_id = call_id WHERE call_id IS NOT NULL")
    op.create_index("ix_callback_last_call_id", "callback", ["last_call_id"])
    op.add_column("callback", sa.Column("called_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("callback", sa.Column("disposition_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.execute("ALTER TABLE callback DROP COLUMN disposition_id")
    op.execute("ALTER TABLE callback DROP COLUMN called_at")
    op.drop_index("ix_callback_last_call_id", "callback")
    op.execute("ALTER TABLE callback DROP COLUMN last_call_id")
