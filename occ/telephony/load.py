"""The simulator's load mode (TEL-1): calls that arrive at a rate, callers with patience, agents
that answer by themselves.
"""

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import sqlalchemy as sa

from occ.ars import menus
from occ.ars import queries as ars
from occ.ars.rules.flow import KEY_WAIT
from occ.ars.rules.menu import KeyKind
from occ.core import clock
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.events import emit
from occ.core.unit import savepoint
from occ.identity import queries as identity
from occ.organization.models import Service
from occ.organization.rules import ServiceState
from occ.telephony import queries, service, sessions
from occ.telephony.drivers.simulator import Simulator
from occ.telephony.events import CallFiled
from occ.telephony.models import Call, SimulatorLoad
from occ.telephony.rules.calls import AgentState, Direction, Event, Phase
from occ.telephony.service import Order

Do = Callable[[Callable[[], list[Order]], str], None]
EVERY = timedelta(seconds=1)
PRESENT = timedelta(minutes=10)  # so long after somebody was at the console, the place is theirs
BREAK, OUTBOUND_TALK, NEVER = (60, 240), (20, 90), (36_000, 36_000)  # seconds, from and to
MOVES = {
    AgentState.RINGING: (2, 8),
    AgentState.WRAP_UP: (5, 20),
    # somebody else moves on
    **dict.fromkeys((AgentState.READY, AgentState.TALKING, AgentState.DIALING), NEVER),
}
BREAKS = 0.06  # share of calls after which a robot takes a break
SETTLED = 0.9  # share of calls whose ticket a robot resolves
OUTBOUND = 0.04  # share of calls after which a robot calls somebody


class Load:
    """Steps every running load on by the clock; remembers only who is about to do what."""

    def __init__(self, driver: Simulator, seed: int = 4) -> None:
        self._driver, self._random = driver, random.Random(seed)  # noqa: S311 - callers, not keys
        self._stepped: datetime | None = None
        self._arrivals: dict[int, datetime] = {}
        self._plans: dict[tuple[int, AgentState, datetime], datetime] = {}
        self._left: set[str] = set()

    def step(self, do: Do) -> None:
        """Once a second: new callers, robots' next moves, talks that end."""
        now = clock.now()
        if self._stepped is not None and now < self._stepped + EVERY:
            return
        self._stepped = now
        rows = db.session.scalars(sa.select(SimulatorLoad)).all()
        for row in rows:
            self._staff(row, do)
            if row.on:
                self._callers(row, now)
            else:
                self._arrivals.pop(row.service_id, None)
        if rows:
            self._press(now)
            self._talks({row.service_id: row for row in rows}, now)
            self._robots(now, do)

    def _callers(self, row: SimulatorLoad, now: datetime) -> None:
        due = self._arrivals.setdefault(row.service_id, now)
        phone = ars.phone_service(row.service_id)
        while phone is not None and due <= now:
            ref = f"load-{self._random.getrandbits(64):016x}"
            self._driver.place(
                ref, f"+8210{self._random.randrange(10**8):08}", phone.main_number, now
            )
            self._driver.leave(
                ref, now, timedelta(seconds=self._random.expovariate(1 / row.patience_seconds) + 5)
            )
            due += timedelta(seconds=self._random.expovariate(row.calls_per_hour / 3600))
        self._arrivals[row.service_id] = due

    def _press(self, now: datetime) -> None:
        """Callers in a voice menu choose a queue once its announcements are over."""
        for call in queries.open_calls():
            if (
                call.phase is Phase.MENU
                and call.ref.startswith("load-")
                and call.ars_version_id
                and call.due_at
                and call.due_at > now
            ):
                keys = [
                    key.key
                    for key in menus.of_version(call.ars_version_id).keys
                    if key.kind is KeyKind.QUEUE
                ]
                if keys and (call.due_at - now).total_seconds() <= KEY_WAIT:
                    self._driver.press(call.ref, self._random.choice(keys), now)

    def _talks(self, rows: dict[int, SimulatorLoad], now: datetime) -> None:
        """A caller who is being talked to stays for the talk instead of their patience."""
        calls = [
            call
            for call in queries.open_calls()
            if call.ref.startswith("load-") and call.service_id in rows
        ]
        self._left &= {call.ref for call in calls}
        for call in calls:
            if call.phase is Phase.TALKING and call.ref not in self._left:
                self._left.add(call.ref)
                self._driver.stay(call.ref)
                self._driver.leave(
                    call.ref,
                    now,
                    timedelta(
                        seconds=5 + self._random.expovariate(1 / rows[call.service_id].talk_seconds)
                    ),
                )

    def _staff(self, row: SimulatorLoad, do: Do) -> None:
        """Logs in as many robots as asked for among agents whose place is free, and logs them out
        again. Who is at the console gets no call, ticket or state from a robot.
        """
        service_row = db.session.get(Service, row.service_id)
        active = row.on and service_row is not None and service_row.state is ServiceState.ACTIVE
        sessions = queries.open_sessions()
        mine = [s.member_id for s in sessions if s.robot and s.service_id == row.service_id]
        wanted = row.robots if active else 0
        people = identity.seen_since(clock.now() - PRESENT)
        stay = [member for member in mine if member not in people][:wanted]
        for member in mine:
            if member not in stay:
                do(lambda: _gone(member, back=member in people), "robot")  # noqa: B023 - called at once
        if len(stay) < wanted:
            taken = people | {s.member_id for s in sessions}
            numbers = queries.cti_agents()
            assigned = {agent.id for queue in ars.queues(row.service_id) for agent in queue.agents}
            free = [
                a.member_id
                for a in ars.phone_people(row.service_id)
                if a.id in assigned and a.member_id in numbers
            ]
            for member in [m for m in free if m not in taken][: wanted - len(stay)]:
                do(lambda: _come(member, row.service_id), "robot")  # noqa: B023 - called at once

    def _robots(self, now: datetime, do: Do) -> None:
        robots = {s.member_id: s.service_id for s in queries.open_sessions() if s.robot}
        intervals = [i for i in queries.open_intervals() if i.member_id in robots]
        current = {(i.member_id, i.state, i.started_at) for i in intervals}
        self._plans = {key: due for key, due in self._plans.items() if key in current}
        for interval in intervals:
            key = (interval.member_id, interval.state, interval.started_at)
            if key not in self._plans:
                wait = MOVES.get(interval.state, BREAK)
                if interval.state is AgentState.TALKING and interval.outbound:
                    wait = OUTBOUND_TALK
                self._plans[key] = now + timedelta(seconds=self._random.uniform(*wait))
            if self._plans[key] <= now:
                member, state, service_id = (
                    interval.member_id,
                    interval.state,
                    robots[interval.member_id],
                )
                choice = self._random.random()
                self._plans[key] = now + timedelta(seconds=BREAK[0])
                do(lambda: _move(member, state, service_id, choice), "robot")  # noqa: B023 - called at once


