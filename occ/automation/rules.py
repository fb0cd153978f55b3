"""Triggers: what they look at, when they fire, what they do; pure (TRG-2, TRG-3)."""

import enum
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

from occ.core import phones, richtext
from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.fields import rules as fields
from occ.fields.rules import FieldType
from occ.ticket_settings.rules import Hit, folded, forbidden_in
from occ.tickets.rules import Priority, State

TRIGGERS_MAX = 300
INQUIRY, ANSWER = "inquiry", "answer"
# placeholders of mails, beside those of templates (TRG-3)
MAIL_PLACES = {INQUIRY: _("The inquiry"), ANSWER: _("The last answer")}

MAILS_AN_HOUR, OWN_MAILS_AN_HOUR = 20, 1000
"""So many mails of a service's triggers go to one address within an hour: of a customer, whom any
mail can name, and of those whom whoever made the trigger chose (TRG-3, MAIL-1).
"""


class Subject(enum.Enum):
    """What a condition looks at; FIELD is followed by the field's code."""

    STATE = "state"
    INTAKE = "intake"
    RESOLUTION = "resolution"
    CHANNEL = "channel"
    ASSIGNEE = "assignee"
    GROUP = "group"
    PRIORITY = "priority"
    TITLE = "title"
    BODY = "body"
    LANGUAGE = "language"
    RECEIVED = "received"  # hours since the ticket was received
    QUIET = "quiet"  # hours since something last happened to it
    FIELD = "field"


class Comparison(enum.Enum):
    EQUAL = "eq"
    NOT_EQUAL = "ne"
    CONTAINS = "contains"
    NOT_CONTAINS = "lacks"
    ONE_OF = "in"
    EMPTY = "empty"
    CHANGED = "changed"
    MORE = "gt"
    LESS = "lt"


C = Comparison
_FIXED = (C.EQUAL, C.NOT_EQUAL, C.ONE_OF)
_CHOICE = (*_FIXED, C.CHANGED)
_OPEN_CHOICE = (*_CHOICE, C.EMPTY)
_TEXT = (C.CONTAINS, C.NOT_CONTAINS, C.EQUAL, C.NOT_EQUAL, C.EMPTY, C.CHANGED)
_OPEN_TEXT = (C.EQUAL, C.NOT_EQUAL, C.CONTAINS, C.NOT_CONTAINS, C.ONE_OF, C.EMPTY, C.CHANGED)
_TIME = (C.MORE, C.LESS, C.EQUAL, C.NOT_EQUAL, C.EMPTY, C.CHANGED)
_OF_SUBJECT: dict[Subject, tuple[Comparison, ...]] = {
    Subject.STATE: _CHOICE,
    Subject.INTAKE: _OPEN_CHOICE,
    Subject.RESOLUTION: _OPEN_CHOICE,
    Subject.CHANNEL: _FIXED,
    Subject.ASSIGNEE: _OPEN_CHOICE,
    Subject.GROUP: _OPEN_CHOICE,
    Subject.PRIORITY: (*_CHOICE, C.MORE, C.LESS),
    Subject.TITLE: _TEXT,
    Subject.BODY: _TEXT,
    Subject.LANGUAGE: _FIXED,
    Subject.RECEIVED: (C.MORE, C.LESS),
    Subject.QUIET: (C.MORE, C.LESS),
}
_OF_TYPE: dict[FieldType, tuple[Comparison, ...]] = {
    FieldType.TEXT: _OPEN_TEXT,
    FieldType.LONG_TEXT: _TEXT,
    FieldType.PHONE: _OPEN_TEXT,
    FieldType.EMAIL: _OPEN_TEXT,
    FieldType.NUMBER: (C.EQUAL, C.NOT_EQUAL, C.MORE, C.LESS, C.ONE_OF, C.EMPTY, C.CHANGED),
    FieldType.CHECKBOX: (C.EQUAL, C.CHANGED),
    FieldType.RADIO: _OPEN_CHOICE,
    FieldType.DROPDOWN: _OPEN_CHOICE,
    FieldType.MULTI: (C.CONTAINS, C.NOT_CONTAINS, C.ONE_OF, C.EMPTY, C.CHANGED),
    FieldType.DATE: _TIME,
    FieldType.DATE_TIME: _TIME,
    FieldType.FILE: (C.EMPTY, C.CHANGED, C.CONTAINS, C.NOT_CONTAINS),
}
_TYPES = dict.fromkeys(_OF_SUBJECT, FieldType.DROPDOWN) | {
    Subject.TITLE: FieldType.TEXT,
    Subject.BODY: FieldType.LONG_TEXT,
    Subject.RECEIVED: FieldType.NUMBER,
    Subject.QUIET: FieldType.NUMBER,
}
CHOSEN = (*fields.CHOSEN, FieldType.CHECKBOX)
YES, NO = "1", "0"
TIMED = (Subject.RECEIVED, Subject.QUIET)
PRIORITIES = tuple(priority.value for priority in Priority)  # from the lowest up
NO_VALUE = (C.EMPTY, C.CHANGED)


