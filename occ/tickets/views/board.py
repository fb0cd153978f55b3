"""The ticket screen: boxes, list, one ticket, and what belongs to it (TKT-2)."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Blueprint, Response, abort, request, url_for

from occ.ars import queries as ars
from occ.core import clock, live, richtext, ui, xlsx
from occ.core.access import may, me, requires
from occ.core.db import db
from occ.core.errors import NotAllowed, Refused
from occ.core.forms import clean
from occ.core.i18n import gettext as _
from occ.core.paging import Page
from occ.core.richtext import Writing
from occ.exports import downloads
from occ.fields import queries as fields
from occ.identity import queries as identity
from occ.identity.models import Group
from occ.identity.principals import live_facts
from occ.organization.models import Service
from occ.organization.rules import Editor, Feature
from occ.organization.views.address import current_service
from occ.sms import history as sent_texts
from occ.sms.models import SmsRecipient
from occ.telephony import labels as phone_labels
from occ.telephony import queries as telephony
from occ.telephony.models import Call, Leg, QueueEntry
from occ.ticket_settings import queries as settings
from occ.tickets import attachments, history, labels, mails, queries, rules, writes
from occ.tickets.events import ConsentAsked
from occ.tickets.models import (
    Ticket,
    TicketDraft,
    TicketEntry,
    TicketEvent,
)
from occ.tickets.permissions import TICKET_MANAGER, TICKETS, TRANSFER
from occ.tickets.rules import Box, Priority, Reason
from occ.tickets.search import finding, vocabulary
from occ.tickets.search.terms import Query
from occ.tickets.values import labels as value_labels
from occ.tickets.values import queries as values

SAID_MAX = 1_000  # of one value of an address
bp = Blueprint("tickets", __name__, url_prefix="/c/s/<slug>/tickets")


def manages() -> bool:
    return may(TICKET_MANAGER, current_service())


def viewer() -> queries.Viewer:
    return queries.Viewer(current_service().id, me.member_id, manages())


def found(ident: int) -> Ticket:
    """A ticket that the viewer may see."""
    return queries.ticket(viewer(), ident) or abort(404)


def own(ident: int) -> Ticket:
    """A ticket that the viewer may process; another one's is refused in words."""
    ticket = found(ident)
    if not viewer().works_on(ticket):
        raise NotAllowed(rules.TAKE_FIRST)
    return ticket


def _said(name: str) -> str:
    """A value of the form or the address, of a part's request that of the page."""
    said = request.values.get(name)
    if said is None:
        there = ui.path_here(request.headers.get("HX-Current-URL"))
        said = parse_qs(urlsplit(there).query).get(name, [""])[0] if there else ""
    return said.strip()[:SAID_MAX]


def box() -> Box:
    """The box of the address, of a part's request that of the page; managers begin
    with all, agents with their own.
    """
    wanted = _said("box")
    seen = [b for b in Box if b is not Box.SPAM or manages()]
    return next((b for b in seen if b.value == wanted), Box.ALL if manages() else Box.PROGRESS)


def asked() -> Query:
    """What the search box says."""
    return vocabulary.query_of(current_service(), _said("q"), manager=manages())


def is_formatted() -> bool:
    """Whether the service's editor keeps formats."""
    return current_service().editor is Editor.HTML


def written(ticket: Ticket) -> Writing:
    """What the composer sent: plain text, or HTML, sanitized, with the ticket's own pictures."""
    sent = clean(request.form.get("body"))
    there = url_for("tickets.detail", slug=current_service().slug, ident=ticket.id)
    own = (
        {
            f"{there}/files/{row.id}": row.name
            for row in attachments.pending(ticket.id, me.member_id)
            if row.kind
        }
        if "<img" in sent
        else {}
    )
    return richtext.received(
        sent, drawn=request.form.get("formatted") == "1", keeps=is_formatted(), picture=own.get
    )


def typed() -> Writing:
    """What the composer sent, just as it is typed again: to show in it where it cannot be read."""
    return Writing(clean(request.form.get("body")))


def composed(draft: TicketDraft | None) -> str:
    """A draft as the service's editor loads it, also one from before the editor was changed."""
    if draft is None or draft.formatted == is_formatted():
        return draft.body if draft else ""
    return richtext.html_of(draft.body) if is_formatted() else richtext.text_of(draft.body)


