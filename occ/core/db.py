"""The database: one session, explicit write transactions, SQLite and PostgreSQL alike."""

import enum
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, Session, registry

from occ.core import disk, waiting
from occ.core.settings import configured

# serialization failure, deadlock, a row that another transaction made meanwhile
RETRYABLE = {"40001", "40P01", "23505"}
BUSY_SECONDS = 15  # how long a writer waits for its turn
_writing: ContextVar[bool] = ContextVar("occ_writing", default=False)


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """Aware instants in UTC on both databases; a naive one is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
TYPES: dict[Any, Any] = {
    datetime: UTCDateTime(),
    dict[str, Any]: sa.JSON(),
    list[str]: sa.JSON(),
    list[dict[str, Any]]: sa.JSON(),
}


class Base(DeclarativeBase):
    registry = registry(metadata=sa.MetaData(naming_convention=NAMES), type_annotation_map=TYPES)


class Turns:
    """The writers of this process, first come, first served; an urgent one goes to the head.

    SQLite has one writer and no queue: whoever polls at the right moment is next, so that a batch
    which writes again and again starves everybody else.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_taken = False

    def take(self, seconds: float, *, urgent: bool = False) -> bool:
        """Waits for one's turn; False when it did not come within `seconds`."""
        mine = threading.Event()
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            if urgent:
                self._waiting.appendleft(mine)
            else:
                self._waiting.append(mine)
        if mine.wait(seconds):
            return True
        with self._guard:
            if mine not in self._waiting:
                return True  # handed over at the last moment
            self._waiting.remove(mine)
        return False

    def pass_on(self) -> None:
        """Hands the turn to whoever waits first."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False


class EndableSession(FlaskSession):
    """A session that ends whatever became of its connection.

    SQLAlchemy 2.1 raises from both when the server has cut the connection since the last
    statement, although it has rolled back by then: a request would lose its finished answer, a
    loop its thread.
    """

    def rollback(self) -> None:
        _although_cut(super().rollback)

    def close(self) -> None:
        _although_cut(super().close)


def _although_cut(end: Callable[[], None]) -> None:
    try:
        end()
    except sa.exc.DBAPIError as error:
        if not error.connection_invalidated:
            raise
        end()


class Database(SQLAlchemy):
    turns = Turns()

    @contextmanager
    def write(self, *, urgent: bool = False, keep: bool = False) -> Iterator[Session]:
        """One write transaction around one service call: commits at the end, rolls back on any
        error.

        What was read before is read again inside, and what was read inside after it; with `keep` it
        stays as this transaction left it, for who shows it in the same answer.

        Raises RuntimeError when one is open already, DiskFull where there is no room. On SQLite
        writers take turns before they take a connection; one who waited in vain asks the database
        all the same, which says so in its words.
        """
        if _writing.get():
            raise RuntimeError("a write transaction is already open")
        session = self.session()
        session.rollback()
        is_single = self.session.get_bind().dialect.name == "sqlite"
        if is_single:
            waiting.come()
        has_turn = is_single and self.turns.take(BUSY_SECONDS, urgent=urgent)
        token = _writing.set(True)
        try:
            # at once, so that what is refused before its first statement is rolled back, too
            session.begin()
            session.expire_on_commit = not keep
            yield session
            session.commit()
        except BaseException as error:
            session.rollback()
            if disk.is_full(error):
                raise disk.DiskFull from error
            raise
        finally:
            session.expire_on_commit = True
            _writing.reset(token)
            if has_turn:
                self.turns.pass_on()
            if is_single:
                waiting.leave()

    def changed(self, statement: sa.UpdateBase) -> int:
        """Carries an UPDATE or DELETE out; how many rows it changed."""
        result: Any = self.session.execute(statement)
        return int(result.rowcount)

    def remove(self, model: type[Any], *where: sa.ColumnElement[bool], limit: int) -> int:
        """Deletes rows of a table, at most `limit`; how many went."""
        key = sa.inspect(model).primary_key[0]
        return self.changed(
            sa.delete(model).where(key.in_(sa.select(key).where(*where).limit(limit)))
        )

    def insert_all(self, model: type[Any], rows: Sequence[Mapping[str, Any]]) -> None:
        """Inserts many rows by one statement; the session's own way would take one for each set of
        values that are None.
        """
        if rows:
            self.session.connection().execute(sa.insert(model.__table__), rows)

    def inserted(self, model: type[Any], rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """The same; returns their ids in the order of the rows."""
        if not rows:
            return []
        table = model.__table__
        stored = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
        return list(self.session.connection().execute(stored, rows).scalars())

    def insert_missing(self, model: type[Any], **values: Any) -> bool:
        """Inserts a row unless one of its key is there; whether it did.

        Another process that inserts it at the same moment is waited for.
        """
        insert = (
            sqlite.insert if self.session.get_bind().dialect.name == "sqlite" else postgresql.insert
        )
        key = sa.inspect(model).primary_key[0]
        made = insert(model.__table__).on_conflict_do_nothing().returning(key)
        self.session.flush()
        return self.session.connection().execute(made, values).first() is not None

    def lock(self, model: type[Any], ident: Any) -> Any:
        """The row as it is now, locked until the transaction ends (SQLite has one writer: a plain
        fetch there).

        The lock is a statement of its own: an ORM fetch FOR UPDATE refuses a row that another
        transaction changed while this one waited, instead of reading it again.
        """
        self.hold(model, ident)
        return self.session.get(model, ident, populate_existing=True)

    def lock_all(self, model: type[Any], idents: Sequence[Any]) -> dict[Any, Any]:
        """The same of several rows, by their keys; what is not there is left out."""
        key = sa.inspect(model).primary_key[0]
        wanted = key.in_(idents)
        if self.session.get_bind().dialect.name != "sqlite":
            self.session.execute(sa.select(key).where(wanted).order_by(key).with_for_update())
        rows = sa.select(model).where(wanted).execution_options(populate_existing=True)
        return {self.key_of(row): row for row in self.session.scalars(rows).unique()}

    def hold(self, model: type[Any], ident: Any) -> None:
        """Locks a row until the transaction ends, for who does not read it (SQLite has one
        writer).
        """
        if self.session.get_bind().dialect.name != "sqlite":
            key = sa.inspect(model).primary_key[0]
            self.session.execute(sa.select(key).where(key == ident).with_for_update())

    def key_of(self, row: Any) -> Any:
        """A row's primary key, also where a transaction that ended forgot the rest: no read."""
        return sa.inspect(row).identity[0]

    def lock_name(self, name: str) -> None:
        """Waits for other transactions that hold this name, and holds it until this one ends
        (SQLite has one writer).
        """
        if self.session.get_bind().dialect.name != "sqlite":
            self.session.execute(
                sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, 0)))
            )


