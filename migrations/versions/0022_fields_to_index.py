"""Which fields the search index must follow; before, their tickets were marked in
the request that changed them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column(
        "field", sa.Column("to_index", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    op.execute(
        "UPDATE ticket SET indexed = false "
        "WHERE id IN (SELECT v.ticket_id FROM ticket_value v JOIN field f ON f.code = "
        "v.code WHERE f.to_index)"
    )
    op.execute("ALTER TABLE field DROP COLUMN to_index")
