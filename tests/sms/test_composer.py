"""A text is written and sent, by those who may (SMS-1, SMS-5)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from occ.callbacks import service as callbacks
from occ.callbacks.models import Callback
from occ.callbacks.rules import Mode
from occ.core import clock
from occ.core.db import db
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Feature, ServiceType
from occ.sms import templates
from occ.sms.models import SmsChannel, SmsRecipient, SmsSending, SmsTemplate
from occ.sms.rules import reserving
from occ.sms.rules.kinds import GatewayKind, RecipientState, TextKind
from occ.sms.rules.library import Draft
from occ.sms.rules.text import advertising
from occ.sms.writes import WAITS
from occ.ticket_settings import service as ticket_settings
from occ.tickets.queries import entries
from tests.factories import phone, sms, world
from tests.factories import ticket as tickets
from tests.factories.sms import library, template
from tests.sms.test_templates import typed
from tests.support import nhn_sms
from tests.support.browser import Browser
from tests.support.sheets import sheet

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

PAGE = "/c/s/mall/sms"
CHANNEL = f"{PAGE}/channel"
NOON = datetime(2026, 3, 4, 3, tzinfo=UTC)  # in Korea
Make = Callable[..., Browser]


@pytest.fixture
def noon(admin: Browser) -> datetime:
    """The owner's browser at noon in Korea."""
    admin.time = lambda: clock.at(NOON)  # type: ignore[method-assign,assignment]
    return NOON


def sent() -> list[SmsSending]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(SmsSending).order_by(SmsSending.id)))


def numbers() -> list[str | None]:
    return list(db.session.scalars(sa.select(SmsRecipient.number).order_by(SmsRecipient.id)))


@pytest.mark.spec("SMS-5")
def test_a_text_is_sent_once_to_each(shop: Service, admin: Browser) -> None:
    values = typed(admin, recipients="010-1234-5678, 01012345678\n+82 10-8765-4321")
    check = admin.post(f"{PAGE}/check", values, htmx=True).text
    assert "1 double left out" in check
    assert "₩36" in check
    for _click in range(2):
        assert admin.post(PAGE, values).status_code == 303
    assert [one.count for one in sent()] == [2]
    assert numbers() == ["+821012345678", "+821087654321"]
    assert admin.post(PAGE, {**values, "body": "Another"}).status_code == 303
    long = {**values, "submit_key": "\0" * 100}
    assert admin.post(PAGE, long).status_code == 303
    assert [one.body for one in sent()] == ["Hello", "Another", "Hello"]


@pytest.mark.spec("SMS-5", "SMS-4")
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"recipients": ""}, "at least one number"),
        ({"recipients": "01012345678, 010123456"}, "010123456 (number 2: 10 to 13 digits)"),
        ({"recipients": "01012345678901"}, "10 to 13 digits"),
        ({"recipients": "+1 212 555 0100"}, "of another country"),
        ({"recipients": "hello"}, "no phone number"),
        ({"sender": "0311112222"}, "Choose one of the sender numbers"),
        ({"body": "가" * 45 + "a"}, "at most 90 bytes; this has 91"),
        ({"body": "😀"}, "cannot hold this character"),
        ({"kind": "mms", "title": "가" * 20 + "a"}, "at most 40 bytes; this has 41"),
        (
            {"kind": "mms", "title": "x", "body": "가" * 1000 + "a"},
            "at most 2,000 bytes; this has 2,001",
        ),
        ({"when": "later", "due_at": ""}, "Choose a day and a time"),
        ({"when": "later", "due_at": "2026-03-04T12:29"}, "from 30 minutes to 24 hours"),
        ({"when": "later", "due_at": "2026-03-05T12:01"}, "from 30 minutes to 24 hours"),
        ({"template": "999"}, "no longer in use"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    shop: Service, admin: Browser, noon: datetime, wrong: dict[str, str], words: str
) -> None:
    values = typed(admin, **{"title": "Title", **wrong})
    assert admin.post(PAGE, values).status_code == 422
    assert words in admin.errors()
    for name in ("recipients", "body", "title", "due_at", "submit_key"):
        if name in values:
            assert admin.field(name).strip() == values[name], name
    assert sent() == []


