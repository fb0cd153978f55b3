"""What the inquiry form notes beside a ticket, inquiries that wait, what is consented to."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_consent_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("service_id", "number", name=op.f("pk_consent")),
    )
    op.create_table(
        "waiting_inquiry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_waiting_inquiry_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_inquiry")),
        sa.UniqueConstraint("hash", name=op.f("uq_waiting_inquiry_hash")),
        sa.UniqueConstraint("key", name=op.f("uq_waiting_inquiry_key")),
    )
    op.create_index("ix_waiting_inquiry_email", "waiting_inquiry", ["email"])
    op.create_index("ix_waiting_inquiry_expires_at", "waiting_inquiry", ["expires_at"])
    op.create_index("ix_waiting_inquiry_service_id", "waiting_inquiry", ["service_id"])

    op.create_table(
        "inquiry",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("consent", sa.Integer(), nullable=True),
        sa.Column("consent_language", sa.String(length=8), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply_key", sa.String(length=64), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_inquiry_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["ticket.id"],
            name=op.f("fk_inquiry_ticket_id_ticket"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_inquiry")),
    )
    op.create_index("ix_inquiry_customer_id", "inquiry", ["customer_id"])

    op.create_table(
        "callback_consent",
        sa.Column("callback_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("consent", sa.Integer(), nullable=False),
        sa.Column("consent_language", sa.String(length=8), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["callback_id"],
            ["callback.id"],
            name=op.f("fk_callback_consent_callback_id_callback"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("callback_id", name=op.f("pk_callback_consent")),
        sa.UniqueConstraint("key", name=op.f("uq_callback_consent_key")),
    )


def downgrade() -> None:
    op.drop_table("callback_consent")
    op.drop_index("ix_inquiry_customer_id", "inquiry")

    op.drop_table("inquiry")
    op.drop_index("ix_waiting_inquiry_service_id", "waiting_inquiry")
    op.drop_index("ix_waiting_inquiry_expires_at", "waiting_inquiry")
    op.drop_index("ix_waiting_inquiry_email", "waiting_inquiry")

    op.drop_table("waiting_inquiry")
    op.drop_table("consent")
