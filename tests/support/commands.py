"""`occ` commands as people start them, in forks of a process that has loaded the console once.

`python -m tests.support.commands` reads an order a line (JSON: arguments, environment, files for
what the command says) and writes how it ended: its exit code, or minus a signal's number.
"""

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from occ.config import ROOT


@cache
def _mother() -> subprocess.Popen[str]:
    made = subprocess.Popen(
        [sys.executable, "-m", "tests.support.commands"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(made.communicate)
    return made


def run(*arguments: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end."""
    mother = _mother()
    assert mother.stdin is not None and mother.stdout is not None
    with tempfile.TemporaryDirectory() as folder:
        said = [str(Path(folder) / name) for name in ("stdout", "stderr")]
        mother.stdin.write(json.dumps([arguments, dict(environ), said]) + "\n")
        mother.stdin.flush()
        code = int(mother.stdout.readline())
        texts = [Path(path).read_text() for path in said]
    return subprocess.CompletedProcess(arguments, code, *texts)


def _become(arguments: list[str], environ: dict[str, str], said: list[str]) -> None:
    """Makes this fork the command; it ends as the command does."""
    from occ.cli import main

    os.environ.clear()
    os.environ.update(environ)
    for target, path in enumerate(said, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), target)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    main(arguments, prog_name="occ")


def _serve() -> None:
    import occ.factory  # noqa: F401 (loaded here, once for all forks)

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(*json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    _serve()