@pytest.mark.spec("SMS-5")
def test_a_thousand_numbers_are_taken_at_once(shop: Service, admin: Browser) -> None:
    many = [f"010{number:08}" for number in range(1001)]
    assert admin.post(PAGE, typed(admin, recipients="\n".join(many))).status_code == 422
    assert "at most 1,000 numbers at once; these are 1,001" in admin.errors()
    values = typed(admin, recipients="\n".join(many))
    assert "Enter at most 1,000 numbers at once" in admin.post(f"{PAGE}/check", values).text
    admin.post(PAGE, {**values, "recipients": "010-1234-5678, " * 5000})
    assert "Enter at most 1,000 numbers at once" in admin.errors()
    assert admin.post(PAGE, typed(admin, recipients="\n".join(many[1:]))).status_code == 303
    assert sent()[0].count == 1000


@pytest.mark.spec("SMS-5")
@pytest.mark.parametrize("due", ["2026-03-04T12:30", "2026-03-05T12:00"])
def test_a_time_is_reserved_on_the_clock_of_the_service(
    shop: Service, admin: Browser, noon: datetime, due: str
) -> None:
    admin.get(PAGE)
    shown = admin.find("//input[@name='due_at']")[0]
    assert (shown.get("min"), shown.get("max")) == ("2026-03-04T12:30", "2026-03-05T12:00")
    assert admin.post(PAGE, typed(admin, when="later", due_at=due)).status_code == 303
    made = sent()[0]
    assert made.reserved
    assert made.due_at == datetime.fromisoformat(due).replace(tzinfo=UTC) - timedelta(hours=9)


@pytest.mark.spec("SMS-5")
@pytest.mark.parametrize("due", ["0001-01-01T00:00", "0002-11-30T10:00", "9999-12-31T23:59"])
def test_a_time_at_the_ends_of_the_calendar_is_refused(
    shop: Service, admin: Browser, due: str
) -> None:
    values = typed(admin, when="later", due_at=due, advertising="y")
    assert admin.post(f"{PAGE}/check", values, htmx=True).status_code == 200
    assert admin.post(PAGE, values).status_code == 422
    assert "Choose a day and a time" in admin.errors()


@pytest.mark.spec("SMS-5")
def test_a_time_that_the_clock_skips_is_refused() -> None:
    before = datetime(2026, 3, 8, 5, tzinfo=UTC)
    assert reserving.instant("2026-03-08T01:30", "America/New_York", before).hour == 6
    for now in (before, before + timedelta(hours=2)):
        with pytest.raises(Exception, match="skips"):
            reserving.instant("2026-03-08T02:30", "America/New_York", now)
    now = datetime(2026, 3, 4, 3, 0, 1, tzinfo=UTC)
    assert reserving.bounds(now, "Asia/Seoul") == ("2026-03-04T12:31", "2026-03-05T12:00")


@pytest.mark.spec("SMS-5")
@pytest.mark.parametrize(
    ("minutes", "hour"),
    [(-60, 5), (0, 5), (30, 6), (55, 6)],
    ids=["before", "first", "next", "last"],
)
def test_the_first_time_that_is_offered_can_be_reserved_where_a_clock_is_set_back(
    minutes: int, hour: int
) -> None:
    """01:30 is 05:30 and 06:30 UTC in New York that night; now is so long after 05:00."""
    now = datetime(2026, 11, 1, 5, tzinfo=UTC) + timedelta(minutes=minutes)
    zone = "America/New_York"
    assert reserving.instant("2026-11-01T01:30", zone, now).hour == hour
    first = reserving.instant(reserving.bounds(now, zone)[0], zone, now)
    assert first == now + timedelta(minutes=30)


