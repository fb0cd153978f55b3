"""Text messages: channel, templates, what is sent and to whom."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
OPEN = sa.text("next_at IS NOT NULL")
PROCESSING = sa.text("state = 'processing'")
TABLES = (
    "sms_template_image", "sms_recipient", "sms_template", "sms_sender", "sms_request", "sms_image",
    "sms_sending", "sms_channel", "sms_category",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "sms_category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["sms_category.id"],
            name=op.f("fk_sms_category_parent_id_sms_category"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_sms_category_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_category")),
    )
    op.create_index("ix_sms_category_parent_id", "sms_category", ["parent_id"])
    op.create_index(
        "ix_sms_category_service_id_parent_id",
        "sms_category",
        ["service_id", "parent_id", "position"],
    )

    op.create_table(
        "sms_channel",
        sa.Column("service_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("gateway", sa.String(32), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("app_key", sa.Text(), nullable=False),
        sa.Column("secret_key", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal_number", sa.String(length=13), nullable=False),
        sa.Column("by_itself", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_sms_channel_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_sms_channel")),
    )
    op.create_table(
        "sms_sending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("submit_key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sender", sa.String(length=13), nullable=False),
        sa.Column("advertising", sa.Boolean(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reserved", sa.Boolean(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("member_name", sa.String(length=100), nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=True),
        sa.Column("template_name", sa.String(length=100), nullable=False),
        sa.Column("about", sa.String(length=60), nullable=True),
        sa.Column("by_itself", sa.String(32), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("problem", sa.String(32), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_sms_sending_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_sending")),
        sa.UniqueConstraint(
            "service_id", "submit_key", name=op.f("uq_sms_sending_service_id_submit_key")
        ),
    )
    op.create_index("ix_sms_sending_about", "sms_sending", ["about", "id"])
    op.create_index(
        "ix_sms_sending_due",
        "sms_sending",
        ["due_at"],
        sqlite_where=PROCESSING,
        postgresql_where=PROCESSING,
    )
    op.create_index(
        "ix_sms_sending_service_id_registered_at",
        "sms_sending",
        ["service_id", "registered_at", "id"],
    )

    op.create_table(
        "sms_image",
        sa.Column("sending_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("remote_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["sending_id"],
            ["sms_sending.id"],
            name=op.f("fk_sms_image_sending_id_sms_sending"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sending_id", "place", name=op.f("pk_sms_image")),
    )
    op.create_table(
        "sms_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sending_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("gateway", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("remote_id", sa.String(length=40), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("failed_looks", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["sending_id"],
            ["sms_sending.id"],
            name=op.f("fk_sms_request_sending_id_sms_sending"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_request")),
        sa.UniqueConstraint("key", name=op.f("uq_sms_request_key")),
    )
    op.create_index(
        "ix_sms_request_next", "sms_request", ["next_at"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index("ix_sms_request_sending_id", "sms_request", ["sending_id"])

    op.create_table(
        "sms_sender",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=13), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["sms_channel.service_id"],
            name=op.f("fk_sms_sender_service_id_sms_channel"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("service_id", "number", name=op.f("pk_sms_sender")),
    )
    op.create_table(
        "sms_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("editable", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("sender", sa.String(length=13), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["sms_category.id"],
            name=op.f("fk_sms_template_category_id_sms_category"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_sms_template_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_template")),
    )
    op.create_index(
        "ix_sms_template_category_id_position", "sms_template", ["category_id", "position"]
    )
    op.create_index("ix_sms_template_service_id", "sms_template", ["service_id"])

    op.create_table(
        "sms_recipient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sending_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=True),
        sa.Column("typed", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("charged_day", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_sms_recipient_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["sms_request.id"],
            name=op.f("fk_sms_recipient_request_id_sms_request"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["sending_id"],
            ["sms_sending.id"],
            name=op.f("fk_sms_recipient_sending_id_sms_sending"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_sms_recipient_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_recipient")),
        sa.UniqueConstraint("key", name=op.f("uq_sms_recipient_key")),
        sa.UniqueConstraint(
            "sending_id", "number", name=op.f("uq_sms_recipient_sending_id_number")
        ),
    )
    op.create_index("ix_sms_recipient_customer_id", "sms_recipient", ["customer_id", "sending_id"])
    op.create_index(
        "ix_sms_recipient_listed", "sms_recipient", ["service_id", "registered_at", "id"]
    )
    op.create_index("ix_sms_recipient_request_id", "sms_recipient", ["request_id"])
    op.create_index(
        "ix_sms_recipient_service_id_number",
        "sms_recipient",
        ["service_id", "number", "sending_id"],
    )

    op.create_table(
        "sms_template_image",
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["sms_template.id"],
            name=op.f("fk_sms_template_image_template_id_sms_template"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("template_id", "place", name=op.f("pk_sms_template_image")),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
