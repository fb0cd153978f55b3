"""Members, agents, passwords and addresses: pure decisions."""

import enum
import ipaddress
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.organization.rules import Feature, ServiceType

PASSWORD_MIN, PASSWORD_MAX = 10, 200
LOCK_AFTER = 5
LOCK_FOR = timedelta(minutes=15)
INVITE_FOR = timedelta(hours=72)
RESET_FOR = timedelta(hours=1)
RESETS_AN_HOUR = 3
PENDING_FOR = timedelta(minutes=5)
LOGIN_ID = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,30}[a-z0-9])")
GROUP_NAME_MAX = 50


class MemberState(enum.Enum):
    INVITED = "invited"
    ACTIVE = "active"
    INACTIVE = "inactive"
    REMOVED = "removed"


class AgentRole(enum.Enum):
    MANAGER = "manager"
    AGENT = "agent"


class TokenKind(enum.Enum):
    INVITE = "invite"
    RESET = "reset"


class Theme(enum.Enum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Density(enum.Enum):
    COMFORTABLE = "comfortable"
    COMPACT = "compact"


@dataclass(frozen=True)
class AgentRights:
    """What an agent of a service may do (MEM-4)."""

    role: AgentRole = AgentRole.AGENT
    ticket: bool = True
    chat: bool = False
    phone: bool = False
    transfer: bool = False
    assign_callbacks: bool = False
    view_logs: bool = False
    ticket_assignment: bool = True
    chat_assignment: bool = True
    self_control: bool = True


FLAGS = tuple(name for name in AgentRights.__dataclass_fields__ if name != "role")


def check_login_id(text: str) -> str:
    """A member's ID: 2–32 small letters, digits, dots, hyphens or underscores; never given
    twice.
    """
    text = text.strip().lower()
    if not LOGIN_ID.fullmatch(text):
        raise Refused(
            _(
                "Use 2 to 32 letters, digits, dots or hyphens, starting and ending "
                "with a letter or digit."
            ),
            "login_id",
        )
    return text


def check_password(password: str, *, own: Iterable[str], common: Collection[str]) -> None:
    """MEM-6: 10 characters or more, not common, not made of the person's own names.

    Raises Refused.
    """
    if len(password) < PASSWORD_MIN:
        raise Refused(
            _(
                "Use at least %(min)s characters; this has %(count)s.",
                min=PASSWORD_MIN,
                count=len(password),
            ),
            "password",
        )
    if len(password) > PASSWORD_MAX:
        raise Refused(_("Use at most %(max)s characters.", max=PASSWORD_MAX), "password")
    plain = password.casefold()
    stem = plain.strip("0123456789!@#$%^&*?._- ")
    if plain in common or stem in common or len(set(plain)) < 4 or _is_run(plain):
        raise Refused(
            _("This password is too common. Choose one that others would not guess."), "password"
        )
    if any(
        len(name) >= 3 and name.casefold() in plain and len(plain) - len(name) < 6 for name in own
    ):
        raise Refused(_("Do not build the password from your name, ID or e-mail."), "password")


def _is_run(text: str) -> bool:
    """Whether the characters only count up or down, as in 0123456789 and abcdefghij."""
    steps = {(ord(b) - ord(a)) for a, b in zip(text, text[1:], strict=False)}
    return steps in ({1}, {-1}) or text in "01234567890123456789" or text in "98765432109876543210"


def is_locked(locked_until: datetime | None, now: datetime) -> bool:
    """Whether an account is locked; an end further off than a lock lasts was set by a clock that
    was ahead, and counts as past.
    """
    return locked_until is not None and now < locked_until <= now + LOCK_FOR


def after_failure(
    failures: int, locked_until: datetime | None, now: datetime
) -> tuple[int, datetime | None]:
    """(failures, locked until) after one more wrong password: locked for 15 minutes at the fifth.

    Those during the lock count, too: the fifth of them locks for 15 minutes from then on, and fewer
    are not forgiven when it ends. So guessing on never gets more than five answers in 15 minutes.
    """
    failures += 1
    if failures >= LOCK_AFTER:
        return 0, now + LOCK_FOR
    return failures, locked_until if is_locked(locked_until, now) else None


def normalized(
    rights: AgentRights, *, kind: ServiceType, features: Collection[Feature]
) -> AgentRights:
    """Rights as they hold together (MEM-4): phone implies ticket, channels only as contracted.

    Managers assign callbacks; only phone agents and managers may; only managers see the login log.
    """
    manager = rights.role is AgentRole.MANAGER
    consultation = kind is ServiceType.CONSULTATION
    phone = rights.phone and consultation and Feature.PHONE in features
    return AgentRights(
        role=rights.role,
        ticket=(rights.ticket or phone) and Feature.TICKET in features,
        chat=rights.chat and consultation and Feature.CHAT in features,
        phone=phone,
        transfer=rights.transfer,
        assign_callbacks=Feature.CALLBACK in features
        and (manager or (rights.assign_callbacks and phone)),
        view_logs=rights.view_logs and manager,
        ticket_assignment=rights.ticket_assignment,
        chat_assignment=rights.chat_assignment,
        self_control=rights.self_control,
    )


def check_group_name(text: str, field: str = "name") -> str:
    if not text:
        raise Refused(_("Fill this in."), field)
    if len(text) > GROUP_NAME_MAX:
        raise Refused(
            _(
                "Use at most %(limit)s characters; this has %(count)s.",
                limit=GROUP_NAME_MAX,
                count=len(text),
            ),
            field,
        )
    return text


def network(text: str) -> str:
    """An address or CIDR in its canonical form; raises Refused."""
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError as error:
        raise Refused(
            _(
                "“%(text)s” is neither an address nor a CIDR range. Enter it like "
                "203.0.113.7 or 198.51.100.0/24.",
                text=text.strip()[:50],
            ),
            "ranges",
        ) from error


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _unmapped(network: Network) -> Network:
    """A range of IPv4 addresses written as IPv6 ones (::ffff:192.0.2.0/120) as IPv4."""
    mapped = (
        network.network_address.ipv4_mapped
        if isinstance(network, ipaddress.IPv6Network) and network.prefixlen >= 96
        else None
    )
    return ipaddress.ip_network((mapped, network.prefixlen - 96)) if mapped is not None else network


def address_allowed(ip: str, ranges: Sequence[str]) -> bool:
    """ACC-1: whether an address lies in one of the ranges; no ranges, no limit."""
    if not ranges:
        return True
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    networks = [_unmapped(ipaddress.ip_network(text)) for text in ranges]
    return any(address.version == n.version and address in n for n in networks)
