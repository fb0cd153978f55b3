"""Fields that hold a file: sent while the form is filled in, sealed, handed out, destroyed (FLD-1, FLD-3)."""

import io
import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from occ.audit.models import WorkEntry
from occ.audit.rules import Work
from occ.core import storage, uploads
from occ.core.db import db
from occ.customers import service as customers
from occ.customers.models import Customer
from occ.fields.models import Field
from occ.fields.rules import FieldKind, FieldType
from occ.identity.models import Member
from occ.organization import service as organization
from occ.organization.models import Service
from occ.ticket_settings.models import Category
from occ.tickets import customer_data, jobs
from occ.tickets.models import Ticket, TicketValue
from occ.tickets.values import queries as values
from occ.tickets.values import service as value_service
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser
from tests.tickets.screen import HOME, fill

pytestmark = pytest.mark.heavy
Make = Callable[..., Browser]
BOOK = b"%PDF-1.7 account 110-234-567890 " + b"x" * 400


@pytest.fixture(autouse=True)
def nothing_lies_there(app: Flask) -> None:
    for path in storage.folder().iterdir():
        path.unlink()


def send(who: Browser, code: str, content: bytes, name: str = "book.pdf") -> str:
    """Chooses a file for a field: the token that its form holds then, or what is said instead."""
    part = (io.BytesIO(content), name)
    answer = who.post(
        f"{HOME}/uploads",
        {"input": f"f-{code}", f"f-{code}-file": part},
        htmx=True,
        content_type="multipart/form-data",
    )
    token = re.search(r'type="hidden" name="f-\w+" value="([^"]+)"', answer.text)
    return token[1] if token else answer.text


def held(ticket: Ticket, code: str) -> TicketValue:
    db.session.expire_all()
    return values.rows(ticket.id)[code]


def lie_on_disk() -> bytes:
    return b"".join(path.read_bytes() for path in storage.folder().iterdir() if path.is_file())


@pytest.mark.spec("FLD-1", "FLD-2")
def test_a_file_is_chosen_kept_through_a_refusal_and_fetched(
    mall: Service, refund: Category, boss: Member, admin: Browser
) -> None:
    fields.field(mall, "book", type=FieldType.FILE, required=True)
    fields.field(mall, "amount", type=FieldType.NUMBER)
    fields.place(mall, refund, "book", "amount")
    ticket = tickets.ticket(mall, boss, take=True, intake_id=refund.id)
    admin.get(f"{HOME}/{ticket.id}")
    assert fill(admin, ticket) == 422 and "Fill this in." in admin.text()
    token = send(admin, "book", BOOK)
    assert fill(admin, ticket, **{"f-book": token, "f-amount": "many"}) == 422
    assert admin.field("f-book") == token, "the chosen file is not lost"
    assert fill(admin, ticket, **{"f-book": token, "f-amount": "3"}) == 204
    page = admin.get(f"{HOME}/{ticket.id}").text
    assert "book.pdf" in page
    answer = admin.get(f"{HOME}/{ticket.id}/fields/book/file")
    assert (
        answer.data == BOOK
        and answer.mimetype == "application/octet-stream"
        and answer.headers["Cache-Control"] == "no-store"
    )
    assert (
        "attachment" in answer.headers["Content-Disposition"]
        and "sandbox" in answer.headers["Content-Security-Policy"]
    )
    assert BOOK[:40] not in lie_on_disk(), "every file lies sealed"
    assert fill(admin, ticket, clear="book", **{"f-amount": "many"}) == 422
    assert re.search(r'name="clear" value="book" checked', admin.last.text), "nor is a box"  # type: ignore[union-attr]
    assert (
        fill(admin, ticket, **{"f-amount": "4"}) == 204
        and values.plain(held(ticket, "book")) == "book.pdf"
    ), "it stays unless replaced"
    assert fill(admin, ticket, **{"f-book": send(admin, "book", b"other", "new.pdf")}) == 204
    assert (
        admin.get(f"{HOME}/{ticket.id}/fields/book/file").data == b"other"
        and len(list(storage.folder().iterdir())) == 1
    )
    assert 'class="t-subj"' in admin.get(f"{HOME}?box=all&q=book:new").text, "found by its name"
    assert 'class="t-subj"' not in admin.get(f"{HOME}?box=all&q=book:pdf7").text
    assert admin.get(f"{HOME}/{ticket.id}/fields/amount/file").status_code == 404


