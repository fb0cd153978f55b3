"""Triggers through their pages, and what they do to tickets (TRG-1 to TRG-4)."""

import http.server
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from occ.core.db import db
from occ.delivery import hooks
from occ.delivery.models import Outgoing, WebCall
from occ.delivery.rules import ATTEMPTS
from occ.delivery.rules import State as Delivery
from occ.fields.rules import FieldKind
from occ.identity.models import Agent, Group, Member
from occ.notifications.models import Notification
from occ.notifications.rules import Notice
from occ.organization import service as organization
from occ.organization.models import Service
from occ.organization.rules import ServiceState
from occ.ticket_settings import service as settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import facts as tickets_facts
from occ.tickets import jobs
from occ.tickets import service as ticket_service
from occ.tickets.models import Ticket, TriggerRun
from occ.tickets.rules import Channel, Priority, State
from occ.tickets.views import trigger_form
from occ.triggers import service
from occ.triggers.models import Trigger, TriggerTurn
from occ.triggers.rules import Comparison, Condition, How, Result, ResultKind, Subject, To
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser
from tests.tickets.screen import HOME, act, fresh

pytestmark = pytest.mark.heavy
Make = Callable[..., Browser]
PAGE = "/c/s/mall/triggers"
C = Comparison


def when(subject: Subject, comparison: Comparison, *values: str, required: bool = True, code: str = "") -> Condition:
    return Condition(required, subject, comparison, values, code)


def trigger(of: Service, title: str, conditions: list[Condition], *results: Result) -> Trigger:
    with db.write():
        known = trigger_form.choices(of).known
        return service.save(of, None, title=title, conditions=conditions, results=results, known=known)


@pytest.fixture
def team(boss: Member, mall: Service) -> list[Member]:
    """Three agents in the group Team, in the order in which they were added."""
    made = [world.member(name) for name in ("ana", "ben", "cho")]
    for one in made:
        world.agent(boss, mall, one, ticket=True)
    return made


@pytest.fixture
def group(mall: Service, team: list[Member]) -> int:
    return db.session.scalars(sa.select(Group.id).where(Group.service_id == mall.id)).one()


def runs(ticket: Ticket) -> list[Any]:
    return [
        row.report for row in db.session.scalars(sa.select(TriggerRun).where(TriggerRun.ticket_id == ticket.id).order_by(TriggerRun.id))
    ]


def form(
    who: Browser, title: str, *, conditions: list[dict[str, object]], results: list[dict[str, object]], version: int = 0
) -> dict[str, object]:
    """What the form of a trigger sends."""
    values: dict[str, object] = {
        "title": title,
        "version": version,
        "c": [f"a{n}" for n in range(len(conditions))],
        "r": [f"b{n}" for n in range(len(results))],
    }
    for letter, rows in (("a", conditions), ("b", results)):
        for n, row in enumerate(rows):
            values |= {f"{'c' if letter == 'a' else 'r'}{letter}{n}-{key}": value for key, value in row.items()}
    return values


REFUND = {"required": "1", "subject": "body", "comparison": "contains", "value": "환불"}
URGENT = {"kind": "priority", "value": "urgent"}


