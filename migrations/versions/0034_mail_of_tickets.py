"""By which mails entries of tickets came, where answers go and who gets copies of them."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.add_column("ticket", sa.Column("follows_id", sa.Integer(), nullable=True))
    op.add_column(
        "ticket", sa.Column("has_mail", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "ticket", sa.Column("reply_to", sa.String(254), server_default="", nullable=False)
    )
    op.add_column(
        "ticket_entry", sa.Column("copied_to", sa.JSON(), server_default="[]", nullable=False)
    )
    op.create_table(
        "ticket_mail",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("received_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("sender", sa.String(254), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("beside", sa.JSON(), nullable=False),
        sa.Column("is_other", sa.Boolean(), nullable=False),
        sa.Column("automatic", sa.String(16), nullable=False),
        sa.Column("has_html", sa.Boolean(), nullable=False),
        sa.Column("has_quoted", sa.Boolean(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("quoted", sa.Text(), nullable=False),
        sa.Column("quoted_html", sa.Text(), nullable=False),
        sa.Column("pictures", sa.JSON(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["ticket_entry.id"],
            name=op.f("fk_ticket_mail_entry_id_ticket_entry"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["ticket.id"],
            name=op.f("fk_ticket_mail_ticket_id_ticket"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["received_id"],
            ["received_mail.id"],
            name=op.f("fk_ticket_mail_received_id_received_mail"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_ticket_mail")),
    )
    op.create_index("ix_ticket_mail_received_id", "ticket_mail", ["received_id"])
    op.create_index("ix_ticket_mail_service_id_mark", "ticket_mail", ["service_id", "mark"])
    op.create_index("ix_ticket_mail_ticket_id", "ticket_mail", ["ticket_id"])


def downgrade() -> None:
    op.drop_table("ticket_mail")
    op.execute("ALTER TABLE ticket_entry DROP COLUMN copied_to")
    op.execute("ALTER TABLE ticket DROP COLUMN reply_to")
    op.execute("ALTER TABLE ticket DROP COLUMN has_mail")
    op.execute("ALTER TABLE ticket DROP COLUMN follows_id")
