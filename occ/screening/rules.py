"""The spam rule (HC-5), one for form, mail and API: how many inquiries one address, member or
e-mail may file in how many minutes, and who may file none.
"""

import enum
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.mail.rules import check_address, folded_address

MOST_DEFAULT, MINUTES_DEFAULT = 5, 1
MOST_MAX, MINUTES_MAX = 1_000, 1_440
BLOCKS_MAX = 500
HELD_FOR = timedelta(days=30)
WIDEST = {4: 8, 6: 16}
"""The shortest prefixes that are taken: a wider one is a slip, and holds back half of the world."""
TITLE_MAX, NAME_MAX, TEXT_MAX = 200, 100, 10_000

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Channel(enum.Enum):
    """How an inquiry comes."""

    FORM = "form"
    MAIL = "mail"
    API = "api"


class Reason(enum.Enum):
    """Why an inquiry is held back."""

    LIMIT = "limit"
    ADDRESS = "address"
    SENDER = "sender"


class BlockKind(enum.Enum):
    ADDRESS = "address"
    SENDER = "sender"


@dataclass(frozen=True)
class Source:
    """Where an inquiry comes from; what is not known is left out.

    `customer_id` is that of a member alone: an e-mail that somebody typed names nobody.
    """

    channel: Channel
    ip: str = ""
    email: str = ""
    customer_id: int | None = None


@dataclass(frozen=True)
class Rule:
    """What a service's manager chose; `most` is 0 where no limit is set."""

    most: int = MOST_DEFAULT
    minutes: int = MINUTES_DEFAULT
    networks: tuple[Network, ...] = ()
    senders: frozenset[str] = frozenset()

    @property
    def within(self) -> timedelta:
        return timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Verdict:
    """Whether an inquiry goes on; `reason` is why it does not."""

    reason: Reason | None = None

    @property
    def is_held(self) -> bool:
        return self.reason is not None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An IP address; one of IPv4 that was written as IPv6 is the same."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def blocked(source: Source, rule: Rule) -> Reason | None:
    """Whether a manager blocked the address or the sender."""
    address = _address(source.ip)
    if address is not None and any(address in network for network in rule.networks):
        return Reason.ADDRESS
    email = folded_address(source.email)
    if email and (email in rule.senders or f"@{email.rpartition('@')[2]}" in rule.senders):
        return Reason.SENDER
    return None


def names_of(source: Source) -> list[str]:
    """By which an inquiry is counted: its address (of IPv6 the /64, for everybody there has a
    network of addresses to themselves), its member and its e-mail.
    """
    names = []
    address = _address(source.ip)
    if isinstance(address, ipaddress.IPv6Address):
        names.append(f"ip/{ipaddress.ip_interface(f'{address}/64').network}")
    elif address is not None:
        names.append(f"ip/{address}")
    if source.customer_id is not None:
        names.append(f"member/{source.customer_id}")
    if email := folded_address(source.email):
        names.append(f"email/{email}")
    return names


def is_over(filed: Sequence[int], rule: Rule) -> bool:
    """Whether one more is too many, by what was filed under each name within the minutes."""
    return rule.most > 0 and any(count >= rule.most for count in filed)


def check_block(text: str) -> tuple[BlockKind, str]:
    """What somebody wants to block, as it is kept: an IP address or range, an e-mail address, or a
    domain as `@example.com`.
    """
    typed = text.strip()
    if "@" not in typed:
        return BlockKind.ADDRESS, _network(typed)
    local, _at, domain = typed.rpartition("@")
    check_address(typed if local else f"x@{domain}", field="value")
    return BlockKind.SENDER, folded_address(typed)


def _network(text: str) -> str:
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise Refused(
            _("Enter an IP address or range, an e-mail address, or a domain as @example.com."),
            "value",
        ) from error
    if found.prefixlen < WIDEST[found.version]:
        raise Refused(_("This range is too wide. It would hold back nearly everybody."), "value")
    if found.prefixlen == found.max_prefixlen:
        return str(_address(str(found.network_address)))
    return str(found)


def rule_of(most: int, minutes: int, blocks: Mapping[str, BlockKind]) -> Rule:
    """A rule of what is stored; `blocks` by their values."""
    return Rule(
        most=most,
        minutes=minutes,
        networks=tuple(
            ipaddress.ip_network(value)
            for value, kind in blocks.items()
            if kind is BlockKind.ADDRESS
        ),
        senders=frozenset(value for value, kind in blocks.items() if kind is BlockKind.SENDER),
    )
