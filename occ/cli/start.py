"""Before a process works: the database is migrated, and belongs to the keys of this instance."""

import re
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from occ import config
from occ.core.db import db
from occ.organization.models import KeyMark

VERSIONS = config.ROOT / "migrations" / "versions"


def head_revision(folder: Path = VERSIONS) -> str:
    """The newest revision, read from the files, without loading Alembic."""
    text = "\n".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    revisions = set(re.findall(r'^revision = "(\w+)"', text, re.M))
    return str((revisions - set(re.findall(r'^down_revision = "(\w+)"', text, re.M))).pop())


def _stored_revision() -> str | None:
    try:
        found: str | None = db.session.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return found
    except sa.exc.SQLAlchemyError:
        return None
    finally:
        db.session.rollback()


def prepare(app: Flask) -> None:
    """Migrates when needed and refuses keys that do not fit, in words."""
    with app.app_context():
        if _stored_revision() != head_revision():
            from occ.cli import migrations

            migrations.upgrade()
        fingerprint = app.extensions["occ_keys"].fingerprint()
        if db.session.get(KeyMark, 1) is None:
            with db.write():
                db.insert_missing(KeyMark, id=1, fingerprint=fingerprint)
        if db.session.get_one(KeyMark, 1).fingerprint != fingerprint:
            raise SystemExit(
                "The keys of this instance do not belong to this database. Put back the file 'keys' of the instance "
                "folder it was made with, or give its keys in OCC_KEYS."
            )
        db.session.remove()
