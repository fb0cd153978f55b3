"""A database that is migrated by a copy: a run migrates once for each engine."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from occ.cli import migrations, start
from occ.core.db import db
from occ.factory import create_app
from tests.support import postgres

FILE = "occ.sqlite3"
_kept: list[Path] = []


def keep_in(folder: Path) -> None:
    """Says where the processes of a run share what one of them migrated."""
    _kept[:] = [folder]


@contextmanager
def _alone(name: str) -> Iterator[Path]:
    """A file of the run's folder, which no other process looks at or makes meanwhile."""
    with open(_kept[0] / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield _kept[0] / name


def prepare(app: Flask) -> None:
    """Prepares a test's own database (`occ.cli.start.prepare`): one on PostgreSQL came migrated."""
    settings = app.extensions["occ_settings"]
    if not settings.database_url:
        put_in(settings.instance)
    start.prepare(app)


def put_in(instance: Path) -> Path:
    """Puts a migrated database file into an instance folder, for a process that is to start on it;
    returns the folder.
    """
    instance.mkdir(exist_ok=True)
    (instance / FILE).write_bytes(on_sqlite())
    return instance


def on_sqlite() -> bytes:
    """What a migrated database file holds."""
    with _alone("migrated.sqlite3") as file:
        if not file.exists():
            with tempfile.TemporaryDirectory() as folder:
                _migrate(folder, "")
                file.write_bytes((Path(folder) / FILE).read_bytes())
        return file.read_bytes()


def on_postgres(server: str) -> str:
    """The name of a migrated database that nobody is connected to."""
    with _alone("migrated.postgres") as note:
        if not note.exists():
            name = f"occ_migrated_{os.getpid()}"  # a server that was given may know other runs
            with tempfile.TemporaryDirectory() as folder:
                _migrate(folder, postgres.database(server, name))
            note.write_text(name)
        return note.read_text()


def _migrate(folder: str, url: str) -> None:
    app = create_app({"OCC_INSTANCE": Path(folder), "DATABASE_URL": url})
    with app.app_context():
        migrations.upgrade()
        db.session.remove()
        db.engine.dispose()
