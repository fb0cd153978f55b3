"""Files on tickets and shared ones (TKT-6, FILE-1)."""

import functools
import io
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm.exc import StaleDataError

from occ.core import files, storage
from occ.core.db import db
from occ.delivery.models import Outgoing
from occ.identity.models import Member
from occ.organization import service as organization
from occ.organization.models import Service
from occ.ticket_settings.models import SharedFile
from occ.tickets import attachments, service
from occ.tickets.models import Attachment
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser
from tests.tickets.screen import HOME, act

pytestmark = pytest.mark.heavy
Make = Callable[..., Browser]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
SHARED = "/c/s/mall/files"


def send(who: Browser, path: str, *sent: tuple[str, bytes]) -> object:
    """Uploads files as a form would."""
    parts = [(io.BytesIO(content), name) for name, content in sent]
    return who.post(path, {"file": parts}, htmx=True, content_type="multipart/form-data")


@given(st.text(max_size=300))
def test_a_file_name_leads_nowhere_and_ends_as_it_did(text: str) -> None:
    name = files.name_of(text)
    assert (
        name
        and len(name) <= files.NAME_MAX
        and not set(name) & set('/\\"<>|:*?\n\0')
        and name not in (".", "..")
    )


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "C:\\tmp\\a.pdf", "보고서.pdf", "x" * 300 + ".docx"]
)
def test_folders_are_left_out_of_names(name: str) -> None:
    assert files.name_of(name) == {
        "../../etc/passwd": "passwd",
        "C:\\tmp\\a.pdf": "a.pdf",
        "보고서.pdf": "보고서.pdf",
    }.get(name, "x" * 145 + ".docx"[:5])


