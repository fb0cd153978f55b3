"""Personal values at rest: AES-GCM with data keys of their own, which rows wrap with the instance's
key.

A database without the instance's keys reveals none of them. Every value names its key, so that keys
are exchanged while requests run: `new_key`, every holder's values sealed again, `drop_keys`.
"""

import base64
import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column

from occ.core import clock, crypto, live
from occ.core.db import Base, db

NONCE = 12  # bytes, random for each value (NIST SP 800-38D)


class KeyDropped(ValueError):
    """What was sealed with a key that is no longer there."""


class DataKey(Base):
    """A key that seals values, wrapped with the instance's key."""

    __tablename__ = "data_key"
    id: Mapped[int] = mapped_column(primary_key=True)
    wrapped: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime]


def _keys() -> dict[int, bytes]:
    """Keys unwrapped so far by this process; an id never changes its key."""
    found: dict[int, bytes] = current_app.extensions.setdefault("occ_data_keys", {})
    return found


def _key(ident: int) -> bytes:
    known = _keys()
    if ident not in known:
        row = db.session.get(DataKey, ident)
        if row is None:
            raise KeyDropped(f"the data key {ident} was removed")
        known[ident] = base64.b64decode(crypto.ring().decrypt(row.wrapped))
    return known[ident]


def new_key() -> int:
    """Makes the key that seals from now on, inside the caller's transaction."""
    made = DataKey(
        wrapped=crypto.ring().encrypt(base64.b64encode(secrets.token_bytes(32)).decode()),
        created_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    return made.id


def newest() -> int:
    """The key that seals now; it is held until the transaction ends, so
    that nobody drops it meanwhile.
    """
    found = db.session.scalar(
        sa.select(DataKey.id).order_by(DataKey.id.desc()).limit(1).with_for_update(read=True)
    )
    return found if found is not None else new_key()


def seal(text: str, about: str) -> str:
    """A value sealed for one place (`about`, such as its row): moved to another it opens no
    more.
    """
    ident = newest()
    nonce = secrets.token_bytes(NONCE)
    sealed = AESGCM(_key(ident)).encrypt(nonce, text.encode(), about.encode())
    return f"{ident}:{base64.b64encode(nonce + sealed).decode()}"


def unseal(token: str, about: str) -> str:
    """The value again; raises ValueError when it was changed or moved, KeyDropped when its key is
    gone.
    """
    ident, _colon, body = token.partition(":")
    raw = base64.b64decode(body)
    try:
        return AESGCM(_key(int(ident))).decrypt(raw[:NONCE], raw[NONCE:], about.encode()).decode()
    except InvalidTag as error:
        raise ValueError("this value was not sealed here") from error


def opened(row: Any, about: str) -> str:
    """What a row's `sealed` holds.

    Where keys were exchanged since the row was read, it was sealed anew and is read again.
    """
    try:
        return unseal(row.sealed, about)
    except KeyDropped:
        db.session.refresh(row, ["sealed"])
        return unseal(row.sealed, about)


def sealed_with(column: Any, ident: int) -> sa.ColumnElement[bool]:
    """A condition: the column holds a value sealed with this key."""
    found: sa.ColumnElement[bool] = column.startswith(f"{ident}:", autoescape=True)
    return found


def old_keys() -> list[int]:
    """Every key but the newest, oldest first."""
    return list(db.session.scalars(sa.select(DataKey.id).order_by(DataKey.id)))[:-1]


def hold_key(ident: int) -> None:
    """Waits for those who still seal with a key; afterwards nobody does."""
    db.session.scalar(sa.select(DataKey.id).where(DataKey.id == ident).with_for_update())


def drop_key(ident: int) -> None:
    """Removes a key for ever. The caller has sealed every value of it anew."""
    db.session.execute(sa.delete(DataKey).where(DataKey.id == ident))
    _keys().pop(ident, None)


def scrub(*tables: str) -> None:
    """What was destroyed in these tables leaves the files, too (FLD-3).

    Does nothing while a transaction is open here.
    """
    with live.borrow() as connection:
        if db.engine.dialect.name == "sqlite":
            if not connection.in_transaction:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        from psycopg.pq import TransactionStatus

        raw = connection.driver_connection
        if raw.info.transaction_status is not TransactionStatus.IDLE:
            return
        raw.autocommit = True
        for table in tables:
            raw.execute(f"VACUUM {table}")
        raw.autocommit = False
