"""The server process: waitress, and the clockwork beside it; SIGTERM finishes what is in flight."""

import logging
import signal
import sys
import threading
import time
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import WSGITask

PATIENCE = 30.0


class Task(WSGITask):
    """waitress closes the connection after every answer without a body; polls are 304 and keep theirs."""

    def set_close_on_finish(self) -> None:
        wants_close = self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or self.version != "1.1" or wants_close:
            super().set_close_on_finish()


class Channel(HTTPChannel):
    task_class = Task


def _log_lines() -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.INFO, stream=sys.stderr)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def serve(app: Flask, *, jobs: bool = True) -> None:
    """Answers until SIGTERM or Ctrl+C; with `jobs` this process also does the timed work."""
    from occ.scheduler import runner

    _log_lines()
    sys.setswitchinterval(0.0005)
    host, port = app.config["HOST"], app.config["PORT"]
    sockets: dict[int, Any] = {}
    server = create_server(
        app, map=sockets, host=host, port=port, threads=app.config["THREADS"], connection_limit=1000, channel_timeout=60, ident=None
    )
    for found in [s for s in sockets.values() if isinstance(s, BaseWSGIServer)]:
        found.channel_class = Channel
    scheduler = runner.start(app) if jobs else None
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda signum, frame: done.set())
    sys.stdout.write(f"OCC: http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}\n")
    sys.stdout.flush()
    while not done.is_set():
        wasyncore.loop(timeout=0.5, use_poll=True, map=sockets, count=1)
    _finish(sockets)
    server.task_dispatcher.shutdown(cancel_pending=True, timeout=1)
    if scheduler is not None:
        scheduler.shutdown()


def _finish(sockets: dict[int, Any]) -> None:
    """Takes no more connections and answers the requests that are in flight, for at most 30 seconds."""
    for found in [s for s in sockets.values() if isinstance(s, BaseWSGIServer)]:
        wasyncore.dispatcher.close(found)  # its trigger stays: the workers wake this loop with it
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and any(s.requests or s.total_outbufs_len for s in sockets.values() if isinstance(s, HTTPChannel)):
        wasyncore.loop(timeout=0.05, use_poll=True, map=sockets, count=1)


def work(app: Flask) -> None:
    """Only the timed work, until SIGTERM or Ctrl+C."""
    from occ.scheduler import runner

    _log_lines()
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda signum, frame: done.set())
    scheduler = runner.start(app)
    sys.stdout.write("OCC: working\n")
    sys.stdout.flush()
    try:
        while not done.wait(1):
            pass
    except KeyboardInterrupt:
        pass
    scheduler.shutdown()