@pytest.mark.spec("TRG-1", "TRG-2")
def test_a_trigger_is_written_ordered_switched_off_and_deleted(mall: Service, boss: Member, admin: Browser) -> None:
    admin.get(f"{PAGE}/new")
    for wrong, words in (
        ({"title": ""}, "Fill this in."), ({"conditions": []}, "at least one condition"), ({"results": []}, "at least one result"),
        ({"conditions": [{**REFUND, "value": ""}]}, "Give a value."), ({"conditions": [{**REFUND, "subject": "state", "comparison": "eq", "value": "lost"}]}, "Choose one of the list."),
        ({"conditions": [{**REFUND, "subject": "quiet", "comparison": "gt", "value": "-1"}]}, "Give hours"), ({"results": [{"kind": "assign"}]}, "Choose a group."),
        ({"results": [{"kind": "forward", "value": "x"}]}, "not an e-mail address"), ({"results": [{"kind": "call", "value": "x"}]}, "Give a web address"),
    ):  # fmt: skip
        values: dict[str, Any] = {"title": "Refunds", "conditions": [REFUND], "results": [URGENT], **wrong}
        answer = admin.post(f"{PAGE}/new", form(admin, values["title"], conditions=values["conditions"], results=values["results"]))
        assert answer.status_code == 422 and words in answer.text, words
    for title in ("Refunds", "Second", "Third"):
        assert admin.post(f"{PAGE}/new", form(admin, title, conditions=[REFUND], results=[URGENT])).status_code == 303
    order = lambda: re.findall(r'class="fw-semibold" href="[^"]+">(\w+)<', admin.get(PAGE).text)
    assert order() == ["Refunds", "Second", "Third"]
    first = db.session.scalars(sa.select(Trigger).where(Trigger.title == "Refunds")).one()
    admin.post(f"{PAGE}/{first.id}/move", {"place": 2}, htmx=True)
    assert order() == ["Second", "Third", "Refunds"]
    answer = admin.post(f"{PAGE}/{first.id}/delete", htmx=True)
    assert answer.status_code == 409 and "Deactivate the trigger first" in str(answer.headers)
    admin.post(f"{PAGE}/{first.id}/off", htmx=True)
    one = tickets.ticket(mall, boss)
    assert runs(one)[0][0]["title"] == "Second" and len(runs(one)[0]) == 2, "inactive ones are not considered"
    assert admin.post(f"{PAGE}/{first.id}/delete", htmx=True).status_code == 204
    assert order() == ["Second", "Third"]
    second = db.session.scalars(sa.select(Trigger).where(Trigger.title == "Second")).one()
    late = form(admin, "Other", conditions=[REFUND], results=[URGENT], version=second.version + 5)
    answer = admin.post(f"{PAGE}/{second.id}", late)
    assert answer.status_code == 409 and "Stored now" in answer.text and 'value="Other"' in answer.text


@pytest.mark.spec("TRG-2", "TRG-4")
def test_lines_are_drawn_by_what_they_look_at_and_tried_without_effect(mall: Service, boss: Member, admin: Browser) -> None:
    admin.get(f"{PAGE}/new")
    line = admin.post(f"{PAGE}/line", {"new": "c"}, htmx=True).text
    assert "Unassigned" in line and 'name="c"' in line
    line = admin.post(
        f"{PAGE}/line",
        {"line": "ca0", "c": ["zz", "a0"], "ca0-required": "1", "ca0-subject": "title", "ca0-comparison": "eq", "ca0-value": "x"},
        htmx=True,
    ).text
    assert "contains" in line and "Unassigned" not in line
    assert "Subject" in admin.post(f"{PAGE}/line", {"line": "rb0", "r": ["zz", "b0"], "c": "a0", "rb0-kind": "mail"}, htmx=True).text
    assert admin.post(f"{PAGE}/line", {}, htmx=True).status_code == 404
    one = tickets.ticket(mall, boss, "환불 문의")
    tickets.ticket(mall, boss, "Other")
    tried = admin.post(f"{PAGE}/try", form(admin, "", conditions=[{**REFUND, "subject": "title"}], results=[]), htmx=True).text
    assert "1 of the last 2 tickets" in tried and f"#{one.id}" in tried and "Other" not in tried
    assert fresh(one).priority is Priority.NORMAL and db.session.scalar(sa.select(sa.func.count()).select_from(TriggerRun)) == 0
    assert "Give a value" in admin.post(f"{PAGE}/try", form(admin, "", conditions=[{**REFUND, "value": ""}], results=[]), htmx=True).text


