"""What mails say about themselves, who gets them, and what becomes of those that nobody took."""

import email
import email.policy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses, parseaddr
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st

from occ.audit.models import WorkEntry
from occ.core import clock, crypto, events
from occ.core.db import db
from occ.core.errors import Conflict
from occ.delivery import copies, queries, rules, smtp
from occ.delivery import service as delivery
from occ.delivery.events import MailFailed, MailLeft
from occ.delivery.models import MailLogin, Outgoing
from occ.delivery.rules import ATTEMPTS, KEPT, State
from occ.identity.models import Member
from tests.factories import world
from tests.support.browser import Browser
from tests.support.live import free_port
from tests.support.mail_server import MailServer
from tests.support.settings import change
from tests.support.slow import slow_server
from tests.support.token_service import Tokens, token_service

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

FROM = "OCC <occ@example.com>"
words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=45).map(
    lambda text: " ".join(text.split())
)


def read(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)


def mails(message: EmailMessage, header: str) -> list[str]:
    return [address for _name, address in getaddresses([message[header] or ""])]


@contextmanager
def told() -> Iterator[list[MailFailed | MailLeft]]:
    """What delivery announces meanwhile."""
    said: list[MailFailed | MailLeft] = []
    for kind in (MailFailed, MailLeft):
        events._handlers[kind].append(said.append)
    try:
        yield said
    finally:
        for kind in (MailFailed, MailLeft):
            events._handlers[kind].remove(said.append)


def deliver(app: Flask, server: MailServer, *, after: timedelta = timedelta(0)) -> str | None:
    with slow_server(server) as port, time_machine.travel(clock.now() + after, tick=False):
        change(app, smtp_url=f"smtp://127.0.0.1:{port}")
        try:
            return delivery.deliver()
        finally:
            change(app, smtp_url="")


@pytest.mark.spec("MAIL-1")
@given(words)
@example('홍길동, "늘봄" (주) <a@b>; \\')
@example("늘봄 쇼핑몰 고객상담센터 온라인 주문 담당")
@example("a@b.example")
def test_a_sender_of_a_service_is_read_as_it_was_written(name: str) -> None:
    row = Outgoing(sender_name=name, sender_address="help@mall.example")
    sender = delivery.written_sender(row, FROM)
    mail = smtp.Mail("k", "lee@example.com", "S", "B", reply_to="mall+t@in.example")
    got = email.message_from_bytes(smtp.message(mail, sender=sender).as_bytes())
    for header, address in (("From", "help@mall.example"), ("Reply-To", "mall+t@in.example")):
        shown, found = parseaddr("".join(got[header].splitlines()))
        assert found == address
        assert str(make_header(decode_header(shown))) == (name or "OCC")
    assert got["Message-ID"] == "<k@mall.example>"


ids = st.from_regex(r"<[a-z0-9.]{1,200}@[a-z]{1,60}>", fullmatch=True)


@pytest.mark.spec("MAIL-1")
@given(st.lists(ids | st.text(max_size=30), max_size=40))
@example(["<a@b>"] * 3)
@example(["<a@b>\r\nBcc: x@example.com", "<a b>", "", "<>", "<가@b>", f"<{'a' * 990}@b>"])
def test_what_is_answered_stands_one_id_a_line(known: list[str]) -> None:
    thread = rules.thread(known)
    mail = smtp.Mail("k", "lee@example.com", "S", "B", thread=thread)
    content = smtp.message(mail, sender=FROM).as_bytes()
    head = content.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert all(len(line) <= 998 for line in head) and content.isascii()
    got = email.message_from_bytes(content)
    assert (got["References"] or "").split() == thread and got["Bcc"] is None
    assert (got["In-Reply-To"] or "") == (thread[-1] if thread else "")
    assert len(thread) <= rules.REFERENCES_MAX and len(set(thread)) == len(thread)
    valid = [one for one in known if one in thread]
    if valid:
        assert thread[-1] == valid[-1], "the newest is what is answered"


