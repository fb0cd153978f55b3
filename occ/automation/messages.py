"""What triggers tell others: notices, mails, forwarded tickets, web calls (TRG-3).

All of it by outboxes, in the caller's transaction.
"""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from occ.audit.service import SYSTEM, Actor
from occ.automation.rules import (
    ANSWER,
    INQUIRY,
    MAIL_PLACES,
    MAILS_AN_HOUR,
    OWN_MAILS_AN_HOUR,
    Result,
    To,
    written,
)
from occ.core import clock, i18n, net
from occ.core.db import db
from occ.core.i18n import force_locale
from occ.core.i18n import gettext as _
from occ.delivery import hooks
from occ.delivery import queries as outbox
from occ.delivery import service as delivery
from occ.fields import queries as fields
from occ.identity import queries as identity
from occ.identity.models import Agent
from occ.identity.rules import AgentRole
from occ.mail import sending
from occ.mail.rules import folded_address
from occ.organization.languages import all_languages
from occ.organization.models import Service
from occ.organization.queries import the_organization
from occ.ticket_settings import queries as settings
from occ.ticket_settings.rules import Filled, filled, filled_html, forbidden_in, places
from occ.tickets import labels, mails, queries
from occ.tickets.filling import placeholders
from occ.tickets.letters import inquiry
from occ.tickets.models import Ticket
from occ.tickets.rules import Entry, Fact
from occ.tickets.values import labels as value_labels
from occ.tickets.values import queries as values
from occ.tickets.writes import happened, mail_address, name_of, write


def names(service_id: int, member_id: int | None, group_id: int | None) -> dict[str, str | None]:
    """The names of whom a ticket goes to."""
    group = identity.group(service_id, group_id) if group_id else None
    return {"to": name_of(member_id), "group": group.name if group else None}


def classified(ticket: Ticket, intake_id: int, trigger: str) -> dict[str, Any]:
    """Sets the intake type; one that was deleted meanwhile is left out."""
    service = db.session.get_one(Service, ticket.service_id)
    if settings.category(service.id, intake_id) is None:
        return {"failed": "gone"}
    before, ticket.intake_id = ticket.intake_id, intake_id
    paths = settings.path_names(service, [i for i in (before, intake_id) if i])
    if before != intake_id:
        happened(
            ticket,
            Fact.INTAKE,
            SYSTEM,
            before=paths.get(before or 0),
            after=paths.get(intake_id),
            trigger=trigger,
        )
    return {"to": paths.get(intake_id, "–")}


def mail(ticket: Ticket, result: Result, key: str, trigger: str) -> dict[str, Any]:
    """Own subject and text, in the ticket's language, else the first
    one written; without a layout.

    What the customer is told stands in the ticket's history, too, with numbers and addresses
    masked: everybody who sees the ticket reads it there.
    """
    service, who = db.session.get_one(Service, ticket.service_id), ""
    if result.to is To.CUSTOMER:
        address = mail_address(ticket)
        if address and mails.may_loop(ticket, address):
            return {"failed": "loop"}
        receivers = {address: True} if address else {}
    elif result.to is To.ASSIGNEE:
        member = identity.member(ticket.assignee_id) if ticket.assignee_id else None
        receivers, who = ({member.email: True}, member.name) if member else ({}, "")
    elif result.to is To.AGENT:
        chosen = identity.agent_of(service.id, result.members[0])
        if chosen is None:
            return {"failed": "no agent", "who": name_of(result.members[0])}
        receivers, who = {chosen.member.email: _sees(ticket, chosen)}, chosen.member.name
    else:
        receivers = {
            agent.member.email: _sees(ticket, agent)
            for agent in queries.in_group(service.id, result.group or 0)
        }
        group = identity.group(service.id, result.group or 0)
        who = group.name if group else ""
    if not receivers:
        return {"failed": "no receiver"}
    most = MAILS_AN_HOUR if result.to is To.CUSTOMER else OWN_MAILS_AN_HOUR
    free = {one: whole for one, whole in receivers.items() if _may_get(service, one, most)}
    if not free:
        kept_back = _kept_back(ticket, trigger, most)
        return {**kept_back, "receiver": result.to.value, "who": who}
    often, receivers = len(receivers) - len(free), free
    code, text = _spoken(ticket, result)
    if result.to is To.CUSTOMER and forbidden_in(
        _own_words(ticket, code, text), settings.words(service.id)
    ):
        return {"failed": "forbidden"}
    texts = {whole: _worded(ticket, code, text, whole=whole) for whole in set(receivers.values())}
    language = all_languages().get(code)
    for n, (receiver, whole) in enumerate(receivers.items()):
        subject, body, html = texts[whole]
        line = " ".join(subject.text.split())[:200]
        told_customer = result.to is To.CUSTOMER
        mail = delivery.send_mail(
            to=receiver,
            subject=sending.marked(service, ticket.id, line) if told_customer else line,
            body=body.text,
            html=html.text,
            key=f"{key}-{n}",
            about=ticket.about,
            sender=sending.sender(service, ticket.id if told_customer else None),
            thread=mails.thread(ticket.id) if told_customer and ticket.has_mail else (),
            language=language.tag if language else "",
            counted=_digest(service, receiver),
        )
        if told_customer:
            by = Actor(None, "", trigger, "")
            shown, said, _html = _worded(ticket, code, text, whole=False)
            head = " ".join(shown.text.split())[:200]
            entry = write(ticket, Entry.MAIL, f"{head}\n\n{said.text}", actor=by)
            entry.mailed_to = receiver
            db.session.flush()
            mail.part = entry.part
    told: dict[str, Any] = {
        "to": ", ".join(receivers) if result.to is not To.CUSTOMER else "",
        "count": len(receivers),
        "receiver": result.to.value,
        "who": who,
    }
    if often:
        told |= {"often": often, "most": most}
    return {**told, **_left_empty(*next(iter(texts.values())))}


