"""The pages of what was sent: search, details, cancel, Excel, and who sees what (SMS-7)."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
import sqlalchemy as sa

from occ.audit.models import WorkEntry
from occ.audit.rules import Work
from occ.core import clock
from occ.core.db import db
from occ.identity import agents
from occ.identity.models import Agent, Member
from occ.organization.models import Service
from occ.sms import running, service, templates
from occ.sms.models import SmsChannel, SmsRecipient, SmsSender, SmsSending, SmsTemplate
from occ.sms.rules.kinds import ByItself, RecipientState, SendingState, TextKind
from tests.factories import sms, world
from tests.support.browser import Browser
from tests.support.nhn_sms import NhnSms

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

HOME = "/c/s/mall/sms/history"
NOON = datetime(2027, 11, 23, 3, 0, tzinfo=UTC)  # in Korea, where texts by itself do not wait


def first() -> int:
    return db.session.scalars(sa.select(SmsRecipient.id).order_by(SmsRecipient.id)).first() or 0


def numbers(page: str) -> list[str]:
    import re

    return re.findall(r"010-[\d*]{4}-\d{4}", page)


@pytest.mark.spec("SMS-7")
def test_the_history_shows_each_text_and_what_became_of_it(
    mall: Service, boss: Member, admin: Browser, gateway: NhnSms
) -> None:
    assert "No text messages yet" in admin.get(HOME).text
    gateway.stands = {"01000000002": ("0", "3003")}
    sms.send(mall, boss, sms.numbers(2), body="배송이 시작됐습니다")
    running.deliver()
    with clock.at(clock.now() + timedelta(seconds=30)):
        running.fetch_results()
    page = admin.get(HOME).text
    assert "010-0000-0001" in page
    assert "Nobody has this number." in page
    assert "No result yet" in page
    shown = admin.get(f"{HOME}/{first()}").text
    assert "배송이 시작됐습니다" in shown
    assert "1544-6859" in shown
    assert "Boss Kim" in shown


@pytest.mark.spec("SMS-7")
def test_it_is_searched_by_all_that_a_text_has(
    mall: Service, boss: Member, admin: Browser, gateway: NhnSms
) -> None:
    sms.send(mall, boss, sms.numbers(1, 11))
    later = sms.send(
        mall,
        boss,
        sms.numbers(1, 22),
        due_at=clock.now() + timedelta(hours=1),
        kind=TextKind.MMS,
        title="제목",
    )
    running.deliver()
    only_later = ["010-0000-0022"]
    only_first = ["010-0000-0011"]
    for query, expected in (
        ("send=reserved", only_later),
        ("send=now", only_first),
        ("kind=mms", only_later),
        ("kind=sms", only_first),
        ("state=processing", only_later),
        ("state=sent", only_first),
        ("state=failed", []),
        ("state=unclear", []),
        ("number=0022", only_later),
        (f"member={boss.id}", only_later + only_first),
        ("member=9999", []),
        ("template=9999", []),
        (f"sender={sms.SENDER}", only_later + only_first),
        ("sender=0299999999", []),
        ("period=today", only_later + only_first),
        ("period=range&since=2020-01-01&until=2020-01-02", []),
    ):
        found = admin.get(f"{HOME}?{query}", htmx=True).text
        assert list(dict.fromkeys(numbers(found))) == expected, query
    assert later.id


@pytest.mark.spec("SMS-6", "SMS-7")
def test_a_reserved_text_is_cancelled_in_its_details(
    mall: Service, boss: Member, admin: Browser, gateway: NhnSms
) -> None:
    made = sms.send(mall, boss, due_at=clock.now() + timedelta(hours=1))
    shown = admin.get(f"{HOME}/{first()}").text
    assert "Cancel sending" in shown
    assert "Reserved" in shown
    admin.post(f"{HOME}/{first()}/cancel")
    db.session.rollback()
    assert db.session.get_one(SmsSending, db.key_of(made)).state is SendingState.CANCELLED
    shown = admin.get(f"{HOME}/{first()}").text
    assert "Cancel sending" not in shown
    assert "Cancelled" in shown
    again = admin.post(f"{HOME}/{first()}/cancel", htmx=True)
    assert again.status_code == 422
    assert "was cancelled already" in again.headers["HX-Trigger"]


@pytest.mark.spec("SMS-6")
def test_a_text_that_waits_is_cancelled_by_who_sent_it_and_by_managers(
    mall: Service, boss: Member, browser: Callable[..., Browser], gateway: NhnSms
) -> None:
    people = {}
    for login, rights in (
        ("kim", {"ticket": True}),
        ("lee", {"ticket": True}),
        ("choi", {"manager": True}),
        ("park", {"ticket": False, "chat": True}),
    ):
        people[login] = world.member(login)
        world.agent(boss, mall, people[login], **rights)
    due = clock.now() + timedelta(hours=1)
    made = [sms.send(mall, people["kim"], sms.numbers(1, n), due_at=due) for n in range(1, 3)]
    rows = db.session.scalars(sa.select(SmsRecipient.id).order_by(SmsRecipient.id)).all()
    lee, park = browser("lee"), browser("park")
    assert "Cancel sending" not in lee.get(f"{HOME}/{rows[0]}").text
    refused = lee.post(f"{HOME}/{rows[0]}/cancel", htmx=True)
    assert refused.status_code == 403
    assert "a manager of the service can cancel it" in refused.headers["HX-Trigger"]
    assert park.post(f"{HOME}/{rows[0]}/cancel").status_code == 403
    db.session.rollback()
    assert {db.session.get_one(SmsSending, one.id).state for one in made} == {
        SendingState.PROCESSING
    }
    for login, ident in (("kim", rows[0]), ("choi", rows[1])):
        who = browser(login)
        assert "Cancel sending" in who.get(f"{HOME}/{ident}").text
        assert who.post(f"{HOME}/{ident}/cancel", htmx=True).status_code == 204
    db.session.rollback()
    assert {db.session.get_one(SmsSending, one.id).state for one in made} == {
        SendingState.CANCELLED
    }


@pytest.mark.spec("SMS-7")
def test_what_is_no_longer_there_is_searched_by_too(
    mall: Service, boss: Member, admin: Browser, gateway: NhnSms
) -> None:
    _top, under = sms.library(mall)
    kept, gone = (sms.template(mall, under, name) for name in ("Kept", "Gone"))
    kim = world.member("kim")
    world.agent(boss, mall, kim, ticket=True)
    with db.write():
        mine = db.session.get_one(SmsChannel, mall.id)
        mine.senders.append(SmsSender(number="0299999999", position=1))
    sms.send(mall, boss, sms.numbers(1, 1), template=kept)
    sms.send(mall, boss, sms.numbers(1, 2), template=gone)
    sms.send(mall, kim, sms.numbers(1, 3), sender="0299999999")
    with db.write():
        templates.delete_template(db.session.get_one(SmsTemplate, gone.id))
        stored = db.session.get_one(SmsChannel, mall.id)
        stored.senders = [one for one in stored.senders if one.number == sms.SENDER]
        stored.by_itself = {ByItself.CALLBACK_RECEIVED.value: kept.id}
        agents.remove(
            db.session.scalars(sa.select(Agent).where(Agent.member_id == kim.id)).one(),
            actor=world.actor(boss),
        )
    with clock.at(NOON), db.write():
        service.text_by_itself(mall, ByItself.CALLBACK_RECEIVED, "+821000000004")
    # a new template may get the number of the deleted one, and none of its texts
    other = sms.template(mall, under, "Other")
    for query, expected in (
        ("template=gone", ["010-0000-0002"]),
        (f"template={kept.id}", ["010-0000-0004", "010-0000-0001"]),
        (f"template={other.id}", []),
        ("member=gone", ["010-0000-0003"]),
        ("member=itself", ["010-0000-0004"]),
        ("sender=gone", ["010-0000-0003"]),
    ):
        found = admin.get(f"{HOME}?{query}", htmx=True).text
        assert sorted(set(numbers(found))) == sorted(expected), query
        answer = admin.get(f"{HOME}/texts.xlsx?{query}")
        rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.values)  # type: ignore[union-attr]
        assert sorted(str(one[3]) for one in rows[1:]) == sorted(expected), query
    page = admin.get(HOME).text
    for words in ("Deleted templates", "Former agents", "Sent by itself", "Removed sender numbers"):
        assert words in page


@pytest.mark.spec("SMS-7")
def test_what_is_unclear_is_listed_with_what_to_do(
    mall: Service, boss: Member, admin: Browser, gateway: NhnSms
) -> None:
    gateway.lose, gateway.fail_searches = 1, True
    now = clock.now()
    sms.send(mall, boss)
    for seconds in (1, 30, 150, 320):
        with clock.at(now + timedelta(seconds=seconds)):
            running.deliver()
    assert "Whether 1 text message was sent is unclear." in admin.get(HOME).text
    assert numbers(admin.get(f"{HOME}?state=unclear").text)
    assert "Ask again" in admin.get(f"{HOME}/{first()}").text
    admin.post(f"{HOME}/{first()}/again")
    gateway.fail_searches = False
    for seconds in (400, 530, 700):
        with clock.at(now + timedelta(seconds=seconds)):
            running.deliver()
    assert db.session.scalar(sa.select(SmsRecipient.state)) is RecipientState.ACCEPTED
    assert len(gateway.sent) == 1


@pytest.mark.spec("SMS-7", "LOG-3")
def test_excel_has_what_was_searched_and_is_recorded(
    mall: Service, boss: Member, admin: Browser, gateway: NhnSms
) -> None:
    sms.send(mall, boss, sms.numbers(2), body="안내")
    sms.send(mall, boss, sms.numbers(1, 50), kind=TextKind.MMS, title="제목")
    answer = admin.get(f"{HOME}/texts.xlsx?kind=sms")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.values)  # type: ignore[union-attr]
    assert [row[3] for row in rows[1:]] == ["010-0000-0002", "010-0000-0001"]
    assert {row[14] for row in rows[1:]} == {"안내"}
    works = db.session.scalars(sa.select(WorkEntry.work)).all()
    assert works[-1] is Work.EXCEL_TEXTS


@pytest.mark.spec("SMS-7", "SMS-6")
def test_excel_says_why_a_text_never_left(
    mall: Service, boss: Member, admin: Browser, gateway: NhnSms
) -> None:
    made = sms.send(mall, boss, body="안내")
    with clock.at(made.due_at + timedelta(hours=25)):
        running.deliver()
    answer = admin.get(f"{HOME}/texts.xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.values)  # type: ignore[union-attr]
    assert rows[1][5] == "Failed"
    assert str(rows[1][7]).startswith("Its time was more than 24 hours ago")


@pytest.mark.spec("SMS-7")
def test_agents_with_the_ticket_permission_see_others_numbers_masked_and_find_whole_ones(
    mall: Service, boss: Member, browser: Callable[..., Browser], gateway: NhnSms
) -> None:

    kim = world.member("kim")
    world.agent(boss, mall, kim, ticket=True)
    sms.send(mall, boss, sms.numbers(1, 11112222))
    sms.send(mall, kim, sms.numbers(1, 33334444))
    his = browser("kim")
    page = his.get(HOME).text
    assert "010-****-2222" in page
    assert "010-3333-4444" in page
    assert "010-1111-2222" not in page
    assert not numbers(his.get(f"{HOME}?number=1111", htmx=True).text)
    assert numbers(his.get(f"{HOME}?number=01011112222", htmx=True).text) == ["010-****-2222"]
    answer = his.get(f"{HOME}/texts.xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.values)
    assert [row[3] for row in rows[1:]] == ["010-3333-4444", "010-****-2222"]


@pytest.mark.spec("SMS-7")
def test_another_services_text_and_one_without_the_right_are_not_shown(
    mall: Service, boss: Member, admin: Browser, gateway: NhnSms
) -> None:
    shop = sms.texting(boss, "shop")
    sms.send(shop, boss)
    assert admin.get(f"{HOME}/{first()}").status_code == 404
    assert admin.post(f"{HOME}/{first()}/cancel").status_code == 404
    assert admin.get(f"/c/s/shop/sms/history/{first()}").status_code == 200
