"""FAQ and notices of help centers, what they stand in, and searches without a hit."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
LETTERS = "tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\""


def upgrade() -> None:
    op.create_table(
        "document_topic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["document_topic.id"],
            name=op.f("fk_document_topic_parent_id_document_topic"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_document_topic_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_topic")),
    )
    op.create_index("ix_document_topic_parent_id", "document_topic", ["parent_id"])
    op.create_index(
        "ix_document_topic_service_id_kind", "document_topic", ["service_id", "kind", "position"]
    )

    op.create_table(
        "missed_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("text", sa.String(100), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_missed_search_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missed_search")),
        sa.UniqueConstraint(
            "service_id", "language", "text", name=op.f("uq_missed_search_service_id_language_text")
        ),
    )
    op.create_index(
        "ix_missed_search_service_id_count", "missed_search", ["service_id", "count", "id"]
    )

    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("readers", sa.String(32), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=True),
        sa.Column("pinned_home", sa.Boolean(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shown_on", sa.Date(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_name", sa.String(100), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.Column("helpful", sa.Integer(), nullable=False),
        sa.Column("unhelpful", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_document_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"],
            ["document_topic.id"],
            name=op.f("fk_document_topic_id_document_topic"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    op.create_index(
        "ix_document_service_id_kind_state",
        "document",
        ["service_id", "kind", "state", "changed_at", "id"],
    )
    op.create_index("ix_document_topic_id", "document", ["topic_id"])

    op.create_table(
        "document_topic_name",
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("place", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["topic_id"],
            ["document_topic.id"],
            name=op.f("fk_document_topic_name_topic_id_document_topic"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("topic_id", "language", name=op.f("pk_document_topic_name")),
        sa.UniqueConstraint("place", "language", "folded", name="uq_document_topic_name_place"),
    )
    op.create_table(
        "notice_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("heading_id", sa.Integer(), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_name", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["heading_id"],
            ["document_topic.id"],
            name=op.f("fk_notice_template_heading_id_document_topic"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_notice_template_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_template")),
    )
    op.create_index("ix_notice_template_heading_id", "notice_template", ["heading_id"])
    op.create_index(
        "ix_notice_template_service_id_name", "notice_template", ["service_id", "name", "id"]
    )

    op.create_table(
        "document_tag",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
            name=op.f("fk_document_tag_document_id_document"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"],
            ["document_topic.id"],
            name=op.f("fk_document_tag_topic_id_document_topic"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("document_id", "topic_id", name=op.f("pk_document_tag")),
    )
    op.create_index("ix_document_tag_topic_id", "document_tag", ["topic_id"])

    op.create_table(
        "document_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
            name=op.f("fk_document_text_document_id_document"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_text")),
        sa.UniqueConstraint(
            "document_id", "language", name=op.f("uq_document_text_document_id_language")
        ),
    )
    op.create_table(
        "document_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_name", sa.String(100), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
            name=op.f("fk_document_version_document_id_document"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_version")),
        sa.UniqueConstraint(
            "document_id", "number", name=op.f("uq_document_version_document_id_number")
        ),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE VIRTUAL TABLE document_fts USING fts5(everybody, privately, {LETTERS})")
        return
    op.execute(
        "CREATE TABLE document_fts (id BIGINT PRIMARY KEY, everybody TSVECTOR NOT NULL, "
        "privately TSVECTOR NOT NULL)"
    )
    op.execute("CREATE INDEX ix_document_fts_everybody ON document_fts USING gin (everybody)")
    op.execute("CREATE INDEX ix_document_fts_privately ON document_fts USING gin (privately)")


def downgrade() -> None:
    op.execute("DROP TABLE document_fts")
    op.drop_table("document_version")
    op.drop_table("document_text")
    op.drop_table("document_tag")
    op.drop_table("notice_template")
    op.drop_table("document_topic_name")
    op.drop_table("document")
    op.drop_table("missed_search")
    op.drop_table("document_topic")
