"""Handing a ticket over to an issue service (TKT-5). Inside the caller's write transaction."""

from collections.abc import Mapping
from dataclasses import dataclass

from occ.audit.service import Actor
from occ.core.db import db
from occ.core.errors import Conflict, NotAllowed, Refused
from occ.core.i18n import gettext as _
from occ.core.richtext import Writing
from occ.fields.rules import Shown
from occ.organization import queries as organization
from occ.organization.models import Service
from occ.organization.rules import Editor, Feature
from occ.ticket_settings import queries as settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import rules
from occ.tickets.models import Ticket
from occ.tickets.rules import Channel, Entry, Fact, Move
from occ.tickets.values import service as value_service
from occ.tickets.writes import happened, locked, move, new, write


@dataclass(frozen=True)
class Handover:
    """What the issue service is told: its intake type, a text, and its customer fields."""

    to: int
    intake_id: int | None
    said: Writing
    values: Mapping[Shown, str]


def targets(service: Service) -> list[Service]:
    """The issue services that a service may hand tickets over to."""
    return (
        [one for one in organization.issue_services() if one.offers(Feature.TICKET)]
        if service.offers(Feature.HANDOVER)
        else []
    )


def hand_over(
    ticket: Ticket, wanted: Handover, *, seen: int, manager: bool, actor: Actor
) -> Ticket:
    """Makes the issue service's ticket of this one; both name the other.

    Raises Conflict when it changed since `seen`.
    """
    ticket = locked(ticket)
    assert actor.id is not None
    if not rules.works_on(assignee=ticket.assignee_id, member=actor.id, manager=manager):
        raise NotAllowed(rules.TAKE_FIRST)
    if ticket.version != seen:
        raise Conflict(
            _("Somebody changed this ticket meanwhile. Look at it again before you hand it over.")
        )
    home = db.session.get_one(Service, ticket.service_id)
    target = next((one for one in targets(home) if one.id == wanted.to), None)
    if target is None:
        raise Refused(_("Choose the service that takes it over."), "to")
    intake = settings.category(target.id, wanted.intake_id) if wanted.intake_id else None
    if intake is None or intake.kind is not CategoryKind.INTAKE:
        raise Refused(_("Choose an intake type."), "intake")
    body, html = rules.check_body(wanted.said.text), wanted.said.html
    move(ticket, Move.HANDOVER, member=actor.id)
    made = new(
        target.id,
        Channel.HANDOVER,
        actor,
        subject=ticket.subject,
        customer_id=ticket.customer_id,
        intake_id=intake.id,
        priority=ticket.priority,
        source_id=ticket.id,
    )
    write(made, Entry.INQUIRY, body, actor=actor, html=html if target.editor is Editor.HTML else "")
    value_service.store(made, wanted.values)
    write(ticket, Entry.HANDED, body, actor=actor, html=html)
    happened(ticket, Fact.HANDED, actor, to=target.name, number=made.id)
    return made
