"""Mail as it goes over the wire: subjects, names and ids as they are, ASCII for every server, one limit for a dialogue."""

import email
import email.policy
import socket
import time
from datetime import timedelta
from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st

from occ.core import clock, storage
from occ.core.db import db
from occ.delivery import service as delivery
from occ.delivery import smtp
from occ.delivery.models import Outgoing
from tests.support.browser import Browser
from tests.support.mail_server import MailServer, certificate
from tests.support.settings import changed
from tests.support.slow import Line, slow_server

FROM = "OCC <occ@example.com>"
WORDS = (
    "안녕하세요", "주문", "환불", "문의드립니다", "배송이", "언제", "오나요?", "늘봄쇼핑몰", "고객센터입니다", "(주)", "A/S", "1:1",
    "2026년", "[#1001]", "返金", "お問い合わせ", "について", "注文番号", "Re:", "Hello", "order", "refund,",
    "\"VIP\"", "100%", "=?x?=", "_a_", "ㆍ", "😀", "👩‍👩‍👧", "e\u0301",
)  # fmt: skip
subjects = st.builds(" ".join, st.lists(st.sampled_from((*WORDS, "")), max_size=14)) | st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=80
)


def raw(**parts: Any) -> bytes:
    sender = parts.pop("sender", FROM)
    mail = smtp.Mail(**{"key": "k", "to": "lee@example.com", "subject": "S", "body": "B", **parts})
    return smtp.message(mail, sender=sender).as_bytes()


def read(text: str) -> str:
    return str(make_header(decode_header("".join(text.splitlines()))))


@pytest.mark.spec("MEM-2")
@given(subjects)
@example("주문하신 상품의 배송이 지연되어 안내드립니다  두 칸과 끝의 빈칸 ")
@example("Your order has been delayed and we are sorry to let you know about it, once more")
def test_a_subject_is_read_as_it_was_written(subject: str) -> None:
    written = raw(subject=subject)
    assert read(email.message_from_bytes(written)["Subject"]) == subject
    assert email.message_from_bytes(written, policy=email.policy.default)["Subject"] == subject
    assert written.isascii() and max(map(len, written.split(b"\r\n"))) <= 76


@pytest.mark.spec("MEM-2")
@given(subjects)
@example("늘봄 쇼핑몰 고객상담센터 온라인 주문 담당")
def test_a_senders_name_is_read_as_it_was_written(name: str) -> None:
    # as MAIL_FROM can hold it
    name = " ".join(name.split()).translate(str.maketrans("", "", '<>@,;:"\\()[]'))
    got = email.message_from_bytes(raw(sender=f"{name} <occ@example.com>"))["From"]
    shown, address = parseaddr("".join(got.splitlines()))
    assert (read(shown), address) == (name, "occ@example.com")


@pytest.mark.spec("TKT-6")
@given(subjects)
def test_a_files_name_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    name = name.strip()  # who reads strips it
    path = tmp_path_factory.getbasetemp() / "enclosed"
    path.write_bytes(b"\x00")
    written = raw(enclosed=[smtp.Enclosed(f"{name}.bin", "", path)])
    for policy in (email.policy.compat32, email.policy.default):
        assert (
            email.message_from_bytes(written, policy=policy).get_payload()[1].get_filename()
            == f"{name}.bin"
        )


@given(
    st.text(
        st.characters(exclude_categories=("Cs", "Cc")) | st.just("\n") | st.sampled_from("가a. \t"),
        max_size=300,
    ),
    st.booleans(),
)
@example("From here\n.\n..\n" + "가나다라마바사" * 500, True)
@example("a" * 3000, False)
def test_a_text_is_ascii_in_short_lines_and_read_as_it_was_written(
    body: str, formatted: bool
) -> None:
    written = raw(body=body, html=body if formatted else "")
    assert written.isascii() and all(len(line) <= 998 for line in written.split(b"\r\n"))
    message = email.message_from_bytes(written, policy=email.policy.default)
    parts = [part for part in message.walk() if not part.is_multipart()]
    assert len(parts) == 1 + (formatted and bool(body))
    for part in parts:
        assert part["Content-Transfer-Encoding"] in ("7bit", "base64", "quoted-printable")
        assert part.get_content().replace("\r\n", "\n").removesuffix("\n") == body.removesuffix(
            "\n"
        )


