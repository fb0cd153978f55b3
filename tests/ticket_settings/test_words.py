"""Forbidden words: the list, and replies that are stopped (FBW-1)."""

import re
import sys
import unicodedata
from collections.abc import Callable

import pytest
import regex
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from occ.automation.models import Trigger
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.text import visible
from occ.delivery.models import Outgoing
from occ.delivery.service import body_of
from occ.identity.models import Member
from occ.organization.models import Service
from occ.ticket_settings import rules, service
from occ.ticket_settings.models import ForbiddenWord
from occ.tickets.models import Ticket
from occ.tickets.rules import State
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by several people: on PostgreSQL in `make test-all`
WORDS, TRIGGERS = "/c/s/mall/words", "/c/s/mall/triggers"


@pytest.fixture
def mall(boss: Member) -> Service:
    return tickets.desk(boss)


def words() -> list[str]:
    return list(db.session.scalars(sa.select(ForbiddenWord.word).order_by(ForbiddenWord.id)))


@pytest.mark.spec("FBW-1")
def test_words_are_added_once_changed_and_deleted(mall: Service, admin: Browser) -> None:
    assert "No forbidden words yet" in admin.get(WORDS).text
    for typed, refusal in (
        ("", "Fill this in."),
        ("x" * 51, "Use at most 50 characters"),
        ("\u3000", "Fill this in."),
    ):
        admin.get(f"{WORDS}/new")
        admin.post(f"{WORDS}/new", {"word": typed})
        assert refusal in admin.errors(), repr(typed)
    admin.post(f"{WORDS}/new", {"word": "Guarantee"})
    admin.post(f"{WORDS}/new", {"word": "ｇｕａｒａｎｔｅｅ"})
    assert "“ｇｕａｒａｎｔｅｅ” is in the list already." in admin.errors()
    admin.post(f"{WORDS}/new", {"word": "b\u2764\ufe0fd"})
    ident = db.session.scalars(sa.select(ForbiddenWord.id).order_by(ForbiddenWord.id)).first()
    admin.get(f"{WORDS}/{ident}")
    version = admin.field("version")
    admin.post(f"{WORDS}/{ident}", {"word": "guaranteed", "version": version})
    admin.post(f"{WORDS}/{ident}", {"word": "promised", "version": version})
    assert "Somebody else saved first." in admin.errors() and admin.field("word") == "promised"
    assert words() == ["guaranteed", "b\u2764\ufe0fd"]
    assert (
        "guaranteed" in admin.get(f"{WORDS}?q=GUARANT").text
        and "No word fits" in admin.get(f"{WORDS}?q=zzz").text
    )
    admin.post(f"{WORDS}/{ident}/delete")
    assert words() == ["b\u2764\ufe0fd"]


@pytest.mark.spec("FBW-1")
def test_a_stale_save_keeps_what_was_typed_shows_what_is_stored_and_passes_when_saved_again(
    mall: Service, admin: Browser
) -> None:
    for word in ("guarantee", "promise"):
        admin.post(f"{WORDS}/new", {"word": word})
    ident = db.session.scalar(sa.select(ForbiddenWord.id).filter_by(word="guarantee"))
    path = f"{WORDS}/{ident}"
    admin.get(path)
    opened = admin.field("version")
    admin.post(path, {"word": "pledge", "version": opened})

    stale = admin.post(path, {"word": "oath", "version": opened})
    assert stale.status_code == 409 and words() == ["pledge", "promise"]
    assert admin.field("word") == "oath"
    assert "Stored now Word pledge" in admin.text()
    current = admin.field("version")
    assert current != opened

    refused = admin.post(path, {"word": "promise", "version": current})
    assert refused.status_code == 422 and words() == ["pledge", "promise"]
    assert admin.field("word") == "promise" and "is in the list already" in admin.errors()
    assert "Stored now" not in admin.text() and admin.field("version") == current

    assert admin.post(path, {"word": "oath", "version": current}).status_code == 303
    assert words() == ["oath", "promise"]


