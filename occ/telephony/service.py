"""Writes of telephony: applies what the rules decide as facts, and says what to ask of the phone
system.

Every function runs inside the caller's write transaction. Orders to the phone system are returned,
never issued: the engine issues them after the commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

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
from occ.telephony.events import CallbackAsked, CallDialed, CallEnded, TicketDue
from occ.telephony.models import Call, Leg, QueueEntry, Recording
from occ.telephony.rules import steps
from occ.telephony.rules.calls import (
    FACTS,
    IN_CALL,
    Act,
    After,
    AgentState,
    Do,
    Event,
    Hears,
    LegKind,
    LegOutcome,
    Phase,
    Target,
    TicketOn,
)
from occ.telephony.rules.calls import Call as CallState
from occ.telephony.rules.distribution import distribute
from occ.telephony.sessions import note, set_state, settings
from occ.tenant import queries as tenant
from occ.tenant.rules import Plan, Stopped

HEARS = {
    Act.PLAY: Hears.ANNOUNCEMENT,
    Act.MUSIC: Hears.MUSIC,
    Act.HOLD: Hears.MUSIC,
    Act.CONNECT: Hears.AGENT,
    Act.RESUME: Hears.AGENT,
    Act.HANG_UP: Hears.NOTHING,
    Act.ORIGINATE: Hears.RINGBACK,
}
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

    act: Act
    ref: str
    args: dict[str, Any]


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
        return [Order(Act.HANG_UP, ref, {})]
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
    return happen(call, Event.TOLD, party=told)


def dial(
    member_id: int,
    service: Service,
    number: str,
    caller_id: str,
    about: dict[str, Any] | None = None,
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


def happen(
    call: Call, event: Event, *, party: Any = None, reason: LegOutcome | None = None
) -> list[Order]:
    """Moves a call on and writes the facts; raises NotNow when its phase does not take the
    event.
    """
    after, do = steps.step(_state(call), event, party=party, reason=reason)
    now = clock.now()
    member = party if isinstance(party, int) else call.agent_id
    said = " ".join(say.code for say in party.says) if isinstance(party, flow.Step) else None
    note(
        event.value,
        member=member,
        service=call.service_id,
        call=call.id,
        reason=reason.value if reason else None,
        said=said,
    )
    if after.phase is not call.phase:
        call.phase, call.phase_at = after.phase, now
    call.agent_id, call.closing = after.agent, after.closing
    call.target_member_id = after.target.member if after.target else None
    call.target_number = after.target.number if after.target else ""
    if after.agent is not None:
        call.handled_by = after.agent
    orders = _apply(call, do)
    _set_timer(call, listening=event is Event.ANNOUNCED)
    return orders


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
        Target(call.target_member_id, call.target_number)
        if call.target_member_id or call.target_number
        else None
    )
    return CallState(call.direction, call.phase, call.agent_id, target, call.closing)


def _apply(call: Call, effects: Sequence[Do]) -> list[Order]:
    """Writes the facts of a step; returns what is asked of the phone system, in its order."""
    orders: list[Order] = []
    for do in effects:
        if do.act in FACTS:
            _write(call, do)
        elif do.act is Act.RECORD:
            orders += _record(call)
        elif do.act is Act.STOP_RECORDING:
            orders += _stop_recording(call)
        else:
            orders.append(Order(do.act, call.ref, _args(call, do)))
            if do.act in HEARS:
                call.hears = HEARS[do.act]
                call.said = orders[-1].args["says"] if do.act is Act.PLAY else None
            if do.act is Act.COMPLETE:
                call.hears = Hears.AGENT if call.agent_id else Hears.OUTSIDE
    db.session.flush()
    for member in {call.agent_id, call.target_member_id} - {None}:
        touch(f"phone:{member}")
    touch("wall")
    return orders


def _args(call: Call, do: Do) -> dict[str, Any]:
    party = do.party
    if isinstance(party, Target) and not party.member:
        return {"number": party.number}
    member = party.member if isinstance(party, Target) else party
    if isinstance(member, int):
        found = queries.cti_agent(member)
        return {"member": member, "number": found.number if found else ""}
    if do.act is Act.PLAY:
        return {"says": to_json(_says(call, do.note))}
    if do.act is Act.ORIGINATE:
        return {"number": call.customer_number, "caller_id": call.service_number}
    return {}


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


def _write(call: Call, do: Do) -> None:
    now = clock.now()
    if do.act is Act.ENTER_QUEUE:
        call.queue_id = do.note
        db.session.add(
            QueueEntry(
                call_id=call.id,
                service_id=call.service_id,
                queue_id=do.note,
                day=_day(call, now),
                entered_at=now,
            )
        )
    elif do.act is Act.LEAVE_QUEUE:
        entry = queries.entry_of(call.id)
        if entry is not None:
            entry.left_at, entry.outcome, entry.agent_id = now, do.note, do.party
            entry.waited_ms = round((now - entry.entered_at).total_seconds() * 1000)
    elif do.act in (Act.OPEN_LEG, Act.ANSWER_LEG, Act.CLOSE_LEG):
        _write_leg(call, do, now)
    elif do.act is Act.STATE:
        session = queries.session_of(do.party)
        before = queries.interval_of(do.party)
        if session is not None and before is not None and before.state not in IN_CALL:
            session.before = before.state
        set_state(do.party, do.note, call)
    elif do.act is Act.FREE:
        leg = next(
            (leg for leg in reversed(queries.legs(call.id)) if leg.member_id == do.party), None
        )
        _free(do.party, do.note, call, talked=leg is not None and leg.answered_at is not None)
    elif do.act is Act.TICKET:
        _ticket(call, do.note)
    elif do.act is Act.CALLBACK:
        emit(CallbackAsked(call, do.note))
    elif do.act is Act.END:
        call.ended_at, call.outcome, call.due_at = now, do.note, None
        emit(CallEnded(call))


def _ticket(call: Call, phase: Phase) -> None:
    """CTI-6: inbound on answering, outbound as CTI-1 says."""
    wanted = {Phase.DIALING: TicketOn.DIALING, Phase.TALKING: TicketOn.CONNECTION}.get(phase)
    if wanted in (None, settings().ticket_on) and call.agent_id is not None:
        emit(TicketDue(call, call.agent_id))


def _day(call: Call, now: datetime) -> Any:
    return clock.local_day(now, db.session.get_one(Service, call.service_id).time_zone)


def _write_leg(call: Call, do: Do, now: datetime) -> None:
    member = do.party.member if isinstance(do.party, Target) else do.party
    number = do.party.number if isinstance(do.party, Target) else ""
    assert do.kind is not None
    if do.act is Act.OPEN_LEG:
        db.session.add(
            Leg(
                call_id=call.id,
                service_id=call.service_id,
                direction=call.direction,
                kind=do.kind,
                member_id=member,
                number=number,
                day=_day(call, now),
                started_at=now,
            )
        )
        db.session.flush()
        return
    leg = next(
        x
        for x in queries.legs(call.id)
        if x.ended_at is None and x.kind is do.kind and (x.member_id, x.number) == (member, number)
    )
    if do.act is Act.ANSWER_LEG:
        leg.answered_at = now
        if do.kind is not LegKind.CONSULT:
            call.answered_at = call.answered_at or now
    else:
        leg.ended_at, leg.outcome = now, do.note
        leg.talk_ms = (
            round((now - leg.answered_at).total_seconds() * 1000) if leg.answered_at else 0
        )


def _record(call: Call) -> list[Order]:
    contract = tenant.current()
    if not settings().record or contract is None or contract.licence.plan is not Plan.RECORDING:
        return []
    name = f"rec-{call.id}-{crypto.token()[:16]}"
    db.session.add(
        Recording(call_id=call.id, member_id=call.agent_id, name=name, started_at=clock.now())
    )
    return [Order(Act.RECORD, call.ref, {"name": name})]


def _stop_recording(call: Call) -> list[Order]:
    orders = []
    for row in db.session.query(Recording).filter_by(call_id=call.id, ended_at=None):
        row.ended_at = clock.now()
        orders.append(Order(Act.STOP_RECORDING, call.ref, {"name": row.name}))
    return orders


def attach(call: Call, *, label: str, endpoint: str, ident: int) -> None:
    """Links what a feature above made for the call, so that the phone widget leads there."""
    call.link_label, call.link_endpoint, call.link_id = label, endpoint, ident


def offer_waiting() -> list[Order]:
    """Rings the longest-idle ready agents for the calls that have waited longest (TEL-3)."""
    waiting = queries.waiting()
    orders: list[Order] = []
    if waiting:
        for call_id, member in distribute(waiting, queries.ready()):
            orders += happen(db.session.get_one(Call, call_id), Event.OFFERED, party=member)
    return orders


def interrupt(alive: set[str]) -> int:
    """Closes every call that the phone system no longer knows as
    *interrupted* (TEL-2); returns how many.
    """
    gone = [call for call in queries.open_calls() if call.ref not in alive]
    for call in gone:
        happen(call, Event.INTERRUPTED)
    return len(gone)
