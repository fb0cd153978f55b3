"""Tickets of the demo's year: those of calls, and what customers wrote; with what became of each
until now (TKT-1, TKT-4, CTI-6).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from random import Random
from typing import Any

from occ.audit.service import SYSTEM, Actor
from occ.cli.year import inquiries
from occ.cli.year.days import HOUR, MINUTE, arrivals, instant, is_busy, milliseconds, working
from occ.cli.year.floor import Line
from occ.cli.year.inquiries import Kind
from occ.cli.year.people import People
from occ.cli.year.store import Store
from occ.core import clock
from occ.fields.rules import Direction as Way
from occ.fields.rules import System
from occ.telephony.rules.calls import Direction
from occ.tickets.models import Ticket, TicketEntry, TicketEvent, TicketValue
from occ.tickets.rules import (
    Channel,
    Entry,
    Fact,
    Move,
    Priority,
    Reason,
    Standing,
    State,
    begin,
    transition,
)

DONE_AFTER = 14 * 24 * HOUR
PRIORITIES = ((Priority.NORMAL, 84), (Priority.HIGH, 10), (Priority.LOW, 4), (Priority.URGENT, 2))
SETTLED_BY_PHONE, HELD, REPLIES, INTERNAL = 0.66, 0.1, 0.05, 0.06
REASONS = ((Reason.DUPLICATE, 5), (Reason.OTHER, 3), (Reason.SPAM, 3), (Reason.TEST, 1))
LANGUAGES = (("ko", 92), ("ja", 5), ("en", 3))
ORDERED = frozenset({"카드 환불", "계좌 환불", "배송 지연", "주소 변경", "파손"})
FACTS = {Move.RESOLVE: Fact.RESOLVED, Move.HOLD: Fact.HELD, Move.INTERNAL: Fact.INTERNAL}


@dataclass(frozen=True)
class Desk:
    """A service as its tickets see it: its agents with their groups, types by their names, which
    type the calls of a queue begin with, by which ways customers write, how often a day, and who
    works on a day. Nothing is known of what comes after `until`.
    """

    service_id: int
    zone: str
    languages: Sequence[str]
    agents: Mapping[int, Actor]
    groups: Mapping[int, int | None]
    intake: Mapping[str, int]
    resolution: Mapping[str, int]
    of_queue: Mapping[int, int | None]
    kinds: Sequence[Kind]
    channels: Sequence[tuple[Channel, int]]
    a_day: float
    on_duty: Callable[[date], Sequence[int]]
    until: int

    def day(self, at: int) -> date:
        return clock.local_day(instant(at), self.zone)

    def work(self, at: int, member: int | None = None) -> int:
        """The first instant from `at` on at which somebody works, or a member."""
        while True:
            day = self.day(at)
            at = working(at, milliseconds(clock.day_start(day, self.zone)), day)
            people = self.on_duty(self.day(at))
            if people and (member is None or member in people or at > self.until):
                return at
            at += 14 * HOUR


class Story:
    """A ticket as it is told: what happens after now has not happened."""

    def __init__(self, desk: Desk, store: Store, at: int, standing: Standing, **row: Any) -> None:
        self.ident = store.number(Ticket)
        self.standing, self.at = standing, at
        self._desk, self._store, self.row, self._created = desk, store, row, at

    def happened(self, fact: Fact, actor: Actor, /, **detail: Any) -> None:
        self._store.add(
            TicketEvent,
            ticket_id=self.ident,
            fact=fact,
            actor_id=actor.id,
            actor=actor.name if actor.id else "",
            detail=detail,
            at=instant(self.at),
        )

    def wrote(self, kind: Entry, by: Actor, body: str, to: str = "") -> None:
        self._store.add(
            TicketEntry,
            ticket_id=self.ident,
            kind=kind,
            author_id=by.id,
            author=by.name,
            body=body,
            mailed_to=to,
            at=instant(self.at),
        )

    def has(self, code: str, text: str) -> None:
        """What a field says from now on."""
        self._store.add(
            TicketValue, ticket_id=self.ident, code=code, text=text, stored_at=instant(self.at)
        )

    def goes(self, at: int, move: Move, **how: Any) -> bool:
        """Moves it on, unless that is still to come."""
        if at > self._desk.until:
            return False
        self.at = at
        self.standing = transition(self.standing, move, instant(at), **how)
        return True

    def end(self) -> None:
        """Stores it as it stands now; what was resolved long ago is done (TKT-1)."""
        changed, resolved = self.at, self.standing.resolved_at
        if (
            resolved is not None
            and self.standing.spam_at is None
            and self.goes(milliseconds(resolved) + DONE_AFTER, Move.FINISH)
        ):
            self.happened(Fact.FINISHED, SYSTEM)
        self._store.add(
            Ticket,
            id=self.ident,
            service_id=self._desk.service_id,
            **self.row,
            **asdict(self.standing),
            created_at=instant(self._created),
            changed_at=instant(changed),
            indexed=False,
            version=1,
        )


class Tickets:
    """Tells the tickets of a service."""

    def __init__(self, store: Store, people: People, desk: Desk, chance: Random) -> None:
        self._store, self._people, self._desk, self._chance = store, people, desk, chance

    def _priority(self) -> Priority:
        found: Priority = _weighed(self._chance, PRIORITIES)
        return found

    def _soon(self, hours: float) -> int:
        """Milliseconds of about so many hours: most are short, a few long."""
        return int(self._chance.lognormvariate(-0.3, 0.8) * hours * HOUR)

    # of calls

    def of_call(self, line: Line) -> None:
        """The ticket of a call that somebody answered, with whoever talked last."""
        desk, first = self._desk, next(part for part in line.parts if part.answered is not None)
        assert first.answered is not None
        told = Story(
            desk,
            self._store,
            first.answered,
            begin(first.member),
            channel=Channel.PHONE,
            subject="",
            priority=self._priority(),
            customer_id=line.customer,
            intake_id=desk.of_queue.get(line.queue) if line.queue else None,
            resolution_id=None,
            call_id=line.ident,
            language=desk.languages[0],
        )
        line.ticket = told.ident
        told.happened(Fact.CREATED, SYSTEM, direction=line.direction.value)
        way = Way.IN if line.direction is Direction.INBOUND else Way.OUT
        told.has(System.CONSULTED_AT.value, instant(told.at).isoformat(timespec="minutes"))
        told.has(System.DIRECTION.value, way.value)
        last = line.mine
        assert last.answered is not None
        who = desk.agents[last.member]
        if last.member != first.member:
            group = desk.groups[last.member]
            if told.goes(last.answered + MINUTE // 3, Move.TAKE, member=who.id, group=group):
                told.happened(Fact.TAKEN, who, before=desk.agents[first.member].name)
        if last.filed is not None:
            self._after_call(told, who, last.filed)
        told.end()

    def _after_call(self, told: Story, who: Actor, filed: int) -> None:
        if self._chance.random() < SETTLED_BY_PHONE:
            how = {"member": who.id, "reason": Reason.BY_PHONE}
            if told.goes(filed, Move.INTERNAL, **how):
                reason = Reason.BY_PHONE.value
                told.happened(Fact.INTERNAL, who, reason=reason, was=State.PROGRESS.value)
            return
        at = self._desk.work(filed + self._soon(3), who.id)
        if told.goes(at, Move.RESOLVE, member=who.id):
            told.wrote(Entry.ANSWER, who, inquiries.BY_PHONE)
            told.happened(Fact.RESOLVED, who, was=State.PROGRESS.value)

    # of what customers write

    def arrivals(self, day: date, midnight: int, load: float) -> Sequence[int]:
        """When somebody writes on a day."""
        return arrivals(self._chance, midnight, self._desk.a_day * max(load, 0.3))

    def inquiry(self, at: int) -> None:
        """Somebody writes: a ticket that waits for an agent, who answers it."""
        desk, kind = self._desk, self._kind(self._desk.day(at))
        spoken = [pair for pair in LANGUAGES if pair[0] in desk.languages]
        language = _weighed(self._chance, spoken)
        title, text = self._chance.choice(kind.titles), self._chance.choice(kind.texts)
        answer, resolution = kind.answer, desk.resolution.get(kind.resolution)
        if language in inquiries.SPOKEN:
            title, text, answer = inquiries.SPOKEN[language]
        customer = self._people.writer(at, language)
        told = Story(
            desk,
            self._store,
            at,
            begin(None),
            channel=_weighed(self._chance, desk.channels),
            subject=title,
            priority=self._priority(),
            customer_id=customer,
            intake_id=desk.intake.get(kind.intake),
            resolution_id=resolution,
            call_id=None,
            language=language,
        )
        told.happened(Fact.CREATED, SYSTEM)
        told.wrote(Entry.INQUIRY, SYSTEM, text)
        if kind.intake in ORDERED:
            bought = instant(at - 4 * 24 * HOUR)
            told.has("order_no", f"{bought:%Y%m%d}-{self._chance.randrange(10**6):06}")
        self._handle(told, kind, answer)
        if told.standing.resolved_at is None:
            told.row["resolution_id"] = None
        told.end()

    def _kind(self, day: date) -> Kind:
        kinds = self._desk.kinds
        more = inquiries.BUSY if is_busy(day) else {}
        return self._chance.choices(kinds, [one.share + more.get(one.intake, 0) for one in kinds])[
            0
        ]

    def _handle(self, told: Story, kind: Kind, answer: str) -> None:
        """Somebody takes it, and answers at once, after asking others, or once more."""
        desk = self._desk
        taken = desk.work(told.at + self._soon(0.8))
        if taken > desk.until:
            return
        who = desk.agents[self._chance.choice(desk.on_duty(desk.day(taken)))]
        assert who.id is not None
        told.goes(taken, Move.TAKE, member=who.id, group=desk.groups[who.id])
        told.happened(Fact.TAKEN, who)
        chance = self._chance.random()
        if chance < INTERNAL:
            self._internal(told, who)
            return
        if chance < INTERNAL + HELD:
            at = desk.work(taken + self._soon(1), who.id)
            if not told.goes(at, Move.HOLD, member=who.id):
                return
            told.wrote(Entry.HOLD, who, inquiries.HELD, self._address(told))
            told.happened(Fact.HELD, who, was=State.PROGRESS.value)
            self._resolve(told, who, answer, kind.hours * 5)
        else:
            self._resolve(told, who, answer, kind.hours)
        if chance > 1 - REPLIES and told.standing.state is State.RESOLVED:
            self._reopened(told, who, kind, answer)

    def _reopened(self, told: Story, who: Actor, kind: Kind, answer: str) -> None:
        """The customer writes again."""
        if told.goes(told.at + self._soon(10), Move.REOPEN, member=who.id):
            name = self._people.names[told.row["customer_id"]]
            told.wrote(Entry.REPLY, Actor(None, "", name, ""), inquiries.REPLIED)
            told.happened(Fact.REPLIED, SYSTEM, was=State.RESOLVED.value, by="here")
            self._resolve(told, who, answer, kind.hours)

    def _resolve(self, told: Story, who: Actor, answer: str, hours: float) -> None:
        was = told.standing.state.value
        if told.goes(
            self._desk.work(told.at + self._soon(hours), who.id), Move.RESOLVE, member=who.id
        ):
            told.wrote(Entry.ANSWER, who, answer, self._address(told))
            told.happened(Fact.RESOLVED, who, was=was)

    def _address(self, told: Story) -> str:
        return self._people.addresses[told.row["customer_id"]]

    def _internal(self, told: Story, who: Actor) -> None:
        reason = _weighed(self._chance, REASONS)
        at = self._desk.work(told.at + self._soon(0.5), who.id)
        if told.goes(at, Move.INTERNAL, member=who.id, reason=reason):
            told.happened(Fact.INTERNAL, who, reason=reason.value, was=State.PROGRESS.value)


def _weighed(chance: Random, pairs: Sequence[tuple[Any, int]]) -> Any:
    return chance.choices([one for one, _share in pairs], [share for _one, share in pairs])[0]