@pytest.mark.spec("FBW-1", "TKT-4")
def test_a_reply_is_stopped_and_shown_where(mall: Service, boss: Member, admin: Browser) -> None:
    with db.write():
        service.save_word(mall, None, "100% refund")
        service.save_word(mall, None, "ガラス")
    one = tickets.ticket(mall, boss, email="lee@example.com", take=True)
    path, body = f"/c/s/mall/tickets/{one.id}", "We promise a １００% Refund, and ｶﾞﾗｽ <b>too</b>."
    admin.get(path)
    for move in ("resolve", "hold"):
        answer = admin.post(
            f"{path}/{move}", {"body": body, "version": admin.field("version")}, htmx=True
        )
        assert answer.status_code == 422
        assert re.findall(r"<mark>(.*?)</mark>", answer.text) == ["１００% Refund", "ｶﾞﾗｽ"]
        assert (
            "&lt;b&gt;too" in answer.text
            and body.replace("<", "&lt;").replace(">", "&gt;") in answer.text
        ), "the text is kept"
    preview = admin.post(f"{path}/preview", {"body": body}, htmx=True).text
    assert (
        "<mark>ｶﾞﾗｽ</mark>" in preview
        and "lee@example.com" in preview
        and f"Where is my order? [#{one.id}]" in preview
    )
    assert (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Outgoing)
            .where(Outgoing.recipient == "lee@example.com")
        )
        == 0
    )
    admin.post(f"{path}/comment", {"body": body}, htmx=True)
    admin.get(path)
    admin.post(
        f"{path}/resolve", {"body": "We refund.", "version": admin.field("version")}, htmx=True
    )
    db.session.expire_all()
    assert db.session.get_one(Ticket, one.id).state is State.RESOLVED, (
        "comments are exempt, and what is clean goes out"
    )


@pytest.mark.spec("FBW-1")
def test_words_of_another_service_stop_nothing_and_are_not_found(
    mall: Service, boss: Member, admin: Browser, browser: Callable[..., Browser]
) -> None:
    shop = tickets.desk(boss, "shop")
    with db.write():
        service.save_word(shop, None, "refund")
    ident = db.session.scalars(sa.select(ForbiddenWord.id)).one()
    assert admin.get(f"{WORDS}/{ident}").status_code == 404
    assert admin.post(f"{WORDS}/{ident}/delete").status_code == 404
    one = tickets.ticket(mall, boss, take=True)
    admin.get(f"/c/s/mall/tickets/{one.id}")
    answer = admin.post(
        f"/c/s/mall/tickets/{one.id}/resolve",
        {"body": "A refund.", "version": admin.field("version")},
        htmx=True,
    )
    assert answer.status_code == 200
    world.agent(boss, mall, world.member("kim"), ticket=True)
    assert browser("kim").get(WORDS).status_code == 403


@pytest.mark.spec("FBW-1")
def test_blanks_and_line_breaks_dodge_nothing() -> None:
    assert [
        hit.there for hit in rules.forbidden_in("Money \n back, money\u3000back", ["money  back"])
    ] == [
        "Money \n back",
        "money\u3000back",
    ]
    assert len(rules.forbidden_in("a" * 20_000, ["a"])) == rules.HITS_MAX


UNSEEN = "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200c\u200d\u200e\u202e\u2060\u2063\u2066\u3164\ufe00\ufe0f\ufeff\uffa0\U000e0020\U000e0100\x01\x7f"


@pytest.mark.spec("FBW-1")
@pytest.mark.parametrize("sign", UNSEEN, ids=lambda sign: f"{ord(sign):04X}")
def test_signs_that_show_nothing_dodge_nothing(sign: str) -> None:
    body = f"{sign}We re{sign}{sign}fund{sign} 환{sign}불 now"
    hits = rules.forbidden_in(body, ["refund", "환불"])
    assert [hit.there for hit in hits] == [f"re{sign}{sign}fund{sign}", f"환{sign}불"]
    assert [hit.before for hit in hits] == [f"{sign}We ", body[: body.index("환")][-rules.AROUND :]]
    assert [hit.after for hit in hits] == [f" 환{sign}불 now", " now"]
    assert [
        hit.there.rstrip(sign) for hit in rules.forbidden_in("A refund", [f"re{sign}fund"])
    ] == ["refund"]
    with pytest.raises(Refused, match="Enter a word"):
        rules.check_word(sign * 3)


@pytest.mark.spec("FBW-1")
def test_emoji_of_several_signs_are_found_where_they_stand() -> None:
    family, heart = "👨\u200d👩\u200d👧", "❤\ufe0f"
    body = f"Hi {family}, {heart} 🇰🇷!"
    assert rules.forbidden_in(body, ["re", "🇯🇵", "👦"]) == []
    assert [(hit.there, hit.after) for hit in rules.forbidden_in(body, [family])] == [
        (family, f", {heart} 🇰🇷!")
    ]
    assert [hit.there for hit in rules.forbidden_in(body, ["❤", "🇰🇷"])] == [heart, "🇰🇷"]
    assert [hit.there for hit in rules.forbidden_in("\u1112\u200b\u1161\u11ab국", ["한국"])] == [
        "\u1112\u200b\u1161\u11ab국"
    ], "one syllable"


