"""Databases, applications and browsers for tests. `db` tests run on SQLite and PostgreSQL, each in one transaction."""

import contextvars
import gc
import json
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, has_request_context, request

from occ.cli import features
from occ.core import db as core_db
from occ.core import live
from occ.core.db import db
from occ.factory import create_app
from occ.identity import passwords
from occ.identity.models import Member
from occ.organization import rules
from occ.organization.models import Service
from occ.telephony import bus
from tests.factories import phone, world
from tests.factories import ticket as tickets
from tests.support import migrated, pages, postgres, routing, warm
from tests.support.browser import Browser

REQUIRED = set(filter(None, os.environ.get("OCC_REQUIRE", "").split(",")))
ENGINES = ("sqlite", "postgres")
QUIET = {
    "RATELIMIT_ENABLED": False,
    "RATE_LIMITS": False,
    "TESTING": True,
    "SMTP_URL": "",
    "TRUSTED_PROXIES": 0,
}


@contextmanager
def made(instance: Path, url: str = "", **settings: Any) -> Iterator[Flask]:
    """An application of a test's own; its connections are closed at the end."""
    application = create_app({**QUIET, "OCC_INSTANCE": instance, "DATABASE_URL": url, **settings})
    try:
        yield application
    finally:
        with application.app_context():
            db.session.remove()
            db.engine.dispose()


def need(part: str, reason: str | None) -> None:
    """Skips loudly where a real part is missing; where it is required, fails."""
    if reason is None:
        return
    if part in REQUIRED:
        pytest.fail(f"{part} is required: {reason}")
    pytest.skip(f"{part.upper()} IS MISSING: {reason}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Heavy tests run on one database in `make test`, on both in `make test-all`."""
    for item in items:
        if item.get_closest_marker("heavy") and "postgres" in item.name:
            item.add_marker(pytest.mark.full)
    short = [item for item in items if not item.get_closest_marker("full")]
    long = [item for item in items if item.get_closest_marker("full")]
    items[:] = [*_spread(short), *_spread(long)]


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end, so that the collector need not look through it."""
    gc.collect()
    gc.freeze()


def _spread(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """Journeys, which wait much and work little, evenly among the others: each worker has some of
    them, beside tests of other workers that wait for nothing.
    """
    journeys = [item for item in items if "journeys" in item.path.parts]
    others = [item for item in items if "journeys" not in item.path.parts]
    share = -(-len(others) // max(len(journeys), 1))
    for number, journey in enumerate(journeys):
        yield journey
        yield from others[number * share : (number + 1) * share]
    if not journeys:
        yield from others


def _shared(config: pytest.Config, factory: pytest.TempPathFactory) -> Path:
    base = factory.getbasetemp()
    return base.parent if hasattr(config, "workerinput") else base


@pytest.fixture(scope="session", autouse=True)
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A folder all workers of a run share."""
    folder = _shared(request.config, tmp_path_factory)
    migrated.keep_in(folder)
    pages.keep_in(folder / "pages")
    yield folder
    if not hasattr(request.config, "workerinput"):
        postgres.stop(folder)


OUTCOMES: dict[str, str] = {}
WORST_FIRST = ("failed", "passed", "skipped")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Notes the outcome of each test function for `make features`.

    Of its cases the worst counts; it is skipped only if all of them are.
    """
    if report.when != "call" and report.passed:  # set up and taken down, which proves nothing yet
        return
    name = report.nodeid.partition("[")[0]
    OUTCOMES[name] = min(report.outcome, OUTCOMES.get(name, "skipped"), key=WORST_FIRST.index)


def _note_outcomes() -> None:
    features.RESULTS.parent.mkdir(exist_ok=True)
    known = json.loads(features.RESULTS.read_text()) if features.RESULTS.exists() else {}
    features.RESULTS.write_text(json.dumps({**known, **OUTCOMES}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        _note_outcomes()
        factory = getattr(session.config, "_tmp_path_factory", None)
        if factory is not None:
            postgres.stop(factory.getbasetemp())


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """No test reaches the network: only this machine answers."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in (
            "127.0.0.1",
            "::1",
            "localhost",
        ):
            raise AssertionError(f"a test reaches the network: {address}")
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_disks() -> None:
    """No test pulls the plug: what is written need not reach the disk. A killed process loses nothing by it."""
    os.fsync = lambda _file: None  # type: ignore[assignment]


@pytest.fixture(scope="session", autouse=True)
def no_costly_hashes() -> None:
    """Passwords are hashed at once; consoles in processes of their own take their 0.1 s."""
    passwords._hasher = lambda: world.HASHER  # type: ignore[assignment]


@pytest.fixture(scope="session", autouse=True)
def compiled(shared: Path) -> Path:
    """Where all applications of a run share compiled templates."""
    folder = shared / "templates"
    warm.compile_once(folder)
    routing.compile_once()
    return folder


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))