def _digest(service: Service, address: str) -> str:
    return hashlib.sha256(f"{service.id} {folded_address(address)}".encode()).hexdigest()


def _may_get(service: Service, address: str, most: int) -> bool:
    """Whether triggers may mail an address once more within this hour: whatever answers from ever
    new addresses wants its answers at one, and machines do not always say that they are.
    """
    lately = clock.now() - timedelta(hours=1)
    return outbox.counted(_digest(service, address), lately) < most


def _kept_back(ticket: Ticket, trigger: str, most: int) -> dict[str, Any]:
    happened(ticket, Fact.UNSENT, SYSTEM, trigger=trigger)
    return {"failed": "often", "most": most}


def _own_words(ticket: Ticket, code: str, text: Mapping[str, str]) -> str:
    """What a text says by itself: a value stands between its words, but
    one that is empty joins them.
    """
    values = _values(ticket, code, text, whole=True)
    gaps = {name: "…" if value else "" for name, value in values.items()}
    return "\n".join(filled(text.get(part, ""), gaps).text for part in ("subject", "body"))


def _sees(ticket: Ticket, agent: Agent) -> bool:
    """Whether an agent sees the ticket's numbers and addresses whole,
    in the console as in a mail.
    """
    return queries.Viewer(
        ticket.service_id, agent.member_id, agent.role is AgentRole.MANAGER
    ).works_on(ticket)


def _spoken(ticket: Ticket, result: Result) -> tuple[str, Mapping[str, str]]:
    """The language and texts of a result: the ticket's language, else the first one written."""
    texts = written(result)
    code = ticket.language if ticket.language in texts else next(iter(texts))
    return code, texts[code]


def _worded(
    ticket: Ticket, code: str, text: Mapping[str, str], *, whole: bool
) -> tuple[Filled, Filled, Filled]:
    """Subject, text and the text's HTML in a language, filled in."""
    says = _values(ticket, code, text, whole=whole)
    return (
        filled(text.get("subject", ""), says),
        filled(text["body"], says),
        filled_html(text.get("html", ""), says),
    )


def _values(ticket: Ticket, code: str, text: Mapping[str, str], *, whole: bool) -> dict[str, str]:
    """What the placeholders of a text stand for."""
    says = placeholders(ticket, ticket.assignee_id, code, whole=whole)
    uses = {one.name for part in text.values() for one in places(part)}
    if uses.isdisjoint(MAIL_PLACES):
        return says
    entries = queries.entries(ticket.id)
    answers = [entry.body for entry in entries if entry.kind in (Entry.ANSWER, Entry.HOLD)]
    return {**says, INQUIRY: inquiry(entries), ANSWER: answers[-1] if answers else ""}


def _left_empty(*said: Filled) -> dict[str, Any]:
    """For the explanation: placeholders that stand for nothing any more."""
    empty = list(dict.fromkeys(name for one in said for name in one.empty))
    return {"empty": empty} if empty else {}