def here(ident: int) -> str:
    """A ticket's address in the box that is shown, with what is searched in it."""
    return url_for(
        "tickets.detail",
        slug=current_service().slug,
        ident=ident,
        box=box().value,
        q=_said("q") or None,
    )


def next_of(ident: int) -> int | None:
    """The next ticket that the viewer can work on in the box, or search, that the page shows."""
    return finding.next_to_work_on(current_service().id, box(), viewer(), asked(), ident)


@dataclass(frozen=True)
class Around:
    """What is known of tickets beside their rows: names of assignees, the viewer's marks,
    (name, writes now) of the others who have them open, and what those without a title are about.
    """

    people: Mapping[int, str]
    stars: Set[int]
    watching: Mapping[int, Sequence[tuple[str, bool]]]
    titles: Mapping[int, str]


def around(rows: Sequence[Ticket | queries.Listed]) -> Around:
    assignees = {row.assignee_id for row in rows if row.assignee_id}
    people, stars, watching = queries.beside([row.id for row in rows], me.member_id, assignees)
    return Around(people, stars, watching, queries.titles(current_service(), rows))


@dataclass(frozen=True)
class Listing:
    """A page of a box, with what stands beside it."""

    page: Page
    asked: Query
    beside: queries.Boxes
    who: queries.Viewer


def _listing(chosen: Box) -> Listing:
    who, query = viewer(), asked()
    beside = queries.boxes(current_service().id, who, writes.scope(current_service().slug))
    page = finding.ticket_list(
        current_service().id,
        chosen,
        who,
        query,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
        version=beside.version,
    )
    return Listing(page=page, asked=query, beside=beside, who=who)


def list_url() -> str:
    """The list as the page shows it."""
    kept = {name: _said(name) for name in ("box", "q", "after", "before", "size")}
    said = urlencode({name: value for name, value in kept.items() if value})
    return f"{url_for('tickets.index', slug=current_service().slug)}?{said}"


@dataclass(frozen=True)
class Screen:
    """What every part of the ticket screen is drawn in: the box, what is searched in it, and what
    the viewer may.
    """

    box: Box
    q: str
    back: str
    manager: bool
    formatted: bool
    phone: bool

    Box = Box
    own_boxes = list(rules.OWN)
    shared_boxes = [Box.ALL, Box.UNASSIGNED, Box.GROUPS, Box.SPAM]


def screen() -> Screen:
    return Screen(
        box=box(),
        q=_said("q"),
        back=list_url(),
        manager=manages(),
        formatted=is_formatted(),
        phone=current_service().offers(Feature.PHONE),
    )


@dataclass(frozen=True)
class PhoneCall:
    """The call that a ticket was made of, its way through the queues and whom it reached; empty
    where there was none.
    """

    call: Call | None = None
    legs: Sequence[Leg] = ()
    entry: QueueEntry | None = None
    queue: str = ""
    callers: Mapping[int, str] = field(default_factory=dict)
    dispositions: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Tried:
    """What was tried with a ticket and refused: the words, what was written meanwhile, what was
    typed under which tab, and the groups to choose from; empty where nothing was.
    """

    error: Refused | None = None
    news: Sequence[TicketEntry | TicketEvent] = ()
    typed: str | None = None
    tab: str = ""
    reason: Reason | None = None
    groups: Sequence[Group] = ()
    copied: Sequence[str] | None = None  # who was to get a copy, of those who were offered
    copied_more: str = ""