@pytest.mark.spec("FBW-1", "TKT-4")
def test_a_reply_with_unseen_signs_is_stopped_and_emoji_go_out_as_they_are(
    mall: Service, boss: Member, admin: Browser
) -> None:
    with db.write():
        service.save_word(mall, None, "refund")
    one = tickets.ticket(mall, boss, email="lee@example.com", take=True)
    path = f"/c/s/mall/tickets/{one.id}"
    admin.get(path)
    version = admin.field("version")
    answer = admin.post(
        f"{path}/resolve", {"body": "A re\u200bfu\u3164nd.", "version": version}, htmx=True
    )
    assert answer.status_code == 422 and "<mark>re\u200bfu\u3164nd</mark>" in answer.text
    assert (
        "<mark>re\u00adfund</mark>"
        in admin.post(f"{path}/preview", {"body": "A re\u00adfund."}, htmx=True).text
    )
    assert (
        admin.post(
            f"{path}/resolve",
            {"body": "Thanks 👨\u200d👩\u200d👧 ❤\ufe0f", "version": version},
            htmx=True,
        ).status_code
        == 200
    )
    sent = db.session.scalars(
        sa.select(Outgoing).where(Outgoing.recipient == "lee@example.com")
    ).one()
    assert "\n\nThanks 👨\u200d👩\u200d👧 ❤\ufe0f\n" in (body_of(sent) or "")


@pytest.mark.spec("FBW-1", "TRG-3", "TRG-4")
def test_a_triggers_mail_to_the_customer_says_no_forbidden_word(
    mall: Service, boss: Member, admin: Browser
) -> None:
    with db.write():
        service.save_word(mall, None, "refund")
    admin.get(TRIGGERS)
    line = {
        "c": "a",
        "ca-required": "1",
        "ca-subject": "title",
        "ca-comparison": "contains",
        "ca-value": "order",
        "r": "b",
        "rb-kind": "mail",
    }
    sent = {
        "title": "Thanks",
        "version": 0,
        **line,
        "rb-to": "customer",
        "rb-subject-ko": "Hello",
        "rb-body-ko": "You get a re\u200bfund: #{title}",
    }
    answer = admin.post(f"{TRIGGERS}/new", sent)
    assert (
        answer.status_code == 422
        and "The customer must not be told: …You get a “re\u200bfund”: #{title}…" in answer.text
    )
    assert admin.post(f"{TRIGGERS}/new", {**sent, "rb-to": "assignee"}).status_code == 303, (
        "among themselves they may say it"
    )
    joined = {**sent, "title": "Joined", "rb-body-ko": "A re#{resolution}fund"}
    assert admin.post(f"{TRIGGERS}/new", joined).status_code == 303, "it depends on the ticket"
    assert (
        admin.post(f"{TRIGGERS}/new", {**sent, "rb-body-ko": "You get it: #{title}"}).status_code
        == 303
    )
    tickets.ticket(mall, boss, "A refund order", email="lee@example.com")
    mails = (
        sa.select(sa.func.count())
        .select_from(Outgoing)
        .where(Outgoing.recipient == "lee@example.com")
    )
    assert db.session.scalar(mails) == 1, (
        "what the customer wrote is not the service's word, what an empty value joins is"
    )
    assert "forbidden words" not in admin.get(TRIGGERS).text
    with db.write():
        service.save_word(mall, None, "you get")
    assert "Not sent, it holds forbidden words: You get" in admin.get(TRIGGERS).text
    ident = db.session.scalars(sa.select(Trigger.id).order_by(Trigger.id.desc())).first()
    assert (
        "Mail to the customer is not sent, it holds forbidden words: You get"
        in admin.get(f"{TRIGGERS}/{ident}").text
    )
    two = tickets.ticket(mall, boss, "My order", email="lee@example.com")
    assert db.session.scalar(mails) == 1
    assert (
        "Send a mail: not done, its text holds forbidden words"
        in admin.get(f"/c/s/mall/tickets/{two.id}/triggers", htmx=True).text
    )


text = st.text(alphabet="aAbBｂBカｶﾞﾗラ ́é환불ﬁ😀", max_size=30)


@pytest.mark.spec("FBW-1")
@given(text, st.lists(text, max_size=3))
def test_hits_are_the_places_of_the_text_that_read_like_the_word(
    body: str, listed: list[str]
) -> None:
    hits = rules.forbidden_in(body, listed)
    for hit in hits:
        assert hit.there in body and hit.before + hit.there + hit.after in body
        assert rules.folded(hit.word) in unicodedata.normalize("NFKC", hit.there).casefold()
    plain = unicodedata.normalize("NFKC", body)
    for word in listed:
        if word.strip() and word == plain == body.strip() and word.isascii():
            assert word.strip().casefold() in [rules.folded(h.word) for h in hits]


def test_what_is_not_visible_is_what_unicode_says() -> None:
    unseen = regex.compile(r"[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]")
    signs = [chr(code) for code in range(sys.maxunicode + 1)]
    assert [
        hex(ord(s))
        for s in signs
        if (visible(s) == "") is not (unseen.match(s) is not None and not s.isspace())
    ] == []
