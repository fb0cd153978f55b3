"""Ticket fields: enums and pure decisions (FLD-1, FLD-2, FLD-3)."""

import calendar
import enum
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email

from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.core.values import phone_number

CODE_MAX, NAME_MAX, HINT_MAX, CHOICE_MAX, CHOICES_MAX = 30, 50, 200, 50, 100
TEXT_MAX, LONG_MAX, FIELDS_MAX, DAYS_MAX = 200, 5_000, 200, 36_500


class FieldKind(enum.Enum):
    CUSTOMER = "customer"
    AGENT = "agent"


class FieldType(enum.Enum):
    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    CHECKBOX = "checkbox"
    RADIO = "radio"
    DROPDOWN = "dropdown"
    MULTI = "multi"
    DATE = "date"
    DATE_TIME = "datetime"
    FILE = "file"
    PHONE = "phone"
    EMAIL = "email"


# how somebody is reached: masked unless the ticket is the viewer's
REACHING = (FieldType.PHONE, FieldType.EMAIL)
CHOSEN = (FieldType.RADIO, FieldType.DROPDOWN, FieldType.MULTI)


class System(enum.Enum):
    """Fields that every service has; their codes are taken."""

    INTAKE = "intake"
    EMAIL = "email"
    TITLE = "title"
    CONTENT = "content"
    CONSENT = "consent"
    RESOLUTION = "resolution"
    PRIORITY = "priority"
    CONSULTED_AT = "consulted_at"
    DIRECTION = "direction"
    PROMISED = "promised"
    PROMISED_AT = "promised_at"
    PROMISED_NUMBER = "promised_number"


CUSTOMER_SYSTEM = (System.INTAKE, System.EMAIL, System.TITLE, System.CONTENT, System.CONSENT)
AGENT_SYSTEM = (System.RESOLUTION, System.PRIORITY)
PHONE_SYSTEM = (
    System.CONSULTED_AT,
    System.DIRECTION,
    System.PROMISED,
    System.PROMISED_AT,
    System.PROMISED_NUMBER,
)
ALWAYS_REQUIRED = frozenset({System.INTAKE, System.TITLE, System.CONTENT, System.CONSENT})
DEFAULT_LAYOUT = tuple(field.value for field in CUSTOMER_SYSTEM)
SYSTEM_TYPES = {
    System.INTAKE: FieldType.DROPDOWN,
    System.EMAIL: FieldType.EMAIL,
    System.TITLE: FieldType.TEXT,
    System.CONTENT: FieldType.LONG_TEXT,
    System.CONSENT: FieldType.CHECKBOX,
    System.RESOLUTION: FieldType.DROPDOWN,
    System.PRIORITY: FieldType.DROPDOWN,
    System.CONSULTED_AT: FieldType.DATE_TIME,
    System.DIRECTION: FieldType.RADIO,
    System.PROMISED: FieldType.CHECKBOX,
    System.PROMISED_AT: FieldType.DATE_TIME,
    System.PROMISED_NUMBER: FieldType.PHONE,
}
_SYSTEM = {field.value: field for field in System}


def system_of(code: str) -> System | None:
    """The system field of a code, None where it is one of the service's own."""
    return _SYSTEM.get(code)


class Direction(enum.Enum):
    """Choices of the system field in/out."""

    IN = "in"
    OUT = "out"


NAMES = {
    System.INTAKE: _("Intake type"),
    System.EMAIL: _("E-mail"),
    System.TITLE: _("Title"),
    System.CONTENT: _("Content"),
    System.CONSENT: _("Consent to personal data"),
    System.RESOLUTION: _("Resolution type"),
    System.PRIORITY: _("Priority"),
    System.CONSULTED_AT: _("Consulted at"),
    System.DIRECTION: _("Inbound or outbound"),
    System.PROMISED: _("Call promised"),
    System.PROMISED_AT: _("Promised time"),
    System.PROMISED_NUMBER: _("Promised number"),
}
DIRECTIONS = {Direction.IN: _("Inbound"), Direction.OUT: _("Outbound")}


@dataclass(frozen=True)
class Choice:
    """One of a field's choices: a key that never changes, and its name."""

    key: str
    name: str


@dataclass(frozen=True)
class Shown:
    """A field as its service defines it, worded for one reader."""

    code: str
    kind: FieldKind
    type: FieldType
    name: str
    hint: str
    required: bool
    choices: tuple[Choice, ...] = ()
    managers_only: bool = False
    encrypted: bool = False
    purge: str | None = None
    gone: tuple[Choice, ...] = ()  # choices that were removed; old values still have them

    @property
    def personal(self) -> bool:
        """Encrypted or purgeable: kept out of index, events, templates and payloads (FLD-3)."""
        return self.encrypted or self.purge is not None

    @property
    def system(self) -> System | None:
        return system_of(self.code)


