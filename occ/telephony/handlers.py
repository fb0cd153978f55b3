"""What telephony adds to facts of the features below it."""

from typing import Any

import sqlalchemy as sa

from occ.ars import menus
from occ.ars.events import RecordingAsked
from occ.core import clock
from occ.core.db import db
from occ.core.events import on
from occ.customers.events import (
    CustomerDataAsked,
    CustomerErased,
    CustomersMerged,
    CustomerUsesCounted,
)
from occ.identity.events import AgentAdded, AgentChanged, MemberSeen
from occ.organization.events import FilesNamed, ServiceEmptied, ServiceErased, TermsProposed
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.sms import service as texts
from occ.sms.rules.kinds import ByItself
from occ.telephony import queries, settings
from occ.telephony.events import CallEnded
from occ.telephony.models import (
    Call,
    CtiAgent,
    CtiEvent,
    CtiLogDay,
    CtiSession,
    CtiSettings,
    Leg,
    QueueEntry,
    Recording,
    SimulatorLoad,
)
from occ.telephony.rules.calls import CallOutcome, Direction
from occ.tenant.events import SeatsCounted


@on(TermsProposed)
def set_telephony_up(event: TermsProposed) -> None:
    if Feature.PHONE in event.terms.features:
        settings.ensure()


@on(RecordingAsked)
def say_whether_calls_are_recorded(event: RecordingAsked) -> None:
    event.on = queries.records()


@on(CallEnded)
def text_missed(event: CallEnded) -> None:
    """Whoever hung up before somebody answered, or called after hours, may get a text."""
    call = event.call
    if call.direction is not Direction.INBOUND or not call.customer_number:
        return
    service = db.session.get_one(Service, call.service_id)
    if call.outcome is CallOutcome.ABANDONED:
        texts.text_by_itself(service, ByItself.CALL_ABANDONED, call.customer_number)
    elif call.outcome is CallOutcome.MENU and menus.closed_now(service) is not None:
        texts.text_by_itself(service, ByItself.AFTER_HOURS, call.customer_number)


@on(SeatsCounted)
def count_seats(event: SeatsCounted) -> None:
    event.used += queries.seats_used()


@on(AgentAdded)
@on(AgentChanged)
def propose_cti_data(event: AgentAdded | AgentChanged) -> None:
    """A phone agent gets a CTI ID and number at once while a licence seat is left
    (ARS-9: proposed automatically).
    """
    member = event.agent.member
    if (
        not event.agent.phone
        or queries.settings() is None
        or queries.cti_agent(member.id) is not None
    ):
        return
    db.lock(CtiSettings, 1)
    if settings.seats_left() > 0:
        cti_id, number = settings.proposed(member)
        db.session.add(CtiAgent(member_id=member.id, cti_id=cti_id, number=number))


@on(MemberSeen)
def keep_cti_login(event: MemberSeen) -> None:
    """The browser is still there, so the CTI login stays."""
    alive = sa.update(CtiSession).where(
        CtiSession.member_id == event.member_id, CtiSession.ended_at.is_(None)
    )
    db.session.execute(alive.values(seen_at=clock.now()))


@on(FilesNamed)
def name_files(event: FilesNamed) -> None:
    event.keys.update(
        db.session.scalars(sa.select(Recording.file).where(Recording.file.is_not(None)))
    )
    event.keys.update(db.session.scalars(sa.select(CtiLogDay.file)))


@on(ServiceEmptied)
def forget_calls(event: ServiceEmptied) -> None:
    """The service's calls go with their legs, waits and recordings (the files are swept)."""
    for model in (CtiEvent, QueueEntry):
        event.went("", db.remove(model, model.service_id == event.service_id, limit=event.limit))
    event.went("calls", db.remove(Call, Call.service_id == event.service_id, limit=event.limit))


@on(ServiceErased)
def forget_load(event: ServiceErased) -> None:
    db.session.execute(sa.delete(SimulatorLoad).where(SimulatorLoad.service_id == event.service.id))


@on(CustomersMerged)
def follow_customer(event: CustomersMerged) -> None:
    db.session.execute(
        sa.update(Call).where(Call.customer_id == event.gone.id).values(customer_id=event.kept.id)
    )


def _calls_of(event: CustomerDataAsked | CustomerErased) -> sa.Select[Any]:
    return sa.select(Call).where(
        Call.customer_id == event.customer.id, Call.service_id == event.service_id
    )


@on(CustomerDataAsked)
def hand_out_calls(event: CustomerDataAsked) -> None:
    calls = db.session.scalars(_calls_of(event).order_by(Call.id))
    event.found["calls"] = [
        {
            "number": c.customer_number,
            "direction": c.direction.value,
            "started_at": c.started_at.isoformat(),
        }
        for c in calls
    ]


@on(CustomerErased)
def erase_calls(event: CustomerErased) -> None:
    """Numbers, notes and recordings go; the call stays for the figures."""
    idents = list(
        db.session.scalars(
            _calls_of(event).where(Call.ended_at.is_not(None)).with_only_columns(Call.id)
        )
    )
    for model in (Recording, CtiEvent):
        db.session.execute(sa.delete(model).where(model.call_id.in_(idents)))
    db.session.execute(sa.update(Leg).where(Leg.call_id.in_(idents)).values(number="", notes=""))
    gone = (
        sa.update(Call)
        .where(Call.id.in_(idents))
        .values(customer_number="", target_number="", said=None, customer_id=None)
    )
    db.session.execute(gone)
    event.counts["calls"] = len(idents)


@on(CustomerUsesCounted)
def count_calls(event: CustomerUsesCounted) -> None:
    event.uses += (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Call)
            .where(Call.customer_id == event.customer.id)
        )
        or 0
    )
