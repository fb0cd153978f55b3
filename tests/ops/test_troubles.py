"""What fails again and again: it waits longer each time, keeps the log short, and /readyz tells of it (OPS-2)."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask, Response

from occ.core import clock, jobs, troubles
from occ.core.db import db
from occ.core.jobs import Definition
from occ.core.troubles import Trouble
from occ.scheduler.runner import Clockwork
from occ.telephony import engine
from occ.telephony.models import TelephonyOwner
from tests.conftest import made
from tests.support.browser import Browser
from tests.support.live import Live, until
from tests.support.migrated import prepare


class Clock:
    """Time that only waiting moves; it stops whatever runs after so many waits."""

    def __init__(self, waits: int) -> None:
        self.now, self.left, self.waited = 1000.0, waits, list[float]()

    def monotonic(self) -> float:
        return self.now

    def is_set(self) -> bool:
        return self.left == 0

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.left -= 1
        self.waited.append(seconds)


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(40)
    monkeypatch.setattr(troubles, "monotonic", made.monotonic)
    return made


@pytest.mark.spec("TEL-2", "OPS-2")
def test_an_engine_without_a_database_waits_longer_says_little_and_is_not_ready(
    app: Flask, still: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: engine.Engine) -> bool:
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("no such server\nsecond line"))

    monkeypatch.setattr(engine.Engine, "step", broken)
    engine.start(app, still).join(timeout=30)  # type: ignore[arg-type]
    assert still.waited[:8] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    lines = [record for record in caplog.records if record.name == "occ.telephony"]
    assert len([line for line in lines if line.exc_info]) == 1
    assert len(lines) == 1 + int(sum(still.waited) // 60)
    assert "has failed" in lines[-1].getMessage() and "second line" not in lines[-1].getMessage()
    answer = Browser(app).get("/readyz")
    assert answer.status_code == 503
    assert answer.text.startswith("the phone system has failed 40 times in 1")
    found = troubles.watch(app, "the phone system", logging.getLogger("occ.telephony"))
    found.over()
    assert Browser(app).get("/readyz").text == "ready\n"
    assert "works again after 40 failures" in caplog.text


def test_a_stumble_is_no_trouble_and_a_quiet_minute_ends_one(
    still: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    one = Trouble("it", logging.getLogger("occ.telephony"))
    one.over()
    assert caplog.records == []
    assert one.failed(ValueError("a")) == 0.1
    assert not one.lasts
    still.now += 3
    assert one.lasts
    still.now += 60
    assert one.failed(ValueError("b")) == 0.1, "another trouble"
    assert not one.lasts
    assert [bool(record.exc_info) for record in caplog.records] == [True, True]


@pytest.mark.spec("OPS-2", "TEL-2")
def test_readiness_tells_since_when_nobody_runs_telephony(app: Flask) -> None:
    one = Browser(app)
    assert one.get("/readyz").text == "ready\n", "nobody ever did"
    with db.write() as session:
        session.add(TelephonyOwner(id=1, epoch=1, lease_until=clock.now(), alive_at=clock.now()))
    answer = one.get("/readyz")
    assert answer.status_code == 200, "this process answers"
    assert answer.text.startswith("ready\nthe phone system is away since 20")


def _cut(app: Flask) -> None:
    """The server cuts this session's connection after its last statement."""
    own = db.session.scalar(sa.text("SELECT pg_backend_pid()"))
    url = app.config["SQLALCHEMY_DATABASE_URI"].replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [own])


@pytest.mark.spec("OPS-2")
def test_a_session_ends_although_its_connection_was_cut(
    tmp_path: Path, database_url: Callable[..., str]
) -> None:
    with made(tmp_path, database_url("postgres", "cut")) as app, app.app_context():
        for end in (db.session.rollback, db.session.close, db.session.remove):
            _cut(app)
            end()
            assert db.session.scalar(sa.text("SELECT 1")) == 1
        db.session.rollback()
        page = Browser(app)

        @app.after_request
        def then_cut(answer: Response) -> Response:
            _cut(app)
            return answer

        assert page.get("/readyz").text == "ready\n", "an answer that was finished arrives"


def _unclosable(monkeypatch: pytest.MonkeyPatch, thread: str) -> None:
    """What a thread of this name closes fails every other time."""
    remove, times = db.session.remove, count()

    def closed() -> None:
        if threading.current_thread().name.startswith(thread) and next(times) % 2 == 0:
            raise RuntimeError("cannot be closed")
        remove()

    monkeypatch.setattr(db.session, "remove", closed)


@pytest.mark.spec("OPS-2", "TEL-2")
def test_an_engine_goes_on_when_the_end_of_a_step_fails(
    app: Flask, still: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine.Engine, "step", lambda self: True)
    monkeypatch.setattr(engine, "IDLE_PAUSE", engine.PAUSE)
    _unclosable(monkeypatch, "telephony")
    engine.start(app, still).join(timeout=30)  # type: ignore[arg-type]
    assert len(still.waited) == 40


@pytest.mark.spec("OPS-2", "OPS-5")
def test_a_job_runs_again_although_its_end_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    with made(tmp_path) as app:
        prepare(app)
        app.extensions["occ_jobs"] = {
            "probe": Definition("probe", "Probe", timedelta(minutes=1), str)
        }
        monkeypatch.setattr(jobs, "run_one", lambda name, stopping: ran.append(name))
        _unclosable(monkeypatch, "ThreadPoolExecutor")
        work = Clockwork(app)
        try:
            until(lambda: len(ran) >= 2)
        finally:
            work.stop(time.monotonic() + 5)


@pytest.mark.full
@pytest.mark.live
@pytest.mark.spec("OPS-2", "TEL-2")
def test_a_database_that_goes_and_comes_back(
    tmp_path: Path, database_url: Callable[..., str]
) -> None:
    url = database_url("postgres", "gone")
    name = urlsplit(url).path[1:]
    live = Live(tmp_path / "instance", url)
    live.start()
    try:
        ready = lambda: httpx.get(f"{live.url}/readyz", timeout=30, trust_env=False)
        assert ready().text == "ready\n"
        with psycopg.connect(url.replace(name, "postgres"), autocommit=True) as server:
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')

            def failed() -> bool:
                """A connection that was just being made is cut at the next look."""
                server.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                    [name],
                )
                return "the phone system has failed" in ready().text

            until(failed)
            answer = ready()
            assert answer.status_code == 503
            assert answer.text.startswith("the database does not answer\n")
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        until(lambda: ready().status_code == 200)
        told = live.log.read_text().count("ERROR occ.telephony")
        assert 1 <= told <= 3, "one traceback, and a line a minute"
        assert "the phone system works again" in live.log.read_text()
    finally:
        live.stop(signal.SIGKILL)
