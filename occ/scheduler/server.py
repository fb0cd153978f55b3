"""The server process: waitress, and the clockwork beside it; SIGTERM finishes what is in flight."""

import logging
import signal
import sys
import threading
from types import FrameType

from flask import Flask


def _log_lines() -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.INFO, stream=sys.stderr)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def serve(app: Flask, *, jobs: bool = True) -> None:
    """Answers until SIGTERM or Ctrl+C; with `jobs` this process also does the timed work."""
    from waitress.server import create_server

    from occ.scheduler import runner

    _log_lines()
    sys.setswitchinterval(0.0005)
    host, port = app.config["HOST"], app.config["PORT"]
    server = create_server(
        app,
        host=host,
        port=port,
        threads=app.config["THREADS"],
        connection_limit=1000,
        channel_timeout=60,
        ident=None,
        clear_untrusted_proxy_headers=False,
    )
    scheduler = runner.start(app) if jobs else None

    def stop(signum: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    sys.stdout.write(f"OCC: http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}\n")
    sys.stdout.flush()
    try:
        server.run()
    finally:
        server.task_dispatcher.shutdown(cancel_pending=False, timeout=30)
        server.close()
        if scheduler is not None:
            scheduler.shutdown(wait=True)


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
    scheduler.shutdown(wait=True)
