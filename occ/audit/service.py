"""Records what happened. Every function runs inside the caller's write transaction."""

import logging
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from occ.audit import rules
from occ.audit.models import AuditHead, AuthorityEntry, LoginEnd, LoginEntry, WorkEntry
from occ.core import clock, crypto, storage
from occ.core.db import db
from occ.core.disk import DiskFull
from occ.core.settings import configured
from occ.core.unit import Mark

log = logging.getLogger("occ.audit")


@dataclass(frozen=True)
class Actor:
    """Who acts, from where. id is None for the system and for people without an account."""

    id: int | None
    login_id: str
    name: str
    ip: str


SYSTEM = Actor(None, "", "OCC", "")
_heads: Mark[list[tuple[int, str]]] = Mark(list)


@dataclass(frozen=True)
class Broken:
    """The first place where the authority log no longer holds together."""

    row: int
    reason: str


def _key() -> bytes:
    return crypto.ring().derive("audit")


def _filed() -> tuple[int, str]:
    """(count, mac) as the file has it; (0, genesis) when there is none or it cannot be read."""
    try:
        count, _blank, link = _head_file().read_text().partition(" ")
        return int(count), link
    except (OSError, ValueError):
        return 0, rules.GENESIS


def _head_file() -> Path:
    return configured().instance / "audit-head"


def authority(
    action: rules.Action,
    *,
    actor: Actor,
    service: Any = None,
    target: Any = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuthorityEntry:
    """Appends one change of rights to the chain (LOG-1); returns the row.

    `service` has id and name; `target` is the member it is about, with login_id and name.
    """
    head: AuditHead | None = db.lock(AuditHead, 1)
    if head is None:
        raise RuntimeError("the authority log has no head; run the migrations")
    entry = AuthorityEntry(
        id=head.count + 1,
        at=clock.now(),
        action=action,
        actor_id=actor.id,
        actor_login=actor.login_id,
        actor_name=actor.name,
        ip=actor.ip,
        service_id=service.id if service else None,
        service_name=service.name if service else "",
        target_login=target.login_id if target else "",
        target_name=target.name if target else "",
        before=dict(before or {}),
        after=dict(after or {}),
    )
    entry.mac = rules.mac(_key(), head.mac, entry.content())
    db.session.add(entry)
    head.count, head.mac = entry.id, entry.mac
    db.session.flush()
    _heads.noted().append((head.count, head.mac))
    return entry


def file_head() -> None:
    """Repeats the head in a file, so that a removed tail is found too."""
    for count, mac in _heads.take()[-1:]:
        try:
            if count > _filed()[0]:
                storage.write_whole(_head_file(), f"{count} {mac}".encode(), from_reserve=True)
        except (OSError, DiskFull):  # the rows are committed; the next one writes the file again
            log.exception("the audit head could not be filed")


def verify() -> Broken | None:
    """Walks the whole chain: None when it holds, else the first row edited, missing or cut off."""
    previous, expected = rules.GENESIS, 1
    marks: dict[int, str] = {0: rules.GENESIS}
    filed, link = _filed()
    head = db.session.get(AuditHead, 1)
    with closing(
        db.session.scalars(
            sa.select(AuthorityEntry).order_by(AuthorityEntry.id).execution_options(yield_per=500)
        )
    ) as rows:
        for row in rows:
            if row.id != expected:
                return Broken(expected, "missing")
            if rules.mac(_key(), previous, row.content()) != row.mac:
                return Broken(row.id, "edited")
            previous, expected = row.mac, row.id + 1
            if row.id == filed:
                marks[row.id] = row.mac
    if head is None or (head.count, head.mac) != (expected - 1, previous):
        return Broken(expected, "cut off")
    if marks.get(filed) != link:
        return Broken(filed, "cut off")
    return None


def verify_head() -> Broken | None:
    """Whether the newest row fits the head and its file: quick enough for every look at the log."""
    head = db.session.get(AuditHead, 1)
    newest = db.session.scalar(
        sa.select(AuthorityEntry).order_by(AuthorityEntry.id.desc()).limit(1)
    )
    if head is None or (newest.id if newest else 0) != head.count or head.count < _filed()[0]:
        return Broken((newest.id if newest else 0) + 1, "cut off")
    if newest is not None and newest.mac != head.mac:
        return Broken(newest.id, "edited")
    return None


def login(
    result: rules.LoginResult,
    *,
    login_id: str,
    ip: str,
    device: str,
    member: Any = None,
    channel: rules.LoginChannel = rules.LoginChannel.CONSOLE,
) -> LoginEntry:
    """Records a sign-in or attempt (LOG-2)."""
    entry = LoginEntry(
        at=clock.now(),
        channel=channel,
        result=result,
        member_id=member.id if member else None,
        login_id=login_id[:64],
        name=member.name if member else "",
        ip=ip,
        device=device[:200],
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def login_ended(login_entry_id: int, reason: rules.SessionEnd) -> None:
    """Records the end of a successful sign-in (LOG-2)."""
    db.session.add(LoginEnd(login_entry_id=login_entry_id, at=clock.now(), reason=reason))


def work(
    kind: rules.Work, *, actor: Actor, service: Any = None, detail: Mapping[str, Any] | None = None
) -> None:
    """Records a look-up, playback or download (LOG-3), committed before the first byte leaves."""
    db.session.add(
        WorkEntry(
            at=clock.now(),
            work=kind,
            member_id=actor.id,
            login_id=actor.login_id,
            name=actor.name,
            ip=actor.ip,
            service_id=service.id if service else None,
            service_name=service.name if service else "",
            detail=dict(detail or {}),
        )
    )
