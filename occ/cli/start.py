"""Before a process works: the database is migrated, and belongs to the keys of this instance."""

import re
import sqlite3

import sqlalchemy as sa
from flask import Flask

from occ import config
from occ.core import crypto
from occ.core.db import db, engine_url
from occ.organization.models import KeyMark

VERSIONS = config.RESOURCES / "migrations" / "versions"


def _revisions() -> tuple[set[str], str]:
    """Every revision that this version knows and the newest of them, read from the
    files, without loading Alembic.
    """
    text = "\n".join(path.read_text("utf-8") for path in VERSIONS.glob("*.py"))
    known = set(re.findall(r'^revision = "(\w+)"', text, re.M))
    return known, str((known - set(re.findall(r'^down_revision = "(\w+)"', text, re.M))).pop())


def _stored_revision() -> str | None:
    """The database's revision, None for an empty one."""
    try:
        there = sa.inspect(db.session.connection()).has_table("alembic_version")
        return (
            db.session.scalar(sa.text("SELECT version_num FROM alembic_version")) if there else None
        )
    finally:
        db.session.rollback()


_SQLITE = {
    sqlite3.SQLITE_NOTADB: (
        "It is no SQLite database or damaged. Put a backup in its place, or move it away "
        "to begin with an empty one."
    ),
    sqlite3.SQLITE_CORRUPT: (
        "It is damaged. Put a backup in its place, or move it away to begin with an empty one."
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "It cannot be opened. Make the folder and the file readable and writable for the "
        "user that runs OCC."
    ),
    sqlite3.SQLITE_READONLY: (
        "It cannot be written. Make the folder and the file writable for the user that runs OCC."
    ),
    sqlite3.SQLITE_BUSY: "Another program keeps it locked. Stop that program, then start again.",
    sqlite3.SQLITE_FULL: "The disk is full. Make room, then start again.",
    sqlite3.SQLITE_IOERR: (
        "Reading or writing it failed. Check the disk; SQLite needs a local one, not a "
        "network share."
    ),
}


def explained(error: Exception) -> str | None:
    """What is wrong with the database and what to do about it; None for
    errors of the program itself.
    """
    if not isinstance(error, sa.exc.DBAPIError):
        return None
    settings = config.load()
    url = sa.make_url(engine_url(settings.database_url, settings.instance))
    if isinstance(error.orig, sqlite3.Error):
        advice = _SQLITE.get(getattr(error.orig, "sqlite_errorcode", 0) & 0xFF)
        return f"The database {url.database} cannot be used. {advice}" if advice else None
    if isinstance(error, sa.exc.OperationalError):
        reason = str(error.orig).strip().splitlines()[0].rstrip(".")
        where = url.set(drivername="postgresql").render_as_string(hide_password=True)
        return (
            f"PostgreSQL cannot be used at {where}: {reason}. Check DATABASE_URL, and that "
            "the server runs and lets this user in."
        )
    return None


def prepare(app: Flask) -> None:
    """Migrates when needed and refuses keys that do not fit, in words."""
    with app.app_context():
        stored, (known, head) = _stored_revision(), _revisions()
        if stored is not None and stored not in known:
            raise SystemExit(
                "The database is newer than this version of OCC: it has revision "
                f"{stored}, this version knows up to {head}. "
                "Install the newer version again, or put back a backup that was made with this one."
            )
        if stored != head:
            from occ.cli import migrations

            migrations.upgrade()
        with db.write() as session:  # refused now rather than at the first click
            session.execute(sa.text("SELECT 1"))
        fingerprint = crypto.ring().fingerprint()
        if db.session.get(KeyMark, 1) is None:
            with db.write():
                db.insert_missing(KeyMark, id=1, fingerprint=fingerprint)
        if db.session.get_one(KeyMark, 1).fingerprint != fingerprint:
            raise SystemExit(
                "The keys of this instance do not belong to this database. Put back "
                "the file 'keys' of the instance "
                "folder it was made with, or give its keys in OCC_KEYS."
            )
        db.session.remove()
