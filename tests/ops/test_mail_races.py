"""Mails at the same moment, on real connections: none is lost, none is there twice (MAIL-1)."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.core.db import db
from occ.core.errors import Conflict
from occ.core.events import emit
from occ.customers.models import Customer
from occ.mail.events import MailReceived
from occ.mail.reading import Letter
from occ.organization.models import Service
from occ.tickets import queries
from occ.tickets import service as tickets
from occ.tickets.models import Ticket
from occ.tickets.rules import Entry, Move, State
from tests.factories import letters, world
from tests.factories import ticket as ticket_factory
from tests.factories.letters import arrives, letter
from tests.ops.test_races import at_once, writing


def arriving(service_id: int, mail: Letter) -> Callable[[], Any]:
    def work() -> None:
        mall = db.session.get_one(Service, service_id)
        emit(MailReceived(mall, None, letters.received(mall), mail))

    return writing(work)


def kinds(ident: int) -> list[Entry]:
    return [one.kind for one in queries.entries(ident)]


@pytest.mark.live
@pytest.mark.spec("MAIL-1", "TKT-1")
def test_answers_and_an_agent_at_once_are_all_there(console: Flask) -> None:
    """Whoever is first, no text is lost: the agent is told, or the ticket is open again."""
    boss = world.owner()
    mall = ticket_factory.desk(boss)
    first = letter()
    made = arrives(mall, first)
    with db.write():
        tickets.take(made, group_id=None, seen=made.version, actor=world.actor(boss))
    ident, service_id, seen, actor = made.id, mall.id, made.version, world.actor(boss)
    thread = (first.message_id,)

    def resolve() -> None:
        tickets.process(
            db.session.get_one(Ticket, ident),
            Move.RESOLVE,
            "It left.",
            seen=seen,
            manager=True,
            actor=actor,
        )

    results = at_once(
        console,
        arriving(service_id, letter("One", in_reply_to=thread)),
        writing(resolve),
        arriving(service_id, letter("Two", in_reply_to=thread)),
    )
    assert results[0] == results[2] == "done"
    db.session.expire_all()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 1
    found = kinds(ident)
    assert found.count(Entry.REPLY) == 2
    stands = db.session.get_one(Ticket, ident).state
    if isinstance(results[1], Conflict):
        assert Entry.ANSWER not in found and stands is State.PROGRESS
    else:
        assert results[1] == "done" and Entry.ANSWER in found
        last = found[-1]
        assert stands is (State.RESOLVED if last is Entry.ANSWER else State.PROGRESS)


@pytest.mark.live
@pytest.mark.spec("MAIL-1", "CUS-1")
def test_a_mail_and_its_answer_at_once_are_one_ticket_or_two_of_one_customer(
    console: Flask,
) -> None:
    mall = ticket_factory.desk(world.owner())
    made = arrives(mall, letter(sender="first@example.com"))
    service_id, many = mall.id, [letter(f"Mail {n}") for n in range(4)]
    results = at_once(console, *(arriving(service_id, one) for one in many))
    assert results == ["done"] * 4
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Customer)) == 2
    after = sa.select(Ticket).where(Ticket.id > made.id)
    found = db.session.scalars(after).unique().all()
    assert len({one.customer_id for one in found}) == 1 and len(found) == 4
