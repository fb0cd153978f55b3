"""Writes of agents and groups of a service.

Every function runs inside the caller's write transaction.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from occ.audit import service as audit
from occ.audit.rules import Action
from occ.audit.service import Actor
from occ.core import clock, events
from occ.core.db import db
from occ.core.errors import NotAllowed, Refused, check_version
from occ.core.i18n import gettext as _
from occ.core.i18n import ngettext
from occ.identity import queries, rules
from occ.identity.events import AgentAdded, AgentChanged, AgentRemoved
from occ.identity.models import Agent, Group, Member
from occ.identity.rules import AgentRights, MemberState
from occ.organization.models import Contract, Service


def _signed(service: Service) -> Contract:
    if service.contract is None:
        raise Refused(_("Sign the contract of this service first."))
    return service.contract


def _open(service: Service) -> Service:
    """The service's row, locked: seats and groups are counted against it."""
    locked: Service = db.lock(Service, service.id)
    _signed(locked)
    return locked


def _normalized(service: Service, rights: AgentRights) -> AgentRights:
    assert service.contract is not None
    return rules.normalized(rights, kind=service.type, features=service.contract.terms.features)


def _values(rights: AgentRights, groups: Sequence[Group]) -> dict[str, Any]:
    flags = [name for name in rules.FLAGS if getattr(rights, name)]
    return {
        "role": rights.role.value,
        "rights": flags,
        "groups": sorted(group.name for group in groups),
    }


def record(
    action: Action, agent: Agent, before: AgentRights, after: AgentRights, *, actor: Actor
) -> None:
    """Writes a change of an agent's rights that another change brings about (LOG-1)."""
    audit.authority(
        action,
        actor=actor,
        service=agent.service,
        target=agent.member,
        before=_values(before, agent.groups),
        after={} if action is Action.AGENT_REMOVED else _values(after, agent.groups),
    )


def check_groups(service: Service, group_ids: Sequence[int], new_group: str) -> list[Group]:
    """The chosen groups of this service. Raises Refused where there would be none, and for a name
    that another group has (MEM-4).
    """
    groups = queries.groups(service.id)
    chosen = [group for group in groups if group.id in set(group_ids)]
    if new_group:
        _free_name(service, new_group, field="new_group")
    elif not groups:
        raise Refused(_("Enter a name for the first group of this service."), "new_group")
    elif not chosen:
        raise Refused(_("Choose at least one group."), "groups")
    return chosen


def _groups(service: Service, group_ids: Sequence[int], new_group: str) -> list[Group]:
    """The chosen groups of this service, and one made in place. At least one (MEM-4)."""
    chosen = check_groups(service, group_ids, new_group)
    return [*chosen, _made_group(service, new_group)] if new_group else chosen


def check_member(service: Service, member: Member | None) -> None:
    """Raises Refused for nobody, for who cannot sign in or is an agent of the service already,
    and where no seat is left (MEM-4).
    """
    if member is None:
        raise Refused(_("Choose a member."), "member_id")
    if member.state not in (MemberState.ACTIVE, MemberState.INVITED):
        raise Refused(
            _("%(name)s cannot sign in; activate the member first.", name=member.name), "member_id"
        )
    if queries.agent_of(service.id, member.id) is not None:
        raise Refused(
            _(
                "%(name)s is an agent of this service already. Choose another member.",
                name=member.name,
            ),
            "member_id",
        )
    seats = _signed(service).terms.seats
    if queries.seats_used([service.id]).get(service.id, 0) >= seats:
        raise Refused(
            ngettext(
                "The seat is taken. An organization admin can add seats in the contract.",
                "All %(num)s seats are taken. An organization admin can add seats in the contract.",
                seats,
            ),
            "member_id",
        )


def add(
    service: Service,
    member: Member,
    rights: AgentRights,
    *,
    group_ids: Sequence[int],
    new_group: str,
    actor: Actor,
) -> Agent:
    """Makes a member an agent of the service; seats are the limit (MEM-4)."""
    service = _open(service)
    member = db.lock(Member, member.id)
    check_member(service, member)
    rights = _normalized(service, rights)
    groups = _groups(service, group_ids, new_group)
    agent = db.session.scalar(
        sa.select(Agent).where(Agent.service_id == service.id, Agent.member_id == member.id)
    )
    if agent is None:
        agent = Agent(service_id=service.id, member_id=member.id)
        db.session.add(agent)
    agent.rights, agent.groups, agent.created_at, agent.removed_at = (
        rights,
        groups,
        clock.now(),
        None,
    )
    db.session.flush()
    audit.authority(
        Action.AGENT_ADDED,
        actor=actor,
        service=service,
        target=member,
        after=_values(rights, groups),
    )
    events.emit(AgentAdded(agent, actor))
    return agent


