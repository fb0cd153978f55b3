"""Files that fields hold. Without them their names are texts."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("ticket_value", sa.Column("file_key", sa.String(64), nullable=True))
    op.create_index("ix_ticket_value_file_key", "ticket_value", ["file_key"], unique=True)
    op.create_index("ix_attachment_key", "attachment", ["key"], unique=True)


def downgrade() -> None:
    op.execute("UPDATE ticket_value SET sealed = NULL WHERE file_key IS NOT NULL")
    op.execute("UPDATE field SET type = 'text' WHERE type = 'file'")
    op.drop_index("ix_attachment_key", "attachment")
    op.drop_index("ix_ticket_value_file_key", "ticket_value")
    op.execute("ALTER TABLE ticket_value DROP COLUMN file_key")
