"""Tickets written by hand: files that are sent before the ticket is there (TKT-1, TKT-6)."""

import io
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from occ.core import uploads
from occ.core.db import db
from occ.customers import service as customers
from occ.fields.rules import FieldType
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Editor
from occ.ticket_settings import service as settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets.models import Attachment, Ticket, TicketEntry
from tests.factories import field as of_field
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser
from tests.tickets.screen import HOME
from tests.tickets.test_files import PNG

pytestmark = pytest.mark.heavy
Make = Callable[..., Browser]
NEW = f"{HOME}/new"


def choose(who: Browser, *files: tuple[str, bytes]) -> tuple[list[str], str]:
    """Sends files from the form: the tokens that it holds then, and what its list shows."""
    parts = [(io.BytesIO(content), name) for name, content in files]
    shown = who.post(
        f"{NEW}/files", {"file": parts}, htmx=True, content_type="multipart/form-data"
    ).text
    return re.findall(r'name="attached" value="([^"]+)"', shown), shown


def make(who: Browser, **values: object) -> int:
    key = re.search(r'name="key"[^>]*value="([^"]+)"', who.get(NEW).text)
    assert key
    return who.post(
        NEW,
        {
            "key": key[1],
            "subject": "A parcel",
            "body": "It came open.",
            "priority": "normal",
            **values,
        },
    ).status_code


