"""Formatted text: sanitized before it is stored, with plain words beside it, and pictures of the ticket alone (TKT-4, TKT-6)."""

import email
import email.policy
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from occ.core import clock, richtext
from occ.core.db import db
from occ.delivery import service as delivery
from occ.delivery import smtp
from occ.delivery.models import Outgoing
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Editor, Feature, ServiceType
from occ.ticket_settings import service as settings
from occ.ticket_settings.models import Template
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import rules
from occ.tickets.models import Attachment, TicketDraft, TicketEntry
from occ.tickets.rules import State
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser
from tests.support.settings import changed
from tests.tickets.screen import HOME, act, fresh
from tests.tickets.test_files import PNG, send

pytestmark = pytest.mark.heavy  # pages walked by several people: on PostgreSQL in `make test-all`
HOSTILE = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>", "<a href='JaVaScRiPt&#58;alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>", "<iframe src=/c></iframe>",
    "<form action=/logout><button>x</button></form>", "<div style='position:fixed;inset:0'>x</div>",
    "<div onclick=alert(1)>x</div>", "<img src='https://evil.example/pixel.png'>",
    "<img src='/c/me'>", "<link rel=stylesheet href=//evil.example>", "<meta http-equiv=refresh>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<base href=//evil.example>", "<input autofocus onfocus=alert(1)>",
    "<a href='/c/s/mall/agents'>x</a>", "<h1>x</h1><title>x</title>",
    "<div id=t-ticket class=o-toast>x</div>", "<div title='guarantee' lang=en>x</div>",
    "<img src='https://evil.example/x' title=y>", "<a title=t>x</a>",
    "<svg><p><style><!--</style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
)  # fmt: skip


@pytest.fixture
def shop(mall: Service) -> Service:
    """The service, with an editor that keeps formats."""
    with db.write() as session:
        session.get_one(Service, mall.id).editor = Editor.HTML
    return mall


def entry(kind: str = "") -> TicketEntry:
    db.session.expire_all()
    return db.session.scalars(sa.select(TicketEntry).order_by(TicketEntry.id.desc()).limit(1)).one()


