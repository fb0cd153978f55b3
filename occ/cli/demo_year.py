"""The demo's past year (TEL-2, CBK-1, TKT-1, SMS-7, STA-1, STA-2): days are played one after the
other, and what happened is stored at once.
"""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from random import Random

from occ.ars import queries as ars
from occ.audit.service import Actor
from occ.cli.year import days, sounds
from occ.cli.year.calls import Calls, Center
from occ.cli.year.days import HOUR, MINUTE, milliseconds
from occ.cli.year.floor import Floor, Wish
from occ.cli.year.inquiries import KINDS
from occ.cli.year.people import People
from occ.cli.year.store import Store
from occ.cli.year.texts import Channel, Texts, Usage
from occ.cli.year.tickets import Desk, Tickets
from occ.core import clock
from occ.core.db import db
from occ.identity import queries as identity
from occ.organization import queries as organization
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.sms import queries as sms
from occ.sms import templates
from occ.sms.rules.kinds import ByItself
from occ.statistics import service as figures
from occ.statistics.pages import catalog
from occ.statistics.rules.reports import Every
from occ.telephony.models import Call
from occ.ticket_settings import queries as settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets.rules import Channel as Way
from occ.tickets.search import index

SEED = 18
# calls and inquiries of a usual day; which ways inquiries come, and what they are about
A_DAY = {"neulbommall": (32, 11), "neulbompay": (9, 3), "logistics": (0, 3)}
WAYS = ((Way.HELP_CENTER, 5), (Way.MAIL, 4), (Way.MANUAL, 1))
OF_PARCELS = tuple(kind for kind in KINDS if kind.intake in ("배송 지연", "파손", "교환"))
ASSIGNED_AT = (9 * 60 + 40, 11 * 60 + 30, 14 * 60, 16 * 60 + 30)  # minutes, of callbacks
DELETED = 0.03  # share of callbacks that a manager takes out, asked for twice or by a child
CALLS_OUT = 2  # of an agent a day, at most, without a callback
REPORTS = (
    ("월간 접수유형", "tickets/types", Every.MONTH, {"period": "last_month", "level": "2"}),
    ("상담큐별 응대율", "calls/queues", Every.WEEK, {"period": "last_week"}),
    ("올해 통화 추이", "calls/totals", Every.NEVER, {"period": "year", "unit": "month"}),
)
ROWS = 1_000  # tickets that are indexed in one transaction


def live(slugs: list[str], first: date, end: datetime) -> Usage:
    """Plays all days from the first until an instant; returns which texts are to be charged."""
    store, usage = Store(), Usage()
    people = People(store, Random(SEED))  # noqa: S311 - no key
    shops = []
    for slug in slugs:
        found = organization.service_by_slug(slug)
        assert found is not None
        shops.append(Shop(found, store, people, usage, first, end))
    db.session.rollback()
    for day in days.between(first, clock.local_day(end, shops[0].zone)):
        told = [one for shop in shops for one in shop.play(day)]
        for _at, tell in sorted(told, key=lambda one: one[0]):
            tell()
        for shop in shops:
            shop.note(day)
    for shop in shops:
        shop.close()
    store.write()
    while _index_some():
        pass
    return usage


def keep_reports(slug: str, login_id: str) -> None:
    """Pages of figures that a manager keeps, two of them by mail (STA-4)."""
    of, by = organization.service_by_slug(slug), identity.member_by_login(login_id)
    assert of is not None
    assert by is not None
    actor = Actor(by.id, by.login_id, by.name, "127.0.0.1")
    for name, key, every, params in REPORTS:
        page = catalog.page(key)
        assert page is not None
        with db.write():
            figures.save_report(
                of,
                page,
                name=name,
                every=every,
                readers=[] if every is Every.NEVER else [by.id],
                allowed=[by.id],
                params=params,
                actor=actor,
            )


def record(slug: str, end: datetime) -> None:
    """A few of a service's last talks can be heard."""
    found = organization.service_by_slug(slug)
    assert found is not None
    sounds.record(found.id, end)


def _index_some() -> int:
    with db.write():
        return index.catch_up(ROWS)


