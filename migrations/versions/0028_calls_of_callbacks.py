"""When the customer of a callback was last called, and how that call was filed."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.add_column("callback", sa.Column("called_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("callback", sa.Column("disposition_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.execute("ALTER TABLE callback DROP COLUMN disposition_id")
    op.execute("ALTER TABLE callback DROP COLUMN called_at")
