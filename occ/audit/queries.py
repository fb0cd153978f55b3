"""Reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from occ.audit.models import AuthorityEntry, LoginEnd, LoginEntry, WorkEntry
from occ.audit.rules import Action, LoginResult, Work
from occ.core import paging
from occ.core.db import db


@dataclass(frozen=True)
class Filters:
    """What a log is searched by; empty means any. `until` is exclusive."""

    since: datetime | None = None
    until: datetime | None = None
    name: str = ""
    login_id: str = ""
    ip: str = ""
    service: str = ""
    code: str = ""
    after: str = ""
    before: str = ""
    size: int = 50


def _period(
    query: sa.Select[tuple[object]], column: sa.SQLColumnExpression[datetime], f: Filters
) -> sa.Select[tuple[object]]:
    if f.since:
        query = query.where(column >= f.since)
    return query.where(column < f.until) if f.until else query


def _page(query: sa.Select[tuple[object]], at: object, ident: object, f: Filters) -> paging.Page:
    return paging.page(
        query, keys=(at, ident), descending=True, after=f.after, before=f.before, size=f.size
    )


def authority(f: Filters) -> paging.Page:
    """LOG-1, newest first, by when, what, name, IP, service and ID (of
    who did it or whom it is about).
    """
    row = AuthorityEntry
    query = _period(sa.select(row), row.at, f)
    if f.name:
        query = query.where(
            sa.or_(paging.like(row.actor_name, f.name), paging.like(row.target_name, f.name))
        )
    if f.login_id:
        query = query.where(
            sa.or_(
                paging.like(row.actor_login, f.login_id), paging.like(row.target_login, f.login_id)
            )
        )
    if f.ip:
        query = query.where(row.ip.startswith(f.ip, autoescape=True))
    if f.service:
        query = query.where(paging.like(row.service_name, f.service))
    if f.code in {a.value for a in Action}:
        query = query.where(row.action == Action(f.code))
    return _page(query, row.at, row.id, f)


def authority_entry(ident: int) -> AuthorityEntry | None:
    return db.session.get(AuthorityEntry, ident)


def _by_member(
    row: type[LoginEntry] | type[WorkEntry], f: Filters, code: sa.ColumnElement[bool] | None
) -> paging.Page:
    """Rows of one member each, newest first, by when, name, ID, IP and a code of their own."""
    query = _period(sa.select(row), row.at, f)
    if f.name:
        query = query.where(paging.like(row.name, f.name))
    if f.login_id:
        query = query.where(paging.like(row.login_id, f.login_id))
    if f.ip:
        query = query.where(row.ip.startswith(f.ip, autoescape=True))
    return _page(query if code is None else query.where(code), row.at, row.id, f)


def logins(f: Filters) -> paging.Page:
    """LOG-2, newest first."""
    asked = next((r for r in LoginResult if r.value == f.code), None)
    return _by_member(LoginEntry, f, LoginEntry.result == asked if asked else None)


def ends(login_entry_ids: list[int]) -> dict[int, LoginEnd]:
    """How the sessions of these sign-ins ended."""
    rows = db.session.scalars(
        sa.select(LoginEnd).where(LoginEnd.login_entry_id.in_(login_entry_ids))
    )
    return {row.login_entry_id: row for row in rows}


def works(f: Filters) -> paging.Page:
    """LOG-3, newest first."""
    asked = next((w for w in Work if w.value == f.code), None)
    return _by_member(WorkEntry, f, WorkEntry.work == asked if asked else None)


def newest_works(service_id: int, kinds: Sequence[Work], limit: int = 30) -> Sequence[WorkEntry]:
    """A service's newest entries of some kinds (LOG-3)."""
    found = sa.select(WorkEntry).where(
        WorkEntry.service_id == service_id, WorkEntry.work.in_(kinds)
    )
    return db.session.scalars(found.order_by(WorkEntry.id.desc()).limit(limit)).all()