@dataclass(frozen=True)
class Panes:
    """What the panes of a ticket show; `mine` where the viewer may process it."""

    mine: bool
    whole: bool  # whether the customer's number is shown in full
    is_open: bool
    story: history.Story
    composed: str
    formatted: bool
    mail_to: str
    copies: Sequence[mails.Copy]
    types: Mapping[int, str]
    held: Sequence[value_labels.Held]
    field_names: Mapping[str, str]
    group: Group | None
    others: Sequence[Ticket]
    linked: Sequence[tuple[Ticket, Service]]
    about: Mapping[int, str]
    phone: PhoneCall
    masks: bool
    transfers: bool
    hands_over: bool
    profiles: bool
    texts: bool
    texted: Mapping[str, SmsRecipient]  # what answers were sent as, by `part`
    documents: bool
    consent: ConsentAsked

    priorities = Priority
    reasons = Reason
    limit = rules.BODY_MAX
    copies_max = rules.COPIES_MAX
    held_for = rules.UNDO

    @property
    def is_undeliverable(self) -> bool:
        """Whether the last mail of this ticket to where an answer would go did not arrive."""
        sent = [one for one in self.story.entries if one.mailed_to == self.mail_to]
        missed = sent[-1].undelivered.get("to", "") if sent else ""
        return bool(self.mail_to) and self.mail_to in missed.split(", ")

    @property
    def answered(self) -> bool:
        """Whether the customer was given an answer."""
        return any(one.kind is rules.Entry.ANSWER for one in self.story.entries)


def _call_of(ticket: Ticket) -> PhoneCall:
    call = db.session.get(Call, ticket.call_id) if ticket.call_id else None
    if call is None:
        return PhoneCall()
    legs, entry = telephony.legs(call.id), telephony.last_entry(call.id)
    queue_id = entry.queue_id if entry else call.queue_id
    return PhoneCall(
        call=call,
        legs=legs,
        entry=entry,
        queue=ars.queue_names([queue_id]).get(queue_id, "") if queue_id else "",
        callers=identity.names([leg.member_id for leg in legs if leg.member_id]),
        dispositions=ars.disposition_names(
            [leg.disposition_id for leg in legs if leg.disposition_id]
        ),
    )


def _sees_number(ticket: Ticket, phone: PhoneCall) -> bool:
    """Who works on a ticket, and who talks in its call: their phone shows the number, too."""
    call = phone.call
    talks = call is not None and call.ended_at is None and call.handled_by == me.member_id
    return talks or viewer().works_on(ticket)


def _texted(ticket: Ticket, entries: Sequence[TicketEntry]) -> Mapping[str, SmsRecipient]:
    """Texts that answers were sent as, which those that no mail takes can be (TKT-4)."""
    if not any(one.lacks_mail for one in entries):
        return {}
    who = ticket.customer_id
    return sent_texts.answers(ticket.service_id, ticket.about, who) if who else {}


def panes(ticket: Ticket) -> Panes:
    """Everything the ticket's panes show."""
    service, mine = current_service(), viewer().works_on(ticket)
    story = history.story(ticket.id, me.member_id)
    asked = fields.asked(
        service, ticket.intake_id, manager=manages(), phone=ticket.call_id is not None
    ).valued
    others, linked = history.related(ticket)
    mail_to = writes.mail_address(ticket)
    phone = _call_of(ticket)
    return Panes(
        mine=mine,
        whole=_sees_number(ticket, phone),
        is_open=ticket.state in rules.HERE and ticket.spam_at is None,
        story=story,
        composed=composed(story.draft),
        formatted=is_formatted(),
        mail_to=mail_to,
        copies=mails.copies(story.entries, story.mails, mail_to) if mine and mail_to else (),
        types=settings.path_names(
            service, [i for i in (ticket.intake_id, ticket.resolution_id) if i]
        ),
        held=value_labels.held(asked, values.rows(ticket.id), whole=mine) if asked else [],
        field_names={one.code: one.name for one in asked},
        group=identity.group(service.id, ticket.group_id) if ticket.group_id else None,
        others=others,
        about=queries.titles(service, [ticket, *others]),
        linked=linked if service.offers(Feature.HANDOVER) or ticket.source_id else [],
        phone=phone,
        masks=mine and service.offers(Feature.SECURITY),
        transfers=may(TRANSFER, service),
        hands_over=service.offers(Feature.HANDOVER),
        profiles=service.offers(Feature.CUSTOMERS),
        texts=service.offers(Feature.SMS),
        texted=_texted(ticket, story.entries),
        documents=service.offers(Feature.HELP_CENTER),
        consent=history.consent(ticket),
    )


