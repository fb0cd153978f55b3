"""What callback lists are searched by: the address in, filters out."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import request

from occ.callbacks.queries import Filters
from occ.callbacks.rules import CallbackState, Step
from occ.core import clock, phones, ui
from occ.core.values import ident
from occ.organization.models import Service

PERIODS = ("today", "week", "month", "range", "all")
FAILED = "failed"


@dataclass(frozen=True)
class Period:
    """A period of the service's days; None is open."""

    name: str
    since: date | None
    until: date | None
    wrong: bool = False


def period(service: Service, default: str) -> Period:
    """The period of the address; from after to is marked as wrong."""
    name = request.args.get("period", "")
    name = name if name in PERIODS else default
    today = clock.local_day(clock.now(), service.time_zone)
    if name == "range":
        since, until = ui.day("since"), ui.day("until")
        return Period(name, since, until, wrong=bool(since and until and since > until))
    first = {"today": today, "week": today - timedelta(days=6), "month": today.replace(day=1)}.get(
        name
    )
    return Period(name, first, today if first else None)


def filters(
    service: Service,
    own: int | None,
    chosen: Period,
    *,
    states: tuple[CallbackState, ...] = (),
    masked: bool = False,
) -> Filters:
    """What the address asks for; `own` limits it to one member's callbacks.

    Who sees numbers `masked` finds only whole ones, so that none is guessed piece by piece.
    """
    state = request.args.get("state", "")
    asked = tuple(found for found in CallbackState if found.value == state)
    people = request.args.get("people", "")
    typed = ui.arg("number")
    group, member = people.startswith("g"), ident(people.removeprefix("g"))
    return Filters(
        service.id,
        own=own,
        queue_id=ident(request.args.get("queue")),
        failed=state == FAILED,
        states=tuple(s for s in asked if not states or s in states) or states,
        number="" if masked else phones.part(typed) or typed,  # what is no number stands in none
        whole=(tuple(phones.candidates(typed, service.country)) or (typed,))
        if masked and typed
        else (),
        since=clock.day_start(chosen.since, service.time_zone) if chosen.since else None,
        until=clock.day_start(chosen.until + timedelta(days=1), service.time_zone)
        if chosen.until
        else None,
        assigner_id=ident(request.args.get("assigner")),
        assignee_id=None if group else member,
        group_id=member if group else None,
    )


def step() -> Step:
    return Step.MONTH if request.args.get("by") == Step.MONTH.value else Step.DAY
