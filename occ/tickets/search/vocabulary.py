"""What the search box of a service's tickets understands: every key and value by its
words in any language (TKT-7).
"""

import enum
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from occ.core import clock, phones, search
from occ.core.errors import Refused
from occ.core.i18n import country, day, everywhere, lazy_gettext, lazy_pgettext, viewer_zone
from occ.core.i18n import gettext as _
from occ.core.labels import Label
from occ.fields import queries as fields
from occ.fields import rules as field_rules
from occ.fields.labels import value_text
from occ.fields.queries import Spoken
from occ.fields.rules import CHOSEN, FieldType, Shown
from occ.organization.models import Service
from occ.ticket_settings import queries as settings
from occ.ticket_settings.queries import TypeName
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import labels, queries
from occ.tickets.rules import Channel, Priority, State
from occ.tickets.search import days, finding, terms
from occ.tickets.search.days import Period
from occ.tickets.search.terms import (
    Between,
    Equals,
    Holds,
    Key,
    Meant,
    Query,
    Reached,
    Unclear,
    Unset,
    likeness,
    parse,
    plain,
    wide,
)

_l = lazy_gettext
NAMES = {  # the last one is either of the types
    "state": _l("State"),
    "priority": _l("Priority"),
    "channel": _l("Channel"),
    "assignee": _l("Assignee"),
    "customer": _l("Customer"),
    "intake": _l("Intake type"),
    "resolution": _l("Resolution type"),
    "received": lazy_pgettext("day", "Received"),
    "type": _l("Type"),
}
SHORT = {"received": _l("Received")}  # what is typed for a name as well
KINDS = {
    "intake": (CategoryKind.INTAKE,),
    "resolution": (CategoryKind.RESOLUTION,),
    "type": tuple(CategoryKind),
}
PRESETS = {"today": _l("Today"), "week": _l("7 days"), "month": _l("This month")}
ME, NOBODY, NO_TYPE = _l("Me"), _l("Nobody"), _l("No type")
YES, NO = _l("Yes"), _l("No")
_CODED: tuple[tuple[str, type[enum.Enum], Any], ...] = (
    ("state", State, labels.STATES),
    ("priority", Priority, labels.PRIORITIES),
    ("channel", Channel, labels.CHANNELS),
)


@dataclass(frozen=True)
class Words:
    """What is the same for every service, by plain names in all languages."""

    keys: Mapping[str, frozenset[str]]  # names of keys
    codes: Mapping[str, Mapping[str, str]]  # of values, by key


def _codes(texts: Mapping[str, Any]) -> dict[str, str]:
    return {plain(name): code for code, text in texts.items() for name in (code, *everywhere(text))}


@cache
def _words() -> Words:
    coded = {
        key: _codes({member.value: label.text for member, label in texts.items()})
        for key, _kind, texts in _CODED
    }
    coded |= {
        "assignee": _codes({"me": ME, "nobody": NOBODY, "none": NOBODY}),
        "period": _codes(PRESETS),
    }
    coded |= {"nothing": _codes({"none": NO_TYPE}), "checkbox": _codes({"1": YES, "0": NO})}
    called = {
        **NAMES,
        **{system.value: field_rules.NAMES[system] for system in field_rules.PHONE_SYSTEM},
    }
    coded["direction"] = _codes(
        {direction.value: text for direction, text in field_rules.DIRECTIONS.items()}
    )
    return Words(
        {
            code: frozenset(
                plain(name)
                for name in (code, *everywhere(text), *everywhere(SHORT.get(code, text)))
            )
            for code, text in called.items()
        },
        coded,
    )


def query_of(service: Service, text: str, *, manager: bool) -> Query:
    """What a search of a service's tickets says, to a manager or to an agent."""
    return parse(text, lambda: keys(service, manager=manager)) if text else Query()


def keys(service: Service, *, manager: bool) -> list[Key]:
    """All that somebody may search a service's tickets by; fields by their codes
    first, then by what they are called.
    """
    reads: dict[str, Callable[[str], Meant]] = {
        code: _coded(code, kind, texts) for code, kind, texts in _CODED
    }
    reads |= {
        "assignee": lambda value: _assignee(service, value),
        "customer": lambda value: Meant(value, value),
    }
    reads |= {code: _typed(service, code) for code in KINDS} | {
        "received": lambda value: _received(service, value)
    }
    *built_in, either_type = [
        Key(code, str(NAMES[code]), _words().keys[code], reads[code]) for code in NAMES
    ]
    seen = [one for one in fields.spoken(service) if manager or not one.field.managers_only]
    by_code = [_of_field(one, frozenset({one.field.code}), manager=manager) for one in seen]
    by_name = [_of_field(one, _names(one), manager=manager) for one in seen]
    return [*built_in, *by_code, *by_name, either_type]


def _names(one: Spoken) -> frozenset[str]:
    return frozenset(map(plain, one.names)) | _words().keys.get(one.field.code, frozenset())


PERIODS = {**PRESETS, "range": _l("From–to")}


