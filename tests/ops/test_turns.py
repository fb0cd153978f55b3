"""Nobody waits for somebody else's slow thing: writers take turns, batches leave room, jobs run beside each other."""

import contextvars
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from occ.core import clock, jobs, live, tasks, waiting
from occ.core.db import Turns, db
from occ.core.jobs import Definition, Job, JobRun
from occ.core.tasks import Task, TaskState
from occ.delivery import hooks
from occ.delivery import service as delivery
from occ.delivery.models import Outgoing, WebCall
from occ.delivery.rules import LONGEST, State
from occ.scheduler.runner import Clockwork
from tests.factories import world
from tests.support.jobs import run_due

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def only(app: Flask) -> Iterator[dict[str, Definition]]:
    """The jobs of the application, none at first."""
    real, mine = app.extensions["occ_jobs"], dict[str, Definition]()
    app.extensions["occ_jobs"] = mine
    yield mine
    app.extensions["occ_jobs"] = real


def queued(turns: Turns, order: list[str], *wishes: tuple[str, bool]) -> list[threading.Thread]:
    """Writers who come one after the other while somebody has the turn, urgent or not; each notes when it is served."""

    def writer(name: str, urgent: bool) -> None:
        assert turns.take(10, urgent=urgent)
        order.append(name)
        turns.pass_on()

    threads = []
    for name, urgent in wishes:
        waiting = len(turns._waiting)
        thread = threading.Thread(target=writer, args=(name, urgent))
        thread.start()
        threads.append(thread)
        while len(turns._waiting) == waiting:
            time.sleep(0.001)  # until it stands in the queue
    return threads


def test_writers_are_served_as_they_came_and_telephony_first() -> None:
    turns, order = Turns(), list[str]()
    assert turns.take(0)
    threads = queued(
        turns, order, ("first", False), ("second", False), ("call", True), ("third", False)
    )
    turns.pass_on()
    for thread in threads:
        thread.join()
    assert order == ["call", "first", "second", "third"]
    assert turns.take(0), "the last one left it free"


def test_who_waits_in_vain_leaves_the_queue() -> None:
    turns, order = Turns(), list[str]()
    assert turns.take(0)
    assert not turns.take(0.01)
    threads = queued(turns, order, ("next", False))
    turns.pass_on()
    threads[0].join()
    assert order == ["next"]


class Line(deque[threading.Event]):
    """Who waits for a turn; `joined` tells that somebody does."""

    def __init__(self) -> None:
        super().__init__()
        self.joined = threading.Event()

    def append(self, waiting: threading.Event) -> None:
        super().append(waiting)
        self.joined.set()


