"""Mails on a ticket's page: whose they are, what they say, to whom an answer goes (MAIL-1)."""

import base64
import contextvars
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from occ.audit.models import WorkEntry
from occ.audit.rules import Work
from occ.automation.rules import Comparison, Result, ResultKind, Subject, To
from occ.core import clock, storage
from occ.core.db import db
from occ.delivery.models import Outgoing
from occ.identity.models import Member
from occ.mail.models import ReceivedMail
from occ.mail.reading import Automatic, Bounced, Person
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.screening import service as screening
from occ.tickets import mails, queries
from occ.tickets.models import Ticket, TicketEntry, TicketMail
from tests.factories import ticket as tickets
from tests.factories import trigger as triggers
from tests.factories import world
from tests.factories.letters import HELP, LEE, arrives, letter, part
from tests.support.browser import Browser
from tests.support.statements import Counter
from tests.tickets.screen import HOME, act, fresh
from tests.tickets.test_mails import PNG, mail_of, sent

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

Make = Callable[..., Browser]
PARK, CHOI = "park@example.com", "choi@example.com"


def plain(who: Browser, path: str) -> TestResponse:
    """A document that is no page of the console."""
    db.session.commit()
    return contextvars.Context().run(who._open, path, method="GET")


def seen(ticket: Ticket) -> tuple[Sequence[TicketEntry], dict[int, TicketMail]]:
    return queries.entries(ticket.id), {one.entry_id: one for one in mails.whole(ticket.id)}


def entry_of(ticket: Ticket) -> int:
    return mail_of(ticket).entry_id


@pytest.fixture
def kim_looks(boss: Member, mall: Service, browser: Make) -> Browser:
    """An agent who has none of the tickets."""
    world.agent(boss, mall, world.member("kim"), ticket=True)
    return browser("kim")


@pytest.mark.spec("MAIL-1")
def test_a_mail_shows_its_people_whole_to_who_works_on_it(
    mall: Service, admin: Browser, kim_looks: Browser
) -> None:
    made = arrives(
        mall, letter("Hello", to=(HELP, PARK), cc=(CHOI,), reply_to=("box@example.com",))
    )
    admin.get(f"{HOME}/{made.id}")
    people = admin.texts("//dl[contains(@class, 't-people')]//dd")
    assert people == [f"Minho Lee <{LEE}>", f"<{HELP}>, <{PARK}>", f"<{CHOI}>", "<box@example.com>"]
    page = kim_looks.get(f"{HOME}/{made.id}").text
    for address in (LEE, PARK, CHOI, "box@example.com"):
        assert address not in page, "masked, as other personal data"
    assert "p***@example.com" in page


@pytest.mark.spec("MAIL-1")
def test_quoted_history_comes_when_it_is_asked_for(
    mall: Service, admin: Browser, browser: Make, boss: Member
) -> None:
    made = arrives(mall, letter("New words", quoted="On Monday you wrote: old words"))
    page = admin.get(f"{HOME}/{made.id}").text
    assert "New words" in page and "old words" not in page and "Show quoted text" in page
    at = f"{HOME}/{made.id}/mails/{entry_of(made)}"
    assert "old words" in admin.get(f"{at}/quoted", htmx=True).text
    bare = arrives(mall, letter("Alone"))
    assert "Show quoted text" not in admin.get(f"{HOME}/{bare.id}").text
    assert (
        admin.get(f"{HOME}/{bare.id}/mails/{entry_of(made)}/quoted", htmx=True).status_code == 404
    )
    shop = tickets.desk(boss, "shop")
    world.agent(boss, shop, world.member("lee"), manager=True)
    stranger = browser("lee")
    for path in ("", "/quoted", "/frame", "/original"):
        assert stranger.get(at + path, htmx=True).status_code in (403, 404)
        assert stranger.get(at.replace("mall", "shop") + path, htmx=True).status_code == 404