def edit(
    agent: Agent,
    rights: AgentRights,
    *,
    group_ids: Sequence[int],
    new_group: str,
    version: int,
    actor: Actor,
) -> None:
    """Changes an agent's role, rights and groups. Raises Conflict when somebody saved first."""
    service = _open(agent.service)
    agent = db.lock(Agent, agent.id)
    check_version(agent, version)
    before = _values(agent.rights, agent.groups)
    rights, groups = _normalized(service, rights), _groups(service, group_ids, new_group)
    after = _values(rights, groups)
    if before == after:
        return
    agent.rights, agent.groups = rights, groups
    flag_modified(agent, "role")  # a change of groups alone counts as a change, too
    audit.authority(
        Action.AGENT_CHANGED,
        actor=actor,
        service=service,
        target=agent.member,
        before=before,
        after=after,
    )
    events.emit(AgentChanged(agent, actor))


def remove(agent: Agent, *, actor: Actor) -> None:
    """Takes the role away; what the agent had open is unassigned by the features above (MEM-2)."""
    service = _open(agent.service)
    agent = db.lock(Agent, agent.id)
    if agent.removed_at is not None:
        return
    audit.authority(
        Action.AGENT_REMOVED,
        actor=actor,
        service=service,
        target=agent.member,
        before=_values(agent.rights, agent.groups),
    )
    agent.removed_at, agent.groups = clock.now(), []
    events.emit(AgentRemoved(agent, actor))


def set_assignment(member_id: int, service_id: int, *, ticket: bool, chat: bool) -> None:
    """A member's own ticket and chat assignment, only where self-control is on (MEM-7)."""
    agent = queries.agent_of(service_id, member_id)
    if agent is None or not agent.self_control:
        raise NotAllowed(_("A manager decides about your assignment in this service."))
    agent = db.lock(Agent, agent.id)
    agent.ticket_assignment, agent.chat_assignment = ticket, chat


def _made_group(service: Service, name: str) -> Group:
    group = Group(service_id=service.id, name=name, created_at=clock.now())
    db.session.add(group)
    db.session.flush()
    return group


def _free_name(service: Service, name: str, *, field: str, but: int | None = None) -> str:
    name = rules.check_group_name(name, field)
    taken = sa.select(Group.id).where(
        Group.service_id == service.id, sa.func.lower(Group.name) == name.lower()
    )
    if db.session.scalar(taken if but is None else taken.where(Group.id != but)) is not None:
        raise Refused(
            _("A group of this service has this name already. Choose another name."), field
        )
    return name


def _chosen_agents(service: Service, agent_ids: Sequence[int]) -> list[Agent]:
    wanted = set(agent_ids)
    return [agent for agent in queries.all_agents(service.id) if agent.id in wanted]


def add_group(service: Service, *, name: str, agent_ids: Sequence[int], actor: Actor) -> Group:
    """MEM-5."""
    service = _open(service)
    group = _made_group(service, _free_name(service, name, field="name"))
    group.agents = _chosen_agents(service, agent_ids)
    audit.authority(Action.GROUP_ADDED, actor=actor, service=service, after=_group_values(group))
    return group


def _group_values(group: Group) -> dict[str, Any]:
    return {"name": group.name, "members": sorted(agent.member.login_id for agent in group.agents)}


def edit_group(
    group: Group, *, name: str, agent_ids: Sequence[int], version: int, actor: Actor
) -> None:
    """Renames a group and sets its members. Raises Conflict when somebody saved first."""
    service = _open(db.session.get_one(Service, group.service_id))
    group = db.lock(Group, group.id)
    check_version(group, version)
    before = _group_values(group)
    group.name = _free_name(service, name, field="name", but=group.id)
    group.agents = _chosen_agents(service, agent_ids)
    flag_modified(group, "name")  # a change of members alone counts as a change, too
    after = _group_values(group)
    if before != after:
        audit.authority(
            Action.GROUP_CHANGED, actor=actor, service=service, before=before, after=after
        )


def remove_group(group: Group, *, actor: Actor) -> None:
    """Deletes a group; its agents stay agents."""
    service = _open(db.session.get_one(Service, group.service_id))
    group = db.lock(Group, group.id)
    audit.authority(Action.GROUP_REMOVED, actor=actor, service=service, before=_group_values(group))
    db.session.delete(group)
