"""Asks a server over HTTP, in a process of its own that knows nothing of the console.

`Client` gives the orders. `python -m tests.bench.client` takes one a line as JSON and answers each
with what it saw and with the CPU it took itself. A connection is one person's and asks its
requests one after the other, as soon as the answer before is there or every few seconds: then at
fixed times, however long the answers take, and an answer's time counts from when it was due. One
that polls sends the ETag that it was given. A server that closes the connection is connected to anew, in
the time of the next request.
"""

import heapq
import json
import re
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NUMBER = "NUMBERNUMB"  # in a request: a number of ten digits that no other request has
LENGTH = re.compile(rb"(?im)^content-length: *(\d+)")
TAG = re.compile(rb"(?im)^etag: *(\S+)")
CLOSE = re.compile(rb"(?im)^connection: *close")
EMPTY, REFUSED = (204, 304), 400


@dataclass(frozen=True)
class Seen:
    """What came of an order: milliseconds of each answer, how often each status, bytes of bodies
    as sent, the seconds it lasted, and the CPU seconds of the client.
    """

    times: list[float]
    statuses: dict[int, int]
    bytes: int
    seconds: float
    cpu: float

    @property
    def count(self) -> int:
        return len(self.times)


class Client:
    """A process that asks."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.client"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(
        self,
        port: int,
        requests: Sequence[Sequence[str]],
        *,
        seconds: float = 0,
        count: int = 0,
        every: float = 0,
        polls: bool = False,
    ) -> None:
        """Lets each connection ask its requests in turn, for so many seconds or, all of them
        together, so many times.
        """
        order = {
            "port": port,
            "requests": requests,
            "seconds": seconds,
            "count": count,
            "every": every,
            "polls": polls,
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def end(self) -> Seen:
        """Waits for what was begun. Raises RuntimeError where an answer was an error."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the client stopped")
        found = json.loads(line)
        found["statuses"] = {int(status): n for status, n in found["statuses"].items()}
        if any(status >= REFUSED for status in found["statuses"]):
            raise RuntimeError(f"the server refused: {found['statuses']} {found['refused']}")
        del found["refused"]
        return Seen(**found)

    def ask(self, port: int, requests: Sequence[Sequence[str]], **how: Any) -> Seen:
        """`begin` and `end`."""
        self.begin(port, requests, **how)
        return self.end()

    def stop(self) -> None:
        self._process.communicate()


@dataclass(frozen=True)
class Answer:
    """Its status, the bytes of its body as sent, and the text of one that refuses."""

    status: int
    bytes: int
    text: str


class Connection:
    """One person's connection."""

    def __init__(self, port: int, requests: list[bytes], *, polls: bool) -> None:
        self.port, self.requests, self.polls = port, requests, polls
        self.asked, self.tag, self.answer = 0, b"", bytearray()
        self.began = 0.0
        self.socket: socket.socket | None = None

    def send(self, number: int, due: float) -> None:
        self.began = due or time.perf_counter()
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        text = self.requests[self.asked % len(self.requests)]
        self.asked += 1
        if self.tag and self.polls:
            text = text.replace(b"\r\n\r\n", b"\r\nIf-None-Match: " + self.tag + b"\r\n\r\n", 1)
        self.socket.sendall(text.replace(NUMBER.encode(), b"%010d" % number))

    def receive(self) -> Answer | None:
        """The answer, None while it is not whole."""
        assert self.socket is not None
        part = self.socket.recv(1 << 18)
        self.answer += part
        end = self.answer.find(b"\r\n\r\n")
        if end < 0:
            if not part:
                raise ConnectionError("the server closed the connection without an answer")
            return None
        head, there = bytes(self.answer[: end + 2]), len(self.answer) - end - 4
        status, length = int(head[9:12]), LENGTH.search(head)
        wanted = 0 if status in EMPTY else int(length[1]) if length else None
        if part and (wanted is None or there < wanted):
            return None
        tag = TAG.search(head)
        self.tag = tag[1] if tag else self.tag
        if CLOSE.search(head) or wanted is None:
            self.close()
        text = self.answer.decode(errors="replace") if status >= REFUSED else ""
        self.answer.clear()
        return Answer(status, there, text)

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def run(order: dict[str, Any]) -> dict[str, Any]:
    """Carries one order out."""
    every, cpu, begun = order["every"], time.process_time(), time.perf_counter()
    ends = begun + (order["seconds"] or 1e9)
    left = order["count"] or 1 << 60
    first = time.time_ns() // 1_000_000 % 10**7 * 1000  # no two orders use the same numbers
    texts = [[one.encode() for one in requests] for requests in order["requests"]]
    waiting = [
        (begun + every * n / len(texts), n, Connection(order["port"], text, polls=order["polls"]))
        for n, text in enumerate(texts)
    ]
    connections = [one for _due, _n, one in waiting]
    selector = selectors.DefaultSelector()
    times: list[float] = []
    statuses: Counter[int] = Counter()
    size, asked, refused = 0, 0, ""
    while True:
        now = time.perf_counter()
        while waiting and waiting[0][0] <= now and now < ends and asked < left:
            due, n, one = heapq.heappop(waiting)
            one.send(first + asked, due if every else 0.0)
            asked += 1
            assert one.socket is not None
            selector.register(one.socket, selectors.EVENT_READ, (n, one))
        if not selector.get_map() and (now >= ends or asked >= left):
            break
        ready = min(ends, waiting[0][0]) - now if waiting and asked < left else 60.0
        for key, _events in selector.select(max(0.0, ready)):
            n, one = key.data
            watched = key.fileobj
            found = one.receive()
            if found is None:
                continue
            now = time.perf_counter()
            selector.unregister(watched)
            times.append((now - one.began) * 1000)
            statuses[found.status] += 1
            size += found.bytes
            refused = found.text or refused
            heapq.heappush(waiting, (one.began + every if every else now, n, one))
    for one in connections:
        one.close()
    return {
        "times": times,
        "statuses": statuses,
        "bytes": size,
        "seconds": time.perf_counter() - begun,
        "cpu": time.process_time() - cpu,
        "refused": refused[:2000],
    }


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
