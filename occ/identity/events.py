"""Facts that the features above react to."""

from collections.abc import Mapping
from dataclasses import dataclass

from occ.audit.service import Actor
from occ.identity.models import Agent, Member


@dataclass(frozen=True)
class AgentAdded:
    agent: Agent
    actor: Actor


@dataclass(frozen=True)
class AgentChanged:
    """An agent's role, rights or groups are others now."""

    agent: Agent
    actor: Actor


@dataclass(frozen=True)
class AgentRemoved:
    """Features above unassign what the agent had open (MEM-2)."""

    agent: Agent
    actor: Actor


@dataclass(frozen=True)
class MemberSeen:
    """A signed-in browser is still there; `looking` is what it says it shows, None where it does
    not say.
    """

    member_id: int
    looking: Mapping[str, str] | None


@dataclass(frozen=True)
class OrgAdminChanged:
    member: Member
    is_org_admin: bool
    actor: Actor
