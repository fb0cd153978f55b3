"""telephony"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _table(name: str, *columns: str, **typed: sa.types.TypeEngine) -> sa.TableClause:
    return sa.table(
        name, *(sa.column(c) for c in columns), *(sa.column(c, kind) for c, kind in typed.items())
    )


SERVICE, CONTRACT = (
    _table("service", "id", "contract_id"),
    _table("contract", "id", values=sa.JSON()),
)
ORGANIZATION, MEMBER = _table("organization", "code", "name"), _table("member", "id", "login_id")
AGENT = _table("agent", "member_id", phone=sa.Boolean(), removed_at=sa.DateTime(timezone=True))
PHONE = _table(
    "phone_service",
    "service_id",
    "main_number",
    "after_login",
    "after_call",
    "popup_url",
    "version",
)
SETTINGS = _table(
    "cti_settings",
    "id",
    "version_name",
    "tenant_id",
    "tenant_name",
    "service_level_seconds",
    "recall_seconds",
    "ticket_on",
    "lines",
    "version",
    log_on=sa.Boolean(),
    record=sa.Boolean(),
)
CTI_AGENT = _table("cti_agent", "member_id", "cti_id", "number", "version", popup=sa.Boolean())


def upgrade() -> None:
    op.create_table(
        "agent_interval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("outbound", sa.Boolean(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("service_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_interval")),
    )
    with op.batch_alter_table("agent_interval", schema=None) as batch_op:
        batch_op.create_index(
            "ix_agent_interval_member_id_started_at", ["member_id", "started_at"], unique=False
        )
        batch_op.create_index(
            "uq_agent_interval_open",
            ["member_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "cti_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("service_id", sa.Integer(), nullable=True),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("logged", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cti_event")),
    )
    with op.batch_alter_table("cti_event", schema=None) as batch_op:
        batch_op.create_index("ix_cti_event_at", ["at"], unique=False)
        batch_op.create_index("ix_cti_event_call_id", ["call_id"], unique=False)

    op.create_table(
        "cti_log_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_cti_log_day")),
    )
    op.create_table(
        "cti_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_name", sa.String(32), nullable=False),
        sa.Column("tenant_id", sa.String(length=30), nullable=False),
        sa.Column("tenant_name", sa.String(length=50), nullable=False),
        sa.Column("service_level_seconds", sa.Integer(), nullable=False),
        sa.Column("recall_seconds", sa.Integer(), nullable=False),
        sa.Column("log_on", sa.Boolean(), nullable=False),
        sa.Column("record", sa.Boolean(), nullable=False),
        sa.Column("ticket_on", sa.String(32), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cti_settings")),
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("phone", name=op.f("uq_customer_phone")),
    )
    op.create_table(
        "live_version",
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_live_version")),
    )
    op.create_table(
        "phone_command",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("command", sa.String(32), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_command")),
        sa.UniqueConstraint("key", name=op.f("uq_phone_command_key")),
    )
    with op.batch_alter_table("phone_command", schema=None) as batch_op:
        batch_op.create_index(
            "ix_phone_command_open",
            ["id"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )

    op.create_table(
        "telephony_owner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("alive_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("driver", sa.String(length=30), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telephony_owner")),
    )
    op.create_table(
        "call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("direction", sa.String(32), nullable=False),
        sa.Column("phase", sa.String(32), nullable=False),
        sa.Column("customer_number", sa.String(length=32), nullable=False),
        sa.Column("service_number", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("queue_id", sa.Integer(), nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("target_member_id", sa.Integer(), nullable=True),
        sa.Column("target_number", sa.String(length=32), nullable=False),
        sa.Column("closing", sa.String(32), nullable=True),
        sa.Column("hears", sa.String(32), nullable=False),
        sa.Column("announcement", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("phase_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(32), nullable=True),
        sa.Column("handled_by", sa.Integer(), nullable=True),
        sa.Column("link_label", sa.String(length=40), nullable=False),
        sa.Column("link_endpoint", sa.String(length=64), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_call_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("ref", name=op.f("uq_call_ref")),
    )
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(
            "ix_call_direction_started_at", ["direction", "started_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_call_handled_by"), ["handled_by"], unique=False)
        batch_op.create_index(
            "ix_call_open",
            ["phase"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index("ix_call_service_id_day", ["service_id", "day"], unique=False)

    op.create_table(
        "caller_id",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("proof", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("submitted_by", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_caller_id_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["member.id"], name=op.f("fk_caller_id_submitted_by_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caller_id")),
    )
    with op.batch_alter_table("caller_id", schema=None) as batch_op:
        batch_op.create_index(
            "ix_caller_id_service_id_position", ["service_id", "position"], unique=False
        )

    op.create_table(
        "cti_agent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("cti_id", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=10), nullable=True),
        sa.Column("popup", sa.Boolean(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_cti_agent_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cti_agent")),
        sa.UniqueConstraint("cti_id", name=op.f("uq_cti_agent_cti_id")),
        sa.UniqueConstraint("number", name=op.f("uq_cti_agent_number")),
    )
    with op.batch_alter_table("cti_agent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cti_agent_member_id"), ["member_id"], unique=False)

    op.create_table(
        "cti_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("login_entry_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idle_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.String(32), nullable=False),
        sa.Column("robot", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_cti_session_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cti_session")),
    )
    with op.batch_alter_table("cti_session", schema=None) as batch_op:
        batch_op.create_index(
            "uq_cti_session_open",
            ["member_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "disposition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_disposition_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposition")),
    )
    with op.batch_alter_table("disposition", schema=None) as batch_op:
        batch_op.create_index(
            "ix_disposition_service_id_position", ["service_id", "position"], unique=False
        )

    op.create_table(
        "phone_favourite",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_phone_favourite_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_favourite")),
    )
    with op.batch_alter_table("phone_favourite", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_phone_favourite_member_id"), ["member_id"], unique=False
        )

    op.create_table(
        "phone_service",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("main_number", sa.String(length=32), nullable=False),
        sa.Column("after_login", sa.String(32), nullable=False),
        sa.Column("after_call", sa.String(32), nullable=False),
        sa.Column("popup_url", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_phone_service_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_phone_service")),
        sa.UniqueConstraint("main_number", name=op.f("uq_phone_service_main_number")),
    )
    op.create_table(
        "queue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_queue_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue")),
    )
    with op.batch_alter_table("queue", schema=None) as batch_op:
        batch_op.create_index(
            "ix_queue_service_id_position", ["service_id", "position"], unique=False
        )

    op.create_table(
        "simulator_load",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("calls_per_hour", sa.Integer(), nullable=False),
        sa.Column("patience_seconds", sa.Integer(), nullable=False),
        sa.Column("talk_seconds", sa.Integer(), nullable=False),
        sa.Column("robots", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_simulator_load_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_simulator_load")),
    )
    op.create_table(
        "wall_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("addresses", sa.String(length=500), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by"], ["member.id"], name=op.f("fk_wall_link_made_by_member")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_wall_link_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wall_link")),
        sa.UniqueConstraint("hash", name=op.f("uq_wall_link_hash")),
    )
    with op.batch_alter_table("wall_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wall_link_service_id"), ["service_id"], unique=False)

    op.create_table(
        "call_leg",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("direction", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(32), nullable=True),
        sa.Column("talk_ms", sa.Integer(), nullable=False),
        sa.Column("disposition_id", sa.Integer(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_call_leg_call_id_call"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_leg")),
    )
    with op.batch_alter_table("call_leg", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_leg_call_id"), ["call_id"], unique=False)
        batch_op.create_index("ix_call_leg_member_id_day", ["member_id", "day"], unique=False)
        batch_op.create_index("ix_call_leg_service_id_day", ["service_id", "day"], unique=False)

    op.create_table(
        "queue_agent",
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agent.id"],
            name=op.f("fk_queue_agent_agent_id_agent"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["queue_id"],
            ["queue.id"],
            name=op.f("fk_queue_agent_queue_id_queue"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("queue_id", "agent_id", name=op.f("pk_queue_agent")),
    )
    with op.batch_alter_table("queue_agent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_queue_agent_agent_id"), ["agent_id"], unique=False)

    op.create_table(
        "queue_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(32), nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("waited_ms", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_queue_entry_call_id_call"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_entry")),
    )
    with op.batch_alter_table("queue_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_queue_entry_call_id"), ["call_id"], unique=False)
        batch_op.create_index(
            "ix_queue_entry_open",
            ["entered_at"],
            unique=False,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )
        batch_op.create_index("ix_queue_entry_service_id_day", ["service_id", "day"], unique=False)

    op.create_table(
        "recording",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_recording_call_id_call"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
        sa.UniqueConstraint("name", name=op.f("uq_recording_name")),
    )
    with op.batch_alter_table("recording", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recording_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recording_started_at"), ["started_at"], unique=False)

    op.create_table(
        "ticket",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["member.id"], name=op.f("fk_ticket_assignee_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_ticket_call_id_call"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_ticket_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_ticket_service_id_service"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
    )
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_assignee_id"), ["assignee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index("ix_ticket_service_id_id", ["service_id", "id"], unique=False)

    _fill()


def _fill() -> None:
    """Services that contracted phone before get what new ones get: a number,
    settings, CTI data of their agents.
    """
    bind = op.get_bind()
    rows = bind.execute(
        sa.select(SERVICE.c.id, CONTRACT.c["values"]).join(
            CONTRACT, CONTRACT.c.id == SERVICE.c.contract_id
        )
    )
    phone = [ident for ident, values in rows if "phone" in values["features"]]
    if not phone:
        return
    org = bind.execute(sa.select(ORGANIZATION.c.code, ORGANIZATION.c.name)).one()
    numbers = [
        {
            "service_id": i,
            "main_number": f"+8270{i:08}",
            "after_login": "ready",
            "after_call": "wrap_up",
            "popup_url": "",
            "version": 1,
        }
        for i in phone
    ]
    bind.execute(PHONE.insert(), numbers)
    settings = {
        "id": 1,
        "version_name": "mobile",
        "tenant_id": org.code,
        "tenant_name": org.name[:50],
        "service_level_seconds": 20,
        "recall_seconds": 30,
        "log_on": True,
        "record": True,
        "ticket_on": "connection",
        "lines": 30,
        "version": 1,
    }
    bind.execute(SETTINGS.insert(), [settings])
    people = sa.select(MEMBER.c.id, MEMBER.c.login_id).join(AGENT, AGENT.c.member_id == MEMBER.c.id)
    people = (
        people.where(AGENT.c.phone, AGENT.c.removed_at.is_(None)).distinct().order_by(MEMBER.c.id)
    )
    data = [
        {
            "member_id": ident,
            "cti_id": login[:20],
            "number": str(2001 + n),
            "popup": True,
            "version": 1,
        }
        for n, (ident, login) in enumerate(bind.execute(people))
    ]
    if data:
        bind.execute(CTI_AGENT.insert(), data)


def downgrade() -> None:
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.drop_index("ix_ticket_service_id_id")
        batch_op.drop_index(batch_op.f("ix_ticket_customer_id"))
        batch_op.drop_index(batch_op.f("ix_ticket_call_id"))
        batch_op.drop_index(batch_op.f("ix_ticket_assignee_id"))

    op.drop_table("ticket")
    with op.batch_alter_table("recording", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recording_started_at"))
        batch_op.drop_index(batch_op.f("ix_recording_call_id"))

    op.drop_table("recording")
    with op.batch_alter_table("queue_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_queue_entry_service_id_day")
        batch_op.drop_index(
            "ix_queue_entry_open",
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_queue_entry_call_id"))

    op.drop_table("queue_entry")
    with op.batch_alter_table("queue_agent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_queue_agent_agent_id"))

    op.drop_table("queue_agent")
    with op.batch_alter_table("call_leg", schema=None) as batch_op:
        batch_op.drop_index("ix_call_leg_service_id_day")
        batch_op.drop_index("ix_call_leg_member_id_day")
        batch_op.drop_index(batch_op.f("ix_call_leg_call_id"))

    op.drop_table("call_leg")
    with op.batch_alter_table("wall_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wall_link_service_id"))

    op.drop_table("wall_link")
    op.drop_table("simulator_load")
    with op.batch_alter_table("queue", schema=None) as batch_op:
        batch_op.drop_index("ix_queue_service_id_position")

    op.drop_table("queue")
    op.drop_table("phone_service")
    with op.batch_alter_table("phone_favourite", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_phone_favourite_member_id"))

    op.drop_table("phone_favourite")
    with op.batch_alter_table("disposition", schema=None) as batch_op:
        batch_op.drop_index("ix_disposition_service_id_position")

    op.drop_table("disposition")
    with op.batch_alter_table("cti_session", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_cti_session_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("cti_session")
    with op.batch_alter_table("cti_agent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cti_agent_member_id"))

    op.drop_table("cti_agent")
    with op.batch_alter_table("caller_id", schema=None) as batch_op:
        batch_op.drop_index("ix_caller_id_service_id_position")

    op.drop_table("caller_id")
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.drop_index("ix_call_service_id_day")
        batch_op.drop_index(
            "ix_call_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_call_handled_by"))
        batch_op.drop_index("ix_call_direction_started_at")
        batch_op.drop_index(batch_op.f("ix_call_customer_id"))

    op.drop_table("call")
    op.drop_table("telephony_owner")
    with op.batch_alter_table("phone_command", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_phone_command_open",
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )

    op.drop_table("phone_command")
    op.drop_table("live_version")
    op.drop_table("customer")
    op.drop_table("cti_settings")
    op.drop_table("cti_log_day")
    with op.batch_alter_table("cti_event", schema=None) as batch_op:
        batch_op.drop_index("ix_cti_event_call_id")
        batch_op.drop_index("ix_cti_event_at")

    op.drop_table("cti_event")
    with op.batch_alter_table("agent_interval", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_agent_interval_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("ix_agent_interval_member_id_started_at")

    op.drop_table("agent_interval")
