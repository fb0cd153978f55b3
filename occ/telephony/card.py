"""What the phone widget shows: one reading of the rows, the same in every tab
and after every reload (CTI-4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import url_for

from occ.ars import queries as ars
from occ.ars.models import Disposition
from occ.ars.rules.phone import AfterCall, popup_url
from occ.core import clock
from occ.core.db import db
from occ.core.events import emit
from occ.core.i18n import phone as shown
from occ.customers.queries import customer
from occ.identity import queries as identity
from occ.organization.models import Service
from occ.telephony import labels, queries
from occ.telephony.events import CallShown
from occ.telephony.models import Call, CtiAgent, Favourite, Leg
from occ.telephony.rules.calls import (
    IN_CALL,
    NOTES_MAX,
    AgentState,
    Direction,
    LegOutcome,
    Phase,
)


@dataclass(frozen=True)
class Numbers:
    """The numbers that can be dialed from in one service."""

    service: Service
    rows: Sequence[tuple[str, str]]


@dataclass
class Card:
    """Everything the widget's template needs; `state` is None before the CTI login."""

    state: AgentState | None
    since: datetime | None
    agent: CtiAgent | None = None
    call: Call | None = None
    leg: Leg | None = None
    customer: str = ""
    called_before: bool = False  # somebody whose name nobody asked for
    queue: str = ""
    waited: timedelta | None = None
    rings_until: datetime | None = None
    asked: bool = False  # rings or talks as the one who is consulted
    asker: str = ""
    target: str = ""
    lost: str = ""  # how the other side ended a consultation
    colleagues: Sequence[tuple[int, str, str | None]] = ()
    favourites: Sequence[Favourite] = ()
    dispositions: Sequence[Disposition] = ()
    numbers: Sequence[Numbers] = ()
    choosable: Sequence[AgentState] = ()
    ask_next: bool = False
    after: str = ""
    popup: str = ""
    link: str = ""
    talked: timedelta | None = None
    may_transfer: bool = False
    ticket: CallShown | None = None  # for whoever talks last
    holder: str = ""

    states = AgentState
    notes_max = NOTES_MAX

    @property
    def label(self) -> Any:
        return labels.STATES[self.state] if self.state else labels.LOGGED_OUT

    @property
    def in_call(self) -> bool:
        return self.state in IN_CALL


def of(member_id: int) -> Card:
    """The widget of a member now."""
    interval, session = queries.interval_of(member_id), queries.session_of(member_id)
    if (
        interval is None or session is None or session.robot
    ):  # the load mode works in their place until they log in
        return Card(None, None, agent=queries.cti_agent(member_id))
    card = Card(interval.state, interval.started_at, agent=queries.cti_agent(member_id))
    if card.in_call or card.state is AgentState.WRAP_UP:
        call = db.session.get(Call, interval.call_id) if interval.call_id else None
        if call is not None:
            _call(card, call, member_id)
    if not card.in_call:
        card.choosable = queries.states_of(member_id)
        card.numbers = [
            Numbers(a.service, ars.numbers_to_dial_from(a.service_id))
            for a in queries.phone_agents(member_id)
        ]
    return card


def _named(member_id: int | None, number: str) -> str:
    """Who is asked in a consultation: a colleague's name, or the number."""
    member = identity.member(member_id) if member_id else None
    return member.name if member else shown(number)


def _lost(leg: Leg) -> str:
    """What is said of a consultation that the other side ended."""
    told = labels.LOST if leg.member_id else labels.LOST_OUTSIDE
    who = _named(leg.member_id, leg.number)
    words = told.get(leg.outcome or LegOutcome.FAILED, told[LegOutcome.FAILED])
    return str(words % {"name": who, "number": who})


def _call(card: Card, call: Call, member_id: int) -> None:
    card.call, card.leg = call, queries.own_leg(call.id, member_id)
    found = customer(call.customer_id) if call.customer_id else None
    card.customer = found.name if found else ""
    card.called_before = not card.customer and queries.called_before(call)
    card.asked = call.target_member_id == member_id
    entry = queries.last_entry(call.id)
    if entry is not None:
        card.queue = ars.queue_names([entry.queue_id]).get(entry.queue_id, "")
        card.waited = (entry.left_at or clock.now()) - entry.entered_at
    elif call.queue_id is not None:
        card.queue = ars.queue_names([call.queue_id]).get(call.queue_id, "")
    if call.phase in (Phase.RINGING, Phase.CONSULT_RINGING) and call.due_at is not None:
        card.rings_until = call.due_at
    role = next(
        (a for a in queries.phone_agents(member_id) if a.service_id == call.service_id), None
    )
    card.may_transfer = role is not None and (role.transfer or role.role.value == "manager")
    if card.asked:
        asker = identity.member(call.agent_id) if call.agent_id else None
        card.asker = asker.name if asker else ""
    if call.target_member_id or call.target_number:
        card.target = _named(call.target_member_id, call.target_number)
    lost = queries.lost_consult(call)
    if lost is not None:
        card.lost = _lost(lost)
    if call.phase in (Phase.TALKING, Phase.HELD) and card.may_transfer:
        card.colleagues = queries.ready_colleagues(call.service_id, member_id)
        card.favourites = queries.favourites(member_id)
    if call.phase is not Phase.RINGING:
        card.dispositions = ars.dispositions(call.service_id)
    if card.leg is not None and card.leg.talk_ms:
        card.talked = timedelta(milliseconds=card.leg.talk_ms)
    phone = ars.phone_service(call.service_id)
    card.ask_next = phone is not None and phone.after_call is AfterCall.ASK
    service = db.session.get_one(Service, call.service_id)
    if call.handled_by == member_id:
        card.ticket = CallShown(call, member_id)
        emit(card.ticket)
        holder = identity.member(card.ticket.holder_id) if card.ticket.holder_id else None
        card.holder = holder.name if holder else ""
    if call.link_endpoint and call.link_id:
        card.link = url_for(call.link_endpoint, slug=service.slug, ident=call.link_id)
    if (
        phone is not None
        and phone.popup_url
        and card.agent is not None
        and card.agent.popup
        and call.direction is Direction.INBOUND
    ):
        values = {
            "caller": call.customer_number,
            "called": call.service_number,
            "queue": card.queue,
            "call": str(call.id),
        }
        card.popup = popup_url(phone.popup_url, values)
