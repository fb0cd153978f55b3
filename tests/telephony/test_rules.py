"""No sequence of events loses a call, gives one agent two calls, or leaves anything open."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occ.ars.rules import phone as ars
from occ.ars.rules.flow import Move, Node, Position, Say, Step
from occ.ars.rules.menu import Language
from occ.ars.rules.texts import Notice
from occ.core.errors import Refused
from occ.telephony.commands import EVENTS
from occ.telephony.rules import steps
from occ.telephony.rules.asking import Asked, MoveCall, of_row, to_row
from occ.telephony.rules.calls import (
    IN_CALL,
    After,
    AgentState,
    Call,
    CalleeFailed,
    Command,
    Consulted,
    Event,
    Happening,
    LegKind,
    LegOutcome,
    Offered,
    Party,
    Phase,
    TargetFailed,
    Told,
)
from occ.telephony.rules.distribution import Ready, Waiting, distribute
from occ.telephony.rules.effects import (
    AnswerLeg,
    CloseLeg,
    End,
    EnterQueue,
    Free,
    LeaveQueue,
    OpenLeg,
    Record,
    SetState,
    StopRecording,
)

AGENTS = (1, 2, 3, 4)
NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


@dataclass
class World:
    """What the effects of steps leave behind, applied as naively as possible."""

    states: dict[int, AgentState] = field(
        default_factory=lambda: dict.fromkeys(AGENTS, AgentState.READY)
    )
    calls: dict[int, Call] = field(default_factory=dict)
    waits: dict[int, int] = field(default_factory=dict)
    legs: dict[int, list[tuple[LegKind, Party]]] = field(default_factory=dict)
    recording: dict[int, int] = field(default_factory=dict)
    ended: dict[int, int] = field(default_factory=dict)

    def apply(self, ident: int, step: steps.Step) -> None:
        self.calls[ident], effects = step
        legs = self.legs.setdefault(ident, [])
        for effect in effects:
            match effect:
                case EnterQueue():
                    self.waits[ident] = self.waits.get(ident, 0) + 1
                case LeaveQueue():
                    self.waits[ident] -= 1
                case OpenLeg(kind, party):
                    assert (kind, party) not in legs
                    legs.append((kind, party))
                case AnswerLeg(kind, party):
                    assert (kind, party) in legs
                case CloseLeg(kind, party):
                    legs.remove((kind, party))
                case SetState(agent, state):
                    assert state in IN_CALL
                    self.states[agent] = state
                case Free(agent):
                    assert self.states[agent] in IN_CALL
                    self.states[agent] = AgentState.READY
                case Record():
                    self.recording[ident] = self.recording.get(ident, 0) + 1
                case StopRecording():
                    self.recording[ident] = 0
                case End():
                    self.ended[ident] = self.ended.get(ident, 0) + 1

    def check(self) -> None:
        busy = [
            a
            for c in self.calls.values()
            for a in (c.agent, c.target.member if c.target else None)
            if a is not None
        ]
        assert len(busy) == len(set(busy)), "one agent, two calls"
        assert {a for a, s in self.states.items() if s in IN_CALL} == set(busy), (
            "an agent in a call state without a call, or the other way round"
        )
        for ident, call in self.calls.items():
            waits = call.phase in (Phase.QUEUED, Phase.RINGING)
            assert self.waits.get(ident, 0) == int(waits), "a wait that is lost or left open"
            assert self.recording.get(ident, 0) <= 1
            assert self.recording.get(ident, 0) == int(call.phase is Phase.TALKING), (
                "records exactly while the customer talks with an agent"
            )
            assert self.ended.get(ident, 0) == int(call.phase is Phase.ENDED), "ended once"
            if call.phase is Phase.ENDED:
                assert not self.legs[ident], "a leg left open"


def pick_agent(world: World, number: int) -> int | None:
    free = [a for a in AGENTS if world.states[a] is AgentState.READY]
    return free[number % len(free)] if free else None


def told(move: Move) -> Step:
    """What a voice menu may say to a call."""
    node = Node.QUEUED if move in (Move.QUEUE, Move.WAIT) else Node.MENU
    return Step(Position(node, Language.KO), (Say("x", Language.KO, "x"),), move, 1)


def happening(
    kind: Any, call: Call, chosen: int | None, number: int, reason: LegOutcome | None
) -> Happening:
    """An event with something of what it may carry."""
    if kind is Consulted:
        outside = Party(number="+8225550000")
        return Consulted(Party(chosen) if chosen and number % 2 else outside)
    if kind is Told:
        waits = (Move.WAIT, Move.CALLBACK)
        menu = (Move.LISTEN, Move.QUEUE, Move.CALLBACK, Move.GOODBYE)
        choice = waits if call.phase is Phase.QUEUED else menu
        return Told(told(choice[number % len(choice)]))
    if kind is TargetFailed:
        return TargetFailed(reason)
    if kind is CalleeFailed:
        return CalleeFailed(reason)
    event: Event = kind
    return event


moves = st.tuples(
    st.sampled_from(
        ["arrive", "dial", "offer", Told, Consulted, TargetFailed, CalleeFailed, *Event]
    ),
    st.integers(0, 9),
    st.sampled_from([None, *LegOutcome]),
)


@settings(max_examples=300)
@given(st.lists(moves, max_size=80))
def test_no_sequence_of_events_breaks_the_floor(sequence: list[tuple[Any, int, Any]]) -> None:
    world = World()
    for move, number, reason in sequence:
        chosen = pick_agent(world, number)
        if move == "arrive":
            refused = Notice.SUSPENDED if number == 9 else None
            menu = told(Move.LISTEN) if number > 4 else None
            world.apply(
                len(world.calls), steps.arrive(queue=number or None, menu=menu, refused=refused)
            )
        elif move == "dial" and chosen is not None:
            world.apply(len(world.calls), steps.dial(chosen))
        elif move == "offer":
            waiting = [
                Waiting(i, 1, NOW) for i, c in world.calls.items() if c.phase is Phase.QUEUED
            ]
            ready = [
                Ready(a, NOW, frozenset({1}))
                for a, s in world.states.items()
                if s is AgentState.READY
            ]
            for ident, agent in distribute(waiting, ready):
                world.apply(ident, steps.step(world.calls[ident], Offered(agent)))
        elif move not in ("dial", "offer") and world.calls:
            ident = number % len(world.calls)
            event = happening(move, world.calls[ident], chosen, number, reason)
            with suppress(steps.NotNow):
                world.apply(ident, steps.step(world.calls[ident], event))
        world.check()
    for ident, call in list(world.calls.items()):
        if call.phase is not Phase.ENDED:
            world.apply(ident, steps.step(call, Event.INTERRUPTED))
    world.check()
    assert set(world.states.values()) == {AgentState.READY}


@settings(deadline=None)  # the first one makes the converter
@given(
    st.one_of(
        st.builds(MoveCall, st.sampled_from([*EVENTS])),
        *(st.from_type(kind) for kind in get_args(Asked) if kind is not MoveCall),
    )
)
def test_what_is_asked_comes_out_of_its_row_as_it_went_in(asked: Asked) -> None:
    assert of_row(*to_row(asked)) == asked


def test_every_command_is_one_of_the_things_that_can_be_asked() -> None:
    whole = {"ref": "r", "caller": "", "called": "", "digit": "1"}
    for command in Command:
        asked = of_row(command, whole)
        assert asked.command is command
        assert isinstance(asked, MoveCall) == (command in EVENTS)


@pytest.mark.spec("CTI-4")
@pytest.mark.parametrize(
    ("reason", "after"),
    [
        (LegOutcome.NO_ANSWER, After.MISSED),
        (LegOutcome.BUSY, After.BACK),
        (LegOutcome.FAILED, After.BACK),
        (None, After.BACK),
    ],
)
def test_a_consulted_agent_is_away_only_where_the_phone_system_says_that_nobody_answered(
    reason: LegOutcome | None, after: After
) -> None:
    call, _effects = steps.arrive(queue=1)
    for event in (Offered(1), Event.ANSWERED, Consulted(Party(2))):
        call, _effects = steps.step(call, event)
    call, effects = steps.step(call, TargetFailed(reason))
    assert [do for do in effects if isinstance(do, Free)] == [Free(2, after)]
    closed = [do.outcome for do in effects if isinstance(do, CloseLeg)]
    assert (call.phase, closed) == (Phase.HELD, [reason or LegOutcome.FAILED])


people = st.lists(st.tuples(st.integers(0, 50), st.frozensets(st.integers(1, 3))), max_size=8)
lines = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 3)), max_size=12)


@given(lines, people)
def test_distribution_serves_the_longest_wait_by_the_longest_idle(
    waits: list[tuple[int, int]], idle: list[tuple[int, frozenset[int]]]
) -> None:
    waiting = [Waiting(n, queue, NOW + timedelta(seconds=s)) for n, (s, queue) in enumerate(waits)]
    ready = [Ready(n, NOW + timedelta(seconds=s), queues) for n, (s, queues) in enumerate(idle)]
    pairs = distribute(waiting, ready)
    calls, agents = [c for c, _a in pairs], [a for _c, a in pairs]
    assert len(set(calls)) == len(calls)
    assert len(set(agents)) == len(agents)
    taken: set[int] = set()
    for call, agent in pairs:
        assert waiting[call].queue in ready[agent].queues
        able = [r for r in ready if waiting[call].queue in r.queues and r.member not in taken]
        longest = min((one.idle_since, one.member) for one in able)
        assert (ready[agent].idle_since, agent) == longest, "somebody is idle for longer"
        taken.add(agent)
    for left in (w for w in waiting if w.call not in calls):
        assert not any(left.queue in r.queues for r in ready if r.member not in agents), (
            "somebody waits though somebody is ready"
        )
        for call, agent in pairs:
            if left.queue in ready[agent].queues:
                assert (waiting[call].since, call) < (left.since, left.call), (
                    "a later call went first"
                )


@pytest.mark.spec("CTI-8")
@given(st.text(), st.text())
def test_the_popup_address_never_lets_a_value_out_of_its_place(caller: str, queue: str) -> None:
    filled = ars.popup_url(
        "https://crm.example/find?n={caller}&q={queue}",
        {
            "caller": caller.encode("utf-8", "ignore").decode(),
            "queue": queue.encode("utf-8", "ignore").decode(),
        },
    )
    assert filled.startswith("https://crm.example/find?n=")
    assert filled.count("&") == 1 and "#" not in filled and " " not in filled


@pytest.mark.spec("CTI-8")
@pytest.mark.parametrize(
    "template",
    [
        "javascript:alert(1)",
        "ftp://x/{caller}",
        "https://{caller}.example/",
        "https://x/{name}",
        "//x/y",
        "https:///x",
        "x",
        "https://[1/{caller}",
        "https://a..example/{caller}",
        "https://고 객.example/",
        "https://{caller}@x.example/",
    ],
)
def test_popup_addresses_that_are_none_are_refused(template: str) -> None:
    with pytest.raises(Refused):
        ars.check_popup_url(template)
    ars.check_popup_url("https://crm.example/?n={caller}")
    ars.check_popup_url("https://고객.example/찾기?번호={caller}#/{call}")
