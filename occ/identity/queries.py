"""Reads."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, lazyload

from occ.core import clock, crypto, live, paging
from occ.core.db import UTCDateTime, db
from occ.identity.models import AccessRange, Agent, Group, LoginSession, Member, MemberToken
from occ.identity.rules import MemberState, TokenKind
from occ.organization.models import Organization, Service
from occ.organization.queries import hold_organization
from occ.organization.rules import ServiceState

NOT_IN_USE = (ServiceState.UNUSED, ServiceState.TERMINATED, ServiceState.ERASED)
LISTED = (MemberState.INVITED, MemberState.ACTIVE, MemberState.INACTIVE)


def any_member() -> bool:
    return db.session.scalar(sa.select(Member.id).limit(1)) is not None


def member(ident: int) -> Member | None:
    """A member who was not removed."""
    found = db.session.get(Member, ident)
    return found if found and found.state in LISTED else None


def member_by_login(login_id: str) -> Member | None:
    return db.session.scalar(
        sa.select(Member).where(
            Member.login_id == login_id.strip().lower(), Member.state.in_(LISTED)
        )
    )


def members_by_email(email: str) -> Sequence[Member]:
    found = sa.select(Member).where(
        Member.email == email.strip().lower(), Member.state == MemberState.ACTIVE
    )
    return db.session.scalars(found.order_by(Member.id)).all()


def _named(text: str) -> sa.ColumnElement[bool]:
    return sa.or_(
        *(paging.like(column, text) for column in (Member.name, Member.login_id, Member.email))
    )


MEMBER_ORDERS = {"name": (Member.name, Member.id), "login_id": (Member.login_id, Member.id)}


def member_list(
    *,
    text: str,
    state: MemberState | None,
    order: tuple[str, bool],
    after: str,
    before: str,
    size: int,
) -> paging.Page:
    """Members in an order of MEMBER_ORDERS, filtered by part of name, ID or e-mail and by state."""
    query = sa.select(Member).where(
        Member.state == state if state else Member.state != MemberState.REMOVED
    )
    if text:
        query = query.where(_named(text))
    return paging.page(
        query,
        keys=MEMBER_ORDERS[order[0]],
        descending=order[1],
        after=after,
        before=before,
        size=size,
    )


def find_members(text: str, *, org_admins: bool | None = None, limit: int = 20) -> Sequence[Member]:
    """Active and invited members by part of name, ID or e-mail, for pickers."""
    query = sa.select(Member).where(
        Member.state.in_((MemberState.ACTIVE, MemberState.INVITED)), _named(text)
    )
    if org_admins is not None:
        query = query.where(Member.is_org_admin.is_(org_admins))
    return db.session.scalars(query.order_by(Member.name, Member.id).limit(limit)).all()


def org_admins() -> Sequence[Member]:
    query = sa.select(Member).where(Member.is_org_admin, Member.state.in_(LISTED))
    return db.session.scalars(query.order_by(Member.name, Member.id)).all()


def session_of(member_id: int) -> LoginSession | None:
    return db.session.scalar(sa.select(LoginSession).where(LoginSession.member_id == member_id))


def sessions_before(*, seen: datetime, created: datetime) -> Sequence[int]:
    """Members of sessions last seen, or created, before the given instants."""
    query = sa.select(LoginSession.member_id).where(
        sa.or_(LoginSession.last_seen < seen, LoginSession.created_at < created)
    )
    return db.session.scalars(query).all()


def seen_since(when: datetime) -> set[int]:
    """Members who were at the console since an instant."""
    return set(
        db.session.scalars(sa.select(LoginSession.member_id).where(LoginSession.last_seen >= when))
    )


def agents_of(member_id: int) -> Sequence[Agent]:
    """A member's roles with their services, by service name; groups and languages are left out."""
    lean = (lazyload(Agent.groups), lazyload(Agent.member), joinedload(Agent.service))
    query = (
        sa.select(Agent)
        .options(*lean)
        .where(Agent.member_id == member_id, Agent.removed_at.is_(None))
    )
    return sorted(
        db.session.scalars(query).unique(), key=lambda agent: (agent.service.name, agent.service.id)
    )


