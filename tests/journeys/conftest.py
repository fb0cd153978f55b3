import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from occ.core.db import db
from occ.factory import create_app
from occ.identity.models import Member
from tests.conftest import QUIET, need
from tests.factories import help_center, world
from tests.support import chromium
from tests.support.live import Live
from tests.support.migrated import prepare
from tests.support.person import Person
from tests.support.warm import Warm

PATIENCE = 30_000  # milliseconds for what comes by itself: two polls, and other tests run beside


@pytest.fixture(scope="session")
def chrome() -> Iterator[Any]:
    need("chromium", chromium.missing())
    expect.set_options(timeout=PATIENCE)
    with chromium.browser() as made:
        yield made


@pytest.fixture
def person(chrome: Any) -> Iterator[Callable[..., Person]]:
    """Makes people at browsers; at the end none of their pages may have had a problem."""
    people: list[Person] = []
    contexts: list[Any] = []

    def make(
        live: Live, language: str, width: int = 1440, height: int = 900, **context_options: Any
    ) -> Person:
        context = chrome.new_context(
            viewport={"width": width, "height": height}, locale=language, **context_options
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        one = Person(page, live, [])
        page.on(
            "console",
            lambda m: (
                one.problems.append(f"console: {m.text}")
                if m.type == "error"
                and not re.search(
                    "status of|Status Error Code (409|422|503)|sendAbort|htmx:afterRequest", m.text
                )
                else None
            ),
        )
        page.on("pageerror", lambda e: one.problems.append(f"script: {e}"))
        people.append(one)
        contexts.append(context)
        return one

    yield make
    for context in contexts:
        context.close()
    assert not [problem for one in people for problem in one.problems]


@contextmanager
def _centers(
    folder: Path, database_url: Callable[..., str], compiled: Path
) -> Iterator[Callable[..., Live]]:
    """Starts servers whose people speak a language; at the end each ends as it should."""
    started: list[Live] = []

    def start(engine: str, language: str, furnish: Callable[[Any], None], **environ: str) -> Live:
        url = database_url(engine, "journey")
        application = create_app({**QUIET, "OCC_INSTANCE": folder, "DATABASE_URL": url})
        prepare(application)
        with application.app_context():
            furnish(world.owner())
            with db.write() as session:
                session.execute(sa.update(Member).values(locale=language))
            db.session.remove()
            db.engine.dispose()
        live = Warm(folder, url, compiled, **environ)
        live.start()
        started.append(live)
        return live

    yield start
    for live in started:
        assert live.stop() == 0


@pytest.fixture
def center(
    tmp_path: Path, database_url: Callable[..., str], compiled: Path
) -> Iterator[Callable[..., Live]]:
    """Starts a server whose people speak a language: (engine, language, what is furnished by and for the owner)."""
    with _centers(tmp_path, database_url, compiled) as start:
        yield start


@pytest.fixture(scope="session")
def read_center(
    tmp_path_factory: pytest.TempPathFactory, database_url: Callable[..., str], compiled: Path
) -> Iterator[Live]:
    """A help center whose customers speak Korean. Its visitors are strangers to each other, so that
    one server does for all who read.
    """
    folder = tmp_path_factory.mktemp("read-center")
    with _centers(folder, database_url, compiled) as start:
        yield start("sqlite", "ko", help_center.read)
