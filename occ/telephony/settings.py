"""Writes of the organization's telephony settings and CTI data (CTI-1, CTI-2), and of
an agent's own (CTI-4, CTI-8).
"""

import re
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from occ.ars import queries as ars
from occ.audit import service as audit
from occ.audit.rules import Action
from occ.audit.service import Actor
from occ.core import clock, phones
from occ.core.db import db
from occ.core.errors import Refused, check_version
from occ.core.i18n import gettext as _
from occ.core.live import touch
from occ.identity.models import Member
from occ.organization.models import Organization
from occ.organization.queries import the_organization
from occ.telephony import queries
from occ.telephony.dialing import dialed
from occ.telephony.models import CtiAgent, CtiSettings, Favourite, SimulatorLoad
from occ.telephony.rules.calls import NOTES_MAX, CtiVersion
from occ.tenant import queries as tenant
from occ.tenant.rules import TenantState

FAVOURITES = 50
LATE = timedelta(minutes=1)
CTI_ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,19}")
CTI_NUMBER = re.compile(r"[0-9]{3,6}")
FIRST_NUMBER = 2001


def ensure() -> CtiSettings:
    """The organization's telephony, filled from set-up when the first service contracts phone."""
    found = queries.settings()
    if found is None:
        org: Organization = db.lock(Organization, 1)
        found = queries.settings() or CtiSettings(
            id=1, version_name=CtiVersion.MOBILE, tenant_id=org.code, tenant_name=org.name[:50]
        )
        db.session.add(found)
    return found


