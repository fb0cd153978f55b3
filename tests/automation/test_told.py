"""What triggers tell people, and how their list says it (TRG-1, TRG-3)."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from occ.automation.models import Trigger
from occ.automation.rules import Comparison, Result, ResultKind, Subject, To
from occ.core import crypto
from occ.core.db import db
from occ.delivery.models import Outgoing, WebCall
from occ.delivery.service import body_of
from occ.fields.rules import FieldKind, FieldType
from occ.identity import agents
from occ.identity import queries as identity
from occ.identity.models import Member
from occ.organization import settings as organization
from occ.organization.models import Service
from occ.organization.queries import the_organization
from occ.organization.rules import Editor
from occ.tickets import masking, queries
from occ.tickets.rules import Entry
from occ.tickets.values import queries as values
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories import world
from tests.factories.trigger import runs, trigger, when
from tests.support.browser import Browser
from tests.tickets.screen import HOME

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

PAGE = "/c/s/mall/triggers"
C = Comparison
ALWAYS = when(Subject.STATE, C.EQUAL, "unassigned")
TEXTS = {"ko": {"subject": "#{number} 접수", "body": "접수했어요: #{title}"}}


@pytest.mark.spec("TRG-1", "TRG-2")
def test_the_list_says_what_must_hold_and_who_gets_what(
    mall: Service, boss: Member, team: list[Member], group: int, admin: Browser
) -> None:
    optional = [
        when(Subject.TITLE, C.CONTAINS, word, required=False) for word in ("refund", "return")
    ]
    trigger(
        mall,
        "Told",
        [ALWAYS, *optional],
        Result(ResultKind.MAIL, to=To.CUSTOMER, texts=TEXTS),
        Result(ResultKind.MAIL, to=To.GROUP, group=group, texts=TEXTS),
        Result(ResultKind.MAIL, to=To.AGENT, members=(team[1].id,), texts=TEXTS),
        Result(ResultKind.ASSIGN, group=group, members=(team[0].id,)),
        Result(ResultKind.PRIORITY, "urgent"),
        Result(ResultKind.FORWARD, "out@example.com", complete=True),
    )
    trigger(mall, "One of", optional, Result(ResultKind.GROUP, group=group))
    trigger(mall, "Single", [ALWAYS, optional[0]], Result(ResultKind.GROUP, group=group))
    admin.get(PAGE)
    told, others, single = (row[1:3] for row in admin.rows()[1:])
    assert told[0] == (
        "State is “Unassigned” and at least one of these: "
        "Title contains “refund” Title contains “return”"
    )
    for said in (
        "Send a mail: The customer",
        "Send a mail: Team",
        "Send a mail: Ben",
        "Assign to an agent: Team, At random, Ana",
        "Set the priority: Urgent",
        "Forward outside by mail: out@example.com, then the ticket is done",
    ):
        assert said in told[1], said
    assert others[0].startswith("at least one of these: Title")
    assert single[0] == "State is “Unassigned” Title contains “refund”", "one of one must hold"


@pytest.mark.spec("TRG-3", "TKT-4")
def test_the_history_masks_what_the_mail_says_whole_and_masking_reaches_the_mail(
    mall: Service, boss: Member, admin: Browser
) -> None:
    texts = {"ko": {"subject": "접수", "body": "답장 주소: #{email}, 카드 4111"}}
    trigger(mall, "Receipt", [ALWAYS], Result(ResultKind.MAIL, to=To.CUSTOMER, texts=texts))
    one = tickets.ticket(mall, boss, "Where is it?", email="park@example.com")
    entry = next(row for row in queries.entries(one.id) if row.kind is Entry.MAIL)
    assert "park@example.com" not in entry.body and "카드 4111" in entry.body
    mail = db.session.scalars(sa.select(Outgoing)).one()
    assert "park@example.com" in (body_of(mail) or "")
    with db.write():
        masking.mask(one, entry.id, "4111", actor=world.actor(boss))
    db.session.refresh(mail)
    assert body_of(mail) == "답장 주소: park@example.com, 카드 ****"


@pytest.mark.spec("TRG-3")
def test_mail_to_the_customer_stands_in_the_history_and_the_others_do_not(
    mall: Service, boss: Member, team: list[Member], group: int, admin: Browser
) -> None:
    trigger(
        mall,
        "Receipt",
        [ALWAYS],
        Result(ResultKind.MAIL, to=To.CUSTOMER, texts=TEXTS),
        Result(ResultKind.MAIL, to=To.AGENT, members=(team[1].id,), texts=TEXTS),
        Result(ResultKind.MAIL, to=To.GROUP, group=group, texts=TEXTS),
    )
    one = tickets.ticket(mall, boss, "Where is it?", email="park@example.com")
    told = [entry for entry in queries.entries(one.id) if entry.kind is Entry.MAIL]
    assert [(entry.author, entry.mailed_to) for entry in told] == [("Receipt", "park@example.com")]
    assert told[0].body == f"#{one.id} 접수\n\n접수했어요: Where is it?"
    page = " ".join(admin.get(f"{HOME}/{one.id}").text.split())
    assert "접수했어요: Where is it?" in page and "Mail of a trigger" in page
    page = " ".join(admin.get(f"{HOME}/{one.id}/triggers", htmx=True).text.split())
    assert "(The customer)" in page and "(Ben): ben@example.com" in page, "who gets each mail"
    receivers = list(db.session.scalars(sa.select(Outgoing.recipient).order_by(Outgoing.id)))
    assert receivers[1] == "ben@example.com", "the chosen agent"
    assert set(receivers[2:]) >= {"ana@example.com", "ben@example.com", "cho@example.com"}
    agent = identity.agent_of(mall.id, team[1].id)
    assert agent is not None
    with db.write():
        agents.remove(agent, actor=world.actor(boss))
    two = tickets.ticket(mall, boss, "Again", email="park@example.com")
    assert runs(two)[0][0]["done"][1] == {"kind": "mail", "failed": "no agent", "who": "Ben"}


@pytest.mark.spec("TRG-3")
def test_a_mail_is_written_with_formats_a_language_a_tab_and_placeholders_by_a_click(
    mall: Service, boss: Member, team: list[Member], admin: Browser
) -> None:
    with db.write():
        mall.editor = Editor.HTML
    admin.get(f"{PAGE}/new")
    line = {"r": "x", "rx-kind": "mail", "rx-to": "agent", "line": "rx"}
    drawn = admin.post(f"{PAGE}/line", line, htmx=True).text
    assert "<trix-editor" in drawn and 'data-place="#{number}"' in drawn
    assert re.search(rf'<option value="{team[1].id}"', drawn), "the agents to choose from"
    sent = {
        "title": "Formatted",
        "version": "0",
        "c": "y",
        "cy-required": "1",
        "cy-subject": "state",
        "cy-comparison": "eq",
        "cy-value": "unassigned",
        **line,
        "rx-subject-ko": "안내",
        "rx-body-ko": "<div><strong>#{title}</strong> <script>x</script>접수</div>",
        "rx-formatted-ko": "1",
    }
    refused = admin.post(f"{PAGE}/new", sent)
    assert refused.status_code == 422 and "Choose the agent who gets the mail." in refused.text
    assert "&lt;strong&gt;" in refused.text, "what was written is still there"
    stranger = world.member("stranger")
    assert admin.post(f"{PAGE}/new", {**sent, "rx-members": stranger.id}).status_code == 422
    assert admin.post(f"{PAGE}/new", {**sent, "rx-members": team[1].id}).status_code == 303
    tickets.ticket(mall, boss, "Where <b>?")
    mail = db.session.scalars(sa.select(Outgoing).where(Outgoing.subject == "안내")).one()
    html = crypto.ring().decrypt(mail.html or "")
    assert mail.recipient == "ben@example.com" and body_of(mail) == "Where <b>? 접수"
    assert "<strong>Where &lt;b&gt;?</strong>" in html and "script" not in html


@pytest.mark.spec("TRG-3")
def test_the_language_that_is_written_in_stays_when_a_line_is_drawn_anew(
    mall: Service, admin: Browser
) -> None:
    shown = "//input[@data-speak][@checked]/@value"
    open_part = "//*[@data-spoken][not(@hidden)]/@id"
    admin.get(f"{PAGE}/new")
    line = {
        "r": "x",
        "rx-kind": "mail",
        "rx-to": "customer",
        "rx-subject-ko": "안내",
        "rx-body-ko": "접수했어요.",
    }
    for looked_at, kept in (("en", "en"), ("", "ko"), ("xx", "ko")):
        sent = {**line, "rx-shown": looked_at}
        admin.post(f"{PAGE}/line", {**sent, "line": "rx"}, htmx=True)
        assert (admin.find(shown), admin.find(open_part)) == ([kept], [f"rx-{kept}"])
        admin.post(f"{PAGE}/new", {**sent, "title": "", "version": "0"})
        assert (admin.find(shown), admin.find(open_part)) == ([kept], [f"rx-{kept}"])
    admin.post(
        f"{PAGE}/new", {**line, "rx-shown": "en", "rx-body-ko": "#{nothing}", "title": "Told"}
    )
    assert admin.find(shown) == ["ko"], "where something is wrong comes first"


@pytest.mark.spec("TRG-2", "TRG-3")
def test_a_mail_with_too_many_formats_is_refused_beside_its_text_and_all_is_kept(
    mall: Service, boss: Member, admin: Browser
) -> None:
    with db.write():
        mall.editor = Editor.HTML
    admin.get(f"{PAGE}/new")
    body = f"{'<div>' * 101}typed"
    line = {
        "r": "x",
        "rx-kind": "mail",
        "rx-to": "group",
        "rx-subject-ko": "안내",
        "rx-body-ko": body,
        "rx-formatted-ko": "1",
    }
    admin.post(f"{PAGE}/line", {**line, "line": "rx"}, htmx=True)
    assert (admin.field("rx-body-ko"), admin.field("rx-subject-ko")) == (body, "안내")
    sent = {
        **line,
        "title": "",
        "version": "0",
        "c": "y",
        "cy-required": "1",
        "cy-subject": "body",
        "cy-comparison": "contains",
        "cy-value": "환불",
    }
    assert admin.post(f"{PAGE}/new", sent).status_code == 422
    assert (admin.field("rx-body-ko"), admin.field("rx-subject-ko")) == (body, "안내")
    assert admin.field("cy-value") == "환불"
    said = {place: admin.texts(f"//*[@id='{place}-error']") for place in ("title", "rx-group")}
    assert said == {"title": ["Fill this in."], "rx-group": ["Choose a group."]}
    assert "too many formats" in admin.texts("//*[@id='rx-body-ko-error']")[0]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Trigger)) == 0


@pytest.mark.spec("TRG-3")
def test_web_calls_show_their_trigger_and_ticket_and_carry_what_fields_say(
    mall: Service, boss: Member, admin: Browser, browser: Callable[..., Browser]
) -> None:
    fields.field(mall, "amount", FieldKind.AGENT, FieldType.NUMBER)
    fields.field(mall, "passport", FieldKind.AGENT, encrypted=True)
    row = trigger(mall, "Tell the shop", [ALWAYS], Result(ResultKind.CALL, "https://shop.test/x"))
    with db.write():
        org = the_organization()
        organization.edit(
            name=org.name,
            domain="https://desk.example.com",
            time_zone=org.time_zone,
            version=org.version,
        )
    said: dict[str, Any] = {
        fields.shown(mall, "amount"): "1234.5",
        fields.shown(mall, "passport"): "M123",
    }
    one = tickets.ticket(mall, boss, "Broken", values=said)
    assert values.rows(one.id)["passport"].sealed
    call = db.session.scalars(sa.select(WebCall)).one()
    told = json.loads(crypto.ring().decrypt(call.body or ""))["ticket"]
    assert told["fields"] == {"amount": {"name": "Amount", "value": "1234.5", "text": "1,234.5"}}
    assert told["url"] == f"https://desk.example.com/c/s/mall/tickets/{one.id}"
    page = admin.get(f"{PAGE}/calls")
    assert "Tell the shop" in page.text and f'href="{HOME}/{one.id}"' in page.text
    assert f'href="{PAGE}/{row.id}"' in page.text
    with db.write() as session:
        session.delete(row)
    assert "no longer there" in admin.get(f"{PAGE}/calls").text
    world.agent(boss, mall, world.member("plain"), ticket=True)
    assert browser("plain").get(f"{PAGE}/calls").status_code == 403
