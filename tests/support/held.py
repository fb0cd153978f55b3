"""Requests that a test holds back (`page.route`), and when they are there."""

from collections.abc import Sized
from typing import Any


def arrived(page: Any, held: Sized, count: int = 1) -> None:
    """Returns once so many are held: a request is told before it is handed over."""
    while len(held) < count:
        page.evaluate("new Promise(requestAnimationFrame)")  # takes in what was told meanwhile
