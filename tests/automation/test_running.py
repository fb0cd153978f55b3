"""What triggers do to tickets, and when (TRG-3)."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from occ.automation import jobs
from occ.automation.models import Trigger, TriggerTurn
from occ.automation.rules import Comparison, How, Result, ResultKind, Subject, To
from occ.core.db import db
from occ.delivery import hooks
from occ.delivery.models import Outgoing, WebCall
from occ.identity.models import Agent, Member
from occ.notifications.models import Notification
from occ.notifications.rules import Notice
from occ.organization import service as organization
from occ.organization.models import Service
from occ.organization.rules import ServiceState
from occ.tickets import service as ticket_service
from occ.tickets import writes
from occ.tickets.rules import Channel, Priority, State
from tests.factories import ticket as tickets
from tests.factories import world
from tests.factories.trigger import runs, trigger, when
from tests.support.browser import Browser
from tests.tickets.screen import HOME, act, fresh

pytestmark = pytest.mark.heavy
C = Comparison


@pytest.mark.spec("TRG-3")
def test_tickets_go_in_turn_to_those_whose_assignment_is_on(
    mall: Service, boss: Member, team: list[Member], group: int
) -> None:
    members = tuple(one.id for one in team)
    trigger(
        mall,
        "In turn",
        [when(Subject.CHANNEL, C.EQUAL, "manual")],
        Result(ResultKind.ASSIGN, group=group, how=How.TURN, members=members),
    )
    given = [fresh(tickets.ticket(mall, boss)).assignee_id for _n in range(4)]
    assert given == [members[0], members[1], members[2], members[0]]
    with db.write():
        db.session.execute(
            sa.update(Agent).where(Agent.member_id == members[1]).values(ticket_assignment=False)
        )
    assert [fresh(tickets.ticket(mall, boss)).assignee_id for _n in range(2)] == [
        members[2],
        members[0],
    ]
    assert db.session.scalars(sa.select(TriggerTurn.member_id)).one() == members[0]
    with db.write():
        db.session.execute(
            sa.update(Agent).where(Agent.member_id.in_(members)).values(ticket_assignment=False)
        )
    last = tickets.ticket(mall, boss)
    assert fresh(last).assignee_id is None and runs(last)[0][0]["done"] == [
        {"kind": "assign", "failed": "nobody"}
    ]


@pytest.mark.spec("TRG-3")
def test_by_chance_each_of_the_group_whose_assignment_is_on_gets_some(
    mall: Service,
    boss: Member,
    team: list[Member],
    group: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offered: list[list[int]] = []

    def last(of: list[int]) -> int:
        offered.append(of)
        return of[-1]

    members = [one.id for one in team]
    chance = [when(Subject.TITLE, C.NOT_CONTAINS, "~")]
    trigger(
        mall,
        "By chance",
        chance,
        Result(ResultKind.ASSIGN, group=group, how=How.RANDOM, members=tuple(members)),
    )
    monkeypatch.setattr(secrets, "choice", last)
    assert fresh(tickets.ticket(mall, boss)).assignee_id == members[2]
    with db.write():
        off = sa.update(Agent).where(Agent.member_id == members[2])
        db.session.execute(off.values(ticket_assignment=False))
    assert fresh(tickets.ticket(mall, boss)).assignee_id == members[1]
    assert offered == [members, members[:2]], "among all of them, and nobody else"


@pytest.mark.spec("TRG-3")
def test_no_trigger_runs_on_what_goes_into_the_spam_box_or_is_deleted(
    mall: Service, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(mall, boss, take=True)
    trigger(
        mall,
        "Whatever happens",
        [when(Subject.TITLE, C.NOT_CONTAINS, "~")],
        Result(ResultKind.FORWARD, "lead@example.org"),
    )
    act(admin, one, "internal", reason="spam")
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1), tick=False):
        jobs.run_timed()
    assert fresh(one).spam_at is not None and runs(one) == []
    act(admin, one, "restore")
    assert len(runs(one)) == 1, "it is spam no more"
    act(admin, one, "internal", reason="spam")
    act(admin, one, "delete")
    assert fresh(one).deleted_at is not None and len(runs(one)) == 1


@pytest.mark.spec("TRG-3", "TKT-5")
def test_the_customer_of_a_handed_over_ticket_gets_no_mail_of_a_trigger(
    mall: Service, boss: Member
) -> None:
    texts = {"ko": {"subject": "안녕하세요", "body": "접수했습니다"}}
    trigger(
        mall,
        "Mails",
        [when(Subject.PRIORITY, C.EQUAL, "high")],
        Result(ResultKind.MAIL, to=To.CUSTOMER, texts=texts),
    )
    own = tickets.ticket(mall, boss, email="park@example.com")
    with db.write():
        other = writes.new(
            mall.id,
            Channel.HANDOVER,
            world.actor(boss),
            subject="Lost",
            source_id=own.id,
            customer_id=own.customer_id,
        )
    for ticket, mails in ((other, 0), (own, 1)):
        with db.write():
            ticket_service.prioritize(ticket, Priority.HIGH, actor=world.actor(boss))
        assert len(db.session.scalars(sa.select(Outgoing)).all()) == mails
    assert runs(other)[-1][0]["done"] == [{"kind": "mail", "failed": "no receiver"}]


@pytest.mark.spec("TRG-3")
def test_the_last_assignment_wins_and_only_that_agent_is_told(
    mall: Service, boss: Member, team: list[Member], group: int
) -> None:
    always = [when(Subject.TITLE, C.NOT_CONTAINS, "~")]
    for one in team[:2]:
        trigger(
            mall,
            f"To {one.name}",
            always,
            Result(ResultKind.ASSIGN, group=group, how=How.ONE, members=(one.id,)),
        )
    ticket = tickets.ticket(mall, boss)
    assert fresh(ticket).assignee_id == team[1].id and fresh(ticket).state is State.PROGRESS
    told = db.session.scalars(
        sa.select(Notification).where(Notification.notice == Notice.TICKET_ASSIGNED)
    ).all()
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
    assert (
        sent[0].recipient == "park@example.com" and sent[0].subject == f" 고객님 #{one.id}".strip()
    )
    from occ.delivery.service import body_of

    assert body_of(sent[0]) == "접수했습니다: #{email}", "what a title says is no placeholder"
    assert {row.recipient for row in sent[1:]} == {
        f"{one.login_id}@example.com" for one in [*team, boss]
    }
    assert runs(one)[0][0]["done"][2] == {"kind": "mail", "failed": "no receiver"}
    assert len({row.key for row in sent}) == len(sent)


@pytest.mark.spec("TRG-3")
def test_forwarding_sends_the_inquiry_and_a_link_and_can_finish(
    mall: Service, boss: Member
) -> None:
    trigger(
        mall,
        "Out",
        [when(Subject.TITLE, C.CONTAINS, "press")],
        Result(ResultKind.FORWARD, "pr@example.org", complete=True),
    )
    one = tickets.ticket(mall, boss, "A press question", email="park@example.com")
    from occ.delivery.service import body_of

    mail = db.session.scalars(sa.select(Outgoing)).one()
    text = body_of(mail) or ""
    assert (
        mail.recipient == "pr@example.org"
        and "It has not come yet." in text
        and f"/c/s/mall/tickets/{one.id}" in text
    )
    assert fresh(one).state is State.DONE


@pytest.mark.spec("TRG-3")
def test_time_rows_act_once_until_something_happens(
    mall: Service, boss: Member, admin: Browser
) -> None:
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
            jobs.run_timed()
        assert count() == mails, hours
    with time_machine.travel(start + timedelta(hours=81), tick=False), db.write():
        ticket_service.prioritize(one, Priority.HIGH, actor=world.actor(boss))
    with time_machine.travel(start + timedelta(hours=106), tick=False):
        jobs.run_timed()
    assert count() == 2
    assert [report[0]["fired"] for report in runs(one)] == [False, True, False, True]


@pytest.mark.spec("TRG-3")
@pytest.mark.parametrize("after", [True, False])
def test_a_result_that_fails_leaves_the_change_in_lists_and_index(
    mall: Service, boss: Member, admin: Browser, after: bool
) -> None:
    lower = Result(ResultKind.PRIORITY, "low")
    trigger(
        mall,
        "Cannot",
        [when(Subject.STATE, C.EQUAL, "resolved")],
        Result(ResultKind.STATE, "hold"),
        *([lower] if after else []),
    )
    one = tickets.ticket(mall, boss, take=True)
    tag = admin.get(f"{HOME}/list?box=all", htmx=True).headers["ETag"]
    act(admin, one, "resolve", body="zebra answer")
    assert (fresh(one).priority is Priority.LOW) is after, "one that fails stops no other"
    assert admin.poll(f"{HOME}/list?box=all", tag).status_code == 200
    assert f"#{one.id}" in admin.get(f"{HOME}?q=zebra&box=all").text
    assert "not done" in admin.get(f"{HOME}/{one.id}/triggers", htmx=True).text


@pytest.mark.spec("TRG-3")
def test_only_whoever_has_the_ticket_in_the_end_is_told(
    mall: Service, boss: Member, team: list[Member], group: int, admin: Browser
) -> None:
    trigger(
        mall,
        "To Ben",
        [when(Subject.ASSIGNEE, C.CHANGED)],
        Result(ResultKind.ASSIGN, group=group, how=How.ONE, members=(team[1].id,)),
    )
    one = tickets.ticket(mall, boss)
    version = fresh(one).version
    with db.write():
        ticket_service.transfer(
            one, group_id=None, member_id=team[0].id, seen=version, actor=world.actor(boss)
        )
    told = db.session.scalars(
        sa.select(Notification.member_id).where(Notification.notice == Notice.TICKET_ASSIGNED)
    ).all()
    assert told == [team[1].id] and fresh(one).assignee_id == team[1].id


@pytest.mark.spec("TRG-3", "TKT-5")
def test_a_trigger_that_resolves_a_handed_over_ticket_answers_its_source(
    mall: Service, boss: Member
) -> None:
    one = tickets.ticket(mall, boss, take=True)
    with db.write():
        other = writes.new(
            mall.id, Channel.HANDOVER, world.actor(boss), subject="Lost", source_id=one.id
        )
        one.state = State.HANDED
    trigger(
        mall,
        "Done",
        [when(Subject.CHANNEL, C.EQUAL, "handover")],
        Result(ResultKind.STATE, "resolved"),
    )
    with db.write():
        ticket_service.prioritize(other, Priority.HIGH, actor=world.actor(boss))
    assert fresh(other).state is State.RESOLVED and fresh(one).state is State.ANSWERED


@pytest.mark.spec("TRG-3")
def test_triggers_rest_while_the_service_is_suspended_and_go_with_it(
    mall: Service, boss: Member
) -> None:
    trigger(
        mall,
        "Quiet",
        [when(Subject.RECEIVED, C.MORE, "1")],
        Result(ResultKind.FORWARD, "lead@example.org"),
    )
    tickets.ticket(mall, boss)
    with db.write():
        mall.state = ServiceState.SUSPENDED
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=3), tick=False):
        assert jobs.run_timed() is None
    with db.write():
        hooks.call(mall.id, "https://a.example/", {"inquiry": "x"}, key="k")
        mall.state, mall.terminated_at = ServiceState.TERMINATED, datetime.now(UTC)
        organization.erase(mall.id)
    assert (
        db.session.scalar(sa.select(sa.func.count()).select_from(WebCall))
        == 0
        == db.session.scalar(sa.select(sa.func.count()).select_from(Trigger))
    )
