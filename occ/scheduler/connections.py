"""Connections that say nothing: closed before they keep everybody else out."""

import enum
import ipaddress
import logging
import resource
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from waitress.channel import HTTPChannel

SILENCE = 10.0  # seconds in which the head of a request is to be there
# seconds in which whoever comes is about to ask: nobody is closed sooner, however full it is
FRESH = 1.0
# of the limit: from the first on connections are closed until the second is reached
FULL, ROOM = (0.9, 0.8)
FILES = (
    65_536  # more are never open here, and programs that count up to their limit take their time
)
log = logging.getLogger("occ.connections")


class Kind(enum.IntEnum):
    """What a connection without a whole request does, in the order in which they are given up."""

    SILENT = 0  # the head of a request has not come
    KEPT = 1  # kept alive after an answer
    BODY = 2  # the rest of a request is still to come


@dataclass(frozen=True)
class Waiting:
    """A connection on which the server waits: since when it is silent or kept, or when
    something of the body came last.
    """

    number: int
    place: str
    kind: Kind
    since: float


def place_of(address: str) -> str:
    """Where a connection comes from: an IPv4 address; of IPv6 the
    network, which is one customer's.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))


def to_close(waiting: Iterable[Waiting], *, now: float, too_many: int) -> set[int]:
    """Which connections are closed: those that are silent for too long, and, where there are too
    many, as many of the others.

    Silent ones go first, then those that are kept alive, then unfinished requests; of each kind
    always the oldest of the place that holds most. Who has just come stays.
    """
    found = sorted(waiting, key=lambda one: -one.since)
    closed = {one.number for one in found if one.kind is Kind.SILENT and now - one.since >= SILENCE}
    held: Counter[tuple[Kind, str]] = Counter()
    order: list[tuple[Kind, int, float, int]] = []
    for one in found:
        has_just_come = one.kind is Kind.SILENT and now - one.since < FRESH
        if one.number not in closed and not has_just_come:
            held[one.kind, one.place] += 1
            order.append((one.kind, -held[one.kind, one.place], one.since, one.number))
    return closed | {number for *_rank, number in sorted(order)[: max(0, too_many - len(closed))]}


class Channel(HTTPChannel):
    """A connection that knows since when it is silent: from its beginning to its first request, and
    from the first byte of a head on.
    """

    silent_since: float | None

    def __init__(self, *args: Any, **more: Any) -> None:
        self.silent_since = self.heard = time.monotonic()
        super().__init__(*args, **more)

    def received(self, data: bytes) -> bool:
        self.heard = time.monotonic()
        went: bool = super().received(data)
        if (
            self.request is not None
            and not self.request.headers_finished
            and self.silent_since is None
        ):
            self.silent_since = self.heard
        return went

    def service(self) -> None:
        self.silent_since = None
        super().service()
        self.heard = time.monotonic()

    def waiting(self, number: int) -> Waiting | None:
        """Itself for `to_close`; None while a request is worked on or its answer is sent."""
        if self.requests or self.total_outbufs_len:
            return None
        place, request, silent = place_of(self.addr[0]), self.request, self.silent_since
        if request is not None and request.headers_finished:
            return Waiting(number, place, Kind.BODY, self.heard)
        return (
            Waiting(number, place, Kind.KEPT, self.heard)
            if silent is None
            else Waiting(number, place, Kind.SILENT, silent)
        )


class Watch:
    """Looks after the connections of a server's map; called in its loop.

    Behind proxies nobody is closed: every connection is a proxy's, which sends whole requests only
    and has limits of its own.
    """

    def __init__(self, sockets: Mapping[int, Any], limit: int, *, proxies: int) -> None:
        self._sockets, self._limit, self._proxies = sockets, limit, proxies
        self._next = self._told = 0.0

    def look(self) -> set[int]:
        """Marks what is to be closed, and says which; the loop closes it in its next round.

        Once a second, at every round when it is nearly full.
        """
        now, held = time.monotonic(), len(self._sockets)
        full = held >= self._limit * FULL
        if self._proxies or (now < self._next and not full):
            return set()
        self._next = now + 1
        channels = {
            number: one
            for number, one in self._sockets.items()
            if isinstance(one, Channel)
            and not one.will_close
            # while there is room, whoever has once asked may stay
            and (full or one.silent_since is not None)
        }
        waiting = (
            one
            for number, channel in channels.items()
            if (one := channel.waiting(number)) is not None
        )
        closed = to_close(waiting, now=now, too_many=held - int(self._limit * ROOM) if full else 0)
        for number in closed:
            channels[number].will_close = True
        if full and closed and now - self._told > 60:
            self._told = now
            log.warning(
                "nearly full: %s of %s connections, %s closed that had no request",
                held,
                self._limit,
                len(closed),
            )
        return closed


def raise_open_files() -> None:
    """As many open files as the system lets this process have: every connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
