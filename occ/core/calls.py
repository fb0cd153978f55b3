"""HTTP calls. One limit holds for the whole of each: looking up, connecting, TLS, sending, and what
is read of the answer.

Redirects are not followed.
"""

import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore

from occ.core import net
from occ.core.net import Limit


@dataclass(frozen=True)
class Answer:
    status: int
    content: bytes


class NotConnected(OSError):
    """Nothing was sent: looking up, connecting or TLS failed; its cause says why."""


class _Line(httpcore.NetworkStream):
    """A connection whose every read and write gets what is left of the limit; httpcore's own
    time-outs begin anew with each byte.
    """

    def __init__(
        self, connection: socket.socket, limit: Limit, note: Callable[[], None] | None = None
    ) -> None:
        self._connection, self._limit, self._note = connection, limit, note or _nothing

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._connection.settimeout(self._limit.left())
        return self._connection.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._note()
        rest = memoryview(buffer)
        while rest:
            self._connection.settimeout(self._limit.left())
            try:
                rest = rest[self._connection.send(rest) :]
            except (
                ConnectionError,
                ssl.SSLError,
            ) as error:  # who closes early may have answered: httpcore then reads
                raise httpcore.WriteError(str(error)) from error

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> "_Line":
        self._connection.settimeout(self._limit.left())
        return _Line(
            ssl_context.wrap_socket(self._connection, server_hostname=server_hostname),
            self._limit,
            self._note,
        )

    def close(self) -> None:
        self._connection.close()


def _nothing() -> None:
    pass


class _Backend(httpcore.NetworkBackend):
    """`has_sent` is whether a byte of the request left."""

    def __init__(self, limit: Limit, *, guarded: bool) -> None:
        self._limit, self._guarded = limit, guarded
        self.has_sent = False

    def connect_tcp(self, host: str, port: int, *args: Any, **more: Any) -> _Line:
        made = net.connect(host, port, self._limit, guarded=self._guarded)
        return _Line(made, self._limit, self._sends)

    def _sends(self) -> None:
        self.has_sent = True


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float,
    guarded: bool,
    most: int = 0,
) -> Answer:
    """Sends a body and returns the answer with its content, of which `most` bytes are taken: with 0
    it is not waited for.

    `guarded`: only public addresses are called. Raises Blocked, ValueError (no address; more
    content than that), OSError or httpcore's errors.
    """
    backend = _Backend(Limit(seconds), guarded=guarded)
    return _exchange("POST", url, body, headers, backend, most)


def ask(
    method: str,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float,
    guarded: bool,
    most: int,
) -> Answer:
    """Like `post`, by any method; raises NotConnected where it is sure that nothing was sent."""
    backend = _Backend(Limit(seconds), guarded=guarded)
    try:
        return _exchange(method, url, body, headers, backend, most)
    except (OSError, net.Blocked, ValueError, httpcore.NetworkError) as error:
        if backend.has_sent:
            raise
        raise NotConnected(str(error)) from error


def _exchange(
    method: str,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    backend: _Backend,
    most: int,
) -> Answer:
    address = urlsplit(net.encoded(url))
    # httpcore's own reading of an address leaves out what follows a `;` in its path
    target = httpcore.URL(
        scheme=address.scheme,
        host=address.hostname or "",
        port=address.port,
        target=(address.path or "/") + (f"?{address.query}" if address.query else ""),
    )
    sent = {
        "Host": address.netloc,
        "User-Agent": "OCC",
        "Content-Length": str(len(body)),
        **headers,
    }
    content = b""
    with (
        httpcore.ConnectionPool(network_backend=backend) as pool,
        pool.stream(method, target, headers=list(sent.items()), content=body) as answer,
    ):
        for part in answer.iter_stream() if most else ():
            content += part
            if len(content) > most:
                raise ValueError("the answer is too long")
        return Answer(int(answer.status), content)
