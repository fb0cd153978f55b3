"""The mail doctor: how accounts do, the quarantine, and what the DNS says of a sender (MAIL-1)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.audit.models import WorkEntry
from occ.audit.rules import Work
from occ.core import clock, i18n, storage
from occ.core.db import db
from occ.identity.models import Member
from occ.mail.dns import checks
from occ.mail.labels import REASONS
from occ.mail.models import MailAccount, ReceivedMail
from occ.mail.rules import MailState, Reason
from occ.organization.models import Service
from tests.factories import mailbox, world
from tests.factories import ticket as tickets
from tests.support.browser import Browser
from tests.support.names import NameServer, name_server
from tests.support.settings import change

pytestmark = pytest.mark.heavy  # pages walked by several people: on PostgreSQL in `make test-all`
DOCTOR = "/c/s/mall/mail/doctor"
RAW = b"From: lee@example.com\r\nSubject: \xbe\xc8\xb3\xe7\r\n\r\nHi\r\n"


def works() -> list[WorkEntry]:
    found = sa.select(WorkEntry).where(WorkEntry.work == Work.MAIL_ORIGINAL)
    return list(db.session.scalars(found))


def state_of(ident: int) -> MailState:
    db.session.expire_all()
    return db.session.get_one(ReceivedMail, ident).state


@pytest.mark.spec("MAIL-1")
def test_one_page_says_how_each_account_does(mall: Service, admin: Browser) -> None:
    row = mailbox.account(mall)
    now = clock.now()
    mailbox.state(row, looked_at=now, mail_at=now - timedelta(hours=2))
    oldest = now - timedelta(minutes=40)
    mailbox.mail(mall, row, state=MailState.WAITING, received_at=oldest)
    mailbox.mail(mall, row, state=MailState.WAITING)
    mailbox.mail(mall, row, state=MailState.READ)
    admin.get(DOCTOR)
    (line,) = [cells for cells in admin.rows() if cells[0].startswith("Support")]
    assert line[0] == "Support support@shop.example" and line[1] == "In order"
    assert line[4].startswith("2 The oldest since") and line[5] == "–"
    assert line[6].startswith("After 24 hours")
    (waits,) = admin.find("//td[@data-label='Waiting']//time")
    assert waits.get("datetime", "")[:16] == oldest.isoformat()[:16]
    assert "Nothing in quarantine" in admin.text()


@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize("reason", Reason)
def test_what_was_put_aside_says_why(mall: Service, admin: Browser, reason: Reason) -> None:
    row = mailbox.account(mall)
    detail = "ValueError: <script>alert(1)</script>"
    mailbox.mail(mall, row, RAW, reason=reason, detail=detail, subject="<b>주문</b>")
    page = admin.get(DOCTOR).text
    with i18n.force_locale("en"):
        words = str(REASONS[reason])
    assert words in admin.text() and "&lt;b&gt;주문" in page
    assert "<script>alert" not in page and "ValueError" in page
    admin.get(DOCTOR)
    assert [cells for cells in admin.rows() if cells[0].startswith("<b>주문</b>")]


@pytest.mark.spec("MAIL-1")
def test_a_mail_is_tried_again_once(mall: Service, admin: Browser) -> None:
    ident = mailbox.mail(mall, mailbox.account(mall), RAW).id
    admin.get(DOCTOR)
    assert admin.post(f"{DOCTOR}/mails/{ident}/again", htmx=True).status_code == 204
    assert state_of(ident) is MailState.WAITING
    answer = admin.post(f"{DOCTOR}/mails/{ident}/again", htmx=True)
    assert answer.status_code == 409, "somebody has dealt with it already"
    assert "Nothing in quarantine" in admin.get(DOCTOR).text


@pytest.mark.spec("MAIL-1")
def test_a_mail_is_dropped_with_its_original(mall: Service, admin: Browser) -> None:
    row = mailbox.mail(mall, mailbox.account(mall), RAW)
    ident, path = row.id, storage.path(str(row.key))
    said = admin.get(f"{DOCTOR}/mails/{ident}/drop", htmx=True).text
    assert "its original is deleted here" in said and state_of(ident) is MailState.QUARANTINED
    assert admin.post(f"{DOCTOR}/mails/{ident}/drop", htmx=True).status_code == 204
    assert state_of(ident) is MailState.DROPPED and not path.exists()
    assert admin.post(f"{DOCTOR}/mails/{ident}/drop", htmx=True).status_code == 409
    assert admin.post(f"{DOCTOR}/mails/{ident}/again", htmx=True).status_code == 409
    assert admin.get(f"{DOCTOR}/mails/{ident}/original").status_code == 404


@pytest.mark.spec("MAIL-1", "LOG-3")
def test_an_original_is_downloaded_as_it_came_and_recorded(mall: Service, admin: Browser) -> None:
    row = mailbox.mail(mall, mailbox.account(mall), RAW)
    answer = admin.get(f"{DOCTOR}/mails/{row.id}/original")
    assert answer.data == RAW and answer.mimetype == "message/rfc822"
    assert answer.headers["Content-Disposition"] == f"attachment; filename=mail-{row.id}.eml"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    (entry,) = works()
    assert (entry.service_id, entry.detail["mail"]) == (mall.id, row.id)
    assert "Original of a mail downloaded" in admin.get("/c/org/logs/works").text


@pytest.mark.spec("MAIL-1")
def test_a_mail_whose_original_is_gone_can_only_be_dropped(mall: Service, admin: Browser) -> None:
    ident = mailbox.mail(mall, None, None, reason=Reason.GONE, subject="", sender="").id
    page = admin.get(DOCTOR).text
    assert "Mail without a subject" in page and "Sender not known" in page and "Removed" in page
    assert "Try again" not in page and "Download the original" not in page
    assert admin.get(f"{DOCTOR}/mails/{ident}/original").status_code == 404
    assert admin.post(f"{DOCTOR}/mails/{ident}/again", htmx=True).status_code == 422
    assert works() == []
    assert admin.post(f"{DOCTOR}/mails/{ident}/drop", htmx=True).status_code == 204


@pytest.mark.spec("MAIL-1")
def test_the_alarm_of_silence_is_set_for_an_account(mall: Service, admin: Browser) -> None:
    row = mailbox.account(mall)
    path = f"{DOCTOR}/accounts/{row.id}/silence"
    admin.get(path, htmx=True)
    version = admin.field("version")
    for typed in ("0", "745", "x", "-1", "1.5"):
        answer = admin.post(path, {"silence_hours": typed, "version": version}, htmx=True)
        assert answer.status_code == 422, typed
        assert "Enter a whole number from 1 to 744." in admin.errors()
    sent = {"silence_hours": "", "version": version}
    assert admin.post(path, sent, htmx=True).status_code == 204
    db.session.expire_all()
    assert db.session.get_one(MailAccount, row.id).silence_hours is None
    assert "No alarm" in admin.get(DOCTOR).text
    assert admin.post(path, {**sent, "silence_hours": "5"}, htmx=True).status_code == 409
    again = {"silence_hours": "744", "version": admin.field("version")}
    assert admin.post(path, again, htmx=True).status_code == 204
    assert "After 744 hours" in admin.get(DOCTOR).text


ZONE = {
    ("shop.example", "TXT"): ['"v=spf1 ip4:203.0.113.7 -all"'],
    ("shop.example", "MX"): ["10 mx.shop.example."],
    ("_dmarc.shop.example", "TXT"): ['"v=DMARC1; p=none"'],
    ("s1._domainkey.shop.example", "TXT"): ['"v=DKIM1; k=ed25519; p=QUJD"'],
}


@pytest.fixture
def zone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    before = app.extensions["occ_settings"]
    change(app, mail_from="Shop <help@shop.example>", smtp_url="smtp://u:hush@out.example:587")
    monkeypatch.setattr(checks.net, "look_up", lambda host, port, limit: ["203.0.113.7"])
    monkeypatch.setattr(checks.net, "is_public", lambda address: True)
    with name_server(NameServer(ZONE)) as server:
        monkeypatch.setattr(checks, "resolver", server.resolver)
        yield server
    app.extensions["occ_settings"] = before


@pytest.mark.spec("MAIL-1")
def test_the_dns_is_asked_by_a_click_alone(mall: Service, admin: Browser, zone: NameServer) -> None:
    mailbox.account(mall)
    page = admin.get(DOCTOR).text
    assert zone.asked == [] and "hush" not in page
    assert admin.texts("//select[@name='address']/option") == [
        "support@shop.example",
        "help@shop.example",
    ], "that of the account first"
    answer = admin.post(f"{DOCTOR}/sender", {"address": "help@shop.example"}, htmx=True)
    assert answer.status_code == 200 and "hush" not in answer.text
    found = admin.texts("//*[@class='m-findings']/li")
    assert found[0].startswith("Answers of customers (MX) In order Mail to shop.example goes to")
    assert "names the server that mails leave from (203.0.113.7)" in found[1]
    assert "Open the head of a mail that a customer got" in found[2]
    assert found[3].startswith("Policy (DMARC) Look at this") and "p=none" in found[3]
    typed = {"address": "help@shop.example", "selector": " S1 ", "signer": ""}
    admin.post(f"{DOCTOR}/sender", typed, htmx=True)
    found = admin.texts("//*[@class='m-findings']/li")
    assert "The key at s1._domainkey.shop.example is there and counts" in found[2]
    assert admin.post(f"{DOCTOR}/sender", typed).status_code == 200, "without scripts as well"


@pytest.mark.spec("MAIL-1")
def test_only_senders_of_the_service_are_asked_about(
    mall: Service, admin: Browser, zone: NameServer
) -> None:
    admin.get(DOCTOR)
    for address in ("a@elsewhere.example", "", "shop.example"):
        answer = admin.post(f"{DOCTOR}/sender", {"address": address}, htmx=True)
        assert answer.status_code == 422, address
        assert "Nothing was asked." in answer.text
    long = {"address": "help@shop.example", "selector": "x" * 64}
    assert admin.post(f"{DOCTOR}/sender", long, htmx=True).status_code == 422
    assert zone.asked == []


@pytest.mark.spec("MAIL-1")
def test_a_provider_has_to_be_included_by_name(
    app: Flask, mall: Service, admin: Browser, zone: NameServer
) -> None:
    change(app, smtp_url="smtps://u:p@smtp.gmail.com")
    admin.get(DOCTOR)
    admin.post(f"{DOCTOR}/sender", {"address": "help@shop.example"}, htmx=True)
    assert "(_spf.google.com)" in admin.texts("//*[@class='m-findings']/li")[1]


@pytest.mark.spec("MAIL-1", "MEM-4")
def test_only_managers_of_the_service_see_the_doctor(
    mall: Service, boss: Member, kim: Member, browser: Callable[..., Browser], zone: NameServer
) -> None:
    account = mailbox.account(mall)
    ident = mailbox.mail(mall, account, RAW).id
    shop = tickets.desk(boss, "shop")
    world.agent(boss, shop, world.member("stranger"), manager=True)
    agent, stranger = browser("kim"), browser("stranger")
    asked = [
        ("get", DOCTOR),
        ("post", f"{DOCTOR}/sender"),
        ("get", f"{DOCTOR}/accounts/{account.id}/silence"),
        ("post", f"{DOCTOR}/accounts/{account.id}/silence"),
        ("post", f"{DOCTOR}/mails/{ident}/again"),
        ("get", f"{DOCTOR}/mails/{ident}/drop"),
        ("post", f"{DOCTOR}/mails/{ident}/drop"),
        ("get", f"{DOCTOR}/mails/{ident}/original"),
    ]
    for method, path in asked:
        answer = getattr(agent, method)(path, htmx=True)
        assert answer.status_code == 403, path
        assert "You need “Mail settings of this service”." in answer.text
        assert getattr(stranger, method)(path, htmx=True).status_code == 404, path
        if path.count("/") > 6:
            elsewhere = path.replace("/s/mall/", "/s/shop/")
            assert getattr(stranger, method)(elsewhere, htmx=True).status_code == 404, elsewhere
    assert state_of(ident) is MailState.QUARANTINED and works() == [] and zone.asked == []
