"""The demo's mail tickets: each thing that a mail can be is there to be seen (MAIL-1)."""

import logging

import pytest
import sqlalchemy as sa

from occ.cli import demo_mail, demo_mails
from occ.core.db import db
from occ.delivery.models import Outgoing
from occ.delivery.rules import State as Mailed
from occ.identity.models import Member
from occ.mail.models import ReceivedMail
from occ.mail.rules import MailState, Reason
from occ.organization.rules import Feature
from occ.tickets.models import Ticket, TicketEntry, TicketMail
from occ.tickets.rules import State
from tests.factories import world
from tests.support.browser import Browser

FEATURES = frozenset({Feature.TICKET, Feature.MAIL, Feature.CUSTOMERS})


@pytest.mark.spec("MAIL-1")
def test_the_demo_shows_what_a_mail_can_be(boss: Member, admin: Browser) -> None:
    mall = world.contracted(boss, "mall", features=FEATURES, languages=("ko", "en", "ja"))
    people = [boss, world.member("minji"), world.member("dohyun")]
    for number, one in enumerate(people):
        world.agent(boss, mall, one, manager=not number, ticket=True)
    demo_mail.furnish("mall")
    demo_mails.arrive("mall", [one.login_id for one in people])
    read = db.session.scalars(sa.select(ReceivedMail.state)).all()
    assert set(read) == {MailState.READ}
    found = {one.subject: one for one in db.session.scalars(sa.select(Ticket))}
    assert len(found) == 6
    assert sorted(one.language for one in found.values()) == ["en", "ja", "ko", "ko", "ko", "ko"]
    assert found["주문한 상품이 아직 오지 않았어요"].state is State.PROGRESS
    group = found["단체 주문 견적을 부탁드립니다"]
    mails = db.session.scalars(
        sa.select(TicketMail).where(TicketMail.ticket_id == group.id).order_by(TicketMail.entry_id)
    ).all()
    assert [(one.is_other, one.automatic) for one in mails] == [
        (False, "no"),
        (False, "reply"),
        (True, "no"),
    ]
    assert mails[0].beside == ["purchase@example.org", "jiho.seo@example.org"]
    table = admin.get(f"/c/s/mall/tickets/{found['[교환] 수량이 바뀌어 왔습니다'].id}").text
    assert "Show as it was sent" in table
    bounced = found["적립금이 사라졌어요"]
    assert (
        db.session.scalar(sa.select(Outgoing.state).where(Outgoing.about == bounced.about))
        is Mailed.BOUNCED
    )
    said = db.session.scalars(
        sa.select(TicketEntry.undelivered).where(TicketEntry.ticket_id == bounced.id)
    ).all()
    assert {"to": "garam@exmaple.example"}.items() <= said[1].items()
    assert said[1]["why"] == "550 5.1.2 Host or domain name not found"


@pytest.mark.spec("MAIL-1")
def test_what_the_demo_puts_aside_on_purpose_is_not_logged_as_a_failure(
    boss: Member, caplog: pytest.LogCaptureFixture
) -> None:
    world.contracted(boss, "mall", features=FEATURES, languages=("ko", "en", "ja"))
    demo_mail.furnish("mall")
    demo_mail.put_aside("mall")
    stuck = db.session.scalars(sa.select(ReceivedMail).where(ReceivedMail.key.is_not(None))).one()
    assert (stuck.state, stuck.reason) == (MailState.QUARANTINED, Reason.KILLED)
    assert not caplog.records
    logging.getLogger("occ.mail").warning("mail %s is in quarantine: %s", 1, Reason.KILLED.value)
    assert len(caplog.records) == 1  # and what comes later is
