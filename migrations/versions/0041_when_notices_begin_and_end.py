"""Indexes of when notices begin and end, which every public page of a help center asks."""

from alembic import op

revision = "0041"
down_revision = "0040"
INDEXES = ("starts_at", "ends_at")


def upgrade() -> None:
    for name in INDEXES:
        op.create_index(
            f"ix_document_service_id_{name}", "document", ["service_id", "kind", "state", name]
        )


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(f"ix_document_service_id_{name}", table_name="document")
