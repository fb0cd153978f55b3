"""The sockets of a server, of which only those are looked at that something may happen to.

waitress asks every connection, at each of some three rounds of its loop for a request, what it
waits for: with 500 that are kept alive this took more than their requests did.
"""

import selectors
import time
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel

ALL = 1.0  # seconds after which every socket is looked at: what another thread said of it is seen


class Sockets(dict[int, Any]):
    """waitress's map of its sockets by number, and the wait for them.

    A connection that has nothing under way stays with the selector as it is, until it says
    something; one that a request is worked on, and whatever is no connection, is asked each time.
    """

    def __init__(self) -> None:
        super().__init__()
        self._selector = selectors.DefaultSelector()
        self._waits: dict[int, int] = {}  # for which events
        self._awake: set[int] = set()
        self._next = 0.0

    def __setitem__(self, number: int, one: Any) -> None:
        super().__setitem__(number, one)
        self._awake.add(number)

    def __delitem__(self, number: int) -> None:
        super().__delitem__(number)  # before the socket is closed: a selector keeps no dead ones
        self._awake.discard(number)
        self._wait(number, 0)

    def wake(self, *numbers: int) -> None:
        """Something was said of these by others than themselves."""
        self._awake.update(number for number in numbers if number in self)

    def turn(self, timeout: float) -> None:
        """Waits until something happens, at most so many seconds, and lets it."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + ALL
            self._awake.update(self)
        for number in tuple(self._awake):
            self._ask(number)
        for key, events in self._selector.select(timeout):
            self._happen(key.fd, events)

    def _ask(self, number: int) -> None:
        one = self.get(number)
        if one is None:  # asking another has closed it
            return
        is_readable = one.readable()
        is_writable = one.writable() and not one.accepting
        events = (selectors.EVENT_READ if is_readable else 0) | (
            selectors.EVENT_WRITE if is_writable else 0
        )
        self._wait(number, events)
        is_at_rest = isinstance(one, HTTPChannel) and not one.requests
        if is_at_rest and events == selectors.EVENT_READ:
            self._awake.discard(number)

    def _wait(self, number: int, events: int) -> None:
        before = self._waits.pop(number, 0)
        if events:
            self._waits[number] = events
        if before and not events:
            self._selector.unregister(number)
        elif events and not before:
            self._selector.register(number, events)
        elif events != before:
            self._selector.modify(number, events)

    def _happen(self, number: int, events: int) -> None:
        for event, answer in (
            (selectors.EVENT_READ, wasyncore.read),
            (selectors.EVENT_WRITE, wasyncore.write),
        ):
            one = self.get(number)
            if one is not None and events & event:
                self._awake.add(number)
                answer(one)
