"""Who asks for the mail server's access token holds a claim, as for those of mailboxes."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.add_column("mail_login", sa.Column("access_until", sa.DateTime(timezone=True)))
    op.add_column("mail_login", sa.Column("refreshing_until", sa.DateTime(timezone=True)))
    op.execute("UPDATE mail_login SET access_until = expires_at")
    op.execute("ALTER TABLE mail_login DROP COLUMN expires_at")


def downgrade() -> None:
    op.add_column(
        "mail_login",
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default="2000-01-01 00:00:00+00:00",
        ),
    )
    op.execute("UPDATE mail_login SET expires_at = access_until WHERE access_until IS NOT NULL")
    op.execute("ALTER TABLE mail_login DROP COLUMN refreshing_until")
    op.execute("ALTER TABLE mail_login DROP COLUMN access_until")
