"""Texts that were reserved for one minute: how soon all are out, and what people at the pages notice
of it (SMS-6).
"""

import statistics
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from occ.core import clock
from occ.core.db import db
from occ.identity.models import Member
from occ.organization.models import Service
from occ.sms.models import SmsRecipient, SmsRequest, SmsSending
from occ.sms.rules.kinds import RecipientState
from tests.bench import console
from tests.bench.client import Client
from tests.bench.console import Console, application
from tests.bench.figures import TAIL, Figure
from tests.bench.pages import LIST, get
from tests.factories import sms
from tests.support.live import Live, until
from tests.support.nhn_sms import NhnSms, nhn_sms

RECIPIENTS, LATENCY = 10_000, 0.05  # seconds that the gateway takes for an answer
QUIET, EVERY = 10, 0.1  # seconds without any texts, and between two requests of one who looks


def figures(folder: Path) -> list[Figure]:
    made = console.make(folder, tickets=10_000)
    with nhn_sms() as gateway:
        gateway.latency = LATENCY
        live = Live(made.instance, SMS_NHN_URL=gateway.url)
        live.start()
        try:
            return _reserved(made, live, gateway)
        finally:
            live.stop()


def _reserved(made: Console, live: Live, gateway: NhnSms) -> list[Figure]:
    client, asked = Client(), [[get(LIST, one.cookie)] for one in made.people[:4]]
    with application(made.instance):
        mall = db.session.get_one(Service, made.found.service_id)
        boss = db.session.get_one(Member, made.people[0].member_id)
        sms.channel(mall)
        later = clock.now() + timedelta(minutes=31)
        ident = sms.send(mall, boss, sms.numbers(RECIPIENTS), due_at=later).id
        db.session.rollback()
        client.ask(live.port, asked, seconds=2)
        quiet = client.ask(live.port, asked, seconds=QUIET, every=EVERY)
        client.begin(live.port, asked, seconds=QUIET, every=EVERY)
        due = clock.now()
        with db.write() as session:  # its minute has come
            session.get_one(SmsSending, ident).due_at = due
            session.execute(sa.update(SmsRequest).values(next_at=due))
        until(_all_are_out, seconds=300)
        took = (clock.now() - due).total_seconds()
        busy = client.end()
        assert len(gateway.sent) == RECIPIENTS
    client.stop()
    slower = _p95(busy.times) / _p95(quiet.times)
    return [
        Figure(f"{RECIPIENTS:,} texts of one minute, all out after", took, "s", 60),
        Figure("texts: list, p95 meanwhile / before", slower, "×", 2, chance=TAIL),
    ]


def _all_are_out() -> bool:
    db.session.rollback()
    done = sa.select(sa.func.count()).where(SmsRecipient.state == RecipientState.ACCEPTED)
    return (db.session.scalar(done) or 0) >= RECIPIENTS


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
