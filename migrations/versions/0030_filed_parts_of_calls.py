"""When an agent has filed their part of a call: nothing typed before is taken for it afterwards."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.add_column("call_leg", sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.execute("ALTER TABLE call_leg DROP COLUMN filed_at")
