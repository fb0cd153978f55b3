"""How help centers are set up: parts, texts, themes, menus; what is said of the company."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.create_table(
        "company_text",
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("trademark", sa.String(length=200), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("privacy", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("language", name=op.f("pk_company_text")),
    )
    op.create_table(
        "help_center",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("parts_off", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_help_center_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_help_center")),
    )
    op.create_table(
        "help_center_menu",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("on_desktop", sa.Boolean(), nullable=False),
        sa.Column("on_phone", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_help_center_menu_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_center_menu")),
    )
    op.create_index("ix_help_center_menu_service_id", "help_center_menu", ["service_id"])

    op.create_table(
        "help_center_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_help_center_text_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_center_text")),
        sa.UniqueConstraint("service_id", "code", name="uq_help_center_text_once"),
    )
    op.create_table(
        "help_center_theme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.Column("logo", sa.String(length=64), nullable=True),
        sa.Column("colors", sa.JSON(), nullable=False),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.Column("css", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_help_center_theme_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_center_theme")),
    )
    op.create_index("ix_help_center_theme_service_id", "help_center_theme", ["service_id"])
    op.create_index(
        "uq_help_center_theme_in_use",
        "help_center_theme",
        ["service_id"],
        unique=True,
        sqlite_where=sa.text("in_use"),
        postgresql_where=sa.text("in_use"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_help_center_theme_in_use",
        "help_center_theme",
        sqlite_where=sa.text("in_use"),
        postgresql_where=sa.text("in_use"),
    )
    op.drop_index("ix_help_center_theme_service_id", "help_center_theme")

    op.drop_table("help_center_theme")
    op.drop_table("help_center_text")
    op.drop_index("ix_help_center_menu_service_id", "help_center_menu")

    op.drop_table("help_center_menu")
    op.drop_table("help_center")
    op.drop_table("company_text")