@dataclass(frozen=True)
class Condition:
    """One row: `required` ones must all hold, of the others one (TRG-2).

    `code` names the field of FIELD.
    """

    required: bool
    subject: Subject
    comparison: Comparison
    values: tuple[str, ...] = ()
    code: str = ""

    @cached_property
    def key(self) -> str:
        """What a snapshot calls it."""
        return f"field:{self.code}" if self.subject is Subject.FIELD else self.subject.value


def type_of(condition: Condition, of_fields: Mapping[str, FieldType]) -> FieldType | None:
    """What a condition's values are; None where its field is gone, or personal by now."""
    return _TYPES.get(condition.subject) or of_fields.get(condition.key)


def offered(subject: Subject, type: FieldType | None) -> tuple[Comparison, ...]:
    """The comparisons that make sense; `type` is the field's, None for one that is gone."""
    return _OF_SUBJECT.get(subject) or (_OF_TYPE[type] if type else NO_VALUE)


@dataclass(frozen=True)
class Snapshot:
    """A ticket as conditions see it: values as they are stored by key, several where a category
    stands below others or of a list; what has changed; the types of the fields by key, and the
    service's zone and country.
    """

    values: Mapping[str, tuple[str, ...]]
    changed: frozenset[str] = frozenset()
    types: Mapping[str, FieldType] = field(default_factory=dict)
    zone: str = "UTC"
    country: str = "KR"


_YES_NO = dict.fromkeys((YES, "yes", "y", "true", "예", "네", "はい"), True) | dict.fromkeys(
    (NO, "no", "n", "false", "아니요", "아니오", "いいえ"), False
)


def typed(type: FieldType, text: str, zone: str, country: str) -> Any:
    """A value, stored or typed, as Python compares those of its type; None
    when it cannot be read as one.
    """
    match type:
        case FieldType.CHECKBOX:
            return _YES_NO.get(text.casefold())
        case FieldType.NUMBER | FieldType.DATE | FieldType.DATE_TIME | FieldType.PHONE:
            return _parsed(type, text, zone, country)
        case FieldType.EMAIL:
            return text.casefold()
        case _:
            return text


@lru_cache(4096)
def _parsed(type: FieldType, text: str, zone: str, country: str) -> Any:
    if type is FieldType.PHONE and text.startswith("+"):
        return text
    try:
        stored = fields.read(type, text, zone, country)
    except Refused:
        return None
    if type is FieldType.NUMBER:
        return Decimal(stored)
    if type is FieldType.PHONE:
        return stored
    return date.fromisoformat(stored) if type is FieldType.DATE else datetime.fromisoformat(stored)


def _needle(type: FieldType, text: str) -> str | None:
    """What must be a part of a value that contains it; None where nothing is left: of a phone
    number without digits, of blanks.
    """
    return (phones.digits(text) if type is FieldType.PHONE else folded(text)) or None


def _contains(type: FieldType, value: str, needle: str) -> bool:
    if type in fields.CHOSEN:
        return folded(value) == needle
    if type is FieldType.PHONE:
        return any(needle in phones.digits(way) for way in phones.written(value))
    return needle in folded(value)


