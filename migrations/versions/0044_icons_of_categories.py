"""The icon of a category of FAQ."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    with op.batch_alter_table("document_topic") as batch:
        batch.add_column(sa.Column("icon", sa.String(32), nullable=False, server_default="folder"))
    with op.batch_alter_table("document_topic") as batch:
        batch.alter_column("icon", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("document_topic") as batch:
        batch.drop_column("icon")
