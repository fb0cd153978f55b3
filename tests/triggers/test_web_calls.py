"""Web calls of triggers: signed, tried again, guarded (TRG-3)."""

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

from occ.core.db import db
from occ.delivery import hooks
from occ.delivery.models import WebCall
from occ.delivery.rules import ATTEMPTS
from occ.delivery.rules import State as Delivery
from occ.fields.rules import FieldKind
from occ.identity.models import Member
from occ.organization.models import Service
from occ.triggers.rules import Comparison, Result, ResultKind, Subject
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories.trigger import trigger, when
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy
PAGE = "/c/s/mall/triggers"
C = Comparison


class Listener(http.server.BaseHTTPRequestHandler):
    """Keeps what is posted; answers with the next of `answers`."""

    def do_POST(self) -> None:
        owner: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        owner.got.append((dict(self.headers), body))
        self.send_response(owner.answers.pop(0) if owner.answers else 200)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def receiver() -> Iterator[Any]:
    server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    server.got, server.answers = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.spec("TRG-3")
def test_web_calls_are_signed_tried_again_and_sent_anew(mall: Service, boss: Member, admin: Browser, app: Flask, receiver: Any) -> None:
    url = f"http://127.0.0.1:{receiver.server_address[1]}/hook"
    fields.field(mall, "passport", FieldKind.AGENT, encrypted=True)
    app.config["OUTGOING_PRIVATE"] = True
    trigger(mall, "Call", [when(Subject.TITLE, C.CONTAINS, "환불")], Result(ResultKind.CALL, url))
    app.config["OUTGOING_PRIVATE"] = False
    one = tickets.ticket(mall, boss, "환불 문의")
    assert hooks.deliver() == "0/1", "addresses of this network are refused"
    assert "lies in this network" in (db.session.scalars(sa.select(WebCall.error)).one() or "") and receiver.got == []
    assert "This address lies in this network; it is not called." in admin.get(f"{PAGE}/calls").text
    app.config["OUTGOING_PRIVATE"] = True
    receiver.answers = [302, 500]
    try:
        at = datetime.now(UTC) + timedelta(hours=5)
        for n, outcome in enumerate(("0/1", "0/1", "1/1")):
            with time_machine.travel(at + timedelta(hours=5 * n), tick=False):
                assert hooks.deliver() == outcome
        assert len(receiver.got) == 3, "redirects are not followed"
        headers, body = receiver.got[-1]
        content = json.loads(body)
        assert content["ticket"]["id"] == one.id and content["ticket"]["inquiry"] == "It has not come yet." and content["service"] == "mall"
        stamp = re.match(r"t=(\d+),v1=", headers["OCC-Signature"])
        assert stamp and headers["OCC-Signature"] == hooks.signature(mall.id, int(stamp[1]), body)
        assert {got["Idempotency-Key"] for got, _body in receiver.got} == {db.session.scalars(sa.select(WebCall.key)).one()}
        tickets.ticket(mall, boss, "환불 again")
        receiver.answers = [500] * ATTEMPTS
        for n in range(ATTEMPTS):
            with time_machine.travel(at + timedelta(days=2, hours=5 * n), tick=False):
                hooks.deliver()
        dead = db.session.scalars(sa.select(WebCall).where(WebCall.state == Delivery.FAILED)).one()
        assert "It answered with the error 500." in admin.get(f"{PAGE}/calls?state=failed").text
        assert admin.post(f"{PAGE}/calls/{dead.id}/again", htmx=True).status_code == 204
        assert hooks.deliver() == "1/1" and admin.post(f"{PAGE}/calls/{dead.id}/again", htmx=True).status_code == 404
    finally:
        app.config["OUTGOING_PRIVATE"] = False


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
    app.config["OUTGOING_PRIVATE"] = True
    try:
        for wrong, words in (({"rb-value": "x", "rb-body-ko": "x"}, "Give a web address"), ({"rb-value": url}, "Write a text")):
            answer = admin.post(f"{PAGE}/new", {"title": "Room", "version": 0, **line, **wrong})
            assert answer.status_code == 422 and words in answer.text, words
        said = {"rb-body-en": "New: #{title}", "rb-body-ko": "새 문의 #{number}: #{title} #{passport}"}
        assert admin.post(f"{PAGE}/new", {"title": "Room", "version": 0, **line, **said, "rb-value": url}).status_code == 303
        one = tickets.ticket(mall, boss, "환불 <b>문의</b>")
        assert hooks.deliver() == "1/1"
    finally:
        app.config["OUTGOING_PRIVATE"] = False
    content = json.loads(receiver.got[0][1])
    assert content["botName"] == mall.name and content["text"].startswith(f"새 문의 #{one.id}: 환불 <b>문의</b>")
    (link,) = content["attachments"]
    assert link["title"] == f"#{one.id} 환불 <b>문의</b>" and link["titleLink"].endswith(f"/c/s/mall/tickets/{one.id}")
    told = admin.get(f"/c/s/mall/tickets/{one.id}/triggers").text
    assert "Write to Dooray!: 127.0.0.1" in told and "secret" not in told, "the hook's address is the room's secret"


@pytest.mark.spec("TRG-3")
def test_a_receiver_that_dawdles_holds_nobody(mall: Service, app: Flask) -> None:
    server = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        line, _address = server.accept()
        line.recv(65_536)
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nx")  # and nothing more

    threading.Thread(target=answer, daemon=True).start()
    app.config["OUTGOING_PRIVATE"] = True
    try:
        with db.write():
            hooks.call(mall.id, f"http://127.0.0.1:{server.getsockname()[1]}/", {}, key="slow")
        began = time.monotonic()
        assert hooks.deliver() == "1/1" and time.monotonic() - began < 5
    finally:
        app.config["OUTGOING_PRIVATE"] = False
        server.close()