@pytest.mark.spec("MEM-2")
def test_a_long_id_stays_one_word() -> None:
    sender = f"occ@{'a' * 60}.{'b' * 60}.example"
    message = email.message_from_bytes(raw(key="k" * 64, sender=sender))
    assert message["Message-ID"] == f"<{'k' * 64}@{'a' * 60}.{'b' * 60}.example>"


@pytest.mark.spec("MEM-2", "TKT-6")
def test_a_server_without_extensions_gets_ascii(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(range(256)) * 50)
    server = MailServer()
    mail = smtp.Mail(
        "k",
        "lee@고객.example",
        "환불 안내",
        "안녕하세요.\n.\n" + "가" * 2000,
        "<p>안녕하세요.</p>",
        [smtp.Enclosed("영수증.bin", "", tmp_path / "file")],
    )
    with slow_server(server) as port:
        assert (
            smtp.send(
                mail, url=f"smtp://127.0.0.1:{port}", sender="늘봄 쇼핑몰 <help@늘봄.example>"
            )
            is None
        )
    (got,) = server.mails
    assert (
        got.isascii()
        and all(len(line) <= 998 for line in got.split(b"\r\n"))
        and b"\n" not in got.replace(b"\r\n", b"")
    )
    assert server.said[1:3] == [
        "mail from:<help@xn--wh1br1r.example>",
        "rcpt to:<lee@xn--i49alo.example>",
    ], "names of hosts need no extension"
    message = email.message_from_bytes(got, policy=email.policy.default)
    assert message["Subject"] == "환불 안내" and message.get_body(("plain",)).get_content() == (
        mail.body + "\n"
    ).replace("\n", "\r\n")
    assert [part.get_content() for part in message.iter_attachments()] == [bytes(range(256)) * 50]


@pytest.mark.spec("MEM-2")
def test_an_address_beyond_ascii_needs_a_server_that_takes_it() -> None:
    mail = smtp.Mail("k", "김@example.com", "S", "B")
    plain, modern = MailServer(), MailServer("8BITMIME", "SMTPUTF8")
    with slow_server(plain) as port:
        error = smtp.send(mail, url=f"smtp://127.0.0.1:{port}", sender=FROM)
    assert (
        error
        == "SMTPNotSupportedError: this mail server takes only addresses of ASCII letters (it lacks SMTPUTF8): 김@example.com"
    )
    assert plain.mails == []
    with slow_server(modern) as port:
        assert smtp.send(mail, url=f"smtp://127.0.0.1:{port}", sender=FROM) is None
    assert (
        "rcpt to:<김@example.com>" in modern.said
        and "To: 김@example.com\r\n".encode() in modern.mails[0]
    )


