"""The phone: from an event to the order it causes, an agent's click, and the manager's pages.

An event is noted by another process than the one that owns telephony, as a phone system would be,
so that the time until the engine looks is part of what is measured.
"""

import random
import statistics
import time
from datetime import timedelta

import sqlalchemy as sa

from occ.core import clock, crypto
from occ.core.db import db
from occ.identity.models import Member
from occ.organization.queries import service_by_slug
from occ.telephony import queries, settings
from occ.telephony.models import AgentInterval, Call, PhoneCommand
from occ.telephony.rules.asking import (
    Asked,
    ChooseState,
    LeaveCall,
    Login,
    Logout,
    PlaceCall,
    to_row,
)
from occ.telephony.rules.calls import AgentState, Phase
from tests.bench import processes
from tests.bench.console import HOME, Console, application, waiting
from tests.bench.figures import TAIL, Figure
from tests.bench.pages import Case, get, interleaved, post
from tests.factories import phone
from tests.support.live import Live, until

EVENTS, LOOK = 100, 0.001  # seconds between two looks at what became of an event
LOAD = {"on": True, "calls_per_hour": 7_200, "patience_seconds": 60, "talk_seconds": 60}
SPREAD = 0.1  # seconds within which an event comes, so that it meets the engine at any moment
ROBOTS, WARM, WAITING = 50, 40.0, 1_000


def _ask(member_id: int, asked: Asked) -> float:
    """Notes what somebody does, as another process; returns the moment at which it is there."""
    command, args = to_row(asked)
    now = clock.now()
    with db.write() as session:
        session.add(
            PhoneCommand(
                key=crypto.token(),
                member_id=member_id,
                command=command,
                args=args,
                created_at=now,
                expires_at=now + timedelta(seconds=5),
            )
        )
    return time.perf_counter()


def _state(member_id: int) -> AgentState | None:
    db.session.rollback()
    state = db.session.scalar(
        sa.select(AgentInterval.state).where(
            AgentInterval.member_id == member_id, AgentInterval.ended_at.is_(None)
        )
    )
    db.session.rollback()
    return state


def _log_in(member_id: int, service_id: int) -> None:
    """Logs an agent in anew: one whose browser is silent is logged out after a minute."""
    _ask(member_id, Logout())
    until(lambda: _state(member_id) is None)
    _ask(member_id, Login(service_id, "127.0.0.1", "bench"))
    until(lambda: _state(member_id) is not None)


def _rings(ref: str) -> bool:
    phase = db.session.scalar(sa.select(Call.phase).where(Call.ref == ref))
    db.session.rollback()
    return phase is Phase.RINGING


def _events(member_id: int, number: str) -> list[float]:
    """Milliseconds from a call's arrival to the ring of the agent who is ready for it."""
    times, chance = [], random.Random(7)
    for n in range(EVENTS):
        if _state(member_id) is not AgentState.READY:
            _ask(member_id, ChooseState("ready"))
        until(lambda: _state(member_id) is AgentState.READY)
        time.sleep(chance.uniform(0, SPREAD))
        ref = f"{queries.PLAYED}{crypto.token()[:20]}"
        began = _ask(member_id, PlaceCall(ref, f"+8212{n:08}", number))
        while not _rings(ref):
            assert time.perf_counter() - began < 20, "nobody's phone rang"
            time.sleep(LOOK)
        times.append((time.perf_counter() - began) * 1000)
        _ask(member_id, LeaveCall(ref))
        until(lambda: _state(member_id) is not AgentState.RINGING)
    return times


def add_robots(console: Console) -> None:
    """Another service, whose calls robots take: the load beside what is measured."""
    with application(console.instance):
        boss = db.session.get_one(Member, console.people[0].member_id)
        made = phone.service(boss, "load", seats=ROBOTS)
        phone.queue(made, [phone.agent(boss, made, f"robot{n:02}") for n in range(ROBOTS)])


def orders(console: Console) -> list[Figure]:
    """Events alone, and beside a hundred calls."""
    member_id, figures = console.people[1].member_id, []
    with application(console.instance):
        mall, load = service_by_slug("mall"), service_by_slug("load")
        assert mall is not None and load is not None
        number, load_id, mall_id = phone.main_number(mall), load.id, mall.id
        for said in ("alone", "beside a hundred calls"):
            if said != "alone":
                with db.write():
                    settings.save_load(load_id, {**LOAD, "robots": ROBOTS})
                time.sleep(WARM)
            _log_in(member_id, mall_id)
            times = _events(member_id, number)
            figures += [
                Figure(f"event to order, {said}, p50", statistics.median(times), "ms"),
                Figure(
                    f"event to order, {said}, p95",
                    statistics.quantiles(times, n=20)[-1],
                    "ms",
                    chance=TAIL,
                ),
            ]
        figures.append(
            Figure("calls open meanwhile", len(queries.open_calls()), "calls", more=True)
        )
        db.session.rollback()
        with db.write():
            settings.save_load(load_id, {**LOAD, "on": False, "robots": 0})
    return figures


def manager(console: Console, live: Live, *, calls: int) -> list[Figure]:
    """Monitoring and the wallboard with so many calls today."""
    who = console.people[0].cookie
    here = processes.place(live)
    cases = {
        name: Case(*here, [[get(f"{HOME}/{name}", who)]]) for name in ("monitoring", "wallboard")
    }
    interleaved(list(cases.values()), rounds=3, seconds=2)
    return [
        figure
        for name, case in cases.items()
        for figure in (
            Figure(f"{name}, {calls:,} calls today, p50", case.p50, "ms"),
            Figure(f"{name}, {calls:,} calls today, CPU", case.cpu_ms, "ms"),
        )
    ]


def clicks(console: Console, live: Live) -> list[Figure]:
    """An agent's click while a thousand callers wait."""
    who = console.people[1]
    with application(console.instance):
        _log_in(who.member_id, console.found.service_id)
        _ask(who.member_id, ChooseState("rest"))
        until(lambda: _state(who.member_id) is AgentState.REST)
    waiting(console, WAITING)
    chosen = [post("/c/phone/state", who, {"state": state}) for state in ("meal", "rest")]
    case = Case(*processes.place(live), [chosen])
    interleaved([case], rounds=3, seconds=3)
    return [
        Figure("an agent's click, 1,000 calls open, p50", case.p50, "ms"),
        Figure("an agent's click, 1,000 calls open, p95", case.p95, "ms", 50, chance=TAIL),
    ]