@pytest.mark.spec("FLD-1")
def test_files_that_are_too_large_empty_or_not_ones_own_are_refused(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    fields.field(mall, "book", FieldKind.AGENT, type=FieldType.FILE)
    one, other = tickets.ticket(mall, boss, take=True), tickets.ticket(mall, boss, take=True)
    admin.get(HOME)
    assert "at most 20 MB" in send(admin, "book", b"0" * (20 * 1024 * 1024 + 1))
    assert "not empty" in send(admin, "book", b"")
    assert (
        admin.post(f"{HOME}/uploads", {"input": "f-book"}, htmx=True).text.count('type="file"') == 1
    ), "taken back"
    for name in ('"><script>', "f-none", "f-title"):
        assert admin.post(f"{HOME}/uploads", {"input": name}, htmx=True).status_code == 404, name
    plain = uploads.token(uploads.keep("book.pdf", BOOK), boss.id)
    assert fill(admin, one, **{"f-book": plain}) == 422, (
        "a file of a text lies in clear: it is none of a field"
    )
    stranger = browser("kim")
    stranger.get(HOME)
    for token in (
        send(stranger, "book", BOOK),
        "forged book.pdf",
        send(admin, "book", BOOK)[:-20] + "x book.pdf",
    ):
        assert fill(admin, one, **{"f-book": token}) == 422 and "Choose it again" in admin.text(), (
            token
        )
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=21)):
        old = uploads.token(uploads.keep("book.pdf", BOOK, sealed=True), boss.id)
    assert fill(admin, one, **{"f-book": old}) == 422
    used = send(admin, "book", BOOK)
    assert fill(admin, one, **{"f-book": used}) == 204
    assert fill(admin, other, **{"f-book": used}) == 422, (
        "one file is not in two places: destroying one would destroy both"
    )
    issues = tickets.desk(boss, "shop")
    lee = world.member("lee")
    world.agent(boss, issues, lee, manager=True)
    assert browser("lee").get(f"{HOME}/{one.id}/fields/book/file").status_code == 404