_here = aliased(Service, name="here")
# Every request asks this, so it is built once.
_SESSION = (
    sa.select(
        LoginSession.id.label("session_id"),
        LoginSession.last_seen,
        LoginSession.created_at,
        Member.id,
        Member.login_id,
        Member.name,
        Member.is_org_admin,
        Member.locale,
        Member.time_zone,
        Member.theme,
        Member.density,
        Member.shortcuts,
        Member.notices,
        Member.totp_secret.is_not(None).label("has_totp"),
        Organization,
        Agent.role,
        Agent.ticket,
        Agent.chat,
        Agent.phone,
        Agent.view_logs,
        Agent.assign_callbacks,
        Agent.transfer,
        Service.id.label("service_id"),
        Service.slug,
        Service.name.label("service_name"),
        Service.type,
        Service.state,
        Service.banner,
        _here,
    )
    .join(Member, Member.id == LoginSession.member_id)
    .outerjoin(Organization, sa.true())  # the one there is: every page needs it
    .outerjoin(Agent, sa.and_(Agent.member_id == Member.id, Agent.removed_at.is_(None)))
    .outerjoin(Service, sa.and_(Service.id == Agent.service_id, Service.state.not_in(NOT_IN_USE)))
    .outerjoin(_here, sa.and_(_here.id == Service.id, _here.slug == sa.bindparam("slug")))
    .where(LoginSession.hash == sa.bindparam("hash"), Member.state == MemberState.ACTIVE)
    .order_by(Service.name, Service.id)
)
_NAMES = sa.select(Member.id, Member.name).where(
    Member.id.in_(sa.bindparam("members", expanding=True))
)


def session_by_token(token: str, slug: str) -> Sequence[Any]:
    """The session of a cookie's token with its active member and the Organization: a row for each
    role with its rights and the service's id, slug, name, type, state and banner, by service name;
    `here` is the Service that the slug names, in the row of the role in it.

    A row without a service stands for no role, no row for no session.
    """
    rows = db.session.execute(_SESSION, {"hash": crypto.digest(token), "slug": slug}).all()
    if rows:
        hold_organization(rows[0].Organization)
    return rows


@cache
def _live_session(scopes: tuple[str, ...], also: tuple[Any, ...]) -> live.Probe:
    member = sa.cast(LoginSession.member_id, sa.String)
    own = ("rights", *scopes)
    names = [
        scope.removesuffix("*") if scope.endswith("*") else sa.literal(f"{scope}:") + member
        for scope in ("shared*", *own)
    ]
    found = sa.select(LoginSession.member_id, *(live.version(name) for name in names), *also)
    return live.Probe(
        found.join(Member, Member.id == LoginSession.member_id).where(
            LoginSession.hash == sa.bindparam("hash"),
            Member.state == MemberState.ACTIVE,
            LoginSession.last_seen > sa.bindparam("idle", type_=UTCDateTime()),
            LoginSession.created_at > sa.bindparam("oldest", type_=UTCDateTime()),
        )
    )


def live_session(
    token: str, scopes: tuple[str, ...], also: tuple[Any, ...], *, idle: datetime, oldest: datetime
) -> Any:
    """(member id, versions of shared facts, of the member's rights and of the scopes, and `also`)
    of a session that is alive.
    """
    return _live_session(scopes, also).first(
        hash=crypto.digest(token), idle=idle, oldest=oldest, now=clock.now()
    )


def agent(service_id: int, ident: int) -> Agent | None:
    """An agent of this service; another service's is not found."""
    query = sa.select(Agent).where(
        Agent.id == ident, Agent.service_id == service_id, Agent.removed_at.is_(None)
    )
    return db.session.scalar(query)


def agent_of(service_id: int, member_id: int) -> Agent | None:
    query = sa.select(Agent).where(
        Agent.member_id == member_id, Agent.service_id == service_id, Agent.removed_at.is_(None)
    )
    return db.session.scalar(query)


_TAKES = (
    sa.select(Agent.ticket_assignment, Agent.ticket, Agent.phone)
    .where(
        Agent.member_id == sa.bindparam("member_id"),
        Agent.service_id == sa.bindparam("service_id"),
        Agent.removed_at.is_(None),
    )
    .with_for_update()
)


def takes_tickets(service_id: int, member_id: int) -> bool:
    """Whether tickets can be given to a member (TKT-3); locked, so that nobody takes the role away
    before the transaction ends.
    """
    row = db.session.execute(_TAKES, {"service_id": service_id, "member_id": member_id}).first()
    return row is not None and row.ticket_assignment and (row.ticket or row.phone)


def agent_list(
    service_id: int, *, text: str, group_id: int | None, after: str, before: str, size: int
) -> paging.Page:
    """Agents of a service in the order in which they were added."""
    query = (
        sa.select(Agent)
        .join(Agent.member)
        .where(Agent.service_id == service_id, Agent.removed_at.is_(None))
    )
    if text:
        query = query.where(_named(text))
    if group_id:
        query = query.where(Agent.groups.any(Group.id == group_id))
    return paging.page(
        query, keys=(Agent.id,), descending=False, after=after, before=before, size=size
    )


