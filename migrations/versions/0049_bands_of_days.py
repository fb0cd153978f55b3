"""Time bands in the daily sums of tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    for name in ("hours", "days"):
        op.add_column("ticket_day", sa.Column(name, sa.JSON(), nullable=False, server_default="{}"))
    # what was summed up without bands is to be made anew
    op.execute("UPDATE figure_day SET version = version + 1, holds = false")


def downgrade() -> None:
    for name in ("days", "hours"):
        op.drop_column("ticket_day", name)