@pytest.mark.spec("MAIL-1")
def test_html_is_shown_apart_and_nothing_remote_is_loaded_until_asked_for(
    mall: Service, admin: Browser
) -> None:
    html = (
        '<p style="color:red">Look <img data-part="0" alt="a"></p>'
        '<img data-remote="https://spy.example/p.png?a=1&amp;b=2" alt="data-part=&quot;0&quot;">'
        '<img data-remote="http://spy.example/q.png" alt="">'
    )
    picture = part("photo.png", PNG, cid="one", inline=True)
    made = arrives(mall, letter("Look", html=html, quoted_html="<p>Before</p>", files=(picture,)))
    page = admin.get(f"{HOME}/{made.id}").text
    assert "Show as it was sent" in page and "spy.example" not in page and "<iframe" not in page
    at = f"{HOME}/{made.id}/mails/{entry_of(made)}"
    admin.get(at, htmx=True)
    (frame,) = admin.find("//iframe")
    assert frame.get("src") == f"{at}/frame"
    assert "allow-scripts" not in frame.get("sandbox")
    assert "allow-same-origin" not in frame.get("sandbox")
    assert "Load them" in admin.text()
    answer = plain(admin, f"{at}/frame")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline';" in policy
    assert re.search(r"; sandbox(?: allow-popups\S*)*$", policy)
    (own,) = re.findall(r'src="([^"]*)"', answer.text)
    assert own == f"data:image/png;base64,{base64.b64encode(PNG).decode()}", "its own picture"
    assert "<summary>Quoted text</summary><p>Before</p>" in answer.text
    admin.get(f"{at}?remote=1", htmx=True)
    assert [one.get("src") for one in admin.find("//iframe")] == [f"{at}/frame?remote=1"]
    assert "Load them" not in admin.text()
    answer = plain(admin, f"{at}/frame?remote=1")
    assert "img-src 'self' data: https:;" in answer.headers["Content-Security-Policy"]
    assert ' src="https://spy.example/p.png?a=1&amp;b=2"' in answer.text
    assert ' src="http:' not in answer.text, "only what is encrypted on its way"
    bare = arrives(mall, letter("Plain"))
    assert "Show as it was sent" not in admin.get(f"{HOME}/{bare.id}").text


@pytest.mark.spec("LOG-3", "TKT-6")
def test_the_original_is_for_who_works_on_the_ticket_and_recorded(
    mall: Service, admin: Browser, kim_looks: Browser
) -> None:
    raw = b"From: lee@example.com\r\n\r\nHello"
    huge = part("film.mov", b"", size=30_000_000, too_large=True)
    made = arrives(mall, letter("Hello", files=(huge,)), key=storage.save(raw, ""))
    at = f"{HOME}/{made.id}/mails/{entry_of(made)}/original"
    page = kim_looks.get(f"{HOME}/{made.id}").text
    assert "film.mov" in page and "only in the original" in page and at not in page
    assert kim_looks.get(at).status_code == 403
    shown = sa.select(sa.func.count()).where(WorkEntry.work == Work.MAIL_ORIGINAL)
    assert db.session.scalar(shown) == 0
    admin.get(f"{HOME}/{made.id}")
    assert [link.get("href") for link in admin.find("//a[contains(@href, '/original')]")] == [at]
    answer = admin.get(at)
    assert answer.data == raw and answer.mimetype == "message/rfc822"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert db.session.scalar(shown) == 1
    with db.write() as session:
        session.scalars(sa.select(ReceivedMail)).one().key = None
    assert admin.get(at).status_code == 404, "an account that keeps no originals"
    assert db.session.scalar(shown) == 1


def outgoing(ticket: Ticket) -> Outgoing:
    newest = sa.select(Outgoing).where(Outgoing.about == ticket.about)
    return db.session.scalars(newest.order_by(Outgoing.id.desc()).limit(1)).one()


