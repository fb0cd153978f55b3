"""Who signs in at help centers, by which customer site, and which inquiries are held back."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.create_table(
        "sso_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("login_url", sa.String(length=500), nullable=False),
        sa.Column("status_url", sa.String(length=500), nullable=False),
        sa.Column("check_url", sa.String(length=500), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("own_key", sa.Text(), nullable=True),
        sa.Column("key_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sso_entry")),
        sa.UniqueConstraint("name", name=op.f("uq_sso_entry_name")),
    )
    op.create_table(
        "filed_inquiry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_filed_inquiry_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filed_inquiry")),
    )
    with op.batch_alter_table("filed_inquiry", schema=None) as batch_op:
        batch_op.create_index(
            "ix_filed_inquiry_counted", ["service_id", "mark", "at"], unique=False
        )
        batch_op.create_index("ix_filed_inquiry_until", ["until"], unique=False)

    op.create_table(
        "member_login",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("guests", sa.Boolean(), nullable=False),
        sa.Column("return_addresses", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["sso_entry.id"], name=op.f("fk_member_login_entry_id_sso_entry")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_member_login_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_member_login")),
    )
    with op.batch_alter_table("member_login", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_member_login_entry_id"), ["entry_id"], unique=False)

    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("usercode", sa.String(length=50), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=50), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_membership_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_membership_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "service_id", "usercode", name=op.f("uq_membership_service_id_usercode")
        ),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_membership_customer_id"), ["customer_id"], unique=False
        )

    op.create_table(
        "spam_block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("value", sa.String(length=254), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_spam_block_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spam_block")),
        sa.UniqueConstraint("service_id", "value", name=op.f("uq_spam_block_service_id_value")),
    )
    op.create_table(
        "spam_rule",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_spam_rule_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_spam_rule")),
    )
    op.create_table(
        "used_token",
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_used_token_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_used_token")),
    )
    with op.batch_alter_table("used_token", schema=None) as batch_op:
        batch_op.create_index("ix_used_token_service_id", ["service_id"], unique=False)
        batch_op.create_index("ix_used_token_until", ["until"], unique=False)

    op.create_table(
        "visitor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("membership_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_visitor_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
            name=op.f("fk_visitor_membership_id_membership"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_visitor_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visitor")),
        sa.UniqueConstraint("hash", name=op.f("uq_visitor_hash")),
    )
    with op.batch_alter_table("visitor", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visitor_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index("ix_visitor_expires_at", ["expires_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_visitor_membership_id"), ["membership_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_visitor_service_id"), ["service_id"], unique=False)

    op.create_table(
        "visitor_pass",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("back", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
            name=op.f("fk_visitor_pass_membership_id_membership"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_visitor_pass_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visitor_pass")),
        sa.UniqueConstraint("hash", name=op.f("uq_visitor_pass_hash")),
    )
    with op.batch_alter_table("visitor_pass", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visitor_pass_email"), ["email"], unique=False)
        batch_op.create_index("ix_visitor_pass_expires_at", ["expires_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_visitor_pass_membership_id"), ["membership_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_visitor_pass_service_id"), ["service_id"], unique=False
        )

    op.create_table(
        "held_inquiry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("file_keys", sa.JSON(), nullable=False),
        sa.Column("email_mark", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_held_inquiry_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["mail_id"],
            ["received_mail.id"],
            name=op.f("fk_held_inquiry_mail_id_received_mail"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_held_inquiry_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_inquiry")),
        sa.UniqueConstraint("mail_id", name=op.f("uq_held_inquiry_mail_id")),
    )
    with op.batch_alter_table("held_inquiry", schema=None) as batch_op:
        batch_op.create_index("ix_held_inquiry_at", ["at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_held_inquiry_customer_id"), ["customer_id"], unique=False
        )
        batch_op.create_index("ix_held_inquiry_email_mark", ["email_mark"], unique=False)
        batch_op.create_index("ix_held_inquiry_service_id_id", ["service_id", "id"], unique=False)

    op.add_column(
        "received_mail",
        sa.Column("let_in", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    # what was held back is not lost: it waits where managers look at it
    op.execute(
        "UPDATE received_mail SET state = 'quarantined', reason = 'fault' WHERE state = 'held'"
    )
    op.drop_column("received_mail", "let_in")

    with op.batch_alter_table("held_inquiry", schema=None) as batch_op:
        batch_op.drop_index("ix_held_inquiry_service_id_id")
        batch_op.drop_index("ix_held_inquiry_email_mark")
        batch_op.drop_index(batch_op.f("ix_held_inquiry_customer_id"))
        batch_op.drop_index("ix_held_inquiry_at")

    op.drop_table("held_inquiry")
    with op.batch_alter_table("visitor_pass", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visitor_pass_service_id"))
        batch_op.drop_index(batch_op.f("ix_visitor_pass_membership_id"))
        batch_op.drop_index("ix_visitor_pass_expires_at")
        batch_op.drop_index(batch_op.f("ix_visitor_pass_email"))

    op.drop_table("visitor_pass")
    with op.batch_alter_table("visitor", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visitor_service_id"))
        batch_op.drop_index(batch_op.f("ix_visitor_membership_id"))
        batch_op.drop_index("ix_visitor_expires_at")
        batch_op.drop_index(batch_op.f("ix_visitor_customer_id"))

    op.drop_table("visitor")
    with op.batch_alter_table("used_token", schema=None) as batch_op:
        batch_op.drop_index("ix_used_token_until")
        batch_op.drop_index("ix_used_token_service_id")

    op.drop_table("used_token")
    op.drop_table("spam_rule")
    op.drop_table("spam_block")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_customer_id"))

    op.drop_table("membership")
    with op.batch_alter_table("member_login", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_member_login_entry_id"))

    op.drop_table("member_login")
    with op.batch_alter_table("filed_inquiry", schema=None) as batch_op:
        batch_op.drop_index("ix_filed_inquiry_until")
        batch_op.drop_index("ix_filed_inquiry_counted")

    op.drop_table("filed_inquiry")
    op.drop_table("sso_entry")
