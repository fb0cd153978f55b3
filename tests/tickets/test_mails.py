"""Mails become tickets and join them (MAIL-1, TKT-1)."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from occ.automation.rules import Comparison, Result, ResultKind, Subject
from occ.core import clock, storage
from occ.core.db import db
from occ.core.files import BYTES
from occ.customers.models import Customer
from occ.delivery.models import Outgoing
from occ.delivery.rules import State as Delivery
from occ.identity import agents
from occ.identity.models import Member
from occ.mail import tokens
from occ.mail.reading import Automatic, Bounced
from occ.notifications.models import Notification
from occ.notifications.rules import Notice
from occ.organization.models import Service
from occ.tickets import history, queries
from occ.tickets.models import Attachment, Ticket, TicketEvent, TicketMail
from occ.tickets.rules import Channel, Entry, Fact, Priority, Reason, State
from tests.factories import ticket as tickets
from tests.factories import trigger as triggers
from tests.factories import world
from tests.factories.letters import HELP, LEE, arrives, letter, part
from tests.support.browser import Browser
from tests.tickets.screen import act, fresh

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)


def answered(who: Browser, ticket: Ticket, move: str = "resolve", **values: object) -> str:
    """Takes a ticket, answers it and returns the Message-ID of the mail that leaves."""
    act(who, ticket, "take")
    act(who, ticket, move, body="It left yesterday.", **values)
    return sent(ticket)


def sent(ticket: Ticket) -> str:
    newest = sa.select(Outgoing.key).where(Outgoing.about == ticket.about)
    key = db.session.scalar(newest.order_by(Outgoing.id.desc()).limit(1))
    return f"<{key}@mall.example>"


def said(ticket: Ticket) -> list[tuple[Entry, str]]:
    return [(one.kind, one.body) for one in queries.entries(ticket.id)]


def mail_of(ticket: Ticket) -> TicketMail:
    newest = sa.select(TicketMail).where(TicketMail.ticket_id == ticket.id)
    return db.session.scalars(newest.order_by(TicketMail.entry_id.desc()).limit(1)).one()


def count() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Ticket)) or 0


def facts(ticket: Ticket) -> list[Fact]:
    found = sa.select(TicketEvent.fact).where(TicketEvent.ticket_id == ticket.id)
    return list(db.session.scalars(found.order_by(TicketEvent.id)))


def urgent(of: Service) -> None:
    """A trigger that makes every mail urgent."""
    mail = triggers.when(Subject.CHANNEL, Comparison.EQUAL, "mail")
    triggers.trigger(of, "Mail is urgent", [mail], Result(ResultKind.PRIORITY, "urgent"))


def calmed(ticket: Ticket) -> Ticket:
    """The ticket, as urgent as any other: what a trigger does to it from now on is seen."""
    with db.write():
        fresh(ticket).priority = Priority.NORMAL
    return fresh(ticket)


@pytest.mark.spec("MAIL-1", "CUS-1")
def test_a_mail_makes_a_ticket_of_its_customer(mall: Service) -> None:
    made = arrives(mall, letter("환불해 주세요.", subject="주문 1001"))
    assert (made.channel, made.state, made.subject) == (Channel.MAIL, State.UNASSIGNED, "주문 1001")
    assert made.language == "ko"
    assert made.customer is not None
    assert (made.customer.name, made.customer.email) == ("Minho Lee", LEE)
    assert said(made) == [(Entry.INQUIRY, "환불해 주세요.")]
    again = arrives(mall, letter(sender="LEE@example.com"))
    assert again.id != made.id and again.customer_id == made.customer_id, "the case is nobody's"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Customer)) == 1


@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize("sender", ["", "root", "@", "a" * 250 + "@example.com"])
def test_a_mail_of_nobody_is_a_ticket_without_a_customer(mall: Service, sender: str) -> None:
    made = arrives(mall, letter("", subject="", sender=sender))
    assert made.customer is None and made.subject == ""
    assert said(made) == [(Entry.INQUIRY, "")]


@pytest.mark.spec("MAIL-1")
def test_what_is_quoted_alone_is_what_a_mail_says(mall: Service) -> None:
    made = arrives(mall, letter("", quoted="Forwarded: it is broken"))
    assert said(made) == [(Entry.INQUIRY, "Forwarded: it is broken")]
    assert not mail_of(made).has_quoted
    with_both = arrives(mall, letter("See below", quoted="It is broken"))
    assert said(with_both) == [(Entry.INQUIRY, "See below")]
    assert mail_of(with_both).has_quoted and mail_of(with_both).quoted == "It is broken"


@pytest.mark.spec("MAIL-1", "TKT-1")
@pytest.mark.parametrize("move", ["resolve", "hold"])
def test_an_answer_joins_and_opens_its_ticket_again(
    mall: Service, admin: Browser, boss: Member, move: str
) -> None:
    made = arrives(mall, letter())
    ours = answered(admin, made, move)
    assert fresh(made).state in (State.RESOLVED, State.HOLD)
    joined = arrives(mall, letter("Thank you", subject="Other words", in_reply_to=(ours,)))
    assert joined.id == made.id and count() == 1
    assert (joined.state, joined.assignee_id) == (State.PROGRESS, boss.id)
    assert said(joined)[-1] == (Entry.REPLY, "Thank you")
    assert facts(joined)[-1] is Fact.REPLIED
    assert not mail_of(joined).is_other
    told = sa.select(Notification).where(Notification.notice == Notice.TICKET_REPLIED)
    assert [one.member_id for one in db.session.scalars(told)] == [boss.id]


@pytest.mark.spec("TKT-1")
def test_an_answer_waits_for_somebody_where_its_agent_has_left(
    mall: Service, boss: Member, admin: Browser, browser: object
) -> None:
    made = arrives(mall, letter())
    kim = world.member("kim")
    held = world.agent(boss, mall, kim, ticket=True)
    ours = answered(admin, made)
    with db.write():
        fresh(made).assignee_id = kim.id
    with db.write():
        agents.remove(held, actor=world.actor(boss))
    joined = arrives(mall, letter("And now?", in_reply_to=(ours,)))
    assert (joined.state, joined.assignee_id) == (State.UNASSIGNED, None)


@pytest.mark.spec("MAIL-1")
def test_the_thread_is_found_by_ids_and_never_by_the_subject(mall: Service) -> None:
    first = letter(subject="Order 1001")
    made = arrives(mall, first)
    other = arrives(mall, letter(subject="Re: Order 1001"))
    assert other.id != made.id, "a subject is no thread"
    known = (first.message_id,)
    assert arrives(mall, letter("More", subject="New", references=known)).id == made.id
    assert arrives(mall, letter("Again", in_reply_to=known)).id == made.id
    near = letter("Nearest", in_reply_to=(mail_of(other).message_id,), references=known)
    assert arrives(mall, near).id == other.id, "what it answers counts before what was before that"
    assert count() == 2


@pytest.mark.spec("MAIL-1")
def test_the_thread_is_found_by_a_token_that_we_signed(mall: Service, admin: Browser) -> None:
    made = arrives(mall, letter())
    signed = tokens.address("help", made.id, "mall.example")
    ways = [
        (letter("By the envelope"), {"recipient": signed}),
        (letter("By To", to=(signed,)), {}),
        (letter("By a server on the way", delivered_to=(signed,)), {}),
        (letter("By the subject", subject=f"AW: Order {tokens.mark(made.id)}"), {}),
    ]
    for mail, values in ways:
        assert arrives(mall, mail, **values).id == made.id
    forged = tokens.sign(made.id)[:-1] + ("a" if tokens.sign(made.id)[-1] != "a" else "b")
    for mail in (letter(to=(f"help+{forged}@mall.example",)), letter(subject=f"[#{forged}]")):
        assert arrives(mall, mail).id != made.id
    assert count() == 3
    assert arrives(mall, letter(subject=f"Order {tokens.mark(10_000)}")).subject == "Order"


@pytest.mark.spec("MAIL-1")
def test_whoever_answers_with_a_token_joins_as_another_sender(
    mall: Service, admin: Browser, boss: Member
) -> None:
    made = arrives(mall, letter(reply_to=("office@example.com",)))
    assert made.reply_to == "office@example.com"
    ours = answered(admin, made)
    mail = letter("I am her husband", sender="park@example.com", in_reply_to=(ours,))
    joined = arrives(mall, mail)
    assert joined.id == made.id and joined.state is State.PROGRESS
    assert mail_of(joined).is_other
    assert joined.customer is not None and joined.customer.email == LEE
    assert joined.reply_to == "office@example.com", "answers go where they went"


@pytest.mark.spec("MAIL-1")
def test_no_answer_goes_to_ourselves(mall: Service) -> None:
    assert arrives(mall, letter(reply_to=(HELP,))).reply_to == "", "it goes to who wrote"
    made = arrives(mall, letter(reply_to=(HELP.upper(), "office@example.com")))
    assert made.reply_to == "office@example.com"
    local, _at, domain = HELP.partition("@")
    own = f"{local}+{tokens.sign(made.id)}@{domain}"
    assert arrives(mall, letter(reply_to=(own,))).reply_to == ""
    mail = letter("And now?", in_reply_to=(mail_of(made).message_id,), reply_to=(HELP,))
    assert arrives(mall, mail).reply_to == ""
    assert arrives(mall, letter(sender=HELP)).reply_to == "", "nor where we wrote"


@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize("kind", [Automatic.REPLY, Automatic.MADE, Automatic.RECEIPT])
def test_what_a_machine_wrote_joins_without_anything_else(
    mall: Service, admin: Browser, kind: Automatic
) -> None:
    made = arrives(mall, letter())
    ours = answered(admin, made)
    urgent(mall)
    changed = fresh(made).changed_at
    joined = arrives(mall, letter("I am away", in_reply_to=(ours,), automatic=kind))
    assert joined.id == made.id and joined.state is State.RESOLVED
    assert said(joined)[-1] == (Entry.REPLY, "I am away")
    assert joined.priority is Priority.NORMAL and joined.changed_at == changed
    assert not triggers.runs(joined)
    alone = arrives(mall, letter("Out of office", automatic=kind))
    assert alone.id != made.id and alone.priority is Priority.NORMAL
    assert not triggers.runs(alone), "no mail is lost, but none is answered"
    told = sa.select(Notification).where(Notification.notice == Notice.TICKET_REPLIED)
    assert not db.session.scalars(told).all()


@pytest.mark.spec("MAIL-1", "TRG-3")
def test_triggers_see_every_mail_of_a_person(mall: Service, admin: Browser) -> None:
    urgent(mall)
    words = triggers.when(Subject.BODY, Comparison.CONTAINS, "cancel")
    triggers.trigger(mall, "Cancels", [words], Result(ResultKind.PRIORITY, "high"))
    made = arrives(mall, letter())
    assert made.priority is Priority.URGENT
    ours = answered(admin, calmed(made))
    assert arrives(mall, letter("Please cancel it", in_reply_to=(ours,))).priority is Priority.HIGH
    by_list = arrives(mall, letter(automatic=Automatic.LIST))
    assert by_list.priority is Priority.URGENT, "many services get their mail by a list"


@pytest.mark.spec("TRG-2")
@pytest.mark.parametrize("answers", ["환불해 주세요", "Refund, please"])
def test_triggers_tell_languages_apart(mall: Service, answers: str) -> None:
    korean = triggers.when(Subject.LANGUAGE, Comparison.EQUAL, "ko")
    triggers.trigger(mall, "Korean", [korean], Result(ResultKind.PRIORITY, "high"))
    made = arrives(mall, letter(answers, subject=""))
    is_korean = answers.startswith("환불")
    assert made.priority is (Priority.HIGH if is_korean else Priority.NORMAL)
    assert made.language == ("ko" if is_korean else "en")


@pytest.mark.spec("MAIL-1")
def test_older_mail_makes_no_trigger_run(mall: Service) -> None:
    urgent(mall)
    made = arrives(mall, letter(), older=True)
    assert made.priority is Priority.NORMAL and not triggers.runs(made)


@pytest.mark.spec("TKT-1")
def test_after_the_end_an_answer_makes_a_linked_ticket(mall: Service, admin: Browser) -> None:
    made = arrives(mall, letter())
    ours = answered(admin, made)
    act(admin, made, "finish")
    assert fresh(made).state is State.DONE
    after = arrives(mall, letter("Once more", in_reply_to=(ours,)))
    assert after.id != made.id and after.follows_id == made.id
    assert after.state is State.UNASSIGNED and fresh(made).state is State.DONE
    assert after.customer_id == made.customer_id
    assert f"Continues #{made.id}" in admin.get(f"/c/s/mall/tickets/{after.id}").text
    old = admin.get(f"/c/s/mall/tickets/{made.id}").text
    assert f"The customer wrote again: ticket #{after.id}" in old
    machine = letter("I am away", in_reply_to=(ours,), automatic=Automatic.REPLY)
    assert arrives(mall, machine).id == made.id and fresh(made).state is State.DONE


@pytest.mark.spec("TKT-1")
def test_what_answers_spam_stays_there_and_what_answers_nothing_begins(
    mall: Service, admin: Browser
) -> None:
    urgent(mall)
    made = arrives(mall, letter())
    act(admin, made, "take")
    act(admin, made, "internal", reason=Reason.SPAM.value)
    before, thread = len(triggers.runs(made)), (mail_of(made).message_id,)
    spam = arrives(mall, letter("Buy", in_reply_to=thread))
    assert spam.id == made.id and spam.spam_at is not None
    assert len(triggers.runs(made)) == before
    act(admin, made, "delete")
    assert arrives(mall, letter("Buy", in_reply_to=thread)).id != made.id


@pytest.mark.spec("MAIL-1")
def test_a_bounce_marks_the_mail_and_stands_among_what_happened(
    mall: Service, admin: Browser, boss: Member
) -> None:
    made = arrives(mall, letter())
    ours = answered(admin, made)
    bounced = Bounced(LEE, "5.1.1", lasting=True, said="550 user unknown")
    mail = letter(
        "Undelivered", sender="", returned=ours, bounced=(bounced,), automatic=Automatic.BOUNCE
    )
    joined = arrives(mall, mail)
    assert joined.id == made.id and joined.state is State.RESOLVED
    assert said(joined)[-1][0] is Entry.ANSWER, "it is no entry"
    row = db.session.scalars(sa.select(Outgoing).where(Outgoing.about == made.about)).one()
    assert row.state is Delivery.BOUNCED
    told = sa.select(Notification).where(Notification.notice == Notice.TICKET_UNDELIVERED)
    assert [one.member_id for one in db.session.scalars(told)] == [boss.id]
    page = admin.get(f"/c/s/mall/tickets/{made.id}").text
    assert "A mail could not be delivered: there is no such address (5.1.1)" in page
    late = Bounced(LEE, "4.4.7", lasting=False)
    arrives(mall, letter("", returned=ours, bounced=(late,), automatic=Automatic.BOUNCE))
    assert "A mail has not been delivered yet" in admin.get(f"/c/s/mall/tickets/{made.id}").text
    # whoever knows the Message-ID of another ticket's mail marks it by no bounce of this one
    other = arrives(mall, letter())
    others = answered(admin, other)
    with db.write():
        other.deleted_at = clock.now()
    forged = letter(
        "",
        sender="",
        returned=others,
        in_reply_to=(ours,),
        bounced=(bounced,),
        automatic=Automatic.BOUNCE,
    )
    assert arrives(mall, forged).id == made.id
    row = db.session.scalars(sa.select(Outgoing).where(Outgoing.about == other.about)).one()
    assert row.state is not Delivery.BOUNCED
    stray = letter("Undelivered", sender="", bounced=(bounced,), automatic=Automatic.BOUNCE)
    assert arrives(mall, stray).id != made.id, "of a mail that we do not know"


@pytest.mark.spec("MAIL-1")
def test_our_own_mail_that_comes_back_makes_nothing_run(mall: Service, admin: Browser) -> None:
    made = arrives(mall, letter())
    ours = answered(admin, made)
    urgent(mall)
    back = arrives(mall, letter("It left yesterday.", sender=HELP, message_id=ours))
    assert back.id == made.id and back.state is State.RESOLVED
    loop = arrives(mall, letter(sender=HELP))
    assert loop.customer is None and not triggers.runs(loop)
    signed = tokens.address("help", made.id, "mall.example")
    looped = arrives(mall, letter("Again", sender=signed, in_reply_to=(ours,)))
    assert looped.id == made.id and looped.state is State.RESOLVED
    assert not triggers.runs(made)


@pytest.mark.spec("MAIL-1")
def test_one_mail_to_two_services_is_a_ticket_in_each(
    mall: Service, boss: Member, admin: Browser
) -> None:
    shop = tickets.desk(boss, "shop")
    both = letter()
    here, there = arrives(mall, both), arrives(shop, both)
    assert here.service_id != there.service_id
    answer = letter("Thank you", in_reply_to=(both.message_id,))
    assert (arrives(mall, answer).id, arrives(shop, answer).id) == (here.id, there.id)
    ours = answered(admin, here)
    assert arrives(shop, letter(in_reply_to=(ours,))).id not in (here.id, there.id)


@pytest.mark.spec("MAIL-1")
def test_a_ticket_without_a_customer_gets_who_answers(mall: Service, boss: Member) -> None:
    made = tickets.ticket(mall, boss)
    joined = arrives(mall, letter(subject=tokens.mark(made.id)))
    assert joined.id == made.id and joined.customer is not None
    assert joined.customer.email == LEE and not mail_of(joined).is_other


@pytest.mark.spec("TKT-6")
def test_files_of_a_mail_are_those_of_its_entry(mall: Service, tmp_path: Path) -> None:
    large = tmp_path / "large.zip"
    large.write_bytes(b"PK" + bytes(100))
    files = (
        part("../../a/견적서.xlsx", b"PK\x03\x04"),
        part("photo.jpg", PNG, cid="one@mail", inline=True),
        part("huge.mov", b"", size=BYTES + 1, too_large=True),
        part("large.zip", b"", size=102, path=large),
        part("empty.txt", b""),
    )
    made = arrives(mall, letter(files=files, html='<p>See <img data-part="1"></p>'))
    large.unlink()
    story = history.story(made.id, 0)
    kept = story.files[story.entries[0].id]
    assert [(one.name, one.size, one.kind) for one in kept] == [
        ("견적서.xlsx", 4, ""),
        ("photo.jpg", len(PNG), "image/png"),
        ("large.zip", 102, ""),
    ]
    assert storage.path(kept[2].key).read_bytes() == b"PK" + bytes(100)
    assert mail_of(made).pictures == {"1": kept[1].id}
    assert mail_of(made).left_out == [
        {"name": "huge.mov", "size": BYTES + 1},
        {"name": "empty.txt", "size": 0},
    ]


@pytest.mark.spec("MAIL-1")
def test_people_beside_are_neither_the_sender_nor_ours(mall: Service) -> None:
    signed = tokens.address("help", 7, "mall.example")
    mail = letter(to=(HELP, "park@example.com"), cc=(signed, "LEE@example.com", "choi@example.com"))
    made = arrives(mall, mail)
    assert mail_of(made).beside == ["park@example.com", "choi@example.com"]
    assert mail_of(made).people["cc"] == [
        ["", signed],
        ["", "LEE@example.com"],
        ["", "choi@example.com"],
    ]


@pytest.mark.spec("FLD-4")
def test_attachments_have_no_owner_who_could_take_them_back(mall: Service) -> None:
    made = arrives(mall, letter(files=(part("a.txt", b"a"),)))
    rows = db.session.scalars(sa.select(Attachment).where(Attachment.ticket_id == made.id)).all()
    assert [(one.member_id, one.entry_id is None) for one in rows] == [(None, False)]
