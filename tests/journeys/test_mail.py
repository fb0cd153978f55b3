"""Mail from end to end: a customer writes, an agent answers in a real browser, the answer leaves by a real
SMTP server and the customer's next mail joins the same ticket (MAIL-1, TKT-1, TKT-6).
"""

import base64
import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from occ.automation.rules import Comparison, Result, ResultKind, Subject
from occ.core.db import db
from occ.mail import service as accounts
from tests.conftest import need
from tests.factories import mail as mailboxes
from tests.factories import ticket as tickets
from tests.factories import trigger as triggers
from tests.journeys.test_calls import sign_in
from tests.support import dovecot, mail_server
from tests.support.live import Live, free_port, until
from tests.support.mail_server import MailServer
from tests.support.person import Person
from tests.support.screens import screens
from tests.support.slow import slow_server

DOMAIN, LEE, PARK, CHOI = (
    "mail.example.com",
    "lee@example.com",
    "park@example.com",
    "choi@example.com",
)
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HTML = (
    "<table><tr><th>주문</th><th>금액</th></tr><tr><td>1001</td><td>12,000원</td></tr></table>"
    '<p>사진 <img src="cid:one@example.com"> <img src="https://spy.example/pixel.png"></p>'
)


def wrote(to: str, **heads: str) -> bytes:
    """The customer's mail."""
    made = EmailMessage()
    for name, value in {"From": f"이민호 <{LEE}>", "To": to, **heads}.items():
        made[name.replace("_", "-")] = value
    made.set_content("주문 1001을 환불해 주세요.\n\nOn Mon, Jan 5, 2026, we wrote:\n> It left.\n")
    made.add_alternative(HTML, subtype="html")
    made.get_payload()[1].add_related(DOT, "image", "png", cid="<one@example.com>")  # type: ignore[union-attr,index]
    made.add_attachment(b"PK", "application", "zip", filename="견적서.xlsx")
    return made.as_bytes()


def furnish(boss: Any, **account: Any) -> None:
    """A service whose trigger makes what comes by mail urgent."""
    mall = tickets.desk(boss)
    by_mail = triggers.when(Subject.CHANNEL, Comparison.EQUAL, "mail")
    triggers.trigger(mall, "Urgent", [by_mail], Result(ResultKind.PRIORITY, "urgent"))
    if account:
        with db.write():
            accounts.add(mall, mailboxes.terms(**account))
    else:
        mailboxes.own_address(mall)


def reads_and_answers(boss: Person) -> None:
    """Looks at the mail as it was sent, leaves somebody out and answers."""
    page = boss.page
    page.goto(boss.live.url + "/c/s/mall/tickets/1?box=all")
    page.wait_for_selector("#t-subject:has-text('주문 1001')")
    page.wait_for_selector(".t-dhead .o-chip.is-red")  # the trigger made it urgent
    boss.check()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.click("#t-flow button[hx-get$='/mails/1']")
    frame = page.frame_locator("iframe.t-frame")
    frame.locator("td:has-text('12,000원')").wait_for()
    shown = "one => one.complete && one.naturalWidth"
    until(lambda: frame.locator("img").first.evaluate(shown), seconds=10)
    assert not [url for url in asked if "spy.example" in url], "nothing remote without being asked"
    boss.check()
    page.route("https://spy.example/**", lambda route: route.fulfill(body=DOT))
    with page.expect_request("https://spy.example/pixel.png") as found:
        page.click(".t-remote button")
    assert "referer" not in found.value.headers
    page.click(".t-dhead button:has(use[href$='#user-check'])")
    page.wait_for_selector(f"[name=cc][value='{CHOI}']:checked")
    page.uncheck(f"[name=cc][value='{CHOI}']")
    page.fill("[name=cc_more]", "new@example.com")
    with page.expect_response(lambda answer: answer.url.endswith("/priority")):
        page.select_option(".t-side select[name=priority]", "high")
    page.wait_for_selector(
        f"[name=cc][value='{CHOI}']:not(:checked)"
    )  # also after it is drawn anew
    assert page.input_value("[name=cc_more]") == "new@example.com"
    page.fill("[data-composer] textarea", "내일 환불해 드리겠습니다.")
    page.click("[data-composer] button[hx-post$='/resolve']")
    page.wait_for_selector(".t-dhead .o-chip.is-green")
    boss.check()


def left_by(server: MailServer) -> Any:
    """The answer as the SMTP server got it, once it could no longer be taken back."""
    until(lambda: server.mails, seconds=60)
    return BytesParser(policy=default).parsebytes(server.mails[0])


