"""Answers as they arrive: layout, sender, thread, both parts, by a real mail server (MAIL-1, MAIL-2)."""

import email
import email.policy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.automation.rules import Comparison, Result, ResultKind, Subject, To
from occ.core import clock
from occ.core.db import db
from occ.core.richtext import Writing
from occ.delivery import service as delivery
from occ.delivery.models import Outgoing
from occ.identity.models import Member
from occ.mail import layouts, tokens
from occ.mail import service as mail
from occ.mail.models import MailAccount
from occ.mail.rules import AccountKind, LayoutKind, Security, SignIn
from occ.organization.models import Service
from occ.organization.rules import Editor
from occ.tickets import letters, rules
from occ.tickets.models import Ticket, TicketEntry
from occ.tickets.rules import Channel, Move
from tests.factories import ticket as tickets
from tests.factories import world
from tests.factories.trigger import trigger, when
from tests.support.browser import Browser
from tests.support.mail_server import MailServer
from tests.support.settings import change
from tests.support.slow import slow_server
from tests.tickets.screen import HOME, act, fresh

pytestmark = pytest.mark.heavy


@dataclass
class Site:
    """A service, the mail server that its mails go to, and what arrives there."""

    app: Flask
    service: Service
    server: MailServer

    def arrived(self) -> list[EmailMessage]:
        """What has arrived once the outbox was worked off."""
        with clock.at(clock.now() + rules.UNDO):
            delivery.deliver()
        db.session.expire_all()
        return [
            email.message_from_bytes(raw, policy=email.policy.default)  # type: ignore[misc]
            for raw in self.server.mails
        ]


@pytest.fixture
def site(app: Flask, boss: Member) -> Iterator[Site]:
    mall = tickets.desk(boss)
    with db.write() as session:
        service = session.get_one(Service, mall.id)
        service.name, service.editor = "늘봄 쇼핑몰", Editor.HTML
    server = MailServer()
    with slow_server(server) as port:
        change(
            app,
            smtp_url=f"smtp://127.0.0.1:{port}",
            mail_from="OCC <occ@console.example>",
            mail_domain="in.example",
        )
        yield Site(app, mall, server)
    change(app, smtp_url="", mail_from="occ@localhost", mail_domain="")


def external(of: Service, *, on: bool = True) -> MailAccount:
    row = MailAccount(
        service_id=of.id,
        kind=AccountKind.EXTERNAL,
        name="Help",
        address="help@mall.example",
        folded="help@mall.example",
        on=on,
        host="imap.mall.example",
        port=993,
        security=Security.TLS,
        user="help",
        sign_in=SignIn.PASSWORD,
        sealed="",
        sender_name="늘봄 고객센터",
        created_at=clock.now(),
    )
    with db.write() as session:
        session.add(row)
    return row


def addresses(message: EmailMessage, header: str) -> list[str]:
    return [address for _name, address in getaddresses([str(message[header] or "")])]


def parts(message: EmailMessage) -> list[str]:
    return [
        part.get_content().replace("\r\n", "\n")
        for part in message.walk()
        if part.get_content_maintype() == "text"
    ]


BODY = "<div>내일 <strong>도착</strong>합니다.</div>"


@pytest.mark.spec("MAIL-1", "MAIL-2")
def test_an_answer_arrives_in_its_layout_from_the_address_of_its_service(
    site: Site, boss: Member, admin: Browser
) -> None:
    with db.write():
        mail.representative(db.session.get_one(Service, site.service.id))
    one = tickets.ticket(site.service, boss, "배송 문의", email="lee@example.com", take=True)
    act(admin, one, "resolve", formatted="1", body=BODY)
    (got,) = site.arrived()
    assert str(got["From"]) == "늘봄 쇼핑몰 <mall@in.example>"
    assert str(got["Subject"]) == f"배송 문의 [#{one.id}]"
    (back,) = addresses(got, "Reply-To")
    assert tokens.of_address(back) == one.id and back.startswith("mall+")
    assert f"mail from:<{back}>" in site.server.said
    assert got["Auto-Submitted"] is None and got["Content-Language"] == "ko"
    plain, html = parts(got)
    assert "\n내일 도착합니다.\n" in plain and f"접수번호: #{one.id}" in plain
    assert "안녕하세요. 늘봄 쇼핑몰입니다." in plain
    assert "<strong>도착</strong>" in html and '<html lang="ko">' in html
    entry = db.session.scalars(sa.select(TicketEntry).order_by(TicketEntry.id.desc())).first()
    assert entry is not None and entry.body == "내일 도착합니다.", "history shows the answer alone"
    key = str(got["Message-ID"])
    assert key.endswith("@in.example>") and len(key) <= 75


