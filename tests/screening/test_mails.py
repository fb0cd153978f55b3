"""HC-5: mails that are one too many, or from a blocked sender, wait with all they hold."""

import pytest
import sqlalchemy as sa

from occ.core import clock, storage
from occ.core.db import db
from occ.customers import service as customers
from occ.identity.models import Member
from occ.mail import intake
from occ.mail.models import ReceivedMail
from occ.mail.rules import MailState
from occ.organization.models import Service
from occ.screening import queries, service
from occ.screening.models import HeldInquiry
from occ.screening.rules import Reason
from occ.tickets.models import Ticket
from occ.tickets.rules import Move
from occ.tickets.writes import move
from tests.factories import mailbox
from tests.support.browser import Browser

pytestmark = [
    pytest.mark.spec("HC-5", "MAIL-1"),
    pytest.mark.heavy,
]  # on PostgreSQL in `make test-all`
LEE = "lee@example.com"


def come(of: Service, number: int, *, sender: str = LEE, head: str = "", **values: object) -> int:
    """A mail comes and is read; its row's id."""
    text = (
        f"From: Lee <{sender}>\r\nTo: help@shop.example\r\nSubject: Order {number}\r\n"
        f"Message-ID: <m{number}@example.com>\r\n{head}\r\nWhere is it?\r\n"
    )
    row = mailbox.mail(
        of,
        None,
        text.encode(),
        state=MailState.WAITING,
        reason=None,
        attempts=0,
        sender="",
        subject="",
        **values,
    )
    ident = row.id
    db.session.commit()
    intake.read_waiting()
    db.session.expire_all()
    return ident


def state(ident: int) -> MailState:
    db.session.expire_all()
    return db.session.get_one(ReceivedMail, ident).state


def tickets(of: Service) -> int:
    counted = sa.select(sa.func.count()).where(Ticket.service_id == of.id)
    return db.session.scalar(counted) or 0


@pytest.fixture
def sixth(mall: Service) -> int:
    """The mail that is one too many."""
    for n in range(5):
        assert state(come(mall, n)) is MailState.READ
    return come(mall, 5)


def row(of: Service) -> HeldInquiry:
    (found,) = queries.held_list(of.id, after="", before="", size=20).rows
    assert isinstance(found, HeldInquiry)
    return found


def test_the_sixth_mail_of_a_minute_waits_and_others_do_not(mall: Service, sixth: int) -> None:
    assert (state(sixth), tickets(mall)) == (MailState.HELD, 5)
    kept = service.opened(row(mall))
    assert (kept.title, kept.name, kept.email, kept.text) == (
        "Order 5",
        "Lee",
        LEE,
        "Where is it?",
    )
    assert state(come(mall, 6, sender="kim@example.com")) is MailState.READ


def test_let_in_it_becomes_one_ticket_without_being_counted_again(
    mall: Service, sixth: int, admin: Browser
) -> None:
    admin.get("/c/s/mall/spam")
    assert "Order 5" in admin.text()
    ident = row(mall).id
    assert admin.post(f"/c/s/mall/spam/{ident}/let-in", htmx=True).status_code == 204
    assert state(sixth) is MailState.WAITING
    assert admin.post(f"/c/s/mall/spam/{ident}/let-in", htmx=True).status_code == 404
    db.session.commit()
    intake.read_waiting()
    assert (state(sixth), tickets(mall)) == (MailState.READ, 6)


def test_deleted_its_original_goes(mall: Service, sixth: int) -> None:
    path = storage.path(db.session.get_one(ReceivedMail, sixth).key or "")
    assert path.exists()
    with db.write():
        service.drop(row(mall))
    found = db.session.get_one(ReceivedMail, sixth)
    assert (found.state, found.key) == (MailState.DROPPED, None) and not path.exists()


@pytest.mark.spec("FLD-4")
def test_erased_with_its_sender_nothing_of_it_stays(mall: Service, sixth: int) -> None:
    path = storage.path(db.session.get_one(ReceivedMail, sixth).key or "")
    with db.write():
        person = customers.found_or_made(name="", phone="", email=LEE)
        assert person is not None
        customers.erase(person, mall.id, by="Boss")
    assert queries.held_list(mall.id, after="", before="", size=20).rows == []
    assert not path.exists()


def test_an_answer_is_no_inquiry_but_one_after_done_is(mall: Service, sixth: int) -> None:
    head = "In-Reply-To: <m0@example.com>\r\n"
    assert state(come(mall, 10, head=head)) is MailState.READ
    assert tickets(mall) == 5
    with db.write():
        first = db.session.scalars(sa.select(Ticket).order_by(Ticket.id).limit(1)).one()
        move(first, Move.RESOLVE, member=None)
        move(first, Move.FINISH)
    assert state(come(mall, 11, head=head)) is MailState.HELD


def test_old_mail_that_was_asked_for_is_not_counted(mall: Service) -> None:
    idents = [come(mall, n, older=True, received_at=clock.now()) for n in range(7)]
    assert {state(one) for one in idents} == {MailState.READ}


@pytest.mark.parametrize("value", [LEE, "@example.com"])
def test_a_blocked_sender_waits_also_with_an_answer(
    mall: Service, boss: Member, value: str
) -> None:
    come(mall, 1)
    with db.write():
        service.add_block(mall, value)
    db.session.expire_all()
    for n, head in ((2, ""), (3, "In-Reply-To: <m1@example.com>\r\n")):
        assert state(come(mall, n, head=head)) is MailState.HELD
    reasons = db.session.scalars(sa.select(HeldInquiry.reason)).all()
    assert (reasons, tickets(mall)) == ([Reason.SENDER, Reason.SENDER], 1)
