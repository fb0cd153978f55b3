"""What customers see of their inquiries, and what they write again (HC-1, TKT-1, CUS-1)."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from occ.automation.rules import Comparison, Result, ResultKind, Subject, To
from occ.core import clock
from occ.core.db import db
from occ.customers import service as customers
from occ.customers.models import Customer
from occ.help_center.inquiries import service, tokens
from occ.help_center.inquiries.models import Inquiry
from occ.identity.models import Member
from occ.mail import tokens as marks
from occ.notifications.models import Notification
from occ.organization.models import Service
from occ.tickets import service as work
from occ.tickets.models import Attachment, Ticket, TicketEntry, TicketEvent
from occ.tickets.rules import Entry, Fact, Move, Reason, State
from tests.factories import field, world
from tests.factories.letters import arrives, letter
from tests.factories.trigger import trigger, when
from tests.help_center import asking
from tests.help_center.asking import kind, links, mails, send, tickets, upload
from tests.support.browser import Browser, said

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

Browsers = Callable[..., Browser]
SENT = "We have received your text."


@pytest.fixture
def mall(boss: Member) -> Service:
    return asking.mall(boss)


@pytest.fixture
def guest(mall: Service, browser: Browsers) -> Browser:
    return browser()


def filed(guest: Browser, **values: object) -> tuple[Ticket, str]:
    """An inquiry that was sent, and the path of its link."""
    assert send(guest, **values).status_code == 303
    return tickets()[-1], links(mails()[-1])[0]


def says(guest: Browser, path: str, body: str = "And now?", **values: object):  # type: ignore[no-untyped-def]
    """Writes again on the page of a link."""
    guest.get(path)
    typed = {"stamp": guest.field("stamp"), "body": body, **values}
    return guest.post(path, typed, content_type="multipart/form-data")


def answers(boss: Member, ticket: Ticket, wanted: Move, body: str, **more: object) -> None:
    with db.write():
        found = db.session.get_one(Ticket, ticket.id)
        work.process(
            found,
            wanted,
            body,
            seen=found.version,
            manager=True,
            actor=world.actor(boss),
            **more,  # type: ignore[arg-type]
        )


def seen(guest: Browser, path: str) -> str:
    """The page a minute later, when nothing can be taken back any more."""
    guest.time = asking.later(timedelta(minutes=1))
    guest.get(path)
    guest.time = Browser.time
    return guest.text()


@pytest.mark.spec("HC-1")
def test_a_link_shows_what_was_written_and_sent_and_nothing_else(
    boss: Member, guest: Browser
) -> None:
    ticket, path = filed(guest, file=upload("a.txt", b"aaa"))
    with db.write():
        work.comment(db.session.get_one(Ticket, ticket.id), "He is angry", actor=world.actor(boss))
    answers(boss, ticket, Move.RESOLVE, "It leaves tomorrow.")
    guest.get(path)
    assert "It leaves tomorrow." not in guest.text()  # it can still be taken back
    text = seen(guest, path)
    for words in ("Where is my order?", "It has not come yet.", "a.txt", "It leaves tomorrow."):
        assert words in text
    assert "Answered" in text and "angry" not in text and "Boss" not in text
    page = guest.get(path)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "private, no-store"
    assert guest.get(f"{path}/files/1").data == b"aaa"
    assert guest.get(f"{path}/files/2").status_code == 404


@pytest.mark.spec("HC-1")
def test_internal_resolutions_and_their_reasons_stay_inside(boss: Member, guest: Browser) -> None:
    ticket, path = filed(guest)
    answers(boss, ticket, Move.INTERNAL, "A duplicate, again", reason=Reason.DUPLICATE)
    text = seen(guest, path)
    assert "Answered" in text and "uplicate" not in text


@pytest.mark.spec("HC-1")
def test_states_are_worded_for_customers(boss: Member, guest: Browser) -> None:
    ticket, path = filed(guest)
    ko = path.replace("/hc/en/", "/hc/ko/")
    words = {
        State.UNASSIGNED: "접수 완료",
        State.PROGRESS: "문의 확인",
        State.HANDED: "문의 확인",
        State.ANSWERED: "문의 확인",
        State.HOLD: "추가 확인",
        State.RESOLVED: "답변 완료",
        State.DONE: "최종 완료",
    }
    for state, word in words.items():
        with db.write():
            db.session.get_one(Ticket, ticket.id).state = state
        guest.get(ko)
        assert guest.texts("//*[contains(@class, 'hi-stage')]") == [word]


@pytest.mark.spec("HC-1", "FLD-3")
def test_encrypted_values_are_not_shown_to_whoever_has_the_link(
    mall: Service, guest: Browser
) -> None:
    pay = kind(mall, "결제")
    field.field(mall, "passport", encrypted=True)
    field.field(mall, "order_no")
    field.place(mall, pay, "passport", "order_no")
    form = f"{asking.FORM}?intake={pay.id}"
    _ticket, path = filed(
        guest, form=form, intake=str(pay.id), **{"f-passport": "M1234", "f-order_no": "A-1"}
    )
    page = guest.get(path).text
    assert "A-1" in page and "M1234" not in page and "Kept encrypted and not shown" in page


@pytest.mark.spec("HC-1")
def test_what_is_masked_stays_masked(boss: Member, guest: Browser) -> None:
    from occ.tickets import masking

    ticket, path = filed(guest, content="My card is 1234-5678.")
    entry = db.session.scalars(sa.select(TicketEntry)).one()
    with db.write():
        masking.mask(
            db.session.get_one(Ticket, ticket.id), entry.id, "1234-5678", actor=world.actor(boss)
        )
    page = guest.get(path).text
    assert "1234" not in page and "My card is *********." in page


@pytest.mark.spec("HC-1")
def test_a_link_is_valid_for_ninety_days_and_renewed_to_the_same_address(guest: Browser) -> None:
    ticket, path = filed(guest)
    until = tokens.of_link(path.rpartition("/")[2]).until  # type: ignore[union-attr]
    assert until - ticket.created_at < timedelta(days=90, seconds=1)
    guest.time = lambda: clock.at(until - timedelta(seconds=1))
    assert guest.get(path).status_code == 200
    guest.time = lambda: clock.at(until)
    page = guest.get(path)
    assert page.status_code == 410 and "Where is my order?" not in page.text
    assert guest.get(f"{path}/files/1").status_code == 404
    answer = guest.post(f"{path}/renew")
    assert "kim@example.com" not in guest.follow(answer).text
    assert len(mails()) == 2
    guest.post(f"{path}/renew")
    assert len(mails()) == 2  # at most one in five minutes
    assert guest.get(links(mails()[-1])[0]).status_code == 200


@pytest.mark.spec("HC-1")
def test_a_new_link_is_offered_alike_whether_the_inquiry_is_there(
    mall: Service, guest: Browser
) -> None:
    ticket, path = filed(guest)
    person = ticket.customer
    assert person is not None
    long_ago = clock.now() - timedelta(days=1)
    old = f"/mall/hc/en/i/{tokens.link(ticket.id, long_ago)}"
    never = f"/mall/hc/en/i/{tokens.link(9999, long_ago)}"
    with db.write():
        customers.erase(person, mall.id, by="Boss")
    pages = [guest.get(one) for one in (old, never)]
    assert {page.status_code for page in pages} == {410}
    sent = [guest.post(f"{one}/renew") for one in (old, never)]
    assert {(one.status_code, one.headers["Location"]) for one in sent} == {
        (303, "/mall/hc/en/inquiry/renewed")
    }
    assert guest.get(path).status_code == 404


@pytest.mark.spec("HC-1")
def test_no_link_opens_another_s_inquiry(boss: Member, guest: Browser) -> None:
    ticket, path = filed(guest)
    _other, others = filed(guest)
    mac = others.rpartition(".")[2]
    said = path.rpartition(".")[0]
    for wrong in (f"{said}.{mac}", path[:-1], f"{path}x", "/mall/hc/en/i/1.2.x"):
        assert guest.get(wrong).status_code == 404
    world.contracted(boss, "shop", features=asking.FEATURES)
    assert guest.get(path.replace("/mall/", "/shop/")).status_code == 404
    assert guest.get(f"/mall/hc/en/inquiries/{ticket.id}").status_code == 404
    assert guest.get("/mall/hc/en/inquiries").status_code == 200
    assert "Every inquiry has its own link" in guest.text()


@pytest.mark.spec("TKT-1")
@pytest.mark.parametrize("wanted", [Move.HOLD, Move.RESOLVE])
def test_writing_again_opens_an_inquiry_for_who_has_it(
    boss: Member, guest: Browser, wanted: Move
) -> None:
    ticket, path = filed(guest)
    answers(boss, ticket, wanted, "Which order?")
    answer = says(guest, path, "The blue one", file=upload("b.txt", b"b"))
    assert (answer.status_code, urlsplit(answer.headers["Location"]).path) == (303, path)
    (ticket,) = tickets()
    assert (ticket.state, ticket.assignee_id) == (State.PROGRESS, boss.id)
    reply = db.session.scalars(sa.select(TicketEntry).where(TicketEntry.kind == Entry.REPLY)).one()
    assert reply.body == "The blue one"
    assert db.session.scalars(sa.select(Attachment.entry_id)).one() == reply.id
    event = db.session.scalars(sa.select(TicketEvent).where(TicketEvent.fact == Fact.REPLIED)).one()
    assert event.detail["by"] == "here"
    assert db.session.scalars(sa.select(Notification.member_id)).all()[-1] == boss.id
    assert "The blue one" in seen(guest, path)


@pytest.mark.spec("TKT-1")
def test_after_done_it_begins_a_linked_ticket_with_a_link_of_its_own(
    boss: Member, guest: Browser
) -> None:
    ticket, path = filed(guest)
    answers(boss, ticket, Move.RESOLVE, "It is there.")
    with db.write():
        work.step(db.session.get_one(Ticket, ticket.id), Move.FINISH, actor=world.actor(boss))
    guest.get(path)
    assert "What you write begins a new one." in guest.text()
    held = {"stamp": guest.field("stamp"), "body": "No, it is not."}
    for _twice in range(2):
        answer = guest.post(path, held)
        assert answer.status_code == 303
    first, second = tickets()
    assert second.follows_id == first.id and first.state is State.DONE
    assert urlsplit(answer.headers["Location"]).path != path
    guest.follow(answer)
    assert "No, it is not." in guest.text() and SENT in guest.text()
    noted = db.session.get_one(Inquiry, second.id)
    assert (noted.email, noted.consent) == ("kim@example.com", 0)
    assert f"#{second.id}" in mails()[-1]


@pytest.mark.spec("TKT-1", "HC-1")
def test_a_text_that_was_sent_is_said_to_be_there(guest: Browser) -> None:
    """By an address that the console signed for this inquiry, and for an hour."""
    ticket, path = filed(guest)
    guest.get(path)
    assert SENT not in guest.text()
    answer = says(guest, path)
    guest.follow(answer)
    assert [said(one) for one in guest.find("//main//*[@role='status']")] == [SENT]
    other = tokens.receipt(ticket.id + 1, clock.now() + timedelta(hours=1))
    for wrong in ("1", other, tokens.link(ticket.id, clock.now() + timedelta(hours=1))):
        guest.get(f"{path}?sent={wrong}")
        assert SENT not in guest.text()
    guest.time = asking.later(timedelta(hours=1, minutes=1))
    guest.get(answer.headers["Location"])
    assert SENT not in guest.text()


@pytest.mark.spec("TKT-1")
def test_a_double_click_writes_once(guest: Browser) -> None:
    _ticket, path = filed(guest)
    guest.get(path)
    held = {"stamp": guest.field("stamp"), "body": "Hello?"}
    for _twice in range(2):
        assert guest.post(path, held).status_code == 303
    kinds = db.session.scalars(sa.select(TicketEntry.kind).order_by(TicketEntry.id)).all()
    assert kinds == [Entry.INQUIRY, Entry.REPLY]


@pytest.mark.spec("TKT-6")
def test_a_further_text_is_refused_in_words_and_keeps_its_files(guest: Browser) -> None:
    _ticket, path = filed(guest)
    answer = says(guest, path, " ", file=upload("c.txt", b"c"))
    assert answer.status_code == 422
    assert "Your text : Enter something first." in guest.errors()
    kept = guest.field("attached")
    assert says(guest, path, "Now", attached=kept).status_code == 303
    assert db.session.scalars(sa.select(Attachment.name)).all() == ["c.txt"]


@pytest.mark.spec("MAIL-2", "HC-1")
def test_answers_are_mailed_with_a_link_to_the_inquiry(boss: Member, guest: Browser) -> None:
    ticket, _path = filed(guest)
    answers(boss, ticket, Move.RESOLVE, "It leaves tomorrow.")
    mail = mails()[-1]
    assert "It leaves tomorrow." in mail
    assert guest.get(links(mail)[0]).status_code == 200


@pytest.mark.spec("HC-1", "TRG-3")
def test_what_a_trigger_mailed_is_no_answer(
    boss: Member, mall: Service, guest: Browser, admin: Browser
) -> None:
    """It was sent to the customer, so they see it, as what it is; the receipt with the link goes
    all the same, of which whoever writes such a trigger is told.
    """
    result = Result(
        ResultKind.MAIL,
        to=To.CUSTOMER,
        texts={"en": {"subject": "Thank you", "body": "Soon more."}},
    )
    made = trigger(mall, "Thanks", [when(Subject.STATE, Comparison.EQUAL, "unassigned")], result)
    assert send(guest).status_code == 303
    (ticket,) = tickets()
    assert len(mails()) == 2
    ((path,),) = [found for one in mails() if (found := links(one))]
    text = seen(guest, path)
    assert "Soon more." in text and "Received" in text
    answers(boss, ticket, Move.RESOLVE, "It leaves tomorrow.")
    seen(guest, path)
    lines = [said(one) for one in guest.find("//main//section[.//*[@class='hi-by']]")]
    assert [("Sent automatically" in one, "Soon more." in one) for one in lines] == [
        (False, False),
        (True, True),
        (False, False),
    ]
    admin.get(f"/c/s/mall/triggers/{made.id}")
    assert "Customers of the help center get two mails." in admin.text()
    for n, (comparison, warned) in enumerate(
        ((Comparison.EQUAL, True), (Comparison.NOT_EQUAL, False))
    ):
        for required in (True, False):
            channel = when(Subject.CHANNEL, comparison, "help_center", required=required)
            other = trigger(mall, f"Thanks {n}{required}", [channel], result)
            admin.get(f"/c/s/mall/triggers/{other.id}")
            assert ("get two mails" in admin.text()) is warned, (comparison, required)


@pytest.mark.spec("FLD-3", "FLD-4")
def test_erasing_a_customer_reaches_what_came_in_here(mall: Service, guest: Browser) -> None:
    ticket, path = filed(guest)
    send(guest, website="x", by_mail="1", file=upload("w.txt", b"w"))
    waiting = links(mails()[-1])[0]
    assert ticket.customer is not None
    handed_out = customers.data_of(ticket.customer, mall.id)["consents"]
    assert [(one["number"], one["version"], one["language"]) for one in handed_out] == [
        (ticket.id, 0, "en")
    ]
    with db.write():
        customers.erase(ticket.customer, mall.id, by="Boss")
    assert guest.get(path).status_code == 404
    assert guest.get(waiting).status_code == 410
    assert not mails() and not db.session.scalars(sa.select(Inquiry)).all()
    assert db.session.scalars(sa.select(Customer.email)).all() == [None]


@pytest.mark.spec("HC-1")
def test_who_works_on_an_inquiry_reads_what_its_customer_consented_to(
    boss: Member, mall: Service, guest: Browser, admin: Browser, browser: Browsers
) -> None:
    first, _path = filed(guest)
    with db.write():
        letting = {"ko": "우리의 동의문", "en": "Our text"}
        service.word_consent(mall, letting, seen=0, actor=world.actor(boss))
    assert send(guest, form="/mall/hc/ko/inquiry").status_code == 303
    mailed = arrives(mall, letter())
    world.agent(boss, mall, world.member("kim"), ticket=True)
    kim = browser("kim")
    for number, said_of in (
        (first.id, "The text that came with the console"),
        (tickets()[1].id, "Version 1"),
    ):
        for who in (admin, kim):
            who.get(f"/c/s/mall/tickets/{number}?box=all")
            (shown,) = who.find("//dt[normalize-space()='Consent']/following-sibling::dd")
            assert said(shown).startswith(said_of)
            assert bool(shown.xpath(".//a")) is (who is admin)
    assert said(shown).endswith("한국어")
    admin.get(f"/c/s/mall/tickets/{mailed.id}?box=all")
    assert not admin.find("//dt[normalize-space()='Consent']")


@pytest.mark.spec("CUS-1")
def test_merged_customers_keep_their_links(guest: Browser) -> None:
    ticket, path = filed(guest)
    filed_again = send(guest, email="lee@example.com")
    assert filed_again.status_code == 303
    first, second = db.session.scalars(sa.select(Customer).order_by(Customer.id)).all()
    with db.write():
        customers.merge(first, second)
    assert db.session.get_one(Inquiry, ticket.id).customer_id == second.id
    assert guest.get(path).status_code == 200


@pytest.mark.spec("HC-1")
def test_addresses_in_mails_never_come_from_the_request(guest: Browser) -> None:
    elsewhere = "http://evil.example"
    guest.get(asking.FORM, base_url=elsewhere)
    typed = {"email": "kim@example.com", "title": "T", "content": "C", "consent": "1"}
    held = {"stamp": guest.field("stamp"), "consent_version": "0"}
    guest.time = asking.later(timedelta(seconds=9))
    answer = guest.post(asking.FORM, {**typed, **held}, base_url=elsewhere)
    guest.time = Browser.time
    assert answer.status_code == 303
    assert "evil.example" not in mails()[0] and "http://localhost:5000/mall/hc/en/i/" in mails()[0]


@pytest.mark.spec("HC-1", "MAIL-1")
def test_what_others_mail_into_an_inquiry_is_not_shown(mall: Service, guest: Browser) -> None:
    ticket, path = filed(guest)
    subject = f"Re: order {marks.mark(ticket.id)}"
    for sender, words in (
        ("kim@example.com", "I asked by mail, too"),
        ("boss@shop.example", "Do not tell them"),
    ):
        joined = arrives(mall, letter(words, subject=subject, sender=sender))
        assert joined.id == ticket.id
    text = seen(guest, path)
    assert "I asked by mail, too" in text and "Do not tell them" not in text


@pytest.mark.spec("HC-1", "CUS-1")
def test_a_member_who_answers_by_mail_reads_it_in_their_inquiry(
    mall: Service, guest: Browser
) -> None:
    ticket, path = filed(guest)
    with db.write():
        found = db.session.get_one(Ticket, ticket.id)
        member = customers.member(mall.id, customers.Known("u1", email="me@home.example"))
        found.customer_id, found.reply_to = member.customer_id, "me@home.example"
    subject = f"Re: order {marks.mark(ticket.id)}"
    arrives(mall, letter("From my phone", subject=subject, sender="ME@home.example"))
    assert "From my phone" in seen(guest, path)