@pytest.mark.spec("MEM-2")
def test_the_outbox_says_why_an_address_cannot_be_reached(
    app: Flask, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.write():
        delivery.send_mail(to="김@example.com", subject="S", body="B")
        delivery.send_mail(to="lee@example.com", subject="S", body="B")
    with slow_server(MailServer()) as port:
        monkeypatch.setitem(
            app.extensions, "occ_settings", changed(app, smtp_url=f"smtp://127.0.0.1:{port}")
        )
        assert delivery.deliver() == "1/2", "the next one goes all the same"
    assert (
        "takes only addresses of ASCII letters (it lacks SMTPUTF8): 김@example.com"
        in admin.get("/c/org/outbox").text
    )


@pytest.mark.spec("TKT-6")
def test_a_mail_with_large_files_is_leased_for_as_long_as_it_may_take(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "occ_settings", changed(app, smtp_url="smtp://127.0.0.1:1"))
    leased: list[timedelta] = []

    def send(mail: smtp.Mail, **_settings: str) -> None:
        row = db.session.scalars(sa.select(Outgoing)).one()
        leased.append((row.lease_until or clock.now()) - clock.now())

    monkeypatch.setattr(smtp, "send", send)
    with db.write():
        delivery.send_mail(
            to="a@example.com",
            subject="S",
            body="B",
            attachments=[{"key": storage.save(b"x" * 3_000_000, ""), "name": "x", "kind": ""}],
        )
    with time_machine.travel(clock.now() + timedelta(seconds=1), tick=False):
        assert delivery.deliver() == "1/1"
    assert leased == [timedelta(seconds=2 * smtp.seconds(3_000_000))]


@pytest.mark.parametrize(
    "to",
    [
        "",
        "lee",
        "@example.com",
        "lee@",
        "lee@a..고객.example",
        "lee@example.com\r\nBcc: x@example.com",
    ],
)
def test_what_is_no_address_stays_here_with_a_reason(to: str) -> None:
    error = smtp.send(smtp.Mail("k", to, "S", "B"), url="smtp://127.0.0.1:1", sender=FROM)
    assert error is not None and error.startswith(("ValueError", "IDNAError"))


def test_who_took_the_mail_may_take_leave_as_it_likes() -> None:
    server = MailServer(bye="421 going down")
    with slow_server(server) as port:
        assert (
            smtp.send(
                smtp.Mail("k", "lee@example.com", "S", "B"),
                url=f"smtp://127.0.0.1:{port}",
                sender=FROM,
            )
            is None
        )
    assert len(server.mails) == 1


@pytest.mark.spec("MEM-2")
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_the_dialogue_is_encrypted_where_it_can_be(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered, trusted = certificate(tmp_path)
    monkeypatch.setattr(smtp.ssl, "create_default_context", lambda: trusted)
    server = MailServer(tls=offered) if scheme == "smtp" else MailServer()

    def encrypted(line: Line) -> None:
        with offered.wrap_socket(line.connection, server_side=True) as line.connection:
            server(line)

    monkeypatch.setattr(socket, "getfqdn", lambda *_args: pytest.fail("it looks its own name up"))
    with slow_server(server if scheme == "smtp" else encrypted) as port:
        assert (
            smtp.send(
                smtp.Mail("k", "lee@example.com", "S", "B" * 100_000),
                url=f"{scheme}://127.0.0.1:{port}",
                sender=FROM,
            )
            is None
        )
    assert len(server.mails) == 1
    assert [said[:4] for said in server.said][:-4] == (
        ["ehlo", "star", "ehlo"] if scheme == "smtp" else ["ehlo"]
    )


def _greeting(line: Line) -> None:
    line.drip(b"220-")


def _handshake(line: Line) -> None:
    line.drip(b"\x16\x03\x03\x40\x00\x02\x00")


def _later_handshake(line: Line) -> None:
    for said in (b"220 here\r\n", b"250-here\r\n250 STARTTLS\r\n", b"220 go\r\n"):
        line.connection.sendall(said)
        line.connection.recv(1000)
    _handshake(line)


def _deaf(line: Line) -> None:
    line.connection.sendall(b"220 here\r\n")
    for said in (b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
        line.connection.recv(1000)
        line.connection.sendall(said)
    line.rest()


@pytest.mark.spec("MEM-2")
@pytest.mark.parametrize(
    ("serve", "scheme", "size"),
    [
        (_greeting, "smtp", 1),
        (_handshake, "smtps", 1),
        (_later_handshake, "smtp", 1),
        (_deaf, "smtp", 10_000_000),
    ],
)
def test_one_limit_holds_for_the_whole_of_a_dialogue(
    serve: Any, scheme: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "SECONDS", 0.4)
    monkeypatch.setattr(smtp, "SPEED", 10**12)
    mail = smtp.Mail("k", "lee@example.com", "S", "B" * size)
    with slow_server(serve) as port:
        began = time.monotonic()
        error = smtp.send(mail, url=f"{scheme}://127.0.0.1:{port}", sender=FROM)
        assert error is not None and error.startswith(("SMTPServerDisconnected", "TimeoutError"))
        assert 0.3 < time.monotonic() - began < 5


def test_a_large_mail_has_more_time() -> None:
    assert (smtp.seconds(0), smtp.seconds(10_000_000)) == (60, 160)
