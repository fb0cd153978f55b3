"""Who is at a help center (HC-4): entries of the organization, a service's choice, visits."""

from datetime import timedelta

import sqlalchemy as sa

from occ.audit import service as audit
from occ.audit.rules import Action, Work
from occ.audit.service import Actor
from occ.core import clock, crypto, kept
from occ.core.db import db
from occ.core.errors import Refused, check_version
from occ.core.i18n import gettext as _
from occ.core.values import phone_number
from occ.customers import service as customers
from occ.customers.models import Membership
from occ.customers.service import Known
from occ.help_center.members import queries, rules
from occ.help_center.members.models import (
    MemberLogin,
    SsoEntry,
    UsedToken,
    Visitor,
    VisitorPass,
)
from occ.help_center.members.rules import Claim, EntryTerms, Method, PassKind
from occ.organization import settings as organization
from occ.organization.models import Organization, Service
from occ.organization.queries import the_organization

# entries


def _free(name: str, besides: int | None = None) -> None:
    """Refuses a name that another entry has; the organization is held, so that it stays free."""
    db.hold(Organization, 1)
    taken = sa.select(SsoEntry.id).where(
        SsoEntry.name == name, SsoEntry.id.is_distinct_from(besides)
    )
    if db.session.scalar(taken) is not None:
        raise Refused(_("“%(name)s” is there already.", name=name), "name")


def _put(row: SsoEntry, terms: EntryTerms) -> None:
    row.name, row.type = terms.name, terms.type
    row.login_url, row.status_url = terms.login_url, terms.status_url
    row.check_url = terms.check_url
    row.told = [
        {"name": name.value, "carrier": carrier.value} for name, carrier in terms.parameters.items()
    ]


def _facts(row: SsoEntry) -> dict[str, str]:
    """What the authority log says of an entry."""
    return {
        "name": row.name,
        "type": row.type.value,
        "login_url": row.login_url,
        "status_url": row.status_url,
        "check_url": row.check_url,
    }


def add_entry(terms: EntryTerms, *, actor: Actor) -> SsoEntry:
    """A customer site; its key is the organization's until it gets one of its own."""
    rules.check_entry(terms)
    _free(terms.name)
    row = SsoEntry(created_at=clock.now())
    _put(row, terms)
    db.session.add(row)
    db.session.flush()
    audit.authority(Action.SSO_ENTRY_ADDED, actor=actor, after=_facts(row))
    return row


def change_entry(row: SsoEntry, terms: EntryTerms, *, version: int, actor: Actor) -> None:
    """Changes an entry. Who signed in by it stays: it is the same site."""
    rules.check_entry(terms)
    _free(terms.name, row.id)
    row = db.lock(SsoEntry, row.id)
    check_version(row, version)
    before = _facts(row)
    _put(row, terms)
    db.session.flush()
    audit.authority(Action.SSO_ENTRY_CHANGED, actor=actor, before=before, after=_facts(row))


def remove_entry(row: SsoEntry, *, actor: Actor) -> None:
    """Removes an entry that no service uses."""
    row = db.lock(SsoEntry, row.id)
    used = queries.users_of([row.id]).get(row.id)
    if used:
        raise Refused(
            _(
                "%(services)s uses this entry. Choose another sign-in there first.",
                services=", ".join(used),
            )
        )
    audit.authority(Action.SSO_ENTRY_REMOVED, actor=actor, before=_facts(row))
    db.session.delete(row)
    db.session.flush()


def change_key(row: SsoEntry, *, actor: Actor) -> None:
    """Gives an entry a key of its own; the one before it stops at once, and whoever signed in by it
    has to sign in again.
    """
    row = db.lock(SsoEntry, row.id)
    row.own_key = crypto.ring().encrypt(f"sso_{crypto.token()}")
    row.key_changed_at = clock.now()
    audit.authority(Action.SSO_KEY_CHANGED, actor=actor, after={"name": row.name})
    services = sa.select(MemberLogin.service_id).where(MemberLogin.entry_id == row.id)
    for service_id in db.session.scalars(services).all():
        _end_all(service_id)


def key_of(row: SsoEntry) -> str:
    """The key that an entry's customer site signs with."""
    if row.own_key:
        return crypto.ring().decrypt(row.own_key)
    return organization.key_of(the_organization())


def shown_key(row: SsoEntry, *, actor: Actor) -> str:
    """The key in clear, to copy; who looked is recorded (LOG-3) before it leaves."""
    audit.work(Work.SSO_KEY_SHOWN, actor=actor, detail={"name": row.name})
    return key_of(row)


# the choice of a service


