"""replies"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "forbidden_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(length=100), nullable=False),
        sa.Column("folded", sa.String(length=900), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_forbidden_word_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forbidden_word")),
        sa.UniqueConstraint(
            "service_id", "folded", name=op.f("uq_forbidden_word_service_id_folded")
        ),
    )
    op.create_table(
        "template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_template_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template")),
    )
    with op.batch_alter_table("template", schema=None) as batch_op:
        batch_op.create_index(
            "ix_template_service_id_title", ["service_id", "title", "id"], unique=False
        )
        batch_op.create_index(
            "uq_template_code",
            ["service_id", "code"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL AND code <> ''"),
            postgresql_where=sa.text("deleted_at IS NULL AND code <> ''"),
        )

    op.create_table(
        "template_resolution",
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["category.id"],
            name=op.f("fk_template_resolution_category_id_category"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["template.id"],
            name=op.f("fk_template_resolution_template_id_template"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("template_id", "category_id", name=op.f("pk_template_resolution")),
    )
    with op.batch_alter_table("template_resolution", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_template_resolution_category_id"), ["category_id"], unique=False
        )

    op.add_column("customer", sa.Column("merged_into", sa.Integer(), nullable=True))
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.create_foreign_key(
            batch_op.f("fk_customer_merged_into_customer"), "customer", ["merged_into"], ["id"]
        )
        batch_op.create_index(batch_op.f("ix_customer_merged_into"), ["merged_into"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_merged_into"))
        batch_op.drop_constraint(batch_op.f("fk_customer_merged_into_customer"), type_="foreignkey")
        batch_op.drop_column("merged_into")
    op.drop_table("template_resolution")
    op.drop_table("template")
    op.drop_table("forbidden_word")