@pytest.mark.live
@pytest.mark.spec("MAIL-1", "MAIL-2", "TKT-1", "TKT-6", "TRG-3", "OPS-1")
@screens(("ko", 1440, 900, "sqlite"), ("en", 390, 844, "postgres"))
def test_a_mail_is_answered_and_its_answer_joins_by_lmtp(
    center: Callable[..., Live],
    person: Callable[..., Person],
    language: str,
    width: int,
    height: int,
    engine: str,
) -> None:
    server, port = MailServer(), free_port()
    with slow_server(server) as smtp:
        live = center(
            engine,
            language,
            furnish,
            OCC_MAIL_DOMAIN=DOMAIN,
            OCC_MAIL_LISTEN=f"lmtp://127.0.0.1:{port}",
            SMTP_URL=f"smtp://127.0.0.1:{smtp}",
        )

        def arrives(mail: bytes, to: str) -> None:
            with smtplib.LMTP("127.0.0.1", port) as client:
                assert client.sendmail(LEE, [to], mail) == {}

        until(lambda: opens(port))
        heads = {"Subject": "주문 1001", "Message_ID": "<1@example.com>", "Cc": f"{PARK}, {CHOI}"}
        arrives(wrote(f"mall@{DOMAIN}", **heads), f"mall@{DOMAIN}")
        boss = person(live, language, width, height)
        page = sign_in(boss, "boss")
        waits_for(page, live, "주문 1001")
        reads_and_answers(boss)
        sent = left_by(server)
        assert sent["In-Reply-To"] == "<1@example.com>"
        assert (sent["To"], sent["Cc"]) == (LEE, f"{PARK}, new@example.com")
        assert "Auto-Submitted" not in sent
        answers = sent["Reply-To"].addresses[0].addr_spec
        assert answers.startswith("mall+1-") and answers.endswith(f"@{DOMAIN}")
        again = {"Subject": "감사합니다", "In_Reply_To": sent["Message-ID"]}
        arrives(wrote(answers, **again), answers)
        joined(page, live)


@pytest.mark.live
@pytest.mark.full
@pytest.mark.spec("MAIL-1", "TKT-1", "OPS-1")
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_mail_is_answered_and_its_answer_joins_by_imap(
    center: Callable[..., Live], person: Callable[..., Person], tmp_path: Path, engine: str
) -> None:
    need("dovecot", dovecot.missing())
    folder = tmp_path / "certificate"
    folder.mkdir()
    mail_server.certificate(folder)
    server = MailServer()
    with dovecot.running(folder / "server.pem") as mailbox, slow_server(server) as smtp:
        live = center(
            engine,
            "ko",
            lambda boss: furnish(boss, server=mailbox, address="help@example.com"),
            SSL_CERT_FILE=str(folder / "server.pem"),
            OUTGOING_PRIVATE="on",
            SMTP_URL=f"smtp://127.0.0.1:{smtp}",
        )
        boss = person(live, "ko")
        page = sign_in(boss, "boss")
        heads = {"Subject": "주문 1001", "Message_ID": "<1@example.com>", "Cc": f"{PARK}, {CHOI}"}
        mail = wrote("help@example.com", **heads)

        def came() -> bool:
            """A mailbox begins with what comes once it was looked at; the same mail again is one."""
            mailbox.put("mall", mail)
            page.goto(live.url + "/c/s/mall/tickets?box=all")
            return bool(page.locator(".t-subj").count())

        until(came)
        reads_and_answers(boss)
        sent = left_by(server)
        assert sent["From"].addresses[0].addr_spec == "help@example.com"
        again = {"Subject": f"Re: {sent['Subject']}", "References": sent["Message-ID"]}
        mailbox.put("mall", wrote("help@example.com", **again))
        joined(page, live)


def opens(port: int) -> bool:
    try:
        with smtplib.LMTP("127.0.0.1", port):
            return True
    except OSError:
        return False


def waits_for(page: Any, live: Live, subject: str) -> None:
    """The ticket comes into the list by itself."""
    page.goto(live.url + "/c/s/mall/tickets?box=all")
    page.wait_for_selector(f".t-subj:has-text('{subject}')")


def joined(page: Any, live: Live) -> None:
    """The page says that something is new; the same ticket has it, open again."""
    page.wait_for_selector("[data-changed]:not([hidden]) a")
    page.click("[data-changed] a")
    page.wait_for_selector(".t-dhead .o-chip.is-blue")
    assert page.locator(".t-msg").count() == 3
    page.goto(live.url + "/c/s/mall/tickets?box=all")
    assert page.locator(".t-subj").count() == 1