class Shop:
    """A service over the year."""

    def __init__(
        self,
        of: Service,
        store: Store,
        people: People,
        usage: Usage,
        first: date,
        end: datetime,
    ) -> None:
        agents = identity.all_agents(of.id)
        self.slug, self.zone = of.slug, of.time_zone
        self._store, self._people, self._first = store, people, first
        self._end = milliseconds(end)
        self._members = [agent.member_id for agent in agents]
        self._calls_a_day = A_DAY[of.slug][0] if of.offers(Feature.PHONE) else 0
        self._offers_callbacks = of.offers(Feature.CALLBACK)
        queues = ars.queues(of.id)
        self._queues = {
            queue.id: frozenset(agent.member_id for agent in queue.agents) for queue in queues
        }
        chance = Random(f"{SEED} {of.slug}")  # noqa: S311 - no key
        whose = {
            agent.member_id: Actor(agent.member_id, agent.member.login_id, agent.member.name, "")
            for agent in agents
        }
        self._tickets = Tickets(store, people, _desk(of, whose, self._end), chance)
        phone = ars.phone_service(of.id)
        self._calls = Calls(
            store,
            people,
            Center(
                of.id,
                phone.main_number if phone else "",
                of.time_zone,
                [one.id for one in ars.dispositions(of.id)],
                {queue.id: queue.promise_hours for queue in queues},
                self._members[0],
            ),
            chance,
        )
        self._texts = (
            Texts(store, people, _channel(of, whose), chance, usage)
            if of.offers(Feature.SMS)
            else None
        )
        self._open: list[Wish] = []
        self._floor: Floor | None = None

    def play(self, day: date) -> list[tuple[int, Callable[[], None]]]:
        """Plays a day at the phones; returns what is to be told of it, and when it began."""
        chance = Random(f"{SEED} {self.slug} {day}")  # noqa: S311 - no key
        midnight = milliseconds(clock.day_start(day, self.zone))
        until, load = min(midnight + 24 * HOUR, self._end), days.load(day, self._first)
        on_duty = days.shifts(day, midnight, self._members)
        wishes = self._open if self._offers_callbacks else None
        floor = self._floor = Floor(chance, on_duty, self._queues, until, wishes)
        for at in days.arrivals(chance, midnight, self._calls_a_day * load):
            if at < until:
                is_open = bool(on_duty) and days.is_working_hour(day, midnight, at)
                floor.at(at, partial(floor.call_in, self._people.caller(at), is_open))
        if self._calls_a_day:
            self._plan_calls(floor, on_duty, chance, midnight)
        floor.run()
        for line in floor.lines:
            line.ident = self._store.number(Call)
        told: list[tuple[int, Callable[[], None]]] = [
            (line.answered, partial(self._tickets.of_call, line))
            for line in floor.lines
            if line.answered is not None
        ]
        told += [
            (at, partial(self._tickets.inquiry, at))
            for at in self._tickets.arrivals(day, midnight, load)
            if at < until
        ]
        if self._texts is not None:
            self._texts.day(day, midnight, load, list(on_duty), until)
            for wish in floor.wishes:
                if wish.asked >= midnight:
                    number = self._people.numbers[wish.asker]
                    self._texts.for_callback(day, wish.asked, number)
        return told

    def _plan_calls(
        self, floor: Floor, on_duty: dict[int, days.Shift], chance: Random, midnight: int
    ) -> None:
        """Calls that agents make by themselves, and for callbacks."""
        for shift in on_duty.values():
            for _turn in range(chance.randint(0, CALLS_OUT)):
                at = chance.randrange(shift.comes + 20 * MINUTE, shift.goes - 20 * MINUTE)
                customer = self._people.caller(at)
                floor.at(at, partial(floor.call_out, shift.member, customer, None))
        if not on_duty or not self._offers_callbacks:
            return
        for wish in self._open:
            if wish.assignee in on_duty:
                at = on_duty[wish.assignee].comes + chance.randrange(90) * MINUTE
                floor.at(at, partial(floor.call_out, wish.assignee, wish.asker, wish))
        for minute in ASSIGNED_AT:
            floor.at(
                midnight + minute * MINUTE,
                partial(self._assign, floor, sorted(on_duty), chance),
            )

    def _assign(self, floor: Floor, members: list[int], chance: Random, now: int) -> None:
        """The manager deals what waits (CBK-3)."""
        waiting = [wish for wish in floor.wishes if wish.is_open and wish.assignee is None]
        for place, wish in enumerate(waiting):
            if chance.random() < DELETED:
                wish.deleted = now
                continue
            wish.assignee = members[(place + now // HOUR) % len(members)]
            wish.assigned = now
            at = now + chance.randrange(2, 50) * MINUTE
            floor.at(at, partial(floor.call_out, wish.assignee, wish.asker, wish))

    def note(self, day: date) -> None:
        """Stores what was played of a day, and what callbacks have come to on it."""
        assert self._floor is not None
        self._calls.note(day, self._floor)
        self._calls.callbacks([wish for wish in self._floor.wishes if not wish.is_open])
        self._open = [wish for wish in self._floor.wishes if wish.is_open]

    def close(self) -> None:
        """Stores callbacks that are open still."""
        self._calls.callbacks(self._open)


def _desk(of: Service, whose: dict[int, Actor], until: int) -> Desk:
    names = sorted({kind.intake for kind in KINDS}), sorted({kind.resolution for kind in KINDS})
    types = [
        {name: found[0][0] for name in wanted if (found := settings.find(of, kind, name))}
        for wanted, kind in zip(names, (CategoryKind.INTAKE, CategoryKind.RESOLUTION), strict=True)
    ]
    members = list(whose)
    duties: dict[date, list[int]] = {}

    def on_duty(day: date) -> list[int]:
        if day not in duties:
            duties[day] = days.on_duty(day, members)
        return duties[day]

    is_issue = not of.offers(Feature.HELP_CENTER)
    return Desk(
        service_id=of.id,
        zone=of.time_zone,
        languages=settings.languages(of),
        agents=whose,
        groups={
            agent.member_id: agent.groups[0].id if agent.groups else None
            for agent in identity.all_agents(of.id)
        },
        intake=types[0],
        resolution=types[1],
        of_queue={queue.id: queue.intake_id for queue in ars.queues(of.id)},
        kinds=OF_PARCELS if is_issue else KINDS,
        channels=WAYS[1:] if is_issue else WAYS,
        a_day=A_DAY[of.slug][1],
        on_duty=on_duty,
        until=until,
    )


def _channel(of: Service, whose: dict[int, Actor]) -> Channel:
    known = [row for top in templates.usable(of.id) for one in top.below for row in one.templates]
    found = sms.channel(of.id)
    assert found is not None
    by_itself = found.by_itself.get(ByItself.CALLBACK_RECEIVED.value)
    return Channel(
        of.id,
        found.senders[0].number,
        [row for row in known if row.id != by_itself],
        next((row for row in known if row.id == by_itself), None),
        whose,
    )
