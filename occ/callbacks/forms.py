"""What callback lists are searched by: the address in, filters out."""

from flask import request

from occ.callbacks.queries import Filters
from occ.callbacks.rules import CallbackState, Step
from occ.core import phones, ui
from occ.core.values import ident
from occ.organization.models import Service

FAILED = "failed"


def filters(
    service: Service,
    own: int | None,
    chosen: ui.Period,
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
        since=chosen.start,
        until=chosen.end,
        assigner_id=ident(request.args.get("assigner")),
        assignee_id=None if group else member,
        group_id=member if group else None,
    )


def step() -> Step:
    return Step.MONTH if request.args.get("by") == Step.MONTH.value else Step.DAY