def _come(member: int, service_id: int) -> list[Order]:
    sessions.login(member, service_id, AgentState.READY, robot=True)
    return []


def _gone(member: int, *, back: bool) -> list[Order]:
    """Logs a robot out once its call is over; whose person is back hangs up."""
    call, interval = queries.call_of(member), queries.interval_of(member)
    orders: list[Order] = []
    if back and call is not None and interval and interval.state is AgentState.TALKING:
        orders = service.happen(call, Event.AGENT_HUNG_UP)
    sessions.logout(member, reason="load")
    return orders


def _move(member: int, state: AgentState, service_id: int, choice: float) -> list[Order]:
    """A robot's next move out of a state; `choice` is a number between 0 and 1."""
    interval, call = queries.interval_of(member), queries.call_of(member)
    if interval is None or interval.state is not state:
        return []
    if state is AgentState.RINGING and call is not None:
        return service.happen(
            call, Event.TARGET_ANSWERED if call.target_member_id == member else Event.ANSWERED
        )
    if state is AgentState.TALKING and call is not None:
        return (
            service.happen(call, Event.AGENT_HUNG_UP)
            if call.direction is Direction.OUTBOUND
            else []
        )
    if call is not None:
        return []
    if state is AgentState.WRAP_UP:
        _file(member, interval.call_id, service_id, choice)
    if choice < BREAKS:
        sessions.set_state(member, _BREAKS[int(choice / BREAKS * len(_BREAKS))])
        return []
    sessions.set_state(member, AgentState.READY)
    phone = ars.phone_service(service_id)
    found = db.session.get_one(Service, service_id)
    if choice > 1 - OUTBOUND and phone is not None:
        return service.dial(
            member, found, f"+8210{int(choice * 10**8) % 10**8:08}", phone.main_number
        )[1]
    return []


_BREAKS: Sequence[AgentState] = (
    AgentState.REST,
    AgentState.TICKET,
    AgentState.MEAL,
    AgentState.TRAINING,
)


def _file(member: int, call_id: int | None, service_id: int, choice: float) -> None:
    """Chooses a disposition for the call that just ended and resolves most of their tickets, so
    that a robot leaves little in the box of whoever lends it a place.
    """
    dispositions, leg = ars.dispositions(service_id), queries.own_leg(call_id or 0, member)
    if leg is None:
        return
    if dispositions:
        leg.disposition_id = dispositions[int(choice * len(dispositions))].id
    if choice < SETTLED:
        with suppress(Refused), savepoint():  # not every ticket may be resolved
            call = db.session.get_one(Call, leg.call_id)
            emit(CallFiled(call, member, leg.disposition_id, resolves=True, completes=False))
