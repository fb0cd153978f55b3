"""Writes of members and organization admins.

Every function runs inside the caller's write transaction.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from occ.audit import service as audit
from occ.audit.rules import Action, SessionEnd
from occ.audit.service import Actor
from occ.core import clock, crypto, events
from occ.core.db import db
from occ.core.errors import Conflict, Refused, check_version
from occ.core.i18n import force_locale
from occ.core.i18n import gettext as _
from occ.delivery import service as delivery
from occ.identity import agents, queries, rules, sessions
from occ.identity.events import AgentRemoved, OrgAdminChanged
from occ.identity.models import AccessRange, Agent, Member, MemberToken
from occ.identity.rules import MemberState, TokenKind
from occ.organization import settings as organization_settings
from occ.organization.models import Organization
from occ.organization.queries import the_organization


def setup(
    *,
    organization: str,
    domain: str,
    time_zone: str,
    currency: str,
    locale: str,
    login_id: str,
    name: str,
    email: str,
    password_hash: str,
) -> Member:
    """First run: the organization and its owner (MEM-1). Refused once somebody exists."""
    if queries.any_member() or db.session.get(Organization, 1) is not None:
        raise Conflict(_("OCC is set up already. Sign in."))
    organization_settings.create(
        name=organization, domain=domain, time_zone=time_zone, locale=locale, currency=currency
    )
    owner = Member(
        login_id=rules.check_login_id(login_id),
        name=name,
        email=email,
        state=MemberState.ACTIVE,
        is_org_admin=True,
        password_hash=password_hash,
        locale=locale,
        time_zone=time_zone,
        created_at=clock.now(),
    )
    db.session.add(owner)
    db.session.flush()
    audit.authority(Action.ORG_ADMIN_ADDED, actor=audit.SYSTEM, target=owner)
    return owner


def _issue(member: Member, kind: TokenKind, life: timedelta) -> str:
    """A new one-time link's secret; older ones of the kind stop working."""
    now = clock.now()
    db.session.execute(
        sa.update(MemberToken)
        .where(
            MemberToken.member_id == member.id,
            MemberToken.kind == kind,
            MemberToken.used_at.is_(None),
        )
        .values(used_at=now)
    )
    secret = crypto.token()
    db.session.add(
        MemberToken(
            member_id=member.id,
            kind=kind,
            hash=crypto.digest(secret),
            created_at=now,
            expires_at=now + life,
        )
    )
    return secret


def _send_invite(member: Member) -> None:
    org = the_organization()
    link = f"{org.url}/invite/{_issue(member, TokenKind.INVITE, rules.INVITE_FOR)}"
    with force_locale(member.locale or org.locale):
        delivery.send_mail(
            to=member.email,
            subject=_("[%(organization)s] Your invitation to OCC", organization=org.name),
            body=_(
                "Hello %(name)s,\n\n%(organization)s has invited you to its "
                "contact-center console.\n"
                "Your ID is %(login_id)s. Set your password here within 72 hours:\n\n%(link)s\n",
                name=member.name,
                organization=org.name,
                login_id=member.login_id,
                link=link,
            ),
        )


def check_free_id(login_id: str) -> str:
    """A new member's ID as it is stored; raises Refused where it may not be or was used before."""
    login_id = rules.check_login_id(login_id)
    if db.session.scalar(sa.select(Member.id).where(Member.login_id == login_id)) is not None:
        raise Refused(
            _("The ID “%(id)s” is taken. An ID is never used again.", id=login_id), "login_id"
        )
    return login_id


def check_free_email(email: str, *, of: int | None = None) -> None:
    """Raises Refused where a member other than `of` has the address."""
    taken = sa.select(Member.id).where(
        Member.email == email, Member.state != MemberState.REMOVED, Member.id.is_distinct_from(of)
    )
    if db.session.scalar(taken) is not None:
        raise Refused(_("A member has this e-mail already. Enter another one."), "email")


def invite(*, name: str, login_id: str, email: str, phone: str, actor: Actor) -> Member:
    """Adds a member and mails the link to set a password (MEM-2)."""
    db.lock(Organization, 1)
    login_id = check_free_id(login_id)
    check_free_email(email)
    member = Member(
        login_id=login_id,
        name=name,
        email=email,
        phone=phone,
        state=MemberState.INVITED,
        created_at=clock.now(),
    )
    db.session.add(member)
    db.session.flush()
    audit.authority(Action.MEMBER_INVITED, actor=actor, target=member, after={"email": email})
    _send_invite(member)
    return member