@pytest.mark.spec("TRG-3")
def test_each_trigger_sees_what_the_ones_above_left(mall: Service, boss: Member, admin: Browser) -> None:
    with db.write():
        refund = settings.add_category(mall, CategoryKind.INTAKE, parent_id=None, names={"ko": "환불"})
        card = settings.add_category(mall, CategoryKind.INTAKE, parent_id=refund.id, names={"ko": "카드"})
    trigger(mall, "Types", [when(Subject.TITLE, C.CONTAINS, "카드")], Result(ResultKind.INTAKE, str(card.id)))
    trigger(
        mall, "Below", [when(Subject.INTAKE, C.EQUAL, str(refund.id)), when(Subject.INTAKE, C.CHANGED)], Result(ResultKind.PRIORITY, "high")
    )
    trigger(mall, "High", [when(Subject.PRIORITY, C.MORE, "normal")], Result(ResultKind.STATE, "hold"))
    one = tickets.ticket(mall, boss, "카드 문의", take=True)
    now = fresh(one)
    assert (now.intake_id, now.priority, now.state) == (card.id, Priority.HIGH, State.HOLD)
    page = admin.get(f"{HOME}/{one.id}").text
    assert "Trigger “Types”: Intake type changed" in page and "Trigger “High”: Put on hold" in page
    other = tickets.ticket(mall, boss, "Other", take=True)
    assert fresh(other).state is State.PROGRESS


@pytest.mark.spec("TRG-3", "TRG-4")
def test_loops_end_and_the_ticket_says_why(mall: Service, boss: Member, admin: Browser) -> None:
    trigger(mall, "Up", [when(Subject.PRIORITY, C.EQUAL, "normal")], Result(ResultKind.PRIORITY, "high"))
    trigger(mall, "Down", [when(Subject.PRIORITY, C.EQUAL, "high")], Result(ResultKind.PRIORITY, "normal"))
    one = tickets.ticket(mall, boss)
    report = runs(one)[0]
    assert fresh(one).priority is Priority.NORMAL and [(r["fired"], r["stopped"]) for r in report] == [(True, True), (True, False)]
    dialog = admin.get(f"{HOME}/{one.id}/triggers", htmx=True).text
    assert "It would have fired again" in dialog and "Priority is “Normal”" in dialog and "Set the priority" in dialog
    act(admin, one, "priority", priority="low")
    assert len(runs(one)) == 2 and not any(r["fired"] for r in runs(one)[1])


@pytest.mark.spec("TRG-3")
def test_triggers_run_on_each_change_by_a_person_but_not_by_a_job(mall: Service, boss: Member, admin: Browser) -> None:
    fields.field(mall, "size", FieldKind.AGENT)
    trigger(mall, "Sized", [when(Subject.FIELD, C.CHANGED, code="size")], Result(ResultKind.PRIORITY, "high"))
    one = tickets.ticket(mall, boss, take=True)
    assert fresh(one).priority is Priority.NORMAL
    page = admin.get(f"{HOME}/{one.id}/fields").text
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen
    admin.post(f"{HOME}/{one.id}/fields", {"seen": seen[1], "f-size": "XL"}, htmx=True)
    assert fresh(one).priority is Priority.HIGH
    act(admin, one, "resolve", body="Done")
    count = len(runs(one))
    with time_machine.travel(datetime.now(UTC) + timedelta(days=30), tick=False):
        jobs.finish_resolved()
    assert fresh(one).state is State.DONE and len(runs(one)) == count