db = Database(model_class=Base, session_options={"class_": EndableSession})
E = TypeVar("E", bound=enum.Enum)


def enum_type(cls: type[E]) -> sa.Enum:
    """A column type for an enum: its lower-case values as text, without native types or CHECKs."""
    return sa.Enum(
        cls,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda c: [str(m.value) for m in c],
        validate_strings=True,
    )


def is_retryable(error: sa.exc.DBAPIError) -> bool:
    """Whether the same transaction may succeed if run again."""
    return getattr(error.orig, "sqlstate", None) in RETRYABLE


def engine_url(database_url: str, instance: Any) -> str:
    """SQLAlchemy's URL for a setting: PostgreSQL through psycopg 3, else a file in the instance
    folder.

    Raises SystemExit in words for what is neither; a password stays unsaid.
    """
    for prefix in ("postgresql://", "postgres://"):
        if database_url.startswith(prefix):
            database_url = "postgresql+psycopg://" + database_url.removeprefix(prefix)
    database_url = database_url or f"sqlite:///{instance}/occ.sqlite3"
    try:
        known = sa.make_url(database_url).drivername in ("postgresql+psycopg", "sqlite")
    except (sa.exc.ArgumentError, ValueError):
        known = False
    if not known:
        raise SystemExit(
            "DATABASE_URL cannot be used: give PostgreSQL as "
            "postgresql://user:password@host/name, with signs such as @ or / of the "
            "password written as %40 or %2F, or leave it empty for SQLite."
        )
    return database_url


def _pragmas(synchronous: str) -> tuple[str, ...]:
    return (
        "PRAGMA journal_mode=WAL",
        f"PRAGMA synchronous={'NORMAL' if synchronous.upper() == 'NORMAL' else 'FULL'}",
        "PRAGMA secure_delete=ON",
        f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}",
        "PRAGMA foreign_keys=ON",
        "PRAGMA cache_size=-8000",
        "PRAGMA mmap_size=268435456",
        "PRAGMA journal_size_limit=67108864",
    )


def prepare_engine(engine: Engine, synchronous: str = "FULL") -> None:
    """Readers read, writers take the write lock at once: no lost updates, no instant 'locked'."""
    if engine.dialect.name == "sqlite":
        import sqlite3

        if sqlite3.sqlite_version_info < (3, 40):
            raise SystemExit(
                f"SQLite 3.40 or newer is needed, this Python has {sqlite3.sqlite_version}."
            )

        @event.listens_for(engine, "connect")
        def connect(dbapi: Any, record: Any) -> None:
            dbapi.isolation_level = None
            for pragma in _pragmas(synchronous):
                dbapi.execute(pragma)

        @event.listens_for(engine, "begin")
        def begin_sqlite(connection: Connection) -> None:
            if connection.info.get("reads_only") != (not _writing.get()):
                connection.exec_driver_sql(f"PRAGMA query_only={0 if _writing.get() else 1}")
                connection.info["reads_only"] = not _writing.get()
            connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")

    else:

        @event.listens_for(engine, "begin")
        def begin_postgres(connection: Connection) -> None:
            if not _writing.get():
                connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def init_app(app: Flask) -> None:
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine, configured().sqlite_synchronous)
