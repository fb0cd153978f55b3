"""Loops that go on whatever fails: how long they wait, how often they say
so, and what /readyz tells of it.
"""

import logging
from time import monotonic

from flask import Flask

FIRST, MOST = 0.1, 5.0  # seconds of waiting after a failure; doubled each time
QUIET = 60.0  # seconds between two lines about one trouble
LASTING = 3.0  # seconds after which a trouble is more than a stumble


class Trouble:
    """What a loop of this process meets again and again; there is none at first.

    A minute without it ends it, too.
    """

    def __init__(self, what: str, log: logging.Logger) -> None:
        self._what, self._log = what, log
        self._times, self._since, self._told, self._last, self._error = 0, 0.0, 0.0, 0.0, ""

    def failed(self, error: BaseException) -> float:
        """Notes a failure and returns how many seconds to wait.

        The first one is logged whole, then a line a minute.
        """
        now = monotonic()
        self._times = self._times + 1 if now - self._last < QUIET else 1
        self._last, self._error = now, type(error).__name__
        if self._times == 1:
            self._since = self._told = now
            self._log.error("%s failed", self._what, exc_info=error)
        elif now - self._told >= QUIET:
            self._told = now
            self._log.error("%s: %s", self.words(), str(error).partition("\n")[0][:300])
        return min(MOST, FIRST * 2.0 ** min(self._times - 1, 10))

    def over(self) -> None:
        """It works (again)."""
        if self._times:
            self._log.warning("%s works again after %s failures", self._what, self._times)
        self._times = 0

    def words(self) -> str:
        """What fails, how often and since when."""
        return (
            f"{self._what} has failed {self._times} times in "
            f"{monotonic() - self._since:.0f} seconds ({self._error})"
        )

    @property
    def lasts(self) -> bool:
        """Whether it is more than a stumble."""
        return self._times > 0 and monotonic() - self._since >= LASTING


def watch(app: Flask, what: str, log: logging.Logger) -> Trouble:
    """The trouble of one loop of this process, which /readyz tells of."""
    found: dict[str, Trouble] = app.extensions.setdefault("occ_troubles", {})
    return found.setdefault(what, Trouble(what, log))


def lasting(app: Flask) -> list[str]:
    """What fails in this process, in words."""
    return [
        trouble.words()
        for trouble in app.extensions.get("occ_troubles", {}).values()
        if trouble.lasts
    ]
