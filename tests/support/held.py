"""Requests that a test holds back (`page.route`), and a button of the mouse that it holds down."""

import time
from collections.abc import Iterator, Sized
from contextlib import contextmanager
from typing import Any

LONGEST = 30.0  # seconds


def arrived(page: Any, held: Sized, count: int = 1) -> None:
    """Returns once so many are held: a request is told before it is handed over."""
    end = time.monotonic() + LONGEST
    while len(held) < count:
        assert time.monotonic() < end, f"{len(held)} of {count} requests were held"
        page.evaluate("new Promise(requestAnimationFrame)")  # takes in what was told meanwhile


@contextmanager
def pressed(page: Any, place: Any) -> Iterator[None]:
    """The mouse is down on a place meanwhile, which takes no time by the page's clock: pages wait
    for a press of less than a second, and a slow machine does not do much in one.
    """
    place.hover()
    page.evaluate("() => { const now = performance.now(); performance.now = () => now; }")
    page.mouse.down()
    yield
    page.mouse.up()
    page.evaluate("() => { delete performance.now; }")
