"""Triggers: the list in two areas, the form, the dry run, and what they
made of a ticket (TRG-1, TRG-2, TRG-3, TRG-4).
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from flask import Blueprint, Response, abort, request, url_for

from occ.automation import checks, labels, queries, rules, service, snapshots
from occ.automation.checks import places_of
from occ.automation.models import Trigger
from occ.automation.rules import Comparison, Condition, Result, ResultKind, Subject
from occ.automation.views import trigger_form
from occ.automation.views.trigger_form import Line
from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.errors import Conflict, Refused
from occ.core.forms import clean
from occ.core.i18n import gettext as _
from occ.core.values import ident as ident_of
from occ.delivery import hooks
from occ.delivery.labels import STATES as DELIVERY
from occ.delivery.rules import State as Delivery
from occ.fields import queries as fields
from occ.fields.rules import REACHING
from occ.identity import queries as identity
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.ticket_settings.permissions import TICKET_SETTINGS
from occ.ticket_settings.queries import placeholders
from occ.ticket_settings.queries import words as forbidden_words
from occ.ticket_settings.rules import unknown
from occ.tickets import labels as ticket_labels
from occ.tickets import queries as tickets
from occ.tickets.models import TriggerRun
from occ.tickets.permissions import TICKETS
from occ.tickets.views import board

bp = Blueprint("triggers", __name__, url_prefix="/c/s/<slug>/triggers")
explained_bp = Blueprint("ticket_triggers", __name__, url_prefix="/c/s/<slug>/tickets")
TRIED, SHOWN = 200, 20
FIRST = Condition(True, Subject.STATE, Comparison.EQUAL)


def _trigger(ident: int) -> Trigger:
    return queries.trigger(current_service().id, ident) or abort(404)


@bp.get("")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def index() -> Response:
    active, idle = (queries.triggers(current_service().id, active=on) for on in (True, False))
    known, words = placeholders(current_service()), forbidden_words(current_service().id)
    return ui.render(
        "triggers/index",
        service=current_service(),
        active=active,
        idle=idle,
        labels=labels,
        choices=trigger_form.choices(current_service()),
        warned={row.id: _warnings(row.result_rows, known, words) for row in (*active, *idle)},
        people=trigger_form.People(current_service()),
        names=identity.names(
            [ident for row in (*active, *idle) for one in row.result_rows for ident in one.members]
        ),
    )


def _warnings(
    results: Sequence[Result], known: Mapping[str, str], words: Sequence[str]
) -> tuple[list[str], list[str]]:
    """What became wrong with texts after they were saved: placeholders that are left empty, and
    what the customer must not be told.
    """
    empty = [name for one in results for name in unknown(rules.said_by(one), places_of(one, known))]
    return list(dict.fromkeys(empty)), list(
        dict.fromkeys(hit.there for one in results for hit in rules.forbidden_by(one, words))
    )


@bp.post("/line")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def line() -> Response:
    """A line of the form: a new one, or one whose choice changes what else it asks."""
    new = request.form.get("new")
    if new == "c":
        made: Line | None = Line(trigger_form.uid(), FIRST)
    elif new == "r":
        made = Line(trigger_form.uid(), Result(ResultKind.ASSIGN))
    else:  # the whole form comes along: the line that asks says which it is
        asks = request.form.get("line", "")
        rows = (
            trigger_form.conditions()
            if asks[:1] == "c"
            else trigger_form.results(current_service())
        )
        made = next((one for one in rows if one.uid == asks[1:]), None)
        if made is not None and request.headers.get("HX-Trigger-Name", "").endswith("-subject"):
            made = Line(
                made.uid, trigger_form.anew(made.row, trigger_form.choices(current_service()))
            )
        if made is not None and request.headers.get("HX-Trigger-Name", "").endswith("-group"):
            made = replace(made, row=trigger_form.regrouped(made.row))
    if made is None:
        abort(404)
    part = "condition" if isinstance(made.row, Condition) else "result"
    return ui.render(
        "triggers/index",
        part=part,
        line=made,
        form=trigger_form.TriggerForm(current_service()),
        labels=labels,
    )


def _save(row: Trigger | None) -> Response:
    error, stored, version = None, None, row.version if row else 0
    title = row.title if row else ""
    conditions = trigger_form.lines(row.condition_rows if row else [FIRST])
    results = trigger_form.lines(row.result_rows if row else [Result(ResultKind.ASSIGN)])
    if request.method == "POST":
        title, version = (
            clean(request.form.get("title")),
            ident_of(request.form.get("version")) or 0,
        )
        conditions, results = trigger_form.conditions(), trigger_form.results(current_service())
        known = trigger_form.known(current_service(), row.result_rows if row else ())
        try:
            with db.write():
                service.save(
                    current_service(),
                    row,
                    title=title,
                    conditions=[one.row for one in conditions],
                    results=[one.row for one in results],
                    known=known,
                    refused=trigger_form.refused(results),
                    version=version,
                )
            return ui.done(_("Saved."), go=url_for("triggers.index", slug=current_service().slug))
        except Refused as refused:
            error = refused
            if isinstance(refused, Conflict) and row is not None:
                stored = queries.trigger(current_service().id, row.id)
                version = stored.version if stored else 0
    form = trigger_form.TriggerForm(
        current_service(),
        row=row,
        title=title,
        version=version,
        conditions=conditions,
        results=results,
        error=error,
        stored=stored,
    )
    warned = (
        _warnings(row.result_rows, form.known, forbidden_words(current_service().id))
        if row and not error
        else ()
    )
    return ui.render(
        "triggers/form",
        status=error.status if error else 200,
        form=form,
        warned=warned,
        labels=labels,
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def new() -> Response:
    return _save(None)


@bp.route("/<int:ident>", methods=["GET", "POST"])
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def edit(ident: int) -> Response:
    return _save(_trigger(ident))


@bp.post("/<int:ident>/<any(on, off):to>")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def activate(ident: int, to: str) -> Response:
    row = _trigger(ident)
    with db.write():
        service.activate(current_service(), row, to == "on")
    return ui.done(_("The trigger is active.") if to == "on" else _("The trigger is inactive."))


@bp.post("/<int:ident>/move")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def place(ident: int) -> Response:
    row = _trigger(ident)
    with db.write():
        service.move(current_service(), row, ident_of(request.form.get("place")) or 0)
    return ui.done(_("The order is saved."))


@bp.post("/<int:ident>/delete")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def delete(ident: int) -> Response:
    row = _trigger(ident)
    title = row.title
    with db.write():
        service.delete(current_service(), row)
    return ui.done(_("The trigger “%(title)s” was deleted.", title=title))


@bp.post("/try")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def dry_run() -> Response:
    """The typed conditions on the last 200 tickets as if each had just
    come in, without effect (TRG-4).
    """
    lines = trigger_form.conditions()
    conditions = [one.row for one in lines]
    choices, found, count, faults = trigger_form.choices(current_service()), [], 0, []
    try:
        trial = [Result(ResultKind.PRIORITY, "normal")]
        conditions = checks.check(
            _("Try it"), conditions, trial, choices.known, placeholders={}, forbidden=()
        )
        rows = tickets.newest_tickets(current_service().id, TRIED)
        needed = {condition.key for condition in conditions}
        says = snapshots.of_many(rows, needed)
        for row in rows:
            held = rules.verdicts(conditions, replace(says[row.id], changed=frozenset(needed)))
            if rules.fires(conditions, held):
                count += 1
                found += [row] if count <= SHOWN else []
        count_of = len(rows)
    except checks.Wrong as wrong:
        faults, count_of = trigger_form.faults(wrong, lines, []), 0
    return ui.render(
        "triggers/index",
        part="tried",
        service=current_service(),
        found=found,
        titles=tickets.titles(current_service(), found),
        count=count,
        count_of=count_of,
        faults=faults,
        states=ticket_labels.STATES,
    )


@bp.get("/calls")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def calls() -> Response:
    """Web calls: what left, what waits, what was given up."""
    state = next((s for s in Delivery if s.value == request.args.get("state")), None)
    page = hooks.calls(
        current_service().id,
        state=state,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
    )
    made_by = {row.id: rules.made_by(row.key) for row in page.rows}
    return ui.render(
        "triggers/calls",
        service=current_service(),
        page=page,
        made_by=made_by,
        titles=queries.titles(current_service().id, [i for i in made_by.values() if i]),
        tickets={row.id: (row.about or "").removeprefix("ticket/") for row in page.rows},
        states=DELIVERY,
        error_text=labels.call_error,
        secret=hooks.secret(current_service().id),
    )


@bp.post("/calls/<int:ident>/again")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def again(ident: int) -> Response:
    row = hooks.failed(current_service().id, ident) or abort(404)
    with db.write():
        hooks.again(row)
    return ui.done(_("The call is made again."))


@dataclass(frozen=True)
class Explained:
    """What triggers made of a ticket, with those that are still there; conditions on `hidden` keys
    are for managers alone, on `masked` ones for whoever works on it.
    """

    runs: Sequence[TriggerRun]
    there: Mapping[int, Trigger]
    choices: queries.Choices | None
    hidden: Set[str]
    masked: Set[str]
    whole: bool


@explained_bp.get("/<int:ident>/triggers")
@requires(TICKETS, feature=Feature.TICKET)
def explained(ident: int) -> Response:
    """Which triggers were considered at each event of a ticket, each condition's
    verdict, and what was done (TRG-4).
    """
    ticket = board.found(ident)
    runs = tickets.trigger_runs(ticket.id)
    there = (
        {
            row.id: row
            for on in (True, False)
            for row in queries.triggers(current_service().id, active=on)
        }
        if runs
        else {}
    )
    own = fields.own(current_service()) if runs and not board.manages() else []
    hidden = {f"field:{one.code}" for one in own if one.managers_only}
    masked = (
        set()
        if board.viewer().works_on(ticket)
        else {f"field:{one.code}" for one in own if one.type in REACHING}
    )
    return ui.render(
        "tickets/triggers",
        service=current_service(),
        ticket=ticket,
        explained=Explained(
            runs=runs,
            there=there,
            choices=trigger_form.choices(current_service()) if runs else None,
            hidden=hidden,
            masked=masked,
            whole=board.manages(),
        ),
        labels=labels,
        facts=ticket_labels.FACT_NAMES,
    )
