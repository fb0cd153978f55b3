"""The search index of tickets, and saved searches."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("query", sa.String(length=200), nullable=False),
        sa.Column("box", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
            name=op.f("fk_saved_search_member_id_member"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_saved_search_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint(
            "member_id",
            "service_id",
            "name",
            name=op.f("uq_saved_search_member_id_service_id_name"),
        ),
    )
    op.add_column(
        "ticket", sa.Column("indexed", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    waiting = sa.text("indexed IS FALSE")
    op.create_index(
        "ix_ticket_not_indexed",
        "ticket",
        ["id"],
        unique=False,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    _list_index("spam_at", "deleted_at", "state", "priority", "channel", "assignee_id")
    if op.get_bind().dialect.name == "sqlite":
        letters = "tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\""
        op.execute(f"CREATE VIRTUAL TABLE ticket_fts USING fts5(everybody, privately, {letters})")
        return
    op.execute(
        "CREATE TABLE ticket_fts (id BIGINT PRIMARY KEY, everybody TSVECTOR NOT NULL, "
        "privately TSVECTOR NOT NULL)"
    )
    op.execute("CREATE INDEX ix_ticket_fts_everybody ON ticket_fts USING gin (everybody)")
    op.execute("CREATE INDEX ix_ticket_fts_privately ON ticket_fts USING gin (privately)")


def downgrade() -> None:
    op.execute("DROP TABLE ticket_fts")
    op.drop_index("ix_ticket_not_indexed", "ticket")
    op.execute("ALTER TABLE ticket DROP COLUMN indexed")
    op.drop_table("saved_search")
    _list_index("spam_at", "deleted_at")


def _list_index(*columns: str) -> None:
    """The index of lists anew, with what their conditions name."""
    there = sa.text("deleted_at IS NULL AND spam_at IS NULL")
    op.drop_index("ix_ticket_list", "ticket")
    op.create_index(
        "ix_ticket_list",
        "ticket",
        ["service_id", "id", *columns],
        sqlite_where=there,
        postgresql_where=there,
    )
