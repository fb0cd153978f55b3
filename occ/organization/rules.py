"""Services, contracts, prices and the estimate: enums, value types and pure decisions."""

import enum
import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from urllib.parse import urlsplit

from occ.core import net
from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.core.money import rounded

SLUG_MIN, SLUG_MAX = 2, 30
SEATS_MAX = 9_999
VOLUME_MAX = 10_000_000
NAME_MAX = 50
PRICE_MAX = Decimal(10_000_000)
# First parts of addresses that are not a service's; a test compares them with the address map.
RESERVED = frozenset(
    (
        "c",
        "login",
        "logout",
        "setup",
        "static",
        "healthz",
        "readyz",
        "metrics",
        "invite",
        "reset",
        "forgot",
        "language",
    )
    + ("home", "api", "v2", "admin", "assets", "help", "oc", "openapi", "www")
)


class ServiceType(enum.Enum):
    CONSULTATION = "consultation"
    ISSUE = "issue"


class ServiceState(enum.Enum):
    UNUSED = "unused"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    ERASED = "erased"


class Editor(enum.Enum):
    HTML = "html"
    TEXT = "text"


class ContractKind(enum.Enum):
    SIGNED = "signed"
    CHANGED = "changed"


class Feature(enum.Enum):
    TICKET = "ticket"
    PHONE = "phone"
    MAIL = "mail"
    HELP_CENTER = "help_center"
    CHAT = "chat"
    CUSTOMERS = "customers"
    SECURITY = "security"
    STATISTICS = "statistics"
    OPEN_API = "open_api"
    CALLBACK = "callback"
    SMS = "sms"
    WALLBOARD = "wallboard"
    HANDOVER = "handover"
    DOORAY = "dooray"


class Item(enum.Enum):
    """What has a unit price; UNITS says for what."""

    TICKET = "ticket"
    PHONE = "phone"
    MAIL = "mail"
    HELP_CENTER = "help_center"
    CHAT = "chat"
    CUSTOMERS = "customers"
    SECURITY = "security"
    STATISTICS = "statistics"
    OPEN_API = "open_api"
    CALLBACK = "callback"
    SMS = "sms"
    WALLBOARD = "wallboard"
    HANDOVER = "handover"
    DOORAY = "dooray"
    SEAT = "seat"
    SMS_MESSAGE = "sms_message"
    MMS_MESSAGE = "mms_message"
    LICENCE_BASIC = "licence_basic"
    LICENCE_RECORDING = "licence_recording"
    DESK_PHONE = "desk_phone"
    DESK_PHONE_UPKEEP = "desk_phone_upkeep"


class Unit(enum.Enum):
    """What a price is for."""

    MONTH = "month"
    EACH = "each"
    DAY = "day"


class Group(enum.Enum):
    """How features stand together in the wizard."""

    TICKETS = "tickets"
    CONTACT = "contact"
    INSIGHT = "insight"
    EXTRAS = "extras"


_CODES = frozenset(feature.value for feature in Feature)
PER_USE = {Item.SMS_MESSAGE: Feature.SMS, Item.MMS_MESSAGE: Feature.SMS}
UNITS = dict.fromkeys(Item, Unit.MONTH) | {
    Item.SMS_MESSAGE: Unit.EACH,
    Item.MMS_MESSAGE: Unit.EACH,
    Item.DESK_PHONE: Unit.EACH,
    Item.DESK_PHONE_UPKEEP: Unit.DAY,
}
# the organization's, not a service's
OF_TENANT = (Item.LICENCE_BASIC, Item.LICENCE_RECORDING, Item.DESK_PHONE, Item.DESK_PHONE_UPKEEP)
BOTH = frozenset(ServiceType)
CONSULTATION = frozenset({ServiceType.CONSULTATION})
ISSUE = frozenset({ServiceType.ISSUE})


@dataclass(frozen=True)
class Offer:
    """A feature: where it stands, which service types may have it (ORG-3), and what it needs."""

    feature: Feature
    group: Group
    types: frozenset[ServiceType] = BOTH
    needs: Feature | None = None