@pytest.mark.spec("TRG-3")
def test_tickets_go_in_turn_to_those_whose_assignment_is_on(mall: Service, boss: Member, team: list[Member], group: int) -> None:
    members = tuple(one.id for one in team)
    trigger(
        mall, "In turn", [when(Subject.CHANNEL, C.EQUAL, "manual")], Result(ResultKind.ASSIGN, group=group, how=How.TURN, members=members)
    )
    given = [fresh(tickets.ticket(mall, boss)).assignee_id for _n in range(4)]
    assert given == [members[0], members[1], members[2], members[0]]
    with db.write():
        db.session.execute(sa.update(Agent).where(Agent.member_id == members[1]).values(ticket_assignment=False))
    assert [fresh(tickets.ticket(mall, boss)).assignee_id for _n in range(2)] == [members[2], members[0]]
    assert db.session.scalars(sa.select(TriggerTurn.member_id)).one() == members[0]
    with db.write():
        db.session.execute(sa.update(Agent).where(Agent.member_id.in_(members)).values(ticket_assignment=False))
    last = tickets.ticket(mall, boss)
    assert fresh(last).assignee_id is None and runs(last)[0][0]["done"] == [{"kind": "assign", "failed": "nobody"}]


@pytest.mark.spec("TRG-3")
def test_the_last_assignment_wins_and_only_that_agent_is_told(mall: Service, boss: Member, team: list[Member], group: int) -> None:
    always = [when(Subject.TITLE, C.NOT_CONTAINS, "~")]
    for one in team[:2]:
        trigger(mall, f"To {one.name}", always, Result(ResultKind.ASSIGN, group=group, how=How.ONE, members=(one.id,)))
    ticket = tickets.ticket(mall, boss)
    assert fresh(ticket).assignee_id == team[1].id and fresh(ticket).state is State.PROGRESS
    told = db.session.scalars(sa.select(Notification).where(Notification.notice == Notice.TICKET_ASSIGNED)).all()
    assert [(row.member_id, row.values["ticket"]) for row in told] == [(team[1].id, ticket.id)]


@pytest.mark.spec("TRG-3")
def test_mails_go_out_in_the_tickets_language_with_placeholders_filled_once(
    mall: Service, boss: Member, team: list[Member], group: int
) -> None:
    texts = {
        "ko": {"subject": "#{customer} 고객님 #{number}", "body": "접수했습니다: #{title}"},
        "en": {"subject": "Hello", "body": "We have it"},
    }
    always = [when(Subject.STATE, C.EQUAL, "unassigned")]
    trigger(
        mall,
        "Mails",
        always,
        Result(ResultKind.MAIL, to=To.CUSTOMER, texts=texts),
        Result(ResultKind.MAIL, to=To.GROUP, group=group, texts=texts),
        Result(ResultKind.MAIL, to=To.ASSIGNEE, texts=texts),
    )
    one = tickets.ticket(mall, boss, "#{email}", email="park@example.com")
    sent = db.session.scalars(sa.select(Outgoing).order_by(Outgoing.id)).all()
    assert sent[0].recipient == "park@example.com" and sent[0].subject == f" 고객님 #{one.id}".strip()
    from occ.delivery.service import body_of

    assert body_of(sent[0]) == "접수했습니다: #{email}", "what a title says is no placeholder"
    assert {row.recipient for row in sent[1:]} == {f"{one.login_id}@example.com" for one in [*team, boss]}
    assert runs(one)[0][0]["done"][2] == {"kind": "mail", "failed": "no receiver"}
    assert len({row.key for row in sent}) == len(sent)


@pytest.mark.spec("TRG-3")
def test_forwarding_sends_the_inquiry_and_a_link_and_can_finish(mall: Service, boss: Member) -> None:
    trigger(mall, "Out", [when(Subject.TITLE, C.CONTAINS, "press")], Result(ResultKind.FORWARD, "pr@example.org", complete=True))
    one = tickets.ticket(mall, boss, "A press question", email="park@example.com")
    from occ.delivery.service import body_of

    mail = db.session.scalars(sa.select(Outgoing)).one()
    text = body_of(mail) or ""
    assert mail.recipient == "pr@example.org" and "It has not come yet." in text and f"/c/s/mall/tickets/{one.id}" in text
    assert fresh(one).state is State.DONE


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
    trigger(mall, "Call", [when(Subject.TITLE, C.CONTAINS, "환불")], Result(ResultKind.CALL, url))
    one = tickets.ticket(mall, boss, "환불 문의")
    assert hooks.deliver() == "0/1", "addresses of this network are refused"
    assert "lies in this network" in (db.session.scalars(sa.select(WebCall.error)).one() or "") and receiver.got == []
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
        assert "HTTP 500" in admin.get(f"{PAGE}/calls?state=failed").text
        assert admin.post(f"{PAGE}/calls/{dead.id}/again", htmx=True).status_code == 204
        assert hooks.deliver() == "1/1" and admin.post(f"{PAGE}/calls/{dead.id}/again", htmx=True).status_code == 404
    finally:
        app.config["OUTGOING_PRIVATE"] = False


