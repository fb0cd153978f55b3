"""Triggers: what they look at, when they fire, what they do; pure (TRG-2, TRG-3)."""

import enum
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.core.net import check_url

TITLE_MAX, CONDITIONS_MAX, RESULTS_MAX, TRIGGERS_MAX, VALUE_MAX = 100, 30, 10, 300, 200
SUBJECT_MAX, BODY_MAX = 200, 10_000


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
COMPARISONS: dict[Subject, tuple[Comparison, ...]] = {
    Subject.STATE: _CHOICE, Subject.INTAKE: _OPEN_CHOICE, Subject.RESOLUTION: _OPEN_CHOICE, Subject.CHANNEL: _FIXED,
    Subject.ASSIGNEE: _OPEN_CHOICE, Subject.GROUP: _OPEN_CHOICE, Subject.PRIORITY: (*_CHOICE, C.MORE, C.LESS), Subject.TITLE: _TEXT,
    Subject.BODY: _TEXT, Subject.LANGUAGE: _FIXED, Subject.RECEIVED: (C.MORE, C.LESS), Subject.QUIET: (C.MORE, C.LESS),
    Subject.FIELD: (C.EQUAL, C.NOT_EQUAL, C.CONTAINS, C.NOT_CONTAINS, C.ONE_OF, C.EMPTY, C.CHANGED, C.MORE, C.LESS),
}  # fmt: skip
TIMED = (Subject.RECEIVED, Subject.QUIET)
PRIORITIES = ("low", "normal", "high", "urgent")
NO_VALUE = (C.EMPTY, C.CHANGED)


@dataclass(frozen=True)
class Condition:
    """One row: `required` ones must all hold, of the others one (TRG-2). `code` names the field of FIELD."""

    required: bool
    subject: Subject
    comparison: Comparison
    values: tuple[str, ...] = ()
    code: str = ""

    @cached_property
    def key(self) -> str:
        """What a snapshot calls it."""
        return f"field:{self.code}" if self.subject is Subject.FIELD else self.subject.value


@dataclass(frozen=True)
class Snapshot:
    """A ticket as conditions see it: values by key, several where a category stands below others; and what has changed."""

    values: Mapping[str, tuple[str, ...]]
    changed: frozenset[str] = frozenset()


def _number(text: str, key: str) -> Decimal | None:
    if key == Subject.PRIORITY.value:
        return Decimal(PRIORITIES.index(text)) if text in PRIORITIES else None
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _compare(left: str, right: str, key: str) -> int:
    """-1, 0 or 1; figures by size, other texts (dates) by their letters."""
    one, two = _number(left, key), _number(right, key)
    if one is not None and two is not None:
        return (one > two) - (one < two)
    return (left > right) - (left < right)


def holds(condition: Condition, ticket: Snapshot) -> bool:
    """Whether a ticket meets one condition."""
    key, there = condition.key, tuple(value for value in ticket.values.get(condition.key, ()) if value)
    wanted = condition.values[0] if condition.values else ""
    match condition.comparison:
        case C.EMPTY:
            return not there
        case C.CHANGED:
            return key in ticket.changed
        case C.EQUAL:
            return wanted in there
        case C.NOT_EQUAL:
            return wanted not in there
        case C.ONE_OF:
            return any(value in there for value in condition.values)
        case C.CONTAINS:
            return any(wanted.casefold() in value.casefold() for value in there)
        case C.NOT_CONTAINS:
            return not any(wanted.casefold() in value.casefold() for value in there)
        case C.MORE:
            return any(_compare(value, wanted, key) > 0 for value in there)
        case C.LESS:
            return any(_compare(value, wanted, key) < 0 for value in there)


def verdicts(conditions: Sequence[Condition], ticket: Snapshot) -> tuple[bool, ...]:
    """Whether each condition holds, in their order."""
    return tuple(holds(condition, ticket) for condition in conditions)


def fires(conditions: Sequence[Condition], found: Sequence[bool]) -> bool:
    """Whether a trigger fires: every required row holds, and one of the optional ones, if there are any (TRG-2)."""
    pairs = list(zip(conditions, found, strict=True))
    optional = [held for condition, held in pairs if not condition.required]
    return bool(pairs) and all(held for condition, held in pairs if condition.required) and (not optional or any(optional))


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
    GROUP = "group"
    CUSTOMER = "customer"


STATES = ("hold", "resolved", "done")


