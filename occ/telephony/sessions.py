"""Agents at their phones: CTI logins, states, and the events of telephony.

Every function runs inside the caller's transaction.
"""

from typing import Any

from occ.core import clock
from occ.core.db import db
from occ.core.live import touch
from occ.telephony import queries
from occ.telephony.models import AgentInterval, Call, CtiEvent, CtiSession, CtiSettings
from occ.telephony.rules.calls import IN_CALL, AgentState, Direction


def settings() -> CtiSettings:
    """The organization's telephony; a phone service has made it."""
    found = queries.settings()
    if found is None:
        raise RuntimeError("no service has contracted phone")
    return found


def note(
    code: str,
    *,
    member: int | None = None,
    service: int | None = None,
    call: int | None = None,
    **detail: Any,
) -> None:
    """Records an event; it belongs to the CTI log while that is on (CTI-3)."""
    kept = {key: value for key, value in detail.items() if value not in (None, "")}
    logged = settings().log_on
    db.session.add(
        CtiEvent(
            at=clock.now(),
            code=code,
            member_id=member,
            service_id=service,
            call_id=call,
            detail=kept,
            logged=logged,
        )
    )


def set_state(member_id: int, state: AgentState, call: Call | None = None) -> None:
    """Closes the member's open interval and opens the next one; the same
    state again changes nothing.
    """
    now, open_one = clock.now(), queries.interval_of(member_id)
    call_id = call.id if call else None
    if open_one is not None:
        if (open_one.state, open_one.call_id) == (state, call_id):
            return
        open_one.ended_at = now
        db.session.flush()
    db.session.add(
        AgentInterval(
            member_id=member_id,
            state=state,
            call_id=call_id,
            service_id=call.service_id if call else None,
            outbound=call is not None and call.direction is Direction.OUTBOUND,
            started_at=now,
        )
    )
    note(
        f"state.{state.value}",
        member=member_id,
        call=call_id,
        service=call.service_id if call else None,
    )
    touch(f"phone:{member_id}", "wall")


def login(
    member_id: int,
    service_id: int,
    state: AgentState,
    *,
    login_entry_id: int | None = None,
    robot: bool = False,
) -> CtiSession:
    """Opens a CTI login; a robot's is taken over by its person."""
    now, found = clock.now(), queries.session_of(member_id)
    if found is None:
        found = CtiSession(
            member_id=member_id,
            service_id=service_id,
            login_entry_id=login_entry_id,
            started_at=now,
            seen_at=now,
            idle_since=now,
            before=state,
            robot=robot,
        )
        db.session.add(found)
        note("login", member=member_id, service=service_id)
        set_state(member_id, state)
    found.robot, found.seen_at, found.login_entry_id = robot, now, login_entry_id
    touch(f"phone:{member_id}", "wall")
    return found


def logout(member_id: int, *, reason: str) -> CtiSession | None:
    """Closes a CTI login and its interval; nobody in a call is logged out."""
    session, interval = queries.session_of(member_id), queries.interval_of(member_id)
    if session is None or (interval is not None and interval.state in IN_CALL):
        return None
    session.ended_at = clock.now()
    if interval is not None:
        interval.ended_at = clock.now()
    note("logout", member=member_id, service=session.service_id, reason=reason)
    touch(f"phone:{member_id}", "wall")
    return session
