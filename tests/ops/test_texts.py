"""Texts leave once whatever dies on the way (SMS-6)."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.billing.models import Usage
from occ.core import clock
from occ.core.db import db
from occ.core.jobs import Job
from occ.identity.models import Member
from occ.organization.models import Service
from occ.sms import running
from occ.sms.models import SmsRecipient, SmsRequest, SmsSending
from occ.sms.rules.kinds import Recipient, RecipientState, SendingState
from tests.factories import sms, world
from tests.factories import ticket as tickets
from tests.ops.test_races import at_once
from tests.support.crash import KINDS, each_kill
from tests.support.live import Live, until
from tests.support.nhn_sms import NhnSms, nhn_sms
from tests.support.settings import change

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`


@pytest.fixture
def gateway(console: Flask) -> Iterator[NhnSms]:
    with nhn_sms() as account:
        change(console, sms_nhn_url=account.url)
        yield account


@pytest.fixture
def boss(console: Flask) -> Member:
    return world.owner()


def sent(gateway: NhnSms) -> Counter[str]:
    return Counter(row["recipientNo"] for row in gateway.sent)


def set_time(console: Flask, gateway: NhnSms, now: datetime) -> None:
    instance = console.extensions["occ_settings"].instance
    (instance / "time").write_text(now.isoformat())
    (instance / "gateway").write_text(gateway.url)
    gateway.now = lambda: now


@pytest.mark.live
@pytest.mark.spec("SMS-6", "BIL-1")
@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.full) for kind in KINDS if kind != "commit"]
    + ["commit"]
)  # fmt: skip
def test_a_worker_that_is_killed_anywhere_sends_nothing_twice_and_forgets_nothing(
    console: Flask, gateway: NhnSms, boss: Member, kind: str
) -> None:
    mall = sms.texting(boss)
    made = [sms.send(mall, boss, sms.numbers(3, first)) for first in (1, 4)]
    gateway.status = ("3", "1000")
    now = clock.now() + timedelta(seconds=1)
    set_time(console, gateway, now)
    for number in each_kill(console, "texts", kind):
        assert max(sent(gateway).values(), default=0) <= 1, f"twice at {kind} {number}"
        now += timedelta(minutes=3)
        set_time(console, gateway, now)
    with clock.at(now + timedelta(minutes=10)):
        gateway.now = clock.now
        running.deliver()
        running.fetch_results()
    assert sorted(sent(gateway).values()) == [1] * 6
    for sending in made:
        assert sms.states(sending) == ["delivered"] * 3
    assert db.session.scalar(sa.select(sa.func.sum(Usage.quantity))) == 6


@pytest.mark.live
@pytest.mark.spec("SMS-5", "TKT-4")
def test_an_answer_that_two_send_as_a_text_at_once_is_sent_once(
    console: Flask, boss: Member
) -> None:
    mall = sms.texting(boss)
    ticket = tickets.ticket(mall, boss, phone="+821012345678")
    assert ticket.customer_id is not None
    ident, to, about = mall.id, Recipient("+821012345678", "", ticket.customer_id), ticket.about

    def send() -> None:
        of, by = db.session.get_one(Service, ident), db.session.get_one(Member, boss_id)
        sms.send(of, by, [to], about=about, part="entry/1")

    boss_id = boss.id
    results = at_once(console, send, send)
    assert sorted(type(one).__name__ for one in results) == ["Refused", "str"]
    assert _count(RecipientState.WAITING) == 1


@pytest.mark.full
@pytest.mark.live
@pytest.mark.spec("SMS-6")
def test_ten_thousand_leave_within_a_minute_once_though_a_worker_is_killed(
    console: Flask, gateway: NhnSms, boss: Member
) -> None:
    mall = sms.texting(boss)
    made = sms.send(mall, boss, sms.numbers(10_000), due_at=clock.now() + timedelta(minutes=31))
    gateway.latency = 0.05
    settings = console.extensions["occ_settings"]
    workers = [
        Live(settings.instance, settings.database_url, SMS_NHN_URL=gateway.url) for _ in range(2)
    ]
    try:
        for worker in workers:
            worker.start("worker")
        due = clock.now()
        with db.write():  # its minute has come
            db.session.get_one(SmsSending, db.key_of(made)).due_at = due
            db.session.execute(sa.update(SmsRequest).values(next_at=due))
        until(lambda: len(gateway.sent) >= 3_000)
        killed = _sender()
        os.kill(killed, signal.SIGKILL)
        until(lambda: len(sent(gateway)) == 10_000)
        assert clock.now() - due <= timedelta(seconds=60)
        assert any(worker.process and worker.process.pid == killed for worker in workers)
        until(lambda: _count(RecipientState.ACCEPTED) == 10_000)
        until(lambda: _state(db.key_of(made)) is SendingState.SENT)
    finally:
        for worker in workers:
            worker.stop(signal.SIGKILL)
    assert max(sent(gateway).values()) == 1
    assert db.session.scalar(sa.select(sa.func.sum(Usage.quantity))) == 10_000


def _state(ident: int) -> SendingState:
    db.session.rollback()
    return db.session.get_one(SmsSending, ident).state


def _sender() -> int:
    """The process that sends."""
    db.session.rollback()
    owner = db.session.scalar(sa.select(Job.lease_owner).where(Job.name == "sms"))
    assert owner is not None
    return int(owner.rpartition("/")[2].partition("-")[0])


def _count(state: RecipientState) -> int:
    db.session.rollback()
    found = sa.select(sa.func.count()).where(SmsRecipient.state == state)
    return db.session.scalar(found) or 0
