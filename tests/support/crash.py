"""Work in a process that dies on the way (`crash_child`)."""

import atexit
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask import Flask

from occ import config
from occ.core.db import db

KINDS = ("commit", "after", "statement")


@cache
def _mother() -> subprocess.Popen[str]:
    """The process whose forks do the works: it has loaded the console, and ends with this one."""
    made = subprocess.Popen(
        [sys.executable, "-m", "tests.support.crash_child"],
        cwd=config.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(made.communicate)
    return made


def killed(app: Flask, work: str, kind: str, count: int) -> bool:
    """Runs the work in a process that kills itself at the n-th commit or statement; whether it did."""
    settings = app.extensions["occ_settings"]
    mother = _mother()
    assert mother.stdin is not None and mother.stdout is not None
    order = (settings.instance, settings.database_url, work, kind, count)
    mother.stdin.write("\t".join(map(str, order)) + "\n")
    mother.stdin.flush()
    ended = int(mother.stdout.readline())
    assert ended in (0, -signal.SIGKILL), f"{order} ended with {ended}: see what it wrote on stderr"
    return ended != 0


def count(model: Any, *where: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*where)) or 0


def each_kill(app: Flask, work: str, kind: str) -> Iterator[int]:
    """Runs the work again and again, killed one commit or statement later each time, until it comes to its end."""
    number = 1
    while killed(app, work, kind, number):
        db.session.rollback()
        yield number
        number += 1
    assert number > 1, f"nothing of {work} was killed: it makes no {kind}"
    db.session.rollback()
