"""My performance (MEM-8): everyone, their own figures of today."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response

from occ.core import live, ui
from occ.core.access import me, requires
from occ.identity.permissions import SERVICE_HOME
from occ.identity.principals import live_facts
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.statistics import queries
from occ.telephony.labels import STATES
from occ.telephony.rules.calls import AgentState as S
from occ.tickets.facts import scope

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