@pytest.mark.spec("MAIL-1", "TKT-4")
def test_an_answer_goes_where_the_customer_wants_it_with_copies(
    mall: Service, admin: Browser
) -> None:
    first = letter(to=(HELP, PARK), cc=(CHOI,), reply_to=("box@example.com",))
    made = arrives(mall, first)
    act(admin, made, "take")
    admin.get(f"{HOME}/{made.id}")
    offered = admin.find("//input[@name='cc']")
    assert [(one.get("value"), one.get("checked") is not None) for one in offered] == [
        (PARK, True),
        (CHOI, True),
    ]
    act(admin, made, "resolve", body="Gone", cc=[PARK], cc_more="New@Example.com; park@example.com")
    left = outgoing(made)
    assert left.recipient == "box@example.com"
    assert left.cc == [PARK, "new@example.com"]
    assert left.thread == [first.message_id] and left.is_personal
    page = admin.get(f"{HOME}/{made.id}").text
    assert "copy to" in page and "new@example.com" in page
    other = letter("And me", sender="oh@example.com", in_reply_to=(first.message_id,))
    arrives(mall, other)
    admin.get(f"{HOME}/{made.id}")
    offered = admin.find("//input[@name='cc']")
    assert {one.get("value"): one.get("checked") is not None for one in offered} == {
        PARK: True,
        CHOI: False,
        "new@example.com": True,
        "oh@example.com": False,
    }, "as the last answer went; who wrote with somebody else's token gets none unless added"
    assert "Other sender" in admin.text()
    act(admin, made, "resolve", body="Gone")
    assert outgoing(made).cc == [] and outgoing(made).recipient == "box@example.com"


@pytest.mark.spec("MAIL-1", "TKT-4")
@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("park", "This is no e-mail address: park"),
        ("a@example.com, b@, c d@example.com", "This is no e-mail address: b@, c d@example.com"),
        (",".join(f"a{n}@example.com" for n in range(21)), "at most 20 copies"),
    ],
)
def test_bad_addresses_are_told_beside_the_field_and_the_text_is_kept(
    mall: Service, admin: Browser, more: str, says: str
) -> None:
    made = arrives(mall, letter(cc=(CHOI,)))
    act(admin, made, "take")
    page = act(admin, made, "resolve", body="My long answer", cc_more=more)
    assert says in admin.errors()
    assert "My long answer" in page and admin.field("cc_more") == more
    assert admin.find("//input[@id='t-cc'][@aria-invalid='true'][@aria-describedby='t-cc-error']")
    assert not [one for one in admin.find("//input[@name='cc']") if one.get("checked")]
    assert not db.session.scalars(sa.select(Outgoing)).all()
    act(admin, made, "resolve", body="x", cc_more=",".join(f"a{n}@example.com" for n in range(20)))
    assert len(outgoing(made).cc) == 20


@pytest.mark.spec("MAIL-1", "TKT-4")
def test_of_more_people_than_an_answer_can_have_none_gets_a_copy_unless_chosen(
    mall: Service, admin: Browser
) -> None:
    many = tuple(f"a{n}@example.com" for n in range(21))
    made = arrives(mall, letter(cc=many))
    act(admin, made, "take")
    page = admin.get(f"{HOME}/{made.id}").text
    assert len(admin.find("//input[@name='cc']")) == 21
    assert not admin.find("//input[@name='cc'][@checked]")
    assert "name 21 people; choose at most 20" in page
    (fold,) = admin.find("//*[@class='t-people xs t2']//summary")
    assert fold.text.strip() == "and 11 more people"
    assert page.count("&lt;a20@example.com&gt;") == 1
    act(admin, made, "hold", body="Gone", cc=[many[20]])
    assert outgoing(made).cc == [many[20]]
    fits = arrives(mall, letter(cc=many[:20]))
    act(admin, fits, "take")
    page = admin.get(f"{HOME}/{fits.id}").text
    assert len(admin.find("//input[@name='cc'][@checked]")) == 20
    assert "choose at most" not in page


@pytest.mark.spec("TKT-4")
def test_a_preview_names_who_gets_a_copy(mall: Service, admin: Browser) -> None:
    made = arrives(mall, letter())
    act(admin, made, "take")
    shown = act(admin, made, "preview", body="Gone", cc_more=PARK)
    assert LEE in shown and PARK in shown
    act(admin, made, "preview", body="Gone", cc_more="park")
    assert admin.last is not None and admin.last.status_code == 422
    assert "no e-mail address: park" in admin.last.headers["HX-Trigger"]


