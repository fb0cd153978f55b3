"""Masked parts of texts: asterisks everywhere, the original sealed and shown on record (TKT-4, LOG-3)."""

import json
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from occ.audit.models import WorkEntry
from occ.audit.rules import Work
from occ.automation.rules import Comparison, Result, ResultKind, Subject
from occ.core import clock, crypto, richtext, vault
from occ.core.db import db
from occ.delivery import service as delivery
from occ.delivery.models import Outgoing, WebCall
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Editor, Feature
from occ.tickets import jobs, masking, rules
from occ.tickets.models import Ticket, TicketEntry
from tests.factories import ticket as tickets
from tests.factories import world
from tests.factories.trigger import trigger, when
from tests.support.browser import Browser
from tests.tickets.screen import HOME, act

pytestmark = pytest.mark.heavy  # pages walked by several people: on PostgreSQL in `make test-all`
Make = Callable[..., Browser]
CARD = "4111 1111 1111 1111"


@pytest.fixture
def safe(boss: Member) -> Service:
    """A service that contracts the security service."""
    made = world.contracted(
        boss, "mall", features=frozenset({*tickets.FEATURES, Feature.SECURITY}), seats=9
    )
    world.agent(boss, made, boss, manager=True)
    return made


def written(of: Service, boss: Member, who: Browser, body: str) -> tuple[Ticket, TicketEntry]:
    one = tickets.ticket(of, boss, take=True)
    act(who, one, "comment", formatted="1" if of.editor is Editor.HTML else "", body=body)
    db.session.expire_all()
    return one, db.session.scalars(
        sa.select(TicketEntry).order_by(TicketEntry.id.desc()).limit(1)
    ).one()


def works(*kinds: Work) -> int:
    return (
        db.session.scalar(
            sa.select(sa.func.count()).select_from(WorkEntry).where(WorkEntry.work.in_(kinds))
        )
        or 0
    )


@pytest.mark.spec("TKT-4", "LOG-3")
def test_a_marked_text_is_masked_everywhere_and_shown_on_record(
    safe: Service, boss: Member, admin: Browser, browser: Make
) -> None:
    one, entry = written(safe, boss, admin, f"My card is {CARD}, I say\n{CARD}!")
    at = f"{HOME}/{one.id}/entries/{entry.id}"
    assert f">{CARD}</textarea>" in admin.get(f"{at}/mask?text={CARD}", htmx=True).text
    for text, said in (
        (" ", "Mark the text"),
        ("x" * 1001, "at most 1000 characters"),
        ("5111", "is not in the message"),
    ):
        assert (
            admin.post(f"{at}/mask", {"text": text}, htmx=True).status_code == 422
            and said in admin.text()
        )
    assert (
        admin.post(f"{at}/mask", {"text": "4111 1111\n1111 1111"}, htmx=True).status_code == 204
    ), "over other lines, too"
    page = admin.get(f"{HOME}/{one.id}").text
    assert (
        "4111" not in page
        and page.count("**** **** **** ****") == 2
        and "Show the original" in page
    )
    assert f'data-row="{one.id}"' not in admin.get(f"{HOME}?box=all&q=4111").text, (
        "it is found no more"
    )
    assert works(Work.TEXT_MASKED) == 1 and works(Work.MASK_SHOWN) == 0
    assert admin.post(f"{at}/mask", {"text": "My card"}, htmx=True).status_code == 204
    answer = admin.post(f"{at}/original", {}, htmx=True).text
    assert f"My card is {CARD}, I say" in answer and works(Work.MASK_SHOWN) == 1, (
        "what stood there first"
    )
    db.session.expire_all()
    raw = db.session.execute(
        sa.text("SELECT body, sealed FROM ticket_entry WHERE id = :id"), {"id": entry.id}
    ).one()
    assert raw.body.startswith("** **** is") and "4111" not in raw.sealed
    assert "Masked text of a ticket shown" in admin.get("/c/org/logs/works").text