def all_agents(service_id: int) -> Sequence[Agent]:
    query = (
        sa.select(Agent)
        .join(Agent.member)
        .where(Agent.service_id == service_id, Agent.removed_at.is_(None))
    )
    return db.session.scalars(query.order_by(Member.name, Agent.id)).all()


def groups(service_id: int) -> Sequence[Group]:
    return db.session.scalars(
        sa.select(Group).where(Group.service_id == service_id).order_by(Group.name)
    ).all()


# Callback lists are polled, so what their filters offer is built once.
_GROUP_CHOICES = sa.select(Group.id, Group.name).where(
    Group.service_id == sa.bindparam("service_id")
)
_CHOICES: Any = sa.union_all(
    sa.select(
        Agent.role, Agent.member_id.label("id"), Member.name, Agent.phone, Agent.assign_callbacks
    )
    .join(Agent.member)
    .where(Agent.service_id == sa.bindparam("service_id"), Agent.removed_at.is_(None)),
    _GROUP_CHOICES.with_only_columns(sa.null(), Group.id, Group.name, sa.false(), sa.false()),
).order_by("name", "id")


def group_choices(service_id: int) -> Sequence[Any]:
    """(id, name) of a service's groups, by name."""
    return db.session.execute(_GROUP_CHOICES.order_by(Group.name), {"service_id": service_id}).all()


def people_choices(service_id: int) -> tuple[Sequence[Any], Sequence[Any]]:
    """A service's agents (role, member's id, name, phone, assign_callbacks) and
    its groups (id, name), by name.
    """
    rows = db.session.execute(_CHOICES, {"service_id": service_id}).all()
    return [row for row in rows if row.role], [row for row in rows if not row.role]


def group(service_id: int, ident: int) -> Group | None:
    return db.session.scalar(
        sa.select(Group).where(Group.id == ident, Group.service_id == service_id)
    )


def seats_used(service_ids: Sequence[int] | None = None) -> dict[int, int]:
    """How many seats are taken, by service; without ids of all services in use."""
    query = (
        sa.select(Agent.service_id, sa.func.count())
        .where(Agent.removed_at.is_(None))
        .group_by(Agent.service_id)
    )
    if service_ids is not None:
        query = query.where(Agent.service_id.in_(service_ids))
    else:
        query = query.join(Agent.service).where(Service.state.not_in(NOT_IN_USE))
    return dict(db.session.execute(query).tuples().all())


def invites(member_ids: Sequence[int]) -> dict[int, datetime]:
    """When the open invitation of each member ends."""
    query = sa.select(MemberToken.member_id, sa.func.max(MemberToken.expires_at)).where(
        MemberToken.member_id.in_(member_ids),
        MemberToken.kind == TokenKind.INVITE,
        MemberToken.used_at.is_(None),
    )
    return dict(db.session.execute(query.group_by(MemberToken.member_id)).tuples().all())


def access_ranges() -> Sequence[AccessRange]:
    return db.session.scalars(sa.select(AccessRange).order_by(AccessRange.id)).all()


def agent_members(text: str, *, after: str, before: str, size: int) -> paging.Page:
    """Members who are an agent of some service, by name."""
    query = sa.select(Member).where(
        Member.agents.any(Agent.removed_at.is_(None)), Member.state.in_(LISTED)
    )
    if text:
        query = query.where(_named(text))
    return paging.page(
        query, keys=MEMBER_ORDERS["name"], descending=False, after=after, before=before, size=size
    )


def roles_of(member_ids: Sequence[int]) -> dict[int, list[Agent]]:
    """Roles with their services by member, by service name."""
    lean = (lazyload(Agent.groups), lazyload(Agent.member), joinedload(Agent.service))
    query = (
        sa.select(Agent)
        .options(*lean)
        .where(Agent.member_id.in_(member_ids), Agent.removed_at.is_(None))
    )
    found: dict[int, list[Agent]] = {}
    for agent in sorted(
        db.session.scalars(query).unique(), key=lambda a: (a.service.name, a.service.id)
    ):
        found.setdefault(agent.member_id, []).append(agent)
    return found


def names(member_ids: Sequence[int]) -> dict[int, str]:
    """Names by member, also of removed ones: history keeps them."""
    if not member_ids:
        return {}
    return dict(db.session.execute(_NAMES, {"members": list(set(member_ids))}).tuples().all())
