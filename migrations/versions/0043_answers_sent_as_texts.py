"""Which answer a text message is, so that none is sent twice."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.add_column(
        "sms_sending",
        sa.Column("part", sa.String(length=40), server_default="", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("sms_sending", "part")
