"""My performance (MEM-8): everyone, their own figures of today, what waits for them, and what a
service still needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, url_for

from occ.ars.permissions import ARS
from occ.callbacks.permissions import CALLBACKS
from occ.callbacks.service import scope as callback_scope
from occ.core import clock, live, ui
from occ.core.access import Permission, may, me, requires
from occ.identity.permissions import PEOPLE, SERVICE_HOME
from occ.identity.principals import live_facts
from occ.identity.rules import AgentRole
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.statistics import queries
from occ.statistics.labels import STEPS
from occ.statistics.rules import Step
from occ.telephony.labels import STATES
from occ.telephony.permissions import SIMULATOR
from occ.telephony.rules.calls import AgentState as S
from occ.tickets import labels as ticket_labels
from occ.tickets.permissions import TICKETS
from occ.tickets.rules import Box
from occ.tickets.writes import scope

bp = Blueprint("performance", __name__, url_prefix="/c/s/<slug>/performance")
# Times the seed lists; wrap-up is ticket work, the times in calls stand with the calls.
TIMES = (
    (S.READY, (S.READY,)),
    (S.TICKET, (S.TICKET, S.WRAP_UP)),
    (S.CHAT, (S.CHAT,)),
    (S.REST, (S.REST,)),
    (S.MEAL, (S.MEAL,)),
    (S.TRAINING, (S.TRAINING,)),
    (S.REPORTING, (S.REPORTING,)),
    (S.MEETING, (S.MEETING,)),
    (S.COACHING, (S.COACHING,)),
    (S.AWAY, (S.AWAY, S.MISSED)),
)


def _probe(slug: str) -> tuple[Any, ...] | None:
    return live_facts("phone", f"{scope(slug)}*")


@bp.get("")
@requires(SERVICE_HOME)
@live.part(_probe)
def index() -> Response:
    service = current_service()
    found = queries.performance(me.member_id, service)
    times = [
        (STATES[shown], sum((found.states[s] for s in states if s in found.states), timedelta()))
        for shown, states in TIMES
        if shown is not S.CHAT or service.offers(Feature.CHAT) or S.CHAT in found.states
    ]
    return ui.render(
        "performance/index",
        service=service,
        found=found,
        times=times,
        phone=service.offers(Feature.PHONE),
        tickets=service.offers(Feature.TICKET),
        total=sum((time for _label, time in times), timedelta()),
    )


def _today_probe(slug: str) -> tuple[Any, ...] | None:
    facts = live_facts("phone", "wall*", f"{scope(slug)}*", f"{callback_scope(slug)}*")
    # waits grow and promises run out by the minute, also when nothing happens
    return (*facts, int(clock.now().timestamp()) // 60) if facts else None


@bp.get("/today")
@requires(SERVICE_HOME)
@live.part(_today_probe)
def today() -> Response:
    """What waits for the viewer, for the home of the service."""
    service = current_service()
    rights = me.rights[service.id]
    found = queries.today(
        service,
        me.member_id,
        tickets=service.offers(Feature.TICKET) and may(TICKETS, service),
        callbacks=service.offers(Feature.CALLBACK) and may(CALLBACKS, service),
        all_of_them=rights.manager,
        calls=service.offers(Feature.PHONE) and (rights.manager or rights.phone),
    )
    return ui.render(
        "home/today",
        part="today",
        service=service,
        found=found,
        manager=rights.manager,
        Box=Box,
        ticket_labels=ticket_labels,
    )


# where each step is done, who may do it, and what its page is asked for
PLACES: Mapping[Step, tuple[str, Permission, Mapping[str, Any]]] = {
    Step.MANAGER: ("agents.new", PEOPLE, {"role": AgentRole.MANAGER.value, "back": "steps"}),
    Step.AGENTS: ("agents.new", PEOPLE, {"back": "steps"}),
    Step.QUEUE: ("ars.queues", ARS, {}),
    Step.MENU: ("voice_menu.index", ARS, {}),
    Step.PUBLISH: ("voice_menu.index", ARS, {}),
    Step.CALL: ("caller.index", SIMULATOR, {}),
}


@dataclass(frozen=True)
class NextStep:
    """One step of a new service; without `url` somebody else does it."""

    label: str
    hint: str
    done: bool
    url: str


@bp.get("/steps")
@requires(PEOPLE)
def steps() -> Response:
    """What the service still needs before its first call; nothing once all is there."""
    service = current_service()
    found = []
    for step, done in queries.steps(service).items():
        (label, hint), (place, permission, asked) = STEPS[step], PLACES[step]
        url = url_for(place, slug=service.slug, **asked) if may(permission, service) else ""
        found.append(NextStep(str(label), str(hint), done, url))
    return ui.render("home/steps", part="steps", steps=found)
