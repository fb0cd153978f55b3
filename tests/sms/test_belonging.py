"""Texts stand with the ticket and the customer they went to, and go with them (SMS-7, FLD-4)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from occ.callbacks.models import Callback
from occ.core import clock, crypto, storage
from occ.core.db import db
from occ.core.events import emit, reactions
from occ.customers import service as customers
from occ.customers.models import Customer
from occ.identity.models import Member
from occ.organization import service as organization
from occ.organization.events import ServiceEmptied
from occ.organization.models import Service
from occ.organization.rules import Feature, ServiceState
from occ.sms import running, service, templates
from occ.sms.models import (
    SmsCategory,
    SmsChannel,
    SmsImage,
    SmsRecipient,
    SmsSending,
    SmsTemplate,
)
from occ.sms.rules.kinds import ByItself, GatewayKind, Picture, Recipient, TextKind
from occ.telephony.events import CallbackAsked, CallEnded
from occ.telephony.models import Call
from occ.telephony.rules.calls import CallOutcome, Direction, Phase
from occ.tickets.models import TicketEntry
from occ.tickets.rules import Entry
from tests.factories import phone, sms, world
from tests.factories import ticket as tickets
from tests.support.browser import Browser
from tests.support.nhn_sms import NhnSms
from tests.support.sheets import sheet

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

DAY = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # Monday noon in Seoul
NIGHT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # 21:00
KIM = "+821012345678"


def customer(number: str = KIM) -> Customer:
    with db.write():
        return customers.of_number(number)


@pytest.mark.spec("SMS-7")
def test_a_text_beside_a_ticket_stands_in_it_once_it_has_left(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    ticket = tickets.ticket(mall, boss, phone=KIM)
    sms.send(mall, boss, about=f"ticket/{ticket.id}", body="확인했습니다")
    entries = sa.select(TicketEntry.body, TicketEntry.author).where(TicketEntry.kind == Entry.TEXT)
    assert not db.session.execute(entries).all()
    running.deliver()
    with clock.at(clock.now() + timedelta(seconds=30)):
        running.fetch_results()
    assert db.session.execute(entries).all() == [("확인했습니다", "Boss Kim")]


@pytest.mark.spec("SMS-7")
def test_a_text_to_a_known_customer_stands_in_their_history(
    mall: Service, boss: Member, admin: Browser, gateway: NhnSms
) -> None:
    kim = customer()
    sms.send(mall, boss, [Recipient(KIM, "", kim.id)], body="배송 안내")
    tickets.ticket(mall, boss, phone=KIM)
    page = admin.get(f"/c/s/mall/customers/{kim.id}")
    assert page.status_code == 200
    assert "배송 안내" in page.text


@pytest.mark.spec("FLD-4", "SMS-7")
def test_a_customers_texts_are_handed_out_and_destroyed(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    kim = customer()
    alone = sms.send(mall, boss, [Recipient(KIM, "", kim.id)], body="혼자")
    many = sms.send(mall, boss, [Recipient(KIM, "", kim.id), *sms.numbers(1)], body="모두")
    found = customers.data_of(kim, mall.id)["text_messages"]
    assert [(one["number"], one["body"]) for one in found] == [(KIM, "혼자"), (KIM, "모두")]
    with db.write():
        customers.erase(db.session.get_one(Customer, kim.id), mall.id, by="Boss")
    assert db.session.get_one(SmsSending, db.key_of(alone)).body == ""
    assert db.session.get_one(SmsSending, db.key_of(many)).body == "모두"
    kept = db.session.execute(sa.select(SmsRecipient.number, SmsRecipient.typed)).all()
    assert (KIM, "") not in kept
    assert sum(row.number is None for row in kept) == 2


@pytest.mark.spec("FLD-4", "SMS-7")
def test_pictures_that_went_to_an_erased_customer_alone_are_destroyed(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    kim = customer()
    mms: dict[str, Any] = {
        "kind": TextKind.MMS,
        "title": "Map",
        "pictures": (Picture("a.jpg", b"\xff\xd8"),),
    }
    for to in ([], sms.numbers(1)):
        sms.send(mall, boss, [Recipient(KIM, "", kim.id), *to], **mms)
    keys = list(db.session.scalars(sa.select(SmsImage.key).order_by(SmsImage.sending_id)))
    with db.write():
        customers.erase(db.session.get_one(Customer, kim.id), mall.id, by="Boss")
    assert db.session.scalars(sa.select(SmsImage.key)).all() == keys[1:]
    assert [storage.path(key).exists() for key in keys] == [False, True]


@pytest.mark.spec("SMS-6", "FLD-4")
def test_an_erased_customer_gets_no_reserved_text(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    kim = customer()
    sms.send(mall, boss, [Recipient(KIM, "", kim.id), *sms.numbers(1)])
    with db.write():
        customers.erase(db.session.get_one(Customer, kim.id), mall.id, by="Boss")
    running.deliver()
    assert [one["recipientNo"] for one in gateway.sent] == ["01000000001"]


@pytest.mark.spec("ORG-5", "SMS-7")
def test_a_destroyed_service_keeps_no_text(mall: Service, boss: Member, gateway: NhnSms) -> None:
    sms.send(mall, boss, sms.numbers(3))
    with db.write():
        db.session.get_one(Service, mall.id).state = ServiceState.TERMINATED
    with db.write():
        for remove in reactions(ServiceEmptied):
            while organization.empty(mall.id, remove, 2):
                continue
    with db.write():
        organization.erase(mall.id)
    for model in (SmsSending, SmsRecipient, SmsChannel):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 0


@pytest.fixture
def desk(boss: Member, gateway: NhnSms) -> Service:
    """A phone service that texts by itself in every case."""
    made = phone.service(boss, "desk", features=phone.FEATURES | {Feature.SMS})
    phone.queue(made, [phone.agent(boss, made, "kim")])
    phone.menu(made)
    row = sms.channel(made, GatewayKind.LOCAL)
    now = clock.now()
    with db.write() as session:
        top = SmsCategory(service_id=made.id, name="A", position=0, created_at=now)
        session.add(top)
        session.flush()
        low = SmsCategory(
            service_id=made.id, parent_id=top.id, name="B", position=0, created_at=now
        )
        session.add(low)
        session.flush()
        template = SmsTemplate(
            service_id=made.id,
            category_id=low.id,
            kind=TextKind.SMS,
            name="Missed",
            sender=sms.SENDER,
            body="다시 전화드리겠습니다",
            position=0,
            created_at=now,
        )
        session.add(template)
        session.flush()
        channel = session.get_one(SmsChannel, made.id)
        channel.by_itself = {cause.value: template.id for cause in ByItself}
    assert row is not None
    return made


def sent() -> list[tuple[ByItself | None, str]]:
    db.session.rollback()
    rows = db.session.scalars(sa.select(SmsSending).order_by(SmsSending.id))
    return [(row.by_itself, row.template_name) for row in rows]


def ended(of: Service, outcome: CallOutcome, number: str = KIM) -> Call:
    with db.write() as session:
        call = Call(
            ref=crypto.token(),
            service_id=of.id,
            direction=Direction.INBOUND,
            phase=Phase.ENDED,
            customer_number=number,
            service_number="",
            day=clock.now().date(),
            started_at=clock.now(),
            phase_at=clock.now(),
            ended_at=clock.now(),
            outcome=outcome,
        )
        session.add(call)
        session.flush()
        emit(CallEnded(call))
    return call


@pytest.mark.spec("SMS-5")
def test_a_call_that_nobody_answered_gets_a_text_once_an_hour(
    desk: Service, boss: Member, admin: Browser
) -> None:
    world.agent(boss, desk, boss, manager=True, ticket=True)
    with clock.at(DAY):
        ended(desk, CallOutcome.ABANDONED)
        ended(desk, CallOutcome.ABANDONED)
        ended(desk, CallOutcome.COMPLETED, "+821099998888")
    with clock.at(DAY + timedelta(minutes=59)):
        ended(desk, CallOutcome.ABANDONED)
    assert sent() == [(ByItself.CALL_ABANDONED, "Missed")]
    history = f"/c/s/{desk.slug}/sms/history"
    assert "By itself: call not answered" in admin.get(history).text
    assert sheet(admin.get(f"{history}/texts.xlsx").data)[1][11] == "By itself: call not answered"
    with clock.at(DAY + timedelta(minutes=61)):
        ended(desk, CallOutcome.ABANDONED)
    assert len(sent()) == 2


@pytest.mark.spec("SMS-5")
def test_a_call_after_hours_gets_its_text_and_none_at_night(desk: Service) -> None:
    lunch = DAY + timedelta(minutes=10)  # 12:10
    with clock.at(lunch):
        ended(desk, CallOutcome.MENU)
    with clock.at(NIGHT):
        ended(desk, CallOutcome.MENU, "+821011112222")
        ended(desk, CallOutcome.ABANDONED, "+821011113333")
    with clock.at(DAY + timedelta(hours=2)):  # 14:00, within the hours
        ended(desk, CallOutcome.MENU, "+821011114444")
    assert sent() == [(ByItself.AFTER_HOURS, "Missed")]


@pytest.mark.spec("SMS-5")
@pytest.mark.parametrize("number", ["+82212345678", "+827012345678", "+14155552671", "1234"])
def test_only_mobiles_get_a_text_by_itself(desk: Service, number: str) -> None:
    with clock.at(DAY):
        ended(desk, CallOutcome.ABANDONED, number)
    assert not sent()


@pytest.mark.spec("SMS-5", "CBK-1")
def test_whoever_asks_to_be_called_back_gets_a_text(desk: Service) -> None:
    with clock.at(DAY):
        call = ended(desk, CallOutcome.CALLBACK)
        with db.write():
            queue = db.session.scalars(sa.select(Callback.queue_id)).first()
            assert queue is None
            from occ.ars.queries import queues

            emit(CallbackAsked(call, queues(desk.id)[0].id))
    assert sent() == [(ByItself.CALLBACK_RECEIVED, "Missed")]


@pytest.mark.spec("SMS-5", "SMS-2")
def test_a_template_that_is_not_in_use_is_not_sent(desk: Service) -> None:
    with db.write() as session:
        for row in session.scalars(sa.select(SmsCategory).where(SmsCategory.parent_id.is_(None))):
            row.active = False
    with clock.at(DAY), db.write():
        assert service.text_by_itself(desk, ByItself.CALL_ABANDONED, KIM) is None
    assert templates.to_send(desk.id, None) is None