@pytest.mark.spec("TKT-1", "TKT-6")
def test_files_go_with_the_first_text_and_survive_a_refusal(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    admin.get(NEW)
    tokens, shown = choose(admin, ("photo.png", PNG), ("note.pdf", b"%PDF-1.7 x"))
    assert len(tokens) == 2 and "photo.png" in shown and "note.pdf" in shown
    assert make(admin, subject="", attached=tokens) == 422
    assert all(token in admin.last.text for token in tokens), "nothing is lost from the form"  # type: ignore[union-attr]
    picture = re.search(r'<img src="([^"]+)"', shown)
    assert picture and admin.get(picture[1]).data == PNG
    other = browser("kim")
    assert other.get(picture[1]).status_code == 404, "it is its sender's alone"
    assert make(admin, attached=tokens) == 303
    made = db.session.scalars(sa.select(Ticket)).one()
    first = db.session.scalars(sa.select(TicketEntry)).one()
    rows = db.session.scalars(sa.select(Attachment).order_by(Attachment.id)).all()
    assert [(row.name, row.entry_id, row.ticket_id) for row in rows] == [
        ("photo.png", first.id, made.id),
        ("note.pdf", first.id, made.id),
    ]
    assert other.get(f"{HOME}/{made.id}/files/{rows[0].id}").data == PNG


@pytest.mark.spec("TKT-4", "TKT-6")
def test_a_picture_in_the_first_text_moves_to_the_ticket(
    mall: Service, boss: Member, admin: Browser
) -> None:
    with db.write() as session:
        session.get_one(Service, mall.id).editor = Editor.HTML
    admin.get(NEW)
    (token,), shown = choose(admin, ("photo.png", PNG))
    picture = re.search(r'<img src="([^"]+)"', shown)
    assert picture
    body = f'<div>See <strong>here</strong><img src="{picture[1]}"><img src="{HOME}/new/files/forged"></div>'
    assert make(admin, body=body, formatted="1", attached=token) == 303
    row, entry = (
        db.session.scalars(sa.select(Attachment)).one(),
        db.session.scalars(sa.select(TicketEntry)).one(),
    )
    moved = f"{HOME}/{entry.ticket_id}/files/{row.id}"
    assert (
        entry.html == f'<div>See <strong>here</strong><img src="{moved}" alt="photo.png"></div>'
        and entry.body == "See here[photo.png]"
    )
    assert admin.get(moved).data == PNG
    assert make(admin, body=body, formatted="1") == 303
    again = db.session.scalars(sa.select(TicketEntry).order_by(TicketEntry.id.desc())).first()
    assert again and "<img" not in again.html, (
        "a picture that the form does not hold is none of the text's"
    )


@pytest.mark.spec("TKT-6")
def test_files_that_are_too_large_too_many_or_forged_are_refused_in_words(
    mall: Service, boss: Member, admin: Browser, browser: Make
) -> None:
    admin.get(NEW)
    tokens, shown = choose(
        admin, ("big.bin", b"0" * (20 * 1024 * 1024 + 1)), ("fits.txt", b"x"), ("none.txt", b"")
    )
    assert len(tokens) == 1 and "not empty" in shown, "what can be kept is kept"
    assert make(admin, attached=["forged a.txt"]) == 422 and "Choose it again" in admin.errors()
    many, shown = choose(admin, *((f"{n}.txt", b"x") for n in range(11)))
    assert len(many) == 10 and "at most 10 files" in shown
    assert make(admin, attached=[*many, *tokens]) == 422 and "at most 10 files" in admin.errors()
    sealed = uploads.token(uploads.keep("book.pdf", b"x", sealed=True), boss.id)
    assert make(admin, attached=sealed) == 422, "a file of a field cannot be read as one of a text"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 0
    assert make(admin, attached=tokens) == 303 and make(admin, attached=tokens) == 422, (
        "one file is not in two places"
    )
    shop = tickets.desk(boss, "shop")
    lee = world.member("lee")
    world.agent(boss, shop, lee, manager=True)
    stranger = browser("lee")
    stranger.get("/c/s/shop/tickets/new")
    part = (io.BytesIO(b"x"), "x.txt")
    assert (
        stranger.post(
            f"{NEW}/files", {"file": part}, htmx=True, content_type="multipart/form-data"
        ).status_code
        == 404
    )


@pytest.mark.spec("TKT-1", "FLD-2")
def test_a_type_is_asked_for_where_there_are_some_and_all_that_is_missing_is_said(
    mall: Service, boss: Member, admin: Browser
) -> None:
    assert make(admin, subject="", body=" ") == 422
    assert "Fill this in." in admin.errors() and "Enter something first." in admin.errors(), (
        "title and content at once"
    )
    with db.write():
        add = lambda name, parent=None: (
            settings.add_category(
                mall, CategoryKind.INTAKE, parent_id=parent, names={"ko": name}
            ).id
        )
        refund = add("환불")
        add("배송")
        card = add("카드", refund)
    assert make(admin) == 422 and "Choose an intake type." in admin.errors()
    paths = admin.texts("//label[input[@name='intake']]")
    assert paths == ["환불", "환불 › 카드", "배송"], "each below what it belongs to"
    assert make(admin, intake=card) == 303
    assert db.session.scalars(sa.select(Ticket.intake_id)).one() == card


@pytest.mark.spec("TKT-1", "FLD-2")
def test_all_that_is_wrong_stands_in_one_summary_and_the_chosen_type_comes_first(
    mall: Service, admin: Browser
) -> None:
    with db.write():
        types = [
            settings.add_category(mall, CategoryKind.INTAKE, parent_id=None, names={"ko": name})
            for name in ("환불", "배송", "교환")
        ]
    of_field.field(mall, "order", type=FieldType.NUMBER, required=True)
    of_field.place(mall, types[2], "order")
    chosen = types[2].id
    assert make(admin, subject="", intake=chosen, **{"f-order": "x"}) == 422
    wrong = admin.texts("//div[@data-errors]//li")
    assert len(wrong) == 2 and wrong[1].startswith("Order"), wrong
    assert admin.find("//div[@data-errors]//a/@href") == ["#subject", "#f-order"]
    listed = "//label[input[@name='intake']]"
    assert admin.texts(listed)[0] == "교환" and admin.find("//input[@name='intake']/@checked")
    admin.get(f"{HOME}/types?q=환불&intake={chosen}", htmx=True)
    assert admin.texts(listed) == ["교환", "환불"], "what was chosen is not lost by looking further"


@pytest.mark.spec("CUS-1", "TKT-1")
def test_a_typed_number_or_address_shows_the_known_customer_before_a_name_is_dropped(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    with db.write():
        customers.found_or_made(name="Minji Lee", phone="+821012345678", email="minji@example.com")
        customers.found_or_made(name="Other", phone="", email="other@example.com")

    def said(who: Browser, **typed: str) -> str:
        sent = {"name": "", "phone": "", "email": "", **typed}
        return " ".join(who.post(f"{NEW}/customer", sent, htmx=True).text.split())

    for who in (admin, browser("kim")):
        who.get(NEW)
        assert "Minji Lee" in said(who, phone="010-1234-5678")
        assert "Minji Lee" in said(who, email="MINJI@example.com")
        assert "minji@example.com" not in said(who, phone="010-1234-5678"), "masked as elsewhere"
        assert not said(who, phone="010-1234-567"), "no number yet"
        assert not said(who, phone="010-9999-0000", name="New")
        dropped = "“<bdi>Mina</bdi>” is not stored."
        assert dropped in said(who, phone="010-1234-5678", name="Mina")
        assert dropped not in said(who, phone="010-1234-5678", name="Minji Lee")
        both = said(who, phone="010-1234-5678", email="other@example.com")
        assert "Minji Lee" in both and "belongs to somebody else (<bdi>Other</bdi>)" in both
    assert make(admin, subject="", phone="010-1234-5678", name="Mina") == 422
    assert "“ Mina ” is not stored." in admin.text(), "also where no script asks"
    one = tickets.ticket(mall, boss, take=True)
    dialog = admin.get(f"{HOME}/{one.id}/customer", htmx=True).text
    assert f'hx-post="{NEW}/customer"' in dialog
    his = browser(world.member("stranger").login_id)
    his.get("/c/me")
    assert his.post(f"{NEW}/customer", {"phone": "010-1234-5678"}, htmx=True).status_code == 404


@pytest.mark.spec("TKT-1")
def test_an_inquiry_that_an_agent_takes_down_is_the_customers_words(
    mall: Service, boss: Member, admin: Browser
) -> None:
    assert make(admin, name="Lee Sora", email="sora@example.com") == 303
    made = db.session.scalars(sa.select(Ticket)).one()
    admin.get(f"{HOME}/{made.id}")
    assert admin.texts("//*[contains(@class,'t-msg')]//b") == ["Lee Sora"]
    assert admin.texts("//*[contains(@class,'t-msg')]//*[contains(@class,'avatar')]") == ["L"]
    assert f"taken down by {boss.name}" in admin.text()
    admin.post(f"{HOME}/{made.id}/comment", {"version": made.version, "body": "Seen."}, htmx=True)
    admin.get(f"{HOME}/{made.id}")
    assert admin.texts("//*[contains(@class,'t-msg')]//b") == ["Lee Sora", boss.name]