@dataclass(frozen=True)
class Filters:
    """What is chosen instead of typed, as people write it; a period is one of PERIODS,
    with days where it is a range.
    """

    intake: str = ""
    period: str = ""
    since: str = ""
    until: str = ""
    channel: str = ""
    customer: str = ""

    def values(self) -> dict[str, str]:
        """The same as values of conditions, '' for none."""
        between = f"{self.since}..{self.until}" if self.since or self.until else ""
        received = between if self.period == "range" else str(PRESETS.get(self.period, ""))
        return {
            "intake": self.intake,
            "received": received,
            "channel": self.channel,
            "customer": self.customer,
        }


def filters(service: Service, text: str, *, manager: bool) -> Filters:
    """What a search says to the filters; of several conditions on one thing the first."""
    typed = terms.conditions(terms.typed(text), keys(service, manager=manager))
    said = {key.code: term.text for key, term in reversed(typed)}
    channel = _words().codes["channel"].get(plain(said.get("channel", "")))
    name = str(labels.CHANNELS[Channel(channel)].text) if channel else ""
    found = Filters(said.get("intake", ""), channel=name, customer=said.get("customer", ""))
    received = said.get("received", "")
    if preset := _words().codes["period"].get(plain(received)):
        return replace(found, period=preset)
    between = days.period(received, {}) if received else None
    if between is None:
        return found
    first, last = (str(one) if one else "" for one in (between.first, between.last))
    return replace(found, period="range", since=first, until=last)


def filtered(
    service: Service, text: str, chosen: Filters, *, manager: bool
) -> tuple[str, dict[str, str]]:
    """A search with what is chosen now, and what is wrong with it, by filter.

    What was not touched stays as it was typed.
    """
    known, said = keys(service, manager=manager), chosen.values()
    before = filters(service, text, manager=manager).values()
    wrong: dict[str, str] = {}
    for key in known:
        if said.get(key.code):
            try:
                key.read(said[key.code])
            except Unclear as error:
                wrong[key.code] = error.message
    return terms.rewritten(
        text, known, {code: value for code, value in said.items() if value != before[code]}
    ), wrong


def _coded(key: str, kind: type[enum.Enum], texts: Mapping[Any, Label]) -> Callable[[str], Meant]:
    def read(value: str) -> Meant:
        code = _words().codes[key].get(plain(value))
        if code is None:
            raise _no_such(NAMES[key], value, [str(label.text) for label in texts.values()])
        return Meant(kind(code), str(texts[kind(code)].text))

    return read


def _no_such(name: Any, value: str, offers: Iterable[str]) -> Unclear:
    return Unclear(_("“%(name)s” is never “%(value)s”.", name=name, value=value), offers)


def _assignee(service: Service, value: str) -> Meant:
    code = _words().codes["assignee"].get(plain(value))
    if code is not None:
        return Meant("me", str(ME)) if code == "me" else Meant(None, str(NOBODY))
    people = finding.people_named(value)
    if not people:
        there = [agent.member.name for agent in queries.may_be_assigned(service.id)]
        raise Unclear(_("Nobody is called “%(name)s”.", name=value), [str(ME), str(NOBODY), *there])
    return Meant(frozenset(people), value)


def _received(service: Service, value: str) -> Meant:
    """Days of the service."""
    today = clock.local_day(clock.now(), service.time_zone)
    found, words = _period(value, today)
    return Meant(_instants(found, service.time_zone), words)


def _period(value: str, today: date) -> tuple[Period, str]:
    """A period that was typed, and its words."""
    presets = days.preset_periods(today)
    found = days.period(
        value, {name: presets[code] for name, code in _words().codes["period"].items()}
    )
    if found is None:
        raise Unclear(
            _("Enter a day like 2026-12-01, or a period like 2026-12-01..2026-12-31."),
            map(str, PRESETS.values()),
        )
    if found.first and found.last and found.first > found.last:
        raise Unclear(_("The period ends before it begins. Choose the days again."))
    code = _words().codes["period"].get(plain(value))
    return found, str(PRESETS[code]) if code else _period_words(found)


def _period_words(found: Period) -> str:
    if found.first is None or found.last is None:
        return (
            _("from %(day)s", day=day(found.first))
            if found.first
            else _("until %(day)s", day=day(found.last or date.max))
        )
    return (
        day(found.first) if found.first == found.last else f"{day(found.first)} – {day(found.last)}"
    )


def _instants(found: Period, zone: str) -> tuple[datetime | None, datetime | None]:
    """When a period of a zone's days begins and has ended."""
    since = clock.day_start(found.first, zone) if found.first else None
    return since, clock.day_start(found.last + timedelta(days=1), zone) if found.last else None


