"""Who makes this request: from the cookie's token to a principal, which is Flask-Login's user
(core.access takes it from there, core.i18n asks here).
"""

from typing import Any, NamedTuple

from flask import Request, g, session

from occ.core import access, clock, jobs
from occ.core.access import Principal, Rights
from occ.identity import queries, rules, sessions
from occ.identity.rules import AgentRole
from occ.organization.models import Service
from occ.organization.queries import organization, service_by_slug
from occ.organization.rules import ServiceState, ServiceType


class ServiceSeen(NamedTuple):
    """What every page knows of a service that somebody has a role in."""

    id: int
    slug: str
    name: str
    type: ServiceType
    state: ServiceState
    banner: str | None


def principal(request: Request) -> Principal | None:
    """The signed-in member of this request, None when the session ended, the
    member left or nobody is there. The service of the address is read with them.
    """
    token, slug = session.get("token"), (request.view_args or {}).get("slug", "")
    rows = queries.session_by_token(token, slug.lower()) if token else ()
    if not rows or not sessions.is_alive(rows[0]):
        return None
    g.service_here = next((row.here for row in rows if row.here), None)
    row = rows[0]
    org = row.Organization
    rights = {
        role.service_id: Rights(
            ServiceSeen(
                role.service_id,
                role.slug,
                role.service_name,
                role.type,
                role.state,
                role.banner,
            ),
            role.role is AgentRole.MANAGER,
            role.ticket,
            role.chat,
            role.phone,
            role.view_logs,
            role.assign_callbacks,
            role.transfer,
        )
        for role in rows
        if role.service_id is not None
    }
    return Principal(
        member_id=row.id,
        session_id=row.session_id,
        login_id=row.login_id,
        name=row.name,
        is_org_admin=row.is_org_admin,
        signed_in_at=row.created_at,
        locale=row.locale or (org.locale if org else None),
        time_zone=row.time_zone or (org.zone(clock.now()) if org else None),
        theme=row.theme.value,
        density=row.density.value,
        shortcuts=row.shortcuts,
        notices=row.notices,
        must_set_totp=bool(org and org.totp_for_admins and row.is_org_admin and not row.has_totp),
        rights=rights,
    )


def visible_service(slug: str, viewer: Principal) -> Service | None:
    """A service the viewer has a role in, or may staff as an organization
    admin; others are not found.
    """
    here = g.get("service_here")
    service = here if here and here.slug == slug.lower() else service_by_slug(slug)
    if service is None or service.state not in (ServiceState.ACTIVE, ServiceState.SUSPENDED):
        return None
    return service if viewer.is_org_admin or service.id in viewer.rights else None


def is_suspended(service: Any) -> bool:
    return bool(service.state is ServiceState.SUSPENDED)


def address_allowed(ip: str) -> bool:
    """ACC-1."""
    return rules.address_allowed(ip, [row.cidr for row in queries.access_ranges()])


def live_facts(*scopes: str, also: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
    """What a poll's ETag is made of, in one statement: the session is alive, the member's rights,
    and the scopes' numbers.

    A scope of the member (`phone`) stands for `phone:<member id>`, one that ends with `*` for
    itself without the star. `also` are constant scalar subqueries of the caller; a bind named `now`
    in them is filled in. The address comes last.
    """
    token = session.get("token")
    if not token:
        return None
    idle, oldest = sessions.oldest_alive()
    row = queries.live_session(token, scopes, also, idle=idle, oldest=oldest)
    return (*row, access.client_ip()) if row else None


def locale() -> str | None:
    viewer = access.current()
    return viewer.locale if viewer else None


def time_zone() -> str | None:
    """The viewer's zone, else the organization's."""
    viewer = access.current()
    if viewer:
        return viewer.time_zone
    org = organization()
    return org.zone(clock.now()) if org else None


def country() -> str | None:
    """The country of the service in the address, else the organization's."""
    found = g.get("service") or organization()
    return found.country if found else None


def has_expired() -> bool:
    return bool(sessions.expired())


def sweep() -> str | None:
    """Ends idle and old sessions."""
    ended = jobs.one_by_one(sessions.expired(), sessions.expire)
    return f"{ended}" if ended else None
