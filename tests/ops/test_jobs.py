"""Jobs: leases, catching up, history, run now; the outbox with a real SMTP server."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from email import message_from_string, policy
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from aiosmtpd.controller import Controller
from flask import Flask

from occ.config import ROOT
from occ.core import calls, clock, jobs, processes, storage
from occ.core.db import db
from occ.core.jobs import Definition, Job, JobRun
from occ.delivery import copies, hooks, smtp
from occ.delivery import service as delivery
from occ.delivery.models import Outgoing, WebCall
from occ.delivery.rules import ATTEMPTS, State, back_off
from occ.identity.models import Member
from tests.factories import world
from tests.support.browser import Browser
from tests.support.jobs import run_due
from tests.support.live import free_port
from tests.support.settings import change


@pytest.fixture
def runs(app: Flask) -> list[str]:
    """One job `probe` that is due every minute; its runs."""
    done: list[str] = []

    def work() -> str:
        done.append("ran")
        return "1"

    real = app.extensions["occ_jobs"]
    app.extensions["occ_jobs"] = {"probe": Definition("probe", "Probe", timedelta(minutes=1), work)}
    yield done
    app.extensions["occ_jobs"] = real


@pytest.mark.spec("OPS-5")
def test_a_job_runs_when_due_once_and_is_recorded(runs: list[str]) -> None:
    with time_machine.travel("2026-03-02 00:00:00+00:00", tick=False) as at:
        for seconds, expected in ((0, 1), (59, 1), (1, 2), (600, 3)):
            at.shift(timedelta(seconds=seconds))
            run_due()
            assert len(runs) == expected
    assert db.session.scalars(sa.select(JobRun.result)).all() == ["1"] * 3


def dead(app: Flask) -> str:
    """A process of this machine that was killed, though another one has its number."""
    start, _slash, name = processes.owner().rpartition("/")
    killed = f"{name.partition('-')[0]}-killed"
    (app.extensions["occ_settings"].instance / "processes" / killed).touch()
    return f"{start}/{killed}"


@pytest.mark.spec("OPS-5")
def test_only_a_process_of_this_machine_that_has_ended_is_dead(app: Flask) -> None:
    mine = processes.owner()
    host, boot, name = mine.rsplit("/", 2)
    assert not processes.is_dead(mine) and mine == processes.owner()
    assert processes.is_dead(dead(app)), "its number lives on: it is this process's own"
    assert processes.is_dead(dead(app).replace(host, "container", 1)), (
        "one system, one folder: its file tells"
    )
    assert processes.is_dead(f"{host}/other-boot/{name}") and not processes.is_dead(
        f"other/other-boot/{name}"
    )
    for unknown in (
        None,
        "",
        f"{host}/{boot}/1-unknown",
        f"{host}/{boot}/{os.getpid()}",
        f"{host}/{boot}/..",
        f"other/-/{name}",
    ):
        assert not processes.is_dead(unknown)


@pytest.mark.live
@pytest.mark.spec("OPS-5")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_process_is_known_to_have_ended_however_it_ended(app: Flask, how: signal.Signals) -> None:
    code = "import sys; from occ.core import processes; print(processes.owner(), flush=True); sys.stdin.read()"
    folder = app.extensions["occ_settings"].instance.as_posix()
    program = "from pathlib import Path\nfrom flask import Flask\n"
    program += "from tests.support.settings import change\n"
    program += f"app = Flask('x')\nchange(app, instance=Path({folder!r}))\n"
    program += f"with app.app_context():\n exec({code!r})"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as child:
        assert child.stdout is not None
        there = child.stdout.readline().decode().strip()
        assert not processes.is_dead(there)
        child.send_signal(how)
        child.wait()
        assert processes.is_dead(there)


def test_files_of_processes_that_ended_long_ago_are_removed(tmp_path: Path) -> None:
    (tmp_path / "processes").mkdir()
    for name, age in (("old", 25), ("new", 1)):
        (tmp_path / "processes" / name).touch()
        os.utime(tmp_path / "processes" / name, (time.time() - age * 3600,) * 2)
    other = Flask("other")
    change(other, instance=tmp_path)
    with other.app_context():
        mine = processes.owner().rpartition("/")[2]
    assert {path.name for path in (tmp_path / "processes").iterdir()} == {"new", mine}


@pytest.mark.spec("OPS-5")
def test_a_lease_keeps_others_out_until_it_ends_or_its_owner_is_dead(
    app: Flask, runs: list[str]
) -> None:
    with time_machine.travel("2026-03-02 00:00:00+00:00", tick=False) as at:
        with db.write():
            assert jobs.claim("probe") == 1  # another worker is at it
        at.shift(timedelta(minutes=2))
        run_due()
        assert runs == []
        at.shift(timedelta(minutes=4))
        run_due()
        assert runs == ["ran"]
        at.shift(timedelta(minutes=2))
        with db.write() as session:
            session.get_one(Job, "probe").lease_until = clock.now() + timedelta(minutes=5)
            session.get_one(Job, "probe").lease_owner = dead(app)
        run_due()
        assert runs == ["ran", "ran"]  # its process no longer runs: taken over at once


@pytest.mark.spec("TRG-3")
def test_receivers_of_one_service_hold_up_no_other_services_calls(
    console: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    others, in_time = threading.Event(), list[bool]()

    def post(url: str, *_args: object, **_more: object) -> calls.Answer:
        others.set() if "other" in url else in_time.append(others.wait(10))
        return calls.Answer(200, b"")

    with db.write():
        for n in range(2 * hooks.LINES):
            hooks.call(1, f"https://crm.example/{n}", {}, key=f"k{n}")
        hooks.call(2, "https://other.example/", {}, key="other")
    monkeypatch.setattr(calls, "post", post)
    assert hooks.deliver() == "17/17"
    assert all(in_time), "the other service's call waited for theirs"


@pytest.mark.spec("OPS-5")
def test_what_a_killed_process_was_asked_for_is_taken_up_at_once(
    app: Flask, runs: list[str]
) -> None:
    probe = app.extensions["occ_jobs"]["probe"]
    app.extensions["occ_jobs"]["probe"] = replace(
        probe, every=timedelta(hours=24), ready=lambda: False
    )
    with time_machine.travel("2026-03-02 00:00:00+00:00", tick=False) as at:
        with db.write():
            jobs.request_run("probe")
        with db.write() as session:
            assert jobs.claim("probe") == 1
            session.get_one(Job, "probe").lease_owner = dead(app)  # in the middle of it
        at.shift(timedelta(seconds=1))
        assert jobs.Watch().due() == ["probe"]
        run_due()
        run_due()
        assert runs == ["ran"]


@pytest.mark.spec("OPS-5")
def test_what_was_asked_for_and_failed_is_begun_again_within_a_minute(
    app: Flask, runs: list[str]
) -> None:
    def fail() -> str:
        runs.append("failed")
        raise OSError("the disk is full")

    probe = app.extensions["occ_jobs"]["probe"]
    app.extensions["occ_jobs"]["probe"] = replace(
        probe, every=timedelta(hours=24), ready=lambda: False, run=fail
    )
    with time_machine.travel("2026-03-02 00:00:00+00:00", tick=False) as at:
        with db.write():
            jobs.request_run("probe")
        run_due()
        run_due()
        at.shift(timedelta(seconds=59))
        run_due()
        assert runs == ["failed"]
        app.extensions["occ_jobs"]["probe"] = replace(
            probe, every=timedelta(hours=24), ready=lambda: False
        )
        at.shift(timedelta(seconds=1))
        run_due()
        at.shift(timedelta(minutes=5))
        run_due()
        assert runs == ["failed", "ran"]


def test_a_look_for_work_that_fails_lets_the_job_say_so(app: Flask, runs: list[str]) -> None:
    def broken() -> bool:
        raise ValueError("no luck")

    probe = app.extensions["occ_jobs"]["probe"]
    app.extensions["occ_jobs"] = {
        "broken": replace(probe, name="broken", ready=broken),
        "probe": probe,
    }
    assert jobs.Watch().due() == ["broken", "probe"], "the other jobs go on"


def test_an_error_is_recorded_and_tried_again_when_next_due(app: Flask) -> None:
    def fail() -> str:
        raise ValueError("no luck")

    real = app.extensions["occ_jobs"]
    app.extensions["occ_jobs"] = {"probe": Definition("probe", "Probe", timedelta(minutes=1), fail)}
    with time_machine.travel("2026-03-02 00:00:00+00:00", tick=False) as at:
        run_due()
        at.shift(timedelta(minutes=1))
        run_due()
    app.extensions["occ_jobs"] = real
    errors = db.session.scalars(sa.select(JobRun.error)).all()
    assert len(errors) == 2
    assert all("no luck" in (error or "") for error in errors)


@pytest.mark.spec("OPS-5")
def test_the_job_page_shows_runs_and_runs_now(admin: Browser) -> None:
    admin.get("/c/org/jobs")
    assert "Charge the day’s fees" in admin.text()
    assert admin.post("/c/org/jobs/accrual/run", htmx=True).status_code == 204
    run_due()
    admin.get("/c/org/jobs/accrual")
    assert "Nothing to do" in admin.text()
    assert admin.get("/c/org/jobs/nothing").status_code == 404
    assert admin.post("/c/org/jobs/nothing/run").status_code == 404


class Inbox:
    def __init__(self, *, refuse: int = 0) -> None:
        self.mails: list[tuple[str, str]] = []
        self.refuse = refuse

    async def handle_DATA(self, server, session, envelope):  # type: ignore[no-untyped-def]  # noqa: N802
        if self.refuse:
            self.refuse -= 1
            return "451 try again later"
        self.mails.append((envelope.rcpt_tos[0], envelope.content.decode()))
        return "250 OK"


@pytest.mark.spec("MEM-2")
def test_mail_goes_out_by_smtp_once_and_its_text_is_forgotten(app: Flask, admin: Browser) -> None:
    inbox = Inbox(refuse=1)
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    change(app, smtp_url=f"smtp://127.0.0.1:{controller.port}")
    try:
        admin.post(
            "/c/org/members/invite",
            {"name": "박지훈", "login_id": "jihoon", "email": "jihoon@example.com"},
            htmx=True,
        )
        with time_machine.travel(clock.now() + timedelta(seconds=1), tick=False) as at:
            assert delivery.deliver() == "0/1"
            assert delivery.deliver() is None  # not before the back-off
            at.shift(back_off(1))
            assert delivery.deliver() == "1/1"
            assert delivery.deliver() is None
    finally:
        controller.stop()
        change(app, smtp_url="")
    row = db.session.scalars(sa.select(Outgoing)).one()
    assert [to for to, _text in inbox.mails] == ["jihoon@example.com"]
    assert f"Message-ID: <{row.key}@" in inbox.mails[0][1]
    assert (row.state, row.body, row.attempts) == (State.SENT, None, 2)
    admin.get("/c/org/outbox")
    assert "Sent" in admin.text()
    admin.post(f"/c/org/outbox/{row.id}", htmx=True)
    assert "no longer kept" in admin.text()
    assert not admin.find("//button[@data-copy-text]"), "there is no link to copy any more"


@pytest.mark.spec("MEM-2", "TRG-3")
@pytest.mark.parametrize("what", ["mail", "web call"])
def test_what_another_worker_is_sending_is_left_to_it_until_its_lease_ends(
    app: Flask, boss: Member, what: str
) -> None:
    mall = world.contracted(boss)
    with db.write():
        if what == "mail":
            row: Outgoing | WebCall = delivery.send_mail(to="a@example.com", subject="A", body="B")
        else:
            row = hooks.call(mall.id, "http://127.0.0.1:1/", {}, key="k")
        ends = clock.now() + timedelta(seconds=30)
        row.lease_until = ends
    sender, done = (delivery, "1/1") if what == "mail" else (hooks, "0/1")
    with time_machine.travel(ends, tick=False) as at:
        assert (sender.is_waiting(), sender.deliver()) == (False, None)
        at.shift(timedelta(seconds=1))
        assert (sender.is_waiting(), sender.deliver()) == (True, done)
    db.session.refresh(row)
    assert (row.attempts, row.lease_until) == (1, None)


def test_a_mail_that_never_leaves_fails_and_says_why(app: Flask, admin: Browser) -> None:
    change(app, smtp_url=f"smtp://127.0.0.1:{free_port()}")
    with db.write():
        delivery.send_mail(to="a@example.com", subject="S", body="B")
    with time_machine.travel(clock.now(), tick=False) as at:
        for _i in range(ATTEMPTS):
            at.shift(timedelta(hours=5))
            delivery.deliver()
    change(app, smtp_url="")
    row = db.session.scalars(sa.select(Outgoing)).one()
    assert (row.state, delivery.body_of(row)) == (State.FAILED, "B"), "it can be sent again"
    assert "refused" in (row.error or "").lower()


@pytest.mark.live
@pytest.mark.spec("FLD-4")
def test_what_is_forgotten_while_it_is_sent_stops_nothing(
    console: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.write():
        delivery.send_mail(to="a@example.com", subject="S", body="B", about="ticket/1")
        hooks.call(1, "https://crm.example/", {"inquiry": "x"}, key="k", about="ticket/2")

    def forget(about: str) -> None:
        with db.write():
            assert copies.forget([about]) == 1

    monkeypatch.setattr(smtp, "send", lambda *_args, **_more: forget("ticket/1"))
    monkeypatch.setattr(calls, "post", lambda *_args, **_more: calls.Answer(200, b""))
    finish = hooks._finish

    def finished(ident: int, error: str | None) -> None:
        forget("ticket/2")
        finish(ident, error)

    monkeypatch.setattr(hooks, "_finish", finished)
    change(console, smtp_url="smtp://127.0.0.1:1")
    assert (delivery.deliver(), hooks.deliver()) == ("1/1", "1/1")
    assert (
        db.session.scalars(sa.select(Outgoing)).all()
        == []
        == db.session.scalars(sa.select(WebCall)).all()
    )


@pytest.mark.spec("MEM-2", "LOG-3")
def test_without_a_mail_server_org_admins_read_mail_in_the_console(admin: Browser) -> None:
    admin.post(
        "/c/org/members/invite",
        {"name": "박지훈", "login_id": "jihoon", "email": "jihoon@example.com"},
        htmx=True,
    )
    delivery.deliver()
    row = db.session.scalars(sa.select(Outgoing)).one()
    assert row.state is State.LOCAL
    assert "invite" not in (row.body or "")  # encrypted at rest
    admin.get("/c/org/outbox")
    assert "No mail server is set" in admin.text()
    admin.post(f"/c/org/outbox/{row.id}", htmx=True)
    link = admin.find("//pre//a")[0].get("href")
    assert link.startswith("http://localhost:5000/invite/")
    copies = admin.find("//button[@data-copy-text][@autofocus]")
    assert [one.get("data-copy-text") for one in copies] == [link]
    admin.get("/c/org/logs/works")
    assert "Mail in the outbox read" in admin.text()
    assert admin.post("/c/org/outbox/999", htmx=True).status_code == 404


@pytest.mark.spec("TKT-6")
def test_files_go_with_the_mail_and_a_destroyed_one_does_not_stop_it(app: Flask) -> None:
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    change(app, smtp_url=f"smtp://127.0.0.1:{controller.port}")
    key, gone = storage.save(b"\x00\x01 text", ""), storage.save(b"gone", "")
    storage.remove(gone)
    try:
        with db.write():
            enclosed = [
                {"key": key, "name": "환불.bin", "kind": ""},
                {"key": gone, "name": "gone.txt", "kind": ""},
            ]
            delivery.send_mail(to="a@example.com", subject="S", body="B", attachments=enclosed)
        assert delivery.deliver() == "1/1"
    finally:
        controller.stop()
        change(app, smtp_url="")
    mail = message_from_string(inbox.mails[0][1], policy=policy.default)
    sent = [
        (part.get_filename(), part.get_payload(decode=True)) for part in mail.iter_attachments()
    ]
    assert sent == [("환불.bin", b"\x00\x01 text")]
