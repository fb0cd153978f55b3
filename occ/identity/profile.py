"""Writes of one's own settings (MEM-7).

Every function runs inside the caller's write transaction.
"""

from occ.core.db import db
from occ.core.errors import Refused, check_version
from occ.core.i18n import gettext as _
from occ.identity import service
from occ.identity.models import Member
from occ.identity.rules import Density, Theme
from occ.organization.queries import the_organization


def save(
    member_id: int,
    *,
    nickname: str,
    locale: str,
    time_zone: str,
    theme: str,
    density: str,
    shortcuts: bool,
    notices: bool,
    version: int,
) -> None:
    """Saves what everybody decides for themselves.

    Raises Conflict when it was changed in another tab.
    """
    member: Member = db.lock(Member, member_id)
    check_version(member, version)
    member.nickname, member.locale, member.time_zone = nickname, locale, time_zone
    member.theme, member.density, member.shortcuts, member.notices = (
        Theme(theme),
        Density(density),
        shortcuts,
        notices,
    )


def next_theme(member_id: int) -> None:
    member: Member = db.lock(Member, member_id)
    order = list(Theme)
    member.theme = order[(order.index(member.theme) + 1) % len(order)]


def change_password(member_id: int, password_hash: str) -> None:
    service.set_password(db.lock(Member, member_id), password_hash, keep_session=True)


def set_totp(member_id: int, encrypted_secret: str, *, step: int) -> None:
    """Switches the second factor on; the code that proved it, of this step of time, is used."""
    member: Member = db.lock(Member, member_id)
    member.totp_secret, member.totp_last = encrypted_secret, max(member.totp_last, step)


def clear_totp(member_id: int) -> None:
    """Switches the second factor off, unless organization admins must have one (MEM-6)."""
    member: Member = db.lock(Member, member_id)
    if member.is_org_admin and the_organization().totp_for_admins:
        raise Refused(_("Organization admins must keep the second factor."))
    member.totp_secret = None