@pytest.mark.spec("TKT-4")
def test_without_a_receiver_nobody_is_asked_for_copies(
    mall: Service, boss: Member, admin: Browser
) -> None:
    made = tickets.ticket(mall, boss, take=True)
    assert "cc_more" not in admin.get(f"{HOME}/{made.id}").text
    act(admin, made, "internal", reason="other", body="x", cc=[PARK])
    assert fresh(made).state.value == "resolved"
    assert queries.entries(made.id)[-1].copied_to == []


@pytest.mark.spec("MAIL-1", "TRG-3")
def test_no_trigger_mails_a_machine_for_ever(mall: Service, admin: Browser) -> None:
    with db.write():  # it would hold back what comes so often
        screening.save_rule(mall, on=False, most=5, minutes=1, version=0)
    text = {"ko": {"subject": "Got it", "body": "We have it."}}
    mail = triggers.when(Subject.CHANNEL, Comparison.EQUAL, "mail")
    triggers.trigger(mall, "Receipt", [mail], Result(ResultKind.MAIL, to=To.CUSTOMER, texts=text))

    def left() -> int:
        return db.session.scalar(sa.select(sa.func.count()).select_from(Outgoing)) or 0

    limit, within = mails.OFTEN[0]
    for n in range(1, limit):
        made = arrives(mall, letter(f"Robot {n}", sender="bot@example.com"))
        assert left() == n
    assert queries.entries(made.id)[-1].mailed_to == "bot@example.com"
    last = arrives(mall, letter("Robot", sender="BOT@example.com"))
    assert left() == limit - 1
    assert triggers.runs(last)[0][0]["done"][0]["failed"] == "loop"
    why = admin.get(f"{HOME}/{last.id}/triggers", htmx=True).text
    assert "machines might answer each other for ever" in why
    arrives(mall, letter(sender="man@example.com"))
    assert left() == limit, "others still hear of it"
    with db.write() as session:
        for row in session.scalars(sa.select(ReceivedMail)):
            row.received_at -= within
    arrives(mall, letter(sender="bot@example.com"))
    assert left() == limit + 1
    arrives(mall, letter(sender="list@example.com", automatic=Automatic.LIST))
    assert left() == limit + 1
    for n in range(limit):  # as help desks do: answers go to an address of each thread
        arrives(mall, letter(sender="desk@example.com", reply_to=(f"desk+{n}@example.com",)))
    assert left() == limit * 2


@pytest.mark.spec("MAIL-1", "TRG-3")
def test_ids_of_mails_by_triggers_cannot_be_guessed(mall: Service) -> None:
    text = {"ko": {"subject": "Got it", "body": "We have it."}}
    mail = triggers.when(Subject.CHANNEL, Comparison.EQUAL, "mail")
    triggers.trigger(mall, "Receipt", [mail], Result(ResultKind.MAIL, to=To.CUSTOMER, texts=text))
    keys = [outgoing(arrives(mall, letter())).key for _ in range(2)]
    chance = [re.fullmatch(r"trigger-\d+-\d+-\d+-(.{8})-\d+", key) for key in keys]
    assert chance[0] and chance[1] and chance[0][1] != chance[1][1]