def resend_invite(member: Member) -> None:
    """Mails a new link; the old one stops working."""
    member = db.lock(Member, member.id)
    if member.state is not MemberState.INVITED:
        raise Refused(_("%(name)s has set a password already.", name=member.name))
    _send_invite(member)


def edit(member: Member, *, name: str, email: str, phone: str, version: int, actor: Actor) -> None:
    """Changes name, e-mail and phone (MEM-2); links that went to an old address stop working."""
    db.lock(Organization, 1)
    member = db.lock(Member, member.id)
    check_version(member, version)
    check_free_email(email, of=member.id)
    before = {"name": member.name, "email": member.email, "phone": member.phone}
    after = {"name": name, "email": email, "phone": phone}
    changed = [key for key in after if before[key] != after[key]]
    if changed:
        audit.authority(
            Action.MEMBER_CHANGED,
            actor=actor,
            target=member,
            before={key: before[key] for key in changed},
            after={key: after[key] for key in changed},
        )
    if email != member.email:
        _void_links(member)
    member.name, member.email, member.phone = name, email, phone


def _keep_one_admin(member: Member) -> None:
    """The last organization admin who can sign in stays (MEM-3)."""
    db.lock(Organization, 1)
    others = sa.select(Member.id).where(
        Member.is_org_admin, Member.state == MemberState.ACTIVE, Member.id != member.id
    )
    if member.is_org_admin and db.session.scalar(others.limit(1)) is None:
        raise Refused(_("The last organization admin cannot be removed. Add another one first."))


def set_active(member: Member, *, active: bool, actor: Actor) -> bool:
    """Deactivates (ends the session) or activates again. False when it was so already."""
    member = db.lock(Member, member.id)
    target = MemberState.ACTIVE if active else MemberState.INACTIVE
    if member.state is target:
        return False
    if member.state is MemberState.REMOVED:
        raise Refused(_("This member was removed."))
    if not active:
        _keep_one_admin(member)
        sessions.end(member.id, SessionEnd.REVOKED)
    elif not member.password_hash:
        target = MemberState.INVITED
    member.state = target
    action = Action.MEMBER_ACTIVATED if active else Action.MEMBER_DEACTIVATED
    audit.authority(action, actor=actor, target=member)
    return True


def remove(member: Member, *, actor: Actor) -> None:
    """Removes a member or takes an invitation back; history keeps the name (MEM-2)."""
    member = db.lock(Member, member.id)
    if member.state is MemberState.REMOVED:
        return
    _keep_one_admin(member)
    invited = member.state is MemberState.INVITED and member.password_hash is None
    for agent in db.session.scalars(
        sa.select(Agent).where(Agent.member_id == member.id, Agent.removed_at.is_(None))
    ).all():
        agents.record(Action.AGENT_REMOVED, agent, agent.rights, agent.rights, actor=actor)
        agent.removed_at = clock.now()
        agent.groups = []
        events.emit(AgentRemoved(agent, actor))
    sessions.end(member.id, SessionEnd.REVOKED)
    _void_links(member)
    if member.is_org_admin:
        audit.authority(Action.ORG_ADMIN_REMOVED, actor=actor, target=member)
    member.state, member.is_org_admin, member.password_hash = MemberState.REMOVED, False, None
    action = Action.INVITE_REVOKED if invited else Action.MEMBER_REMOVED
    audit.authority(action, actor=actor, target=member)


def set_org_admin(member: Member, *, on: bool, actor: Actor) -> bool:
    """Adds or removes an organization admin (MEM-3). False when it was so already."""
    member = db.lock(Member, member.id)
    if member.state not in queries.LISTED:
        raise Refused(_("This member was removed."))
    if member.is_org_admin is on:
        return False
    if not on:
        _keep_one_admin(member)
    member.is_org_admin = on
    audit.authority(
        Action.ORG_ADMIN_ADDED if on else Action.ORG_ADMIN_REMOVED, actor=actor, target=member
    )
    events.emit(OrgAdminChanged(member, on, actor))
    return True


def _void_links(member: Member) -> None:
    """Every one-time link of the member stops working."""
    unused = sa.update(MemberToken).where(
        MemberToken.member_id == member.id, MemberToken.used_at.is_(None)
    )
    db.session.execute(unused.values(used_at=clock.now()))