def save(values: dict[str, Any], *, version: int, actor: Actor) -> None:
    """Changes the CTI settings (CTI-1)."""
    row: CtiSettings = db.lock(CtiSettings, 1)
    check_version(row, version)
    if values["version_name"] is not CtiVersion.MOBILE:
        raise Refused(_("IPCC needs a phone system that is not configured here."), "version_name")
    before = {name: _plain(getattr(row, name)) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    after = {name: _plain(value) for name, value in values.items()}
    changed = [name for name in values if before[name] != after[name]]
    if changed:
        audit.authority(
            Action.CTI_CHANGED,
            actor=actor,
            before={n: before[n] for n in changed},
            after={n: after[n] for n in changed},
        )
        touch("wall")  # figures are counted by the service level


def _plain(value: Any) -> Any:
    return getattr(value, "value", value)


def proposed(member: Member) -> tuple[str, str]:
    """(CTI ID, CTI number) that nobody has had: the login ID and the next free extension
    (ARS-9).
    """
    taken = {row[0] for row in db.session.execute(sa.select(CtiAgent.cti_id))}
    base = re.sub(r"[^a-z0-9._-]", "", member.login_id)[:16] or "agent"
    ident = next(
        c
        for c in (base, *(f"{base}{n}" for n in range(2, 10_000)))
        if c not in taken and CTI_ID.fullmatch(c)
    )
    numbers = {
        row[0]
        for row in db.session.execute(
            sa.select(CtiAgent.number).where(CtiAgent.number.is_not(None))
        )
    }
    return ident, next(str(n) for n in range(FIRST_NUMBER, 999_999) if str(n) not in numbers)


def save_agent(member: Member, *, cti_id: str, number: str, actor: Actor) -> CtiAgent:
    """Gives or changes a member's CTI ID and number; both are unique, an ID is never given to
    somebody else (CTI-2).
    """
    db.lock(CtiSettings, 1)
    cti_id = cti_id.lower()
    if not CTI_ID.fullmatch(cti_id):
        raise Refused(_("Use 2 to 20 letters, digits, dots or dashes."), "cti_id")
    if not CTI_NUMBER.fullmatch(number):
        raise Refused(_("Use 3 to 6 digits."), "number")
    if phones.is_emergency(number, the_organization().country):
        raise Refused(
            _("%(number)s is an emergency number. Choose another one.", number=number), "number"
        )
    if (
        db.session.scalar(
            sa.select(CtiAgent.id).where(CtiAgent.cti_id == cti_id, CtiAgent.member_id != member.id)
        )
        is not None
    ):
        raise Refused(_("Somebody else has or had the CTI ID “%(id)s”.", id=cti_id), "cti_id")
    if (
        db.session.scalar(
            sa.select(CtiAgent.id).where(CtiAgent.number == number, CtiAgent.member_id != member.id)
        )
        is not None
    ):
        raise Refused(_("Somebody else has the number %(number)s.", number=number), "number")
    row = queries.cti_agent(member.id)
    if row is None and seats_left() < 1:
        raise Refused(
            _(
                "All licence seats are taken. Change the phone contract, or remove "
                "somebody else's CTI data."
            )
        )
    before = {"cti_id": row.cti_id, "number": row.number} if row else {}
    if row is not None and row.cti_id != cti_id:
        if queries.session_of(member.id) is not None:
            raise Refused(
                _(
                    "%(name)s is logged in to CTI. Change the ID after the logout.",
                    name=member.name,
                ),
                "cti_id",
            )
        row.removed_at, row.number = clock.now(), None
        db.session.flush()
        row = None
    if row is None:
        row = db.session.scalar(sa.select(CtiAgent).where(CtiAgent.cti_id == cti_id))
        row = row or CtiAgent(member_id=member.id, cti_id=cti_id, popup=True)
        row.removed_at = None
        db.session.add(row)
    row.number = number
    db.session.flush()
    if before != {"cti_id": cti_id, "number": number}:
        audit.authority(
            Action.CTI_AGENT,
            actor=actor,
            target=member,
            before=before,
            after={"cti_id": cti_id, "number": number},
        )
    return row


def seats_left() -> int:
    """How many more members can have CTI data (ARS-9: the phone contract's seats limit them)."""
    contract = tenant.current()
    licensed = (
        contract.licence.seats if contract and contract.state is not TenantState.TERMINATED else 0
    )
    return licensed - queries.seats_used()


def remove_agent(member: Member, *, actor: Actor) -> None:
    """Takes a member's CTI data away; the ID stays theirs for ever (CTI-2)."""
    row = queries.cti_agent(member.id)
    if row is None:
        return
    if queries.session_of(member.id) is not None:
        raise Refused(_("%(name)s is logged in to CTI. Remove after the logout.", name=member.name))
    audit.authority(
        Action.CTI_AGENT,
        actor=actor,
        target=member,
        before={"cti_id": row.cti_id, "number": row.number},
    )
    row.removed_at, row.number = clock.now(), None


def set_popup(member_id: int, on: bool) -> None:
    """Whether ringing opens the member's own system (CTI-8)."""
    row = queries.cti_agent(member_id)
    if row is not None:
        row.popup = on


def keep_notes(member_id: int, call_id: int, notes: str, disposition: int | None) -> None:
    """Keeps what an agent types about a call before they file it (CTI-4), while they are at it and
    for LATE after their part of it; later, or once it is filed, it changes nothing.

    It asks no command of the engine: notes are kept also where that stands still, and no card is
    drawn anew under whoever types; one that is asked for has them.
    """
    leg, interval = queries.own_leg(call_id, member_id), queries.interval_of(member_id)
    if leg is None or leg.filed_at is not None:
        return
    is_at_it = interval is not None and interval.call_id == call_id
    if not is_at_it and leg.ended_at is not None and leg.ended_at < clock.now() - LATE:
        return
    leg.notes = notes[:NOTES_MAX]
    if disposition is None or ars.disposition(leg.service_id, disposition) is not None:
        leg.disposition_id = disposition
    touch(f"notes:{member_id}")


def add_favourite(member_id: int, *, name: str, number: str) -> Favourite:
    """A number to transfer to, on the agent's own list (CTI-4): a
    colleague's, a short one, one outside.
    """
    number = dialed(number, the_organization().country).number
    db.lock(Member, member_id)
    rows = queries.favourites(member_id)
    if any(row.number == number for row in rows):
        raise Refused(_("This number is among your favourites already."), "number")
    if len(rows) >= FAVOURITES:
        raise Refused(_("Keep at most %(count)s favourites; delete one first.", count=FAVOURITES))
    made = Favourite(member_id=member_id, name=name, number=number)
    db.session.add(made)
    return made


def remove_favourite(member_id: int, ident: int) -> None:
    db.session.execute(
        sa.delete(Favourite).where(Favourite.id == ident, Favourite.member_id == member_id)
    )


def save_load(service_id: int, values: dict[str, Any]) -> SimulatorLoad:
    """How the simulator's load mode runs in a service (TEL-1)."""
    row = db.session.get(SimulatorLoad, service_id)
    if row is None:
        row = SimulatorLoad(
            service_id=service_id,
            on=False,
            calls_per_hour=120,
            patience_seconds=60,
            talk_seconds=120,
            robots=5,
        )
        db.session.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    return row
