"""What leaves for the gateway, and how its answers are read (SMS-1, SMS-7)."""

import io
import json
import logging
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image

from occ.core import clock
from occ.core.db import db
from occ.identity.models import Member
from occ.organization.models import Service
from occ.sms import labels, running
from occ.sms.gateways import nhn
from occ.sms.gateways.base import Address, NoAnswer, NotReached, Order, Rejected
from occ.sms.gateways.nhn import Nhn, national
from occ.sms.models import SmsChannel
from occ.sms.rules.kinds import RecipientState, TextKind
from tests.factories import sms
from tests.support import nhn_sms as double
from tests.support.browser import Browser
from tests.support.mail_server import certificate
from tests.support.nhn_sms import NhnSms
from tests.support.settings import change


def account(app_key: str = double.APP_KEY, secret: str = double.SECRET) -> Nhn:
    return Nhn(app_key, secret)


def order(count: int = 2, **changes: object) -> Order:
    values = {
        "kind": TextKind.SMS,
        "key": "our-key",
        "sender": sms.SENDER,
        "title": "제목",
        "body": "안녕하세요",
        "advertising": False,
        "recipients": [
            Address(f"key-{number}", f"+8210{number:08}") for number in range(1, count + 1)
        ],
        **changes,
    }
    return Order(**values)  # type: ignore[arg-type]


def jpeg(side: int = 8) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), "white").save(out, "JPEG")
    return out.getvalue()


@pytest.mark.spec("SMS-1")
def test_a_valid_key_lists_the_numbers_to_send_from(gateway: NhnSms) -> None:
    assert account().senders() == list(double.SENDERS)


@pytest.mark.spec("SMS-1")
@pytest.mark.parametrize(
    ("app_key", "secret"), [("wrong", double.SECRET), (double.APP_KEY, "wrong"), ("a/b?c", "")]
)
def test_a_wrong_key_is_said_in_words(gateway: NhnSms, app_key: str, secret: str) -> None:
    with pytest.raises(Rejected) as refused:
        account(app_key, secret).senders()
    assert refused.value.code in labels.CODES or app_key == "a/b?c"


@pytest.mark.spec("SMS-1")
def test_a_host_that_does_not_answer_and_one_that_is_not_there(app: Flask) -> None:
    change(app, sms_nhn_url="http://127.0.0.1:9")
    with pytest.raises(NotReached) as missed:
        account().send(order())
    assert missed.value.why == "host"
    change(app, sms_nhn_url="http://no-such-host.invalid")
    with pytest.raises(NotReached):
        account().senders()


