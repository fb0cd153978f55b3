"""A database that is migrated by a copy: each process of a run migrates once for each engine."""

import os
import tempfile
from functools import cache
from pathlib import Path

from flask import Flask

from occ.cli import migrations, start
from occ.core.db import db
from occ.factory import create_app
from tests.support import postgres

FILE = "occ.sqlite3"


def prepare(app: Flask) -> None:
    """Prepares a test's own database (`occ.cli.start.prepare`): one on PostgreSQL came migrated."""
    settings = app.extensions["occ_settings"]
    if not settings.database_url:
        (settings.instance / FILE).write_bytes(_on_sqlite())
    start.prepare(app)


@cache
def _on_sqlite() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        _migrate(folder, "")
        return (Path(folder) / FILE).read_bytes()


@cache
def on_postgres(server: str) -> str:
    """The name of a migrated database that nobody is connected to."""
    name = f"occ_migrated_{os.getpid()}"
    with tempfile.TemporaryDirectory() as folder:
        _migrate(folder, postgres.database(server, name))
    return name


def _migrate(folder: str, url: str) -> None:
    app = create_app({"OCC_INSTANCE": Path(folder), "DATABASE_URL": url})
    with app.app_context():
        migrations.upgrade()
        db.session.remove()
        db.engine.dispose()
