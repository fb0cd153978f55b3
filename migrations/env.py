"""Migrations on a connection of their own: foreign keys off while SQLite copies
tables, one lock on PostgreSQL.
"""

import sqlalchemy as sa
from alembic import context
from flask import current_app

from occ.cli.migrations import include
from occ.core.db import UTCDateTime, db

LOCK = 0x0CC


def render(kind: str, item: object, autogen: object) -> str | bool:
    """Plain column types: a migration must not change when the code it was made from does."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sa.Enum):
        return f"sa.String({item.length})"
    return False


def run(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        transactional_ddl=True,
        transaction_per_migration=False,
        compare_type=True,
        include_object=include,
        render_item=render,
    )
    with context.begin_transaction():
        context.run_migrations()


def sqlite() -> None:
    engine = sa.create_engine(current_app.config["SQLALCHEMY_DATABASE_URI"], poolclass=sa.NullPool)

    @sa.event.listens_for(engine, "connect")
    def connect(dbapi: object, record: object) -> None:
        dbapi.isolation_level = None  # type: ignore[attr-defined]
        for pragma in ("busy_timeout=60000", "journal_mode=WAL", "foreign_keys=OFF"):
            dbapi.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.connect() as connection, connection.begin():
        run(connection)
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"the migration would break foreign keys: {broken[:5]}")


def postgres() -> None:
    engine = sa.create_engine(current_app.config["SQLALCHEMY_DATABASE_URI"], poolclass=sa.NullPool)
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        run(connection)


if current_app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
    sqlite()
else:
    postgres()
