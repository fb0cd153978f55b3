"""Migrations through Flask-Migrate, which is loaded only when it is needed."""

from typing import Any

from flask import current_app

from occ import config
from occ.core.db import db


def _migrate() -> Any:
    import flask_migrate

    if "migrate" not in current_app.extensions:
        flask_migrate.Migrate(current_app, db, directory=str(config.RESOURCES / "migrations"))
    return flask_migrate


def include(item: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
    """What models and database are compared by: full-text tables and
    their indexes are made by hand.
    """
    return not (kind in ("table", "index") and name is not None and "_fts" in name)


def upgrade(revision: str = "head") -> None:
    _migrate().upgrade(revision=revision)


def downgrade(revision: str) -> None:
    _migrate().downgrade(revision=revision)


def revise(message: str, number: str) -> None:
    """A new revision from the difference between the models and the migrated database."""
    _migrate().migrate(message=message, rev_id=number)


def check() -> None:
    """Raises when the models differ from the migrated database."""
    _migrate().check()
