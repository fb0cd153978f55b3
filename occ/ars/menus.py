"""A service's voice menu: its draft, its published versions, and what a call or a test call needs
of it (ARS-2, ARS-3, ARS-4, ARS-5, ARS-6, ARS-7, ARS-8).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from occ.ars import queries
from occ.ars.events import RecordingAsked
from occ.ars.models import ArsDraft, ArsVersion, PhoneService
from occ.ars.rules import phone, texts
from occ.ars.rules.compare import differences
from occ.ars.rules.findings import findings
from occ.ars.rules.flow import QueueFacts, Scene, menu_says
from occ.ars.rules.hours import (
    Days,
    Holiday,
    Range,
    Row,
    check_ranges,
    closing,
    holiday_on,
    is_open,
    opening,
)
from occ.ars.rules.menu import (
    Ars,
    Extra,
    Key,
    Language,
    Source,
    Voice,
    Voices,
    from_json,
    languages,
    to_json,
)
from occ.ars.rules.sentences import after_hours
from occ.core import clock
from occ.core.db import db
from occ.core.errors import Conflict, Refused
from occ.core.events import emit
from occ.core.i18n import gettext as _
from occ.organization.models import Service
from occ.organization.rules import Feature

HOLIDAYS_MAX = 400


def spoken(service: Service) -> tuple[Language, ...]:
    """The languages of a service's announcements, the one that calls begin with first (ARS-5)."""
    return languages([language.code for language in service.shown_languages])


def scene(service: Service, at: datetime | None = None) -> Scene:
    """What a call to the service meets at an instant, now unless one is given."""
    offers = service.offers(Feature.CALLBACK)
    queues = {
        queue.id: QueueFacts(
            queue.name, offers and queue.callback, offers and queue.after_hours, len(queue.agents)
        )
        for queue in queries.queues(service.id)
    }
    return Scene(
        (at or clock.now()).astimezone(ZoneInfo(service.time_zone)), spoken(service), queues
    )


def recorded() -> bool:
    """Whether calls are recorded, as the phone system above says."""
    asked = RecordingAsked()
    emit(asked)
    return asked.on


def beginning(service: Service) -> Ars:
    """What a new voice menu starts from: sample announcements,
    weekdays from nine to six, no keys.
    """

    def said(samples: Mapping[Language, str]) -> Voices:
        return {
            language: Voice(samples[language].format(service=service.name))
            for language in spoken(service)
        }

    extras: dict[Extra, Voices] = {
        extra: said(samples)
        for extra, samples in texts.SAMPLES.items()
        if extra is not Extra.RECORDING
    }
    made = Ars(
        greeting=said(texts.SAMPLE_GREETING),
        extras=extras,
        hours=(Row(Days.WEEKDAYS, (Range(9 * 60, 18 * 60),)),),
    )
    return from_json(to_json(made))  # as it will be read once it is stored, so that seals agree


def newest(service_id: int) -> ArsVersion | None:
    """The version that callers hear."""
    found = sa.select(ArsVersion).where(ArsVersion.service_id == service_id)
    return db.session.scalar(found.order_by(ArsVersion.number.desc()).limit(1))


def version(service_id: int, number: int) -> ArsVersion | None:
    return db.session.scalar(
        sa.select(ArsVersion).where(
            ArsVersion.service_id == service_id, ArsVersion.number == number
        )
    )


def versions(service_id: int) -> Sequence[ArsVersion]:
    """Newest first."""
    return db.session.scalars(
        sa.select(ArsVersion)
        .where(ArsVersion.service_id == service_id)
        .order_by(ArsVersion.number.desc())
    ).all()


def of_version(ident: int) -> Ars:
    """A published voice menu by its row's id."""
    return from_json(db.session.get_one(ArsVersion, ident).content)


def closing_time(service: Service) -> tuple[datetime | None, datetime]:
    """(until when the service is worked today, the local time now); None when that is past or
    nothing is published (CBK-6).
    """
    local, ars = clock.now().astimezone(ZoneInfo(service.time_zone)), published(service)
    return (closing(ars.hours, ars.holidays, local) if ars else None), local


@dataclass(frozen=True)
class Closed:
    """A service whose agents cannot be reached now: the holiday that is the reason, if one is, and
    when they can be next; None where no hours say so.
    """

    holiday: str
    opens: datetime | None


def closed_now(service: Service) -> Closed | None:
    """What callers meet outside the hours; None in them and while nothing is published (ARS-4)."""
    local, ars = clock.now().astimezone(ZoneInfo(service.time_zone)), published(service)
    if ars is None or is_open(ars.hours, ars.holidays, local):
        return None
    holiday = holiday_on(ars.holidays, local.date())
    return Closed(holiday.name if holiday else "", opening(ars.hours, ars.holidays, local))


def draft_row(service_id: int) -> ArsDraft | None:
    return db.session.get(ArsDraft, service_id)


