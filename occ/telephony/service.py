"""Writes of telephony: applies what the rules decide as facts, and says what to ask of the phone
system.

Every function runs inside the caller's write transaction. Orders to the phone system are returned,
never issued: the engine issues them after the commit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import assert_never

from occ.ars import menus
from occ.ars import queries as ars
from occ.ars.rules import flow
from occ.ars.rules.menu import Ars, Extra, to_json
from occ.ars.rules.phone import AfterCall
from occ.ars.rules.texts import NOTICES, Notice
from occ.core import clock, crypto, phones
from occ.core.db import db
from occ.core.events import emit
from occ.core.live import touch
from occ.customers import service as customers
from occ.organization.models import Service
from occ.telephony import queries
from occ.telephony.drivers.base import Driver
from occ.telephony.events import CallbackAsked, CallDialed, CallEnded, TicketDue
from occ.telephony.models import Call, Leg, QueueEntry, Recording
from occ.telephony.rules import steps
from occ.telephony.rules.calls import (
    IN_CALL,
    After,
    AgentState,
    CalleeFailed,
    Event,
    Happening,
    Hears,
    LegKind,
    LegOutcome,
    Offered,
    Party,
    Phase,
    TargetFailed,
    Told,
    code,
)
from occ.telephony.rules.calls import Call as CallState
from occ.telephony.rules.distribution import distribute
from occ.telephony.rules.effects import (
    Answer,
    AnswerLeg,
    Ask,
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
    Fact,
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
from occ.telephony.sessions import note, set_state, settings
from occ.tenant import queries as tenant
from occ.tenant.rules import Stopped

# what callers hear while the phone contract is not in use (TNT-1)
REFUSALS = {
    Stopped.NONE: Notice.ENDED,
    Stopped.TERMINATED: Notice.ENDED,
    Stopped.ENDED: Notice.ENDED,
    Stopped.SUSPENDED: Notice.SUSPENDED,
}
NEXT = {
    AfterCall.READY: AgentState.READY,
    AfterCall.AWAY: AgentState.AWAY,
    AfterCall.WRAP_UP: AgentState.WRAP_UP,
    AfterCall.ASK: AgentState.WRAP_UP,
}


@dataclass(frozen=True)
class Order:
    """Something to ask of the phone system about one call; asking twice changes nothing."""

    what: str  # for the log
    issue: Callable[[Driver], bytes | None]
    recording: str = ""  # which one it ends: its sound may be the answer


def _free(member_id: int, how: After, call: Call, *, talked: bool) -> None:
    """Lets an agent go; the idle clock starts anew only after a talk (TEL-3)."""
    session = queries.session_of(member_id)
    if session is None:
        return
    phone = ars.phone_service(call.service_id)
    state = {
        After.CALL: NEXT[phone.after_call if phone else AfterCall.READY],
        After.BACK: session.before,
        After.MISSED: AgentState.MISSED,
        After.READY: AgentState.READY,
    }[how]
    if talked or how in (After.CALL, After.READY):
        session.idle_since = clock.now()
    set_state(member_id, state, call if state is AgentState.WRAP_UP else None)


def new_call(
    state: CallState,
    *,
    ref: str,
    service: Service,
    customer: str,
    number: str,
    queue_id: int | None = None,
    agent: int | None = None,
) -> Call:
    now = clock.now()
    # 119 and the like are nobody's customer
    is_person = customer and not phones.short(customer, service.country)
    made = Call(
        ref=ref,
        service_id=service.id,
        direction=state.direction,
        phase=state.phase,
        customer_number=customer,
        service_number=number,
        queue_id=queue_id,
        agent_id=agent,
        handled_by=agent,
        day=clock.local_day(now, service.time_zone),
        started_at=now,
        phase_at=now,
        customer_id=customers.of_number(customer).id if is_person else None,
        closing=state.closing,
    )
    db.session.add(made)
    db.session.flush()
    return made


def arrive(ref: str, caller: str, called: str) -> list[Order]:
    """A call reaches a main number, which decides the service (ARS-1); a ref
    that is known changes nothing.
    """
    service = queries.service_of_number(called)
    if service is None:
        return [Order("HangUp", lambda driver: driver.hang_up(ref))]
    if queries.call_by_ref(ref) is not None:
        return []
    caller = phones.reported(caller, service.country)
    published = menus.newest(service.id)
    told = (
        flow.start(menus.of_version(published.id), _scene(service, caller)) if published else None
    )
    stopped = tenant.stopped_now()
    refused = (
        Notice.SUSPENDED
        if not queries.takes_calls(service)
        else REFUSALS[stopped]
        if stopped
        else None
    )
    queue_id = ars.first_queue(service.id) if published is None else None
    state, do = steps.arrive(queue=queue_id, menu=told, refused=refused)
    call = new_call(state, ref=ref, service=service, customer=caller, number=called)
    if published is not None and told is not None:
        call.ars_version_id, call.position = published.id, to_json(told.position)
    note("arrived", service=service.id, call=call.id, number=called)
    orders = _apply(call, do)
    _set_timer(call)
    return orders


def _scene(service: Service, caller: str) -> flow.Scene:
    """The scene of a call; who hides their number cannot be called back."""
    return replace(menus.scene(service), callable=bool(caller))


def hear(call: Call, heard: flow.Heard, digit: str = "") -> list[Order]:
    """A key, none, or a while in the queue: the voice menu says what comes next (ARS-3).

    Without a menu nothing does.
    """
    if heard is flow.Heard.DIGIT:
        note("digit", service=call.service_id, call=call.id, digit=digit)
    if (
        call.ars_version_id is None
        or call.position is None
        or call.phase not in (Phase.MENU, Phase.QUEUED)
    ):
        return []
    service = db.session.get_one(Service, call.service_id)
    told = flow.step(
        menus.of_version(call.ars_version_id),
        _scene(service, call.customer_number),
        flow.position(call.position),
        heard,
        digit,
    )
    call.position = to_json(told.position)
    if told.move is flow.Move.WAIT and heard is flow.Heard.DIGIT:
        return []
    return happen(call, Told(told))


def dial(
    member_id: int,
    service: Service,
    number: str,
    caller_id: str,
    about: dict[str, int] | None = None,
) -> tuple[Call, list[Order]]:
    """An agent calls a number from a caller ID of a service (CTI-4); `about` is passed on to
    whoever reacts to CallDialed.
    """
    state, do = steps.dial(member_id)
    ref = f"out-{crypto.token()[:20]}"
    call = new_call(
        state,
        ref=ref,
        service=service,
        customer=number,
        number=caller_id,
        queue_id=None,
        agent=member_id,
    )
    note("dialed", member=member_id, service=service.id, call=call.id)
    emit(CallDialed(call, member_id, about or {}))
    return call, _apply(call, do)


def happen(call: Call, event: Happening) -> list[Order]:
    """Moves a call on and writes the facts; raises NotNow when its phase does not take the
    event.
    """
    after, effects = steps.step(_state(call), event)
    now = clock.now()
    _note_event(call, event)
    if after.phase is not call.phase:
        call.phase, call.phase_at = after.phase, now
    call.agent_id, call.closing = after.agent, after.closing
    call.target_member_id = after.target.member if after.target else None
    call.target_number = after.target.number if after.target else ""
    if after.agent is not None:
        call.handled_by = after.agent
    orders = _apply(call, effects)
    _set_timer(call, listening=event is Event.ANNOUNCED)
    return orders


def _note_event(call: Call, event: Happening) -> None:
    member, said, reason = call.agent_id, None, None
    match event:
        case Told(menu):
            said = " ".join(say.code for say in menu.says)
        case Offered(agent):
            member = agent
        case TargetFailed(LegOutcome() as why) | CalleeFailed(LegOutcome() as why):
            reason = why.value
    note(
        code(event),
        member=member,
        service=call.service_id,
        call=call.id,
        reason=reason,
        said=said,
    )


def _set_timer(call: Call, *, listening: bool = False) -> None:
    """When something has to happen by itself: a recall, a key that does not
    come, the delay announcement.
    """
    now, wait = clock.now(), None
    if call.phase in (Phase.RINGING, Phase.CONSULT_RINGING):
        wait = call.phase_at + timedelta(seconds=settings().recall_seconds) - now
    elif call.phase is Phase.MENU:
        # while it plays the driver tells when it is over; should it not, the call goes on all the
        # same
        playing = 0 if listening else sum(say["seconds"] for say in call.said or ()) + flow.KEY_WAIT
        wait = timedelta(seconds=playing + flow.KEY_WAIT)
    elif call.phase is Phase.QUEUED and call.ars_version_id is not None:
        entry, menu = queries.entry_of(call.id), menus.of_version(call.ars_version_id)
        waited = (now - entry.entered_at).total_seconds() if entry else 0.0
        wait = timedelta(
            seconds=flow.next_delay(waited, menu.first_delay, menu.every_delay) - waited
        )
    call.due_at = now + wait if wait is not None else None


def _state(call: Call) -> CallState:
    target = (
        Party(call.target_member_id, call.target_number)
        if call.target_member_id or call.target_number
        else None
    )
    return CallState(call.direction, call.phase, call.agent_id, target, call.closing)


def _apply(call: Call, effects: Sequence[Effect]) -> list[Order]:
    """Writes the facts of a step; returns what is asked of the phone system, in its order."""
    orders: list[Order] = []
    for effect in effects:
        if isinstance(effect, Fact):
            _write(call, effect)
        else:
            orders += _orders(call, effect)
    db.session.flush()
    for member in {call.agent_id, call.target_member_id} - {None}:
        touch(f"phone:{member}")
    touch("wall")
    return orders


def _orders(call: Call, ask: Ask) -> list[Order]:
    """What to ask of the phone system, and on the call's row what the customer hears by it."""
    ref = call.ref

    def order(issue: Callable[[Driver], None]) -> list[Order]:
        return [Order(type(ask).__name__, issue)]

    match ask:
        case Answer():
            return order(lambda driver: driver.answer(ref))
        case Play(says):
            plays = _says(call, says)
            call.hears, call.said = Hears.ANNOUNCEMENT, to_json(plays)
            return order(lambda driver: driver.play(ref, plays))
        case Gather():
            return order(lambda driver: driver.gather_digit(ref))
        case Music():
            call.hears, call.said = Hears.MUSIC, None
            return order(lambda driver: driver.queue_music(ref))
        case Ring(agent):
            number = _number(agent)
            return order(lambda driver: driver.ring_agent(ref, number))
        case StopRinging(agent):
            number = _number(agent)
            return order(lambda driver: driver.stop_ringing(ref, number))
        case Connect(agent):
            number = _number(agent)
            call.hears, call.said = Hears.AGENT, None
            return order(lambda driver: driver.connect(ref, number))
        case DropAgent(agent):
            number = _number(agent)
            return order(lambda driver: driver.drop_agent(ref, number))
        case Hold():
            call.hears, call.said = Hears.MUSIC, None
            return order(lambda driver: driver.hold(ref))
        case Resume():
            call.hears, call.said = Hears.AGENT, None
            return order(lambda driver: driver.resume(ref))
        case Consult(party):
            number, is_agent = _number_of(party), party.member is not None
            return order(lambda driver: driver.consult(ref, number, agent=is_agent))
        case CancelConsult(party):
            number = _number_of(party)
            return order(lambda driver: driver.cancel_consult(ref, number))
        case Complete(party):
            number = _number_of(party)
            call.hears = Hears.AGENT if call.agent_id else Hears.OUTSIDE
            return order(lambda driver: driver.complete(ref, number))
        case Record():
            return _record(call)
        case StopRecording():
            return _stop_recording(call)
        case Originate():
            number, caller_id = call.customer_number, call.service_number
            call.hears, call.said = Hears.RINGBACK, None
            return order(lambda driver: driver.originate(ref, number, caller_id))
        case HangUp():
            call.hears, call.said = Hears.NOTHING, None
            return order(lambda driver: driver.hang_up(ref))
        case _:
            assert_never(ask)