def request_reset(who: str) -> None:
    """Mails a reset link to whoever has this ID or e-mail; says nothing of
    whether somebody has (MEM-2).
    """
    found = (
        queries.members_by_email(who)
        if "@" in who
        else [m for m in [queries.member_by_login(who)] if m]
    )
    now = clock.now()
    for member in found:
        if member.state is not MemberState.ACTIVE:
            continue
        recent = (
            sa.select(sa.func.count())
            .select_from(MemberToken)
            .where(
                MemberToken.member_id == member.id,
                MemberToken.kind == TokenKind.RESET,
                MemberToken.created_at > now - timedelta(hours=1),
            )
        )
        if (db.session.scalar(recent) or 0) >= rules.RESETS_AN_HOUR:
            continue
        org = the_organization()
        link = f"{org.url}/reset/{_issue(member, TokenKind.RESET, rules.RESET_FOR)}"
        with force_locale(member.locale or org.locale):
            delivery.send_mail(
                to=member.email,
                subject=_("[%(organization)s] Set a new password", organization=org.name),
                body=_(
                    "Hello %(name)s,\n\nsomebody asked for a new password for your ID "
                    "%(login_id)s.\n"
                    "Set it here within one hour. If it was not you, do nothing.\n\n%(link)s\n",
                    name=member.name,
                    login_id=member.login_id,
                    link=link,
                ),
            )


def token_member(secret: str, kind: TokenKind, *, at: datetime) -> Member | None:
    """Whose one-time link this is; None when it was used, has expired or was tampered with."""
    token = db.session.scalar(
        sa.select(MemberToken).where(
            MemberToken.hash == crypto.digest(secret), MemberToken.kind == kind
        )
    )
    if token is None or token.used_at is not None or token.expires_at <= at:
        return None
    return queries.member(token.member_id)


def use_token(secret: str, kind: TokenKind, *, password_hash: str) -> Member:
    """Consumes a one-time link and sets the password; every session of the member ends."""
    now = clock.now()
    consumed = db.session.execute(
        sa.update(MemberToken)
        .where(
            MemberToken.hash == crypto.digest(secret),
            MemberToken.kind == kind,
            MemberToken.used_at.is_(None),
            MemberToken.expires_at > now,
        )
        .values(used_at=now)
        .returning(MemberToken.member_id)
    ).scalar_one_or_none()
    member: Member | None = db.lock(Member, consumed) if consumed else None
    if member is None or member.state in (MemberState.REMOVED, MemberState.INACTIVE):
        raise Refused(_("This link was used, has expired, or is not complete. Ask for a new one."))
    set_password(member, password_hash)
    if member.state is MemberState.INVITED:
        member.state = MemberState.ACTIVE
    return member


def set_password(member: Member, password_hash: str, *, keep_session: bool = False) -> None:
    """Stores a new password; other browsers are signed out."""
    member.password_hash, member.failures, member.locked_until = password_hash, 0, None
    _void_links(member)
    if not keep_session:
        sessions.end(member.id, SessionEnd.REVOKED)


def save_access(ranges: list[tuple[str, str]], *, own_ip: str, actor: Actor) -> None:
    """Replaces the allowed addresses (ACC-1); refused when it would shut out whoever makes it."""
    db.lock(Organization, 1)
    wanted = {rules.network(cidr): note for cidr, note in ranges}
    if not rules.address_allowed(own_ip, list(wanted)):
        raise Refused(
            _(
                "Your own address %(ip)s is not in the list; you would shut yourself out.",
                ip=own_ip,
            ),
            "ranges",
        )
    before = [row.cidr for row in queries.access_ranges()]
    db.session.execute(sa.delete(AccessRange))
    db.session.add_all(AccessRange(cidr=cidr, note=note) for cidr, note in wanted.items())
    if before != list(wanted):
        audit.authority(
            Action.ACCESS_CHANGED,
            actor=actor,
            before={"ranges": before},
            after={"ranges": list(wanted)},
        )


def clear_access() -> int:
    """`occ access clear`: lifts every limit; returns how many ranges there were."""
    before = [row.cidr for row in queries.access_ranges()]
    db.session.execute(sa.delete(AccessRange))
    if before:
        audit.authority(
            Action.ACCESS_CHANGED,
            actor=audit.SYSTEM,
            before={"ranges": before},
            after={"ranges": []},
        )
    return len(before)