@dataclass(frozen=True)
class Result:
    """One thing a trigger does (TRG-3).

    ASSIGN: `group`, `how`, `members` (ids, empty: all of the group). GROUP: `group`. INTAKE, PRIORITY, STATE: `value`.
    MAIL: `to`, `group`, `texts` (`{language: {"subject", "body"}}`). FORWARD: `value` an address, `complete`. CALL: `value` a URL.
    DOORAY: `value` the URL of an incoming hook of Dooray! Messenger, `texts` (`{language: {"body"}}`).
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
    """Whose turn it is after `last`, of those who are able, in the order in which agents were added; None when nobody is.

    Members' ids stand for that order where `last` is no longer among them.
    """
    if not any(member in able for member in order):
        return None
    if last is not None and last in order:
        place = order.index(last) + 1
    else:
        place = next((n for n, member in enumerate(order) if last is not None and member > last), 0)
    return next(member for member in (*order[place:], *order[:place]) if member in able)


class Wrong(Refused):
    """All that is wrong with a trigger, by the place in its form."""

    def __init__(self, errors: Mapping[str, Any]) -> None:
        super().__init__(next(iter(errors.values())), next(iter(errors)))
        self.errors = errors


def check(title: str, conditions: Sequence[Condition], results: Sequence[Result], known: Mapping[str, Collection[str]]) -> None:
    """What a trigger must be; raises Wrong with the places: `title`, `c<n>`, `r<n>`, `conditions` or `results`.

    `known` are the values that can be chosen, by a condition's key, and by `result:<kind>`.
    """
    wrong: dict[str, Any] = {}
    if not title:
        wrong["title"] = _("Fill this in.")
    if len(title) > TITLE_MAX:
        wrong["title"] = _("Use at most %(limit)s characters; this has %(count)s.", limit=TITLE_MAX, count=len(title))
    if not conditions:
        wrong["conditions"] = _("Add at least one condition.")
    if not results:
        wrong["results"] = _("Add at least one result.")
    if len(conditions) > CONDITIONS_MAX or len(results) > RESULTS_MAX:
        limits = {"conditions": CONDITIONS_MAX, "results": RESULTS_MAX}
        wrong["conditions"] = _("Keep at most %(conditions)s conditions and %(results)s results.", **limits)
    lines: list[tuple[Callable[..., None], str, Any]] = [(_check_condition, f"c{n}", one) for n, one in enumerate(conditions)]
    lines += [(_check_result, f"r{n}", one) for n, one in enumerate(results)]
    for test, place, row in lines:
        try:
            test(row, place, known)
        except Refused as error:
            wrong[place] = error.message
    if wrong:
        raise Wrong(wrong)


def _check_condition(condition: Condition, place: str, known: Mapping[str, Collection[str]]) -> None:
    if condition.comparison not in COMPARISONS[condition.subject]:
        raise Refused(_("This cannot be compared so."), place)
    if condition.subject is Subject.FIELD and condition.key not in known:
        raise Refused(_("Choose a field."), place)
    if condition.comparison in NO_VALUE:
        return
    if not condition.values or any(not value or len(value) > VALUE_MAX for value in condition.values):
        raise Refused(_("Give a value."), place)
    if condition.comparison is not C.ONE_OF and len(condition.values) != 1:
        raise Refused(_("Give one value."), place)
    choices = known.get(condition.key, ())
    if choices and any(value not in choices for value in condition.values):
        raise Refused(_("Choose one of the list."), place)
    if condition.subject in TIMED and (_number(condition.values[0], "") is None or not 0 < Decimal(condition.values[0]) <= 8760):
        raise Refused(_("Give hours, more than 0 and at most 8760."), place)


def _check_result(result: Result, place: str, known: Mapping[str, Collection[str]]) -> None:
    kind = result.kind
    groups, choices = known["group"], known.get(f"result:{kind.value}", ())
    if kind in (ResultKind.INTAKE, ResultKind.PRIORITY, ResultKind.STATE) and result.value not in choices:
        raise Refused(_("Choose one of the list."), place)
    of_group = kind in (ResultKind.ASSIGN, ResultKind.GROUP) or (kind is ResultKind.MAIL and result.to is To.GROUP)
    if of_group and str(result.group) not in groups:
        raise Refused(_("Choose a group."), place)
    if kind is ResultKind.ASSIGN and (result.how is How.ONE) and len(result.members) != 1:
        raise Refused(_("Choose one agent."), place)
    if kind is ResultKind.MAIL and not written(result):
        raise Refused(_("Write a subject and a text in at least one language."), place)
    if kind is ResultKind.DOORAY and not written(result):
        raise Refused(_("Write a text in at least one language."), place)
    if any(len(text.get("subject", "")) > SUBJECT_MAX or len(text.get("body", "")) > BODY_MAX for text in result.texts.values()):
        raise Refused(_("This text is too long."), place)
    if kind is ResultKind.FORWARD and not re.fullmatch(r"[^@\s,;<>]{1,64}@[^@\s,;<>]{1,120}\.[^@\s,;<>]{2,60}", result.value):
        raise Refused(_("This is not an e-mail address."), place)
    if kind in (ResultKind.CALL, ResultKind.DOORAY):
        check_url(result.value, field=place)


def written(result: Result) -> dict[str, Mapping[str, str]]:
    """The texts that are whole, by language: a mail has a subject, too."""
    parts = ("subject", "body") if result.kind is ResultKind.MAIL else ("body",)
    return {code: text for code, text in result.texts.items() if all(text.get(part) for part in parts)}


def condition_from(values: Mapping[str, Any]) -> Condition:
    """A condition as JSON keeps it."""
    kind, comparison = Subject(values["subject"]), Comparison(values["comparison"])
    return Condition(bool(values["required"]), kind, comparison, tuple(values["values"]), values["code"])


def condition_values(one: Condition) -> dict[str, Any]:
    return {
        "required": one.required, "subject": one.subject.value, "comparison": one.comparison.value, "values": list(one.values),
        "code": one.code,
    }  # fmt: skip


def result_from(values: Mapping[str, Any]) -> Result:
    """A result as JSON keeps it."""
    return Result(
        ResultKind(values["kind"]), values["value"], values["group"], How(values["how"]), tuple(values["members"]), To(values["to"]),
        values["texts"], bool(values["complete"]),
    )  # fmt: skip


def result_values(one: Result) -> dict[str, Any]:
    return {
        "kind": one.kind.value, "value": one.value, "group": one.group, "how": one.how.value, "members": list(one.members),
        "to": one.to.value, "texts": {code: dict(text) for code, text in one.texts.items()}, "complete": one.complete,
    }  # fmt: skip