@pytest.mark.spec("TKT-4", "MEM-4")
def test_who_does_not_work_on_the_ticket_and_services_without_it_mask_nothing(
    safe: Service, boss: Member, admin: Browser, browser: Make
) -> None:
    one, entry = written(safe, boss, admin, f"My card is {CARD}")
    world.agent(boss, safe, world.member("kim"), ticket=True)
    plain = tickets.desk(boss, "plain")
    world.agent(boss, plain, world.member("lee"), manager=True)
    his, hers = browser("kim"), browser("lee")
    at = f"entries/{entry.id}"
    his.get(f"{HOME}/{one.id}")
    assert not his.find("//*[contains(@href, '/entries/') or contains(@hx-get, '/entries/')]")
    assert his.post(f"{HOME}/{one.id}/{at}/mask", {"text": CARD}, htmx=True).status_code == 403
    assert his.post(f"{HOME}/{one.id}/{at}/original", {}, htmx=True).status_code == 403
    assert hers.post(f"{HOME}/{one.id}/{at}/original", {}, htmx=True).status_code == 404
    other = tickets.ticket(plain, boss, take=True)
    assert (
        hers.post(f"/c/s/plain/tickets/{other.id}/{at}/mask", {"text": CARD}, htmx=True).status_code
        == 404
    ), "not contracted"
    another = tickets.ticket(safe, boss, take=True)
    admin.get(f"{HOME}/{another.id}")
    assert (
        admin.post(f"{HOME}/{another.id}/{at}/mask", {"text": CARD}, htmx=True).status_code == 404
    ), "of another ticket"
    assert works(Work.TEXT_MASKED, Work.MASK_SHOWN) == 0


@pytest.mark.spec("TKT-4", "FLD-3")
def test_formats_hide_nothing_and_keys_are_exchanged(
    safe: Service, boss: Member, admin: Browser
) -> None:
    with db.write() as session:
        session.get_one(Service, safe.id).editor = Editor.HTML
    one, entry = written(
        safe, boss, admin, "<div>My card is 41<b>11 1111</b> 1111 &amp; 1111, <i>bye</i></div>"
    )
    assert (
        admin.post(
            f"{HOME}/{one.id}/entries/{entry.id}/mask", {"text": "4111 1111 1111 & 1111"}, htmx=True
        ).status_code
        == 204
    )
    db.session.expire_all()
    assert entry.html == "<div>My card is **<b>** ****</b> **** * ****, <i>bye</i></div>"
    assert entry.body == "My card is **** **** **** * ****, bye"
    first = entry.sealed
    assert jobs.rotate_keys() == 1
    db.session.expire_all()
    assert entry.sealed != first and vault.old_keys() == []
    assert "masked a part of a text" in admin.get(f"{HOME}/{one.id}").text
    assert (
        masking.original(entry).html
        == "<div>My card is 41<b>11 1111</b> 1111 &amp; 1111, <i>bye</i></div>"
    )


@pytest.mark.spec("TKT-4")
def test_neither_links_nor_names_of_pictures_tell_what_is_masked(
    safe: Service, boss: Member, admin: Browser
) -> None:
    with db.write() as session:
        session.get_one(Service, safe.id).editor = Editor.HTML
    links = '<a href="tel:4111-1111">4111-1111</a> <a href="https://shop.example/?n=4111-1111">here</a> <a href="https://shop.example">there</a>'
    one, entry = written(safe, boss, admin, f"<div>{links}</div>")
    assert (
        admin.post(
            f"{HOME}/{one.id}/entries/{entry.id}/mask", {"text": "4111-1111"}, htmx=True
        ).status_code
        == 204
    )
    db.session.expire_all()
    assert (
        entry.html.startswith("<div>********* here <a href=")
        and "4111" not in entry.html
        and entry.html.count("<a ") == 1
    )
    named = richtext.masked(
        '<div><img src="/f/1" alt="Kim 4111-1111.png"></div>', masking.pattern("4111-1111")
    )
    assert named.html == '<div><img src="/f/1" alt="Kim *********.png"></div>'
    assert named.text == "[Kim *********.png]"


