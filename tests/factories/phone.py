"""A service that takes calls, its agents, and the engine stepped by a controlled clock."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from occ.ars import menus
from occ.ars import service as ars
from occ.ars.models import Queue
from occ.ars.queries import phone_service
from occ.ars.rules.hours import Days, Range, Row
from occ.ars.rules.menu import Key, KeyKind, Language
from occ.callbacks import service as callbacks
from occ.callbacks.rules import Source
from occ.core import clock
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.events import emit
from occ.identity.models import Agent, Member
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.telephony import bus, queries, settings
from occ.telephony import service as service_of_calls
from occ.telephony.drivers.simulator import Simulator
from occ.telephony.engine import Engine
from occ.telephony.events import TicketDue
from occ.telephony.models import Call, CtiLogDay
from occ.telephony.rules.asking import of_row
from occ.telephony.rules.calls import AgentState, CallOutcome, Command, Phase
from occ.telephony.rules.steps import arrive
from occ.tenant import service as tenant
from occ.ticket_settings import service as ticket_settings
from occ.ticket_settings.rules import CategoryKind
from occ.wallboard import service as wallboard
from tests.factories import document as documents
from tests.factories import mailbox, sms, world

FEATURES = frozenset(
    {
        Feature.TICKET,
        Feature.PHONE,
        Feature.CALLBACK,
        Feature.WALLBOARD,
        Feature.STATISTICS,
        Feature.CUSTOMERS,
    }
)
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Monday 10:00 in Seoul
_keys = itertools.count()


def service(
    boss: Member,
    slug: str = "mall",
    *,
    seats: int = 60,
    features: frozenset[Feature] = FEATURES,
    **changes: Any,
) -> Service:
    """A service with phone and everything calls need."""
    return world.contracted(boss, slug, features=features, seats=seats, **changes)


def queue(of: Service, agents: list[Agent], name: str = "Orders") -> Queue:
    with db.write():
        return ars.save_queue(of, None, name=name, agent_ids=[a.id for a in agents])


def agent(boss: Member, of: Service, login_id: str, **rights: Any) -> Agent:
    """A phone agent of the service; the CTI data is proposed by itself."""
    found = db.session.scalar(sa.select(Member).where(Member.login_id == login_id)) or world.member(
        login_id
    )
    return world.agent(
        boss, of, found, **{"ticket": True, "phone": True, "transfer": True, **rights}
    )


def menu(of: Service, *keys: Key, **changes: Any) -> None:
    """Publishes a voice menu in Korean with sample announcements, weekdays nine to six with a lunch break, and these keys."""
    lunch = Row(Days.WEEKDAYS, (Range(540, 720), Range(780, 1080)))
    with db.write():
        parts = {"keys": keys, "hours": (lunch,), **changes}
        menus.replace_parts(of, by="Boss", **parts)
        menus.publish(of, by="Boss", seen=menus.seal(menus.draft(of)))


def main_number(of: Service) -> str:
    found = phone_service(of.id)
    assert found is not None
    return found.main_number


def furnished(
    boss: Member,
    *,
    features: frozenset[Feature] = FEATURES | {Feature.MAIL, Feature.SMS, Feature.HELP_CENTER},
) -> Service:
    """A phone service in which the owner is manager and agent, with one row of everything that has an address."""
    mall = service(boss, features=features)
    role = world.agent(boss, mall, boss, manager=True, ticket=True, phone=True)
    first = queue(mall, [role])
    by = world.actor(boss)
    mailbox.mail(mall, mailbox.account(mall))
    key = ars.read_proof(b"%PDF-1.4")
    if Feature.SMS in features:
        sms.furnished(mall, boss)
    if Feature.HELP_CENTER in features:
        documents.furnished(mall, boss)
    with db.write() as session:
        ars.save_disposition(mall, None, name="Refund")
        ars.save_caller_id(mall, None, name="Desk", number="+8215770001", proof=key, actor=by)
        settings.add_favourite(boss.id, name="Bank", number="+8225550000")
        wallboard.add_link(
            mall, name="Office", services=[mall.id], addresses="", allowed={mall.id}, actor=by
        )
        menus.save(
            mall,
            {"key:1": Key("1", KeyKind.QUEUE, {Language.KO: "주문"}, queue=first.id)},
            by="Boss",
        )
        ticket_settings.add_category(
            mall, CategoryKind.INTAKE, parent_id=None, names={"ko": "Refund"}
        )
        ticket_settings.save_word(mall, None, "guarantee")
        ticket_settings.save_template(
            mall, None, title="Sorry", body="Dear #{customer}", code="sorry", shared=False
        )
        callbacks.ask(mall, first.id, "+821055556666", Source.MENU)
        tenant.order(
            1, tenant.Delivery("Kim", "+821012345678", "06236", "Seoul"), key="furnished", actor=by
        )
        session.add(CtiLogDay(day=START.date(), file="none", events=0, closed_at=START))
        call = service_of_calls.new_call(
            arrive(queue=first.id)[0],
            ref="furnished",
            service=mall,
            customer="+821012345678",
            number="+827000000001",
            queue_id=first.id,
            agent=None,
        )
        call.agent_id = boss.id
        emit(TicketDue(call, boss.id))
        call.agent_id, call.ended_at, call.phase, call.outcome = (
            None,
            START,
            Phase.ENDED,
            CallOutcome.ABANDONED,
        )
    return mall


class Floor:
    """The engine with a simulator, at a clock that only moves when a test moves it."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now
        self.engine = Engine(Simulator())
        self.count = itertools.count(1)

    @contextmanager
    def time(self) -> Iterator[None]:
        with clock.at(self.now):
            yield

    def step(self) -> None:
        with self.time():
            assert self.engine.step()

    def wait(self, seconds: float) -> None:
        """Lets time pass in steps of a second, as the engine would see it."""
        until = self.now + timedelta(seconds=seconds)
        while self.now < until:
            self.now = min(self.now + timedelta(seconds=1), until)
            self.step()

    def do(self, who: Agent | Member, command: Command, **args: Any) -> None:
        """A click of an agent; raises Refused in the engine's words."""
        member_id = who.member_id if isinstance(who, Agent) else who.id
        if command not in (Command.LOGIN, Command.STATE, Command.DIAL) and "call" not in args:
            found = self.call_of(member_id)
            args["call"] = found.id if found else None
        with self.time():
            assert bus.ask(of_row(command, args), member_id, key=f"test-{next(_keys)}")

    def refused(self, who: Agent | Member, command: Command, **args: Any) -> str:
        try:
            self.do(who, command, **args)
        except Refused as error:
            return str(error.message)
        raise AssertionError(f"{command} was not refused")

    def login(self, *agents: Agent) -> None:
        for one in agents:
            self.do(one, Command.LOGIN, service=one.service_id, ip="127.0.0.1", device="test")
            self.now += timedelta(seconds=1)

    def place(self, of: Service, caller: str = "") -> str:
        """Somebody calls the service's main number; returns the call's ref."""
        number = next(self.count)
        ref = f"test-{number}"
        assert isinstance(self.engine.driver, Simulator)
        self.engine.driver.place(ref, caller or f"+8210{number:08}", main_number(of), self.now)
        self.step()
        return ref

    def leave(self, ref: str) -> None:
        assert isinstance(self.engine.driver, Simulator)
        self.engine.driver.leave(ref, self.now)
        self.step()

    def call(self, ref: str) -> Call:
        db.session.rollback()
        found = queries.call_by_ref(ref)
        assert found is not None
        return found

    def press(self, ref: str, *keys: str) -> None:
        """The caller presses keys."""
        assert isinstance(self.engine.driver, Simulator)
        for key in keys:
            self.engine.driver.press(ref, key, self.now)
            self.step()

    def said(self, ref: str) -> list[str]:
        """The codes of the announcements that the caller hears."""
        return [say["code"] for say in self.call(ref).said or ()]

    def call_of(self, member_id: int) -> Call | None:
        db.session.rollback()
        return queries.call_of(member_id)

    def state(self, who: Agent) -> AgentState | None:
        db.session.rollback()
        found = queries.interval_of(who.member_id)
        return found.state if found else None
