"""Work in a process that dies on the way (`crash_child`)."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from flask import Flask

from occ import config
from occ.core.db import db

KINDS = ("commit", "after", "statement")


def killed(app: Flask, work: str, kind: str, count: int) -> bool:
    """Runs the work in a process that kills itself at the n-th commit or statement; whether it did."""
    command = [
        sys.executable,
        "-m",
        "tests.support.crash_child",
        str(app.extensions["occ_settings"].instance),
        app.extensions["occ_settings"].database_url,
        work,
        kind,
        str(count),
    ]
    result = subprocess.run(command, cwd=config.ROOT, capture_output=True, text=True, check=False)
    assert result.returncode in (0, -signal.SIGKILL), result.stderr
    return result.returncode != 0


def count(model: Any, *where: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*where)) or 0


def each_kill(app: Flask, work: str, kind: str) -> Iterator[int]:
    """Runs the work again and again, killed one commit or statement later each time, until it comes to its end."""
    number = 1
    while killed(app, work, kind, number):
        db.session.rollback()
        yield number
        number += 1
    db.session.rollback()
