"""Working on a ticket: taking, handing on, answering, classifying (TKT-3, TKT-4)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from occ.audit.views import actor
from occ.core import crypto, ui
from occ.core.access import me, requires
from occ.core.db import db
from occ.core.errors import Conflict, Refused
from occ.core.i18n import gettext as _
from occ.core.i18n import lazy_gettext as _l
from occ.core.values import ident as ident_of
from occ.customers import service as customers
from occ.delivery import copies
from occ.identity import queries as identity
from occ.identity.models import Agent
from occ.mail import sending
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.ticket_settings import queries as settings
from occ.ticket_settings.labels import KINDS
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import belongings, letters, queries, service, writes
from occ.tickets.forms import CustomerForm, copied
from occ.tickets.models import Ticket, TicketEntry, TicketEvent
from occ.tickets.permissions import TICKET_MANAGER, TICKETS, TRANSFER
from occ.tickets.rules import Entry, Move, Priority, Reason, Standing, State
from occ.tickets.views import board
from occ.tickets.views.board import Tried, found, manages, own, typed, written

bp = Blueprint("ticket_work", __name__, url_prefix="/c/s/<slug>/tickets")
PROCESS = {"resolve": Move.RESOLVE, "hold": Move.HOLD, "internal": Move.INTERNAL}
RESOLVED = _l("Ticket %(number)s was resolved.")
HELD = _l("Ticket %(number)s is on hold.")
_FINAL = _l("The other service has the answer, so this cannot be undone.")
_SENT = _l("A trigger has sent something at once, so this cannot be undone.")
_NONE_LEFT = _l("No other ticket of this list waits for you.")
STEPS = {"reopen": Move.REOPEN, "finish": Move.FINISH, "restore": Move.RESTORE}


def _seen() -> int:
    return ident_of(request.form.get("version")) or 0


def _again(ident: int, tried: Tried | None = None, *, last: str = "") -> Response:
    """The ticket's panes anew, after a change or with what was refused; `last` names what the page
    showed last.
    """
    return _panes(found(ident), tried, last=last)


def _panes(ticket: Ticket, tried: Tried | None = None, *, last: str = "") -> Response:
    panes = board.panes(ticket)
    if tried is not None:
        tried = replace(tried, news=_since(last, panes))
    return board.shown(ticket, panes, tried)


def _shown(last: str) -> tuple[int | None, int | None]:
    """The last entry and the last event that a page showed, of its field `last`."""
    entry, event = (ident_of(part) for part in (last.split(".") + ["", ""])[:2])
    return entry, event


def _since(last: str, panes: board.Panes) -> list[TicketEntry | TicketEvent]:
    """What was written and done after what a page showed: `last` names its last entry and event."""
    entry, event = _shown(last)
    if entry is None or event is None:
        return []
    rows: list[TicketEntry | TicketEvent] = [
        *(e for e in panes.story.entries if e.id > entry),
        *(e for e in panes.story.events if e.id > event),
    ]
    return sorted(rows, key=lambda row: row.at)


@bp.post("/<int:ident>/take")
@requires(TICKETS, feature=Feature.TICKET)
def take(ident: int) -> Response:
    """Takes a ticket; who is in several groups is asked for which (TKT-3)."""
    ticket = found(ident)
    try:
        with db.write():
            service.take(
                ticket, group_id=ident_of(request.form.get("group")), seen=_seen(), actor=actor()
            )
    except Refused as error:
        groups = []
        if error.field == "group":
            agent = identity.agent_of(current_service().id, me.member_id)
            groups = list(agent.groups) if agent else []
        return _again(ident, Tried(error, groups=groups))
    return _again(ident)


@dataclass(frozen=True)
class Transfer:
    """Whom a ticket can be handed to: the groups, the agents of the chosen one, and which is."""

    groups: Sequence[Any]
    group: int | None
    agents: Sequence[Agent]
    chosen: int | None
    seen: int  # the version of the ticket that the page showed


@bp.route("/<int:ident>/transfer", methods=["GET", "POST"])
@requires(TRANSFER, feature=Feature.TICKET)
def transfer(ident: int) -> Response:
    """Hands a ticket to a group or an agent; only agents whose assignment is on are offered."""
    ticket, error = found(ident), None
    if request.method == "POST":
        try:
            with db.write():
                service.transfer(
                    ticket,
                    group_id=ident_of(request.form.get("group")),
                    member_id=ident_of(request.form.get("member")),
                    seen=_seen(),
                    actor=actor(),
                )
            return ui.done(_("The ticket was reassigned."), go=board.here(ident))
        except Refused as refused:
            error, ticket = refused, found(ident)
    group = ident_of(request.values.get("group"))
    return ui.render(
        "tickets/transfer",
        status=error.status if error else 200,
        service=current_service(),
        ticket=ticket,
        error=error,
        transfer=Transfer(
            groups=identity.group_choices(current_service().id),
            group=group,
            agents=[
                a
                for a in queries.may_be_assigned(current_service().id, group)
                if a.member_id != ticket.assignee_id
            ],
            chosen=ident_of(request.values.get("member")),
            seen=ident_of(request.args.get("version")) or ticket.version,
        ),
    )


@bp.post("/<int:ident>/<any(resolve, hold, internal):move>")
@requires(TICKETS, feature=Feature.TICKET)
def process(ident: int, move: str) -> Response:
    """Answers and resolves or holds, or resolves internally; a refusal keeps the text (TKT-4)."""
    ticket, said = found(ident), typed()
    reason = next((r for r in Reason if r.value == request.form.get("reason")), None)
    chosen, more = request.form.getlist("cc"), request.form.get("cc_more", "")
    try:
        said = written(ticket)
        copies = copied(chosen, more) if move != "internal" else []
        with db.write(keep=True):
            done = service.process(
                ticket,
                PROCESS[move],
                said.text,
                seen=_seen(),
                manager=manages(),
                actor=actor(),
                reason=reason,
                html=said.html,
                also=copies,
            )
    except Refused as error:
        last = request.form.get("last", "") if isinstance(error, Conflict) else ""
        tab = "internal" if move == "internal" else "answer"
        tried = Tried(
            error,
            typed=said.html or said.text,
            tab=tab,
            reason=reason,
            copied=chosen,
            copied_more=more,
        )
        return _again(ident, tried, last=last)
    if not board.viewer().sees(ticket):
        said_so = _("The ticket went into the spam box.")
        return ui.done(said_so, undo=_undo_url(done, ticket), go=board.list_url())
    word = HELD if move == "hold" else RESOLVED
    return _told(_panes(ticket), word, done, ticket)


def _told(
    answer: Response, word: Any, done: service.Processed, ticket: Ticket, *, shows_list: bool = True
) -> Response:
    """An answer with the toast that takes back what was done, or says why it cannot, and leads to
    the next ticket, or says that none of a list that is shown is left.
    """
    said, undo = word % {"number": f"#{done.ticket_id}"}, _undo_url(done, ticket)
    if not undo:
        said += " " + (_FINAL if done.is_final else _SENT)
    following = board.next_of(ticket.id)
    if following is None and shows_list:
        said += " " + _NONE_LEFT
    return ui.toasted(
        answer,
        said,
        undo=undo,
        link=(board.here(following), str(_("Next ticket"))) if following else None,
    )


@bp.get("/<int:ident>/filed")
@requires(TICKETS, feature=Feature.TICKET)
def filed(ident: int) -> Response:
    """What wrap-up resolved is told as if it were resolved here; a page on which the ticket is open
    gets its panes, too (CTI-6).
    """
    ticket = found(ident)
    done = service.resolved_of_call(ticket, me.member_id) or abort(404)
    is_open = request.headers.get("HX-Target") == "t-ticket"
    answer = _panes(ticket) if is_open else Response(status=204)
    return _told(answer, RESOLVED, done, ticket, shows_list=is_open)


def _undo_url(done: service.Processed, ticket: Ticket) -> str:
    """Where this can be taken back by whoever did it; '' where it cannot."""
    if done.is_final or copies.leaves_at_once(ticket.about, done.at):
        return ""
    before = done.before
    facts_of = {
        "by": me.member_id,
        "ticket": done.ticket_id,
        "version": ticket.version,
        "state": before.state.value,
        "assignee": before.assignee_id,
        "group": before.group_id,
        "held": before.held_at.isoformat() if before.held_at else "",
        "entry": done.entry_id,
        "at": done.at.isoformat(),
    }
    return url_for(
        "ticket_work.undo",
        slug=current_service().slug,
        ident=done.ticket_id,
        of=crypto.ring().encrypt(json.dumps(facts_of)),
        box=board.box().value,
    )


@bp.post("/<int:ident>/undo")
@requires(TICKETS, feature=Feature.TICKET)
def undo(ident: int) -> Response:
    """Takes back what the asker has just done, while nothing of it has left (TKT-2)."""
    try:
        said = json.loads(crypto.ring().decrypt(request.args.get("of", "")))
    except ValueError:
        abort(404)
    if (said["by"], said["ticket"]) != (me.member_id, ident):
        abort(404)
    before = Standing(
        State(said["state"]),
        said["assignee"],
        said["group"],
        held_at=datetime.fromisoformat(said["held"]) if said["held"] else None,
    )
    done = service.Processed(
        ident, before, datetime.fromisoformat(said["at"]), said["entry"], is_final=False
    )
    ticket = db.session.get(Ticket, ident)
    if ticket is None or ticket.service_id != current_service().id:
        abort(404)
    with db.write():
        service.undo(done, ticket, seen=said["version"], actor=actor())
    return ui.done(_("Ticket %(number)s is as it was.", number=f"#{ident}"), go=board.here(ident))


@bp.post("/<int:ident>/preview")
@requires(TICKETS, feature=Feature.TICKET)
def preview(ident: int) -> Response:
    """The reply as the customer gets it, with what it must not say marked (FBW-1)."""
    ticket = own(ident)
    said, mail_to = written(ticket), writes.mail_address(ticket)
    kind = letters.kind_of(ticket, Move.RESOLVE)
    also = copied(request.form.getlist("cc"), request.form.get("cc_more", "")) if mail_to else []
    return ui.render(
        "tickets/preview",
        service=current_service(),
        ticket=ticket,
        said=letters.composed(ticket, said, kind, me.member_id) if mail_to else said,
        subject=sending.subject(current_service(), ticket.id, ticket.subject),
        hits=service.forbidden(current_service().id, said.text),
        mail_to=mail_to,
        also=also,
    )


@bp.post("/<int:ident>/entries/<int:entry>/again")
@requires(TICKETS, feature=Feature.TICKET)
def send_again(ident: int, entry: int) -> Response:
    """An answer that did not reach the customer is mailed again."""
    ticket = own(ident)
    with db.write():
        letters.send_again(ticket, entry, actor=actor())
    return ui.done(_("The mail is sent again."), go=board.here(ident))


@bp.post("/<int:ident>/comment")
@requires(TICKETS, feature=Feature.TICKET)
def comment(ident: int) -> Response:
    ticket, said = found(ident), typed()
    try:
        said = written(ticket)
        with db.write(keep=True):
            service.comment(ticket, said.text, actor=actor(), html=said.html)
    except Refused as error:
        return _again(ident, Tried(error, typed=said.html or said.text, tab="comment"))
    if not board.viewer().sees(ticket):
        return ui.done(_("The ticket went into the spam box."), go=board.list_url())
    return _panes(ticket)


@bp.post("/<int:ident>/<any(reopen):step>")
@requires(TICKETS, feature=Feature.TICKET)
def reopen(ident: int, step: str) -> Response:
    return _step(own(ident), STEPS[step])


@bp.post("/<int:ident>/<any(finish, restore):step>")
@requires(TICKET_MANAGER, feature=Feature.TICKET)
def finish(ident: int, step: str) -> Response:
    """Managers set resolved tickets done and take them out of the spam box (TKT-1)."""
    return _step(found(ident), STEPS[step])


def _step(ticket: Ticket, move: Move) -> Response:
    ident = ticket.id
    try:
        with db.write():
            service.step(ticket, move, actor=actor())
    except Refused as error:
        return _again(ident, Tried(error))
    return _again(ident)


@bp.post("/<int:ident>/delete")
@requires(TICKET_MANAGER, feature=Feature.TICKET)
def delete(ident: int) -> Response:
    ticket = found(ident)
    with db.write():
        service.delete(ticket, actor=actor())
    return ui.done(
        _("The ticket was deleted."),
        go=url_for("tickets.index", slug=current_service().slug, box="spam"),
    )


@bp.route("/<int:ident>/<any(intake, resolution):kind>", methods=["GET", "POST"])
@requires(TICKETS, feature=Feature.TICKET)
def category(ident: int, kind: str) -> Response:
    """A dialog that finds a category by part of its name, and sets it."""
    wanted = CategoryKind(kind)
    ticket = own(ident)
    if request.method == "POST":
        with db.write():
            chosen = ident_of(request.form.get("category"))
            service.classify(ticket, wanted, chosen, actor=actor(), seen=request.form.get("seen"))
        return ui.done(_("Saved."), go=board.here(ident))
    rows = settings.find(current_service(), wanted, ui.arg("q"))
    part = "found" if request.headers.get("HX-Target") == "t-found" else ""
    return ui.render(
        "tickets/category",
        part=part,
        service=current_service(),
        ticket=ticket,
        kind=wanted,
        title=KINDS[wanted],
        rows=rows,
        now=getattr(ticket, f"{kind}_id"),
    )


@bp.post("/<int:ident>/priority")
@requires(TICKETS, feature=Feature.TICKET)
def priority(ident: int) -> Response:
    ticket = own(ident)
    wanted = next((p for p in Priority if p.value == request.form.get("priority")), None) or abort(
        404
    )
    try:
        with db.write():
            service.prioritize(ticket, wanted, actor=actor(), seen=request.form.get("seen"))
    except Conflict as error:
        return _again(ident, Tried(error))
    return _again(ident)


@bp.post("/<int:ident>/star")
@requires(TICKETS, feature=Feature.TICKET)
def star(ident: int) -> Response:
    ticket, on = found(ident), request.form.get("on") == "1"
    with db.write():
        belongings.star(ticket, me.member_id, on)
    return ui.render("tickets/index", part="star", ident=ident, on=on, service=current_service())


@bp.post("/<int:ident>/draft")
@requires(TICKETS, feature=Feature.TICKET)
def draft(ident: int) -> Response:
    """Keeps what is being written, a few seconds after each key; 409 where it came too late."""
    kind = next(
        (
            k
            for k in (Entry.ANSWER, Entry.COMMENT, Entry.INTERNAL)
            if k.value == request.form.get("kind")
        ),
        Entry.ANSWER,
    )
    ticket = found(ident)
    said, (entry, _event) = written(ticket), _shown(request.form.get("last", ""))
    with db.write():
        kept = belongings.keep_draft(ticket, me.member_id, kind, said, seen=entry)
    return Response(status=204 if kept else 409)


@bp.route("/<int:ident>/customer", methods=["GET", "POST"])
@requires(TICKETS, feature=Feature.TICKET)
def customer(ident: int) -> Response:
    """Whom the inquiry is from: found or made by number or address, or changed (CUS-1)."""
    ticket = own(ident)
    person = ticket.customer
    form = CustomerForm(obj=person)
    if request.method != "POST":
        form.version.data = str(person.version if person else 0)
    elif form.validate():
        values = {
            "name": form.name.data or "",
            "phone": form.phone.data or "",
            "email": form.email.data or "",
        }
        with form.saving(stored=lambda: found(ident).customer):
            with db.write():
                if person is not None:
                    customers.edit(person, **values, version=form.seen_version)
                else:
                    made = customers.found_or_made(**values)
                    if made is None:
                        raise Refused(
                            _("A customer needs a phone number or an e-mail address."), "email"
                        )
                    service.set_customer(ticket, made)
            return ui.done(_("Saved."), go=board.here(ident))
    return ui.render(
        "tickets/customer",
        status=form.status,
        form=form,
        ticket=found(ident),
        service=current_service(),
        stored=form.stored,
    )