def shown(ticket: Ticket, showing: Panes, tried: Tried | None = None) -> Response:
    """A ticket's panes alone."""
    tried = tried or Tried()
    return ui.render(
        "tickets/index",
        part="ticket",
        status=tried.error.status if tried.error else 200,
        ticket=ticket,
        panes=showing,
        tried=tried,
        around=around([ticket]),
        screen=screen(),
        service=current_service(),
        labels=labels,
        phone_labels=phone_labels,
    )


def _screen(ticket: Ticket | None) -> Response:
    """The whole screen, with a ticket in it or none."""
    listing = _listing(box())
    return ui.render(
        "tickets/index",
        ticket=ticket,
        panes=panes(ticket) if ticket else None,
        tried=Tried(),
        listing=listing,
        around=around([*listing.page.rows, *([ticket] if ticket else [])]),
        screen=screen(),
        service=current_service(),
        labels=labels,
        phone_labels=phone_labels,
    )


@bp.get("")
@requires(TICKETS, feature=Feature.TICKET)
def index() -> Response:
    return _screen(None)


@bp.get("/<int:ident>")
@requires(TICKETS, feature=Feature.TICKET)
def detail(ident: int) -> Response:
    """The whole screen with a ticket in it; to the list only the ticket's panes."""
    ticket = found(ident)
    if request.headers.get("HX-Target") == "t-ticket":
        return shown(ticket, panes(ticket))
    return _screen(ticket)


def _list_probe(slug: str) -> tuple[Any, ...] | None:
    seen = live_facts(f"{writes.scope(slug)}*")
    # days and hours pass by themselves
    return (*seen, int(clock.now().timestamp() // 60)) if seen else None


@bp.get("/list")
@requires(TICKETS, feature=Feature.TICKET)
@live.part(_list_probe)
def listed() -> Response:
    """The list alone, polled; also the boxes' counts."""
    listing = _listing(box())
    return ui.render(
        "tickets/index",
        part="list",
        listing=listing,
        around=around(listing.page.rows),
        screen=screen(),
        service=current_service(),
        labels=labels,
    )


@bp.get("/counters")
@requires(TICKETS, feature=Feature.TICKET)
@live.part(_list_probe)
def counters() -> Response:
    who = queries.Viewer(current_service().id, me.member_id)
    return ui.render(
        "tickets/index",
        part="counters",
        found=queries.counters(current_service(), who),
    )


def _ticket_probe(slug: str, ident: int) -> tuple[Any, ...] | None:
    facts = live_facts(f"ticket/{ident}*")
    # whoever leaves says nothing
    return (*facts, int(clock.now().timestamp() // 15)) if facts else None


@bp.get("/<int:ident>/viewers")
@requires(TICKETS, feature=Feature.TICKET)
@live.part(_ticket_probe)
def viewers(ident: int) -> Response:
    """Who else is here, polled; it says when the ticket changed under the reader."""
    ticket = found(ident)
    written, changed = history.news(ident, not_by=me.member_id)
    return ui.render(
        "tickets/index",
        part="viewers",
        ticket=ticket,
        labels=labels,
        watching=queries.beside([ident], me.member_id)[2],
        changed=changed,
        written=written,
    )


def _call_probe(slug: str, ident: int) -> tuple[Any, ...] | None:
    return live_facts(f"ticket/{ident}*")


@bp.get("/<int:ident>/call")
@requires(TICKETS, feature=Feature.TICKET)
@live.part(_call_probe)
def call(ident: int) -> Response:
    """The call of a ticket, polled: what is noted in wrap-up appears at once."""
    ticket = found(ident)
    phone = _call_of(ticket)
    if phone.call is None:
        abort(404)
    return ui.render(
        "tickets/index",
        part="ticket_call",
        phone_call=phone,
        phone_labels=phone_labels,
        whole=_sees_number(ticket, phone),
        c=ticket.customer,
    )


@bp.get("/tickets.xlsx")
@requires(TICKETS, feature=Feature.TICKET, writes=True)
def excel() -> Response:
    """The box with its search: at once up to 2,000 rows, more as an export job;
    the download is recorded (LOG-3).
    """
    params = {
        "service": current_service().id,
        "member": me.member_id,
        "manager": manages(),
        "box": box().value,
        "q": _said("q"),
    }
    name = xlsx.dated(_("Tickets") + f" {current_service().name}")
    return downloads.answer("tickets", name, params, service=current_service(), managers=manages())
