"""The life of a call: pure functions from (state, event) to (state, effects).

Nothing here knows a database, a clock or a phone system. `step` moves one call on and says what has
to be done: facts to write and things to ask of the phone system.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from occ.ars.rules.flow import Move
from occ.ars.rules.flow import Step as MenuStep
from occ.ars.rules.texts import Notice
from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.telephony.rules.calls import (
    After,
    AgentState,
    Call,
    CalleeFailed,
    CallOutcome,
    Consulted,
    Direction,
    Event,
    Happening,
    LegKind,
    LegOutcome,
    Offered,
    Party,
    Phase,
    QueueOutcome,
    TargetFailed,
    TicketOn,
    Told,
)
from occ.telephony.rules.effects import (
    Answer,
    AnswerLeg,
    AskCallback,
    CancelConsult,
    CloseLeg,
    Complete,
    Connect,
    Consult,
    DropAgent,
    Effect,
    End,
    EnterQueue,
    Free,
    Gather,
    HangUp,
    Hold,
    LeaveQueue,
    MakeTicket,
    Music,
    OpenLeg,
    Originate,
    Play,
    Record,
    Resume,
    Ring,
    SetState,
    StopRecording,
    StopRinging,
)


class NotNow(Refused):
    """The call is not in a phase in which this can happen."""


Step = tuple[Call, tuple[Effect, ...]]
TALKS = frozenset({Phase.TALKING, Phase.HELD, Phase.CONSULT_RINGING, Phase.CONSULTING})
P, E, S = Phase, Event, AgentState
AGENT, CONSULT, EXTERNAL = LegKind.AGENT, LegKind.CONSULT, LegKind.EXTERNAL


def arrive(
    *, queue: int | None, menu: MenuStep | None = None, refused: Notice | None = None
) -> Step:
    """An inbound call reaches its main number: into the voice menu, without one into its
    queue, or a notice and the end.
    """
    if menu is not None and refused is None:
        call, do = _told(Call(phase=P.MENU), menu)
        return call, (Answer(), *do)
    if refused or queue is None:
        closing = CallOutcome.SUSPENDED if refused else CallOutcome.NO_QUEUE
        return Call(phase=P.CLOSING, closing=closing), (
            Answer(),
            Play(refused or Notice.NO_QUEUE),
        )
    return Call(), (Answer(), EnterQueue(queue), Music())


def dial(agent: int) -> Step:
    """An agent calls out (CTI-4)."""
    made = Call(direction=Direction.OUTBOUND, phase=P.DIALING, agent=agent)
    return made, (
        OpenLeg(AGENT, Party(agent)),
        SetState(agent, S.DIALING),
        MakeTicket(TicketOn.DIALING),
        Originate(),
    )


def step(call: Call, event: Happening) -> Step:
    """Moves a call on; raises NotNow where its phase does not take the event."""
    if call.phase is P.ENDED:
        raise NotNow(_("The call has ended."))
    found = _moved(call, event)
    if found is None:
        raise NotNow(_refusal(event))
    return found


def _moved(call: Call, event: Happening) -> Step | None:
    match call.phase, event:
        case ((P.MENU | P.QUEUED), Told(menu)):
            return _told(call, menu)
        case P.MENU, E.ANNOUNCED:
            return call, (Gather(),)
        case P.MENU, E.CALLER_LEFT:
            return _ended(call, CallOutcome.MENU, ())
        case ((P.MENU | P.QUEUED), E.SUSPENDED):
            return _turned_away(call)
        case ((P.QUEUED | P.RINGING), E.ANNOUNCED):
            return call, (Music(),)
        case P.QUEUED, Offered(agent):
            return _offered(call, agent)
        case ((P.QUEUED | P.RINGING), E.CALLER_LEFT):
            return _abandoned(call)
        case P.RINGING, E.ANSWERED:
            return _answered(call)
        case P.RINGING, E.RING_EXPIRED:
            return _not_answered(call, LegOutcome.MISSED)
        case P.RINGING, E.AGENT_UNREACHABLE:
            return _not_answered(call, LegOutcome.UNREACHABLE)
        case P.TALKING, E.HELD:
            return _held(call)
        case P.HELD, E.RESUMED:
            return _resumed(call)
        case ((P.TALKING | P.HELD), Consulted(party)):
            return _consulted(call, party)
        case P.CONSULT_RINGING, E.TARGET_ANSWERED:
            return _target_answered(call)
        case P.CONSULT_RINGING, TargetFailed(reason):
            return _consult_over(call, reason or LegOutcome.FAILED)
        case P.CONSULT_RINGING, E.RING_EXPIRED:
            return _consult_over(call, LegOutcome.NO_ANSWER)
        case ((P.CONSULT_RINGING | P.CONSULTING), E.CONSULT_CANCELLED):
            return _consult_over(call, LegOutcome.CANCELLED)
        case P.CONSULTING, E.TARGET_LEFT:
            return _consult_over(call, LegOutcome.COMPLETED)
        case P.CONSULTING, E.CONNECTED:
            return _connected(call)
        case phase, E.CALLER_LEFT if phase in TALKS:
            return _talk_over(call)
        case phase, E.AGENT_HUNG_UP if phase in TALKS and call.target is None:
            return _talk_over(call)
        case ((P.TALKING | P.HELD), E.ABUSED):
            return _abused(call)
        case P.CLOSING, (E.ANNOUNCED | E.CALLER_LEFT):
            return _ended(call, call.closing or CallOutcome.COMPLETED, ())
        case P.OUTSIDE, (E.CALLER_LEFT | E.TARGET_LEFT):
            return _outside_over(call)
        case P.DIALING, E.CALLEE_ANSWERED:
            return _callee_answered(call)
        case P.DIALING, CalleeFailed(reason):
            return _not_reached(call, reason or LegOutcome.FAILED)
        case P.DIALING, E.CALLER_LEFT:
            return _not_reached(call, LegOutcome.FAILED)
        case P.DIALING, E.AGENT_HUNG_UP:
            return _not_reached(call, LegOutcome.CANCELLED)
        case _, E.INTERRUPTED:
            return _interrupted(call)
        case _:
            return None


def _refusal(event: Happening) -> Any:
    match event:
        case E.ANSWERED:
            return _("Nothing rings any more.")
        case E.HELD:
            return _("Only a talk can be put on hold.")
        case E.RESUMED:
            return _("The customer is not on hold.")
        case Consulted():
            return _("Only a talk can be transferred.")
        case E.CONNECTED:
            return _("The other side has not answered yet.")
        case E.CONSULT_CANCELLED:
            return _("There is no consultation to cancel.")
        case E.ABUSED:
            return _("Only a talk can be ended with the announcement.")
        case E.AGENT_HUNG_UP:
            return _("Connect or cancel the consultation first.")
        case _:
            return _(
                "This is not possible in the current call state. Check the phone, then try again."
            )


def _agent(call: Call) -> int:
    """Who rings for a call, talks or dials; every phase from RINGING on has one but OUTSIDE and the
    last two.
    """
    assert call.agent is not None
    return call.agent


def _told(call: Call, menu: MenuStep) -> Step:
    """Does what the voice menu says: announcements, then listening, agents,
    a callback or the end (ARS-3).
    """
    play = (Play(menu.says),) if menu.says else ()
    if menu.move in (Move.LISTEN, Move.WAIT):
        return call, play
    if menu.move is Move.QUEUE:
        assert menu.queue is not None
        return replace(call, phase=P.QUEUED), (EnterQueue(menu.queue), *(play or (Music(),)))
    do: list[Effect] = [LeaveQueue(QueueOutcome.CALLBACK)] if call.phase is P.QUEUED else []
    closing = CallOutcome.MENU
    if menu.move is Move.CALLBACK:
        assert menu.queue is not None
        do.append(AskCallback(menu.queue))
        closing = CallOutcome.CALLBACK
    return replace(call, phase=P.CLOSING, closing=closing), (*do, *play)


def _offered(call: Call, agent: int) -> Step:
    return replace(call, phase=P.RINGING, agent=agent), (
        OpenLeg(AGENT, Party(agent)),
        SetState(agent, S.RINGING),
        Ring(agent),
    )


def _answered(call: Call) -> Step:
    agent = _agent(call)
    return replace(call, phase=P.TALKING), (
        AnswerLeg(AGENT, Party(agent)),
        LeaveQueue(QueueOutcome.ANSWERED, agent),
        SetState(agent, S.TALKING),
        MakeTicket(),
        Connect(agent),
        Record(),
    )


def _not_answered(call: Call, outcome: LegOutcome) -> Step:
    """Back to the head of its queue; the agent becomes away (CTI-5)."""
    agent = _agent(call)
    return replace(call, phase=P.QUEUED, agent=None), (
        StopRinging(agent),
        CloseLeg(AGENT, Party(agent), outcome),
        Free(agent, After.MISSED),
        Music(),
    )


def _abandoned(call: Call) -> Step:
    do: list[Effect] = [LeaveQueue(QueueOutcome.ABANDONED)]
    if call.phase is P.RINGING:
        agent = _agent(call)
        do += [
            StopRinging(agent),
            CloseLeg(AGENT, Party(agent), LegOutcome.CALLER_LEFT),
            Free(agent, After.BACK),
        ]
    return _ended(call, CallOutcome.ABANDONED, do)


def _ended(call: Call, outcome: CallOutcome, do: Iterable[Effect]) -> Step:
    return replace(call, phase=P.ENDED, agent=None, target=None), (
        *do,
        End(outcome),
        HangUp(),
    )


def _turned_away(call: Call) -> Step:
    """The service was suspended while the customer waited: a notice, then the end (ORG-5)."""
    leave = (LeaveQueue(QueueOutcome.INTERRUPTED),) if call.phase is P.QUEUED else ()
    return replace(call, phase=P.CLOSING, closing=CallOutcome.SUSPENDED), (
        *leave,
        Play(Notice.SUSPENDED),
    )


def _held(call: Call) -> Step:
    agent = _agent(call)
    return replace(call, phase=P.HELD), (SetState(agent, S.HOLD), StopRecording(), Hold())


def _resumed(call: Call) -> Step:
    agent = _agent(call)
    return replace(call, phase=P.TALKING), (
        SetState(agent, S.TALKING),
        Resume(),
        Record(),
    )


def _consulted(call: Call, target: Party) -> Step:
    if target.member is not None and target.member == call.agent:
        raise NotNow(_("You cannot transfer a call to yourself. Choose somebody else."))
    do: list[Effect] = [StopRecording(), Hold()] if call.phase is P.TALKING else []
    do += [OpenLeg(CONSULT, target), SetState(_agent(call), S.CONSULT)]
    if target.member is not None:
        do.append(SetState(target.member, S.RINGING))
    return replace(call, phase=P.CONSULT_RINGING, target=target), (*do, Consult(target))


def _target_answered(call: Call) -> Step:
    assert call.target is not None
    do: list[Effect] = [AnswerLeg(CONSULT, call.target)]
    if call.target.member is not None:
        do.append(SetState(call.target.member, S.CONSULT))
    return replace(call, phase=P.CONSULTING), tuple(do)


def _consult_over(call: Call, outcome: LegOutcome) -> Step:
    """The customer stays on hold until *resume*."""
    freed = After.MISSED if outcome is LegOutcome.NO_ANSWER else After.BACK
    return replace(call, phase=P.HELD, target=None), (
        *_drop_target(call, outcome, freed),
        SetState(_agent(call), S.HOLD),
    )


def _drop_target(call: Call, outcome: LegOutcome, after: After) -> list[Effect]:
    if call.target is None:
        return []
    do: list[Effect] = [CloseLeg(CONSULT, call.target, outcome), CancelConsult(call.target)]
    if call.target.member is not None:
        do.append(Free(call.target.member, after))
    return do


def _connected(call: Call) -> Step:
    """The consultation becomes the call: the first agent is free, the
    other one talks with the customer.
    """
    target, agent = call.target, _agent(call)
    assert target is not None
    do: list[Effect] = [
        CloseLeg(CONSULT, target, LegOutcome.CONNECTED),
        CloseLeg(AGENT, Party(agent), LegOutcome.TRANSFERRED),
        Free(agent, After.CALL),
    ]
    if target.member is None:
        do += [OpenLeg(EXTERNAL, target), AnswerLeg(EXTERNAL, target), Complete(target)]
        return replace(call, phase=P.OUTSIDE, agent=None), tuple(do)
    do += [
        OpenLeg(AGENT, Party(target.member)),
        AnswerLeg(AGENT, Party(target.member)),
        SetState(target.member, S.TALKING),
        Complete(target),
        Record(),
    ]
    return replace(call, phase=P.TALKING, agent=target.member, target=None), tuple(do)


def _talk_over(call: Call) -> Step:
    agent = _agent(call)
    return _ended(
        call,
        CallOutcome.COMPLETED,
        (
            *_drop_target(call, LegOutcome.CALLER_LEFT, After.BACK),
            CloseLeg(AGENT, Party(agent), LegOutcome.COMPLETED),
            Free(agent, After.CALL),
            StopRecording(),
        ),
    )


def _abused(call: Call) -> Step:
    """CTI-4: the announcement plays, then the call ends; the agent is free at once."""
    agent = _agent(call)
    return replace(call, phase=P.CLOSING, agent=None, closing=CallOutcome.ABUSE), (
        StopRecording(),
        CloseLeg(AGENT, Party(agent), LegOutcome.COMPLETED),
        Free(agent, After.CALL),
        DropAgent(agent),
        Play(Notice.ABUSE),
    )


def _outside_over(call: Call) -> Step:
    assert call.target is not None
    return _ended(
        call,
        CallOutcome.COMPLETED,
        (CloseLeg(EXTERNAL, call.target, LegOutcome.COMPLETED),),
    )


def _callee_answered(call: Call) -> Step:
    agent = _agent(call)
    return replace(call, phase=P.TALKING), (
        AnswerLeg(AGENT, Party(agent)),
        SetState(agent, S.TALKING),
        MakeTicket(TicketOn.CONNECTION),
        Connect(agent),
        Record(),
    )


_DIALED = {
    LegOutcome.BUSY: CallOutcome.BUSY,
    LegOutcome.NO_ANSWER: CallOutcome.NO_ANSWER,
    LegOutcome.CANCELLED: CallOutcome.CANCELLED,
}


def _not_reached(call: Call, outcome: LegOutcome) -> Step:
    agent = _agent(call)
    return _ended(
        call,
        _DIALED.get(outcome, CallOutcome.FAILED),
        (CloseLeg(AGENT, Party(agent), outcome), Free(agent, After.BACK)),
    )


def _interrupted(call: Call) -> Step:
    """The phone system no longer knows the call (TEL-2)."""
    broken = LegOutcome.INTERRUPTED
    do: list[Effect] = []
    if call.phase in (P.QUEUED, P.RINGING):
        do.append(LeaveQueue(QueueOutcome.INTERRUPTED))
    if call.phase is P.OUTSIDE and call.target is not None:
        do.append(CloseLeg(EXTERNAL, call.target, broken))
    else:
        do += _drop_target(call, broken, After.READY)
    if call.agent is not None:
        do += [CloseLeg(AGENT, Party(call.agent), broken), Free(call.agent, After.READY)]
    if call.phase in TALKS:
        do.append(StopRecording())
    return _ended(call, CallOutcome.INTERRUPTED, do)
