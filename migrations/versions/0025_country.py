"""The country of a service's phone numbers, where it is not that of its time zone."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column("service", sa.Column("own_country", sa.String(2), nullable=True))


def downgrade() -> None:
    op.execute("ALTER TABLE service DROP COLUMN own_country")
