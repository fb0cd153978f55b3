"""Access tokens of OAuth 2 (RFC 6749, 6) for mailboxes: Gmail and Microsoft 365 give a refresh
token, which a token server exchanges for access of an hour, and may replace.
"""

import json
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

import sqlalchemy as sa

from occ.core import clock, crypto, net
from occ.core.db import db
from occ.core.settings import configured
from occ.mail.models import MailAccount
from occ.mail.rules import Failed, Secret, Trouble, said
from occ.mail.secrets import sealed, secret_of

ANSWER_MAX = 64 * 1024  # bytes
SECONDS = 20.0
BUSY = timedelta(seconds=40)  # how long nobody else asks for the same account's token
SPARE = timedelta(minutes=5)  # a token that ends sooner is not begun with
LOOK = 0.25  # seconds between two looks at what another one asked for


@dataclass(frozen=True)
class Granted:
    """An access token, until when it holds, and the secret to ask with the next time."""

    access: str = field(repr=False)
    until: datetime
    secret: Secret = field(repr=False)


def ask(secret: Secret) -> Granted:
    """Asks the token server, outside of any transaction. Raises Failed."""
    import httpcore

    from occ.core import calls

    form = {
        "grant_type": "refresh_token",
        "client_id": secret.client_id,
        "refresh_token": secret.refresh_token,
    }
    if secret.client_secret:
        form["client_secret"] = secret.client_secret

    asked = clock.now()
    try:
        answer = calls.post(
            secret.endpoint,
            urlencode(form).encode(),
            {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            seconds=SECONDS,
            guarded=not configured().outgoing_private,
            most=ANSWER_MAX,
        )
        told = json.loads(answer.content or b"{}")
        found = told if isinstance(told, dict) else {}
    except net.Blocked as error:
        raise Failed(Trouble.BLOCKED) from error
    except (OSError, ValueError, httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise Failed(Trouble.TOKEN, type(error).__name__) from error
    access = found.get("access_token")
    if answer.status != 200 or not isinstance(access, str) or not access:
        words = found.get("error_description") or found.get("error") or answer.status
        raise Failed(Trouble.TOKEN, said(words, secret.refresh_token, secret.client_secret))
    try:
        seconds = min(max(int(found.get("expires_in", 3600)), 0), 24 * 3600)
    except (TypeError, ValueError):
        seconds = 3600
    fresh = found.get("refresh_token")
    kept = replace(secret, refresh_token=fresh) if isinstance(fresh, str) and fresh else secret
    return Granted(access, asked + timedelta(seconds=seconds), kept)


def access_of(ident: int) -> str:
    """An access token for an account, the stored one while it holds.

    Of those who want one at the same moment one asks: a token server that exchanges refresh tokens
    takes each only once. The new one is stored before the access that came with it is used. Raises
    Failed; no transaction may be open.
    """
    limit = net.Limit(SECONDS + BUSY.total_seconds())
    while True:
        db.session.rollback()
        row = db.session.get(MailAccount, ident, populate_existing=True)
        if row is None:
            raise Failed(Trouble.TOKEN)
        if row.access and row.access_until and row.access_until - SPARE > clock.now():
            return crypto.ring().decrypt(row.access)
        if _claim(ident):
            return _renewed(ident)
        try:
            time.sleep(min(LOOK, limit.left()))
        except TimeoutError as error:
            raise Failed(Trouble.TOKEN) from error


def _claim(ident: int) -> bool:
    now = clock.now()
    free = sa.or_(
        MailAccount.refreshing_until.is_(None),
        MailAccount.refreshing_until <= now,
        MailAccount.refreshing_until > now + 2 * BUSY,  # by a clock that was ahead
    )
    with db.write():
        mine = sa.update(MailAccount).where(MailAccount.id == ident, free)
        return bool(db.changed(mine.values(refreshing_until=now + BUSY)))


def _renewed(ident: int) -> str:
    row = db.session.get_one(MailAccount, ident, populate_existing=True)
    before = row.sealed
    secret = secret_of(row)
    db.session.rollback()
    try:
        granted = ask(secret)
    except Failed:
        with db.write():
            own = sa.update(MailAccount).where(MailAccount.id == ident)
            db.session.execute(own.values(refreshing_until=None))
        raise
    with db.write():
        # where somebody saved another secret meanwhile, theirs stays
        own = sa.update(MailAccount).where(MailAccount.id == ident, MailAccount.sealed == before)
        db.session.execute(
            own.values(
                sealed=before if granted.secret == secret else sealed(granted.secret),
                access=crypto.ring().encrypt(granted.access),
                access_until=granted.until,
            )
        )
        own = sa.update(MailAccount).where(MailAccount.id == ident)
        db.session.execute(own.values(refreshing_until=None))
    return granted.access


def forget(ident: int) -> None:
    """A token that was refused is not used again."""
    with db.write():
        own = sa.update(MailAccount).where(MailAccount.id == ident)
        db.session.execute(own.values(access="", access_until=None))
