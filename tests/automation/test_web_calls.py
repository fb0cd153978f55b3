"""Web calls of triggers: signed, tried again, guarded (TRG-3)."""

import hashlib
import hmac
import http.server
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask_babel import force_locale

from occ.automation.labels import call_error
from occ.automation.rules import Comparison, Result, ResultKind, Subject
from occ.core import net
from occ.core.db import db
from occ.delivery import hooks
from occ.delivery.models import WebCall
from occ.delivery.rules import ATTEMPTS
from occ.delivery.rules import State as Delivery
from occ.fields.rules import FieldKind
from occ.identity.models import Member
from occ.organization.models import Service
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories.trigger import trigger, when
from tests.support.browser import Browser
from tests.support.settings import change, changed
from tests.support.slow import Line, slow_server

pytestmark = pytest.mark.heavy
PAGE = "/c/s/mall/triggers"
C = Comparison


class Listener(http.server.BaseHTTPRequestHandler):
    """Keeps what is posted; answers with the next of `answers`."""

    def do_POST(self) -> None:
        owner: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        owner.got.append((dict(self.headers), body))
        owner.paths.append(self.path)
        self.send_response(owner.answers.pop(0) if owner.answers else 200)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def receiver() -> Iterator[Any]:
    server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    server.got, server.paths, server.answers = [], [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.spec("TRG-3")
def test_web_calls_are_signed_tried_again_and_sent_anew(
    mall: Service, boss: Member, admin: Browser, app: Flask, receiver: Any
) -> None:
    url = f"http://127.0.0.1:{receiver.server_address[1]}/hook"
    fields.field(mall, "passport", FieldKind.AGENT, encrypted=True)
    change(app, outgoing_private=True)
    trigger(mall, "Call", [when(Subject.TITLE, C.CONTAINS, "환불")], Result(ResultKind.CALL, url))
    change(app, outgoing_private=False)
    one = tickets.ticket(mall, boss, "환불 문의")
    assert hooks.deliver() == "0/1", "addresses of this network are refused"
    assert (
        "lies in this network" in (db.session.scalars(sa.select(WebCall.error)).one() or "")
        and receiver.got == []
    )
    assert (
        "This address is in an internal network and is not called."
        in admin.get(f"{PAGE}/calls").text
    )
    change(app, outgoing_private=True)
    receiver.answers = [302, 500]
    try:
        at = datetime.now(UTC) + timedelta(hours=5)
        for n, outcome in enumerate(("0/1", "0/1", "1/1")):
            with time_machine.travel(at + timedelta(hours=5 * n), tick=False):
                assert hooks.deliver() == outcome
        assert len(receiver.got) == 3, "redirects are not followed"
        headers, body = receiver.got[-1]
        content = json.loads(body)
        assert (
            content["ticket"]["id"] == one.id
            and content["ticket"]["inquiry"] == "It has not come yet."
            and content["service"] == "mall"
        )
        admin.get(f"{PAGE}/calls")
        (secret,) = admin.find("//*[@data-copy-text]/@data-copy-text")
        stamp = re.match(r"t=(\d+),v1=", headers["OCC-Signature"])
        assert stamp and int(stamp[1]) == int((at + timedelta(hours=10)).timestamp())
        signed = stamp[1].encode() + b"." + body
        made = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        assert headers["OCC-Signature"] == f"t={stamp[1]},v1={made}", "as docs/web-calls.md says"
        assert {got["Idempotency-Key"] for got, _body in receiver.got} == {
            db.session.scalars(sa.select(WebCall.key)).one()
        }
        tickets.ticket(mall, boss, "환불 again")
        receiver.answers = [500] * ATTEMPTS
        for n in range(ATTEMPTS):
            with time_machine.travel(at + timedelta(days=2, hours=5 * n), tick=False):
                hooks.deliver()
        dead = db.session.scalars(sa.select(WebCall).where(WebCall.state == Delivery.FAILED)).one()
        assert "It answered with the error 500." in admin.get(f"{PAGE}/calls?state=failed").text
        tickets.desk(boss, "shop")
        theirs = f"/c/s/shop/triggers/calls/{dead.id}/again"
        assert admin.post(theirs, htmx=True).status_code == 404, "another service's"
        assert admin.post(f"{PAGE}/calls/{dead.id}/again", htmx=True).status_code == 204
        assert (
            hooks.deliver() == "1/1"
            and admin.post(f"{PAGE}/calls/{dead.id}/again", htmx=True).status_code == 404
        )
    finally:
        change(app, outgoing_private=False)


@pytest.mark.spec("TRG-3")
def test_a_room_of_dooray_is_written_to_in_the_tickets_language(
    mall: Service, boss: Member, admin: Browser, app: Flask, receiver: Any
) -> None:
    url = f"http://127.0.0.1:{receiver.server_address[1]}/services/1/2/secret"
    fields.field(mall, "passport", FieldKind.AGENT, encrypted=True)
    line = {
        "c": "a",
        "ca-required": "1",
        "ca-subject": "title",
        "ca-comparison": "contains",
        "ca-value": "환불",
        "r": "b",
        "rb-kind": "dooray",
    }
    admin.get(f"{PAGE}/new")
    change(app, outgoing_private=True)
    try:
        for wrong, words in (
            ({"rb-value": "x", "rb-body-ko": "x"}, "Enter a web address"),
            ({"rb-value": url}, "Enter a text"),
        ):
            answer = admin.post(f"{PAGE}/new", {"title": "Room", "version": 0, **line, **wrong})
            assert answer.status_code == 422 and words in answer.text, words
        said = {
            "rb-body-en": "New: #{title}",
            "rb-body-ko": "새 문의 #{number}: #{title} #{passport}",
        }
        answer = admin.post(
            f"{PAGE}/new", {"title": "Room", "version": 0, **line, **said, "rb-value": url}
        )
        assert (
            answer.status_code == 422 and "There is no placeholder #{passport}." in answer.text
        ), "it is personal"
        said["rb-body-ko"] = "새 문의 #{number}: #{title}"
        assert (
            admin.post(
                f"{PAGE}/new", {"title": "Room", "version": 0, **line, **said, "rb-value": url}
            ).status_code
            == 303
        )
        one = tickets.ticket(mall, boss, "환불 <b>문의</b>")
        assert hooks.deliver() == "1/1"
    finally:
        change(app, outgoing_private=False)
    content = json.loads(receiver.got[0][1])
    assert content["botName"] == mall.name and content["text"].startswith(
        f"새 문의 #{one.id}: 환불 <b>문의</b>"
    )
    (link,) = content["attachments"]
    assert link["title"] == f"#{one.id} 환불 <b>문의</b>" and link["titleLink"].endswith(
        f"/c/s/mall/tickets/{one.id}"
    )
    told = admin.get(f"/c/s/mall/tickets/{one.id}/triggers").text
    assert "Write to Dooray!: 127.0.0.1" in told and "secret" not in told, (
        "the hook's address is the room's secret"
    )


def _dawdling(line: Line) -> None:
    line.connection.recv(65_536)
    line.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nx")
    line.rest()


def _dripping(line: Line) -> None:
    line.connection.recv(65_536)
    line.drip(b"HTTP/1.1 200 OK\r\nX-Pad: aaaa")


@pytest.fixture
def here(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls may reach this machine."""
    monkeypatch.setitem(app.extensions, "occ_settings", changed(app, outgoing_private=True))


def put(service: Service, port: int, *keys: str) -> None:
    with db.write():
        for key in keys:
            hooks.call(service.id, f"http://127.0.0.1:{port}/", {}, key=key)


@pytest.mark.spec("TRG-3")
def test_a_receiver_whose_answer_never_ends_has_answered(mall: Service, here: None) -> None:
    with slow_server(_dawdling) as port:
        put(mall, port, "slow")
        began = time.monotonic()
        assert hooks.deliver() == "1/1" and time.monotonic() - began < 5


@pytest.mark.spec("TRG-3")
def test_a_receiver_that_dawdles_is_waited_for_by_its_own_calls_only(
    mall: Service, here: None, receiver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "SECONDS", 0.5)
    monkeypatch.setattr(hooks, "PATIENCE", 0.3)
    with slow_server(_dripping) as port:
        put(mall, port, "slow-1", "slow-2", "slow-3")
        put(mall, receiver.server_address[1], "quick-1", "quick-2", "quick-3")
        began = time.monotonic()
        assert hooks.deliver() == "3/4", "one call an address at a time"
        assert time.monotonic() - began < 5
    states = dict(db.session.execute(sa.select(WebCall.key, WebCall.state)).tuples().all())
    assert {key for key, state in states.items() if state is Delivery.SENT} == {
        "quick-1",
        "quick-2",
        "quick-3",
    }
    assert "TimeoutError" in (
        db.session.scalars(sa.select(WebCall.error).where(WebCall.key == "slow-1")).one() or ""
    )


@pytest.mark.spec("TRG-3")
def test_addresses_in_any_script_are_called(
    mall: Service,
    boss: Member,
    admin: Browser,
    here: None,
    receiver: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = receiver.server_address[1]
    line = {
        "c": "a",
        "ca-required": "1",
        "ca-subject": "title",
        "ca-comparison": "contains",
        "ca-value": "환불",
        "r": "b",
    }
    result = {"rb-kind": "call", "rb-value": f"http://한국.example:{port}/주문?이름=값"}
    admin.get(f"{PAGE}/new")
    for wrong in ("http://한 국.example/", "http://a..example/", f"http://{'가' * 64}.example/"):
        answer = admin.post(
            f"{PAGE}/new", {"title": "Call", "version": 0, **line, **result, "rb-value": wrong}
        )
        assert (
            answer.status_code == 422
            and "The host of this address is not a valid name. Check the address." in answer.text
        ), wrong
    assert (
        admin.post(f"{PAGE}/new", {"title": "Call", "version": 0, **line, **result}).status_code
        == 303
    )
    tickets.ticket(mall, boss, "환불 문의")
    looked_up: list[str] = []
    monkeypatch.setattr(
        net, "look_up", lambda host, *_rest: looked_up.append(host) or ["127.0.0.1"]
    )
    assert hooks.deliver() == "1/1"
    assert (
        looked_up == ["xn--3e0b707e.example"]
        and receiver.got[0][0]["Host"] == f"xn--3e0b707e.example:{port}"
    )
    assert receiver.paths == ["/%EC%A3%BC%EB%AC%B8?%EC%9D%B4%EB%A6%84=%EA%B0%92"]
    assert "한국.example" in admin.get(f"{PAGE}/calls").text, "people read what they wrote"


@pytest.mark.spec("TRG-3")
def test_a_host_that_does_not_exist_is_not_said_to_be_silent(app: Flask) -> None:
    with pytest.raises(socket.gaierror) as found:
        net.look_up("nowhere.invalid", 443, net.Limit(20))
    error = f"{type(found.value).__name__}: {found.value}"  # as it is stored
    with force_locale("en"):
        assert call_error(error) == "The name of this host was not found."
        assert call_error("ConnectionRefusedError: no") == "It did not answer."
