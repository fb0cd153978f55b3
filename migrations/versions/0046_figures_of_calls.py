"""Figures of calls: who asked for a consultation, the accepted abandon time, daily summaries; and
indexes of histories.
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
TALKS = sa.text("kind = 'agent' AND answered_at IS NOT NULL")


def upgrade() -> None:
    op.add_column(
        "cti_settings",
        sa.Column("accepted_abandon_seconds", sa.Integer(), nullable=False, server_default="10"),
    )
    with op.batch_alter_table("cti_settings") as table:
        table.alter_column("accepted_abandon_seconds", server_default=None)
    op.add_column("call_leg", sa.Column("asked_by", sa.Integer(), nullable=True))
    # whoever talked with the customer while the consultation went on
    op.execute(
        "UPDATE call_leg SET asked_by = (SELECT max(agent.member_id) FROM call_leg AS agent"
        " WHERE agent.call_id = call_leg.call_id AND agent.kind = 'agent'"
        " AND agent.answered_at <= call_leg.started_at"
        " AND (agent.ended_at IS NULL OR agent.ended_at >= call_leg.started_at))"
        " WHERE kind = 'consult'"
    )
    op.create_index(
        "ix_cti_session_member_id_started_at", "cti_session", ["member_id", "started_at"]
    )
    op.create_index("ix_callback_history", "callback", ["service_id", "requested_at", "id"])
    op.create_index("ix_call_listed", "call", ["service_id", "started_at", "id"])
    op.create_index(
        "ix_call_leg_talks",
        "call_leg",
        ["service_id", "started_at", "id"],
        sqlite_where=TALKS,
        postgresql_where=TALKS,
    )
    op.create_table(
        "call_day",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("level_seconds", sa.Integer(), nullable=False),
        sa.Column("early_seconds", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_call_day_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("service_id", "day", name=op.f("pk_call_day")),
    )
    op.create_table(
        "call_figure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("ms", sa.BigInteger(), nullable=False),
        sa.Column("longest", sa.Integer(), nullable=False),
        sa.Column("within", sa.Integer(), nullable=False),
        sa.Column("early", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_figure")),
        sa.UniqueConstraint(
            "service_id",
            "kind",
            "day",
            "subject",
            "code",
            name=op.f("uq_call_figure_service_id_kind_day_subject_code"),
        ),
    )
    op.create_index("ix_call_figure_day", "call_figure", ["service_id", "day"])


def downgrade() -> None:
    op.drop_table("call_figure")
    op.drop_table("call_day")
    op.drop_index("ix_call_leg_talks", table_name="call_leg")
    op.drop_index("ix_call_listed", table_name="call")
    op.drop_index("ix_callback_history", table_name="callback")
    op.drop_index("ix_cti_session_member_id_started_at", table_name="cti_session")
    op.drop_column("call_leg", "asked_by")
    op.drop_column("cti_settings", "accepted_abandon_seconds")
