"""Placeholders of every text that has some: read as people mean them, checked when saved, never sent raw (TPL-1, TRG-3)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from occ.automation.rules import Comparison, Result, ResultKind, Subject, To
from occ.core import richtext
from occ.core.db import db
from occ.core.errors import Refused
from occ.delivery.models import Outgoing, WebCall
from occ.delivery.service import body_of
from occ.fields import service as fields_service
from occ.fields.models import Field
from occ.fields.rules import FieldKind
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Editor
from occ.ticket_settings import service
from occ.ticket_settings.models import Template
from occ.ticket_settings.rules import Placeholder, check_places, filled, filled_html
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories.trigger import runs, trigger, when
from tests.support.browser import Browser
from tests.tickets.screen import fill

pytestmark = pytest.mark.heavy

TEMPLATES, TRIGGERS = "/c/s/mall/templates", "/c/s/mall/triggers"
SAYS = {"customer": "Kim", "title": "A & B", "order_no": "12 3"}
KNOWN = {"customer": "고객 이름", "title": "Title", "order_no": "Order"}
Make = Callable[..., Browser]


@pytest.mark.spec("TPL-1")
@pytest.mark.parametrize(
    "written",
    [
        "#{customer}",
        "#{ customer }",
        "#{\xa0customer}",
        "＃｛customer｝",
        "#{ｃｕｓｔｏｍｅｒ}",
        "#{Customer}",
        "#\u200b{customer}",
        "#{cus\u00adtomer\u3164}",
    ],
)
def test_what_people_mean_is_read(written: str) -> None:
    check_places([written], KNOWN, "body")
    assert filled(f"Dear {written}, hello", SAYS).text == "Dear Kim, hello"


@pytest.mark.spec("TPL-1")
@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("#{titel}", "There is no placeholder #{titel}. Did you mean #{title}?"),
        ("#{order no}", "Did you mean #{order_no}?"),
        ("#{고객이름}", "Did you mean #{customer}?"),
        ("#{zzzz}", "There is no placeholder #{zzzz}. Choose one of those that are listed."),
        ("#{}", "There is no placeholder #{}."),
        ("#{customer, hello", "The placeholder #{customer has no } at its end."),
        ("#{cust\nomer}", "The placeholder #{cust has no } at its end."),
        ("＃｛titel｝", "There is no placeholder ＃｛titel｝. Did you mean #{title}?"),
    ],
)
def test_what_stands_for_nothing_is_refused_with_the_nearest(written: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        check_places(["fine #{title}", f"Dear {written}"], KNOWN, "body")
    assert words in str(refused.value.message) and refused.value.field == "body"
    assert not any(mark in filled("#{zzzz} #{order_n}", SAYS).text for mark in "#{}")


@pytest.mark.spec("TPL-1")
@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<div>#{<b>customer</b>}!</div>", "<div><b>Kim</b>!</div>"),
        ("<div><b>#{cust</b>omer}!</div>", "<div><b>Kim</b>!</div>"),
        ("<div>#{cust<i>om</i>er}<i>!</i></div>", "<div>Kim<i></i><i>!</i></div>"),
        ("<div>&#35;&#123;title&#125;</div>", "<div>A &amp; B</div>"),
        ("<div><b>#</b>{<u>order_no</u>}</div>", "<div><b></b><u>12 3</u></div>"),
        ("<div>#{<b>gone</b>}, <i>hi</i></div>", "<div><b></b>, <i>hi</i></div>"),
        (
            '<a href="https://x.example/?q=#{order_no}&amp;n=1">#{title}</a>',
            '<a href="https://x.example/?q=12%203&amp;n=1" rel="noopener noreferrer nofollow">A &amp; B</a>',
        ),
        ('<div>2 &lt; 3 &amp; "x"</div>', '<div>2 &lt; 3 &amp; "x"</div>'),
    ],
)
def test_filling_sees_through_formats(html: str, expected: str) -> None:
    stored = richtext.formatted(html, picture=lambda _source: None).html
    said = filled_html(stored, SAYS)
    assert said.text == expected
    assert said.empty == (("#{gone}",) if "gone" in html else ())


@pytest.mark.spec("TPL-1")
def test_lines_of_a_value_stay_lines() -> None:
    assert (
        filled_html("<div>#{address}</div>", {"address": "1 <Main>\nSeoul"}).text
        == "<div>1 &lt;Main&gt;<br>Seoul</div>"
    )


plain = st.text(alphabet="abc }{\u200b<&%s{{7*7}}", max_size=8)
known = st.fixed_dictionaries(
    {place.value: st.text(alphabet="#{}abctitle %s<&", max_size=12) for place in Placeholder}
)
written = st.sampled_from([place.value for place in Placeholder])


@pytest.mark.spec("TPL-1")
@given(st.lists(st.tuples(plain, written), max_size=5), plain, known)
def test_filling_in_happens_once_and_runs_nothing(
    parts: list[tuple[str, str]], end: str, says: dict[str, str]
) -> None:
    body = "".join(f"{text}#{{{name}}}" for text, name in parts) + end
    expected = "".join(text + says[name] for text, name in parts) + end
    assert filled(body, says).text == expected
    html = filled_html(richtext.html_of(body), says).text
    assert richtext.text_of(html) == richtext.text_of(richtext.html_of(expected))


@pytest.fixture
def gone(mall: Service, boss: Member) -> dict[str, Any]:
    """A template and a trigger from before one of their fields was deleted and the other became personal."""
    for code in ("order_no", "grade"):
        fields.field(mall, code, FieldKind.AGENT)
    says = "Order #{<b>order_no</b>}, #{Grade}: #{title}"
    texts = {"ko": {"subject": "#{order_no} #{title}", "body": "#{grade}, #{customer}"}}
    with db.write() as session:
        session.get_one(Service, mall.id).editor = Editor.HTML
    with db.write():
        said = richtext.formatted(says, picture=lambda _source: None)
        made = service.save_template(
            mall, None, title="Late", body=said.text, html=said.html, code="late", shared=False
        )
    always = [when(Subject.TITLE, Comparison.CONTAINS, "order")]
    sends = Result(ResultKind.MAIL, to=To.CUSTOMER, texts=texts)
    tells = Result(ResultKind.DOORAY, "https://hook.example/x", texts=texts)
    acts = trigger(mall, "Thanks", always, sends, tells)
    return {"template": made.id, "trigger": acts.id}


def become_unknown(mall: Service) -> None:
    with db.write() as session:
        fields_service.delete(
            mall, session.scalars(sa.select(Field).where(Field.code == "order_no")).one()
        )
        session.execute(sa.update(Field).where(Field.code == "grade").values(encrypted=True))


@pytest.mark.spec("TPL-1", "TRG-3", "FLD-3")
def test_what_became_unknown_is_shown_to_managers(
    mall: Service, admin: Browser, gone: dict[str, Any]
) -> None:
    pages = (
        TEMPLATES,
        f"{TEMPLATES}/{gone['template']}",
        TRIGGERS,
        f"{TRIGGERS}/{gone['trigger']}",
    )
    assert not any("eft empty" in admin.get(page).text for page in pages)
    become_unknown(mall)
    for page in pages:
        admin.get(page)
        written = "#{order_no}, #{Grade}" if page.startswith(TEMPLATES) else "#{order_no}, #{grade}"
        assert (
            f"Nothing stands for {written} any more"
            if page[-1].isdigit()
            else f"Left empty: {written}"
        ) in admin.text(), page


@pytest.mark.spec("TPL-1", "FLD-3")
def test_an_agent_inserts_no_raw_code_and_is_told(
    mall: Service, boss: Member, kim: Member, browser: Make, gone: dict[str, Any], admin: Browser
) -> None:
    one = tickets.ticket(mall, kim, "A <order>", take=True)
    who = browser("kim")
    assert fill(admin, one, **{"f-order_no": "77", "f-grade": "<gold>"}) == 204
    where = f"/c/s/mall/tickets/{one.id}"
    who.get(where)
    before = who.post(f"{where}/templates/code", {"code": "late"}, htmx=True)
    assert (
        before.text == "Order <b>77</b>, &lt;gold&gt;: A &lt;order&gt;"
        and "HX-Trigger" not in before.headers
    )
    become_unknown(mall)
    after = who.post(f"{where}/templates/{gone['template']}", {}, htmx=True)
    assert after.text == "Order <b></b>, : A &lt;order&gt;"
    assert (
        json.loads(after.headers["HX-Trigger"])["occ:toast"]["text"]
        == "Left empty, look it over: #{order_no}, #{Grade}"
    )


@pytest.mark.spec("TRG-3", "TRG-4", "FLD-3")
def test_a_trigger_sends_no_raw_code_and_the_explanation_says_so(
    mall: Service, boss: Member, admin: Browser, gone: dict[str, Any]
) -> None:
    become_unknown(mall)
    one = tickets.ticket(mall, boss, "My order", email="lee@example.com")
    mail = db.session.scalars(
        sa.select(Outgoing).where(Outgoing.recipient == "lee@example.com")
    ).one()
    assert (mail.subject, body_of(mail)) == ("My order", ", ")
    assert db.session.scalars(sa.select(WebCall)).one().url == "https://hook.example/x"
    assert [done.get("empty") for done in runs(one)[0][0]["done"]] == [
        ["#{order_no}", "#{grade}"],
        ["#{grade}"],
    ]
    assert (
        "Send a mail (The customer) (left empty: #{order_no}, #{grade})"
        in admin.get(f"/c/s/mall/tickets/{one.id}/triggers", htmx=True).text
    )


@pytest.mark.spec("TRG-3", "TPL-1")
@pytest.mark.parametrize("typed", ["<b>title</b>", "<i>titel</i>"])
def test_what_was_typed_is_shown_as_it_was_typed_in_a_refusal(
    mall: Service, admin: Browser, typed: str
) -> None:
    admin.get(f"{TRIGGERS}/new")
    texts = {
        f"rb-{name}-{code}": f"#{{{typed}}}"
        for name in ("subject", "body")
        for code in ("ko", "en")
    }
    condition = {
        "c": "a",
        "ca-required": "1",
        "ca-subject": "title",
        "ca-comparison": "contains",
        "ca-value": "x",
    }
    answer = admin.post(
        f"{TRIGGERS}/new",
        {
            "title": "T",
            "version": 0,
            **condition,
            "r": "b",
            "rb-kind": "mail",
            "rb-to": "customer",
            **texts,
        },
    )
    assert answer.status_code == 422 and f"There is no placeholder #{{{typed}}}" in admin.errors()
    assert typed not in answer.text, "not as an element of the page"


@pytest.mark.spec("TRG-3", "TPL-1")
@pytest.mark.parametrize(
    ("kind", "part"),
    [("mail", "subject-ko"), ("mail", "subject-en"), ("mail", "body-en"), ("dooray", "body-en")],
)
def test_a_trigger_is_refused_where_a_template_is(
    mall: Service, admin: Browser, part: str, kind: str
) -> None:
    admin.get(f"{TRIGGERS}/new")
    line = {"kind": kind, "value": "https://hook.example/x", "to": "customer"}
    texts = {f"{name}-{code}": "#{title}" for name in ("subject", "body") for code in ("ko", "en")}
    condition = {
        "c": "a",
        "ca-required": "1",
        "ca-subject": "title",
        "ca-comparison": "contains",
        "ca-value": "x",
    }
    sent = {"title": "T", "version": 0, **condition, "r": "b"}
    wrong = {**line, **texts, part: "Dear #{titel}"}
    answer = admin.post(
        f"{TRIGGERS}/new", {**sent, **{f"rb-{key}": value for key, value in wrong.items()}}
    )
    assert (
        answer.status_code == 422
        and "There is no placeholder #{titel}. Did you mean #{title}?" in admin.errors()
    )
    assert "Dear #{titel}" in answer.text, "nothing typed is lost"
    good = {**line, **texts, part: "Dear ＃｛ Title ｝"}
    assert (
        admin.post(
            f"{TRIGGERS}/new", {**sent, **{f"rb-{key}": value for key, value in good.items()}}
        ).status_code
        == 303
    )


@pytest.mark.spec("TPL-1", "ORG-3")
def test_formats_hide_no_wrong_placeholder_of_a_template(mall: Service, admin: Browser) -> None:
    with db.write() as session:
        session.get_one(Service, mall.id).editor = Editor.HTML
    admin.get(f"{TEMPLATES}/new")
    values = {"title": "T", "formatted": "1", "code": "", "version": "0"}
    for body in (
        "<div>#{<b>titel</b>}</div>",
        "<div>#{ti<b>tel}</b></div>",
        "<div>&#35;&#123;titel}</div>",
        '<a href="https://x.example/?#{titel}">x</a>',
    ):
        assert admin.post(f"{TEMPLATES}/new", {**values, "body": body}).status_code == 422
        assert "There is no placeholder #{titel}. Did you mean #{title}?" in admin.errors(), body
    assert (
        admin.post(
            f"{TEMPLATES}/new", {**values, "body": "<div>#{ti</div><div>tle}</div>"}
        ).status_code
        == 422
    )
    assert (
        admin.post(f"{TEMPLATES}/new", {**values, "body": "<div>#{<b>title</b>}</div>"}).status_code
        == 303
    )
    assert db.session.scalars(sa.select(Template.html)).one() == "<div>#{<b>title</b>}</div>"
