"""A console in processes of its own: started, asked, killed."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from occ.config import ROOT


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(ask: Callable[[], Any], *, seconds: float = 60) -> Any:
    """What `ask` says as soon as it says something: other processes are at work."""
    end = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)  # another process works
    return found


class Live:
    """`occ COMMAND` with its own instance folder and database."""

    def __init__(self, instance: Path, database_url: str = "", **environ: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environ = {
            **os.environ,
            "OCC_INSTANCE": str(instance),
            "DATABASE_URL": database_url,
            "PORT": str(self.port),
            "SMTP_URL": "",
            "RATE_LIMITS": "off",
            **environ,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.program: Sequence[str] = (sys.executable, "-m", "occ")
        self.folder = ROOT
        self.command = ""
        self.log = instance.with_name(f"{instance.name}-{self.port}.log")

    def run(self, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.program, *args],
            env=self.environ,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=check,
        )

    def start(self, command: str = "serve", *, seconds: float = 30) -> float:
        """Starts and waits for /healthz (a worker: for its process); returns how long that took."""
        began = time.monotonic()
        self.launch(command)
        self.wait(seconds=seconds)
        return time.monotonic() - began

    def launch(self, command: str = "serve") -> None:
        """Starts without waiting."""
        self.command = command
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*self.program, command],
                env=self.environ,
                cwd=self.folder,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def wait(self, *, seconds: float = 30) -> None:
        """Returns when what was launched works."""
        assert self.process is not None and self.process.stdout is not None
        line = self.process.stdout.readline()  # it says so when it is ready
        self.process.stdout.close()
        assert line.startswith(b"OCC: "), (
            f"the {self.command} stopped: {self.log.read_text()[-2000:]}"
        )
        until = time.monotonic() + seconds
        while self.command != "worker":
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=5).close()
                break
            except OSError:
                assert time.monotonic() < until, "the server does not answer"

    def stop(self, how: int = signal.SIGTERM) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(how)
        code = self.process.wait(timeout=40)
        self.process = None
        return code

    def private_memory(self) -> int:
        """Private memory (USS) of the process, in bytes."""
        assert self.process is not None
        text = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return sum(
            int(line.split()[1]) * 1024
            for line in text.splitlines()
            if line.startswith(("Private_Clean", "Private_Dirty"))
        )