@pytest.mark.spec("MAIL-1")
def test_a_mailbox_elsewhere_gets_the_token_by_the_subject(
    site: Site, boss: Member, admin: Browser
) -> None:
    external(site.service)
    change(site.app, mail_domain="")
    one = tickets.ticket(site.service, boss, "배송 문의", email="lee@example.com", take=True)
    act(admin, one, "hold", formatted="1", body=BODY)
    (got,) = site.arrived()
    assert str(got["From"]) == "늘봄 고객센터 <help@mall.example>" and got["Reply-To"] is None
    assert tokens.of_subject(f"RE: {got['Subject']}") == one.id
    assert str(got["Subject"]) == f"배송 문의 {tokens.mark(one.id)}"


@pytest.mark.spec("MAIL-1")
def test_without_an_account_the_console_sends_in_the_services_name(
    site: Site, boss: Member, admin: Browser
) -> None:
    external(site.service, on=False)
    change(site.app, mail_domain="")
    one = tickets.ticket(site.service, boss, "배송 문의", email="lee@example.com", take=True)
    act(admin, one, "resolve", formatted="1", body=BODY)
    (got,) = site.arrived()
    assert str(got["From"]) == "늘봄 쇼핑몰 <occ@console.example>" and got["Reply-To"] is None
    assert str(got["Subject"]) == f"배송 문의 [#{one.id}]"


@pytest.mark.spec("MAIL-2")
@pytest.mark.parametrize(
    ("channel", "wanted", "kind"),
    [
        (Channel.PHONE, Move.RESOLVE, LayoutKind.RESOLVED),
        (Channel.PHONE, Move.HOLD, LayoutKind.HOLD),
        (Channel.MANUAL, Move.RESOLVE, LayoutKind.MANUAL),
        (Channel.MANUAL, Move.HOLD, LayoutKind.MANUAL),
    ],
)
def test_each_answer_has_the_layout_of_its_kind(
    channel: Channel, wanted: Move, kind: LayoutKind
) -> None:
    assert letters.kind_of(Ticket(channel=channel), wanted) is kind


@pytest.mark.spec("MAIL-2")
def test_an_own_layout_is_filled_in_the_tickets_language_and_previewed(
    site: Site, boss: Member, admin: Browser
) -> None:
    of = db.session.get_one(Service, site.service.id)
    look = "#{customer} / #{agent} / #{service} / #{inquiry} / #{content}"
    with db.write():
        layouts.save(of, LayoutKind.MANUAL, "en", Writing(look, f"<div>{look}</div>"), version=0)
        layouts.save(of, LayoutKind.MANUAL, "ko", Writing("K #{content}", ""), version=0)
    one = tickets.ticket(of, boss, "Where?", email="lee@example.com", take=True)
    with db.write() as session:
        ticket = session.get_one(Ticket, one.id)
        ticket.language = "en"
        assert ticket.customer is not None
        ticket.customer.name = "#{title} <Lee>"
    preview = admin.post(
        f"/c/s/mall/tickets/{one.id}/preview", {"body": BODY, "formatted": "1"}, htmx=True
    ).text
    assert "<strong>도착</strong>" in preview and "It has not come yet." in preview
    assert "#{title} &lt;Lee&gt;" in preview
    act(admin, fresh(one), "resolve", formatted="1", body=BODY)
    (got,) = site.arrived()
    plain, html = parts(got)
    said = f"#{{title}} <Lee> / {boss.shown_name} / 늘봄 쇼핑몰 / It has not come yet. / 내일 도착합니다."
    assert said in plain.replace("\n", " ")
    assert (
        "<strong>도착</strong>" in html
        and "&lt;Lee&gt;" in html
        and got["Content-Language"] == "en"
    )