def _number(member_id: int) -> str:
    """Where an agent's phone rings; '' without CTI data."""
    found = queries.cti_agent(member_id)
    return (found.number or "") if found else ""


def _number_of(party: Party) -> str:
    return party.number if party.member is None else _number(party.member)


def _says(call: Call, note: Notice | tuple[flow.Say, ...]) -> tuple[flow.Say, ...]:
    """Announcements to play; a notice of the system in the call's language, the abuse one as the
    service words it (ARS-7).
    """
    if not isinstance(note, Notice):
        return note
    language = (
        flow.position(call.position).language
        if call.position
        else menus.spoken(db.session.get_one(Service, call.service_id))[0]
    )
    ars = menus.of_version(call.ars_version_id) if call.ars_version_id else Ars()
    own = (
        flow.said("abuse", ars.extras.get(Extra.ABUSE, {}), language)
        if note is Notice.ABUSE
        else ()
    )
    return own or (flow.spoken(note.value, language, NOTICES[note][language]),)


def _write(call: Call, fact: Fact) -> None:
    now = clock.now()
    match fact:
        case EnterQueue(queue):
            call.queue_id = queue
            db.session.add(
                QueueEntry(
                    call_id=call.id,
                    service_id=call.service_id,
                    queue_id=queue,
                    day=_day(call, now),
                    entered_at=now,
                )
            )
        case LeaveQueue(outcome, agent):
            entry = queries.entry_of(call.id)
            if entry is not None:
                entry.left_at, entry.outcome, entry.agent_id = now, outcome, agent
                entry.waited_ms = round((now - entry.entered_at).total_seconds() * 1000)
        case OpenLeg(kind, party):
            db.session.add(
                Leg(
                    call_id=call.id,
                    service_id=call.service_id,
                    direction=call.direction,
                    kind=kind,
                    member_id=party.member,
                    number=party.number,
                    asked_by=call.agent_id if kind is LegKind.CONSULT else None,
                    day=_day(call, now),
                    started_at=now,
                )
            )
            db.session.flush()
        case AnswerLeg(kind, party):
            _open_leg(call, kind, party).answered_at = now
            if kind is not LegKind.CONSULT:
                call.answered_at = call.answered_at or now
        case CloseLeg(kind, party, outcome):
            leg = _open_leg(call, kind, party)
            leg.ended_at, leg.outcome = now, outcome
            leg.talk_ms = (
                round((now - leg.answered_at).total_seconds() * 1000) if leg.answered_at else 0
            )
        case SetState(agent, state):
            session, before = queries.session_of(agent), queries.interval_of(agent)
            if session is not None and before is not None and before.state not in IN_CALL:
                session.before = before.state
            set_state(agent, state, call)
        case Free(agent, after):
            own = [leg for leg in queries.legs(call.id) if leg.member_id == agent]
            _free(agent, after, call, talked=bool(own) and own[-1].answered_at is not None)
        case MakeTicket(when):
            if when in (None, settings().ticket_on) and call.agent_id is not None:
                emit(TicketDue(call, call.agent_id))
        case AskCallback(queue):
            emit(CallbackAsked(call, queue))
        case End(outcome):
            call.ended_at, call.outcome, call.due_at = now, outcome, None
            emit(CallEnded(call))
        case _:
            assert_never(fact)


