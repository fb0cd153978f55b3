"""People and services for tests, made through the services."""

from dataclasses import replace
from typing import Any

from argon2 import PasswordHasher

from occ.audit.service import Actor
from occ.billing import service as billing
from occ.core import clock, crypto
from occ.core.db import db
from occ.identity import agents, service
from occ.identity.models import Agent, Member
from occ.identity.rules import AgentRights, AgentRole, MemberState
from occ.organization import rules
from occ.organization import service as organization
from occ.organization.models import Service, terms_values
from occ.organization.rules import Editor, Feature, Item, ServiceType, Terms
from occ.organization.service import BasicInfo
from occ.tenant import queries as tenant
from occ.tenant.rules import Licence

PASSWORD = "quiet-river-4071"
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # at once
HASH = HASHER.hash(PASSWORD)
BASIC = frozenset({Feature.TICKET, Feature.HELP_CENTER, Feature.SMS})


def owner(*, time_zone: str = "Asia/Seoul", currency: str = "KRW") -> Member:
    """The organization with its owner `boss`, who reads English."""
    with db.write():
        made = service.setup(
            organization="Neulbom",
            domain="localhost:5000",
            time_zone=time_zone,
            currency=currency,
            locale="en",
            login_id="boss",
            name="Boss Kim",
            email="boss@example.com",
            password_hash=HASH,
        )
        return made


def actor(member: Member) -> Actor:
    return Actor(member.id, member.login_id, member.name, "127.0.0.1")


def member(login_id: str, *, name: str = "", by: Member | None = None) -> Member:
    """An active member with PASSWORD."""
    with db.write() as session:
        made = Member(
            login_id=login_id,
            name=name or login_id.title(),
            email=f"{login_id}@example.com",
            state=MemberState.ACTIVE,
            password_hash=HASH,
            locale="en",
            time_zone="Asia/Seoul",
            created_at=clock.now(),
        )
        session.add(made)
    return made


def basic_info(slug: str, **changes: Any) -> BasicInfo:
    info = BasicInfo(
        ServiceType.CONSULTATION, slug.title(), slug, ["ko", "en"], "Asia/Seoul", Editor.TEXT, {}
    )
    return replace(info, **changes)


def draft_service(boss: Member, slug: str = "mall", **changes: Any) -> Service:
    """A service after step 1."""
    with db.write():
        return organization.add_service(
            basic_info(slug, **changes), key=crypto.token(), actor=actor(boss)
        )


def contracted(
    boss: Member,
    slug: str = "mall",
    *,
    features: frozenset[Feature] = BASIC,
    seats: int = 5,
    sms: int = 0,
    **changes: Any,
) -> Service:
    """A service with a signed contract; features that are not there yet it has from before, the first phone a licence of as many seats."""
    made = draft_service(boss, slug, **changes)
    licence = Licence(seats=seats) if tenant.current() is None else None
    with db.write() as session:
        billing.sign(
            made,
            Terms(features - rules.NOT_YET, seats, {Item.SMS_MESSAGE: sms}),
            licence,
            actor=actor(boss),
        )
        contract = session.get_one(Service, made.id).contract
        assert contract is not None
        contract.values = terms_values(
            Terms(
                features, seats, {Item.SMS_MESSAGE: sms} if sms and Feature.SMS in features else {}
            )
        )
    return made


def agent(boss: Member, of: Service, who: Member, *, manager: bool = False, **rights: Any) -> Agent:
    """An agent in the group `Team`."""
    from occ.identity.queries import groups

    role = AgentRole.MANAGER if manager else AgentRole.AGENT
    with db.write():
        teams = [g.id for g in groups(of.id)]
        return agents.add(
            of,
            who,
            AgentRights(role=role, **rights),
            group_ids=teams,
            new_group="" if teams else "Team",
            actor=actor(boss),
        )