def check_code(code: str) -> str:
    """A code as it is stored: small letters, digits and _, begun by a
    letter, none of the system's.
    """
    text = code.strip().lower()
    if not re.fullmatch(rf"[a-z][a-z0-9_]{{1,{CODE_MAX - 1}}}", text):
        raise Refused(_("Use 2 to 30 small letters, digits and _, a letter first."), "code")
    if text in _SYSTEM:
        raise Refused(_("“%(code)s” is the code of a system field.", code=text), "code")
    return text


def check_names(
    names: Mapping[str, Mapping[str, str]], languages: Sequence[str]
) -> dict[str, dict[str, str]]:
    """Names and hints by language, empty ones left out; the first language needs a name."""
    kept: dict[str, dict[str, str]] = {}
    for code in languages:
        given = names.get(code, {})
        texts = {
            "name": " ".join(given.get("name", "").split()),
            "hint": " ".join(given.get("hint", "").split()),
        }
        for key, limit in (("name", NAME_MAX), ("hint", HINT_MAX)):
            if len(texts[key]) > limit:
                raise Refused(
                    _(
                        "Use at most %(limit)s characters; this has %(count)s.",
                        limit=limit,
                        count=len(texts[key]),
                    ),
                    f"{key}-{code}",
                )
        if any(texts.values()):
            kept[code] = {key: text for key, text in texts.items() if text}
    if not kept.get(languages[0], {}).get("name"):
        raise Refused(_("Enter a name."), f"name-{languages[0]}")
    return kept


def check_choices(
    rows: Iterable[tuple[str, Mapping[str, str]]],
    languages: Sequence[str],
    before: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """Choices of (key or '', names by language) as they are stored; rows without a name in the
    first language are left out.

    Those of `before` that are no longer named stay as `gone`: old values have them, and their keys
    are never given again.
    """
    known = {choice["key"] for choice in before}
    kept: list[dict[str, Any]] = []
    for sent, names in rows:
        key = sent if sent in known and all(sent != other["key"] for other in kept) else ""
        texts = {code: " ".join(names.get(code, "").split()) for code in languages}
        if not texts[languages[0]]:
            if any(texts.values()):
                raise Refused(_("Each choice needs a name in the first language."), "choices")
            continue
        if any(len(text) > CHOICE_MAX for text in texts.values()):
            raise Refused(
                _("Use at most %(limit)s characters for a choice.", limit=CHOICE_MAX), "choices"
            )
        if any(texts[languages[0]] == other["names"][languages[0]] for other in kept):
            raise Refused(
                _("“%(name)s” is there twice. Delete one.", name=texts[languages[0]]), "choices"
            )
        kept.append({"key": key, "names": {code: text for code, text in texts.items() if text}})
    if not kept:
        raise Refused(_("Add at least one choice."), "choices")
    if len(kept) > CHOICES_MAX:
        raise Refused(_("Keep at most %(count)s choices.", count=CHOICES_MAX), "choices")
    following = max((int(key) for key in known), default=0) + 1
    for choice in kept:
        if not choice["key"]:
            choice["key"], following = str(following), following + 1
    there = {choice["key"] for choice in kept}
    return kept + [{**choice, "gone": True} for choice in before if choice["key"] not in there]


PURGES = ("m1", "m3", "m6", "y1", "y2", "y3", "y5")


def check_purge(code: str, days: int | None) -> str | None:
    """A period as it is stored: one of PURGES, `d` and a number of days, or None for never."""
    if not code:
        return None
    if code == "days":
        if days is None or not 1 <= days <= DAYS_MAX:
            raise Refused(
                _("Enter a whole number from %(least)s to %(most)s.", least=1, most=DAYS_MAX),
                "days",
            )
        return f"d{days}"
    if code not in PURGES:
        raise Refused(_("Choose a period."), "purge")
    return code


def due_at(stored: datetime, purge: str) -> datetime:
    """When a value stored at an instant is destroyed: so many days, or the same day of a later
    month (its last if it has none).
    """
    count = int(purge[1:])
    if purge[0] == "d":
        return stored + timedelta(days=count)
    months = stored.month - 1 + (count if purge[0] == "m" else 12 * count)
    year, month = stored.year + months // 12, months % 12 + 1
    return stored.replace(
        year=year, month=month, day=min(stored.day, calendar.monthrange(year, month)[1])
    )


def stored_before(now: datetime, purge: str) -> datetime:
    """No value that was stored after this can be due now; some of before are not
    yet (months differ in length).
    """
    count = int(purge[1:])
    return now - timedelta(
        days=count if purge[0] == "d" else 28 * count if purge[0] == "m" else 365 * count
    )


def _text(raw: str, limit: int) -> str:
    if len(raw) > limit:
        raise Refused(
            _("Use at most %(limit)s characters; this has %(count)s.", limit=limit, count=len(raw))
        )
    return raw


_FIGURE = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(?<=\d)(\.\d*)?|[+-]?\.\d+")


def _number(raw: str) -> str:
    # as a Korean or Japanese keyboard types it
    plain = unicodedata.normalize("NFKC", raw).replace("\N{MINUS SIGN}", "-")
    if len(plain) > 30 or not _FIGURE.fullmatch(plain):
        raise Refused(_("Enter a number."))
    found = Decimal(plain.replace(",", ""))
    if abs(found) >= Decimal(10) ** 15 or found != round(found, 6):
        raise Refused(_("Enter a number."))
    text = f"{found:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _date(raw: str) -> str:
    try:
        found = date.fromisoformat(raw)
    except ValueError:
        found = date.min
    if not 1900 <= found.year <= 2200:
        raise Refused(_("Enter a date such as 2026-11-28."))
    return found.isoformat()


def _is_day(raw: str) -> bool:
    """Whether a date has no time with it."""
    try:
        date.fromisoformat(raw)
    except ValueError:
        return False
    return True


def _instant(raw: str, zone: str) -> str:
    try:
        found: datetime | None = datetime.fromisoformat(raw)
    except ValueError:
        found = None
    if found is None or _is_day(raw) or not 1900 <= found.year <= 2200:
        raise Refused(_("Enter a date and time such as 2026-11-28 09:30."))
    return (
        (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone)))
        .astimezone(UTC)
        .isoformat(timespec="minutes")
    )