def _typed(service: Service, key: str) -> Callable[[str], Meant]:
    """Intake or resolution types by name or path, with all that stand below; also
    those that were deleted since.
    """

    def read(value: str) -> Meant:
        rows = settings.every_name(service.id, KINDS[key])
        found = _types_called(rows, value)
        if not found and plain(value) in _words().codes["nothing"]:
            return Meant(None, str(NO_TYPE))
        if not found:
            language, said = settings.shown_language(service), plain(value)
            names = dict.fromkeys(
                row.name for row in rows if not row.gone and row.language == language
            )
            raise _no_such(
                NAMES[key],
                value,
                sorted(names, key=lambda name: likeness(said, plain(name)), reverse=True),
            )
        paths = set(settings.path_names(service, found).values())
        return Meant(
            frozenset(settings.with_those_below(rows, found)),
            paths.pop() if len(paths) == 1 else value,
        )

    return read


def _types_called(rows: Sequence[TypeName], value: str) -> list[int]:
    """The types of this name, else of this path, else with this in their name."""
    names: dict[int, set[str]] = {}
    above: dict[int, int | None] = {}
    for row in rows:
        names.setdefault(row.id, set()).add(plain(row.name))
        above[row.id] = row.parent_id

    def ends_with(ident: int | None, path: Sequence[str]) -> bool:
        return not path or (
            ident in names and path[-1] in names[ident] and ends_with(above[ident], path[:-1])
        )

    said, path = plain(value), [plain(step) for step in re.split("[›>/]", value)]
    return (
        [ident for ident in names if said in names[ident]]
        or [ident for ident in names if len(path) > 1 and ends_with(ident, path)]
        or [ident for ident in names if any(said in name for name in names[ident])]
    )


def _of_field(one: Spoken, names: frozenset[str], *, manager: bool) -> Key:
    def read(value: str) -> Meant:
        if one.field.personal:
            raise Unclear(_("Personal values are kept out of the search."))
        return _field_value(one, value, manager=manager)

    return Key(f"field:{one.field.code}", one.field.name, names, read, one.field.code)


def _field_value(one: Spoken, value: str, *, manager: bool) -> Meant:
    """A value of a field as its type reads it."""
    field = one.field
    if field.type in CHOSEN:
        return _choice(one, value)
    if field.type is FieldType.CHECKBOX:
        code = _words().codes["checkbox"].get(plain(value))
        if code is None:
            raise _no_such(field.name, value, [str(YES), str(NO)])
        return Meant(Equals(("1",)), str(YES)) if code == "1" else Meant(Unset(), str(NO))
    if field.type in (FieldType.DATE, FieldType.DATE_TIME):
        return _when(field, value)
    if field.type in field_rules.REACHING:
        return _reaching(field, value, manager=manager)
    if field.type is FieldType.NUMBER:
        try:
            stored = field_rules.check_value(field, [wide(value)], viewer_zone(), country())
        except Refused as error:
            raise Unclear(str(error.message)) from error
        return Meant(Equals((stored,), seen=(stored,)), value_text(field, stored))
    return Meant(Holds(value), value)


def _reaching(field: Shown, value: str, *, manager: bool) -> Meant:
    part = phones.part(value) if field.type is FieldType.PHONE else value
    if not part:
        raise Unclear(_("Enter a phone number such as 02-1234-5678."))
    return Meant(
        Holds(part) if manager else Reached(part, tuple(finding.stored_ways(value))), value
    )


def _choice(one: Spoken, value: str) -> Meant:
    """Choices by their whole name, else by a part of it, in any language; also
    those that were removed since.
    """
    names = [(key, plain(name)) for key, names in one.choices.items() for name in names]
    if one.field.system is field_rules.System.DIRECTION:
        names = [(key, name) for name, key in _words().codes["direction"].items()]
    said = plain(value)
    found = list(
        dict.fromkeys(
            [key for key, name in names if said == name]
            or [key for key, name in names if said in name]
        )
    )
    if not found:
        raise _no_such(one.field.name, value, [choice.name for choice in one.field.choices])
    shown = {choice.key: choice.name for choice in (*one.field.choices, *one.field.gone)}
    said_so = [
        next((name for name in one.choices.get(key, ()) if search.phrase(name)), "")
        for key in found
    ]
    return Meant(
        Equals(tuple(found), seen=tuple(said_so) if all(said_so) else ()),
        ", ".join(shown[key] for key in found if key in shown),
    )


def _when(field: Shown, value: str) -> Meant:
    """Days, months and periods; of dates with times also one minute.

    They are the viewer's, as the page shows them.
    """
    zone = viewer_zone()
    at = days.minute(value, zone) if field.type is FieldType.DATE_TIME else None
    if at is not None:
        return Meant(Equals((_stored(at),)), value_text(field, _stored(at)))
    found, words = _period(value, clock.local_day(clock.now(), zone))
    if field.type is FieldType.DATE:
        low, after = found.first, found.last + timedelta(days=1) if found.last else None
        if low and found.first == found.last:
            return Meant(Equals((low.isoformat(),), seen=(low.isoformat(),)), words)
        return Meant(
            Between(low.isoformat() if low else None, after.isoformat() if after else None), words
        )
    since, until = _instants(found, zone)
    return Meant(
        Between(_stored(since) if since else None, _stored(until) if until else None), words
    )


def _stored(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="minutes")
