"""Signing in and out: one session a member (MEM-6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Row

from occ.audit import service as audit
from occ.audit.rules import LoginResult, SessionEnd
from occ.core import clock, crypto, events
from occ.core.db import db
from occ.core.settings import configured
from occ.identity import passwords, queries, rules
from occ.identity.events import MemberSeen
from occ.identity.models import LoginSession, Member
from occ.identity.rules import MemberState

BEAT_EVERY = timedelta(seconds=60)


@dataclass(frozen=True)
class Visitor:
    """Where a sign-in comes from."""

    ip: str
    device: str


def verify_password(login_id: str, password: str) -> bool:
    """Whether the password is right.

    Outside any transaction: a hash takes 0.1 s, with or without an account.
    """
    member = queries.member_by_login(login_id)
    return passwords.matches(member.password_hash if member else None, password)


def attempt(login_id: str, *, right: bool, visitor: Visitor) -> Member | None:
    """Records a password attempt and counts failures; who may go on.

    A success is recorded when the session starts.
    """
    member: Member | None = queries.member_by_login(login_id)
    if member is not None:
        member = db.lock(Member, member.id)
    if member is None or member.state is MemberState.INVITED:
        result = LoginResult.NO_SUCH_ACCOUNT
    elif member.state is not MemberState.ACTIVE:
        result = LoginResult.BLOCKED
    else:
        result = _tried(member, right=right)
        if result is LoginResult.SUCCESS:
            return member
    audit.login(result, login_id=login_id, ip=visitor.ip, device=visitor.device, member=member)
    return None


def _tried(member: Member, *, right: bool) -> LoginResult:
    """What comes of a password or code; the member's row is locked.

    While the account is locked even a right one is refused.
    """
    now = clock.now()
    is_locked = rules.is_locked(member.locked_until, now)
    if not right:
        member.failures, member.locked_until = rules.after_failure(
            member.failures, member.locked_until, now
        )
    if is_locked:
        return LoginResult.BLOCKED
    return LoginResult.SUCCESS if right else LoginResult.WRONG_PASSWORD


def confirmed(member_id: int, *, right: bool, visitor: Visitor) -> bool:
    """Whether a password that a signed-in member is asked for again may be believed.

    Wrong ones count as at the login, or an open page would be where it is guessed.
    """
    member: Member = db.lock(Member, member_id)
    result = _tried(member, right=right)
    if result is LoginResult.SUCCESS:
        member.failures = 0
        return True
    audit.login(
        result, login_id=member.login_id, ip=visitor.ip, device=visitor.device, member=member
    )
    return False


def matching_step(secret: str, code: str, *, after: int) -> int | None:
    """The step of time, later than `after`, whose code this is, one before and after now included;
    None for no such code.
    """
    import pyotp

    totp = pyotp.TOTP(secret)
    step = int(clock.now().timestamp()) // totp.interval
    typed = "".join(c for c in code if c.isdigit())
    fits = (
        one
        for one in (step, step - 1, step + 1)
        if one > after and pyotp.utils.strings_equal(totp.generate_otp(one), typed)
    )
    return next(fits, None)


def check_totp(member: Member, code: str, *, visitor: Visitor) -> bool:
    """Checks a code of the second factor once; a used one is wrong, wrong ones count as failures,
    all are wrong while it is locked.
    """
    member = db.lock(Member, member.id)
    if not member.totp_secret:
        return False
    step = matching_step(crypto.ring().decrypt(member.totp_secret), code, after=member.totp_last)
    result = _tried(member, right=step is not None)
    if step is not None:  # also while the account is locked: it was seen
        member.totp_last = step
    if result is LoginResult.SUCCESS:
        return True
    audit.login(
        result, login_id=member.login_id, ip=visitor.ip, device=visitor.device, member=member
    )
    return False


def start(member: Member, *, visitor: Visitor, force: bool) -> str | None:
    """Starts the session and returns its token; None when another one is
    alive and `force` is not given.
    """
    member = db.lock(Member, member.id)
    if member.state is not MemberState.ACTIVE:
        return None
    alive = queries.session_of(member.id)
    if alive is not None and not force and is_alive(alive):
        return None
    if alive is not None:
        end(member.id, SessionEnd.FORCED_OUT if is_alive(alive) else SessionEnd.EXPIRED)
    member.failures, member.locked_until = 0, None
    entry = audit.login(
        LoginResult.SUCCESS,
        login_id=member.login_id,
        ip=visitor.ip,
        device=visitor.device,
        member=member,
    )
    token, now = crypto.token(), clock.now()
    db.session.add(
        LoginSession(
            hash=crypto.digest(token),
            member_id=member.id,
            login_entry_id=entry.id,
            ip=visitor.ip,
            device=visitor.device[:200],
            created_at=now,
            last_seen=now,
        )
    )
    return token


def cancel(member: Member, *, visitor: Visitor) -> None:
    """The second sign-in was given up (MEM-6)."""
    audit.login(
        LoginResult.CANCELLED,
        login_id=member.login_id,
        ip=visitor.ip,
        device=visitor.device,
        member=member,
    )


def end(member_id: int, reason: SessionEnd) -> None:
    """Ends the member's session, if there is one, and records why."""
    row = queries.session_of(member_id)
    if row is None:
        return
    audit.login_ended(row.login_entry_id, reason)
    if reason is SessionEnd.FORCED_OUT:
        audit.login(
            LoginResult.FORCED_OUT,
            login_id=row.member.login_id,
            ip=row.ip,
            device=row.device,
            member=row.member,
        )
    db.session.delete(row)
    db.session.flush()


def _limits() -> tuple[timedelta, timedelta]:
    settings = configured()
    return (
        timedelta(hours=settings.session_idle_hours),
        timedelta(days=settings.session_max_days),
    )


def oldest_alive() -> tuple[datetime, datetime]:
    """A session is alive that was seen after the first and made after the second instant."""
    idle, longest = _limits()
    now = clock.now()
    return now - idle, now - longest


def is_alive(row: LoginSession | Row[Any]) -> bool:
    """Whether a session (or a row with its times) has not ended by itself."""
    seen, made = oldest_alive()
    return bool(row.last_seen > seen and row.created_at > made)


def there(member_id: int) -> None:
    """Notes that a browser of a member is still there, also while nobody looks at it."""
    events.emit(MemberSeen(member_id, None))


def beat(session_id: int, member_id: int, looking: Mapping[str, str]) -> None:
    """Notes that somebody has a page before them, and what it shows; the session at most once a
    minute.
    """
    now = clock.now()
    events.emit(MemberSeen(member_id, looking))
    stale = sa.update(LoginSession).where(
        LoginSession.id == session_id, LoginSession.last_seen < now - BEAT_EVERY
    )
    db.session.execute(stale.values(last_seen=now))


def expired() -> Sequence[int]:
    """Members whose session was idle or old for too long."""
    seen, made = oldest_alive()
    return queries.sessions_before(seen=seen, created=made)


def expire(member_id: int) -> int:
    """Ends a member's session, unless it was used meanwhile."""
    row = queries.session_of(member_id)
    if row is None or is_alive(row):
        return 0
    end(member_id, SessionEnd.EXPIRED)
    return 1