def _email(raw: str) -> str:
    try:
        return validate_email(
            raw, check_deliverability=False, test_environment=True
        ).normalized.lower()
    except EmailNotValidError as error:
        raise Refused(_("Enter an e-mail address such as name@example.com.")) from error


_READ: dict[FieldType, Callable[[str, str, str], str]] = {
    FieldType.TEXT: lambda text, _zone, _country: _text(text, TEXT_MAX),
    FieldType.LONG_TEXT: lambda text, _zone, _country: _text(text, LONG_MAX),
    FieldType.NUMBER: lambda text, _zone, _country: _number(text),
    FieldType.DATE: lambda text, _zone, _country: _date(text),
    FieldType.DATE_TIME: lambda text, zone, _country: _instant(text, zone),
    FieldType.FILE: lambda text, _zone, _country: text,
    FieldType.PHONE: lambda text, _zone, country: phone_number(text, country),
    FieldType.EMAIL: lambda text, _zone, _country: _email(text),
}


def read(type: FieldType, text: str, zone: str, country: str) -> str:
    """What was typed for a type without choices as it is stored; `zone` and `country` are where it
    was typed. Raises Refused in words.
    """
    return _READ[type](text, zone, country)


def check_value(field: Shown, raw: Sequence[str], zone: str, country: str) -> str:
    """What was typed for a field as it is stored, '' for nothing; several choices stand a line
    each, instants in UTC. A file is what its sender was given for it, opened by the caller.

    `zone` is where a date and time without one was typed, `country` whose a phone number without +
    is. Raises Refused in words, on the field `f-<code>`.
    """
    typed = [text.strip() for text in raw if text.strip()]
    try:
        if field.type in CHOSEN:
            known = [choice.key for choice in (*field.choices, *field.gone)]
            if any(key not in known for key in typed) or (
                field.type is not FieldType.MULTI and len(typed) > 1
            ):
                raise Refused(_("Choose one of the list."))
            value = "\n".join(key for key in known if key in typed)
        elif field.type is FieldType.CHECKBOX:
            value = "1" if typed else ""
        else:
            value = read(field.type, typed[0], zone, country) if typed else ""
        if field.required and not value:
            raise Refused(_("Fill this in."))
    except Refused as error:
        raise Refused(error.message, f"f-{field.code}") from error
    return value


def ordered(codes: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """A placement as it can be stored: of what there is, each once; intake type first, consent
    last, what must be there is.
    """
    first, last = System.INTAKE.value, System.CONSENT.value
    middle = [code for code in dict.fromkeys(wanted) if code in codes and code not in (first, last)]
    missing = [code for code in (System.TITLE.value, System.CONTENT.value) if code not in middle]
    return [first, *middle, *missing, last]


def moved(order: Sequence[str], code: str, place: int) -> list[str]:
    """An order with one of its codes at another place."""
    rest = [c for c in order if c != code]
    place = max(0, min(place, len(rest)))
    return [*rest[:place], code, *rest[place:]]