@pytest.mark.spec("TRG-3")
def test_a_triggers_mail_says_that_a_robot_wrote_it_and_knows_what_was_written(
    site: Site, boss: Member, admin: Browser
) -> None:
    with db.write():
        mail.representative(db.session.get_one(Service, site.service.id))
    texts = {"ko": {"subject": "접수", "body": "문의: #{inquiry} 답: #{answer}", "html": "<div>문의: #{inquiry} 답: #{answer}</div>"}}  # fmt: skip
    told = Result(ResultKind.MAIL, to=To.CUSTOMER, texts=texts)
    outside = Result(ResultKind.FORWARD, "pr@example.org")
    trigger(site.service, "T", [when(Subject.STATE, Comparison.EQUAL, "resolved")], told, outside)
    one = tickets.ticket(site.service, boss, "배송 문의", email="lee@example.com", take=True)
    act(admin, one, "resolve", formatted="1", body=BODY)
    by_receiver = {addresses(got, "To")[0]: got for got in site.arrived() if got["Auto-Submitted"]}
    told_customer, forwarded = by_receiver["lee@example.com"], by_receiver["pr@example.org"]
    assert told_customer["Auto-Submitted"] == "auto-generated"
    assert told_customer["X-Auto-Response-Suppress"] == "All"
    plain, html = parts(told_customer)
    assert "문의: It has not come yet. 답: 내일 도착합니다." in plain and "내일 도착합니다." in html
    assert tokens.of_address(addresses(told_customer, "Reply-To")[0]) == one.id
    for got in (told_customer, forwarded):
        assert addresses(got, "From") == ["mall@in.example"], "never the customer's"
        assert "lee@example.com" not in str(got["From"]) + str(got["Reply-To"])
    assert "It has not come yet." in parts(forwarded)[0]
    entry = db.session.scalars(sa.select(Outgoing).where(Outgoing.part != "")).all()
    assert len({mail.part for mail in entry}) == 2, "the answer and what the trigger told"


@pytest.mark.spec("MAIL-1")
def test_an_answer_that_no_server_takes_says_so_and_is_sent_again(
    site: Site, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(site.service, boss, "배송 문의", email="lee@example.com", take=True)
    act(admin, one, "resolve", formatted="1", body=BODY)
    site.server.refuses["lee@example.com"] = "550 5.1.1 no such user"
    assert site.arrived() == []
    page = admin.get(f"{HOME}/{one.id}").text
    assert "This mail was not delivered." in page and "no such user" in page
    assert "A mail did not reach its receiver" in page
    (again,) = [
        button.get("hx-post") for button in admin.find("//button[contains(., 'Send again')]")
    ]
    with db.write() as session:
        person = session.get_one(Ticket, one.id).customer
        assert person is not None
        person.email = "lee@example.org"
    assert admin.post(again, htmx=True).status_code in (200, 204)
    assert "not delivered" not in admin.get(f"{HOME}/{one.id}").text.replace(
        "Mail not delivered", ""
    )
    (got,) = site.arrived()
    assert addresses(got, "To") == ["lee@example.org"], "the address of now"
    assert admin.post(again, htmx=True).status_code == 409


@pytest.mark.spec("MAIL-1")
def test_whoever_does_not_work_on_the_ticket_neither_reads_why_nor_sends_again(
    site: Site, boss: Member, admin: Browser, browser: Callable[..., Browser]
) -> None:
    one = tickets.ticket(site.service, boss, "배송 문의", email="lee@example.com", take=True)
    act(admin, one, "resolve", formatted="1", body=BODY)
    site.server.refuses["lee@example.com"] = "550 mailbox unknown"
    site.arrived()
    world.agent(boss, site.service, world.member("agent", by=boss))
    agent = browser("agent")
    page = agent.get(f"{HOME}/{one.id}").text
    assert "This mail was not delivered." in page and "mailbox unknown" not in page
    entry = db.session.scalars(sa.select(TicketEntry).order_by(TicketEntry.id.desc())).first()
    assert entry is not None
    again = f"{HOME}/{one.id}/entries/{entry.id}/again"
    assert agent.post(again, htmx=True).status_code == 403
    other = tickets.ticket(site.service, boss, "Other", take=True)
    wrong = again.replace(f"/{one.id}/", f"/{other.id}/")
    assert admin.post(wrong, htmx=True).status_code == 409, "another ticket's text"


@pytest.mark.spec("MAIL-1")
def test_a_bounce_marks_the_answer_that_came_back(site: Site, boss: Member, admin: Browser) -> None:
    one = tickets.ticket(site.service, boss, "배송 문의", email="lee@example.com", take=True)
    act(admin, one, "resolve", formatted="1", body=BODY)
    (got,) = site.arrived()
    with db.write():
        assert delivery.undeliverable(str(got["Message-ID"]), "552 mailbox full", about=one.about)
    page = admin.get(f"{HOME}/{one.id}").text
    assert "This mail was not delivered." in page and "552 mailbox full" in page
    assert not admin.find("//button[contains(., 'Send again')]"), "its text has left"
    marks = ("Undeliverable", "The last mail to this address was not delivered")
    assert all(mark in page for mark in marks)
    act(admin, one, "reopen")
    act(admin, one, "hold", formatted="1", body=BODY)
    page = admin.get(f"{HOME}/{one.id}").text
    assert not any(mark in page for mark in marks), "the next one may arrive"