OFFERS = (
    Offer(Feature.TICKET, Group.TICKETS),
    Offer(Feature.PHONE, Group.TICKETS, CONSULTATION, Feature.TICKET),
    Offer(Feature.MAIL, Group.TICKETS, BOTH, Feature.TICKET),
    Offer(Feature.HELP_CENTER, Group.CONTACT, CONSULTATION),
    Offer(Feature.CHAT, Group.CONTACT, CONSULTATION),
    Offer(Feature.CUSTOMERS, Group.CONTACT, CONSULTATION),
    Offer(Feature.SECURITY, Group.INSIGHT),
    Offer(Feature.STATISTICS, Group.INSIGHT),
    Offer(Feature.OPEN_API, Group.INSIGHT),
    Offer(Feature.CALLBACK, Group.EXTRAS, CONSULTATION, Feature.PHONE),
    Offer(Feature.SMS, Group.EXTRAS),
    Offer(Feature.WALLBOARD, Group.EXTRAS, CONSULTATION, Feature.PHONE),
    Offer(Feature.HANDOVER, Group.EXTRAS, CONSULTATION, Feature.TICKET),
    Offer(Feature.DOORAY, Group.EXTRAS, ISSUE, Feature.TICKET),
)


# These do not work yet: neither offered nor priced (ORG-3). Contracts of before that hold one keep
# it, at no charge.
NOT_YET = frozenset(
    {
        Feature.CHAT,
        Feature.OPEN_API,
        Feature.DOORAY,
    }
)


def is_priced(item: Item) -> bool:
    """Whether an item can cost something: not while the feature that it stands for does not
    work.
    """
    feature = Feature(item.value) if item.value in _CODES else PER_USE.get(item)
    return feature not in NOT_YET


