"""Mails read in a process of their own: large ones, so that the server stays small, and many, so
that they are read while it does something else.
"""

import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from occ.mail.reading import packing
from occ.mail.reading.letter import Letter

APART = 1024 * 1024
"""Bytes of a mail from which on it is read by a process that ends with it."""
TIMEOUT = 120  # seconds for a mail; the child may compute for half of them
CHILD = [sys.executable, "-m", "occ.mail.children.read"]
PREFIX = "mail-"  # of the folder of a reader
LEFT_OVER = 24 * 3600  # seconds after which such a folder is nobody's
AHEAD = 1024 * 1024  # bytes of mails that were read and not taken yet, on Linux


class Unreadable(Exception):
    """The child died or took too long over this mail, or says what failed where."""


class Reader:
    """A child (`mail/children/read.py`) that reads mails in the order in which they are asked for,
    ahead of who takes them.

    It begins with the first, and another one with those behind a mail that it died over. It ends
    with this process, whatever ends that: its input does.
    """

    def __init__(self, instance: Path) -> None:
        self._instance = instance
        self._folder: Path | None = None  # of the files of mails
        self._child: subprocess.Popen[bytes] | None = None
        self._asked: deque[tuple[Path, bytes]] = deque()  # not taken yet, the first first
        self._said = bytearray()
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failed: object) -> None:
        self._end()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def ask(self, mail: Path, *, received_at: datetime) -> None:
        """Has the mail in a file read, behind those that were asked for before."""
        if self._folder is None:
            self._sweep()
            self._folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self._instance))
        self._count += 1
        files = self._folder / str(self._count)
        order = {"mail": str(mail), "files": str(files), "received_at": received_at.isoformat()}
        self._asked.append((files, json.dumps(order).encode() + b"\n"))
        if self._child is None:
            self._begin()
        else:
            self._tell(self._asked[-1][1])

    def _sweep(self) -> None:
        """Removes what a process that was killed left behind."""
        old = time.time() - LEFT_OVER
        for one in self._instance.glob(f"{PREFIX}*"):
            with suppress(OSError):  # its own process ends just now
                if one.is_dir() and one.stat().st_mtime < old:
                    shutil.rmtree(one)

    @contextmanager
    def taken(self) -> Iterator[Letter]:
        """The first mail that was asked for and not taken; its files lie in a folder that goes
        afterwards. Raises Unreadable, and DiskFull where there was no room for its files.
        """
        if self._child is None:
            self._begin()
        files, _order = self._asked[0]
        try:
            said = self._answer()
            yield packing.unpacked(said, files)
        finally:
            shutil.rmtree(files, ignore_errors=True)

    def forget(self) -> None:
        """What was asked for and not taken is read no more; its files go with the reader's."""
        self._end()
        self._asked.clear()

    def _begin(self) -> None:
        self._child = subprocess.Popen(
            CHILD,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it would quote the mail
            bufsize=0,
        )
        assert self._child.stdout is not None
        if sys.platform == "linux":
            with suppress(OSError):  # where the system allows less, the child reads less ahead
                fcntl.fcntl(self._child.stdout, fcntl.F_SETPIPE_SZ, AHEAD)
        self._said.clear()
        for _files, order in self._asked:
            self._tell(order)

    def _tell(self, order: bytes) -> None:
        assert self._child is not None
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(order)
        except BrokenPipeError:
            return  # it has died: who waits for its answer finds so

    def _answer(self) -> dict[str, Any]:
        """What the child says of the first mail, which is no longer asked for then."""
        try:
            said: dict[str, Any] = json.loads(self._line())
            if "failed" in said:
                _check_room(said)
                raise Unreadable(said["failed"])
        except Exception:
            self._end()
            raise
        finally:
            self._asked.popleft()
        return said

    def _line(self) -> bytes:
        assert self._child is not None
        assert self._child.stdout is not None
        pipe = self._child.stdout.fileno()
        ready = select.poll()
        ready.register(pipe, select.POLLIN | select.POLLHUP)
        until, looked = time.monotonic() + TIMEOUT, 0
        while (end := self._said.find(b"\n", looked)) < 0:
            looked = len(self._said)
            if not ready.poll(max(0, until - time.monotonic()) * 1000):
                raise Unreadable("timeout")
            piece = os.read(pipe, AHEAD)
            if not piece:
                code = self._child.wait()
                raise Unreadable(f"signal {-code}" if code < 0 else f"exit {code}")
            self._said += piece
        line = bytes(self._said[:end])
        del self._said[: end + 1]
        return line

    def _end(self) -> None:
        if self._child is None:
            return
        self._child.kill()
        self._child.communicate()
        self._child = None


def failure(error: Exception) -> dict[str, Any]:
    """What a child says of a mail that it could not read."""
    return {"failed": place(error), "errno": getattr(error, "errno", None)}


def _check_room(said: dict[str, Any]) -> None:
    from occ.core import disk  # more than a child needs

    if said["errno"] and disk.is_full(OSError(said["errno"], "")):
        raise disk.DiskFull


def place(error: BaseException) -> str:
    """What failed where, without what it was about: messages of errors quote mails."""
    frames = traceback.extract_tb(error.__traceback__)
    last = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{last}"
