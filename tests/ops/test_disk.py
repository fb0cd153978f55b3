"""A full disk: refused in words, nothing half-written stays, signing in and cleaning up go on (OPS-2)."""

import errno
import io
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from lxml.etree import SerialisationError
from waitress.adjustments import Adjustments

from occ.core import clock, disk, jobs, storage, tasks, uploads, xlsx
from occ.core.db import db
from occ.core.disk import MB, DiskFull
from occ.core.jobs import JobRun
from occ.core.tasks import Task, TaskState
from occ.factory import create_app
from occ.identity.models import Agent, Member
from occ.organization.models import Service
from occ.scheduler.bodies import Parser
from occ.telephony.models import CtiEvent, CtiLogDay, Recording
from occ.telephony.rules.calls import Command
from occ.tickets.models import Attachment
from tests.conftest import QUIET, need
from tests.factories import phone, world
from tests.factories import ticket as tickets
from tests.factories.phone import Floor
from tests.organization.test_wizard import BASIC, picture, start
from tests.support.audio import tone
from tests.support.browser import Browser
from tests.support.live import Live
from tests.support.migrated import prepare, put_in

pytestmark = pytest.mark.heavy

WORDS = "The server's disk is full, so this was not saved."
RESERVE = 64 * MB
Room = Callable[[int], None]


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    """Leaves so many bytes beside the reserve, on every disk."""

    def leave(size: int) -> None:
        monkeypatch.setattr(disk, "free", lambda _folder: RESERVE + size)

    return leave


def stored() -> list[str]:
    return sorted(path.name for path in storage.folder().iterdir())


@pytest.mark.spec("OPS-2")
def test_the_last_byte_beside_the_reserve_is_given_and_no_more(app: Flask, room: Room) -> None:
    before = stored()
    room(999)
    for write in (
        lambda: storage.save(b"x" * 1000, ""),
        lambda: uploads.keep("a", b"x" * 1000),
        lambda: uploads.keep("a", b"x" * 980, sealed=True),
    ):
        with pytest.raises(DiskFull):
            write()
    assert stored() == before
    room(1000)
    key = storage.save(b"x" * 1000, "")
    assert stored() == sorted([*before, key])
    room(-RESERVE)
    storage.write_whole(storage.path(key), b"y", from_reserve=True)
    storage.remove(key)