@pytest.mark.spec("FLD-4")
def test_mails_go_with_their_customer(boss: Member, admin: Browser) -> None:
    mall = world.contracted(
        boss, features=frozenset({*tickets.FEATURES, Feature.CUSTOMERS}), seats=20
    )
    world.agent(boss, mall, boss, manager=True)
    key = storage.save(b"raw", "")
    picture = part("photo.png", PNG)
    first = letter(
        "Secret one", cc=(CHOI,), html="<p>Secret two</p>", quoted="Secret three", files=(picture,)
    )
    made = arrives(mall, first, key=key)
    other = letter("Secret four", sender=PARK, in_reply_to=(first.message_id,))
    arrives(mall, other, key=storage.save(b"of park", ""))
    act(admin, made, "take")
    act(admin, made, "resolve", body="Gone", cc=[CHOI])
    back = letter(
        sender="daemon@mx.example",
        automatic=Automatic.BOUNCE,
        returned=sent(made),
        bounced=(Bounced(LEE, "5.1.1", True, "no such user"),),
    )
    returned = storage.save(b"of the daemon, with what it gave back", "")
    arrives(mall, back, key=returned)
    ident = fresh(made).customer_id
    admin.get(f"/c/s/mall/customers/{ident}")
    handed = admin.post(f"/c/s/mall/customers/{ident}/export", {}).text
    for secret in ("Secret one", "Secret three", "Secret four"):
        assert secret in handed
    admin.get(f"/c/s/mall/customers/{ident}")
    done = admin.post(f"/c/s/mall/customers/{ident}/erase", {"typed": f"#{ident}"}, htmx=True)
    assert done.status_code == 204
    db.session.expire_all()
    assert not storage.path(key).exists()
    assert not storage.path(returned).exists(), "it names whom it did not reach"
    for table in ("ticket", "ticket_entry", "ticket_mail", "ticket_event", "received_mail"):
        rows = db.session.execute(sa.text(f"SELECT * FROM {table}")).all()
        for secret in ("Secret", LEE, CHOI, PARK, "Minho", "photo.png"):
            assert secret not in str(rows), f"{secret} in {table}"
    assert "Erased" in admin.get(f"{HOME}/{made.id}").text
    again = arrives(mall, letter("It is me", in_reply_to=(first.message_id,)))
    assert again.id == made.id and again.customer is not None


@pytest.mark.spec("FLD-4", "MAIL-1")
def test_what_an_erased_customer_wrote_into_tickets_of_others_goes_too(
    boss: Member, admin: Browser
) -> None:
    mall = world.contracted(
        boss, features=frozenset({*tickets.FEATURES, Feature.CUSTOMERS}), seats=20
    )
    world.agent(boss, mall, boss, manager=True)
    first = letter("Of Lee")
    made = arrives(mall, first)
    mail = letter(
        "Secret one",
        sender=PARK,
        html="<p>Secret two</p>",
        quoted="Secret three",
        in_reply_to=(first.message_id,),
        files=(part("photo.png", PNG),),
    )
    assert arrives(mall, mail).id == made.id
    ident = arrives(mall, letter("Another", sender=PARK)).customer_id
    assert ident != fresh(made).customer_id
    admin.get(f"/c/s/mall/customers/{ident}")
    done = admin.post(f"/c/s/mall/customers/{ident}/erase", {"typed": f"#{ident}"}, htmx=True)
    assert done.status_code == 204
    db.session.expire_all()
    for table in ("ticket_entry", "ticket_mail", "ticket_event", "attachment", "received_mail"):
        rows = str(db.session.execute(sa.text(f"SELECT * FROM {table}")).all())
        for secret in ("Secret", PARK, "photo.png"):
            assert secret not in rows, f"{secret} in {table}"
    assert queries.entries(made.id)[0].body == "Of Lee", "what Lee wrote stays"
    assert fresh(made).customer is not None and mails.whole(made.id)[0].sender == LEE


@pytest.mark.spec("FLD-4", "MAIL-1")
def test_who_is_erased_stands_in_no_mail_of_others(boss: Member, admin: Browser) -> None:
    mall = world.contracted(
        boss, features=frozenset({*tickets.FEATURES, Feature.CUSTOMERS}), seats=20
    )
    world.agent(boss, mall, boss, manager=True)
    park = Person("Jiwon Park", PARK.title())
    first = letter("Of Lee", cc=(CHOI,), reply_to=(PARK,))
    made = arrives(mall, replace(first, to=(park, Person("", HELP))))
    joined = letter("Of Park", sender=PARK, in_reply_to=(first.message_id,))
    arrives(mall, joined)
    act(admin, made, "take")
    act(admin, made, "hold", body="Soon", cc=[PARK, CHOI])
    assert fresh(made).reply_to == PARK and sent(made)
    ident = arrives(mall, letter("Another", sender=PARK)).customer_id
    like = letter("Of a namesake", cc=(f"x{PARK}", f"{PARK}.kr"))
    kept = arrives(mall, like)
    admin.get(f"/c/s/mall/customers/{ident}")
    done = admin.post(f"/c/s/mall/customers/{ident}/erase", {"typed": f"#{ident}"}, htmx=True)
    assert done.status_code == 204
    db.session.expire_all()
    for table in ("ticket", "ticket_entry", "ticket_mail", "ticket_event", "outgoing"):
        rows = db.session.execute(sa.text(f"SELECT * FROM {table}")).all()
        said = str([one for one in rows if f"x{PARK}" not in str(one)]).lower()
        assert PARK not in said and "jiwon" not in said, f"{table}"
    assert mail_of(kept).beside == [f"x{PARK}", f"{PARK}.kr"], "whoever is called alike"
    assert [one.address for one in mails.copies(*seen(made), LEE)] == [CHOI]
    shown = admin.get(f"{HOME}/{made.id}").text
    assert "erased" in shown and CHOI in shown and "Of Lee" in shown
    assert fresh(made).reply_to == "" and fresh(made).customer is not None
    answer = next(one for one in queries.entries(made.id) if one.kind.value == "hold")
    assert (answer.mailed_to, answer.copied_to) == (CHOI, []), "who was to get a copy"
    left = db.session.scalars(sa.select(Outgoing).where(Outgoing.about == made.about))
    assert [(one.recipient, one.cc) for one in left] == [(CHOI, [])]