def published(service: Service) -> Ars | None:
    """What callers hear now; None before the first publishing."""
    found = newest(service.id)
    return from_json(found.content) if found else None


def draft(service: Service) -> Ars:
    """The voice menu as it is being edited: the saved draft, else what is
    published, else the beginning.
    """
    row = draft_row(service.id)
    return from_json(row.content) if row else published(service) or beginning(service)


# parts of a menu, each saved on its own


def part(ars: Ars, name: str) -> Any:
    """One part by name: greeting, menu, delays, extra:…, key:…, hours:…,
    holiday:…; None where it is not there.
    """
    kind, _colon, ident = name.partition(":")
    if kind in ("greeting", "menu"):
        return getattr(ars, kind)
    if kind == "delays":
        return (ars.first_delay, ars.every_delay)
    if kind == "extra":
        return ars.extras.get(Extra(ident), {})
    if kind == "key":
        return ars.key(ident)
    if kind == "hours":
        return next((row for row in ars.hours if row.days is Days(ident)), None)
    return holiday_on(
        [replace(h, yearly=False) for h in ars.holidays], datetime.fromisoformat(ident).date()
    )


def with_part(ars: Ars, name: str, value: Any) -> Ars:
    """The menu with one part put in place; None takes it away."""
    kind, _colon, ident = name.partition(":")
    if kind in ("greeting", "menu"):
        return replace(ars, **{kind: value})
    if kind == "delays":
        return replace(ars, first_delay=value[0], every_delay=value[1])
    if kind == "extra":
        return replace(ars, extras={**ars.extras, Extra(ident): value})
    if kind == "key":
        return replace(ars, keys=_put(ars.keys, lambda key: key.key == ident, value))
    if kind == "hours":
        rows = _put(ars.hours, lambda row: row.days is Days(ident), value)
        return replace(ars, hours=tuple(sorted(rows, key=lambda row: list(Days).index(row.days))))
    holidays = _put(ars.holidays, lambda h: h.on.isoformat() == ident, value)
    return replace(ars, holidays=tuple(sorted(holidays, key=lambda h: h.on)))


def _put(rows: tuple[Any, ...], same: Any, value: Any) -> tuple[Any, ...]:
    """The rows with the matching one replaced in its place, appended when new, gone when None."""
    if not any(same(row) for row in rows):
        return (*rows, value) if value is not None else rows
    return tuple(value if same(row) else row for row in rows if not same(row) or value is not None)


def seal(ars: Ars, name: str = "") -> str:
    """A digest of a part, or of the whole: a form carries it, so that a save over
    somebody else's change is seen.
    """
    value = part(ars, name) if name else ars
    plain = json.dumps(None if value is None else to_json(value), sort_keys=True)
    return hashlib.blake2s(plain.encode(), digest_size=8).hexdigest()


ABSENT = seal(Ars(), "key:1")  # of a part that is not there

# writes


def _begin(service: Service) -> ArsDraft | None:
    """Locks the service's menu and reads its draft anew."""
    db.lock(PhoneService, service.id)
    return db.session.get(ArsDraft, service.id, populate_existing=True)


def save(
    service: Service, changes: Mapping[str, Any], *, by: str, seen: Mapping[str, str] | None = None
) -> Ars:
    """Puts parts into the draft.

    `seen` holds each part's seal when its form was opened: raises Conflict when one differs.
    """
    row = _begin(service)
    ars = draft(service)
    for name, was in (seen or {}).items():
        if seal(ars, name) != was:
            raise Conflict(
                _(
                    "Somebody else saved this first. What you typed is kept; compare "
                    "it with what is stored now."
                )
            )
    for name, value in changes.items():
        ars = with_part(ars, name, value)
    _keep(service, row, ars, by)
    return ars


def _keep(service: Service, row: ArsDraft | None, ars: Ars, by: str) -> None:
    if row is None:
        row = ArsDraft(service_id=service.id)
        db.session.add(row)
    row.content, row.saved_at, row.saved_by = to_json(ars), clock.now(), by


def save_key(service: Service, key: Key, *, was: str, seen: str, by: str) -> None:
    """Adds a key (`was` is empty) or changes one, also which one it
    is; a key is used once (ARS-3).
    """
    _begin(service)
    ars = draft(service)
    if key.key != was and ars.key(key.key) is not None:
        raise Refused(_("Key %(key)s is in use already.", key=key.key), "key")
    if key.queue is not None and queries.queue(service.id, key.queue) is None:
        raise Refused(_("Choose a queue."), "queue")
    if not was or was == key.key:
        save(service, {f"key:{key.key}": key}, by=by, seen={f"key:{key.key}": seen})
        return
    save(service, {}, by=by, seen={f"key:{was}": seen})
    keys = tuple(key if k.key == was else k for k in draft(service).keys)
    replace_parts(service, by=by, keys=keys)