@pytest.mark.spec("FLD-3")
def test_a_personal_file_is_handed_out_on_record_only(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    fields.field(mall, "book", FieldKind.AGENT, type=FieldType.FILE, encrypted=True)
    ticket = tickets.ticket(mall, boss, take=True)
    admin.get(HOME)
    assert fill(admin, ticket, **{"f-book": send(admin, "book", BOOK, "Kim-book.pdf")}) == 204
    at = f"{HOME}/{ticket.id}/fields/book/file"
    assert (
        "Kim-book" not in admin.get(f"{HOME}/{ticket.id}").text
        and "Kim-book" not in admin.get(f"{HOME}/{ticket.id}/fields").text
    )
    assert admin.get(at).status_code == 404, "no address hands it out unrecorded"
    assert admin.post(at).data == BOOK
    note = db.session.scalars(sa.select(WorkEntry).where(WorkEntry.work == Work.FIELD_SHOWN)).one()
    assert note.detail == {"field": "book", "ticket": ticket.id}
    agent = browser("kim")
    agent.get(f"{HOME}/{ticket.id}")
    assert agent.post(at).data != BOOK, "not their ticket"
    raw = json.dumps(
        [list(map(str, row)) for row in db.session.execute(sa.select(TicketValue.__table__))]
    )
    assert "Kim-book" not in raw and BOOK[:40] not in lie_on_disk()
    assert fill(admin, ticket, clear="book") == 204 and held(ticket, "book").file_key is None
    assert admin.post(at).status_code == 404


@pytest.mark.spec("FLD-3")
def test_encrypting_hides_the_name_and_back_shows_it_again(
    mall: Service, boss: Member, admin: Browser
) -> None:
    row = fields.field(mall, "book", FieldKind.AGENT, type=FieldType.FILE)
    ticket = tickets.ticket(mall, boss, take=True)
    admin.get(HOME)
    fill(admin, ticket, **{"f-book": send(admin, "book", BOOK)})
    assert held(ticket, "book").text == "book.pdf"
    for is_sealed, name in ((True, None), (False, "book.pdf")):
        with db.write():
            db.session.get_one(Field, row.id).encrypted = is_sealed
        jobs.keep_values()
        assert held(ticket, "book").text == name
        if is_sealed:
            assert admin.post(f"{HOME}/{ticket.id}/fields/book/file").data == BOOK
    assert admin.get(f"{HOME}/{ticket.id}/fields/book/file").data == BOOK
    assert jobs.rotate_keys() == 1
    assert held(ticket, "book").text == "book.pdf", "a new key leaves what is readable so"
    assert admin.get(f"{HOME}/{ticket.id}/fields/book/file").data == BOOK


@pytest.mark.spec("FLD-3")
def test_a_purged_file_opens_no_more_and_leaves_the_disk(
    mall: Service, boss: Member, admin: Browser
) -> None:
    fields.field(mall, "book", FieldKind.AGENT, type=FieldType.FILE, purge="days", days=2)
    ticket = tickets.ticket(mall, boss, take=True)
    admin.get(HOME)
    fill(admin, ticket, **{"f-book": send(admin, "book", BOOK)})
    row = held(ticket, "book")
    kept = values.file_of(row)
    assert kept and row.file_key == kept.key
    token = uploads.token(kept, boss.id)
    for path in storage.folder().iterdir():
        os.utime(path, (0, 0))
    organization.sweep_files()
    assert storage.path(kept.key).exists(), "a value names it"
    with time_machine.travel(datetime.now(UTC) + timedelta(days=4)):
        jobs.keep_values()
    gone = held(ticket, "book")
    assert (gone.text, gone.sealed, gone.file_key) == (None, None, None) and not storage.path(
        kept.key
    ).exists()
    assert "Destroyed" in admin.get(f"{HOME}/{ticket.id}").text
    assert fill(admin, ticket, **{"f-book": token}) == 204
    assert admin.post(f"{HOME}/{ticket.id}/fields/book/file").status_code == 404, (
        "an old page of its sender does not bring it back"
    )
    shown = sa.select(sa.func.count()).where(WorkEntry.work == Work.FIELD_SHOWN)
    assert db.session.scalar(shown) == 0, "what is not handed out is not recorded as shown"


@pytest.mark.spec("FLD-4")
def test_erasing_a_customer_takes_their_files(mall: Service, boss: Member, admin: Browser) -> None:
    fields.field(mall, "book", FieldKind.AGENT, type=FieldType.FILE)
    ticket = tickets.ticket(mall, boss, take=True, email="lee@example.com")
    admin.get(HOME)
    fill(admin, ticket, **{"f-book": send(admin, "book", BOOK)})
    person = db.session.scalars(sa.select(Customer)).one()
    assert customer_data.data(person, mall.id)[0]["fields"] == {"book": "book.pdf"}
    with db.write():
        customers.erase(db.session.get_one(Customer, person.id), mall.id, by="Boss")
    assert (
        list(storage.folder().iterdir()) == []
        and held(ticket, "book").file_key is None
        and admin.get(f"{HOME}/{ticket.id}/fields/book/file").status_code == 404
    )


@pytest.mark.spec("FLD-3")
def test_a_change_that_is_not_kept_removes_no_file(
    mall: Service, boss: Member, admin: Browser
) -> None:
    fields.field(mall, "book", FieldKind.AGENT, type=FieldType.FILE)
    ticket = tickets.ticket(mall, boss, take=True)
    admin.get(HOME)
    fill(admin, ticket, **{"f-book": send(admin, "book", BOOK)})

    def break_off() -> None:
        with db.write() as session:
            with session.begin_nested():  # as triggers do: a savepoint is no end
                value_service.store(
                    db.session.get_one(Ticket, ticket.id), {fields.shown(mall, "book"): ""}
                )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert admin.get(f"{HOME}/{ticket.id}/fields/book/file").data == BOOK
