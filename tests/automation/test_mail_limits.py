"""How often triggers mail one address: an exchange of machines ends whoever they say they are."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from occ.automation import labels, messages
from occ.automation.rules import MAILS_AN_HOUR, Comparison, Result, ResultKind, Subject, To
from occ.core.db import db
from occ.core.i18n import force_locale
from occ.delivery.models import Outgoing
from occ.identity import queries as identity
from occ.identity.models import Member
from occ.organization.models import Service
from occ.tickets.models import Ticket
from occ.tickets.rules import State
from tests.factories import ticket as tickets
from tests.factories import trigger as triggers
from tests.factories import world
from tests.factories.letters import arrives, letter
from tests.support.browser import Browser
from tests.tickets.screen import HOME

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

BY_MAIL = triggers.when(Subject.CHANNEL, Comparison.EQUAL, "mail")
RECEIPT = Result(
    ResultKind.MAIL, to=To.CUSTOMER, texts={"ko": {"subject": "Got it", "body": "We have it."}}
)


@pytest.fixture
def mall(boss: Member) -> Service:
    return tickets.desk(boss)


def robot(mall: Service, n: int, wants: str) -> Ticket:
    """A mail of a machine whose every one is from another address, and wants answers at one."""
    return arrives(mall, letter(sender=f"bot-{n}@example.com", reply_to=(wants,)))


def left(to: str) -> int:
    found = sa.select(sa.func.count()).select_from(Outgoing).where(Outgoing.recipient == to)
    return db.session.scalar(found) or 0


def failed(ticket: Ticket) -> str | None:
    said: str | None = triggers.runs(ticket)[-1][0]["done"][0].get("failed")
    return said


@pytest.mark.spec("TRG-3", "MAIL-1")
def test_ever_new_senders_with_one_address_for_answers_get_few(
    mall: Service, boss: Member, admin: Browser
) -> None:
    triggers.trigger(mall, "Receipt", [BY_MAIL], RECEIPT)
    for n in range(MAILS_AN_HOUR):
        assert failed(robot(mall, n, "desk@example.com")) is None
    last = robot(mall, 100, "Desk@Example.com")
    assert (failed(last), left("desk@example.com"), left("Desk@Example.com")) == ("often", 20, 0)
    history = admin.get(f"{HOME}/{last.id}").text
    assert "Trigger “Receipt”: Mail not sent, its receiver got many lately" in history
    why = admin.get(f"{HOME}/{last.id}/triggers", htmx=True).text
    assert "(The customer): not done, triggers send one address at most 20 mails an hour" in why

    assert failed(robot(mall, 101, "other@example.com")) is None, "others still hear of it"
    shop = tickets.desk(boss, "shop")
    triggers.trigger(shop, "Receipt", [BY_MAIL], RECEIPT)
    assert failed(robot(shop, 102, "desk@example.com")) is None, "of another service"

    with db.write():  # the first of them was just an hour ago
        first = sa.select(sa.func.min(Outgoing.id)).where(Outgoing.recipient == "desk@example.com")
        db.session.get_one(Outgoing, db.session.scalar(first)).created_at -= timedelta(hours=1)
    assert failed(robot(mall, 103, "desk@example.com")) is None
    assert failed(robot(mall, 104, "desk@example.com")) == "often"


@pytest.mark.spec("TRG-3")
def test_agents_and_partners_get_many_but_not_without_end(
    mall: Service, boss: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "OWN_MAILS_AN_HOUR", MAILS_AN_HOUR + 1)
    kim = world.agent(boss, mall, world.member("kim"), ticket=True)
    told = Result(ResultKind.MAIL, to=To.AGENT, members=(kim.member_id,), texts=RECEIPT.texts)
    onward = Result(ResultKind.FORWARD, value="partner@example.com", complete=True)
    triggers.trigger(mall, "Onward", [BY_MAIL], told, onward)
    made = [arrives(mall, letter(sender=f"c{n}@example.com")) for n in range(MAILS_AN_HOUR + 2)]
    assert left("partner@example.com") == left(kim.member.email) == MAILS_AN_HOUR + 1
    assert [one.state for one in made[-2:]] == [State.DONE, State.UNASSIGNED]
    assert [one["failed"] for one in triggers.runs(made[-1])[-1][0]["done"]] == ["often"] * 2


@pytest.mark.spec("TRG-3", "TRG-4")
def test_the_limit_is_said_before_and_after(
    mall: Service, boss: Member, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = {To.CUSTOMER: "20", To.ASSIGNEE: "1,000", To.AGENT: "1,000", To.GROUP: "1,000"}
    lines = [*(Result(ResultKind.MAIL, to=to) for to in ways), Result(ResultKind.FORWARD)]
    with force_locale("en"):
        for line, most in zip(lines, [*ways.values(), "1,000"], strict=True):
            assert f"at most {most} mails an hour to one address" in labels.limit_text(line)
        assert labels.limit_text(Result(ResultKind.DOORAY)) == ""
    admin.post(
        "/c/s/mall/triggers/line",
        {"line": "r1", "r": "1", "r1-kind": "mail", "r1-to": "customer"},
        htmx=True,
    )
    assert "at most 20 mails an hour to one address" in admin.text()

    monkeypatch.setattr(messages, "OWN_MAILS_AN_HOUR", 1)
    kim = world.agent(boss, mall, world.member("kim"), ticket=True)
    world.agent(boss, mall, world.member("lee"), ticket=True)
    told = Result(ResultKind.MAIL, to=To.AGENT, members=(kim.member_id,), texts=RECEIPT.texts)
    team = next(iter(identity.groups(mall.id))).id
    triggers.trigger(mall, "Both", [BY_MAIL], told, replace(told, to=To.GROUP, group=team))
    made = arrives(mall, letter())
    why = admin.get(f"{HOME}/{made.id}/triggers", htmx=True).text
    assert "(not to 1 more: triggers send one address at most 1 mails an hour)" in why
    assert why.count("an hour") == 1, "the first one got its mail"