@pytest.mark.spec("SMS-3", "SMS-5")
def test_a_template_fills_the_form_and_may_lock_it(shop: Service, admin: Browser) -> None:
    _top, under = library(shop)
    row = template(shop, under, kind=TextKind.MMS, title="Late", body="It is late.")
    locked = template(shop, under, "Locked", editable=False, body="As it is.")
    admin.get(f"{PAGE}?template={row.id}")
    assert (admin.field("title"), admin.field("body").strip()) == ("Late", "It is late.")
    assert admin.post(PAGE, typed(admin, template=str(row.id), body="Changed")).status_code == 303
    part = admin.get(f"{PAGE}/message?template={locked.id}", htmx=True)
    assert "cannot be changed" in part.text
    assert admin.find("//textarea[@name='body'][@readonly]")
    seen = {"template": str(locked.id), "version": admin.field("version")}
    values = typed(admin, body="Something else", **seen)
    assert admin.post(PAGE, values).status_code == 303
    assert [(one.body, one.template_name) for one in sent()] == [
        ("Changed", "Late"),
        ("As it is.", "Locked"),
    ]
    # after a mistake the form still shows what will be sent: browsers leave out a kind that is locked
    long = template(shop, under, "Map", editable=False, kind=TextKind.MMS, title="Map", body="Look")
    seen = {"template": str(long.id), "version": str(long.version)}
    wrong = typed(admin, title="Mine", body="Mine", recipients="", **seen)
    del wrong["kind"]
    assert admin.post(PAGE, wrong).status_code == 422
    assert (admin.field("title"), admin.field("body").strip()) == ("Map", "Look")
    assert admin.find("//input[@name='kind'][@value='mms'][@checked]")
    options = admin.get(f"{PAGE}/offered?category={under.id}", htmx=True).text
    assert "Orders › Delivery" in options
    assert "Locked" in options


@pytest.mark.spec("SMS-3", "SMS-5")
def test_a_locked_template_that_changed_meanwhile_is_looked_at_again(
    shop: Service, admin: Browser
) -> None:
    _top, under = library(shop)
    row = template(shop, under, "Late", editable=False, body="At 10.")

    def change(body: str, *, editable: bool) -> None:
        with db.write():
            stored = db.session.get_one(SmsTemplate, row.id)
            draft = Draft(TextKind.SMS, "Late", body, editable=editable)
            templates.save_template(shop, stored, draft, category_id=under.id)

    admin.get(f"{PAGE}/message?template={row.id}", htmx=True)
    seen = {"template": str(row.id), "version": admin.field("version"), "body": "At 10."}
    change("At 12.", editable=False)
    opened = typed(admin, recipients="010-8765-4321", **seen)
    assert admin.post(PAGE, opened).status_code == 409
    assert "The template was changed meanwhile; look at it again." in admin.errors()
    assert admin.field("recipients").strip() == "010-8765-4321"
    assert admin.field("body").strip() == "At 12."
    assert "The text before the change" in admin.text()
    assert "At 10." in admin.text()
    assert sent() == []
    again = {**opened, "version": admin.field("version")}
    assert admin.post(PAGE, again).status_code == 303
    assert [one.body for one in sent()] == ["At 12."]

    # one that could be changed goes as it was written, until it is locked; nothing written is lost
    change("At 14.", editable=True)
    mine = {**again, "body": "Mine."}
    assert admin.post(PAGE, mine).status_code == 303
    change("At 16.", editable=False)
    assert admin.post(PAGE, {**mine, "submit_key": "next"}).status_code == 409
    assert "Mine." in admin.text()
    assert [one.body for one in sent()] == ["At 12.", "Mine."]
    # who never saw it looks at it first
    assert admin.post(PAGE, typed(admin, template=str(row.id))).status_code == 409