def wanted(condition: Condition, type: FieldType, zone: str, country: str) -> list[Any]:
    """What a condition compares with, one for each of its values; None for what
    cannot be read, which never holds.
    """
    if condition.comparison in (C.CONTAINS, C.NOT_CONTAINS):
        return [_needle(type, text) for text in condition.values]
    return [typed(type, text, zone, country) for text in condition.values]


def _size(condition: Condition, type: FieldType, value: Any) -> Any:
    """What more and less compare: priorities by their order, figures in a text by size."""
    if condition.subject is Subject.PRIORITY:
        return PRIORITIES.index(value) if value in PRIORITIES else None
    number = typed(FieldType.NUMBER, value, "UTC", "") if type is FieldType.TEXT else None
    return value if number is None else number


def _more(left: Any, right: Any) -> bool:
    return left is not None and type(left) is type(right) and left > right


def holds(condition: Condition, ticket: Snapshot) -> bool:
    """Whether a ticket meets one condition: values are compared as what their type says."""
    type = type_of(condition, ticket.types)
    if type is None:
        return False
    texts = [text for text in ticket.values.get(condition.key, ()) if text]
    if condition.comparison is C.CHANGED:
        return condition.key in ticket.changed
    if condition.comparison is C.EMPTY:
        return not texts
    all_asked = wanted(condition, type, ticket.zone, ticket.country)
    asked = [
        one
        for one in (all_asked if condition.comparison is C.ONE_OF else all_asked[:1])
        if one is not None
    ]
    if not asked:
        return False
    if condition.comparison in (C.CONTAINS, C.NOT_CONTAINS):
        return any(_contains(type, text, asked[0]) for text in texts) is (
            condition.comparison is C.CONTAINS
        )
    there = (
        [bool(texts)]
        if type is FieldType.CHECKBOX
        else [typed(type, text, ticket.zone, ticket.country) for text in texts]
    )
    match condition.comparison:
        case C.NOT_EQUAL:
            return asked[0] not in there
        case C.MORE:
            return any(
                _more(_size(condition, type, one), _size(condition, type, asked[0]))
                for one in there
            )
        case C.LESS:
            return any(
                _more(_size(condition, type, asked[0]), _size(condition, type, one))
                for one in there
            )
        case C.ONE_OF:
            return any(one in there for one in asked)
        case _:
            return asked[0] in there


def verdicts(conditions: Sequence[Condition], ticket: Snapshot) -> tuple[bool, ...]:
    """Whether each condition holds, in their order."""
    return tuple(holds(condition, ticket) for condition in conditions)


def fires(conditions: Sequence[Condition], found: Sequence[bool]) -> bool:
    """Whether a trigger fires: every required row holds, and one of the optional
    ones, if there are any (TRG-2).
    """
    pairs = list(zip(conditions, found, strict=True))
    optional = [held for condition, held in pairs if not condition.required]
    return (
        bool(pairs)
        and all(held for condition, held in pairs if condition.required)
        and (not optional or any(optional))
    )


class ResultKind(enum.Enum):
    ASSIGN = "assign"
    GROUP = "group"
    INTAKE = "intake"
    PRIORITY = "priority"
    STATE = "state"
    MAIL = "mail"
    FORWARD = "forward"
    CALL = "call"
    DOORAY = "dooray"


class How(enum.Enum):
    """How one of several agents is chosen."""

    RANDOM = "random"
    TURN = "turn"
    ONE = "one"


class To(enum.Enum):
    """Whom a mail goes to."""

    ASSIGNEE = "assignee"
    AGENT = "agent"
    GROUP = "group"
    CUSTOMER = "customer"


STATES = tuple(state.value for state in (State.HOLD, State.RESOLVED, State.DONE))