@pytest.mark.spec("TKT-4", "ORG-3")
def test_an_answer_keeps_its_formats_and_its_words(
    shop: Service, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(shop, boss, email="lee@example.com", take=True)
    page = admin.get(f"{HOME}/{one.id}")
    assert (
        "<trix-editor" in page.text
        and "<textarea" not in page.text.partition("data-composer")[2].partition("</form>")[0]
    )
    nonce = re.search(r'name="csp-nonce" content="([^"]+)"', page.text)
    assert nonce and f"'nonce-{nonce[1]}'" in page.headers["Content-Security-Policy"]
    assert (
        "unsafe" not in page.headers["Content-Security-Policy"]
        and "nonce" not in admin.get("/c/me").headers["Content-Security-Policy"]
    )
    body = "<div>Dear <strong>Lee</strong>,<br>it comes <a href='https://track.example/1'>tomorrow</a></div><ul><li>one</li><li>two</li></ul>"
    preview = admin.post(
        f"{HOME}/{one.id}/preview", {"body": body, "formatted": "1"}, htmx=True
    ).text
    assert "<strong>Lee</strong>" in preview
    act(admin, one, "resolve", formatted="1", body=body)
    assert fresh(one).state is State.RESOLVED
    assert entry().body == "Dear Lee,\nit comes tomorrow\n- one\n- two"
    assert 'href="https://track.example/1" rel="noopener noreferrer nofollow"' in entry().html
    assert "<strong>Lee</strong>" in admin.get(f"{HOME}/{one.id}").text
    assert f'data-row="{one.id}"' in admin.get(f"{HOME}?box=all&q=tomorrow").text, (
        "its words are found"
    )
    mail = db.session.scalars(sa.select(Outgoing)).one()
    assert (
        f"\n{entry().body}\n" in (delivery.body_of(mail) or "")
        and mail.html is not None
        and "strong" not in mail.html
    ), "sealed in the outbox"


@pytest.mark.spec("TKT-4")
@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_runs_or_leads_astray_is_stored(
    shop: Service, boss: Member, admin: Browser, text: str
) -> None:
    one = tickets.ticket(shop, boss, take=True)
    act(admin, one, "comment", formatted="1", body=f"<div>seen</div>{text}")
    assert entry().body.startswith("seen")
    check_clean(entry().html)
    # the browser of the tests refuses scripts, styles and doubled ids
    admin.get(f"{HOME}/{one.id}")


def check_clean(kept: str) -> None:
    """Nothing but formats and links to the web is left."""
    assert kept and not re.search(r"<(?!/?(?:a|br|div|p|h3|img|em|strong)\b)", kept), kept
    tags = "".join(re.findall(r"<[^>]*>", kept))
    assert not re.search(
        r"\bon\w+=|style=|class=|id=|title=|lang=|javascript:|data:|src=|href=\"(?!https)", tags
    ), kept


@pytest.mark.spec("TKT-4", "TKT-5", "TPL-1")
def test_every_editor_sanitizes(boss: Member, admin: Browser) -> None:
    depot = world.contracted(
        boss, "depot", features=tickets.FEATURES, type=ServiceType.ISSUE, editor=Editor.HTML
    )
    mall = world.contracted(
        boss,
        "mall",
        features=frozenset({*tickets.FEATURES, Feature.HANDOVER}),
        seats=20,
        editor=Editor.HTML,
    )
    for of in (depot, mall):
        world.agent(boss, of, boss, manager=True)
    with db.write():
        lost = settings.add_category(
            depot, CategoryKind.INTAKE, parent_id=None, names={"ko": "분실"}
        ).id
    body = "<div>seen</div>" + "".join(
        text for text in HOSTILE if "<!--" not in text and "<noscript" not in text
    )
    sent = {"body": body, "formatted": "1"}
    one = tickets.ticket(mall, boss, take=True, email="lee@example.com")
    key = re.search(r'name="key"[^>]*value="([^"]+)"', admin.get(f"{HOME}/new").text)
    assert (
        key
        and admin.post(
            f"{HOME}/new", {**sent, "key": key[1], "subject": "x", "priority": "normal"}
        ).status_code
        == 303
    )
    check_clean(entry().html)
    act(admin, one, "hold", **sent)
    check_clean(entry().html)
    act(admin, one, "reopen")
    dialog = admin.get(f"{HOME}/{one.id}/handover").text
    version = re.search(r'name="version" value="(\d+)"', dialog)
    wanted = {
        **sent,
        "version": version[1] if version else "",
        "to": depot.id,
        "intake": lost,
        "send": "1",
    }
    assert admin.post(f"{HOME}/{one.id}/handover", wanted, htmx=True).status_code == 204
    for kept in db.session.scalars(
        sa.select(TicketEntry.html).order_by(TicketEntry.id.desc()).limit(2)
    ):
        check_clean(kept)
    admin.get("/c/s/mall/templates/new")
    assert (
        admin.post("/c/s/mall/templates/new", {**sent, "title": "Hostile", "code": ""}).status_code
        == 303
    )
    check_clean(db.session.scalars(sa.select(Template.html)).one())
    for page in (f"{HOME}/{one.id}", f"/c/s/depot/tickets/{one.id + 2}", "/c/s/mall/templates"):
        admin.get(page)


@pytest.mark.spec("TKT-4")
def test_a_service_of_plain_text_never_stores_formats(
    mall: Service, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(mall, boss, take=True)
    assert "trix" not in admin.get(f"{HOME}/{one.id}").text
    act(admin, one, "comment", body="<b>bold</b>")
    assert (entry().body, entry().html) == ("<b>bold</b>", "")
    typed = {"kind": "answer", "last": admin.field("last")}
    admin.post(f"{HOME}/{one.id}/draft", {**typed, "body": "a < b\nsecond"}, htmx=True)
    with db.write() as session:
        session.get_one(Service, mall.id).editor = Editor.HTML
    assert (
        "&lt;div&gt;a &amp;lt; b&lt;br&gt;second&lt;/div&gt;" in admin.get(f"{HOME}/{one.id}").text
    ), "the draft moves to the new editor"
    admin.post(
        f"{HOME}/{one.id}/draft",
        {
            **typed,
            "formatted": "1",
            "body": "<div>a &lt; <b>b</b><br>third</div><script>x</script>",
        },
        htmx=True,
    )
    db.session.expire_all()
    assert "script" not in db.session.scalars(sa.select(TicketDraft)).one().body
    with db.write() as session:
        session.get_one(Service, mall.id).editor = Editor.TEXT
    assert ">a &lt; b\nthird</textarea>" in admin.get(f"{HOME}/{one.id}").text


@pytest.mark.spec("FBW-1", "TKT-4")
def test_formats_hide_no_forbidden_word_and_no_emptiness(
    shop: Service, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(shop, boss, email="lee@example.com", take=True)
    with db.write():
        settings.save_word(shop, None, "guarantee")
    assert "forbidden words" in act(
        admin, one, "resolve", formatted="1", body="<div>We guar<strong>an</strong>tee it</div>"
    )
    assert "Enter something first." in act(
        admin, one, "resolve", formatted="1", body="<div><br>&nbsp;</div>"
    )
    assert "at most 20000 characters" in act(
        admin, one, "resolve", formatted="1", body="x" * 20_001
    )
    assert fresh(one).state is State.PROGRESS


@pytest.mark.spec("TKT-6")
def test_pictures_are_files_of_the_ticket_and_go_with_the_mail(
    shop: Service, boss: Member, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (
        tickets.ticket(shop, boss, email="lee@example.com", take=True),
        tickets.ticket(shop, boss, take=True),
    )
    send(admin, f"{HOME}/{one.id}/files", ("shown.png", PNG), ("beside.png", PNG))
    shown, beside = db.session.scalars(sa.select(Attachment.id).order_by(Attachment.id)).all()
    source = f"{HOME}/{one.id}/files/{shown}"
    body = f'<div>See <img src="{source}"><img src="{HOME}/{other.id}/files/{shown}"><img src="https://evil.example/{shown}"></div>'
    act(admin, one, "resolve", formatted="1", body=body)
    assert (
        entry().html.count("<img") == 1
        and f'<img src="{source}" alt="shown.png">' in entry().html
        and entry().body == "See [shown.png]"
    )
    page = admin.get(f"{HOME}/{one.id}").text
    assert page.count(f'src="{source}"') == 1 and f'src="{HOME}/{one.id}/files/{beside}"' in page, (
        "shown once, where it stands"
    )
    sent: list[smtp.Mail] = []
    monkeypatch.setattr(smtp, "send", lambda mail, **_settings: sent.append(mail))
    app = admin.client.application
    monkeypatch.setitem(app.extensions, "occ_settings", changed(app, smtp_url="smtp://localhost"))
    with clock.at(clock.now() + rules.UNDO):
        assert delivery.deliver() == "1/1"
    assert (
        f'<img src="cid:file-{shown}" alt="shown.png">' in sent[0].html and HOME not in sent[0].html
    )
    assert [(file.name, file.cid) for file in sent[0].enclosed] == [
        ("shown.png", f"file-{shown}"),
        ("beside.png", ""),
    ]


@pytest.mark.spec("TKT-6")
def test_a_mail_of_formatted_text_has_plain_words_too(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(PNG)
    files = [smtp.Enclosed("a.txt", "", path), smtp.Enclosed("b.png", "image/png", path, "file-1")]
    mail = smtp.Mail(
        "k", "lee@example.com", "S", "plain", '<p>rich <img src="cid:file-1"></p>', files
    )
    message = email.message_from_bytes(
        smtp.message(mail, sender="occ@example.com").as_bytes(), policy=email.policy.default
    )
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/octet-stream",
    ]
    assert [part["Content-ID"] for part in message.walk() if part["Content-ID"]] == ["<file-1>"]


@pytest.mark.spec("TKT-4")
@given(st.text(max_size=300))
def test_plain_text_comes_through_the_editor_as_it_was(text: str) -> None:
    words = re.sub(
        r"\n{3,}",
        "\n\n",
        "\n".join(
            line.rstrip() for line in text.replace("\xa0", " ").replace("\r", "\n").split("\n")
        ),
    ).strip()
    plain = "".join(sign for sign in words if sign.isprintable() or sign == "\n")
    if plain == words:
        assert (
            richtext.formatted(richtext.html_of(text), picture=lambda _source: None).text == words
        )


@pytest.mark.spec("TKT-4")
@given(
    st.lists(
        st.sampled_from(
            [
                *HOSTILE,
                "<div>",
                "</div>",
                "<b>",
                "text",
                "<",
                "'",
                '"',
                ">",
                "&lt;",
                "<!--",
                "-->",
                "<ul><li>",
            ]
        ),
        max_size=8,
    )
)
def test_no_mixture_of_pieces_becomes_more_than_formats(pieces: list[str]) -> None:
    kept = richtext.formatted("".join(pieces), picture=lambda _source: None).html
    assert not re.search(r"<(?!/?(?:{})\b)".format("|".join(richtext.TAGS)), kept)
    assert richtext.formatted(kept, picture=lambda _source: None).html == kept, (
        "sanitized once is sanitized"
    )


@pytest.mark.spec("TKT-4")
def test_a_reference_brings_in_no_sign_that_nothing_can_hold() -> None:
    said = richtext.formatted(
        '<div>a&#xFFFF;b&#11;c &#&#11;11; <a href="ht&#1;tps://a.example/">d</a></div>',
        picture=lambda _source: None,
    )
    assert said.text == "abc &#11; d" and not re.search("[\x00-\x08\x0b-\x1f\uffff]", said.html)


@pytest.mark.spec("TKT-4")
def test_what_no_editor_writes_is_refused_whole(
    shop: Service, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(shop, boss, take=True)
    admin.get(f"{HOME}/{one.id}")
    nested = "<p>" + "".join(f"<b x={n}>" for n in range(1500)) + "<p>x" * 1500
    for body in (nested, "<div>" * 101 + "x", "<br>" * 30_000):
        for to in ("draft", "preview"):
            answer = admin.post(
                f"{HOME}/{one.id}/{to}",
                {"body": body, "formatted": "1", "kind": "answer"},
                htmx=True,
            )
            assert answer.status_code == 422 and "too many formats" in answer.headers["HX-Trigger"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(TicketDraft)) == 0
    assert (
        richtext.formatted("<ul>" + "<li>x" * 90, picture=lambda _source: None).text.count("- x")
        == 90
    )


@pytest.mark.spec("TKT-1", "TKT-4", "TKT-5", "TPL-1")
def test_a_text_with_too_many_formats_is_refused_beside_it_and_kept(
    boss: Member, admin: Browser
) -> None:
    features = frozenset({*tickets.FEATURES, Feature.HANDOVER})
    world.contracted(
        boss, "depot", features=tickets.FEATURES, type=ServiceType.ISSUE, editor=Editor.HTML
    )
    mall = world.contracted(boss, "mall", features=features, seats=20, editor=Editor.HTML)
    world.agent(boss, mall, boss, manager=True)
    one = tickets.ticket(mall, boss, take=True)
    entries, version = entry().id, str(fresh(one).version)
    sent = {"body": f"{'<div>' * 101}typed", "formatted": "1", "version": version}
    for to, more in (
        (f"{HOME}/{one.id}/comment", {}),
        (f"{HOME}/{one.id}/resolve", {}),
        (f"{HOME}/{one.id}/internal", {"reason": "phone"}),
        (f"{HOME}/{one.id}/handover", {"send": "1"}),
        (f"{HOME}/new", {"subject": "Late parcel", "priority": "normal"}),
        ("/c/s/mall/templates/new", {"title": "Late parcel", "code": "late"}),
    ):
        part = to.startswith(f"{HOME}/{one.id}")
        admin.get(to if to.endswith(("new", "handover")) else f"{HOME}/{one.id}")
        answer = admin.post(to, {**sent, **more}, htmx=part)
        assert answer.status_code == 422, to
        form = next(iter(admin.find("//form[.//trix-editor]")))
        assert "too many formats" in form.text_content(), to
        kept = {one.get("name"): one.get("value") for one in form.iter("input")}
        typed = {name: text for name, text in more.items() if name in ("subject", "title", "code")}
        assert kept["body"] == sent["body"] and kept.items() >= typed.items(), to
    assert entry().id == entries and fresh(one).state is State.PROGRESS
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Template)) == 0


@pytest.mark.spec("TKT-4", "ORG-6")
def test_a_page_from_before_the_editor_was_changed_loses_nothing(
    shop: Service, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(shop, boss, take=True)
    act(admin, one, "comment", body="use if a<b then\nsecond line")
    assert (entry().body, entry().html) == (
        "use if a<b then\nsecond line",
        "<div>use if a&lt;b then<br>second line</div>",
    )
    with db.write() as session:
        session.get_one(Service, shop.id).editor = Editor.TEXT
    act(admin, one, "comment", formatted="1", body="<div>Dear <b>Lee</b>,<br>hello</div>")
    assert (entry().body, entry().html) == ("Dear Lee,\nhello", "")


@pytest.mark.spec("TKT-6")
def test_typed_words_about_pictures_are_no_pictures(
    shop: Service, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(shop, boss, email="lee@example.com", take=True)
    send(admin, f"{HOME}/{one.id}/files", ("a.png", PNG))
    ident = db.session.scalars(sa.select(Attachment.id)).one()
    act(
        admin,
        one,
        "resolve",
        formatted="1",
        body=f'<div>img src="{HOME}/{one.id}/files/{ident}" there</div>',
    )
    assert f'<img src="{HOME}/{one.id}/files/{ident}"' in admin.get(f"{HOME}/{one.id}").text, (
        "the file is shown, beside the words"
    )
    mail = db.session.scalars(sa.select(Outgoing)).one()
    assert mail.attachments == [
        {"key": mail.attachments[0]["key"], "name": "a.png", "kind": "image/png"}
    ]


@pytest.mark.spec("TKT-1", "TKT-4")
def test_a_new_ticket_is_written_with_formats_too(
    shop: Service, boss: Member, admin: Browser
) -> None:
    page = admin.get(f"{HOME}/new").text
    key = re.search(r'name="key"[^>]*value="([^"]+)"', page)
    assert "<trix-editor" in page and key
    form = {
        "key": key[1],
        "subject": "",
        "body": "<div>She <b>called</b></div><script>x</script>",
        "formatted": "1",
        "priority": "normal",
    }
    refused = admin.post(f"{HOME}/new", form)
    assert refused.status_code == 422 and "&lt;b&gt;called&lt;/b&gt;" in refused.text, (
        "nothing is lost from the form"
    )
    assert (
        admin.post(
            f"{HOME}/new", {**form, "subject": "Call", "body": "<div><br></div>"}
        ).status_code
        == 422
    )
    assert admin.post(f"{HOME}/new", {**form, "subject": "Call"}).status_code == 303
    assert (entry().body, entry().html) == ("She called", "<div>She <b>called</b></div>")
