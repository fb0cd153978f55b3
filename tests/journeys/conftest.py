import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import need
from tests.support import chromium
from tests.support.live import Live
from tests.support.person import Person


@pytest.fixture(scope="session")
def chrome() -> Iterator[Any]:
    need("chromium", chromium.missing())
    with chromium.browser() as made:
        yield made


@pytest.fixture
def person(chrome: Any) -> Iterator[Callable[..., Person]]:
    """Makes people at browsers; at the end none of their pages may have had a problem."""
    people: list[Person] = []
    contexts: list[Any] = []

    def make(live: Live, language: str, width: int = 1440, height: int = 900) -> Person:
        context = chrome.new_context(viewport={"width": width, "height": height}, locale=language)
        context.set_default_timeout(15_000)
        page = context.new_page()
        one = Person(page, live, [])
        page.on(
            "console",
            lambda m: (
                one.problems.append(f"console: {m.text}")
                if m.type == "error" and not re.search("status of|Status Error Code (409|422)|sendAbort|htmx:afterRequest", m.text)
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
