"""Triggers through their pages (TRG-1 to TRG-4)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from lxml import html

from occ.automation import labels
from occ.automation.models import Trigger
from occ.automation.rules import Comparison, How, Result, ResultKind, Subject
from occ.automation.views import trigger_form
from occ.core.db import db
from occ.core.i18n import force_locale
from occ.fields.rules import FieldKind
from occ.identity import agents
from occ.identity import queries as identity
from occ.identity.models import Agent, Group, Member
from occ.organization.models import Service
from occ.ticket_settings import service as settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import jobs
from occ.tickets.models import TriggerRun
from occ.tickets.rules import Priority, State
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories import world
from tests.factories.trigger import runs, trigger, when
from tests.support.browser import Browser
from tests.tickets.screen import HOME, act, fresh

pytestmark = pytest.mark.heavy
Make = Callable[..., Browser]
PAGE = "/c/s/mall/triggers"
C = Comparison


def form(
    who: Browser,
    title: str,
    *,
    conditions: list[dict[str, object]],
    results: list[dict[str, object]],
    version: int = 0,
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
            values |= {
                f"{'c' if letter == 'a' else 'r'}{letter}{n}-{key}": value
                for key, value in row.items()
            }
    return values


REFUND = {"required": "1", "subject": "body", "comparison": "contains", "value": "환불"}
URGENT = {"kind": "priority", "value": "urgent"}


@pytest.mark.spec("TRG-1", "TRG-2")
def test_a_trigger_is_written_ordered_switched_off_and_deleted(
    mall: Service, boss: Member, admin: Browser
) -> None:
    admin.get(f"{PAGE}/new")
    for wrong, words in (
        ({"title": ""}, "Fill this in."),
        ({"conditions": []}, "at least one condition"),
        ({"results": []}, "at least one result"),
        ({"conditions": [{**REFUND, "value": ""}]}, "Enter a value."),
        (
            {"conditions": [{**REFUND, "subject": "state", "comparison": "eq", "value": "lost"}]},
            "Choose one of the list.",
        ),
        (
            {"conditions": [{**REFUND, "subject": "quiet", "comparison": "gt", "value": "-1"}]},
            "Enter hours",
        ),
        ({"results": [{"kind": "assign"}]}, "Choose a group."),
        ({"results": [{"kind": "forward", "value": "x"}]}, "Enter an e-mail address"),
        ({"results": [{"kind": "call", "value": "x"}]}, "Enter a web address"),
    ):
        values: dict[str, Any] = {
            "title": "Refunds",
            "conditions": [REFUND],
            "results": [URGENT],
            **wrong,
        }
        answer = admin.post(
            f"{PAGE}/new",
            form(
                admin, values["title"], conditions=values["conditions"], results=values["results"]
            ),
        )
        assert answer.status_code == 422 and words in answer.text, words
    answer = admin.post(
        f"{PAGE}/new",
        form(admin, "", conditions=[{**REFUND, "value": ""}], results=[{"kind": "assign"}]),
    )
    assert [
        answer.text.count(words) for words in ("Fill this in.", "Enter a value.", "Choose a group.")
    ] == [2, 2, 2], "all that is wrong at once, above and at its place"
    sends = [
        {"kind": "call", "value": "http://10.0.0.1/"},
        {"kind": "mail", "to": "group", "body-ko": "#{nothing}"},
    ]
    answer = admin.post(f"{PAGE}/new", form(admin, "", conditions=[], results=sends))
    links = admin.find("//*[@data-errors]//a")
    assert [link.text for link in links] == ["Title", "Conditions", "Result 1", *["Result 2"] * 3]
    for link in links:
        (field,) = admin.find(f"//*[@id='{link.get('href')[1:]}']")
        (words,) = admin.texts(f"//*[@id='{field.get('aria-describedby')}']")
        assert field.get("aria-invalid") == "true" and link.tail == f": {words}", link.text
    assert admin.texts("//*[@data-spoken][not(@hidden)]//*[@aria-invalid]") == [
        "",
        "#{nothing}",
    ]
    for url in ("http://127.0.0.1:9/x", "https://localhost/x", "http://[::1]/"):
        answer = admin.post(
            f"{PAGE}/new",
            form(admin, "Call", conditions=[REFUND], results=[{"kind": "call", "value": url}]),
        )
        assert answer.status_code == 422 and "is in an internal network" in answer.text, url
    for title in ("Refunds", "Second", "Third"):
        assert (
            admin.post(
                f"{PAGE}/new", form(admin, title, conditions=[REFUND], results=[URGENT])
            ).status_code
            == 303
        )

    def order() -> list[str]:
        admin.get(PAGE)
        return [row[0] for row in admin.rows()[1:]]

    assert order() == ["Refunds", "Second", "Third"]
    first = db.session.scalars(sa.select(Trigger).where(Trigger.title == "Refunds")).one()
    admin.post(f"{PAGE}/{first.id}/move", {"place": 2}, htmx=True)
    assert order() == ["Second", "Third", "Refunds"]
    answer = admin.post(f"{PAGE}/{first.id}/delete", htmx=True)
    assert answer.status_code == 409 and "Deactivate the trigger first" in str(answer.headers)
    admin.post(f"{PAGE}/{first.id}/off", htmx=True)
    one = tickets.ticket(mall, boss)
    assert runs(one)[0][0]["title"] == "Second" and len(runs(one)[0]) == 2, (
        "inactive ones are not considered"
    )
    assert admin.post(f"{PAGE}/{first.id}/delete", htmx=True).status_code == 204
    assert order() == ["Second", "Third"]
    second = db.session.scalars(sa.select(Trigger).where(Trigger.title == "Second")).one()
    late = form(admin, "Other", conditions=[REFUND], results=[URGENT], version=second.version + 5)
    answer = admin.post(f"{PAGE}/{second.id}", late)
    assert (
        answer.status_code == 409 and "Stored now" in answer.text and 'value="Other"' in answer.text
    )


@pytest.mark.spec("TRG-2", "TRG-4")
def test_lines_are_drawn_by_what_they_look_at_and_tried_without_effect(
    mall: Service, boss: Member, admin: Browser
) -> None:
    admin.get(f"{PAGE}/new")
    line = admin.post(f"{PAGE}/line", {"new": "c"}, htmx=True).text
    assert "Unassigned" in line and 'name="c"' in line
    line = admin.post(
        f"{PAGE}/line",
        {
            "line": "ca0",
            "c": ["zz", "a0"],
            "ca0-required": "1",
            "ca0-subject": "title",
            "ca0-comparison": "eq",
            "ca0-value": "x",
        },
        htmx=True,
    ).text
    assert "contains" in line and "Unassigned" not in line
    assert (
        "Subject"
        in admin.post(
            f"{PAGE}/line",
            {"line": "rb0", "r": ["zz", "b0"], "c": "a0", "rb0-kind": "mail"},
            htmx=True,
        ).text
    )
    assert admin.post(f"{PAGE}/line", {}, htmx=True).status_code == 404
    one = tickets.ticket(mall, boss, "환불 문의")
    tickets.ticket(mall, boss, "Other")
    tried = admin.post(
        f"{PAGE}/try",
        form(admin, "", conditions=[{**REFUND, "subject": "title"}], results=[]),
        htmx=True,
    ).text
    assert "1 of the last 2 tickets" in tried and f"#{one.id}" in tried and "Other" not in tried
    assert (
        fresh(one).priority is Priority.NORMAL
        and db.session.scalar(sa.select(sa.func.count()).select_from(TriggerRun)) == 0
    )
    empty = {**REFUND, "value": ""}
    admin.post(f"{PAGE}/try", form(admin, "", conditions=[empty, empty], results=[]), htmx=True)
    assert admin.links() == {"Condition 1": "#ca0-value", "Condition 2": "#ca1-value"}
    assert admin.errors().count("Enter a value.") == 2


@pytest.mark.spec("TRG-3")
def test_each_trigger_sees_what_the_ones_above_left(
    mall: Service, boss: Member, admin: Browser
) -> None:
    with db.write():
        refund = settings.add_category(
            mall, CategoryKind.INTAKE, parent_id=None, names={"ko": "환불"}
        )
        card = settings.add_category(
            mall, CategoryKind.INTAKE, parent_id=refund.id, names={"ko": "카드"}
        )
    trigger(
        mall,
        "Types",
        [when(Subject.TITLE, C.CONTAINS, "카드")],
        Result(ResultKind.INTAKE, str(card.id)),
    )
    trigger(
        mall,
        "Below",
        [when(Subject.INTAKE, C.EQUAL, str(refund.id)), when(Subject.INTAKE, C.CHANGED)],
        Result(ResultKind.PRIORITY, "high"),
    )
    trigger(
        mall, "High", [when(Subject.PRIORITY, C.MORE, "normal")], Result(ResultKind.STATE, "hold")
    )
    one = tickets.ticket(mall, boss, "카드 문의", take=True)
    now = fresh(one)
    assert (now.intake_id, now.priority, now.state) == (card.id, Priority.HIGH, State.HOLD)
    page = admin.get(f"{HOME}/{one.id}").text
    assert "Trigger “Types”: Intake type changed" in page and "Trigger “High”: Put on hold" in page
    other = tickets.ticket(mall, boss, "Other", take=True)
    assert fresh(other).state is State.PROGRESS


@pytest.mark.spec("TRG-3", "TRG-4")
def test_loops_end_and_the_ticket_says_why(mall: Service, boss: Member, admin: Browser) -> None:
    trigger(
        mall, "Up", [when(Subject.PRIORITY, C.EQUAL, "normal")], Result(ResultKind.PRIORITY, "high")
    )
    trigger(
        mall,
        "Down",
        [when(Subject.PRIORITY, C.EQUAL, "high")],
        Result(ResultKind.PRIORITY, "normal"),
    )
    one = tickets.ticket(mall, boss)
    report = runs(one)[0]
    assert fresh(one).priority is Priority.NORMAL and [
        (r["fired"], r["stopped"]) for r in report
    ] == [(True, True), (True, False)]
    dialog = admin.get(f"{HOME}/{one.id}/triggers", htmx=True).text
    assert (
        "It would have fired again" in dialog
        and "Priority is “Normal”" in dialog
        and "Set the priority" in dialog
    )
    act(admin, one, "priority", priority="low")
    assert len(runs(one)) == 2 and not any(r["fired"] for r in runs(one)[1])


@pytest.mark.spec("TRG-3")
def test_triggers_run_on_each_change_by_a_person_but_not_by_a_job(
    mall: Service, boss: Member, admin: Browser
) -> None:
    fields.field(mall, "size", FieldKind.AGENT)
    trigger(
        mall,
        "Sized",
        [when(Subject.FIELD, C.CHANGED, code="size")],
        Result(ResultKind.PRIORITY, "high"),
    )
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


@pytest.mark.spec("TRG-4")
def test_the_ticket_explains_every_condition_also_after_the_trigger_changed(
    mall: Service, boss: Member, admin: Browser
) -> None:
    row = trigger(
        mall,
        "Both",
        [
            when(Subject.TITLE, C.CONTAINS, "환불"),
            when(Subject.PRIORITY, C.EQUAL, "urgent", required=False),
        ],
        Result(ResultKind.PRIORITY, "low"),
    )
    one = tickets.ticket(mall, boss, "환불")
    page = admin.get(f"{HOME}/{one.id}/triggers", htmx=True).text
    assert (
        "did not fire" in page
        and "Title contains “환불”" in page
        and ": holds" in page
        and ": does not hold" in page
    )
    admin.get(f"{PAGE}/{row.id}")
    admin.post(
        f"{PAGE}/{row.id}",
        form(admin, "Refunds", conditions=[REFUND], results=[URGENT], version=row.version),
    )
    said = admin.get(f"{HOME}/{one.id}/triggers", htmx=True).text
    assert "It was changed since." in said and "Both" in said and "now “Refunds”" in said
    admin.post(f"{PAGE}/{row.id}/off", htmx=True)
    admin.post(f"{PAGE}/{row.id}/delete", htmx=True)
    said = admin.get(f"{HOME}/{one.id}/triggers", htmx=True).text
    assert "It was deleted since." in said and "Both" in said and "Refunds" not in said


@pytest.mark.spec("TRG-4")
def test_what_a_ticket_refused_is_said_in_the_readers_language(mall: Service, boss: Member) -> None:
    steps = [Result(ResultKind.STATE, "done"), Result(ResultKind.STATE, "hold")]
    trigger(mall, "End", [when(Subject.STATE, C.EQUAL, "unassigned")], *steps)
    _ended, held = runs(tickets.ticket(mall, boss))[0][0]["done"]
    assert held["failed"] == "Only a ticket in progress can be put on hold."
    with force_locale("ko"):
        said = labels.done_text(held, False, trigger_form.choices(mall))
    assert "보류" in said and re.search("[a-z]", said) is None


@pytest.mark.spec("TRG-1")
def test_agents_and_strangers_reach_no_trigger(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    row = trigger(
        mall, "One", [when(Subject.TITLE, C.CONTAINS, "x")], Result(ResultKind.PRIORITY, "low")
    )
    other = tickets.desk(boss, "shop")
    lee = world.member("lee")
    world.agent(boss, other, lee, manager=True)
    assert browser("kim").get(PAGE).status_code == 403
    stranger = browser("lee")
    assert (
        stranger.get(f"{PAGE}/{row.id}").status_code
        == 404
        == stranger.get(f"/c/s/shop/triggers/{row.id}").status_code
    )
    one = tickets.ticket(mall, boss)
    assert stranger.get(f"{HOME}/{one.id}/triggers").status_code == 404


@pytest.mark.spec("TRG-4")
def test_agents_read_no_managers_condition_and_no_address(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    fields.field(mall, "review", FieldKind.AGENT, managers_only=True)
    rows = [when(Subject.FIELD, C.NOT_CONTAINS, "fraudster", code="review")]
    trigger(mall, "Call", rows, Result(ResultKind.CALL, "https://hooks.example/T0/SECRET"))
    one = tickets.ticket(mall, boss)
    there = f"{HOME}/{one.id}/triggers"
    assert (
        "fraudster" in admin.get(there, htmx=True).text
        and "SECRET" in admin.get(there, htmx=True).text
    )
    told = browser("kim").get(there, htmx=True).text
    assert (
        "fraudster" not in told
        and "SECRET" not in told
        and "A condition for managers alone" in told
    )


@pytest.mark.spec("TRG-3", "TKT-3")
def test_only_agents_whose_assignment_is_on_are_offered_and_later_ones_are_marked(
    mall: Service, boss: Member, team: list[Member], group: int, admin: Browser
) -> None:
    def offered(page: str) -> dict[str, tuple[bool, bool]]:
        """By name: whether an agent is chosen, and whether a warning stands there."""
        return {
            label.text_content().split()[0]: (
                bool(label.xpath("input[@checked]")),
                bool(label.xpath(".//use[contains(@href, 'alert-triangle')]")),
            )
            for label in html.fromstring(page).xpath("//label[input[contains(@name, '-members')]]")
        }

    def switch(who: Member, on: bool) -> None:
        with db.write():
            db.session.execute(
                sa.update(Agent).where(Agent.member_id == who.id).values(ticket_assignment=on)
            )

    ana, ben, cho = team
    switch(cho, False)
    assign: dict[str, object] = {
        "kind": "assign",
        "group": group,
        "how": "one",
        "members": [ben.id],
    }
    admin.get(f"{PAGE}/new")
    line = form(admin, "", conditions=[], results=[{**assign, "members": []}]) | {"line": "rb0"}
    names = offered(admin.post(f"{PAGE}/line", line, htmx=True).text)
    assert set(names) == {"Boss", "Ana", "Ben"} and not any(
        warned for _chosen, warned in names.values()
    )
    wrong = form(admin, "One", conditions=[REFUND], results=[{**assign, "members": [cho.id]}])
    answer = admin.post(f"{PAGE}/new", wrong)
    assert answer.status_code == 422 and "the assignment is off" in answer.text
    assert (
        admin.post(
            f"{PAGE}/new", form(admin, "One", conditions=[REFUND], results=[assign])
        ).status_code
        == 303
    )
    row = db.session.scalars(sa.select(Trigger)).one()
    assert "o-warn" not in admin.get(PAGE).text
    switch(ben, False)
    listed = admin.get(PAGE).text
    assert "Ben: the ticket assignment is off" in listed
    names = offered(admin.get(f"{PAGE}/{row.id}").text)
    assert names["Ben"] == (True, True) and names["Ana"] == (False, False) and "Cho" not in names
    version = db.session.get_one(Trigger, row.id).version
    kept = form(admin, "Renamed", conditions=[REFUND], results=[assign], version=version)
    assert admin.post(f"{PAGE}/{row.id}", kept).status_code == 303, (
        "the title may change all the same"
    )
    role = identity.agent_of(mall.id, ben.id)
    assert role is not None
    with db.write():
        agents.remove(role, actor=world.actor(boss))
    assert "Ben: no agent of this group any more" in admin.get(PAGE).text
    assert offered(admin.get(f"{PAGE}/{row.id}").text)["Ben"] == (True, True)
    with db.write():
        db.session.execute(
            sa.update(Trigger).values(results=[{**row.results[0], "members": [], "how": "random"}])
        )
    assert "o-warn" not in admin.get(PAGE).text
    for one in (ana, boss):
        switch(one, False)
    assert "nobody takes tickets now" in admin.get(PAGE).text
    line = form(admin, "", conditions=[], results=[assign]) | {"line": "rb0"}
    redrawn = admin.client.post(
        f"{PAGE}/line",
        data={**line, "csrf_token": admin.token},
        headers={"HX-Request": "true", "HX-Trigger-Name": "rb0-group"},
    )
    assert "Ben" not in redrawn.text, "another group's choice is not taken along"


@pytest.mark.spec("TRG-4", "TRG-3")
def test_what_could_not_be_done_is_not_called_done(
    mall: Service, boss: Member, team: list[Member], group: int, admin: Browser
) -> None:
    ben = team[1]
    to_ben = Result(ResultKind.ASSIGN, group=group, how=How.ONE, members=(ben.id,))
    always = [when(Subject.STATE, C.EQUAL, "unassigned")]
    trigger(mall, "Alone", always, to_ben)
    trigger(mall, "Both", always, to_ben, Result(ResultKind.PRIORITY, "high"))
    trigger(mall, "Fine", always, Result(ResultKind.PRIORITY, "urgent"))
    with db.write():
        db.session.execute(
            sa.update(Agent).where(Agent.member_id == ben.id).values(ticket_assignment=False)
        )
    one = tickets.ticket(mall, boss)
    assert fresh(one).assignee_id is None
    page = admin.get(f"{HOME}/{one.id}/triggers", htmx=True).text
    heads = admin.find("//details/summary")
    said = {head.findtext("b"): head.findtext("span").strip() for head in heads}
    assert said == {
        "Alone": "fired, nothing could be done",
        "Both": "fired, not everything could be done",
        "Fine": "fired",
    }
    assert (
        page.count("Assign to an agent (Ben): not done, the ticket assignment is off") == 2
        and page.count("circle-check") == 1
    )
    with db.write():
        agents.remove_group(db.session.get_one(Group, group), actor=world.actor(boss))
    last = tickets.ticket(mall, boss)
    assert runs(last)[0][0]["done"] == [{"kind": "assign", "failed": "no group"}]
    assert (
        "not done, the group was deleted" in admin.get(f"{HOME}/{last.id}/triggers", htmx=True).text
    )