@pytest.mark.spec("SMS-5")
def test_who_texts_from_a_ticket_customer_or_callback_is_led_back_there(
    boss: Member, admin: Browser
) -> None:
    mall = phone.furnished(boss)
    made = tickets.ticket(mall, boss, "first", phone="+821012345678")
    silent = tickets.ticket(mall, boss, "second", email="kim@example.com")
    callback = db.session.scalars(sa.select(Callback.id)).one()
    for about, recipients, page in (
        (f"ticket/{made.id}", "", f"/c/s/mall/tickets/{made.id}"),
        (f"customer/{made.customer_id}", "", f"/c/s/mall/customers/{made.customer_id}"),
        (f"callback/{callback}", "", "/c/s/mall/callbacks"),
        # no number is known there: it is typed
        (f"ticket/{silent.id}", "010-8765-4321", f"/c/s/mall/tickets/{silent.id}"),
        ("ticket/999", "010-8765-4321", f"{PAGE}/history"),
        ("", "010-8765-4321", f"{PAGE}/history"),
    ):
        admin.get(f"{PAGE}?about={about}")
        names = {name: admin.field(name) for name in ("about", "beside", "submit_key")}
        answer = admin.post(PAGE, {**typed(admin, recipients=recipients), **names})
        assert answer.status_code == 303, about
        assert answer.location == page, about
        admin.get(page)
        (toast,) = admin.find("//template[@data-toast]")
        assert toast.text_content().strip() == "The text is on its way to 1 recipient."
        is_history = page.endswith("history")
        assert toast.get("data-link") == (None if is_history else f"{PAGE}/history")
    assert [one.about for one in sent()][-3:] == [None, None, None]


@pytest.mark.spec("SMS-5")
def test_advertising_says_so_and_waits_for_the_morning(shop: Service, admin: Browser) -> None:
    night = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)  # 21:30 in Korea
    admin.time = lambda: clock.at(night)  # type: ignore[method-assign,assignment]
    values = typed(admin, body="20 % off", advertising="y")
    check = admin.post(f"{PAGE}/check", values, htmx=True).text
    assert "2026 08:00" in check
    assert "it waits until 08:00" in check
    assert admin.post(PAGE, values).status_code == 303
    made = sent()[0]
    assert made.body == f"(광고) 20 % off\n무료수신거부 {nhn_sms.REFUSAL}"
    assert made.due_at == datetime(2026, 3, 4, 23, tzinfo=UTC)
    assert advertising(made.body, nhn_sms.REFUSAL) == made.body
    # what is added counts, too
    assert admin.post(PAGE, typed(admin, body="a" * 60, advertising="y")).status_code == 422
    assert "at most 90 bytes; this has 9" in admin.errors()
    with db.write() as session:
        session.execute(sa.update(SmsChannel).values(refusal_number=""))
    assert admin.post(PAGE, typed(admin, advertising="y")).status_code == 422
    assert "needs a number to refuse it" in admin.errors()


@pytest.mark.spec("FBW-1", "SMS-5")
def test_forbidden_words_are_not_texted(shop: Service, admin: Browser) -> None:
    with db.write():
        ticket_settings.save_word(shop, None, "damn")
    assert admin.post(PAGE, typed(admin, body="DAMN it")).status_code == 422
    assert "forbidden words" in admin.errors()
    assert "DAMN" in admin.errors()
    assert sent() == []


@pytest.mark.spec("SMS-5", "SMS-7")
def test_a_text_is_written_to_the_customer_of_a_ticket(
    boss: Member, admin: Browser, browser: Make
) -> None:
    shop = sms.texting(boss, kind=GatewayKind.LOCAL)
    made = tickets.ticket(shop, boss, "first", phone="+821012345678")
    customer = made.customer_id
    page = admin.get(f"/c/s/mall/tickets/{made.id}?box=all")
    link = f"{PAGE}?about=ticket/{made.id}"
    assert link in page.text.replace("%2F", "/")
    assert link.replace("ticket", "customer") not in page.text
    admin.get(link)
    assert "010-1234-5678" in admin.text()
    values = typed(admin, recipients="", about=f"ticket/{made.id}")
    assert admin.post(PAGE, values).status_code == 303
    assert numbers() == ["+821012345678"]
    assert sent()[0].about == f"ticket/{made.id}"
    # whom it was opened for is gone: nobody else gets it unsaid
    values = typed(admin, recipients="010-8765-4321", about="ticket/999")
    assert admin.post(PAGE, values).status_code == 422
    assert "No number that can be texted is known here" in admin.errors()
    assert admin.field("about") == ""
    assert len(sent()) == 1
    assert db.session.scalar(sa.select(SmsRecipient.customer_id)) == customer

    # an agent to whom it is not assigned texts without seeing the number; a stranger finds nothing
    kim = world.member("kim")
    world.agent(boss, shop, kim, ticket=True)
    agent = browser("kim")
    for about in (f"ticket/{made.id}", f"customer/{customer}"):
        text = agent.get(f"{PAGE}?about={about}").text
        assert "010-****-5678" in text
        assert "1234-5678" not in text
    # … also not once it is sent, nor in Excel
    about = f"ticket/{made.id}"
    assert agent.post(PAGE, typed(agent, recipients="", about=about)).status_code == 303
    ident = db.session.scalar(sa.select(sa.func.max(SmsRecipient.id)))
    for path in ("history", f"history/{ident}"):
        text = agent.get(f"{PAGE}/{path}").text
        assert "010-****-5678" in text
        assert "1234-5678" not in text
    excel = sheet(agent.get(f"{PAGE}/history/texts.xlsx").data)
    assert {row[3] for row in excel[1:]} == {"010-****-5678"}
    for about in ("ticket/999", "callback/1", "member/1", "ticket/0", "'"):
        admin.get(f"{PAGE}?about={about}")
        assert "No number that can be texted" in admin.text()
        assert admin.post(PAGE, typed(admin, recipients="", about=about)).status_code == 422


