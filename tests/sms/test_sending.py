"""Texts leave once, at their time, and what became of them is known (SMS-5, SMS-6, SMS-7)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.billing.models import Usage
from occ.core import clock
from occ.core.db import db
from occ.core.errors import Refused
from occ.identity.models import Member
from occ.notifications.models import Notification
from occ.notifications.rules import Notice
from occ.organization import service as organization
from occ.organization.models import Service
from occ.organization.rules import Feature, Item, ServiceState, Terms
from occ.sms import running, service
from occ.sms.models import SmsChannel, SmsRecipient, SmsRequest, SmsSending
from occ.sms.rules.kinds import (
    GatewayKind,
    Picture,
    Problem,
    RequestState,
    SendingState,
    TextKind,
)
from tests.factories import sms, world
from tests.support.nhn_sms import NhnSms
from tests.support.settings import change

NOON = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # Monday 12:00 in Seoul


TIME = {"now": NOON}  # the gateway's, whose threads know nothing of the test's


def deliver(at: datetime = NOON) -> None:
    TIME["now"] = at
    with clock.at(at):
        running.deliver()
    db.session.rollback()


def fetch(at: datetime) -> None:
    TIME["now"] = at
    with clock.at(at):
        running.fetch_results()
    db.session.rollback()


def row(sending: SmsSending) -> SmsSending:
    db.session.rollback()
    return db.session.get_one(SmsSending, db.key_of(sending))


def used(item: Item = Item.SMS_MESSAGE) -> int:
    found = db.session.scalar(sa.select(sa.func.sum(Usage.quantity)).where(Usage.item == item))
    return found or 0


@pytest.fixture(autouse=True)
def noon(gateway: NhnSms) -> None:
    """The gateway's clock is ours."""
    gateway.now = lambda: TIME["now"]


