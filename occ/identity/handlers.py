"""What identity adds to facts of the features below it."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from occ.audit.rules import Action
from occ.core import clock, live
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.events import on
from occ.core.i18n import ngettext
from occ.identity import agents, queries, rules
from occ.identity.models import AccessRange, Agent, Group, Member
from occ.organization.events import ServiceErased, TermsProposed
from occ.organization.models import Service


def raise_rights(session: Session) -> None:
    """Polls of members whose rights or settings changed, and after changes that
    concern all, are answered anew.
    """
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Agent) and row.member_id:
            live.touch(f"rights:{row.member_id}")
        elif isinstance(row, Member) and row.id:
            live.touch(f"rights:{row.id}")
        elif isinstance(row, (AccessRange, Service)):
            live.touch("shared")


@on(TermsProposed)
def keep_used_seats(event: TermsProposed) -> None:
    """Seats cannot go below those in use (ORG-3)."""
    used = queries.seats_used([event.service.id]).get(event.service.id, 0)
    if event.terms.seats < used:
        raise Refused(
            ngettext(
                "%(num)s agent uses a seat; choose at least one, or remove the agent first.",
                "%(num)s agents use seats; choose at least %(num)s, or remove agents first.",
                used,
            ),
            "seats",
        )


@on(TermsProposed)
def drop_channels(event: TermsProposed) -> None:
    """A channel that is no longer contracted is no longer anybody's right (MEM-4)."""
    for agent in queries.all_agents(event.service.id):
        rights = rules.normalized(
            agent.rights, kind=event.service.type, features=event.terms.features
        )
        if rights != agent.rights:
            agents.record(Action.AGENT_CHANGED, agent, agent.rights, rights, actor=event.actor)
            agent.rights = rights


@on(ServiceErased)
def forget_agents(event: ServiceErased) -> None:
    agents = sa.update(Agent).where(
        Agent.service_id == event.service.id, Agent.removed_at.is_(None)
    )
    event.counts["agents"] = db.changed(agents.values(removed_at=clock.now()))
    groups = sa.delete(Group).where(Group.service_id == event.service.id)
    event.counts["groups"] = db.changed(groups)
