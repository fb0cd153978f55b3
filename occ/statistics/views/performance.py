"""My performance (MEM-8): everyone, their own figures of today, and what waits for them."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response

from occ.callbacks.permissions import CALLBACKS
from occ.callbacks.service import scope as callback_scope
from occ.core import clock, live, ui
from occ.core.access import may, me, requires
from occ.identity.permissions import SERVICE_HOME
from occ.identity.principals import live_facts
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.statistics.queries import own as queries
from occ.telephony.labels import STATES
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