@pytest.mark.spec("TKT-6")
def test_files_wait_for_the_text_and_go_with_it(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    one = tickets.ticket(mall, boss, email="lee@example.com", take=True)
    admin.get(f"{HOME}/{one.id}")
    assert (
        "photo.png"
        in send(
            admin, f"{HOME}/{one.id}/files", ("photo.png", PNG), ("note.pdf", b"%PDF-1.7 x")
        ).text
    )  # type: ignore[attr-defined]
    first = db.session.execute(
        sa.select(Attachment.id, Attachment.key).order_by(Attachment.id)
    ).all()
    assert "note.pdf" in admin.get(f"{HOME}/{one.id}").text, "they survive a reload"
    other = browser("kim")
    assert (
        "photo.png" not in other.get(f"{HOME}/{one.id}").text
        and other.get(f"{HOME}/{one.id}/files/{first[0].id}").status_code == 404
    )
    assert (
        "note.pdf" not in admin.post(f"{HOME}/{one.id}/files/{first[1].id}/remove", htmx=True).text
    )
    assert not storage.path(first[1].key).exists()
    assert "photo.png" in act(admin, one, "hold", body="See the picture.")
    row = db.session.scalars(sa.select(Attachment)).one()
    assert row.entry_id is not None
    assert other.get(f"{HOME}/{one.id}/files/{row.id}").data == PNG
    assert other.post(f"{HOME}/{one.id}/files/{row.id}/remove", htmx=True).status_code == 404, (
        "what was written stays"
    )
    mail = db.session.scalars(sa.select(Outgoing)).one()
    assert mail.attachments == [{"key": row.key, "name": "photo.png", "kind": "image/png"}]


@pytest.mark.spec("TKT-6")
def test_a_file_is_found_at_its_own_ticket_alone(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    shop = tickets.desk(boss, "shop")
    own, same, foreign = (tickets.ticket(of, boss, take=True) for of in (mall, mall, shop))
    found = []
    for ticket in (own, same, foreign):
        with db.write():
            key = storage.save(b"of ticket %d" % ticket.id, "")
            attachments.add(ticket, boss.id, name="a.txt", key=key, content=b"x")
            service.comment(ticket, "See the file.", actor=world.actor(boss))
        found.append(db.session.scalars(sa.select(sa.func.max(Attachment.id))).one())
    his = browser("kim")
    for who in (admin, his):
        assert who.get(f"{HOME}/{own.id}/files/{found[0]}").data == b"of ticket %d" % own.id
        for other in found[1:]:
            assert who.get(f"{HOME}/{own.id}/files/{other}").status_code == 404
        assert who.get(f"{HOME}/{foreign.id}/files/{found[2]}").status_code == 404
    assert admin.get(f"/c/s/shop/tickets/{foreign.id}/files/{found[2]}").status_code == 200
    assert his.get(f"/c/s/shop/tickets/{foreign.id}/files/{found[2]}").status_code == 404
    with db.write():
        key = storage.save(b"waits", "")
        waiting = attachments.add(same, boss.id, name="b.txt", key=key, content=b"waits").id
    admin.get(f"{HOME}/{own.id}")
    assert admin.post(f"{HOME}/{own.id}/files/{waiting}/remove", htmx=True).status_code == 404
    assert admin.get(f"{HOME}/{same.id}/files/{waiting}").data == b"waits"


@pytest.mark.spec("TKT-6")
def test_a_request_that_is_tried_again_sends_every_file_of_one_name_again(
    mall: Service, boss: Member, admin: Browser, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, left = app.view_functions["ticket_files.upload"], ["deadlock"]

    @functools.wraps(view)
    def deadlocked(**values: object) -> object:
        for sent in request.files.getlist("file"):
            assert sent.read()
        if left:
            left.clear()
            raise StaleDataError("another transaction was in the way")
        for sent in request.files.getlist("file"):
            sent.stream.seek(0)
        return view(**values)

    monkeypatch.setitem(app.view_functions, "ticket_files.upload", deadlocked)
    one = tickets.ticket(mall, boss, take=True)
    admin.get(f"{HOME}/{one.id}")
    answer = send(
        admin, f"{HOME}/{one.id}/files", ("first.txt", b"first"), ("second.txt", b"second")
    )
    assert "first.txt" in answer.text and "second.txt" in answer.text  # type: ignore[attr-defined]


@pytest.mark.spec("TKT-6")
def test_what_could_run_in_a_page_is_only_downloaded(
    mall: Service, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(mall, boss, take=True)
    admin.get(f"{HOME}/{one.id}")
    hostile = (
        ("page.html", b"<script>alert(1)</script>"),
        ("pic.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("fake.png", b"<html>"),
        ("x.pdf", b"%PDF-1.7"),
    )
    send(admin, f"{HOME}/{one.id}/files", *hostile, ("real.png", PNG))
    stored = db.session.scalars(sa.select(Attachment).order_by(Attachment.id)).all()
    assert [row.name for row in stored] == [*(name for name, _content in hostile), "real.png"]
    for row in stored:
        answer = admin.get(f"{HOME}/{one.id}/files/{row.id}")
        assert (
            answer.headers["X-Content-Type-Options"] == "nosniff"
            and "sandbox" in answer.headers["Content-Security-Policy"]
        )
        if row.name == "real.png":
            assert answer.mimetype == "image/png" and "attachment" not in answer.headers.get(
                "Content-Disposition", ""
            )
            assert (
                "attachment"
                in admin.get(f"{HOME}/{one.id}/files/{row.id}?download=1").headers[
                    "Content-Disposition"
                ]
            )
        else:
            assert (
                answer.mimetype == "application/octet-stream"
                and "attachment" in answer.headers["Content-Disposition"]
            )


@pytest.mark.spec("TKT-6")
def test_too_large_empty_and_too_many_files_are_refused_in_words(
    mall: Service, boss: Member, admin: Browser, browser: Make
) -> None:
    one = tickets.ticket(mall, boss, take=True)
    home = f"{HOME}/{one.id}/files"
    admin.get(f"{HOME}/{one.id}")
    answer = send(admin, home, ("big.bin", b"0" * (files.BYTES + 1)))
    assert answer.status_code == 422 and "at most 20 MB" in answer.text  # type: ignore[attr-defined]
    assert send(admin, home, ("fits.bin", b"0" * files.BYTES)).status_code == 200  # type: ignore[attr-defined]
    assert "not empty" in send(admin, home, ("none.txt", b"")).text  # type: ignore[attr-defined]
    answer = send(admin, home, *((f"{n}.txt", b"x") for n in range(10)))
    assert (
        "at most 10 files" in answer.text
        and db.session.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 10
    )  # type: ignore[attr-defined]
    other = tickets.desk(boss, "shop")
    lee = world.member("lee")
    world.agent(boss, other, lee, manager=True)
    stranger = browser("lee")
    assert send(stranger, home, ("x.txt", b"x")).status_code == 404  # type: ignore[attr-defined]


@pytest.mark.spec("FILE-1")
def test_a_shared_file_is_listed_and_deleted_in_its_own_service_alone(
    mall: Service, boss: Member, admin: Browser, browser: Make
) -> None:
    admin.get(SHARED)
    send(admin, f"{SHARED}/new", ("logo.png", PNG))
    ident = db.session.scalars(sa.select(SharedFile.id)).one()
    world.agent(boss, tickets.desk(boss, "shop"), world.member("lee"), manager=True)
    theirs = browser("lee")
    assert "logo.png" not in theirs.get("/c/s/shop/files").text
    for path in ("/c/s/shop/files", SHARED):
        assert theirs.post(f"{path}/{ident}/delete", htmx=True).status_code == 404
    assert browser().get("/mall/files/logo.png").data == PNG


@pytest.mark.spec("FILE-1")
def test_shared_files_have_unique_names_and_a_path_for_everybody(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    admin.get(SHARED)
    assert send(admin, f"{SHARED}/new", ("logo 1.png", PNG)).status_code == 204  # type: ignore[attr-defined]
    again = send(admin, f"{SHARED}/new", ("logo 1.png", PNG + b"1"))
    assert again.status_code == 422 and "is there already" in again.text  # type: ignore[attr-defined]
    assert "not empty" in admin.post(f"{SHARED}/new", {}, htmx=True).text
    page = admin.get(SHARED).text
    path = re.search(r'data-copy-text="(http[^"]+)"', page)
    assert path and path[1].endswith("/mall/files/logo%201.png")
    guest = browser()
    answer = guest.get("/mall/files/logo%201.png")
    assert answer.data == PNG and answer.mimetype == "image/png"
    assert (
        guest.get("/mall/files/other.png").status_code
        == 404
        == guest.get("/shop/files/logo%201.png").status_code
    )
    assert browser("kim").get(SHARED).status_code == 403
    ident = re.search(r"files/(\d+)/delete", page)
    assert ident and admin.post(f"{SHARED}/{ident[1]}/delete", htmx=True).status_code == 204
    assert guest.get("/mall/files/logo%201.png").status_code == 404


@pytest.mark.spec("TKT-6", "FILE-1")
def test_stored_files_that_a_row_names_are_not_swept(
    mall: Service, boss: Member, admin: Browser, app: Flask
) -> None:
    import os

    one = tickets.ticket(mall, boss, take=True)
    admin.get(f"{HOME}/{one.id}")
    send(admin, f"{HOME}/{one.id}/files", ("note.txt", b"x"))
    send(admin, f"{SHARED}/new", ("logo.png", PNG))
    orphan = storage.save(b"gone", "")
    for path in storage.folder().iterdir():
        os.utime(path, (0, 0))
    organization.sweep_files()
    assert not storage.path(orphan).exists()
    assert storage.path(db.session.scalars(sa.select(Attachment.key)).one()).exists()
    assert storage.path(db.session.scalars(sa.select(SharedFile.key)).one()).exists()