@pytest.mark.spec("TRG-3")
def test_time_rows_act_once_until_something_happens(mall: Service, boss: Member, admin: Browser) -> None:
    trigger(
        mall,
        "Quiet",
        [when(Subject.QUIET, C.MORE, "24"), when(Subject.STATE, C.EQUAL, "progress")],
        Result(ResultKind.FORWARD, "lead@example.org"),
    )
    start = datetime.now(UTC)
    one = tickets.ticket(mall, boss, take=True)
    count = lambda: db.session.scalar(sa.select(sa.func.count()).select_from(Outgoing))
    for hours, mails in ((23, 0), (25, 1), (26, 1), (80, 1)):
        with time_machine.travel(start + timedelta(hours=hours), tick=False):
            jobs.run_timed_triggers()
        assert count() == mails, hours
    with time_machine.travel(start + timedelta(hours=81), tick=False), db.write():
        ticket_service.prioritize(one, Priority.HIGH, actor=world.actor(boss))
    with time_machine.travel(start + timedelta(hours=106), tick=False):
        jobs.run_timed_triggers()
    assert count() == 2
    assert [report[0]["fired"] for report in runs(one)] == [False, True, False, True]


@pytest.mark.spec("TRG-4")
def test_the_ticket_explains_every_condition_also_after_the_trigger_changed(mall: Service, boss: Member, admin: Browser) -> None:
    row = trigger(
        mall,
        "Both",
        [when(Subject.TITLE, C.CONTAINS, "환불"), when(Subject.PRIORITY, C.EQUAL, "urgent", required=False)],
        Result(ResultKind.PRIORITY, "low"),
    )
    one = tickets.ticket(mall, boss, "환불")
    page = admin.get(f"{HOME}/{one.id}/triggers", htmx=True).text
    assert "did not fire" in page and "Title contains “환불”" in page and ": holds" in page and ": does not hold" in page
    admin.get(f"{PAGE}/{row.id}")
    admin.post(f"{PAGE}/{row.id}", form(admin, "Both", conditions=[REFUND], results=[URGENT], version=row.version))
    assert "It was changed or deleted since." in admin.get(f"{HOME}/{one.id}/triggers", htmx=True).text


@pytest.mark.spec("TRG-1")
def test_agents_and_strangers_reach_no_trigger(mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make) -> None:
    row = trigger(mall, "One", [when(Subject.TITLE, C.CONTAINS, "x")], Result(ResultKind.PRIORITY, "low"))
    other = tickets.desk(boss, "shop")
    lee = world.member("lee")
    world.agent(boss, other, lee, manager=True)
    assert browser("kim").get(PAGE).status_code == 403
    stranger = browser("lee")
    assert stranger.get(f"{PAGE}/{row.id}").status_code == 404 == stranger.get(f"/c/s/shop/triggers/{row.id}").status_code
    one = tickets.ticket(mall, boss)
    assert stranger.get(f"{HOME}/{one.id}/triggers").status_code == 404