@pytest.fixture(scope="session")
def database_url(shared: Path, worker: str) -> Callable[..., str]:
    """(engine, name) → the URL of a fresh database, migrated unless it is to be empty.

    '' means SQLite in the instance folder, where `tests.support.migrated.prepare` puts one.
    """

    def make(engine: str, name: str, *, is_empty: bool = False) -> str:
        if engine == "sqlite":
            return ""
        need("postgres", postgres.missing())
        server = postgres.cluster(shared)
        template = None if is_empty else migrated.on_postgres(server)
        return postgres.database(server, f"occ_{worker}_{name}", template=template)

    return make


@pytest.fixture(scope="session")
def applications(
    tmp_path_factory: pytest.TempPathFactory, database_url: Callable[..., str]
) -> Iterator[Callable[[str], Flask]]:
    """One migrated application an engine."""
    known: dict[str, Flask] = {}
    with ExitStack() as stack:

        def get(engine: str) -> Flask:
            if engine not in known:
                url = database_url(engine, "tests")
                application = stack.enter_context(
                    made(tmp_path_factory.mktemp(f"instance-{engine}"), url)
                )
                migrated.prepare(application)
                _forbid_writes_in_get(application)
                known[engine] = application
            return known[engine]

        yield get


def _forbid_writes_in_get(application: Flask) -> None:
    """GET is read-only; savepoints hide it from the begin hook, so the cursor is watched."""
    with application.app_context():

        @sa.event.listens_for(db.engine, "before_cursor_execute")
        def watch(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if (
                has_request_context()
                and request.method == "GET"
                and re.match(r"\s*(INSERT|UPDATE|DELETE)", statement, re.I)
            ):
                view = application.view_functions.get(request.endpoint or "")
                assert getattr(view, "writes", False), (
                    f"GET {request.path} writes: {statement[:80]}"
                )


@pytest.fixture(params=ENGINES)
def app(request: pytest.FixtureRequest, applications: Callable[[str], Flask]) -> Iterator[Flask]:
    """An application on one database, in a transaction that is rolled back; commits become savepoints."""
    application = applications(request.param)
    with application.app_context():
        token = core_db._writing.set(True)
        engine = db.engines[None]
        connection = engine.connect()
        outer = connection.begin()
        core_db._writing.reset(token)
        db.session.remove()
        db.session.configure(join_transaction_mode="create_savepoint")
        db.engines[None] = connection  # type: ignore[assignment]
        borrow, live.borrow = live.borrow, lambda: nullcontext(connection.connection)
        shutil.rmtree(
            application.extensions["occ_settings"].instance / "audit-head", ignore_errors=True
        )
        (application.extensions["occ_settings"].instance / "audit-head").unlink(missing_ok=True)
        yield application
        for kept in ("occ_kept", "occ_troubles"):  # as the transaction, it is taken back
            application.extensions.pop(kept, None)
        for store in ("occ_shared", "occ_shared_typed"):
            application.extensions[store].empty()
        live.borrow = borrow
        db.session.remove()
        db.engines[None] = engine
        outer.rollback()
        connection.close()


@pytest.fixture
def boss(app: Flask) -> Member:
    """The organization, with its owner."""
    return world.owner()


@pytest.fixture
def browser(app: Flask) -> Callable[..., Browser]:
    """Makes browsers; with a login ID it is signed in."""

    def make(login_id: str = "", ip: str = "127.0.0.1") -> Browser:
        made = Browser(app, ip)
        if login_id:
            answer = made.login(login_id, world.PASSWORD)
            assert answer.status_code == 303, made.errors()
        return made

    return make


@pytest.fixture
def admin(boss: Member, browser: Callable[..., Browser]) -> Browser:
    """The owner's browser, signed in."""
    return browser("boss")


@pytest.fixture
def all_features(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every feature were there: what is offered and priced later keeps its tests."""
    monkeypatch.setattr(rules, "NOT_YET", frozenset())


@pytest.fixture
def boss_service(boss: Member) -> Any:
    """A contracted service `mall`: tickets, help center, messages; 5 seats."""
    return world.contracted(boss)


@pytest.fixture
def mall(boss: Member) -> Service:
    """A service with tickets and mail that the owner manages."""
    return tickets.desk(boss)


@pytest.fixture
def kim(boss: Member, mall: Service) -> Member:
    """An agent of it who may hand tickets on."""
    made = world.member("kim")
    world.agent(boss, mall, made, ticket=True, transfer=True)
    return made


@pytest.fixture
def floor(app: Flask, boss: Member, monkeypatch: pytest.MonkeyPatch) -> phone.Floor:
    """The telephony engine, stepped by the test; commands of pages are carried out at once."""
    made = phone.Floor()
    monkeypatch.setattr(Browser, "time", staticmethod(made.time))
    monkeypatch.setattr(bus, "wake", lambda: contextvars.Context().run(_step, app, made))
    return made


def _step(app: Flask, made: phone.Floor) -> None:
    with app.app_context():
        made.step()
        db.session.remove()