@dataclass(frozen=True)
class Terms:
    """What a contract says: features, seats, and the expected monthly volume of per-use items."""

    features: frozenset[Feature] = frozenset()
    seats: int = 1
    volumes: Mapping[Item, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    item: Item
    quantity: int
    unit_price: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Estimate:
    """An expected month in the list's currency: fixed and usage lines apart."""

    currency: str
    fixed: tuple[Line, ...]
    usage: tuple[Line, ...]

    @property
    def fixed_total(self) -> Decimal:
        return sum((line.amount for line in self.fixed), Decimal(0))

    @property
    def usage_total(self) -> Decimal:
        return sum((line.amount for line in self.usage), Decimal(0))

    @property
    def total(self) -> Decimal:
        return self.fixed_total + self.usage_total


def check_slug(text: str) -> str:
    """The service ID as it is stored (ORG-2): 2–30 ASCII letters, lower-case, not reserved."""
    wrong = list(dict.fromkeys(c for c in text if not (c.isascii() and c.isalpha())))
    if wrong:
        shown = " ".join("␣" if c.isspace() else c for c in wrong[:6])
        raise Refused(
            _("Use the letters A–Z only. Remove: %(characters)s", characters=shown), "slug"
        )
    if not SLUG_MIN <= len(text) <= SLUG_MAX:
        raise Refused(_("Use 2 to 30 letters; this has %(count)s.", count=len(text)), "slug")
    slug = text.lower()
    if slug in RESERVED:
        raise Refused(_("“%(slug)s” is reserved. Choose another ID.", slug=slug), "slug")
    return slug


def check_languages(codes: Sequence[str], known: Iterable[str]) -> list[str]:
    """The help-center languages in order, each once, at least one; the first is the default."""
    chosen = list(dict.fromkeys(codes))
    if not chosen:
        raise Refused(_("Choose at least one language."), "languages")
    unknown = set(chosen) - set(known)
    if unknown:
        raise Refused(
            _(
                "“%(code)s” is not in the list of languages. Choose one of the list.",
                code=sorted(unknown)[0],
            ),
            "languages",
        )
    return chosen


def offers_for(kind: ServiceType, held: frozenset[Feature] = frozenset()) -> list[Offer]:
    """What a service of this type can contract; what does not work yet only where its
    contract has it already, `held`.
    """
    return [
        offer
        for offer in OFFERS
        if kind in offer.types and (offer.feature not in NOT_YET or offer.feature in held)
    ]


def check_terms(
    kind: ServiceType,
    terms: Terms,
    *,
    issue_service_in_use: bool,
    held: frozenset[Feature] = frozenset(),
) -> Terms:
    """The terms as they can be signed (ORG-3), volumes without their feature dropped; `held` as in
    offers_for. Raises Refused.
    """
    offers = {offer.feature: offer for offer in offers_for(kind, held)}
    if not terms.features:
        raise Refused(_("Switch on at least one feature."), "features")
    for feature in sorted(terms.features, key=lambda f: f.value):
        offer = offers.get(feature)
        if offer is None:
            raise Refused(
                _(
                    "This type of service does not have all of these features. Switch "
                    "those off, then try again."
                ),
                "features",
            )
        if offer.needs and offer.needs not in terms.features:
            raise Refused(NEEDS[offer.needs], "features")
    if Feature.HANDOVER in terms.features and not issue_service_in_use:
        raise Refused(_("Hand-over needs an issue service in use."), "features")
    if not 1 <= terms.seats <= SEATS_MAX:
        raise Refused(_("Choose 1 to 9,999 seats."), "seats")
    if any(not 0 <= volume <= VOLUME_MAX for volume in terms.volumes.values()):
        raise Refused(_("Expect 0 to 10,000,000 a month."), "volumes")
    volumes = {
        item: volume
        for item, volume in terms.volumes.items()
        if volume and PER_USE[item] in terms.features
    }
    return Terms(terms.features, terms.seats, volumes)


NEEDS = {
    Feature.TICKET: _("Phone, mail and hand-over need ticket management."),
    Feature.PHONE: _("Callbacks and the wallboard need the phone."),
}


def with_needed(features: Iterable[Feature]) -> frozenset[Feature]:
    """The features without those whose condition is switched off."""
    chosen = frozenset(features)
    needs = {offer.feature: offer.needs for offer in OFFERS}
    while missing := {f for f in chosen if needs[f] and needs[f] not in chosen}:
        chosen -= missing
    return chosen


def estimate(
    terms: Terms,
    prices: Mapping[Item, Decimal],
    currency: str,
    *,
    licence: tuple[Item, int] | None = None,
) -> Estimate:
    """The expected month of a contract, with the phone licence (its item and seats) that signing it
    brings along (TNT-1).

    Its fixed part is what an unchanged full month is charged (BIL-2).
    """

    def line(item: Item, quantity: int) -> Line:
        return Line(item, quantity, prices[item], rounded(prices[item] * quantity, currency))

    features = [
        offer.feature
        for offer in OFFERS
        if offer.feature in terms.features and offer.feature not in NOT_YET
    ]
    fixed = [line(Item(feature.value), 1) for feature in features] + [line(Item.SEAT, terms.seats)]
    fixed += [line(*licence)] if licence else []
    expected = [
        item
        for item, needed in PER_USE.items()
        if needed in terms.features and is_priced(item) and terms.volumes.get(item)
    ]
    usage = [line(item, terms.volumes[item]) for item in expected]
    return Estimate(currency, tuple(fixed), tuple(usage))


def check_prices(*, currency: str, current_currency: str, effective: date, today: date) -> None:
    """A price list takes effect on a future day; another currency only from
    the first of a month (ORG-8).
    """
    if effective <= today:
        raise Refused(_("Choose a day after today; past days keep their prices."), "effective_from")
    if currency != current_currency and effective.day != 1:
        raise Refused(_("Another currency starts on the first of a month."), "effective_from")


def console_url(domain: str) -> str:
    """The console's address for a domain (ORG-7): https, plain http only for this
    machine and private addresses.
    """
    text = domain.strip().rstrip("/").lower()
    scheme, separator, host = text.rpartition("://")
    if scheme not in ("", "http", "https") or not re.fullmatch(
        r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?|\[[0-9a-f:]+\](?::\d{1,5})?", host
    ):
        raise Refused(
            _("Enter a domain such as contact.example.com, with a port if it has one."), "domain"
        )
    try:
        parts = urlsplit(f"//{host}")
        name, _port = net.host_name(parts.hostname or ""), parts.port
    except ValueError as error:
        raise Refused(
            _("Enter a domain such as contact.example.com, with a port if it has one."), "domain"
        ) from error
    if separator:
        return f"{scheme}://{host}"
    try:
        local = ipaddress.ip_address(name).is_private
    except ValueError:
        local = name == "localhost" or name.endswith(".localhost")
    return f"{'http' if local else 'https'}://{host}"


def typed_domain(url: str) -> str:
    """What people type for an address of the console: its domain, with the scheme only where the
    domain alone means another.
    """
    host = url.partition("://")[2]
    try:
        return host if console_url(host) == url else url
    except Refused:
        return host