@pytest.fixture
def untrusted(tmp_path: Path) -> Iterator[str]:
    """A server with a certificate that nobody signed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    mine: ssl.SSLContext = certificate(tmp_path)[0]
    server.socket = mine.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.spec("SMS-1")
def test_a_certificate_that_does_not_fit_is_no_gateway(app: Flask, untrusted: str) -> None:
    change(app, sms_nhn_url=untrusted)
    with pytest.raises(NotReached) as missed:
        account().senders()
    assert missed.value.why == "certificate"


@pytest.mark.spec("SMS-6")
def test_an_answer_that_takes_too_long_or_is_cut_leaves_it_open(
    gateway: NhnSms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nhn, "SECONDS", 0.3)
    gateway.cut = 1
    with pytest.raises(NoAnswer):
        account().send(order())
    gateway.refuse = -9999
    with pytest.raises(NoAnswer):
        account().send(order())


@pytest.mark.spec("SMS-7")
def test_each_recipient_has_a_result_of_its_own(gateway: NhnSms) -> None:
    gateway.refused_numbers = {"01000000002": -2019}
    receipt = account().send(order())
    assert [(one.key, one.state, one.code, one.sequence) for one in receipt.results] == [
        ("key-1", RecipientState.ACCEPTED, "", 1),
        ("key-2", RecipientState.REFUSED, "-2019", 2),
    ]


@pytest.mark.spec("SMS-7")
@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("0", RecipientState.FAILED),
        ("1", RecipientState.ACCEPTED),
        ("2", RecipientState.ACCEPTED),
        ("3", RecipientState.DELIVERED),
        ("4", RecipientState.CANCELLED),
        ("5", RecipientState.FAILED),
        ("6", RecipientState.FAILED),
        ("7", RecipientState.ACCEPTED),
    ],
)
def test_what_the_gateway_says_of_a_message(
    gateway: NhnSms, status: str, state: RecipientState
) -> None:
    receipt = account().send(order(1))
    gateway.status = (status, "3000" if status in "056" else "")
    found = account().results(order(1, remote_id=receipt.remote_id))
    assert [one.state for one in found] == [state]
    assert (found[0].at is None) == (state is RecipientState.ACCEPTED)


@pytest.mark.spec("SMS-6")
def test_a_request_is_found_by_our_key_and_when_it_was_made(gateway: NhnSms) -> None:
    now = clock.now()
    asked = order(1001 - 1, since=(now, now))
    assert account().find(asked) is None
    sent = account().send(asked)
    found = account().find(asked)
    assert found is not None
    assert (found.remote_id, len(found.results)) == (sent.remote_id, 1000)
    long_ago = now - timedelta(days=1)
    assert account().find(order(since=(long_ago, long_ago))) is None
    assert account().find(order(key="another", since=(now, now))) is None
    gateway.fail_searches = True
    with pytest.raises(NoAnswer):
        account().find(asked)


@pytest.mark.spec("SMS-1")
def test_pictures_are_left_there_as_the_guide_wants_them(gateway: NhnSms) -> None:
    ident = account().upload("사진.jpg", jpeg())
    assert gateway.files[int(ident)] == ("사진.jpg", jpeg())
    for name, content, code in (
        ("a" * 42 + ".jpg", jpeg(), "-2002"),
        ("a.png", jpeg(), "-2003"),
        ("a.jpg", jpeg(1001), "-2003"),
        ("a.jpg", b"\xff" * 307_201, "-2005"),
    ):
        with pytest.raises(Rejected) as refused:
            account().upload(name, content)
        assert refused.value.code == code
    with pytest.raises(Rejected) as refused:
        account().send(order(kind=TextKind.MMS, attached=["99"]))
    assert refused.value.code == "-2004"


@pytest.mark.spec("SMS-5")
def test_the_double_refuses_what_the_guide_refuses(gateway: NhnSms) -> None:
    for changes, code in (
        ({"recipients": []}, "-2001"),
        ({"recipients": [Address(str(n), f"+8210{n:08}") for n in range(1001)]}, "-2016"),
        ({"body": ""}, "-2014"),
        ({"body": "가" * 256}, "-2015"),
        ({"body": "안녕 😀"}, "-2023"),
        ({"sender": "0299998888"}, "-2312"),
        ({"advertising": True}, "-6003"),
        ({"advertising": True, "body": "(광고) 안녕 무료수신거부 0801112222"}, "-6004"),
        ({"kind": TextKind.MMS, "title": ""}, "-2014"),
        ({"key": "k" * 101}, "4"),
    ):
        with pytest.raises(Rejected) as refused:
            account().send(order(**changes))
        assert refused.value.code == code, changes
    assert not gateway.sent


@pytest.mark.spec("SMS-5")
@pytest.mark.parametrize(
    ("number", "dialed"),
    [
        ("+821012345678", "01012345678"),
        ("+82212345678", "0212345678"),
        ("+8215881234", "15881234"),
        ("+8270" + "12345678", "07012345678"),
    ],
)
def test_numbers_are_written_as_they_are_dialed_at_home(number: str, dialed: str) -> None:
    assert national(number) == dialed


@pytest.mark.spec("SMS-1", "OPS-1")
def test_keys_are_sealed_and_stand_in_no_page_log_or_error(
    mall: Service,
    boss: Member,
    admin: Browser,
    gateway: NhnSms,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway.cut = 1
    sms.send(mall, boss)
    running.deliver()
    row = db.session.get_one(SmsChannel, mall.id)
    stored = json.dumps([row.app_key, row.secret_key])
    pages = [
        admin.get("/c/s/mall/sms/history").text,
        admin.get("/c/org/jobs").text,
        caplog.text,
        stored,
        str(db.session.execute(sa.text("SELECT * FROM job_run")).all()),
    ]
    for secret in (double.APP_KEY, double.SECRET):
        assert not [page for page in pages if secret in page]