@pytest.mark.spec("TKT-4")
def test_mail_that_stayed_here_is_masked_too(safe: Service, boss: Member, admin: Browser) -> None:
    one = tickets.ticket(safe, boss, email="lee@example.com", take=True)
    act(admin, one, "resolve", body=f"Your card {CARD}")
    with clock.at(clock.now() + rules.UNDO):
        assert delivery.deliver() == "1/1"
    db.session.expire_all()
    entry = db.session.scalars(
        sa.select(TicketEntry).order_by(TicketEntry.id.desc()).limit(1)
    ).one()
    admin.get(f"{HOME}/{one.id}")
    assert (
        admin.post(
            f"{HOME}/{one.id}/entries/{entry.id}/mask", {"text": CARD}, htmx=True
        ).status_code
        == 204
    )
    db.session.expire_all()
    kept = delivery.body_of(db.session.scalars(sa.select(Outgoing)).one()) or ""
    assert "\nYour card **** **** **** ****\n" in kept and CARD not in kept


@pytest.mark.spec("TKT-4")
def test_copies_that_wait_are_masked_too(safe: Service, boss: Member, admin: Browser) -> None:
    results = (
        Result(ResultKind.FORWARD, "pr@example.org"),
        Result(ResultKind.CALL, "https://crm.example/hook"),
    )
    trigger(safe, "Out", [when(Subject.STATE, Comparison.EQUAL, "unassigned")], *results)
    with db.write() as session:
        session.get_one(Service, safe.id).editor = Editor.HTML
    one, other = (
        tickets.ticket(safe, boss, email="lee@example.com"),
        tickets.ticket(safe, boss, email="kim@example.com"),
    )
    act(admin, one, "take")
    act(admin, one, "resolve", formatted="1", body=f"<div>Your card <b>{CARD}</b></div>")
    inquiry, answer = db.session.scalars(
        sa.select(TicketEntry).where(TicketEntry.ticket_id == one.id).order_by(TicketEntry.id)
    )
    for entry, text in ((inquiry, "come"), (inquiry, "yet"), (answer, CARD)):
        assert (
            admin.post(
                f"{HOME}/{one.id}/entries/{entry.id}/mask", {"text": text}, htmx=True
            ).status_code
            == 204
        )
    db.session.expire_all()
    waiting = {
        mail.key.split("-")[0]: mail
        for mail in db.session.scalars(sa.select(Outgoing).where(Outgoing.about == one.about))
    }
    forwarded, mailed = delivery.body_of(waiting["trigger"]) or "", waiting["ticket"]
    assert (
        "It has not **** ***." in forwarded
        and "come" not in forwarded
        and f"/tickets/{one.id}" in forwarded
    )
    said = delivery.body_of(mailed) or ""
    assert "\nYour card **** **** **** ****\n" in said and CARD not in said
    html = crypto.ring().decrypt(mailed.html or "")
    assert "<div>Your card <b>**** **** **** ****</b></div>" in html and CARD not in html
    call = json.loads(
        crypto.ring().decrypt(
            db.session.scalars(sa.select(WebCall.body).where(WebCall.about == one.about)).one()
            or ""
        )
    )
    assert call["ticket"]["inquiry"] == "It has not **** ***." and call["ticket"]["id"] == one.id
    theirs = db.session.scalars(sa.select(Outgoing).where(Outgoing.about == other.about)).one()
    assert "It has not come yet." in (delivery.body_of(theirs) or ""), (
        "another ticket's copies stay"
    )


@given(
    st.lists(
        st.sampled_from(
            ["a", "b", "<b>", "</b>", "<br>", "</div><div>", " ", "&amp;", "ab", "<i>", "</i>"]
        ),
        max_size=14,
    )
)
@pytest.mark.spec("TKT-4")
def test_nothing_of_what_is_masked_is_left(pieces: list[str]) -> None:
    before = richtext.formatted("<div>" + "".join(pieces) + "</div>", picture=lambda _source: None)
    after = richtext.masked(before.html, masking.pattern("ab"))
    assert (
        "ab" not in re.sub(r"<[^b/][^>]*>|</?b>|</?i>", "", after.html) and "ab" not in after.text
    )
    assert len(after.text) == len(before.text) and after.text == richtext.stars(
        before.text, masking.pattern("ab")
    )
