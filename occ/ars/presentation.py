"""What the pages of the voice menu show, in words: week, calendar, keys,
findings, differences, a test call.
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from flask import url_for

from occ.ars import menus
from occ.ars.labels import DAYS, EXTRAS, HOLIDAY_KINDS, KEY_KINDS, LANGUAGES, PROBLEMS
from occ.ars.rules import flow
from occ.ars.rules.compare import differences
from occ.ars.rules.findings import Finding, Problem, findings
from occ.ars.rules.flow import Heard, Move, Scene, Step
from occ.ars.rules.hours import DAY, WEEK, Days, Holiday, Range, Row, clock, holiday_on, row_of
from occ.ars.rules.menu import Ars, Extra, Key, Language, Source, Voice
from occ.ars.rules.sentences import after_hours
from occ.core import i18n
from occ.core.i18n import gettext as _
from occ.organization.models import Service

STEPS_MAX = 60
NO_KEY, WAIT = "-", "~"  # in a test call's inputs


@dataclass(frozen=True)
class Day:
    """A line of the week grid: `own` hours beat those of weekdays and weekend."""

    name: Any
    own: bool
    blocks: Sequence[Range]


@dataclass(frozen=True)
class Week:
    days: Sequence[Day]
    first: int  # hours
    last: int


def week(ars: Ars) -> Week:
    """The week as a grid, as many hours wide as it needs."""
    days = []
    for number, day in enumerate(WEEK):
        row = row_of(ars.hours, number)
        days.append(Day(DAYS[day], row is not None and row.days is day, row.ranges if row else ()))
    blocks = [block for day in days for block in day.blocks]
    first = min([8, *(block.start // 60 for block in blocks)])
    last = max([20, *(-(-block.end // 60) for block in blocks)])
    return Week(days, first, last)


def menu_text(ars: Ars, scene: Scene, language: Language) -> str:
    """The generated menu announcement as it is spoken."""
    return " ".join(say.text for say in flow.menu_says(replace(ars, menu={}), scene, language))


def ranges(row: Row) -> str:
    """09:00–12:00, 13:00–18:00"""
    ordered, closed = sorted(row.ranges, key=lambda r: r.start), _("not reachable")
    return ", ".join(
        f"{clock(r.start)}–{clock(r.end)}" + ("" if r.reachable else f" ({closed})")
        for r in ordered
    )


def sentences(ars: Ars, languages: Sequence[Language]) -> list[tuple[Language, str]]:
    """What callers hear out of hours, in each language (ARS-5)."""
    return [(language, after_hours(ars.hours, language)) for language in languages]


@dataclass(frozen=True)
class Month:
    first: date
    previous: date
    next: date
    weeks: Sequence[Sequence[tuple[date, Holiday | None] | None]]
    holidays: Sequence[Holiday]


def month(ars: Ars, asked: str, today: date) -> Month:
    """A month of the holiday calendar, weeks from Sunday; `asked` is like 2026-05."""
    try:
        first = date.fromisoformat(f"{asked}-01")
    except ValueError:
        first = today.replace(day=1)
    if not 2000 <= first.year <= 2100:
        first = today.replace(day=1)
    weeks: list[list[tuple[date, Holiday | None] | None]] = []
    for days in calendar.Calendar(6).monthdatescalendar(first.year, first.month):
        weeks.append(
            [
                (day, holiday_on(ars.holidays, day)) if day.month == first.month else None
                for day in days
            ]
        )
    shown = [cell for days in weeks for cell in days if cell is not None and cell[1] is not None]
    holidays = [replace(holiday, on=day) for day, holiday in shown if holiday is not None]
    before = date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)
    after = date(first.year + (first.month == 12), first.month % 12 + 1, 1)
    return Month(first, before, after, weeks, holidays)


@dataclass(frozen=True)
class Note:
    """A finding in words with the way to mend it."""

    text: str
    link: str
    url: str
    serious: bool
    blocks: bool
    dialog: bool = True


def notes(service: Service, ars: Ars, scene: Scene) -> list[Note]:
    return [_note(service, found) for found in findings(ars, scene, recorded=menus.recorded())]


def _note(service: Service, found: Finding) -> Note:
    words = dict(found.values)
    if "extra" in words:
        words["extra"] = str(EXTRAS[Extra(words["extra"])][0])
    if "language" in words:
        words["language"] = LANGUAGES[Language(words["language"])]
    text, link = PROBLEMS[found.problem]
    url, dialog = _place(service, found)
    return Note(str(text) % words, str(link) % words, url, found.serious, found.blocks, dialog)


def _place(service: Service, found: Finding) -> tuple[str, bool]:
    """Where a finding is mended, and whether that is a dialog."""
    slug, values = service.slug, found.values
    if found.problem in (Problem.QUEUE_EMPTY, Problem.NO_CALLBACKS):
        return url_for("ars.edit_queue", slug=slug, ident=values["queue_id"]), True
    if found.problem is Problem.NO_QUEUE:
        return url_for("ars.queues", slug=slug), False
    if found.problem is Problem.NEVER_OPEN:
        return url_for("hours.new", slug=slug), True
    if found.problem is Problem.NO_HOLIDAYS:
        return url_for("hours.import_holidays", slug=slug, year=values["year"]), True
    if found.problem is Problem.NO_KEYS:
        return url_for("voices.new_key", slug=slug), True
    if "key" in values:
        return url_for("voices.edit_key", slug=slug, pressed=values["key"]), True
    if "extra" in values:
        return url_for("voices.edit", slug=slug, name=values["extra"]), True
    return url_for("voices.edit", slug=slug, name="greeting"), True


# what changed


@dataclass(frozen=True)
class Change:
    what: str
    before: str
    after: str


def changes(before: Ars, after: Ars, scene: Scene) -> list[Change]:
    """What differs between two menus, in words."""
    return [
        Change(_part(name), _value(old, scene), _value(new, scene))
        for name, old, new in differences(before, after)
    ]


def _part(name: str) -> str:
    kind, _slash, language = name.partition("/")
    kind, _colon, ident = kind.partition(":")
    words = {
        "greeting": lambda: _("Greeting"),
        "menu": lambda: _("Menu announcement"),
        "order": lambda: _("Order of the keys"),
        "key": lambda: _("Key %(key)s", key=ident),
        "hours": lambda: _("Hours") + f" · {DAYS[Days(ident)]}",
        "holiday": lambda: _("Holiday") + f" · {i18n.listed_day(date.fromisoformat(ident))}",
        "extra": lambda: str(EXTRAS[Extra(ident)][0]),
        "delays": lambda: _("Delay announcement"),
    }[kind]()
    return f"{words} · {LANGUAGES[Language(language)]}" if language else words


def _value(value: Any, scene: Scene) -> str:
    if value is None:
        return "–"
    if isinstance(value, Voice):
        return (
            value.text
            if value.source is Source.TEXT
            else _("Audio file, %(seconds)s s", seconds=value.seconds)
        )
    if isinstance(value, Row):
        return ranges(value)
    if isinstance(value, Holiday):
        return f"{value.name} · {HOLIDAY_KINDS[value.kind]}" + (
            " · " + _("every year") if value.yearly else ""
        )
    if isinstance(value, str):
        return " ".join(value)
    if len(value) == 2:
        return _("after %(first)s s, then every %(every)s s", first=value[0], every=value[1])
    kind, names, queue, callback, language = value
    parts = [KEY_KINDS[kind], ", ".join(name for _code, name in names)]
    if queue is not None:
        parts.append(scene.queues[queue].name if queue in scene.queues else _("a retired queue"))
    if callback:
        parts.append(_("callback offered"))
    if language is not None:
        parts.append(LANGUAGES[language])
    return " · ".join(str(part) for part in parts if part)


# the test call


@dataclass(frozen=True)
class Line:
    """One line of a test call: what is said, pressed, or where it ended;
    `at` in seconds from its start.
    """

    at: int
    icon: str
    text: str
    tone: str = ""
    say: flow.Say | None = None


@dataclass(frozen=True)
class TestCall:
    lines: Sequence[Line]
    over: bool
    keys: frozenset[str]
    waits: bool


def test_call(ars: Ars, scene: Scene, inputs: str) -> TestCall:
    """Plays a menu from its start through keys, `-` for none and `~` for
    a wait in the queue (ARS-8).
    """
    lines: list[Line] = []
    step, at = flow.start(ars, scene), 0.0
    at = _said(lines, step, scene, at)
    for one in inputs[:STEPS_MAX]:
        if step.position.node is flow.Node.OVER:
            break
        if one == WAIT:
            at += ars.every_delay
        text = {NO_KEY: _("No key is pressed"), WAIT: _("The caller waits")}.get(one) or _(
            "Key %(key)s is pressed", key=one
        )
        lines.append(Line(int(at), "clock" if one in (NO_KEY, WAIT) else "dialpad", text, "me"))
        step = flow.step(
            ars,
            scene,
            step.position,
            {NO_KEY: Heard.SILENCE, WAIT: Heard.DELAY}.get(one, Heard.DIGIT),
            one,
        )
        at = _said(lines, step, scene, at + (flow.KEY_WAIT if one == NO_KEY else 1))
    return TestCall(
        lines,
        step.position.node is flow.Node.OVER,
        _useful(ars, step),
        step.position.node is flow.Node.QUEUED,
    )


def _said(lines: list[Line], step: Step, scene: Scene, at: float) -> float:
    for say in step.says:
        lines.append(
            Line(
                int(at),
                "volume",
                say.text or _("Audio file, %(seconds)s s", seconds=say.seconds),
                say=say,
            )
        )
        at += say.seconds
    facts = scene.queues.get(step.queue or 0)
    name = facts.name if facts else ""
    end = {
        Move.QUEUE: ("headset", _("Waits in “%(queue)s”", queue=name), "now"),
        Move.CALLBACK: (
            "phone-incoming",
            _("A callback is left for “%(queue)s”", queue=name),
            "now",
        ),
        Move.GOODBYE: ("phone-off", _("The call ends"), ""),
    }.get(step.move)
    if end:
        lines.append(Line(int(at), end[0], end[1], end[2]))
    return at


def _useful(ars: Ars, step: Step) -> frozenset[str]:
    """Keys that lead somewhere at this point."""
    node = step.position.node
    if node is flow.Node.MENU:
        return frozenset(key.key for key in ars.keys)
    if node is flow.Node.PLAYED:
        return frozenset("12")
    return (
        frozenset("1")
        if node is flow.Node.OFFER or (node is flow.Node.QUEUED and step.position.offered)
        else frozenset()
    )


def moment(text: str, scene: Scene) -> datetime:
    """The local time of a test call, now unless `text` is one like 2026-03-21T13:50."""
    try:
        found = datetime.fromisoformat(text).replace(tzinfo=scene.local.tzinfo)
        found.astimezone(UTC)
        return found if 2000 <= found.year <= 2100 else scene.local
    except (ValueError, OverflowError):
        return scene.local


def leads_to(key: Key, scene: Scene) -> tuple[str, str]:
    """(icon, words) of what a key does, for the list of keys."""
    kind = str(KEY_KINDS[key.kind])
    if key.kind.value == "announcement":
        return "volume", kind
    if key.kind.value == "language":
        return "world", LANGUAGES[key.language] if key.language else kind
    facts = scene.queues.get(key.queue or 0)
    name = facts.name if facts else _("a retired queue")
    return (
        ("phone-incoming", f"{kind} · {name}")
        if key.kind.value == "callback"
        else ("headset", name)
    )


def block_label(block: Range) -> str:
    """9–12, 9:30–18: short enough to stand in a block of the grid."""

    def short(minute: int) -> str:
        return str(minute // 60) if minute % 60 == 0 else f"{minute // 60}:{minute % 60:02}"

    return (
        f"{short(block.start)}–{short(block.end)}"
        if block.end - block.start < DAY
        else _("24 hours")
    )