@pytest.mark.spec("SMS-5", "CBK-2")
def test_a_text_is_written_to_who_asked_for_a_callback(
    boss: Member, admin: Browser, browser: Make
) -> None:
    mall = phone.furnished(boss)
    row = db.session.scalars(sa.select(Callback)).one()
    link = f"{PAGE}?about=callback%2F{row.id}"
    admin.get("/c/s/mall/callbacks")
    assert link in admin.links().values()
    admin.get(link)
    assert "010-5555-6666" in admin.text()
    # agents text those whose callback is theirs
    kim = world.member("kim")
    world.agent(boss, mall, kim, ticket=True, phone=True)
    agent = browser("kim")
    agent.get(link)
    assert "5555-6666" not in agent.text()
    assert "No number that can be texted" in agent.text()
    with db.write():
        callbacks.assign(mall, [row.id], [kim.id], Mode.EVEN, actor=world.actor(boss))
    agent.get("/c/s/mall/callbacks")
    assert link in agent.links().values()
    agent.get(link)
    assert "010-5555-6666" in agent.text()


@pytest.mark.spec("SMS-1")
def test_who_may_send_and_who_may_set_up(
    shop: Service, boss: Member, admin: Browser, browser: Make
) -> None:
    for login, rights, sends in (
        ("kim", {"ticket": True}, 200),
        ("lee", {"ticket": False, "chat": True}, 403),
    ):
        world.agent(boss, shop, world.member(login), **rights)
        one = browser(login)
        assert one.get(PAGE).status_code == sends
        for path in (f"{PAGE}/templates", CHANNEL, f"{CHANNEL}/senders"):
            assert one.get(path).status_code == 403
    world.member("stranger")
    assert browser("stranger").get(PAGE).status_code == 404
    other = world.contracted(boss, "other", features=tickets.FEATURES)
    world.agent(boss, other, boss, manager=True, ticket=True)
    assert admin.get("/c/s/other/sms").status_code == 404