CARD = "4111 1111 1111 1111"


@pytest.mark.spec("TKT-4")
def test_what_is_masked_is_masked_in_all_of_a_mail(boss: Member, admin: Browser) -> None:
    mall = world.contracted(
        boss, features=frozenset({*tickets.FEATURES, Feature.SECURITY}), seats=20
    )
    world.agent(boss, mall, boss, manager=True)
    html, before = f"<p>Card <b>{CARD}</b></p>", f"<p>{CARD}</p>"
    made = arrives(
        mall, letter(f"Card {CARD}", quoted=f"Was {CARD}", html=html, quoted_html=before)
    )
    at, entry = f"{HOME}/{made.id}", entry_of(made)
    act(admin, made, "take")
    assert admin.post(f"{at}/entries/{entry}/mask", {"text": CARD}, htmx=True).status_code == 204
    for path in (at, f"{at}/mails/{entry}/quoted"):
        assert CARD not in admin.get(path, htmx=True).text
    shown = plain(admin, f"{at}/mails/{entry}/frame").text
    assert CARD not in shown and shown.count("**** **** **** ****") == 2
    admin.post(f"{at}/entries/{entry}/mask", {"text": "Was"}, htmx=True)
    whole = admin.post(f"{at}/entries/{entry}/original", {}, htmx=True).text
    assert f"Card {CARD}" in whole and f"Was {CARD}" in whole


@pytest.mark.spec("TKT-2")
def test_a_ticket_with_mails_asks_the_database_for_nothing_more(
    mall: Service, boss: Member, admin: Browser
) -> None:
    bare = tickets.ticket(mall, boss, email="bare@example.com")
    first = letter(cc=(CHOI,), quoted="Before", html="<p>Hello</p>")
    made = arrives(mall, first)
    arrives(mall, letter("Again", in_reply_to=(first.message_id,)))

    def asked(ticket: Ticket) -> list[str]:
        admin.get(f"{HOME}/{ticket.id}", htmx=True)  # what is kept is there by now
        with Counter() as counter:
            admin.get(f"{HOME}/{ticket.id}", htmx=True)
        return counter.statements

    ident = made.id
    assert len(asked(fresh(made))) == len(asked(fresh(bare)))
    told = asked(db.session.get_one(Ticket, ident))
    assert not [one for one in told if "ticket_mail.html" in one or "ticket_mail.quoted" in one]


@pytest.mark.spec("MAIL-1")
def test_when_a_mail_was_sent_is_shown_where_it_came_late(mall: Service, admin: Browser) -> None:
    late = arrives(mall, letter(sent_at=clock.now() - timedelta(days=3)), older=True)
    admin.get(f"{HOME}/{late.id}")
    heads = "//dl[contains(@class, 't-people')]//dt"
    assert admin.texts(heads) == ["From", "To", "Sent"]
    soon = arrives(mall, letter(sent_at=clock.now() - timedelta(minutes=1)))
    admin.get(f"{HOME}/{soon.id}")
    assert admin.texts(heads) == ["From", "To"]
