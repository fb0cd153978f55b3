"""phone contract"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
THERE = sa.text("deleted_at IS NULL")
LISTS = {
    "ix_callback_service_id_requested_at": ["service_id", "requested_at", "id"],
    "ix_callback_service_id_state_requested_at": ["service_id", "state", "requested_at", "id"],
}


def upgrade() -> None:
    op.create_table(
        "tenant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("business_number", sa.String(length=20), nullable=False),
        sa.Column("contact", sa.String(length=50), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("postal_code", sa.String(length=10), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("licence_id", sa.Integer(), nullable=True),
        sa.Column("terminated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("terminated_on", sa.Date(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
    )
    op.create_table(
        "desk_phone_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("submit_key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("model", sa.String(length=50), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(length=50), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("postal_code", sa.String(length=10), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("ordered_by", sa.String(length=100), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shipped_on", sa.Date(), nullable=True),
        sa.Column("in_use_on", sa.Date(), nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_desk_phone_order_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_phone_order")),
        sa.UniqueConstraint("submit_key", name=op.f("uq_desk_phone_order_submit_key")),
    )
    with op.batch_alter_table("desk_phone_order", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_desk_phone_order_shipped_on"), ["shipped_on"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_desk_phone_order_tenant_id"), ["tenant_id"], unique=False
        )

    op.create_table(
        "tenant_licence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("plan", sa.String(32), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_tenant_licence_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant_licence")),
        sa.UniqueConstraint("tenant_id", "local_date", "kind", name="uq_tenant_licence_once_a_day"),
    )
    with op.batch_alter_table("charge", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_charge_service_id_day_item"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_charge_service_id_day_item_unit_micros"),
            ["service_id", "day", "item", "unit_micros"],
        )

    _index_lists("deleted_at")
    _fill()
    op.execute("ALTER TABLE cti_settings DROP COLUMN lines")


def _index_lists(*last: str) -> None:
    for name, columns in LISTS.items():
        op.drop_index(name, "callback")
        op.create_index(
            name, "callback", [*columns, *last], sqlite_where=THERE, postgresql_where=THERE
        )


def _fill() -> None:
    """An organization that has phone gets its contract: the seats that
    are taken, the lines it had.
    """
    bind = op.get_bind()
    settings = bind.execute(
        sa.text("SELECT lines, (SELECT name FROM organization) AS name FROM cti_settings")
    ).first()
    if settings is None:
        return
    now = datetime.now(UTC)
    seats = (
        bind.execute(sa.text("SELECT count(*) FROM cti_agent WHERE removed_at IS NULL")).scalar()
        or 1
    )
    empty = dict.fromkeys(
        ("business_number", "contact", "phone", "email", "postal_code", "address"), ""
    )
    names = ("id", "state", "name", *empty, "licence_id", "version")
    tenant = sa.table("tenant", *map(sa.column, names), sa.column("starts_on", sa.Date()))
    values = {
        "id": 1,
        "state": "active",
        "name": settings.name,
        "licence_id": 1,
        "version": 1,
        "starts_on": now.date(),
        **empty,
    }
    bind.execute(tenant.insert().values(**values))
    columns = [sa.column("local_date", sa.Date()), sa.column("at", sa.DateTime(timezone=True))]
    licence = sa.table(
        "tenant_licence",
        *map(sa.column, ("id", "tenant_id", "kind", "plan", "seats", "lines")),
        *columns,
    )
    values = {
        "id": 1,
        "tenant_id": 1,
        "kind": "signed",
        "plan": "recording",
        "seats": seats,
        "lines": settings.lines,
    }
    bind.execute(licence.insert().values(**values, local_date=now.date(), at=now))
    if bind.dialect.name == "postgresql":
        for name in ("tenant", "tenant_licence"):
            op.execute(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), 1)")


def downgrade() -> None:
    _index_lists()
    op.add_column(
        "cti_settings", sa.Column("lines", sa.Integer(), nullable=False, server_default="30")
    )
    op.execute("DELETE FROM charge WHERE service_id = 0")
    with op.batch_alter_table("charge", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("uq_charge_service_id_day_item_unit_micros"), type_="unique"
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_charge_service_id_day_item"), ["service_id", "day", "item"]
        )

    op.drop_table("tenant_licence")
    with op.batch_alter_table("desk_phone_order", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_desk_phone_order_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_desk_phone_order_shipped_on"))

    op.drop_table("desk_phone_order")
    op.drop_table("tenant")