@pytest.mark.live
@pytest.mark.parametrize("console", ["sqlite"], indirect=True)
def test_a_writer_has_its_turn_between_two_batches(
    console: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that writes again at once would have the turn again on SQLite, whose writers do not queue."""
    line, order = Line(), list[str]()
    monkeypatch.setattr(db, "turns", Turns())
    monkeypatch.setattr(db.turns, "_waiting", line)
    monkeypatch.setattr(jobs, "PAUSE", 0)  # turns alone let anybody in

    def small() -> None:
        with console.app_context(), db.write():
            live.touch("small")
            order.append("small")

    writers = [threading.Thread(target=small) for _n in range(3)]
    coming = iter(writers)

    def batch(_limit: int) -> int:
        live.touch("batch")
        order.append("batch")
        line.joined.clear()
        writer = next(coming, None)
        if writer is None:
            return 0
        writer.start()
        assert line.joined.wait(10), "who comes during a batch does not queue"
        return 1

    jobs.in_batches(batch)
    for writer in writers:
        writer.join()
    assert order == ["batch", "small"] * 3 + ["batch"]


@pytest.mark.live
def test_batches_grow_and_shrink_with_the_time_they_take(
    console: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    at = [0.0]
    monkeypatch.setattr(jobs.time, "perf_counter", lambda: at[0])
    monkeypatch.setattr(jobs, "PAUSE", 0)

    def work(limit: int) -> int:
        seen.append(limit)
        at[0] += 0.001 if len(seen) < 4 else 0.1  # quick rows, then slow ones
        return limit if len(seen) < 8 else 0

    jobs.in_batches(work)
    assert seen == [20, 40, 80, 160, 40, 10, 5, 5]


def test_rows_are_changed_one_by_one_in_short_transactions(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, commits = [0.0], list[int]()
    monkeypatch.setattr(jobs.time, "perf_counter", lambda: at[0])
    monkeypatch.setattr(jobs, "breathe", lambda: commits.append(len(done)))
    done: list[int] = []

    def change(number: int) -> int:
        at[0] += jobs.HOLD / 4
        done.append(number)
        return number % 2

    assert jobs.one_by_one(range(10), change) == 5
    assert done == list(range(10))
    assert commits == [4, 8], "each holds the database for HOLD seconds"


def written_beside(instance: Path) -> subprocess.Popen[bytes]:
    """A process that says that it waits for the database, as the writers of `waiting` do."""
    hold = (
        "import fcntl, sys; file = open(sys.argv[1], 'r+'); "
        "fcntl.flock(file, fcntl.LOCK_SH); print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, str(instance / "writers")]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout is not None
    other.stdout.readline()
    return other


@pytest.mark.live
@pytest.mark.parametrize("console", ["sqlite"], indirect=True)
def test_who_writes_much_sees_that_somebody_waits_in_any_process(console: Flask) -> None:
    instance = console.extensions["occ_settings"].instance
    assert not waiting.is_anybody()
    with db.write():
        assert waiting.is_anybody(), "in this one"
        with ThreadPoolExecutor(1) as beside:  # who comes and goes meanwhile changes nothing
            beside.submit(contextvars.copy_context().run, waiting.come).result()
            waiting.leave()
        assert waiting.is_anybody()
    assert not waiting.is_anybody()
    other = written_beside(instance)
    assert waiting.is_anybody()
    other.kill()
    other.communicate()
    assert not waiting.is_anybody(), "who was killed waits no more"


@pytest.mark.live
def test_a_child_gives_way_until_nobody_waits_but_not_for_ever(
    console: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    at = [0.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        at[0] += seconds
        if len(slept) == 3:
            waiting.leave()

    monkeypatch.setattr(jobs.time, "sleep", sleep)
    monkeypatch.setattr(jobs.time, "monotonic", lambda: at[0])
    is_single = db.engine.dialect.name == "sqlite"
    waiting.come()
    jobs.give_way()
    assert slept == ([jobs.LOOK] * 3 if is_single else [])
    slept[:] = [0.0] * 9
    waiting.come()
    jobs.give_way()
    assert at[0] <= 4 * jobs.LOOK + jobs.PATIENCE + 1e-6
    waiting.leave()


# the clock of jobs


@given(st.integers(-(10**6), 10**6), st.integers(1, 10**5))
def test_a_job_is_due_at_its_time_and_when_that_lies_further_off_than_its_period(
    ahead: int, every: int
) -> None:
    due = NOW + timedelta(seconds=ahead)
    assert jobs.is_due(due, NOW, timedelta(seconds=every)) is (
        ahead <= 0 or ahead > every + jobs.SKEW.total_seconds()
    )
    assert jobs.is_due(None, NOW, timedelta(seconds=every))


@pytest.mark.spec("OPS-5")
def test_a_clock_that_was_ahead_stops_no_job_no_mail_and_no_task(
    app: Flask, only: dict[str, Definition], boss: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran, spawned = list[str](), list[int]()
    monkeypatch.setattr(tasks, "_spawn", lambda _ident, turn: spawned.append(turn))
    only["probe"] = Definition(
        "probe", "Probe", timedelta(minutes=1), lambda: ran.append("x") or "1"
    )  # type: ignore[func-returns-value]
    mall = world.contracted(boss)  # type: ignore[arg-type]
    with time_machine.travel(NOW + timedelta(hours=6), tick=False):
        run_due()
        with db.write():
            late = delivery.send_mail(to="a@example.com", subject="S", body="B")
            call = hooks.call(mall.id, "https://example.com/", {}, key="k")
            late.lease_until = call.lease_until = clock.now() + timedelta(minutes=1)
            task = tasks.start("none", "None", {}, member_id=1, service_id=None, total=0)
            tasks.begin(task)
            ident = task.id
    with time_machine.travel(NOW, tick=False):
        run_due()
        assert ran == ["x", "x"]
        assert delivery.is_waiting()
        assert hooks.is_waiting()
        tasks.run_queued()
        tasks.run_queued()
        assert db.session.get_one(Task, ident).state is TaskState.RUNNING, (
            "another child was started"
        )
        assert db.session.get_one(Task, ident).tries == 2
        assert spawned == [2]
        with db.write() as session:
            session.get_one(Job, "probe").lease_until = clock.now() + timedelta(hours=6)
            session.get_one(Job, "probe").lease_owner = "elsewhere/-/1"
            session.get_one(Job, "probe").next_due = clock.now()
        run_due()
        assert ran == ["x"] * 3


def test_a_mail_waits_for_its_back_off(app: Flask) -> None:
    with db.write():
        row = delivery.send_mail(to="a@example.com", subject="S", body="B")
        row.due_at = clock.now() + LONGEST - timedelta(minutes=1)
    assert not delivery.is_waiting()
    assert db.session.scalar(sa.select(Outgoing.state)) is State.WAITING
    assert db.session.scalar(sa.select(WebCall.id)) is None


@pytest.mark.spec("OPS-5")
def test_looking_at_a_job_with_nothing_to_do_writes_nothing(
    app: Flask, only: dict[str, Definition]
) -> None:
    ran, asked, ready = list[str](), list[str](), [False]
    only["probe"] = Definition(
        "probe",
        "Probe",
        timedelta(minutes=1),
        lambda: ran.append("x"),  # type: ignore[func-returns-value]
        lambda: asked.append("?") or ready[0],  # type: ignore[func-returns-value]
    )
    watch = jobs.Watch()
    with time_machine.travel(NOW, tick=False) as at:
        assert watch.due() == []
        at.shift(timedelta(seconds=59))
        assert watch.due() == []
        assert asked == ["?"], "not before its period has passed"
        assert watch.due(anew=True) == []
        assert asked == ["?", "?"], "unless somebody left work"
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Job)) == 0
        ready[0] = True
        assert watch.due() == []
        at.shift(timedelta(seconds=60))
        assert watch.due() == ["probe"]
        ready[0] = False
        with db.write():
            jobs.request_run("probe")
        assert watch.due() == ["probe"], "asked for: it says that there was nothing"
        watch.running.add("probe")
        assert watch.due() == []


@pytest.mark.spec("OPS-5")
def test_a_job_that_is_stopped_gives_its_lease_back_and_goes_on_at_the_next_start(
    app: Flask, only: dict[str, Definition]
) -> None:
    stopping, parts = threading.Event(), list[str]()

    def work() -> str:
        parts.append("one")
        jobs.breathe()
        parts.append("two")
        stopping.set()
        jobs.breathe()
        parts.append("never")
        return "1"

    only["probe"] = Definition("probe", "Probe", timedelta(hours=1), work)
    assert jobs.run_one("probe", stopping)
    assert parts == ["one", "two"]
    row = db.session.get_one(Job, "probe", populate_existing=True)
    assert (row.lease_until, row.lease_owner) == (None, None)
    assert jobs.Watch().due() == ["probe"]
    assert db.session.scalar(sa.select(JobRun.id)) is None, "it is neither done nor failed"


@pytest.mark.spec("OPS-5")
def test_a_long_job_keeps_its_lease_and_ends_where_another_process_took_it(
    app: Flask, only: dict[str, Definition]
) -> None:
    parts: list[int] = []
    with time_machine.travel(NOW, tick=False) as at:

        def work() -> str:
            for part in range(5):
                at.shift(timedelta(minutes=4))
                if part == 3:
                    with db.write() as session:
                        session.get_one(
                            Job, "probe"
                        ).epoch += 1  # the lease ended, somebody else is at it
                parts.append(part)
                jobs.breathe()
            return "1"

        only["probe"] = Definition("probe", "Probe", timedelta(hours=1), work)
        jobs.run_one("probe")
    assert parts == [0, 1, 2, 3]


@pytest.mark.live
@pytest.mark.spec("OPS-5")
def test_no_job_waits_for_another_and_stopping_does_not_wait_for_ever(console: Flask) -> None:
    held, ran, end = threading.Event(), threading.Event(), threading.Event()

    def slow() -> str:
        held.set()
        end.wait(30)
        return "1"

    def quick() -> str:
        assert held.wait(10)
        ran.set()
        return "1"

    period = timedelta(hours=1)
    console.extensions["occ_jobs"] = {
        "slow": Definition("slow", "Slow", period, slow),
        "quick": Definition("quick", "Quick", period, quick),
    }
    made = contextvars.Context().run(Clockwork, console)
    assert ran.wait(10), "it waited for the slow one"
    began = time.monotonic()
    assert not made.stop(began + 0.3), "the slow one still runs"
    assert time.monotonic() - began < 3
    end.set()
    assert made.stop(time.monotonic() + 10)


@pytest.mark.live
def test_work_that_is_left_in_this_process_is_begun_at_once(
    console: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from occ.scheduler import runner

    monkeypatch.setattr(runner, "EVERY", 60)
    ran = threading.Event()
    console.extensions["occ_jobs"] = {
        "probe": Definition(
            "probe", "Probe", timedelta(hours=1), lambda: ran.set() or "1", lambda: False
        ),  # type: ignore[func-returns-value]
    }
    made = contextvars.Context().run(Clockwork, console)

    def fail() -> None:
        with db.write():
            jobs.request_run("probe")
            raise ValueError("not kept")

    with pytest.raises(ValueError, match="not kept"):
        fail()
    assert not ran.wait(0.2), "what was rolled back asks for nothing"
    with db.write():
        jobs.request_run("probe")
    assert ran.wait(10)
    assert made.stop(time.monotonic() + 10)