def _link(ticket: Ticket) -> str:
    service = db.session.get_one(Service, ticket.service_id)
    return f"{the_organization().url}/c/s/{service.slug}/tickets/{ticket.id}"


def forward(ticket: Ticket, address: str, key: str, trigger: str) -> dict[str, Any]:
    """The ticket's data, the inquiry and a link to it, to an address outside."""
    service = db.session.get_one(Service, ticket.service_id)
    if not _may_get(service, address, OWN_MAILS_AN_HOUR):
        return _kept_back(ticket, trigger, OWN_MAILS_AN_HOUR)
    with force_locale(ticket.language if ticket.language in i18n.LOCALES else "en"):
        types = settings.path_names(service, [ticket.intake_id] if ticket.intake_id else [])
        person = ticket.customer
        lines = [
            (_("Service"), service.name),
            (_("Ticket number"), f"#{ticket.id}"),
            (_("Title"), ticket.subject),
            (_("Intake type"), types.get(ticket.intake_id or 0, "")),
            (_("Priority"), str(labels.PRIORITIES[ticket.priority].text)),
            (_("Customer"), person.name if person else ""),
            (_("E-mail"), (person.email or "") if person else ""),
        ]
    head = "\n".join(f"{name}: {value}" for name, value in lines if value)
    body = f"{head}\n\n{inquiry(queries.entries(ticket.id))}\n\n{_link(ticket)}"
    delivery.send_mail(
        to=address,
        subject=sending.subject(service, ticket.id, ticket.subject),
        body=body,
        key=key,
        about=ticket.about,
        # never from the customer, whose domain would be forged
        sender=sending.sender(service, ticket.id),
        counted=_digest(service, address),
    )
    return {"to": address}


def _fields(ticket: Ticket, service: Service) -> dict[str, dict[str, str]]:
    """What the ticket says in each field of the service that holds no personal data, by code: the
    value as it is stored and as people read it.
    """
    own = [one for one in fields.own(service) if not one.personal]
    stored = values.rows(ticket.id) if own else {}
    zone, country = service.time_zone, service.country
    said = {}
    for one in own:
        text = (stored[one.code].text or "") if one.code in stored else ""
        words = value_labels.told(one, text, whole=True, zone=zone, of=country)
        said[one.code] = {"name": one.name, "value": text, "text": words}
    return said


def call(ticket: Ticket, url: str, key: str) -> dict[str, Any]:
    """A web call with the ticket's data; personal fields stay here (docs/web-calls.md)."""
    service = db.session.get_one(Service, ticket.service_id)
    types = settings.path_names(service, [i for i in (ticket.intake_id, ticket.resolution_id) if i])
    person = ticket.customer
    content = {
        "event": "trigger",
        "service": service.slug,
        "ticket": {
            "id": ticket.id,
            "url": _link(ticket),
            "title": ticket.subject,
            "state": ticket.state.value,
            "channel": ticket.channel.value,
            "priority": ticket.priority.value,
            "language": ticket.language,
            "intake": types.get(ticket.intake_id or 0),
            "resolution": types.get(ticket.resolution_id or 0),
            "assignee": name_of(ticket.assignee_id),
            "created_at": ticket.created_at.isoformat(),
            "inquiry": inquiry(queries.entries(ticket.id)),
            "fields": _fields(ticket, service),
        },
        "customer": {"name": person.name, "email": person.email, "phone": person.phone}
        if person
        else None,
    }
    hooks.call(service.id, url, content, key=key, about=ticket.about)
    return {"to": url}


def dooray(ticket: Ticket, result: Result, key: str) -> dict[str, Any]:
    """A message of an incoming hook of Dooray!

    Messenger, with a link to the ticket; the hook's address is a secret of its room.

    A room's people do not work on the ticket: numbers and addresses are masked.
    """
    service = db.session.get_one(Service, ticket.service_id)
    link = {"title": f"#{ticket.id} {ticket.subject}".strip(), "titleLink": _link(ticket)}
    _subject, said, _html = _worded(ticket, *_spoken(ticket, result), whole=False)
    content = {"botName": service.name, "text": said.text, "attachments": [link]}
    hooks.call(service.id, result.value, content, key=key, about=ticket.about)
    return {"to": net.host_of(result.value), **_left_empty(said)}
