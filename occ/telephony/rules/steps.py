"""The life of a call: pure functions from (state, event) to (state, effects).

Nothing here knows a database, a clock or a phone system. `step` moves one call on and says what has
to be done: facts to write and things to ask of the phone system.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from occ.ars.rules.flow import Move
from occ.ars.rules.flow import Step as MenuStep
from occ.ars.rules.texts import Notice
from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.telephony.rules.calls import (
    Act,
    After,
    AgentState,
    Call,
    CallOutcome,
    Direction,
    Do,
    Event,
    LegKind,
    LegOutcome,
    Phase,
    QueueOutcome,
    Target,
)


class NotNow(Refused):
    """The call is not in a phase in which this can happen."""


Step = tuple[Call, tuple[Do, ...]]
TALKS = frozenset({Phase.TALKING, Phase.HELD, Phase.CONSULT_RINGING, Phase.CONSULTING})
P, E, S = Phase, Event, AgentState


def arrive(
    *, queue: int | None, menu: MenuStep | None = None, refused: Notice | None = None
) -> Step:
    """An inbound call reaches its main number: into the voice menu, without one into its
    queue, or a notice and the end.
    """
    if menu is not None and refused is None:
        call, do = _told(Call(phase=P.MENU), menu, None)
        return call, (Do(Act.ANSWER), *do)
    if refused or queue is None:
        closing = CallOutcome.SUSPENDED if refused else CallOutcome.NO_QUEUE
        return Call(phase=P.CLOSING, closing=closing), (
            Do(Act.ANSWER),
            Do(Act.PLAY, note=refused or Notice.NO_QUEUE),
        )
    return Call(), (Do(Act.ANSWER), Do(Act.ENTER_QUEUE, note=queue), Do(Act.MUSIC))


def dial(agent: int) -> Step:
    """An agent calls out (CTI-4)."""
    made = Call(direction=Direction.OUTBOUND, phase=P.DIALING, agent=agent)
    return made, (
        Do(Act.OPEN_LEG, agent, kind=LegKind.AGENT),
        Do(Act.STATE, agent, S.DIALING),
        Do(Act.TICKET, note=P.DIALING),
        Do(Act.ORIGINATE),
    )


def step(call: Call, event: Event, *, party: Any = None, reason: LegOutcome | None = None) -> Step:
    """Moves a call on. `party` is the agent of an offer or the Target of
    a consultation; raises NotNow.
    """
    if call.phase is P.ENDED:
        raise NotNow(_("The call has ended."))
    handler = _STEPS.get((call.phase, event)) or _STEPS.get((None, event))
    found: Step | None = handler(call, party, reason) if handler else None
    if found is None:
        raise NotNow(_refusal(event))
    return found


def _refusal(event: Event) -> Any:
    return {
        E.ANSWERED: _("Nothing rings any more."),
        E.HELD: _("Only a talk can be put on hold."),
        E.RESUMED: _("The customer is not on hold."),
        E.CONSULTED: _("Only a talk can be transferred."),
        E.CONNECTED: _("The other side has not answered yet."),
        E.CONSULT_CANCELLED: _("There is no consultation to cancel."),
        E.ABUSED: _("Only a talk can be ended with the announcement."),
        E.AGENT_HUNG_UP: _("Connect or cancel the consultation first."),
    }.get(event, _("This is not possible at this moment."))


def _told(call: Call, menu: MenuStep, _reason: Any) -> Step:
    """Does what the voice menu says: announcements, then listening, agents,
    a callback or the end (ARS-3).
    """
    play = (Do(Act.PLAY, note=menu.says),) if menu.says else ()
    if menu.move in (Move.LISTEN, Move.WAIT):
        return call, play
    if menu.move is Move.QUEUE:
        return replace(call, phase=P.QUEUED), (
            Do(Act.ENTER_QUEUE, note=menu.queue),
            *(play or (Do(Act.MUSIC),)),
        )
    do = [Do(Act.LEAVE_QUEUE, None, QueueOutcome.CALLBACK)] if call.phase is P.QUEUED else []
    if menu.move is Move.CALLBACK:
        do.append(Do(Act.CALLBACK, note=menu.queue))
    closing = CallOutcome.CALLBACK if menu.move is Move.CALLBACK else CallOutcome.MENU
    return replace(call, phase=P.CLOSING, closing=closing), (*do, *play)


def _listening(call: Call, _party: Any, _reason: Any) -> Step:
    return call, (Do(Act.GATHER),)


def _music(call: Call, _party: Any, _reason: Any) -> Step:
    """After an announcement in the queue."""
    return call, (Do(Act.MUSIC),)


def _left_menu(call: Call, _party: Any, _reason: Any) -> Step:
    return _ended(call, CallOutcome.MENU, ())


def _offered(call: Call, agent: int, _reason: Any) -> Step:
    return replace(call, phase=P.RINGING, agent=agent), (
        Do(Act.OPEN_LEG, agent, kind=LegKind.AGENT),
        Do(Act.STATE, agent, S.RINGING),
        Do(Act.RING, agent),
    )


def _answered(call: Call, _party: Any, _reason: Any) -> Step:
    return replace(call, phase=P.TALKING), (
        Do(Act.ANSWER_LEG, call.agent, kind=LegKind.AGENT),
        Do(Act.LEAVE_QUEUE, call.agent, QueueOutcome.ANSWERED),
        Do(Act.STATE, call.agent, S.TALKING),
        Do(Act.TICKET, note=P.RINGING),
        Do(Act.CONNECT, call.agent),
        Do(Act.RECORD),
    )


def _not_answered(outcome: LegOutcome) -> Any:
    def recall(call: Call, _party: Any, _reason: Any) -> Step:
        """Back to the head of its queue; the agent becomes away (CTI-5)."""
        return replace(call, phase=P.QUEUED, agent=None), (
            Do(Act.STOP_RINGING, call.agent),
            Do(Act.CLOSE_LEG, call.agent, outcome, LegKind.AGENT),
            Do(Act.FREE, call.agent, After.MISSED),
            Do(Act.MUSIC),
        )

    return recall


def _abandoned(call: Call, _party: Any, _reason: Any) -> Step:
    do = [Do(Act.LEAVE_QUEUE, None, QueueOutcome.ABANDONED)]
    if call.phase is P.RINGING:
        do += [
            Do(Act.STOP_RINGING, call.agent),
            Do(Act.CLOSE_LEG, call.agent, LegOutcome.CALLER_LEFT, LegKind.AGENT),
            Do(Act.FREE, call.agent, After.BACK),
        ]
    return _ended(call, CallOutcome.ABANDONED, do)


def _ended(call: Call, outcome: CallOutcome, do: Iterable[Do]) -> Step:
    return replace(call, phase=P.ENDED, agent=None, target=None), (
        *do,
        Do(Act.END, note=outcome),
        Do(Act.HANG_UP),
    )


def _turned_away(call: Call, _party: Any, _reason: Any) -> Step:
    """The service was suspended while the customer waited: a notice, then the end (ORG-5)."""
    leave = (Do(Act.LEAVE_QUEUE, None, QueueOutcome.INTERRUPTED),) if call.phase is P.QUEUED else ()
    return replace(call, phase=P.CLOSING, closing=CallOutcome.SUSPENDED), (
        *leave,
        Do(Act.PLAY, note=Notice.SUSPENDED),
    )


def _held(call: Call, _party: Any, _reason: Any) -> Step:
    return replace(call, phase=P.HELD), (
        Do(Act.STATE, call.agent, S.HOLD),
        Do(Act.STOP_RECORDING),
        Do(Act.HOLD),
    )


def _resumed(call: Call, _party: Any, _reason: Any) -> Step:
    return replace(call, phase=P.TALKING), (
        Do(Act.STATE, call.agent, S.TALKING),
        Do(Act.RESUME),
        Do(Act.RECORD),
    )


def _consulted(call: Call, target: Target, _reason: Any) -> Step:
    if target.member is not None and target.member == call.agent:
        raise NotNow(_("You cannot transfer a call to yourself."))
    do = [Do(Act.STOP_RECORDING), Do(Act.HOLD)] if call.phase is P.TALKING else []
    do += [Do(Act.OPEN_LEG, target, kind=LegKind.CONSULT), Do(Act.STATE, call.agent, S.CONSULT)]
    if target.member is not None:
        do.append(Do(Act.STATE, target.member, S.RINGING))
    return replace(call, phase=P.CONSULT_RINGING, target=target), (*do, Do(Act.CONSULT, target))


def _target_answered(call: Call, _party: Any, _reason: Any) -> Step:
    assert call.target is not None
    do = [Do(Act.ANSWER_LEG, call.target, kind=LegKind.CONSULT)]
    if call.target.member is not None:
        do.append(Do(Act.STATE, call.target.member, S.CONSULT))
    return replace(call, phase=P.CONSULTING), tuple(do)


def _consult_over(outcome: LegOutcome, after: After) -> Any:
    def over(call: Call, _party: Any, reason: LegOutcome | None) -> Step:
        """The customer stays on hold until *resume*."""
        found = reason or outcome
        freed = After.MISSED if found is LegOutcome.NO_ANSWER else after
        return replace(call, phase=P.HELD, target=None), (
            *_drop_target(call, found, freed),
            Do(Act.STATE, call.agent, S.HOLD),
        )

    return over


def _drop_target(call: Call, outcome: LegOutcome, after: After) -> list[Do]:
    if call.target is None:
        return []
    do = [
        Do(Act.CLOSE_LEG, call.target, outcome, LegKind.CONSULT),
        Do(Act.CANCEL_CONSULT, call.target),
    ]
    if call.target.member is not None:
        do.append(Do(Act.FREE, call.target.member, after))
    return do


def _connected(call: Call, _party: Any, _reason: Any) -> Step:
    """The consultation becomes the call: the first agent is free, the
    other one talks with the customer.
    """
    target = call.target
    assert target is not None
    do = [
        Do(Act.CLOSE_LEG, target, LegOutcome.CONNECTED, LegKind.CONSULT),
        Do(Act.CLOSE_LEG, call.agent, LegOutcome.TRANSFERRED, LegKind.AGENT),
        Do(Act.FREE, call.agent, After.CALL),
    ]
    if target.member is None:
        do += [
            Do(Act.OPEN_LEG, target, kind=LegKind.EXTERNAL),
            Do(Act.ANSWER_LEG, target, kind=LegKind.EXTERNAL),
            Do(Act.COMPLETE, target),
        ]
        return replace(call, phase=P.OUTSIDE, agent=None), tuple(do)
    do += [
        Do(Act.OPEN_LEG, target.member, kind=LegKind.AGENT),
        Do(Act.ANSWER_LEG, target.member, kind=LegKind.AGENT),
        Do(Act.STATE, target.member, S.TALKING),
        Do(Act.COMPLETE, target),
        Do(Act.RECORD),
    ]
    return replace(call, phase=P.TALKING, agent=target.member, target=None), tuple(do)


def _talk_over(call: Call, outcome: CallOutcome) -> Step:
    do: list[Do] = _drop_target(call, LegOutcome.CALLER_LEFT, After.BACK)
    do += [
        Do(Act.CLOSE_LEG, call.agent, LegOutcome.COMPLETED, LegKind.AGENT),
        Do(Act.FREE, call.agent, After.CALL),
        Do(Act.STOP_RECORDING),
    ]
    return _ended(call, outcome, do)


def _caller_left(call: Call, _party: Any, _reason: Any) -> Step:
    return _talk_over(call, CallOutcome.COMPLETED)


def _agent_hung_up(call: Call, _party: Any, _reason: Any) -> Step | None:
    return None if call.target else _talk_over(call, CallOutcome.COMPLETED)


def _abused(call: Call, _party: Any, _reason: Any) -> Step:
    """CTI-4: the announcement plays, then the call ends; the agent is free at once."""
    return replace(call, phase=P.CLOSING, agent=None, closing=CallOutcome.ABUSE), (
        Do(Act.STOP_RECORDING),
        Do(Act.CLOSE_LEG, call.agent, LegOutcome.COMPLETED, LegKind.AGENT),
        Do(Act.FREE, call.agent, After.CALL),
        Do(Act.DROP_AGENT, call.agent),
        Do(Act.PLAY, note=Notice.ABUSE),
    )


def _closed(call: Call, _party: Any, _reason: Any) -> Step:
    return _ended(call, call.closing or CallOutcome.COMPLETED, ())


def _outside_over(call: Call, _party: Any, _reason: Any) -> Step:
    return _ended(
        call,
        CallOutcome.COMPLETED,
        [Do(Act.CLOSE_LEG, call.target, LegOutcome.COMPLETED, LegKind.EXTERNAL)],
    )


def _callee_answered(call: Call, _party: Any, _reason: Any) -> Step:
    return replace(call, phase=P.TALKING), (
        Do(Act.ANSWER_LEG, call.agent, kind=LegKind.AGENT),
        Do(Act.STATE, call.agent, S.TALKING),
        Do(Act.TICKET, note=P.TALKING),
        Do(Act.CONNECT, call.agent),
        Do(Act.RECORD),
    )


_DIALED = {
    LegOutcome.BUSY: CallOutcome.BUSY,
    LegOutcome.NO_ANSWER: CallOutcome.NO_ANSWER,
    LegOutcome.CANCELLED: CallOutcome.CANCELLED,
}


def _not_reached(default: LegOutcome) -> Any:
    def over(call: Call, _party: Any, reason: LegOutcome | None) -> Step:
        found = reason or default
        do = [
            Do(Act.CLOSE_LEG, call.agent, found, LegKind.AGENT),
            Do(Act.FREE, call.agent, After.BACK),
        ]
        return _ended(call, _DIALED.get(found, CallOutcome.FAILED), do)

    return over


def _interrupted(call: Call, _party: Any, _reason: Any) -> Step:
    """The phone system no longer knows the call (TEL-2)."""
    broken, do = LegOutcome.INTERRUPTED, []
    if call.phase in (P.QUEUED, P.RINGING):
        do.append(Do(Act.LEAVE_QUEUE, None, QueueOutcome.INTERRUPTED))
    if call.phase is P.OUTSIDE:
        do.append(Do(Act.CLOSE_LEG, call.target, broken, LegKind.EXTERNAL))
    elif call.target is not None:
        do += _drop_target(call, broken, After.READY)
    if call.agent is not None:
        do += [
            Do(Act.CLOSE_LEG, call.agent, broken, LegKind.AGENT),
            Do(Act.FREE, call.agent, After.READY),
        ]
    if call.phase in TALKS:
        do.append(Do(Act.STOP_RECORDING))
    return _ended(call, CallOutcome.INTERRUPTED, do)


_STEPS: Mapping[tuple[Phase | None, Event], Any] = {
    **{(phase, E.TOLD): _told for phase in (P.MENU, P.QUEUED)},
    (P.MENU, E.ANNOUNCED): _listening,
    (P.MENU, E.CALLER_LEFT): _left_menu,
    (P.MENU, E.SUSPENDED): _turned_away,
    **{(phase, E.ANNOUNCED): _music for phase in (P.QUEUED, P.RINGING)},
    (P.QUEUED, E.OFFERED): _offered,
    (P.QUEUED, E.CALLER_LEFT): _abandoned,
    (P.QUEUED, E.SUSPENDED): _turned_away,
    (P.RINGING, E.ANSWERED): _answered,
    (P.RINGING, E.RING_EXPIRED): _not_answered(LegOutcome.MISSED),
    (P.RINGING, E.AGENT_UNREACHABLE): _not_answered(LegOutcome.UNREACHABLE),
    (P.RINGING, E.CALLER_LEFT): _abandoned,
    (P.TALKING, E.HELD): _held,
    (P.HELD, E.RESUMED): _resumed,
    **{(phase, E.CONSULTED): _consulted for phase in (P.TALKING, P.HELD)},
    (P.CONSULT_RINGING, E.TARGET_ANSWERED): _target_answered,
    (P.CONSULT_RINGING, E.TARGET_FAILED): _consult_over(LegOutcome.FAILED, After.BACK),
    (P.CONSULT_RINGING, E.RING_EXPIRED): _consult_over(LegOutcome.NO_ANSWER, After.MISSED),
    **{
        (phase, E.CONSULT_CANCELLED): _consult_over(LegOutcome.CANCELLED, After.BACK)
        for phase in (P.CONSULT_RINGING, P.CONSULTING)
    },
    (P.CONSULTING, E.TARGET_LEFT): _consult_over(LegOutcome.COMPLETED, After.BACK),
    (P.CONSULTING, E.CONNECTED): _connected,
    **{(phase, E.CALLER_LEFT): _caller_left for phase in TALKS},
    **{(phase, E.AGENT_HUNG_UP): _agent_hung_up for phase in TALKS},
    **{(phase, E.ABUSED): _abused for phase in (P.TALKING, P.HELD)},
    **{(P.CLOSING, event): _closed for event in (E.ANNOUNCED, E.CALLER_LEFT)},
    **{(P.OUTSIDE, event): _outside_over for event in (E.CALLER_LEFT, E.TARGET_LEFT)},
    (P.DIALING, E.CALLEE_ANSWERED): _callee_answered,
    (P.DIALING, E.CALLEE_FAILED): _not_reached(LegOutcome.FAILED),
    (P.DIALING, E.CALLER_LEFT): _not_reached(LegOutcome.FAILED),
    (P.DIALING, E.AGENT_HUNG_UP): _not_reached(LegOutcome.CANCELLED),
    (None, E.INTERRUPTED): _interrupted,
}
