"""Assigning and unassigning callbacks, and what came of them (CBK-3, CBK-4, CBK-5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from occ.ars import queries as ars
from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.views import actor
from occ.callbacks import forms, labels, queries, service
from occ.callbacks.permissions import ASSIGN, CALLBACK_FIGURES
from occ.callbacks.queries import Filters
from occ.callbacks.rules import ASSIGNABLE, CallbackState, Figures, Mode, Step
from occ.callbacks.views.callbacks import choices, closing, manages, probe, shown
from occ.core import clock, live, paging, ui, xlsx
from occ.core.access import requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.i18n import masked, month_of_year, ngettext, pgettext, phone
from occ.core.values import ident
from occ.identity import queries as identity
from occ.identity.models import Agent
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.telephony import labels as phone_labels
from occ.telephony.models import AgentInterval
from occ.telephony.queries import intervals_of

bp = Blueprint("callback_dealing", __name__, url_prefix="/c/s/<slug>/callbacks")
CHOSEN_MAX = 500


@dataclass(frozen=True)
class Agents:
    """Phone agents in the order in which callbacks are dealt to them, with their states and how
    many they have open.
    """

    rows: Sequence[Agent]
    states: Mapping[int, AgentInterval]
    open: Mapping[int, int]
    whole: bool  # whether the viewer sees numbers whole


def _agents() -> Agents:
    rows = ars.phone_people(current_service().id)
    states = intervals_of([agent.member_id for agent in rows])
    if request.args.get("cti") == "1":
        rows = [agent for agent in rows if agent.member_id in states]
    return Agents(rows, states, queries.open_by_agent(current_service().id), manages())


def _logged_in() -> list[int]:
    """The phone agents who are logged in to CTI, in the order in which they are dealt to; raises
    Refused where nobody is.
    """
    people = [agent.member_id for agent in ars.phone_people(current_service().id)]
    there = intervals_of(people)
    if not there:
        raise Refused(_("Nobody is logged in to CTI."))
    return [member for member in people if member in there]


def _waiting() -> list[int]:
    """Every callback that nobody has, at most as many as can be chosen at once, those that wait
    longest first.
    """
    filters = Filters(current_service().id, states=tuple(ASSIGNABLE))
    return [row.id for row in queries.oldest(filters, CHOSEN_MAX)]


def _chosen() -> list[int]:
    return [
        found
        for found in map(ident, request.form.getlist("callback")[:CHOSEN_MAX])
        if found is not None
    ]


def _page(filters: Filters) -> paging.Page:
    """The page of the address, those that wait longest first."""
    return queries.callback_list(
        filters,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
        oldest_first=True,
    )


@bp.get("/assign")
@requires(ASSIGN, feature=Feature.CALLBACK)
@live.part(probe)
def assign() -> Response:
    """Unassigned callbacks at the left, the longest waiting first; phone
    agents at the right (CBK-3).
    """
    period = ui.period(current_service().time_zone, "all")
    wanted = tuple(state for state in CallbackState if state in ASSIGNABLE)
    page = _page(
        forms.filters(current_service(), None, period, states=wanted, masked=not manages())
    )
    totals = queries.totals(current_service().id, clock.now())
    done = queries.count(Filters(current_service().id, states=(CallbackState.COMPLETED,)))
    return ui.render(
        "callbacks/assign",
        service=current_service(),
        page=page,
        period=period,
        totals=totals.states,
        done=done,
        closing=closing(totals),
        assignable=wanted,
        shown=shown(page.rows),
        agents=_agents(),
        most=CHOSEN_MAX,
        labels=labels,
        phone_labels=phone_labels,
    )


@bp.post("/assign")
@requires(ASSIGN, feature=Feature.CALLBACK)
def deal() -> Response:
    """Deals the chosen callbacks; who was faster with some of them is named."""
    mode = Mode.MANUAL if request.form.get("mode") == Mode.MANUAL.value else Mode.EVEN
    members = [found for found in map(ident, request.form.getlist("member")) if found is not None]
    chosen = _chosen()
    if request.form.get("all") == "1":
        mode, members, chosen = Mode.EVEN, _logged_in(), _waiting()
    with db.write():
        dealt = service.assign(current_service(), chosen, members, mode, actor=actor())
        count = sum(dealt.counts.values())
        taken = [(row.number, row.assignee_id) for row in dealt.taken]
    words = (
        [ngettext("%(num)s callback was assigned.", "%(num)s callbacks were assigned.", count)]
        if count
        else []
    )
    people = identity.names([member for _number, member in taken if member])
    for number, member in taken[:3]:
        who = people.get(member or 0)
        number = phone(number) if manages() else masked(number)
        done = _("Callback %(number)s is already completed.", number=number)
        words.append(
            _("Callback %(number)s is already assigned to %(name)s.", number=number, name=who)
            if who
            else done
        )
    if len(taken) > 3:
        words.append(
            ngettext("%(num)s more was taken.", "%(num)s more were taken.", len(taken) - 3)
        )
    if not count:
        raise Refused(" ".join(words))
    return ui.done(" ".join(words))


@bp.get("/unassign")
@requires(ASSIGN, feature=Feature.CALLBACK)
@live.part(probe)
def unassign() -> Response:
    """How many each agent has open at the left, the open ones at the right (CBK-4)."""
    period = ui.period(current_service().time_zone, "all")
    page = _page(
        forms.filters(
            current_service(),
            None,
            period,
            states=(CallbackState.UNPROCESSED,),
            masked=not manages(),
        )
    )
    return ui.render(
        "callbacks/unassign",
        service=current_service(),
        page=page,
        period=period,
        shown=shown(page.rows),
        choices=choices(),
        agents=_agents(),
        labels=labels,
        phone_labels=phone_labels,
    )


@bp.post("/unassign")
@requires(ASSIGN, feature=Feature.CALLBACK)
def take_back() -> Response:
    with db.write():
        count, left = service.unassign(current_service(), _chosen(), actor=actor())
    words = (
        ngettext(
            "%(num)s callback can be assigned again.",
            "%(num)s callbacks can be assigned again.",
            count,
        )
        if count
        else ""
    )
    if left:
        words += " " + ngettext(
            "%(num)s is being called or done.", "%(num)s are being called or done.", left
        )
    if not count:
        raise Refused(words.strip())
    return ui.done(words)


def _figures() -> tuple[ui.Period, Step, dict[Any, Figures]]:
    period, step = ui.period(current_service().time_zone, "month"), forms.step()
    today = clock.local_day(clock.now(), current_service().time_zone)
    asked = forms.filters(current_service(), None, period)
    plain = Filters(
        current_service().id,
        queue_id=asked.queue_id,
        assignee_id=asked.assignee_id,
        group_id=asked.group_id,
    )
    since = period.since or today.replace(year=today.year - 1, day=1)
    return period, step, queries.figures(plain, since, period.until or today, step)


@bp.get("/statistics")
@requires(CALLBACK_FIGURES, feature=Feature.CALLBACK)
def statistics() -> Response:
    """By day or month of the current assignment (CBK-5)."""
    period, step, rows = _figures()
    return ui.render(
        "callbacks/statistics",
        service=current_service(),
        period=period,
        step=step,
        steps=labels.STEPS,
        rows=rows,
        total=sum(rows.values(), Figures()),
        shown=shown(),
        choices=choices(),
    )


@bp.get("/statistics.xlsx")
@requires(CALLBACK_FIGURES, feature=Feature.CALLBACK, writes=True)
def statistics_excel() -> Response:
    _period, step, rows = _figures()
    head = [
        _("Period"),
        _("Assigned"),
        pgettext("callback", "Completed"),
        _("Open"),
        _("Completion rate") + " (%)",
    ]
    periods: list[tuple[Any, Figures]] = [
        (day if step is Step.DAY else month_of_year(day), f) for day, f in rows.items()
    ]
    lines = [
        (period, f.assigned, f.completed, f.open, round(f.rate, 1) if f.rate is not None else None)
        for period, f in [*periods, (_("Total"), sum(rows.values(), Figures()))]
    ]
    title = _("Callback statistics")
    with db.write():
        audit.work(
            Work.EXCEL_CALLBACK_FIGURES,
            actor=actor(),
            service=current_service(),
            detail={"rows": len(lines)},
        )
    return xlsx.download(xlsx.workbook(title, head, lines), xlsx.dated(title))
