"""Access tokens by a refresh token (OAuth 2, RFC 6749, 6), which the answer may replace.

A token server that exchanges refresh tokens takes each only once: of those who want access at the
same moment one asks, and what it got is stored before it is used.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from occ.core import clock, crypto, net
from occ.core.db import db

ANSWER_MAX = 64 * 1024  # bytes
SECONDS = 20.0  # for the token server's answer
BUSY = timedelta(seconds=30)  # how long nobody else asks with the same refresh token
SPARE = timedelta(minutes=5)  # a token that ends sooner is not begun with
LOOK = 0.25  # seconds between two looks at what another one asked for
HOUR, DAY = 3600, 24 * 3600


class Unanswered(Exception):
    """The token server gave no token: its status and words, without secrets."""

    def __init__(self, words: str, *, is_blocked: bool = False) -> None:
        super().__init__(words)
        self.is_blocked = is_blocked  # its address lies in this network


@dataclass(frozen=True, kw_only=True)
class Client:
    """Who asks which token server; `guarded`: not one of this network."""

    endpoint: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(repr=False)
    guarded: bool = True


@dataclass(frozen=True)
class Granted:
    """An access token, until when it holds, and the refresh token to ask with the next time."""

    access: str = field(repr=False)
    until: datetime
    refresh_token: str = field(repr=False)


@dataclass(frozen=True)
class Place:
    """The row that keeps tokens: `model` has `access` (sealed), `access_until`, `refreshing_until`
    and the column `secret`, whose sealed text `client` reads and `sealed` writes anew.
    """

    model: type[Any]
    ident: Any
    secret: str
    client: Callable[[str], Client]
    sealed: Callable[[str, str], str]  # what stands there, the new refresh token


def ask(client: Client, seconds: float = SECONDS) -> Granted:
    """Asks the token server, outside of any transaction. Raises Unanswered."""
    from occ.core import calls

    form = {
        "grant_type": "refresh_token",
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "refresh_token": client.refresh_token,
    }
    asked = clock.now()
    try:
        answer = calls.post(
            client.endpoint,
            urlencode({name: value for name, value in form.items() if value}).encode(),
            {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            seconds=seconds,
            guarded=client.guarded,
            most=ANSWER_MAX,
        )
        told = json.loads(answer.content or b"{}")
    except net.Blocked as error:
        raise Unanswered(type(error).__name__, is_blocked=True) from error
    except Exception as error:  # the answer of another's server is whatever it is
        raise Unanswered(type(error).__name__) from error
    found = told if isinstance(told, dict) else {}
    access = found.get("access_token")
    if answer.status != 200 or not isinstance(access, str) or not access or not access.isascii():
        words = found.get("error_description") or found.get("error") or ""
        raise Unanswered(f"{answer.status} {_without(str(words), client)}".rstrip())
    lasts, fresh = found.get("expires_in"), found.get("refresh_token")
    try:
        span = min(max(int(HOUR if lasts is None else lasts), 0), DAY)
    except (TypeError, ValueError, OverflowError):
        span = HOUR
    kept = fresh if isinstance(fresh, str) and fresh else client.refresh_token
    return Granted(access, asked + timedelta(seconds=span), kept)


def _without(words: str, client: Client) -> str:
    for secret in (client.refresh_token, client.client_secret):
        if secret:
            words = words.replace(secret, "…")
    return words[:200]


def access_of(place: Place) -> str:
    """An access token, the stored one while it holds.

    Raises Unanswered, LookupError where the row is gone; no transaction may be open.
    """
    limit = net.Limit(SECONDS + BUSY.total_seconds())
    while True:
        db.session.rollback()
        row = db.session.get(place.model, place.ident, populate_existing=True)
        if row is None:
            raise LookupError(place.ident)
        if row.access and row.access_until and row.access_until - SPARE > clock.now():
            return crypto.ring().decrypt(row.access)
        if claim(place):
            return _renewed(place, min(SECONDS, limit.left()))
        try:
            time.sleep(min(LOOK, limit.left()))
        except TimeoutError as error:
            raise Unanswered(type(error).__name__) from error


def claim(place: Place) -> bool:
    """Whether this one may ask now: nobody else does for a while."""
    now, until = clock.now(), place.model.refreshing_until
    # by a clock that was ahead, it would be held for ever
    free = sa.or_(until.is_(None), until <= now, until > now + 2 * BUSY)
    with db.write():
        return _set(place, free, refreshing_until=now + BUSY)


def _renewed(place: Place, seconds: float) -> str:
    column = getattr(place.model, place.secret)
    row = db.session.get_one(place.model, place.ident, populate_existing=True)
    before = getattr(row, place.secret)
    db.session.rollback()
    client = place.client(before)
    try:
        granted = ask(client, seconds)
    except Unanswered:
        with db.write():
            _set(place, refreshing_until=None)
        raise
    is_new = granted.refresh_token != client.refresh_token
    after = place.sealed(before, granted.refresh_token) if is_new else before
    values = {"access": crypto.ring().encrypt(granted.access), "access_until": granted.until}
    with db.write():
        # where somebody saved another secret meanwhile, theirs stays
        _set(place, column == before, **values, **{place.secret: after})
        _set(place, refreshing_until=None)
    return granted.access


def forget(place: Place) -> None:
    """A token that was refused is not used again."""
    with db.write():
        _set(place, access="", access_until=None)


def _set(place: Place, *where: sa.ColumnElement[bool], **values: Any) -> bool:
    key = sa.inspect(place.model).primary_key[0]
    own = sa.update(place.model).where(key == place.ident, *where)
    return bool(db.changed(own.values(values)))
