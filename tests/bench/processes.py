"""What a running process and its children took: CPU, memory, bytes written, wake-ups (Linux)."""

import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from occ.config import ROOT
from tests.support.live import Live, until

TICK = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process with its children and theirs."""
    found = [pid]
    with suppress(OSError):  # one that just ended
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += family(int(child))
    return found


def cpu(pid: int) -> float:
    """CPU seconds of a process and its children until now."""
    total = 0
    for one in family(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def written(pid: int) -> int:
    """Bytes that a process has sent to the disk until now."""
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


def anonymous(pid: int) -> int:
    """Bytes of memory that are no copy of a file: SQLite maps a quarter of a GiB of a large one."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Anonymous:"))


def wake_ups(pid: int) -> int:
    """How often the threads of a process have waited for something until now."""
    return sum(
        int(line.split()[1])
        for task in Path(f"/proc/{pid}/task").iterdir()
        for line in (task / "status").read_text().splitlines()
        if line.startswith("voluntary_ctxt_switches")
    )


def private(pid: int) -> int:
    """Bytes of private memory (USS) of a process and its children now; one that just ended has
    none.
    """
    total = 0
    for one in family(pid):
        with suppress(OSError):
            for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                if line.startswith(("Private_Clean", "Private_Dirty")):
                    total += int(line.split()[1]) * 1024
    return total


@contextmanager
def console(instance: Path, url: str = "", command: str = "serve") -> Iterator[Live]:
    """`occ serve`, or another command, on a console's folder."""
    live = Live(instance, url)
    live.start(command)
    try:
        yield live
    finally:
        live.stop()


@contextmanager
def serving(command: list[str], port: int) -> Iterator[int]:
    """A server of another program; gives its process."""

    def answers() -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
        except urllib.error.HTTPError:  # it asks for a sign-in
            return True
        except OSError:
            return False
        return True

    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        until(answers, seconds=120)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


def place(live: Live) -> tuple[int, int]:
    """The port of a console and its process."""
    assert live.process is not None
    return live.port, live.process.pid
