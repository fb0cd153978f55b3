"""Tells other processes that somebody here wants to write.

SQLite has one writer and no queue: who finds the database taken asks again after up to 0.1 s, so
that a process which writes again and again is nearly always the next one. Whoever writes holds a
lock on a file of the instance folder, together with all others who do; who writes much looks
between two parts whether anybody holds it (`jobs.give_way`).

Where no such file can be made or locked nobody is told.
"""

import fcntl
import os
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path

from occ.core.settings import configured

_guard = threading.Lock()
_writers: Counter[Path] = Counter()  # of this process, those who wait for their turn included
_files: dict[tuple[int, Path], int] = {}  # by process, for its forks have files of their own


def come() -> None:
    """Somebody waits for the database, and then writes."""
    _change(1)


def leave() -> None:
    """One of them has written."""
    _change(-1)


def _change(by: int) -> None:
    path = _path()
    with _guard, suppress(OSError):
        _writers[path] += by
        if by == 1 and _writers[path] == 1:
            fcntl.flock(_file(path), fcntl.LOCK_SH | fcntl.LOCK_NB)
        elif _writers[path] == 0:
            fcntl.flock(_file(path), fcntl.LOCK_UN)


def _path() -> Path:
    return configured().instance / "writers"


def _file(path: Path) -> int:
    key = (os.getpid(), path)
    if key not in _files:
        _files[key] = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    return _files[key]


def is_anybody() -> bool:
    """Whether somebody of this machine writes or waits for it."""
    with suppress(OSError):
        opened = os.open(_path(), os.O_RDWR)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(opened)
    return False
