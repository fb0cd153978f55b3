"""The pages of migration: whose they are, and the way from template to tickets (MIG-1)."""

import io
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from occ.audit.models import WorkEntry
from occ.audit.rules import Work
from occ.core.db import db
from occ.identity.models import Member
from occ.migration.models import Batch
from occ.migration.rules.batches import BatchState
from occ.organization.models import Service
from occ.tickets.models import Ticket
from tests.factories import migration as old
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by several people: on PostgreSQL in `make test-all`
HERE = "/c/org/migration"
Make = Callable[..., Browser]


@pytest.fixture
def desk(boss: Member) -> Service:
    return tickets.desk(boss)


def send(admin: Browser, content: bytes, name: str = "old.xlsx") -> Any:
    return admin.post(f"{HERE}/new/mall", {"file": (io.BytesIO(content), name)})


def confirmed(admin: Browser, content: bytes, name: str = "old.xlsx") -> Batch:
    asked = send(admin, content, name)
    assert asked.status_code == 200
    assert "mall" in asked.text and name in asked.text, "service and file are shown"
    token = asked.text.split('name="token" value="')[1].partition('"')[0]
    answer = admin.post(f"{HERE}/new/mall/confirm", {"token": token})
    assert answer.status_code == 303
    return db.session.scalars(sa.select(Batch).order_by(Batch.id.desc())).first()  # type: ignore[return-value]


@pytest.mark.spec("MIG-1", "LOG-3")
def test_the_way_from_the_template_to_tickets(boss: Member, desk: Service, admin: Browser) -> None:
    assert "Nothing brought in yet" in admin.get(HERE).text
    assert desk.name in admin.get(f"{HERE}/new").text
    template = load_workbook(io.BytesIO(admin.get(f"{HERE}/template/mall").data))
    sheet = template.worksheets[0]
    assert [cell.value for cell in sheet[1]][:3] == ["Intake type", "Title", "Content"]
    batch = confirmed(
        admin, old.book(desk, old.LIKE, {**old.CLOSED, "assignee": "nobody"}, {**old.LIKE})
    )
    assert batch.state is BatchState.CHECKING and "old.xlsx" in admin.get(HERE).text
    old.child(batch)
    page = admin.get(f"{HERE}/{batch.id}").text
    assert "Download the refused rows" in page and "Make tickets of the good rows" in page
    refused = load_workbook(io.BytesIO(admin.get(f"{HERE}/{batch.id}/refused").data))
    row = refused.worksheets[0][2]
    assert [cell.value for cell in row if cell.comment] == ["nobody"]
    assert refused.worksheets[0].max_row == 2, "of the refused rows only"
    assert admin.get(f"{HERE}/{batch.id}/reserve").status_code == 200
    admin.post(f"{HERE}/{batch.id}/reserve", {"when": "now"})
    old.child(db.session.get_one(Batch, batch.id, populate_existing=True))
    assert old.count(Ticket) == 2
    assert admin.get(f"{HERE}/{batch.id}/undo").status_code == 200
    admin.post(f"{HERE}/{batch.id}/undo", {})
    old.child(db.session.get_one(Batch, batch.id, populate_existing=True))
    assert old.count(Ticket) == 0 and "Undone" in admin.get(f"{HERE}/{batch.id}").text
    works = set(db.session.scalars(sa.select(WorkEntry.work)))
    assert works >= {
        Work.MIGRATION_UPLOADED,
        Work.MIGRATION_RESERVED,
        Work.MIGRATION_UNDONE,
        Work.EXCEL_REFUSED_ROWS,
    }


@pytest.mark.spec("MIG-1")
def test_a_reserved_batch_is_deleted_and_a_made_one_is_not(
    boss: Member, desk: Service, admin: Browser
) -> None:
    batch = old.checked(desk, boss, old.book(desk, old.LIKE))
    admin.post(f"{HERE}/{batch.id}/reserve", {"when": "night"})
    assert db.session.get_one(Batch, batch.id, populate_existing=True).run_at is not None
    assert "Become tickets at" in admin.get(f"{HERE}/{batch.id}").text
    assert admin.get(f"{HERE}/{batch.id}/delete").status_code == 200
    ident = batch.id
    admin.post(f"{HERE}/{ident}/delete", {})
    assert old.count(Batch) == 0 and admin.get(f"{HERE}/{ident}").status_code == 404
    made = old.brought(desk, boss, old.LIKE)
    assert admin.post(f"{HERE}/{made.id}/delete", {}).status_code == 409
    assert old.count(Batch) == 1 and old.count(Ticket) == 1


@pytest.mark.spec("MIG-1")
def test_a_form_sent_twice_makes_one_batch(boss: Member, desk: Service, admin: Browser) -> None:
    asked = send(admin, old.book(desk, old.LIKE))
    token = asked.text.split('name="token" value="')[1].partition('"')[0]
    for _time in range(2):
        admin.post(f"{HERE}/new/mall/confirm", {"token": token})
    assert old.count(Batch) == 1


@pytest.mark.spec("MIG-1")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old kind"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "has a password",
        ),
        (b"%PDF\x00\x01", "neither an Excel file"),
    ],
)
def test_what_its_first_bytes_say_is_refused_at_once(
    desk: Service, admin: Browser, content: bytes, words: str
) -> None:
    answer = send(admin, content)
    assert answer.status_code == 422 and words in answer.text
    assert old.count(Batch) == 0


@pytest.mark.spec("MIG-1")
def test_only_organization_admins_bring_anything_in(
    boss: Member, desk: Service, browser: Make, admin: Browser
) -> None:
    batch = old.checked(desk, boss, old.book(desk, old.LIKE))
    world.agent(boss, desk, world.member("kim"), manager=True)
    world.agent(boss, desk, world.member("lee"))
    for who in ("kim", "lee"):
        other = browser(who)
        for path in ("", "/new", "/template/mall", "/new/mall", f"/{batch.id}"):
            assert other.get(HERE + path).status_code == 403
        assert other.post(f"{HERE}/{batch.id}/reserve", {"when": "now"}).status_code == 403
    assert admin.get(f"{HERE}/template/other").status_code == 404
    assert admin.get(f"{HERE}/99").status_code == 404