@pytest.mark.spec("TRG-3")
def test_a_result_that_fails_leaves_the_change_in_lists_and_index(mall: Service, boss: Member, admin: Browser) -> None:
    trigger(
        mall, "Cannot", [when(Subject.STATE, C.EQUAL, "resolved")], Result(ResultKind.STATE, "hold"), Result(ResultKind.PRIORITY, "low")
    )
    one = tickets.ticket(mall, boss, take=True)
    tag = admin.get(f"{HOME}/list?box=all", htmx=True).headers["ETag"]
    act(admin, one, "resolve", body="zebra answer")
    assert fresh(one).priority is Priority.LOW, "one that fails stops no other"
    assert admin.poll(f"{HOME}/list?box=all", tag).status_code == 200
    assert f"#{one.id}" in admin.get(f"{HOME}?q=zebra&box=all").text
    assert "not done" in admin.get(f"{HOME}/{one.id}/triggers", htmx=True).text


@pytest.mark.spec("TRG-3")
def test_only_whoever_has_the_ticket_in_the_end_is_told(
    mall: Service, boss: Member, team: list[Member], group: int, admin: Browser
) -> None:
    trigger(mall, "To Ben", [when(Subject.ASSIGNEE, C.CHANGED)], Result(ResultKind.ASSIGN, group=group, how=How.ONE, members=(team[1].id,)))
    one = tickets.ticket(mall, boss)
    version = fresh(one).version
    with db.write():
        ticket_service.transfer(one, group_id=None, member_id=team[0].id, seen=version, actor=world.actor(boss))
    told = db.session.scalars(sa.select(Notification.member_id).where(Notification.notice == Notice.TICKET_ASSIGNED)).all()
    assert told == [team[1].id] and fresh(one).assignee_id == team[1].id


@pytest.mark.spec("TRG-3", "TKT-5")
def test_a_trigger_that_resolves_a_handed_over_ticket_answers_its_source(mall: Service, boss: Member) -> None:
    one = tickets.ticket(mall, boss, take=True)
    with db.write():
        other = tickets_facts.new(mall.id, Channel.HANDOVER, world.actor(boss), subject="Lost", source_id=one.id)
        one.state = State.HANDED
    trigger(mall, "Done", [when(Subject.CHANNEL, C.EQUAL, "handover")], Result(ResultKind.STATE, "resolved"))
    with db.write():
        ticket_service.prioritize(other, Priority.HIGH, actor=world.actor(boss))
    assert fresh(other).state is State.RESOLVED and fresh(one).state is State.ANSWERED


@pytest.mark.spec("TRG-3")
def test_triggers_rest_while_the_service_is_suspended_and_go_with_it(mall: Service, boss: Member) -> None:
    trigger(mall, "Quiet", [when(Subject.RECEIVED, C.MORE, "1")], Result(ResultKind.FORWARD, "lead@example.org"))
    tickets.ticket(mall, boss)
    with db.write():
        mall.state = ServiceState.SUSPENDED
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=3), tick=False):
        assert jobs.run_timed_triggers() is None
    with db.write():
        hooks.call(mall.id, "https://a.example/", {"inquiry": "x"}, key="k")
        mall.state, mall.terminated_at = ServiceState.TERMINATED, datetime.now(UTC)
        organization.erase(mall.id)
    assert (
        db.session.scalar(sa.select(sa.func.count()).select_from(WebCall))
        == 0
        == db.session.scalar(sa.select(sa.func.count()).select_from(Trigger))
    )


@pytest.mark.spec("TRG-4")
def test_agents_read_no_managers_condition_and_no_address(mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make) -> None:
    fields.field(mall, "review", FieldKind.AGENT, managers_only=True)
    rows = [when(Subject.FIELD, C.NOT_CONTAINS, "fraudster", code="review")]
    trigger(mall, "Call", rows, Result(ResultKind.CALL, "https://hooks.example/T0/SECRET"))
    one = tickets.ticket(mall, boss)
    there = f"{HOME}/{one.id}/triggers"
    assert "fraudster" in admin.get(there, htmx=True).text and "SECRET" in admin.get(there, htmx=True).text
    told = browser("kim").get(there, htmx=True).text
    assert "fraudster" not in told and "SECRET" not in told and "A condition for managers alone" in told


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