@dataclass(frozen=True)
class Result:
    """One thing a trigger does (TRG-3).

    ASSIGN: `group`, `how`, `members` (ids, empty: all of the group). GROUP: `group`. INTAKE,
    PRIORITY, STATE: `value`. MAIL: `to`, `group` or one of `members`, `texts` (`{language:
    {"subject", "body", "html"}}`; `html` is sanitized, '' in plain text).
    FORWARD: `value` an address, `complete`. CALL: `value` a URL. DOORAY: `value` the URL of an
    incoming hook of Dooray! Messenger, `texts` (`{language: {"body"}}`).
    """

    kind: ResultKind
    value: str = ""
    group: int | None = None
    how: How = How.RANDOM
    members: tuple[int, ...] = ()
    to: To = To.ASSIGNEE
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    complete: bool = False


def next_in_turn(order: Sequence[int], able: Collection[int], last: int | None) -> int | None:
    """Whose turn it is after `last`, of those who are able, in the order in which agents were
    added; None when nobody is.

    Members' ids stand for that order where `last` is no longer among them.
    """
    if not any(member in able for member in order):
        return None
    if last is not None and last in order:
        place = order.index(last) + 1
    else:
        place = next((n for n, member in enumerate(order) if last is not None and member > last), 0)
    return next(member for member in (*order[place:], *order[:place]) if member in able)


@dataclass(frozen=True)
class Known:
    """What a service's triggers can look at: the values that can be chosen, by a condition's key
    and by `result:<kind>`, the types of its fields by key, and its zone and country, in which times
    and numbers are typed.
    """

    values: Mapping[str, Collection[str]]
    types: Mapping[str, FieldType] = field(default_factory=dict)
    zone: str = "UTC"
    country: str = "KR"


PARTS = {ResultKind.MAIL: ("subject", "body"), ResultKind.DOORAY: ("body",)}


def written(result: Result) -> dict[str, Mapping[str, str]]:
    """The texts that are whole, by language: a mail has a subject, too."""
    return {
        code: text
        for code, text in result.texts.items()
        if all(text.get(part) for part in PARTS[result.kind])
    }


def texts_of(result: Result) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Each part of a result's texts: its field in the form, the part, the text it is of."""
    for code, text in result.texts.items():
        for part in PARTS.get(result.kind, ()):
            yield f"{part}-{code}", part, text


def said_by(result: Result) -> list[str]:
    """Every text that a result may send, in all languages; they may have placeholders."""
    return [
        said
        for _place, part, text in texts_of(result)
        for said in (
            text.get(part, ""),
            *(richtext.addresses(text.get("html", "")) if part == "body" else ()),
        )
    ]


def tells_customer(result: Result) -> bool:
    """Whether the customer reads its texts."""
    return result.kind is ResultKind.MAIL and result.to is To.CUSTOMER


def forbidden_by(result: Result, words: Sequence[str]) -> list[Hit]:
    """Where a mail to the customer says what it must not (FBW-1); what fills its placeholders in is
    not the service's own word.
    """
    if not tells_customer(result):
        return []
    return [hit for text in said_by(result) for hit in forbidden_in(text, words)]


def made_by(key: str) -> int | None:
    """The trigger that wrote something into an outbox, by its key there."""
    found = re.fullmatch(r"trigger-\d+-(\d+)-.*", key)
    return int(found[1]) if found else None


def condition_from(values: Mapping[str, Any]) -> Condition:
    """A condition as JSON keeps it."""
    kind, comparison = Subject(values["subject"]), Comparison(values["comparison"])
    return Condition(
        bool(values["required"]), kind, comparison, tuple(values["values"]), values["code"]
    )


def condition_values(one: Condition) -> dict[str, Any]:
    return {
        "required": one.required,
        "subject": one.subject.value,
        "comparison": one.comparison.value,
        "values": list(one.values),
        "code": one.code,
    }


def result_from(values: Mapping[str, Any]) -> Result:
    """A result as JSON keeps it."""
    return Result(
        ResultKind(values["kind"]),
        values["value"],
        values["group"],
        How(values["how"]),
        tuple(values["members"]),
        To(values["to"]),
        values["texts"],
        bool(values["complete"]),
    )


def result_values(one: Result) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "value": one.value,
        "group": one.group,
        "how": one.how.value,
        "members": list(one.members),
        "to": one.to.value,
        "texts": {code: dict(text) for code, text in one.texts.items()},
        "complete": one.complete,
    }