@pytest.mark.spec("TKT-4", "SMS-5")
def test_an_answer_that_no_mail_takes_is_sent_as_a_text(
    boss: Member, admin: Browser, browser: Make
) -> None:
    shop = world.contracted(boss, "mall", features=sms.FEATURES | {Feature.MAIL})
    world.agent(boss, shop, boss, manager=True, ticket=True)
    sms.channel(shop, GatewayKind.LOCAL)
    silent = tickets.ticket(shop, boss, "silent", phone="+821012345678", take=True)
    reached = tickets.ticket(
        shop, boss, "reached", phone="+821022223333", email="lee@example.com", take=True
    )
    link = {}
    for one, words in ((silent, "환불되었습니다. " * 6), (reached, "Mailed.")):
        path = f"/c/s/mall/tickets/{one.id}"
        admin.get(path)
        assert ("can then be sent as a text message" in admin.text()) == (one is silent)
        values = {"body": words, "version": admin.field("version")}
        assert admin.post(f"{path}/hold", values, htmx=True).status_code == 200
        admin.post(f"{path}/comment", {"body": "for us alone"}, htmx=True)
        admin.get(path)
        link[one.id] = admin.links().get("Send this answer as a text message", "")
    assert link[reached.id] == ""
    admin.get(link[silent.id])
    assert admin.field("body").strip() == ("환불되었습니다. " * 6).strip()
    assert admin.field("about") == f"ticket/{silent.id}"
    assert [one.get("value") for one in admin.find("//input[@name='kind'][@checked]")] == ["mms"]
    # neither another ticket's answer, nor what only agents see
    other = link[silent.id].rpartition("=")[0]
    for ident in (*(e.id for e in entries(reached.id)), entries(silent.id)[-1].id, 0, 10**12):
        admin.get(f"{other}={ident}")
        assert admin.field("body").strip() == ""
    kim = world.member("kim")
    world.agent(boss, shop, kim, ticket=False)
    assert browser("kim").get(link[silent.id]).status_code == 403


@pytest.mark.spec("TKT-4", "SMS-7")
def test_an_answer_that_was_sent_as_a_text_is_not_offered_again(
    shop: Service, boss: Member, admin: Browser
) -> None:
    made = tickets.ticket(shop, boss, "silent", phone="+821012345678", take=True)
    path, offer = f"/c/s/mall/tickets/{made.id}", "Send this answer as a text message"
    admin.get(path)
    hold = {"body": "환불되었습니다.", "version": admin.field("version")}
    assert admin.post(f"{path}/hold", hold, htmx=True).status_code == 200
    admin.get(path)
    link, forms = admin.links()[offer], []
    for _tab in range(2):
        admin.get(link)
        names = ("body", "about", "beside", "entry", "submit_key")
        filled = {one: admin.field(one) for one in names}
        forms.append({**filled, "kind": "sms", "sender": sms.SENDER, "when": "now"})
    for _click in range(2):
        assert admin.post(PAGE, forms[0]).status_code == 303
    assert admin.post(PAGE, forms[1]).status_code == 422, "of another tab"
    assert "was sent as a text message already" in admin.text()
    row = db.session.scalars(sa.select(SmsRecipient)).one()
    shows = f"{PAGE}/history/{row.id}"
    admin.get(link)
    assert (admin.field("body").strip(), admin.field("entry")) == ("", "")
    assert admin.links()["Show what was sent"] == shows

    said = {}
    for state in RecipientState:
        with db.write():
            row.state, row.sent_at, row.sending.due_at = state, NOON, NOON + timedelta(hours=1)
            if state in WAITS:
                row.sent_at = None
        admin.get(path)
        words = [text for text, to in admin.links().items() if to == shows]
        said[state.value] = (*words, offer in admin.links())
    assert said == {
        "waiting": ("Leaves as a text message Mar 4 13:00", False),
        "accepted": ("Sent as a text message Mar 4 12:00", False),
        "delivered": ("Sent as a text message Mar 4 12:00", False),
        "refused": ("Not delivered as a text message Mar 4 12:00", True),
        "failed": ("Not delivered as a text message Mar 4 12:00", True),
        "cancelled": (True,),
        "unclear": ("Unclear whether it left as a text message Mar 4 13:00", False),
    }


@pytest.mark.spec("SMS-1", "ORG-3")
def test_a_service_of_issues_sends_texts_too(boss: Member, admin: Browser) -> None:
    features = frozenset({Feature.TICKET, Feature.SMS})
    desk = world.contracted(boss, "desk", features=features, type=ServiceType.ISSUE)
    world.agent(boss, desk, boss, manager=True, ticket=True)
    sms.channel(desk, GatewayKind.LOCAL)
    page = "/c/s/desk/sms"
    admin.get(page)
    said = {"kind": "sms", "sender": sms.SENDER, "body": "Hello", "when": "now"}
    values = {**said, "recipients": "010-1234-5678", "submit_key": admin.field("submit_key")}
    assert admin.post(page, values).status_code == 303
    assert [one.service_id for one in sent()] == [desk.id]
