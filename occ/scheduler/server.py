"""The server process: waitress, and the clockwork beside it; SIGTERM finishes what is in flight."""

import gc
import logging
import os
import select
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import WSGITask

from occ.core import disk
from occ.core.db import db
from occ.core.settings import Settings
from occ.scheduler import connections
from occ.scheduler.bodies import Parser
from occ.scheduler.sockets import Sockets

if TYPE_CHECKING:
    from occ.scheduler.runner import Clockwork

PATIENCE = 20.0  # seconds from the signal to the end, whatever still runs
CONNECTIONS = 1000
LONG = 0.004  # seconds of one thread in a full collection


class Task(WSGITask):
    """waitress closes the connection after every answer without a body;
    polls are 304 and keep theirs.
    """

    def set_close_on_finish(self) -> None:
        wants_close = self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or self.version != "1.1" or wants_close:
            super().set_close_on_finish()


class Channel(connections.Channel):
    task_class = Task
    parser_class = Parser


def log_lines() -> None:
    """What every process of a console writes to its log."""
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        level=logging.INFO,
        stream=sys.stderr,
    )
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


class Stop:
    """SIGTERM and Ctrl+C, however many and however close: a flag, and a socket that becomes
    readable with it.

    The handler takes no lock, so that one signal within another waits for nothing.
    """

    def __init__(self) -> None:
        self.is_asked = False
        self.readable, self._written = socket.socketpair()
        for end in (self.readable, self._written):
            end.setblocking(False)
        signal.set_wakeup_fd(self._written.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: Any) -> None:
        self.is_asked = True


class Waker(wasyncore.dispatcher):
    """Lets a signal end the wait of the server's loop."""

    def writable(self) -> bool:
        return False

    def handle_read(self) -> None:
        self.socket.recv(64)


def shorten_pauses() -> None:
    """Full collections stop every thread for as long as they look at everything that lives: 200,000
    things after the start, which took 90 ms.

    What stays for good is set aside: what the start made, and later whatever a collection found
    that took longer than LONG; templates and statements come with the first requests. They begin
    earlier than by default, so that not much has come since the last. What was set aside still
    goes with its last reference, only a cycle would stay, and it happens some three times.
    """
    began = 0.0

    def note(phase: str, told: dict[str, int]) -> None:
        nonlocal began
        if told["generation"] < 2:
            return
        if phase == "start":
            began = time.thread_time()
        elif time.thread_time() - began > LONG:
            gc.freeze()

    gc.collect()
    gc.freeze()
    gc.collect()  # so that Python counts from here what is new
    gc.set_threshold(700, 10, 4)
    gc.callbacks.append(note)


def largest_body(app: Flask) -> int:
    """Bytes of the largest request that a page takes; waitress writes one down before it asks."""
    takes: int = app.config["MAX_CONTENT_LENGTH"]
    return max(getattr(view, "body_max", takes) for view in app.view_functions.values())


def serve(app: Flask, *, jobs: bool = True) -> None:
    """Answers until SIGTERM or Ctrl+C; with `jobs` this process also does the timed work."""
    from occ.scheduler.runner import Clockwork

    log_lines()
    settings: Settings = app.extensions["occ_settings"]
    connections.raise_open_files()
    sys.setswitchinterval(0.0005)
    # chosen while there is room: later Python would take whatever folder it stands in
    disk.temporary()
    Parser.reserve = settings.disk_reserve_mb * disk.MB
    host, port = settings.host, settings.port
    sockets = Sockets()
    try:
        server = create_server(
            app,
            map=sockets,
            host=host,
            port=port,
            threads=settings.threads,
            connection_limit=CONNECTIONS,
            channel_timeout=60,
            max_request_body_size=largest_body(app) + disk.MB,
            ident=None,
            # core/proxies.py takes them out, after it has read those it may trust
            clear_untrusted_proxy_headers=False,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SystemExit(
            f"Cannot listen on {host} port {port}: {reason}. Stop the program that "
            "listens there, or name others in HOST and PORT."
        ) from None
    for found in [s for s in sockets.values() if isinstance(s, BaseWSGIServer)]:
        found.channel_class = Channel
    watch = connections.Watch(sockets, CONNECTIONS, proxies=settings.trusted_proxies)
    stop = Stop()
    Waker(stop.readable, map=sockets)
    clockwork = Clockwork(app) if jobs else None
    shorten_pauses()
    sys.stdout.write(f"OCC: http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}\n")
    sys.stdout.flush()
    while not stop.is_asked:
        sockets.turn(1)
        sockets.wake(*watch.look())
    until = time.monotonic() + PATIENCE
    _finish(sockets, until)
    server.task_dispatcher.shutdown(cancel_pending=True, timeout=1)
    _leave(app, clockwork, until)


def _finish(sockets: Sockets, until: float) -> None:
    """Takes no more connections and answers the requests that are in flight."""
    for found in [s for s in sockets.values() if isinstance(s, BaseWSGIServer)]:
        wasyncore.dispatcher.close(found)  # its trigger stays: the workers wake this loop with it
    while time.monotonic() < until and any(
        s.requests or s.total_outbufs_len for s in sockets.values() if isinstance(s, HTTPChannel)
    ):
        sockets.turn(0.05)


def _leave(app: Flask, clockwork: "Clockwork | None", until: float) -> None:
    """Ends the timed work and the process.

    Python would join the threads of what still runs, so it is not asked.
    """
    if clockwork is not None and not clockwork.stop(until):
        logging.getLogger("occ").warning(
            "stopped with work under way; the next start goes on with it"
        )
    with app.app_context():
        db.engine.dispose()  # SQLite's last connection writes its log into the database
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


def work(app: Flask) -> None:
    """Only the timed work, until SIGTERM or Ctrl+C."""
    from occ.scheduler.runner import Clockwork

    log_lines()
    stop, clockwork = Stop(), Clockwork(app)
    shorten_pauses()
    sys.stdout.write("OCC: working\n")
    sys.stdout.flush()
    while not stop.is_asked:
        select.select([stop.readable], [], [])
    _leave(app, clockwork, time.monotonic() + PATIENCE)
