"""SIGTERM and Ctrl+C, however many and however close: every process ends in time."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.live import Live
from tests.support.migrated import put_in


@pytest.mark.live
@pytest.mark.spec("OPS-5")
@pytest.mark.parametrize("command", ["serve", "web", "worker"])
def test_many_signals_within_milliseconds_end_a_process_once_and_in_time(
    command: str, tmp_path: Path
) -> None:
    """A handler that takes a lock waits for itself when a second signal comes inside the first."""
    live = Live(put_in(tmp_path))
    live.start(command)
    assert live.process is not None
    began = time.monotonic()
    for number in (signal.SIGTERM, signal.SIGINT) * 40:
        os.kill(live.process.pid, number)
    assert live.process.wait(timeout=25) == 0
    assert time.monotonic() - began < 10
    assert not (tmp_path / "occ.sqlite3-wal").exists(), (
        "the last connection wrote its log into the database"
    )


@pytest.mark.live
def test_a_worker_ends_by_one_signal(tmp_path: Path, database_url: Callable[..., str]) -> None:
    live = Live(put_in(tmp_path))
    live.start("worker")
    assert live.stop(signal.SIGINT) == 0
