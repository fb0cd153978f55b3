"""Indexes that hold all that monitoring counts, so that it reads no call."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
REPLACED = {
    "ix_call_service_id_day": ("call", ["service_id", "day"]),
    "ix_queue_entry_service_id_day": ("queue_entry", ["service_id", "day"]),
}
MADE = {
    "ix_call_arrived": ("call", ["service_id", "day", "direction", "started_at"]),
    "ix_queue_entry_figures": (
        "queue_entry",
        ["service_id", "day", "queue_id", "outcome", "waited_ms"],
    ),
    "ix_queue_entry_service_id_day_entered_at": (
        "queue_entry",
        ["service_id", "day", "entered_at"],
    ),
}
OPEN = "ix_queue_entry_open"
CONSULT = "ix_call_leg_consult"


def upgrade() -> None:
    for name, (table, columns) in MADE.items():
        op.create_index(name, table, columns)
    _create_partial(CONSULT, "call_leg", ["service_id", "started_at"], "kind = 'consult'")
    op.drop_index(OPEN, "queue_entry")
    _create_partial(
        OPEN, "queue_entry", ["service_id", "queue_id", "entered_at"], "left_at IS NULL"
    )
    for name, (table, _columns) in REPLACED.items():
        op.drop_index(name, table)


def downgrade() -> None:
    for name, (table, columns) in REPLACED.items():
        op.create_index(name, table, columns)
    op.drop_index(OPEN, "queue_entry")
    _create_partial(OPEN, "queue_entry", ["entered_at"], "left_at IS NULL")
    op.drop_index(CONSULT, "call_leg")
    for name, (table, _columns) in MADE.items():
        op.drop_index(name, table)


def _create_partial(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