def replace_parts(service: Service, *, by: str, **fields: Any) -> None:
    """Puts whole fields of the menu into the draft."""
    row = _begin(service)
    _keep(service, row, replace(draft(service), **fields), by)


def move_key(service: Service, pressed: str, place: int, *, by: str) -> None:
    """Puts a key at a place of the menu announcement, counted from 0."""
    _begin(service)
    keys = draft(service).keys
    at = next((i for i, key in enumerate(keys) if key.key == pressed), None)
    if at is None:
        raise Refused(_("Somebody else deleted this key."))
    order = phone.moved(list(range(len(keys))), at, place)
    replace_parts(service, by=by, keys=tuple(keys[i] for i in order))


def save_row(service: Service, row: Row, *, was: Days | None, seen: str, by: str) -> None:
    """Adds or changes the hours of some days; a day has one row (ARS-4)."""
    check_ranges(row.ranges)
    _begin(service)
    if row.days is not was and part(draft(service), f"hours:{row.days.value}") is not None:
        raise Refused(_("These days have hours already. Change those."), "days")
    changes: dict[str, Any] = {f"hours:{was.value}": None} if was else {}
    name = f"hours:{(was or row.days).value}"
    save(service, {**changes, f"hours:{row.days.value}": row}, by=by, seen={name: seen})


def save_holiday(service: Service, holiday: Holiday, *, was: str, seen: str, by: str) -> None:
    """Adds or changes a holiday; a date has one (ARS-6)."""
    _begin(service)
    new = holiday.on.isoformat()
    if new != was and part(draft(service), f"holiday:{new}") is not None:
        raise Refused(_("This day is a holiday already. Choose another day."), "on")
    changes: dict[str, Any] = {f"holiday:{was}": None} if was else {}
    save(
        service, {**changes, f"holiday:{new}": holiday}, by=by, seen={f"holiday:{was or new}": seen}
    )
    _check_count(service)


def import_holidays(service: Service, found: Sequence[Holiday], *, by: str) -> int:
    """Adds holidays whose dates are free; returns how many."""
    _begin(service)
    known = {holiday.on for holiday in draft(service).holidays}
    fresh = {f"holiday:{h.on.isoformat()}": h for h in found if h.on not in known}
    if fresh:
        save(service, fresh, by=by)
        _check_count(service)
    return len(fresh)


def _check_count(service: Service) -> None:
    if len(draft(service).holidays) > HOLIDAYS_MAX:
        raise Refused(_("Keep at most %(count)s holidays; delete past ones.", count=HOLIDAYS_MAX))


def publish(service: Service, *, by: str, seen: str) -> ArsVersion:
    """Makes the draft what the next call hears; refused when a caller would hear silence, or when
    it changed since seen.
    """
    row = _begin(service)
    if seal(draft(service)) != seen:
        raise Conflict(
            _("Somebody else saved the draft in between. Look at it once more, then publish.")
        )
    ars = draft(service)
    if any(found.blocks for found in findings(ars, scene(service))):
        raise Refused(_("A caller would hear silence. Fix what is marked red, then publish."))
    last = newest(service.id)
    made = ArsVersion(
        service_id=service.id,
        number=(last.number if last else 0) + 1,
        content=to_json(ars),
        published_at=clock.now(),
        published_by=by,
    )
    db.session.add(made)
    if row is not None:
        db.session.delete(row)
    db.session.flush()
    return made


def discard(service: Service) -> None:
    """Takes the draft back to what is published."""
    row = draft_row(service.id)
    if row is not None:
        db.session.delete(row)


def restore(service: Service, found: ArsVersion, *, by: str) -> None:
    """Puts an older version into the draft; it is heard once it is published again."""
    row = _begin(service)
    _keep(service, row, from_json(found.content), by)


def uses_queue(service: Service, ident: int) -> bool:
    """Whether a key of the draft or of the published menu leads to the queue."""
    menus = [draft(service), published(service) or Ars()]
    return any(key.queue == ident for ars in menus for key in ars.keys)


def lines(service: Service, ars: Ars) -> list[tuple[Language, str]]:
    """Every text that calls may hear, in every language: what is spoken before publishing, so that
    no caller waits for it.
    """
    languages = spoken(service)
    voices = [ars.greeting, ars.menu, *(key.voices for key in ars.keys), *ars.extras.values()]
    found = [
        (language, v.text)
        for group in voices
        for language, v in group.items()
        if v.source is Source.TEXT and v.text
    ]
    for language in languages:
        found += [(language, notice[language]) for notice in texts.NOTICES.values()]
        found += [
            (language, after_hours(ars.hours, language, holiday=holiday))
            for holiday in (False, True)
        ]
        found += [(say.language, say.text) for say in menu_says(ars, scene(service), language)]
    return list(dict.fromkeys(line for line in found if line[1]))


def published_changes(service: Service, ars: Ars) -> int:
    """How many parts of a draft differ from what callers hear."""
    return len(differences(published(service) or Ars(), ars))