def choose(
    service: Service,
    *,
    method: Method,
    entry: SsoEntry | None,
    guests: bool,
    return_addresses: list[str],
    version: int,
    actor: Actor,
) -> MemberLogin:
    """How visitors say who they are. Whoever signed in another way has to do so anew."""
    if method is Method.SSO and entry is None:
        raise Refused(_("Choose an entry."), "entry")
    db.hold(Service, service.id)
    if entry is not None:
        entry = db.lock(SsoEntry, entry.id)
    row = db.session.get(MemberLogin, service.id, populate_existing=True)
    before: tuple[Method, int | None] = (Method.NONE, None)
    if row is None:
        row = MemberLogin(service_id=service.id)
        db.session.add(row)
    else:
        check_version(row, version)
        before = (row.method, row.entry_id)
    row.method, row.guests = method, guests
    row.entry_id = entry.id if entry is not None and method is Method.SSO else None
    row.return_addresses = return_addresses
    db.session.flush()
    if before != (row.method, row.entry_id):
        _end_all(service.id)
    audit.authority(
        Action.MEMBER_LOGIN_CHANGED,
        actor=actor,
        service=service,
        before={"type": before[0].value},
        after={"type": method.value, "name": entry.name if entry and row.entry_id else ""},
    )
    kept.changed(service.id)
    return row


def _end_all(service_id: int) -> None:
    """Ends every visit of a service, and what would begin one."""
    for table in (Visitor, VisitorPass):
        db.session.execute(sa.delete(table).where(table.service_id == service_id))


# visits


def _known(claim: Claim, service: Service) -> Known:
    """What a claim says of a member, as it can be stored: what is no address or number is left
    out.
    """
    try:
        phone = phone_number(claim.phone, service.country) if claim.phone.strip() else ""
    except Refused:
        phone = ""
    email = claim.email.strip().lower()
    return Known(
        usercode=claim.usercode,
        name=claim.username.strip()[: rules.NAME_MAX],
        email=email if "@" in email and len(email) <= rules.EMAIL_MAX else "",
        phone=phone,
        number=claim.memberno.strip()[: rules.NUMBER_MAX],
    )


def take(service: Service, claim: Claim) -> Membership | None:
    """The member whom a claim that holds names; None where its token was used before: of two who
    bring it at once one comes in.
    """
    fresh = db.insert_missing(
        UsedToken,
        mark=rules.mark_of(claim),
        service_id=service.id,
        until=clock.now() + rules.KEPT_FOR,
    )
    return customers.member(service.id, _known(claim, service)) if fresh else None


def begin(service_id: int, member: Membership) -> str:
    """Starts a member's visit; returns the token of its cookie."""
    return _begin(service_id, customer_id=member.customer_id, membership_id=member.id)


def _begin(
    service_id: int,
    *,
    customer_id: int | None,
    membership_id: int | None = None,
    email: str = "",
) -> str:
    secret, now = crypto.token(), clock.now()
    db.session.add(
        Visitor(
            service_id=service_id,
            hash=crypto.digest(secret),
            customer_id=customer_id,
            membership_id=membership_id,
            email=email,
            created_at=now,
            expires_at=now + rules.VISIT,
        )
    )
    db.session.flush()
    return secret


def end(service_id: int, token: str) -> None:
    """Ends a visit."""
    db.session.execute(
        sa.delete(Visitor).where(
            Visitor.hash == crypto.digest(token), Visitor.service_id == service_id
        )
    )


def _pass(service_id: int, kind: PassKind, life: timedelta, **of: object) -> str:
    secret, now = crypto.token(), clock.now()
    db.session.add(
        VisitorPass(
            service_id=service_id,
            kind=kind,
            hash=crypto.digest(secret),
            created_at=now,
            expires_at=now + life,
            **of,
        )
    )
    db.session.flush()
    return secret


def give_pass(service_id: int, member: Membership, back: str = "") -> str:
    """A secret for which a browser gets the member's visit once, within three minutes."""
    return _pass(
        service_id, PassKind.MEMBER, rules.PASS_FOR, membership_id=member.id, back=back[:500]
    )


def _used(service_id: int, secret: str, kind: PassKind) -> VisitorPass | None:
    """A pass, which is used up by this: of two who bring it at once one has it."""
    found = queries.pass_of(service_id, secret, kind)
    if found is None or not db.changed(sa.delete(VisitorPass).where(VisitorPass.id == found.id)):
        return None
    return found


def enter(service_id: int, secret: str) -> tuple[str, str] | None:
    """(the token of a visit, where to go) for a member's pass; None where it was used or is too
    old.
    """
    found = _used(service_id, secret, PassKind.MEMBER)
    if found is None or found.membership is None:
        return None
    return begin(service_id, found.membership), found.back


def give_link(service: Service, email: str, *, back: str) -> str:
    """The secret of a link by which whoever reads an address comes in (HC-4); '' where it was sent
    several already.
    """
    db.hold(Service, service.id)
    if queries.links_to(service.id, email) >= rules.LINKS_MOST:
        return ""
    return _pass(service.id, PassKind.EMAIL, rules.LINK_FOR, email=email, back=back[:500])


def confirm(service_id: int, secret: str) -> tuple[str, str] | None:
    """(the token of a visit, where to go) for a link from a mail; None where it was used or is too
    old. An address nobody has makes a customer; one that leads to a member of this service shows
    nothing of them (CUS-1).
    """
    found = _used(service_id, secret, PassKind.EMAIL)
    if found is None:
        return None
    person, is_member = queries.customer_of(service_id, found.email)
    if person is None:
        person = customers.found_or_made(name="", phone="", email=found.email)
    ident = person.id if person is not None and not is_member else None
    return _begin(service_id, customer_id=ident, email=found.email), found.back
