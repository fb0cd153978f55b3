"""Servers of this machine that take their time."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PAUSE = 0.05  # seconds between two bytes: far less than any limit a test sets


class Line:
    """One client's connection, until it leaves or the test is over."""

    def __init__(self, connection: socket.socket, over: threading.Event) -> None:
        self.connection, self._over = connection, over

    def drip(self, text: bytes) -> None:
        """One byte at a time; the last one again and again."""
        for n in range(10_000):
            if self._over.wait(PAUSE):
                return
            self.connection.sendall(text[min(n, len(text) - 1) :][:1])

    def rest(self) -> None:
        """Neither reads nor says anything."""
        self._over.wait(10)


@contextmanager
def slow_server(serve: Callable[[Line], None]) -> Iterator[int]:
    """A server on 127.0.0.1 that gives each connection to `serve` in a thread; its port."""
    over, threads = threading.Event(), []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def one(connection: socket.socket) -> None:
            with connection:
                try:
                    serve(Line(connection, over))
                except OSError:
                    return  # the client has left: it waited long enough

        def accept() -> None:
            while True:
                try:
                    connection, _address = server.accept()
                except OSError:
                    return
                threads.append(threading.Thread(target=one, args=(connection,), daemon=True))
                threads[-1].start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield int(server.getsockname()[1])
        finally:
            over.set()
            server.shutdown(socket.SHUT_RDWR)
            for thread in (accepting, *threads):
                thread.join(timeout=5)