def _open_leg(call: Call, kind: LegKind, party: Party) -> Leg:
    return next(
        leg
        for leg in queries.legs(call.id)
        if leg.ended_at is None
        and leg.kind is kind
        and (leg.member_id, leg.number) == (party.member, party.number)
    )


def _day(call: Call, now: datetime) -> date:
    return clock.local_day(now, db.session.get_one(Service, call.service_id).time_zone)


def _record(call: Call) -> list[Order]:
    if not queries.records():
        return []
    ref, name = call.ref, f"rec-{call.id}-{crypto.token()[:16]}"
    db.session.add(
        Recording(call_id=call.id, member_id=call.agent_id, name=name, started_at=clock.now())
    )
    return [Order("Record", lambda driver: driver.record(ref, name))]


def _stop_recording(call: Call) -> list[Order]:
    open_ones = db.session.query(Recording).filter_by(call_id=call.id, ended_at=None).all()
    for row in open_ones:
        row.ended_at = clock.now()
    return [_stop(call.ref, row.name) for row in open_ones]


def _stop(ref: str, name: str) -> Order:
    return Order("StopRecording", lambda driver: driver.stop_recording(ref, name), recording=name)


def attach(call: Call, *, label: str, endpoint: str, ident: int) -> None:
    """Links what a feature above made for the call, so that the phone widget leads there."""
    call.link_label, call.link_endpoint, call.link_id = label, endpoint, ident


def offer_waiting() -> list[Order]:
    """Rings the longest-idle ready agents for the calls that have waited longest (TEL-3)."""
    waiting = queries.waiting()
    orders: list[Order] = []
    if waiting:
        for call_id, member in distribute(waiting, queries.ready()):
            orders += happen(db.session.get_one(Call, call_id), Offered(member))
    return orders


def interrupt(alive: set[str]) -> int:
    """Closes every call that the phone system no longer knows as
    *interrupted* (TEL-2); returns how many.
    """
    gone = [call for call in queries.open_calls() if call.ref not in alive]
    for call in gone:
        happen(call, Event.INTERRUPTED)
    return len(gone)
