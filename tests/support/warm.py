"""Consoles for people at browsers: forks of a process that has loaded the code once for all of them.

How `occ` itself starts is tried by `Live`.
"""

import multiprocessing
import os
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, BinaryIO

from flask import Flask
from jinja2 import FileSystemBytecodeCache

from tests.support.live import Live

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["occ.factory", "occ.cli.start", __name__])


def compile_once(folder: Path) -> None:
    """All applications of this process keep compiled templates there; one that was changed is
    compiled anew.
    """
    folder.mkdir(exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(folder))}


def _become(command: str, live: "Warm", said: Connection) -> None:
    """Makes this fork the command; it ends as the command does."""
    from occ.cli import main

    os.chdir(live.folder)
    os.environ.clear()
    os.environ.update(live.environ)
    os.dup2(said.fileno(), 1)
    os.dup2(os.open(live.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    compile_once(live.compiled)
    main([command], prog_name="occ")


class Fork:
    """A process as `subprocess.Popen` has it."""

    def __init__(self, command: str, live: "Warm") -> None:
        hears, says = _CONTEXT.Pipe(duplex=False)
        self._process = _CONTEXT.Process(target=_become, args=(command, live, says), daemon=True)
        self._process.start()
        says.close()
        self.stdout: BinaryIO = os.fdopen(os.dup(hears.fileno()), "rb")
        hears.close()
        self.pid = self._process.pid or 0

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self, timeout: float) -> int:
        self._process.join(timeout)
        assert self._process.exitcode is not None, "it does not end"
        return self._process.exitcode


class Warm(Live):
    """A console that is there at once; `compiled` is where templates are kept."""

    def __init__(self, instance: Path, database_url: str, compiled: Path, **environ: str) -> None:
        super().__init__(instance, database_url, **environ)
        self.compiled = compiled

    def launch(self, command: str = "serve") -> None:
        self.command = command
        self.process: Any = Fork(command, self)