@pytest.mark.spec("MAIL-1")
def test_robots_are_told_who_wrote() -> None:
    def made(**parts: object) -> EmailMessage:
        return smtp.message(smtp.Mail("k", "lee@example.com", "S", "B", **parts), sender=FROM)  # type: ignore[arg-type]

    person, robot, answer = made(is_personal=True), made(), made(thread=["<a@b>"])
    assert person["Auto-Submitted"] is None and person["Precedence"] is None
    assert person["List-Id"] is None and person["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert (robot["Auto-Submitted"], answer["Auto-Submitted"]) == ("auto-generated", "auto-replied")
    for one in (robot, answer):
        assert (one["X-Auto-Response-Suppress"], one["Precedence"]) == ("All", "bulk")
        assert one["List-Id"] == "<occ.example.com>"


@pytest.mark.spec("MAIL-1")
def test_a_mail_with_all_its_parts_arrives(app: Flask) -> None:
    with db.write():
        delivery.send_mail(
            to="lee@example.com",
            subject="환불 안내",
            body="안녕하세요",
            html="<p>안녕하세요</p>",
            sender=delivery.Sender("늘봄 고객센터", "help@mall.example", "mall+5-x@in.example"),
            cc=["KIM@example.com", "kim@example.com", "LEE@example.com", "森@例え.example"],
            thread=["<one@example.com>", "<two@example.com>"],
            is_personal=True,
        )
    server = MailServer("SMTPUTF8", "8BITMIME")
    assert deliver(app, server) == "1/1"
    (content,) = server.mails
    got = read(content)
    assert str(got["From"]) == "늘봄 고객센터 <help@mall.example>"
    assert str(got["To"]) == "lee@example.com" and "Bcc" not in got
    assert mails(got, "Cc")[0] == "KIM@example.com" and len(mails(got, "Cc")) == 2
    assert mails(got, "Reply-To") == ["mall+5-x@in.example"]
    assert got["References"].split() == ["<one@example.com>", "<two@example.com>"]
    assert [part.get_content_type() for part in got.iter_parts()] == ["text/plain", "text/html"]
    assert "mail from:<mall+5-x@in.example>" in " ".join(server.said), "bounces find the ticket"
    assert len([said for said in server.said if said.startswith("rcpt to:")]) == 3


@pytest.mark.spec("MAIL-1")
def test_whom_the_server_refuses_is_tried_again_alone(app: Flask) -> None:
    with db.write():
        delivery.send_mail(to="lee@example.com", subject="S", body="B", cc=["kim@example.com"])
    server = MailServer(refuses={"kim@example.com": "451 later"})
    assert deliver(app, server) == "0/1"
    row = db.session.scalars(sa.select(Outgoing)).one()
    assert (row.state, row.left) == (State.WAITING, ["kim@example.com"])
    assert row.error == "SMTPRecipientsRefused: kim@example.com: 451 later"
    server.refuses.clear()
    server.said.clear()
    assert deliver(app, server, after=timedelta(minutes=2)) == "1/1"
    assert [said for said in server.said if said.startswith("rcpt")] == [
        "rcpt to:<kim@example.com>"
    ]
    assert read(server.mails[0])["Message-ID"] == read(server.mails[1])["Message-ID"]
    assert (row.state, row.left, row.body) == (State.SENT, [], None)


@pytest.mark.spec("MAIL-1")
def test_a_copy_that_never_arrives_does_not_hold_up_the_mail(app: Flask) -> None:
    for n, copy in enumerate(("gone@example.com", "no address", "김@example.com")):
        with db.write():
            mail = delivery.send_mail(
                to="lee@example.com", subject="S", body="B", cc=[copy], about="ticket/1", part="e"
            )
        server = MailServer(refuses={"gone@example.com": "550 no such user"})
        with told() as said:
            assert deliver(app, server, after=timedelta(seconds=n + 1)) == "0/1"
        assert (mail.state, mail.body) == (State.SENT, None) and len(server.mails) == 1
        assert [(one.to, one.is_kept) for one in said if isinstance(one, MailFailed)] == [
            (copy, False)
        ]


def erase(address: str) -> None:
    with db.write():
        copies.unname("ticket/1", lambda one: one.casefold() == address)


def written(*cc: str) -> Outgoing:
    with db.write():
        return delivery.send_mail(
            to="Lee@example.com", subject="S", body="B", cc=cc, about="ticket/1"
        )


@pytest.mark.spec("FLD-4", "MAIL-1")
def test_a_mail_to_who_is_erased_goes_to_those_who_were_to_get_a_copy(app: Flask) -> None:
    alone, both = written(), written("kim@example.com", "choi@example.com")
    ident = alone.id
    erase("lee@example.com")
    assert db.session.get(Outgoing, ident) is None
    assert (both.recipient, both.cc) == ("kim@example.com", ["choi@example.com"])
    server = MailServer()
    assert deliver(app, server) == "1/1"
    (content,) = server.mails
    assert mails(read(content), "To") == ["kim@example.com"]
    assert mails(read(content), "Cc") == ["choi@example.com"] and b"lee@" not in content.lower()

    erase("kim@example.com")
    assert (both.recipient, both.cc, both.state) == ("choi@example.com", [], State.SENT)
    back = written("kim@example.com")
    with db.write():
        back.state = State.BOUNCED
    erase("lee@example.com")
    assert db.session.scalars(sa.select(Outgoing)).all() == [both]


@pytest.mark.spec("FLD-4", "MAIL-1")
def test_what_only_who_is_erased_has_not_got_goes_to_nobody_twice(app: Flask) -> None:
    server = MailServer(refuses={"kim@example.com": "451 kim@example.com later, <pat@example.com>"})
    row = written("kim@example.com", "choi@example.com")
    assert deliver(app, server) == "0/1"
    assert row.left == ["kim@example.com"]
    erase("choi@example.com")
    assert row.state is State.WAITING and "kim@example.com: 451 kim@" in (row.error or "")
    erase("pat@example.com")
    assert (row.error or "").endswith("kim@example.com: 451 kim@example.com later, <…>")
    erase("kim@example.com")
    assert (row.state, row.left, row.body, row.error) == (State.SENT, [], None, None)
    assert deliver(app, server, after=timedelta(hours=1)) is None
    assert len(server.mails) == 1


@pytest.mark.spec("FLD-4", "MAIL-1")
def test_who_is_erased_while_a_mail_is_sent_is_not_named_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = MailServer(refuses={"kim@example.com": "451 later"})
    row, send = written("kim@example.com"), smtp.send

    def erased_meanwhile(*args: Any, **more: Any) -> smtp.Trouble | None:
        trouble = send(*args, **more)
        erase("kim@example.com")
        return trouble

    monkeypatch.setattr(smtp, "send", erased_meanwhile)
    assert deliver(app, server) == "0/1"
    assert (row.state, row.cc, row.left, row.error) == (State.SENT, [], [], None)


@pytest.mark.spec("MAIL-1")
def test_a_refusal_for_good_is_told_at_once_and_sent_again_by_a_click(
    app: Flask, admin: Browser
) -> None:
    with db.write():
        row = delivery.send_mail(
            to="lee@example.com", subject="S", body="secret", about="ticket/1", part="entry/7"
        )
    server = MailServer(refuses={"lee@example.com": "550 5.1.1 no such user"})
    with told() as said:
        assert deliver(app, server) == "0/1"
    why = "SMTPRecipientsRefused: lee@example.com: 550 5.1.1 no such user"
    assert said == [MailFailed("ticket/1", "entry/7", "lee@example.com", why, is_kept=True)]
    assert (row.state, row.attempts) == (State.FAILED, 1)
    assert "secret" not in (row.body or ""), "sealed"
    assert queries.failed("ticket/1", "entry/7") is row
    page = admin.get("/c/org/outbox").text
    assert "no such user" in page and "secret" not in page
    assert admin.find(f"//button[@hx-post='/c/org/outbox/{row.id}/again']")
    with told() as said:
        assert admin.post(f"/c/org/outbox/{row.id}/again", htmx=True).status_code == 204
    assert said == [MailLeft("ticket/1", "entry/7")]
    db.session.refresh(row)
    assert (row.state, row.attempts) == (State.WAITING, 0)
    assert "secret" not in json.dumps(
        [record.detail for record in db.session.scalars(sa.select(WorkEntry))]
    )
    assert admin.post(f"/c/org/outbox/{row.id}/again", htmx=True).status_code == 409
    server.refuses.clear()
    assert deliver(app, server, after=timedelta(seconds=1)) == "1/1"
    assert b"secret" in server.mails[0]
    assert not admin.get("/c/org/outbox").text.count("/again")
    assert admin.post("/c/org/outbox/99999/again", htmx=True).status_code == 404


@pytest.mark.spec("MAIL-1")
def test_only_organization_admins_send_again(app: Flask, boss: Member) -> None:
    with db.write():
        row = delivery.send_mail(to="lee@example.com", subject="S", body="B")
        row.state = State.FAILED
    stranger = Browser(app)
    assert stranger.post(f"/c/org/outbox/{row.id}/again").status_code in (302, 400, 401, 403)
    assert row.state is State.FAILED


@pytest.mark.spec("MAIL-1")
def test_texts_of_failed_mails_are_destroyed_after_a_while(app: Flask, boss: Member) -> None:
    with db.write():
        rows = [delivery.send_mail(to="a@example.com", subject="S", body="B") for _n in range(2)]
        for row, age in zip(
            rows, (KEPT + timedelta(hours=1), KEPT - timedelta(hours=1)), strict=True
        ):
            row.state, row.finished_at = State.FAILED, clock.now() - age
    assert delivery.forget_failed() == "1" and delivery.forget_failed() is None
    for row in rows:
        db.session.refresh(row)
    assert [row.body is None for row in rows] == [True, False]
    with pytest.raises(Conflict), db.write():
        delivery.send_again(rows[0], actor=world.actor(boss))


@pytest.mark.spec("MAIL-1")
def test_a_bounce_marks_the_mail_it_names(app: Flask) -> None:
    with db.write():
        row = delivery.send_mail(
            to="lee@example.com", subject="S", body="B", about="ticket/1", part="entry/7",
            cc=["kim@example.com"],
        )  # fmt: skip
    deliver(app, MailServer())
    ours = f" <{row.key}@example.com> "
    assert queries.abouts([ours, "<x@y>", ""]) == {ours: "ticket/1"}
    with told() as said, db.write():
        here = {"about": "ticket/1"}
        assert delivery.undeliverable(ours, "550 full", **here, address="Kim@example.com") is row
        assert row.state is State.SENT, "a copy came back, the mail itself arrived"
        assert delivery.undeliverable(ours, "550", about="ticket/2") is None
        assert row.state is State.SENT, "another ticket's"
        assert delivery.undeliverable(ours, "550 full", **here) is row
        assert delivery.undeliverable("<other@example.com>", "550", **here) is None
        assert delivery.undeliverable("no id", "550", **here) is None
    assert (row.state, row.error) == (State.BOUNCED, "550 full")
    assert [one.to for one in said if isinstance(one, MailFailed)] == [
        "Kim@example.com",
        "lee@example.com",
    ]


class SignedInbox:
    """Takes mail of whoever has the token of now."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens, self.count = tokens, 0

    async def auth_XOAUTH2(self, server, args):  # type: ignore[no-untyped-def]  # noqa: N802
        import base64

        user, bearer = base64.b64decode(args[1]).decode().rstrip("\1").split("\1")
        if (user, bearer) == ("user=occ@example.com", f"auth=Bearer {self.tokens.access}"):
            return AuthResult(success=True)
        answer = await server.challenge_auth(b'{"status":"401"}', encode_to_b64=True)
        assert answer == b"", "an empty line ends the attempt"
        return AuthResult(success=False, handled=False)

    async def handle_DATA(self, server, session, envelope):  # type: ignore[no-untyped-def]  # noqa: N802
        self.count += 1
        return "250 OK"


@pytest.fixture
def tokens() -> Iterator[Tokens]:
    with token_service() as server:
        yield server


@pytest.fixture
def signed(app: Flask, tokens: Tokens) -> Iterator[SignedInbox]:
    """A console that signs in to a mail server by OAuth 2."""
    inbox = SignedInbox(tokens)
    server = Controller(inbox, "127.0.0.1", free_port(), auth_required=True, auth_require_tls=False)
    server.start()
    change(
        app,
        smtp_url=f"smtp://occ%40example.com@127.0.0.1:{server.port}",
        smtp_token_url=f"http://127.0.0.1:{tokens.server_port}/token",
        smtp_client_id="occ",
        smtp_client_secret="s3cret",
        smtp_refresh_token="first",
    )
    yield inbox
    server.stop()
    change(app, smtp_url="", smtp_token_url="", smtp_refresh_token="")


def _send_one(seconds: float) -> str | None:
    with db.write():
        delivery.send_mail(to="lee@example.com", subject="S", body="B")
    with time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=False):
        return delivery.deliver()


@pytest.mark.spec("MAIL-2")
def test_the_console_signs_in_by_oauth_and_keeps_the_token_it_was_given(
    app: Flask, signed: SignedInbox, tokens: Tokens
) -> None:
    assert _send_one(1) == "1/1" and _send_one(2) == "1/1"
    assert (signed.count, tokens.asked) == (2, ["first"]), "one token serves both"
    row = db.session.scalars(sa.select(MailLogin)).one()
    stored = f"{row.given} {row.refresh} {row.access}"
    assert not any(secret in stored for secret in ("first", "access-1", "refresh-1", "s3cret"))
    assert crypto.ring().decrypt(row.refresh) == "refresh-1"
    assert _send_one(3600) == "1/1" and tokens.asked == ["first", "refresh-1"], "the rotated one"


@pytest.mark.spec("MAIL-2")
def test_a_token_that_the_mail_server_refuses_is_replaced(
    app: Flask, signed: SignedInbox, tokens: Tokens
) -> None:
    assert _send_one(1) == "1/1"
    tokens.access = "revoked"
    assert _send_one(2) == "0/1"
    row = db.session.scalars(sa.select(Outgoing).where(Outgoing.state == State.WAITING)).one()
    assert (
        row.error is not None and row.error.startswith("LoginRefused") and "access" not in row.error
    )
    with time_machine.travel(clock.now() + timedelta(minutes=3), tick=False):
        assert delivery.deliver() == "1/1"
    assert tokens.asked == ["first", "refresh-1"]


@pytest.mark.spec("MAIL-2")
def test_a_token_service_that_refuses_or_rambles_leaves_mail_waiting(
    app: Flask, signed: SignedInbox, tokens: Tokens
) -> None:
    tokens.refresh = "another"
    assert _send_one(1) == "0/1"
    row = db.session.scalars(sa.select(Outgoing)).one()
    assert (row.state, row.error) == (State.WAITING, "the token service: 400 invalid_grant")
    for said in (b"[]", b"nonsense", b'{"access_token": 5}', b'{"access_token": "\xea\xb0\x80"}'):
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(said)}\r\n\r\n".encode()

        def answer(line, content=head + said):  # type: ignore[no-untyped-def]
            line.connection.recv(10_000)
            line.connection.sendall(content)

        with slow_server(answer) as port:
            change(app, smtp_token_url=f"http://127.0.0.1:{port}/")
            with time_machine.travel(clock.now() + row.attempts * timedelta(hours=5), tick=False):
                assert delivery.deliver() == "0/1"
        assert row.error is not None and row.error.startswith("the token service: ")
    assert row.attempts == 5 < ATTEMPTS
    assert {one.access for one in db.session.scalars(sa.select(MailLogin))} == {""}