@pytest.mark.spec("SMS-5", "SMS-7", "BIL-1")
def test_a_text_leaves_as_the_guide_wants_it_and_is_charged_once(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    with clock.at(NOON):
        made = sms.send(mall, boss, sms.numbers(2))
    deliver()
    assert [one["recipientNo"] for one in gateway.sent] == ["01000000001", "01000000002"]
    assert {one["body"] for one in gateway.sent} == {"안녕하세요"}
    assert {one["sendNo"] for one in gateway.sent} == {sms.SENDER}
    assert sms.states(made) == ["accepted", "accepted"]
    assert row(made).state is SendingState.SENT
    assert not row(made).late
    assert used() == 2
    gateway.status = ("3", "1000")
    fetch(NOON + timedelta(seconds=11))
    assert sms.states(made) == ["delivered", "delivered"]
    assert used() == 2
    deliver(NOON + timedelta(hours=1))
    assert len(gateway.sent) == 2


@pytest.mark.spec("SMS-7", "BIL-1")
def test_a_recipient_that_the_gateway_does_not_take_is_not_charged(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    gateway.refused_numbers = {"01000000001": -2019}
    with clock.at(NOON):
        made = sms.send(mall, boss, sms.numbers(2))
    deliver()
    assert sms.states(made) == ["refused", "accepted"]
    assert row(made).state is SendingState.SENT
    assert used() == 1
    gateway.stands = {"01000000002": ("0", "3003")}
    fetch(NOON + timedelta(seconds=11))
    assert sms.states(made) == ["refused", "failed"]
    codes = db.session.scalars(sa.select(SmsRecipient.result).order_by(SmsRecipient.id)).all()
    assert codes == ["-2019", "3003"]
    assert used() == 1  # taken, though not delivered


@pytest.mark.spec("SMS-7")
def test_a_request_that_is_refused_as_a_whole_fails_and_its_writer_is_told(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    gateway.refuse = -2052
    with clock.at(NOON):
        made = sms.send(mall, boss)
    deliver()
    assert row(made).state is SendingState.FAILED
    assert row(made).problem is Problem.REFUSED
    assert sms.states(made) == ["refused"]
    notices = db.session.scalars(sa.select(Notification.notice)).all()
    assert notices[-1] is Notice.TEXT_NOT_SENT
    assert used() == 0
    gateway.refuse = 0
    deliver(NOON + timedelta(hours=1))
    assert not gateway.sent


@pytest.mark.spec("SMS-1", "SMS-4")
def test_pictures_are_left_at_the_gateway_once_for_all_requests(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    picture = Picture("사진.jpg", _jpeg())
    with clock.at(NOON):
        made = sms.send(
            mall, boss, sms.numbers(1001), kind=TextKind.MMS, title="제목", pictures=(picture,) * 2
        )
    deliver()
    assert len(gateway.files) == 2
    assert len(gateway.sent) == 1001
    assert {tuple(one["attached"]) for one in gateway.sent} == {(1, 2)}
    assert used(Item.MMS_MESSAGE) == 1001
    assert used() == 0
    assert row(made).state is SendingState.SENT


@pytest.mark.spec("SMS-5")
def test_advertising_goes_to_the_address_for_it_and_waits_for_the_morning(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    night = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)  # 23:30 in Seoul
    body = "(광고) 세일\n무료수신거부 080-888-0327"
    with clock.at(night):
        made = sms.send(mall, boss, body=body, advertising=True)
    morning = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    assert row(made).due_at == morning
    deliver(morning - timedelta(seconds=1))
    assert not gateway.sent
    deliver(morning)
    assert [one["adYn"] for one in gateway.sent] == ["Y"]
    assert gateway.calls[-1][1].endswith("/sender/ad-sms")


@pytest.mark.spec("SMS-6")
def test_advertising_that_missed_its_day_is_not_sent_at_night(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    with clock.at(NOON):
        made = sms.send(mall, boss, advertising=True)
    deliver(datetime(2026, 11, 23, 12, 0, tzinfo=UTC))  # 21:00 in Seoul
    assert (row(made).state, row(made).problem) == (SendingState.FAILED, Problem.NIGHT)
    assert not gateway.sent


@pytest.mark.spec("SMS-5")
@pytest.mark.parametrize(
    ("after", "is_taken"),
    [
        (timedelta(minutes=29, seconds=59), False),
        (timedelta(minutes=30), True),
        (timedelta(hours=24), True),
        (timedelta(hours=24, seconds=1), False),
    ],
)
@pytest.mark.parametrize("now", [NOON, datetime(2026, 11, 23, 14, 59, 59, tzinfo=UTC)])
def test_a_reserved_time_is_taken_within_its_window_only(
    mall: Service, boss: Member, now: datetime, after: timedelta, is_taken: bool
) -> None:
    with clock.at(now):
        if is_taken:
            assert sms.send(mall, boss, due_at=now + after).reserved
        else:
            with pytest.raises(Refused) as refused:
                sms.send(mall, boss, due_at=now + after)
            assert refused.value.field == "due_at"


@pytest.mark.spec("SMS-6")
def test_a_reserved_text_leaves_at_its_time_once_and_late_when_the_console_was_down(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    due = NOON + timedelta(minutes=30)
    with clock.at(NOON):
        one, other = (sms.send(mall, boss, due_at=due) for _ in range(2))
        with db.write():
            service.cancel(row(other), actor=world.actor(boss), manager=False)
    deliver(due - timedelta(seconds=1))
    assert not gateway.sent
    deliver(due + timedelta(hours=23))
    deliver(due + timedelta(hours=23, minutes=1))
    assert len(gateway.sent) == 1
    assert row(one).late
    assert row(other).state is SendingState.CANCELLED
    assert sms.states(other) == ["cancelled"]


@pytest.mark.spec("SMS-6")
@pytest.mark.parametrize(("after", "count"), [(0, 1), (1, 0)])
def test_what_is_more_than_a_day_late_is_not_sent_and_told(
    mall: Service, boss: Member, gateway: NhnSms, after: int, count: int
) -> None:
    with clock.at(NOON):
        made = sms.send(mall, boss)
    deliver(NOON + timedelta(hours=24, seconds=after))
    assert len(gateway.sent) == count
    assert row(made).problem is (None if count else Problem.TOO_LATE)
    told = db.session.scalars(sa.select(Notification.notice)).all()
    assert (Notice.TEXT_NOT_SENT in told) is not bool(count)


@pytest.mark.spec("SMS-6")
def test_a_text_that_was_taken_is_not_cancelled(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    with clock.at(NOON):
        made = sms.send(mall, boss)
    deliver()
    with pytest.raises(Refused), db.write():
        service.cancel(row(made), actor=world.actor(boss), manager=True)
    assert row(made).state is SendingState.SENT


@pytest.mark.spec("SMS-6", "ORG-5")
def test_while_a_service_is_suspended_or_its_channel_off_texts_wait(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    with clock.at(NOON):
        sms.send(mall, boss)
    for changes in ({"state": ServiceState.SUSPENDED}, {"state": ServiceState.ACTIVE}):
        with db.write():
            for name, value in changes.items():
                setattr(db.session.get_one(Service, mall.id), name, value)
            db.session.get_one(SmsChannel, mall.id).active = False
        deliver(NOON + timedelta(minutes=5))
        assert not running.is_waiting()
        assert not gateway.sent
    with db.write():
        db.session.get_one(SmsChannel, mall.id).active = True
    deliver(NOON + timedelta(minutes=6))
    assert len(gateway.sent) == 1


@pytest.mark.spec("SMS-6")
def test_a_form_that_is_sent_twice_is_one_sending(mall: Service, boss: Member) -> None:
    with db.write():
        made = [
            service.send(
                mall,
                sms.message(),
                sms.numbers(1),
                actor=world.actor(boss),
                submit_key="the same",
            ).id
            for _ in range(2)
        ]
    assert made[0] == made[1]


@pytest.mark.spec("SMS-5")
def test_what_cannot_be_sent_is_refused_beside_its_field(mall: Service, boss: Member) -> None:
    for changes, field in (
        ({"sender": "0299999999"}, "sender"),
        ({"recipients": []}, "recipients"),
        ({"recipients": sms.numbers(10_001)}, "recipients"),
    ):
        sender = changes.get("sender", sms.SENDER)
        to = changes.get("recipients", sms.numbers(1))
        with pytest.raises(Refused) as refused, db.write():
            service.send(
                mall,
                sms.message(sender=sender),
                to,  # type: ignore[arg-type]
                actor=world.actor(boss),
                submit_key="refused",
            )
        assert refused.value.field == field


@pytest.mark.spec("SMS-4")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"body": "가" * 45}, None),
        ({"body": "가" * 45 + "a"}, "body"),
        ({"body": " "}, "body"),
        ({"body": "😀"}, "body"),
        ({"pictures": (Picture("a.jpg", b"x"),)}, "picture"),
        ({"kind": TextKind.MMS, "title": "가" * 20, "body": "가" * 1000}, None),
        ({"kind": TextKind.MMS, "title": "가" * 20 + "a"}, "title"),
        ({"kind": TextKind.MMS, "title": ""}, "title"),
        ({"kind": TextKind.MMS, "title": "x", "body": "가" * 1000 + "a"}, "body"),
        (
            {"kind": TextKind.MMS, "title": "x", "pictures": (Picture("a.jpg", b"x"),) * 3},
            "picture",
        ),
        (
            {"kind": TextKind.MMS, "title": "x", "pictures": (Picture("a.jpg", b"x" * 307_201),)},
            "picture",
        ),
    ],
)
def test_no_sender_gets_past_what_a_message_can_hold(
    mall: Service, boss: Member, changes: dict[str, Any], field: str | None
) -> None:
    if field is None:
        assert sms.send(mall, boss, **changes).count == 1
        return
    with pytest.raises(Refused) as refused:
        sms.send(mall, boss, **changes)
    assert refused.value.field == field
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SmsSending)) == 0


@pytest.mark.spec("SMS-4")
def test_decomposed_syllables_leave_composed(mall: Service, boss: Member) -> None:
    assert row(sms.send(mall, boss, body="\u1100\u1161")).body == "\uac00"


@pytest.mark.spec("SMS-6")
def test_an_answer_that_never_came_is_looked_for_and_taken_over(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    gateway.cut = 1
    with clock.at(NOON):
        made = sms.send(mall, boss, sms.numbers(3))
    deliver()
    assert row(made).state is SendingState.PROCESSING
    deliver(NOON + timedelta(seconds=19))
    assert sms.states(made) == ["waiting"] * 3
    deliver(NOON + timedelta(seconds=20))
    assert sms.states(made) == ["accepted"] * 3
    assert row(made).state is SendingState.SENT
    assert len(gateway.sent) == 3
    assert used() == 3


@pytest.mark.spec("SMS-6")
def test_what_never_arrived_is_sent_again_after_three_looks_in_five_minutes(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    gateway.lose = 1
    with clock.at(NOON):
        made = sms.send(mall, boss)
    for seconds in (0, 20, 140, 299):
        deliver(NOON + timedelta(seconds=seconds))
        assert not gateway.sent
    deliver(NOON + timedelta(seconds=300))
    deliver(NOON + timedelta(seconds=300))
    assert len(gateway.sent) == 1
    assert sms.states(made) == ["accepted"]
    assert used() == 1


@pytest.mark.spec("SMS-6")
def test_where_the_search_fails_it_is_unclear_and_never_sent_again_by_itself(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    gateway.lose, gateway.fail_searches = 1, True
    with clock.at(NOON):
        made = sms.send(mall, boss)
    for seconds in (0, 20, 140, 300, 900, 9_000):
        deliver(NOON + timedelta(seconds=seconds))
    assert not gateway.sent
    assert (row(made).state, row(made).problem) == (SendingState.PROCESSING, Problem.UNCLEAR)
    assert sms.states(made) == ["unclear"]
    told = db.session.scalars(sa.select(Notification.notice)).all()
    assert told[-1] is Notice.TEXT_UNCLEAR


@pytest.mark.spec("SMS-6")
def test_what_is_unclear_is_looked_for_once_more_when_somebody_asks(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    gateway.cut, gateway.fail_searches = 1, True
    with clock.at(NOON):
        made = sms.send(mall, boss)
    for seconds in (0, 20, 140, 300):
        deliver(NOON + timedelta(seconds=seconds))
    assert sms.states(made) == ["unclear"]
    gateway.fail_searches = False
    with clock.at(NOON + timedelta(hours=1)), db.write():
        running.look_again(row(made))
    deliver(NOON + timedelta(hours=1))
    assert sms.states(made) == ["accepted"]
    assert (row(made).state, row(made).problem) == (SendingState.SENT, None)
    assert len(gateway.sent) == 1


@pytest.mark.spec("SMS-6")
def test_a_host_that_is_not_reached_is_tried_again_and_nothing_is_looked_for(
    app: Flask, mall: Service, boss: Member, gateway: NhnSms
) -> None:
    url = gateway.url
    change(app, sms_nhn_url="http://127.0.0.1:9")
    with clock.at(NOON):
        made = sms.send(mall, boss)
    deliver()
    assert sms.states(made) == ["waiting"]
    change(app, sms_nhn_url=url)
    deliver(NOON + timedelta(seconds=19))
    assert not gateway.sent
    deliver(NOON + timedelta(seconds=20))
    assert len(gateway.sent) == 1


@pytest.mark.spec("SMS-7")
@pytest.mark.parametrize(
    ("kind", "hours"),
    [(TextKind.SMS, 25), pytest.param(TextKind.MMS, 80, marks=pytest.mark.full)],
)
def test_results_are_asked_until_the_gateway_keeps_none_open(
    mall: Service, boss: Member, gateway: NhnSms, kind: TextKind, hours: int
) -> None:
    with clock.at(NOON):
        made = sms.send(mall, boss, kind=kind, title="제목")
    deliver()
    at = NOON
    for _ in range(400):
        at += timedelta(minutes=29)
        fetch(at)
        if not running_open(made):
            break
    assert NOON + timedelta(hours=hours) <= at <= NOON + timedelta(hours=hours + 1)
    assert sms.states(made) == ["failed"]


def running_open(made: SmsSending) -> bool:
    return bool(
        db.session.scalar(
            sa.select(sa.func.count()).where(
                SmsRequest.sending_id == db.key_of(made),
                SmsRequest.state == RequestState.ACCEPTED,
            )
        )
    )


@pytest.mark.spec("SMS-1", "BIL-1")
def test_the_local_outbox_takes_everything_and_counts(
    app: Flask, boss: Member, gateway: NhnSms
) -> None:
    mall = sms.texting(boss, kind=GatewayKind.LOCAL)
    with clock.at(NOON):
        made = sms.send(mall, boss, sms.numbers(2))
    deliver()
    assert sms.states(made) == ["delivered", "delivered"]
    assert not gateway.calls
    assert used() == 2


@pytest.mark.spec("SMS-1")
def test_a_service_whose_gateway_is_slow_does_not_hold_another_ones_texts(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    other = sms.texting(boss, "shop")
    with clock.at(NOON):
        for of in (mall, mall, other):
            sms.send(of, boss)
    gateway.latency = 0.05
    deliver()
    assert len(gateway.sent) == 3


@pytest.mark.spec("SMS-6", "ORG-3")
def test_where_texts_are_not_contracted_any_more_nothing_leaves(
    mall: Service, boss: Member, gateway: NhnSms
) -> None:
    with clock.at(NOON):
        sms.send(mall, boss)
    with db.write():
        organization.change_contract(
            db.session.get_one(Service, mall.id),
            Terms(frozenset({Feature.TICKET}), 5),
            actor=world.actor(boss),
        )
    deliver()
    assert not gateway.calls


def _jpeg() -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "JPEG")
    return out.getvalue()
