"""What a process keeps of services' settings, instead of reading them anew for each request.

Several processes share a database, so that a version is read from it with each service:
`settings_n` rises with every change (`changed`), `erasures_n` whenever a service's data was
destroyed, and whoever sees it risen forgets all there is.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from weakref import WeakSet

from occ.core.db import db
from occ.core.live import touch
from occ.core.unit import Mark

T = TypeVar("T")
_changed: Mark[set[int]] = Mark(set)
_erased: Mark[list[bool]] = Mark(list)
_all: WeakSet["Emptied"] = WeakSet()


class Emptied(Protocol):
    """Something that a process keeps of what services hold."""

    def empty(self) -> None: ...

    def __len__(self) -> int: ...


def watch(one: Emptied) -> None:
    """It is emptied whenever this process destroys a service's data."""
    _all.add(one)


class Versioned(Protocol):
    """A service as it was read in this transaction; its instant tells it from an earlier one that
    had its id.
    """

    @property
    def id(self) -> int: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def settings_n(self) -> Hashable: ...
    @property
    def erasures_n(self) -> int: ...


class Kept(Generic[T]):
    """Values that nobody changes, made of a service's settings: of the newest version only, and of
    at most `size` services; the one that was asked for least recently goes.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._held: OrderedDict[Hashable, tuple[Hashable, dict[Hashable, T]]] = OrderedDict()
        self._erasures = 0
        self._emptied = 0
        self._guard = threading.Lock()
        watch(self)

    def of(self, service: Versioned, make: Callable[[], T], *also: Hashable) -> T:
        """What `make` reads of a service's settings; `also` is all else that it depends on.

        A transaction that changes settings itself reads them anew, and leaves nothing here.
        """
        if service.id in _changed.noted():
            return make()
        key, version, erasures = (
            (service.id, service.created_at),
            service.settings_n,
            service.erasures_n,
        )
        with self._guard:
            if self._erasures != erasures:
                self._held.clear()
                self._erasures = erasures
            held = self._held.get(key)
            if held is not None and held[0] == version and also in held[1]:
                self._held.move_to_end(key)
                return held[1][also]
            emptied = self._emptied
        db.session.flush()
        made = make()
        if service.id in _changed.noted():
            return made
        with self._guard:
            if (self._erasures, self._emptied) != (erasures, emptied):
                return made  # it may be of what was destroyed meanwhile
            held = self._held.get(key)
            if held is None or held[0] != version:
                held = self._held[key] = (version, {})
            held[1][also] = made
            self._held.move_to_end(key)
            while len(self._held) > self._size:
                self._held.popitem(last=False)
        return made

    def empty(self) -> None:
        """Forgets everything."""
        with self._guard:
            self._held.clear()
            self._emptied += 1

    def __len__(self) -> int:
        return len(self._held)


def changed(service_id: int) -> None:
    """A service's settings change, if this transaction commits."""
    _changed.noted().add(service_id)
    touch(f"settings/{service_id}")


def erased() -> None:
    """A service's data is destroyed, if this transaction commits: no process keeps any of it."""
    _erased.noted().append(True)
    touch("erasures")


def forget_erased() -> None:
    """Empties what this process keeps, if the transaction that has committed destroyed data."""
    if _erased.take():
        for one in list(_all):
            one.empty()
