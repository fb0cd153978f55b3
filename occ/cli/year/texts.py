"""Text messages of the demo's year, as a gateway has taken them (SMS-5, SMS-7): a few each day that
agents sent, those that callbacks send by themselves, and now and then one to many.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from occ.audit.service import Actor
from occ.cli.year.days import HOUR, MINUTE, OPENS, instant
from occ.cli.year.people import People
from occ.cli.year.store import Store
from occ.organization.rules import Item
from occ.sms.models import SmsRecipient, SmsSending, SmsTemplate
from occ.sms.rules.kinds import ByItself, RecipientState, SendingState
from occ.sms.writes import ITEMS

A_DAY = 11
MANY = (60, 180)  # recipients of a text to many, which is sent twice a month
FAILED = 0.03
DAYS_OF_MANY = (5, 19)
Usage = Counter[tuple[int, date, Item]]


@dataclass(frozen=True)
class Channel:
    """What a service sends with; `by_itself` is what it sends when somebody asks for a callback."""

    service_id: int
    sender: str
    templates: Sequence[SmsTemplate]
    by_itself: SmsTemplate | None
    agents: Mapping[int, Actor]


class Texts:
    """Sends a service's texts, and counts what is charged for them."""

    def __init__(
        self, store: Store, people: People, of: Channel, chance: Random, usage: Usage
    ) -> None:
        self._store, self._people, self._of, self._chance = store, people, of, chance
        self._usage = usage

    def day(
        self, day: date, midnight: int, load: float, on_duty: Sequence[int], until: int
    ) -> None:
        """What agents on duty send on a day."""
        known = list(self._people.numbers.values())
        if not on_duty or not known:
            return
        for _turn in range(round(self._chance.gauss(A_DAY * load, 2))):
            at = midnight + int(self._chance.uniform(OPENS, 18) * HOUR)
            template = self._chance.choice(self._of.templates)
            by = self._of.agents[self._chance.choice(on_duty)]
            if at < until:
                self._send(day, at, template, [self._chance.choice(known)], by)
        at = midnight + 11 * HOUR
        if day.day in DAYS_OF_MANY and at < until:
            count = min(self._chance.randint(*MANY), len(known))
            by = self._of.agents[on_duty[0]]
            self._send(day, at, self._of.templates[0], self._chance.sample(known, count), by)

    def for_callback(self, day: date, at: int, number: str) -> None:
        """A callback was asked for (CBK-1)."""
        if self._of.by_itself is not None:
            self._send(day, at, self._of.by_itself, [number], None)

    def _send(
        self,
        day: date,
        at: int,
        template: SmsTemplate,
        numbers: Sequence[str],
        by: Actor | None,
    ) -> None:
        ident, left = self._store.number(SmsSending), instant(at + 3_000)
        self._store.add(
            SmsSending,
            id=ident,
            service_id=self._of.service_id,
            submit_key=f"year-{ident}",
            kind=template.kind,
            title=template.title,
            body=template.body,
            sender=self._of.sender,
            registered_at=instant(at),
            due_at=instant(at),
            member_id=by.id if by else None,
            member_name=by.name if by else "",
            template_id=template.id,
            template_name=template.name,
            by_itself=None if by else ByItself.CALLBACK_RECEIVED,
            state=SendingState.SENT,
            count=len(numbers),
            started_at=left,
            finished_at=instant(at + MINUTE),
        )
        for place, number in enumerate(dict.fromkeys(numbers)):
            is_there = self._chance.random() > FAILED
            state = RecipientState.DELIVERED if is_there else RecipientState.FAILED
            self._store.add(
                SmsRecipient,
                sending_id=ident,
                service_id=self._of.service_id,
                registered_at=instant(at),
                number=number,
                typed="",
                key=f"year-{ident}-{place}",
                state=state,
                sent_at=left,
                delivered_at=instant(at + 9_000),
                charged_day=day,
            )
        self._usage[self._of.service_id, day, ITEMS[template.kind]] += len(numbers)