def test_blocks_that_are_kept_for_root_are_not_free(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = os.statvfs(tmp_path)
    few = os.statvfs_result([real.f_bsize, real.f_frsize, real.f_blocks, 1000, 10, *list(real)[5:]])
    monkeypatch.setattr(os, "statvfs", lambda _path: few)
    assert disk.free(tmp_path) == 10 * real.f_frsize


@pytest.mark.spec("OPS-2")
def test_readyz_says_that_the_disk_is_full(app: Flask, room: Room) -> None:
    room(0)
    assert Browser(app).get("/readyz").status_code == 200
    room(-1)
    answer = Browser(app).get("/readyz")
    assert answer.status_code == 503
    assert (
        answer.text
        == "the disk is full: the instance folder has 63 MB left, the temporary folder has 63 MB left; 64 MB are kept for signing in and cleaning up\n"
    )


def upload(who: Browser, path: str, **sent: Any) -> Any:
    return who.post(path, sent, htmx=True, content_type="multipart/form-data")


@pytest.mark.spec("OPS-2", "TKT-6")
def test_uploads_are_refused_in_words_and_the_rest_goes_on(
    mall: Service, boss: Member, admin: Browser, room: Room
) -> None:
    one = tickets.ticket(mall, boss, take=True)
    where = f"/c/s/mall/tickets/{one.id}"
    admin.get(where)
    before = stored()
    room(10)
    for path, field in (
        (f"{where}/files", "file"),
        ("/c/s/mall/files/new", "file"),
        ("/c/s/mall/tickets/new/files", "file"),
    ):
        answer = upload(admin, path, **{field: (io.BytesIO(b"x" * 100), "a.txt")})
        assert answer.status_code == 507 and WORDS in unescape(admin.text()), path
    assert (
        stored() == before
        and db.session.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 0
    )
    assert (
        admin.post(f"{where}/comment", {"body": "The disk is full."}, htmx=True).status_code == 200
    )
    assert Browser(admin.client.application).login("boss", world.PASSWORD).status_code == 303, (
        "who signs in is no file"
    )
    room(100)
    assert (
        upload(admin, f"{where}/files", file=(io.BytesIO(b"x" * 100), "a.txt")).status_code == 200
    )


@pytest.mark.spec("OPS-2", "ORG-2")
def test_a_form_with_a_picture_keeps_what_was_typed(admin: Browser, room: Room) -> None:
    where = start(admin)
    room(10)
    answer = admin.post(
        where, {**BASIC, "name": "Kept", "banner": picture()}, content_type="multipart/form-data"
    )
    assert answer.status_code == 507 and WORDS in admin.errors() and admin.field("name") == "Kept"


@pytest.mark.spec("OPS-2", "ARS-2")
def test_sounds_and_speech_are_refused_too(boss: Member, admin: Browser, room: Room) -> None:
    made = phone.service(boss, "call")
    world.agent(boss, made, boss, manager=True)
    admin.get("/c/s/call/ars")
    room(10)
    answer = admin.post(
        "/c/s/call/ars/sounds",
        {"sound": (io.BytesIO(tone(1, "wav")), "a.wav"), "prefix": "voice_ko"},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 507 and WORDS in unescape(admin.text())
    answer = admin.post("/c/s/call/ars/speech", {"language": "ko", "text": f"가득 {made.id}"})
    assert answer.status_code == 507 and WORDS in answer.json["error"]


@pytest.mark.spec("OPS-2")
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_half_written_file_goes_at_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fails(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    before = stored()
    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError if number == errno.EIO else DiskFull):
        storage.save(b"x", "")
    assert stored() == before


CHILD = """
import resource, sys
from pathlib import Path
from occ.core import disk, storage
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
disk.need = lambda folder, size: None
try:
    storage.write_whole(Path(sys.argv[1]) / "big", b"x" * 200_000)
except disk.DiskFull as error:
    print(type(error).__name__)
"""


@pytest.mark.spec("OPS-2")
def test_a_file_that_the_system_cuts_off_leaves_nothing(tmp_path: Path) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] in (
        resource.RLIM_INFINITY,
        *range(200_000, 2**20),
    )
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert child.stdout.strip() == "DiskFull" and list(tmp_path.iterdir()) == []


@pytest.mark.spec("OPS-2")
def test_a_large_body_waits_only_where_there_is_room(
    mall: Service, boss: Member, admin: Browser, room: Room
) -> None:
    one = tickets.ticket(mall, boss, take=True)
    admin.get(f"/c/s/mall/tickets/{one.id}")
    room(disk.SPOOLED)
    answer = upload(
        admin, f"/c/s/mall/tickets/{one.id}/files", file=(io.BytesIO(b"x" * disk.SPOOLED), "a.txt")
    )
    assert answer.status_code == 507 and answer.headers["HX-Reswap"] == "none", (
        "the page stays as it is"
    )
    assert WORDS in answer.headers["HX-Trigger"]
    assert "TICKET" not in admin.post(
        "/c/s/mall/tickets/new/files", {"x": "y" * disk.SPOOLED}
    ).text and WORDS in unescape(admin.text()), "a page of its own"


def parse(*, size: int, chunked: bool = False) -> tuple[Parser, bytes]:
    """A request as the server takes it in; what the application reads of it."""
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
    body = b"%x\r\n" % size + b"x" * size + b"\r\n0\r\n\r\n" if chunked else b"x" * size
    parser, sent = (
        Parser(Adjustments()),
        f"POST / HTTP/1.1\r\nHost: a\r\n{length}\r\n\r\n".encode() + body,
    )
    while sent:
        sent = sent[parser.received(sent[:8192]) :]
    assert parser.completed and parser.error is None
    try:
        return parser, parser.get_body_stream().read()
    finally:
        parser.close()


@pytest.mark.spec("OPS-2")
@pytest.mark.parametrize("chunked", [False, True])
def test_the_server_reads_a_body_without_room_to_its_end_and_drops_it(
    monkeypatch: pytest.MonkeyPatch, app: Flask, room: Room, chunked: bool
) -> None:
    monkeypatch.setattr(Parser, "reserve", RESERVE)
    room(4 * MB)
    assert len(parse(size=MB, chunked=chunked)[1]) == MB
    room(-1)
    assert len(parse(size=10_000, chunked=chunked)[1]) == 10_000, "small ones stay in memory"
    with pytest.raises(DiskFull):
        parse(size=MB, chunked=chunked)
    room(2 * MB - 1)
    if not chunked:
        with pytest.raises(DiskFull):  # room for one copy, but not for the application's
            parse(size=MB)


@pytest.mark.spec("OPS-2")
def test_what_databases_say_of_a_full_disk_is_understood(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(**values: object) -> sa.exc.OperationalError:
        cause = Exception("database or disk is full")
        cause.__dict__.update(values)
        return sa.exc.OperationalError("INSERT", None, cause)

    assert disk.is_full(said(sqlite_errorcode=13)) and disk.is_full(said(sqlstate="53100"))
    assert disk.is_full(SerialisationError("IO_ENOSPC")) and not disk.is_full(
        said(sqlite_errorcode=5)
    )
    monkeypatch.setattr(disk, "free", lambda _folder: 2 * MB)
    assert not disk.is_full(said(sqlite_errorcode=10 | 19 << 8)), (
        "an input/output error of another kind"
    )
    monkeypatch.setattr(disk, "free", lambda _folder: 0)
    assert disk.is_full(said(sqlite_errorcode=10 | 19 << 8))


@pytest.mark.spec("OPS-2")
def test_what_was_written_of_a_sheet_goes_at_once(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: Room
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def rows() -> Iterator[list[str]]:
        yield ["a"]
        assert len(list(tmp_path.iterdir())) == 1
        raise SerialisationError("IO_ENOSPC")

    with pytest.raises(DiskFull):
        xlsx.workbook("A", ["A"], rows())
    assert list(tmp_path.iterdir()) == []
    room(-1)
    with pytest.raises(DiskFull):
        xlsx.workbook("A", ["A"], [])


@pytest.mark.spec("OPS-2", "CBK-2")
def test_an_export_waits_for_room_says_so_and_is_made_then(
    app: Flask,
    boss: Member,
    mall: Service,
    admin: Browser,
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "_spawn", tasks.run)
    params = {"service": mall.id, "member": boss.id, "manager": True, "box": "all", "q": ""}
    with db.write():
        ident = tasks.start(
            "tickets", "Tickets", params, member_id=boss.id, service_id=mall.id, total=0
        ).id
    room(10)
    tasks.run_queued()
    row = db.session.get_one(Task, ident, populate_existing=True)
    assert (row.state, row.file) == (TaskState.QUEUED, None)
    assert "The file is made as soon as there is room" in admin.get(f"/c/exports/{ident}").text
    assert tasks.run_queued() is None, "not at once again"
    room(100 * MB)
    with db.write() as session:
        session.get_one(Task, ident).progress_at -= tasks.PUT_OFF
    tasks.run_queued()
    assert db.session.get_one(Task, ident, populate_existing=True).state is TaskState.DONE
    assert "as soon as there is room" not in admin.get(f"/c/exports/{ident}").text
    assert admin.get(f"/c/exports/{ident}/file").status_code == 200


@pytest.fixture
def team(boss: Member) -> Agent:
    made = phone.service(boss, "call")
    agent = phone.agent(boss, made, "kim")
    phone.queue(made, [agent])
    return agent


@pytest.mark.spec("OPS-2", "CTI-3", "TEL-2")
def test_a_day_of_the_log_waits_for_room_and_a_call_goes_on_without_its_recording(
    floor: Floor, team: Agent, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    floor.login(team)
    room(10)
    ref = floor.place(team.service)
    floor.do(team, Command.ANSWER)
    floor.leave(ref)
    with floor.time():
        assert db.session.scalars(sa.select(Recording.file)).all() == [None]
    assert "was not kept" in caplog.text and "Traceback" not in caplog.text
    floor.now = clock.next_midnight(floor.now, "Asia/Seoul") + timedelta(minutes=1)
    events = db.session.scalar(sa.select(sa.func.count()).select_from(CtiEvent))
    with floor.time():
        assert jobs.run_one("cti_log")
        said = db.session.scalars(sa.select(JobRun.error).where(JobRun.name == "cti_log")).one()
    assert said == str(disk.FULL)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(CtiEvent)) == events
    room(MB)
    floor.now += timedelta(minutes=1)
    with floor.time():
        assert jobs.run_one("cti_log")
        assert db.session.scalars(sa.select(CtiLogDay.events)).one() > 0


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 27 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=27m", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    need(
        "tmpfs",
        None if made.returncode == 0 else f"this user may not mount one: {made.stderr.strip()}",
    )
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path: Path) -> None:
    """Somebody else takes all that is left, the reserve too."""
    with open(path, "wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


@pytest.mark.live
@pytest.mark.spec("OPS-2", "TKT-6")
def test_a_small_disk_fills_up_and_the_console_goes_on(small: Path) -> None:
    application = create_app(
        {**QUIET, "OCC_INSTANCE": small, "DATABASE_URL": "", "DISK_RESERVE_MB": 6}
    )
    prepare(application)
    with application.app_context():
        boss = world.owner()
        mall = tickets.desk(boss)
        ident = tickets.ticket(mall, boss, take=True).id
        db.session.commit()
        who = Browser(application)
        who.login("boss", world.PASSWORD)
        where = f"/c/s/mall/tickets/{ident}"
        who.get(where)
        sizes = [
            upload(who, f"{where}/files", file=(io.BytesIO(b"x" * 4 * MB), f"{n}.bin")).status_code
            for n in range(8)
        ]
        assert sizes[0] == 200 and sizes[-1] == 507 and not list(storage.folder().glob(".*")), sizes
        assert who.get("/readyz").status_code == 200
        with pytest.raises(OSError, match="No space left"):
            fill(small / "others")
        assert "the instance folder has 0 MB left" in who.get("/readyz").text
        answers = [
            who.post(f"{where}/comment", {"body": "y" * 20_000}, htmx=True) for _n in range(20)
        ]
        assert {answer.status_code for answer in answers} == {200, 507} or {
            answer.status_code for answer in answers
        } == {507}
        assert WORDS in unescape(answers[-1].text) + str(answers[-1].headers)
        (small / "others").unlink()
        assert who.get("/readyz").status_code == 200
        assert who.post(f"{where}/comment", {"body": "Room again"}, htmx=True).status_code == 200
        db.session.remove()
        db.engine.dispose()


@pytest.mark.live
@pytest.mark.spec("OPS-2")
def test_a_server_whose_temporary_folder_is_full_says_so_and_lives(
    small: Path, tmp_path: Path
) -> None:
    import httpx

    live = Live(put_in(tmp_path / "instance"), TMPDIR=str(small), DISK_RESERVE_MB="20")
    live.start()
    try:
        with httpx.Client(base_url=live.url, timeout=30) as client:
            said = client.post("/login", content=b"x" * 10 * MB)
            assert said.status_code == 507 and "디스크가 가득" in said.text
            assert client.get("/login", follow_redirects=True).status_code == 200
            assert client.post("/login", content=b"x" * 1000).status_code != 507
            assert client.get("/readyz").status_code == 200, "its own 20 MB are still there"
    finally:
        assert live.stop() == 0
