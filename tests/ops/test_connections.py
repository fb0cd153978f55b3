"""Connections that say nothing keep nobody out."""

import contextlib
import http.client
import math
import resource
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from waitress import wasyncore
from waitress.server import create_server

from occ.scheduler import connections
from occ.scheduler.connections import Kind, Waiting, place_of, to_close
from occ.scheduler.sockets import Sockets
from tests.support.live import Live, until
from tests.support.migrated import put_in

NOW, UNLIMITED = 1000.0, resource.RLIM_INFINITY
waiting = st.lists(
    st.builds(
        Waiting,
        st.integers(0, 999),
        st.sampled_from("abcd"),
        st.sampled_from(Kind),
        st.floats(NOW - 20, NOW),
    ),
    max_size=40,
    unique_by=lambda one: one.number,
)


@pytest.mark.spec("OPS-2")
@given(waiting, st.integers(0, 45))
def test_who_is_silent_too_long_goes_and_where_there_are_too_many_those_of_who_holds_most(
    found: list[Waiting], too_many: int
) -> None:
    closed = to_close(found, now=NOW, too_many=too_many)
    fresh = {one.number for one in found if one.kind is Kind.SILENT and NOW - one.since < 1}
    found = [one for one in found if one.number not in fresh]
    late = {one.number for one in found if one.kind is Kind.SILENT and NOW - one.since >= 10}
    assert (
        not closed & fresh
        and late <= closed
        and len(closed) == min(len(found), max(len(late), too_many))
    )
    more, left = (
        [one for one in found if one.number in closed - late],
        [one for one in found if one.number not in closed],
    )
    for gone in more:
        for stays in left:
            assert gone.kind <= stays.kind, "silent ones first"
            if (gone.kind, gone.place) == (stays.kind, stays.place):
                assert gone.since <= stays.since, "the oldest first"
            elif gone.kind is stays.kind:
                held = [
                    sum((one.kind, one.place) == (other.kind, other.place) for one in (*left, gone))
                    for other in (gone, stays)
                ]
                assert held[0] >= held[1], "of the place that holds most"


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("localhost", "localhost"),
    ],
)
def test_a_place_is_an_address_or_a_network_of_ipv6(address: str, place: str) -> None:
    assert place_of(address) == place


HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"


class Server:
    """waitress with our channels and watch, and an application that answers what it was sent."""

    def __init__(self, limit: int, proxies: int) -> None:
        self.sockets = Sockets()
        self.server = create_server(
            self.answer,
            map=self.sockets,
            host="127.0.0.1",
            port=0,
            threads=2,
            connection_limit=limit,
        )
        self.server.channel_class = connections.Channel
        self.watch = connections.Watch(self.sockets, limit, proxies=proxies)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    @staticmethod
    def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
        body = environ["wsgi.input"].read() or b"none"
        start("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    def run(self) -> None:
        while not self.over.is_set():
            self.sockets.turn(0.05)
            self.sockets.wake(*self.watch.look())

    def connect(self, said: bytes = b"") -> socket.socket:
        made = socket.create_connection(("127.0.0.1", int(self.server.effective_port)), timeout=5)
        made.sendall(said)
        return made


@pytest.fixture
def serving(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    silence, limit, proxies = request.param
    monkeypatch.setattr(connections, "SILENCE", silence)
    made = Server(limit, proxies)
    made.thread.start()
    yield made
    made.over.set()
    made.thread.join(timeout=5)
    made.server.task_dispatcher.shutdown(timeout=1)
    wasyncore.close_all(made.sockets)


def told(connection: socket.socket) -> bytes:
    """The content of one answer."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer.read()


def is_closed(connection: socket.socket) -> bool:
    """Whether the server has left, waited for; False while it just says nothing."""
    try:
        return connection.recv(1000) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


@pytest.mark.spec("OPS-2")
@pytest.mark.parametrize("serving", [(0.5, 100, 0)], indirect=True)
def test_only_who_sends_no_head_is_closed(serving: Server) -> None:
    with contextlib.ExitStack() as held:
        kept, upload, later, silent, half, blank = (
            held.enter_context(serving.connect(said))
            for said in (HEAD + b"kept", HEAD + b"h", HEAD + b"next", b"", b"GET / HT", b"\r\n\r\n")
        )
        assert told(kept) == b"kept" and told(later) == b"next"
        later.sendall(b"GET / HT")  # the head of a second request counts from its first byte
        for closed in (silent, half, blank, later):
            assert is_closed(closed)
        upload.sendall(b"alf")
        assert told(upload) == b"half", "a body may take its time"
        kept.sendall(HEAD + b"more")
        assert told(kept) == b"more", "kept alive"


@pytest.mark.spec("OPS-2")
@pytest.mark.parametrize("serving", [(0.1, 20, 1)], indirect=True)
def test_a_proxys_connections_are_left_alone(serving: Server) -> None:
    with contextlib.ExitStack() as held:
        lines = [held.enter_context(serving.connect()) for _n in range(17)]
        asking = held.enter_context(serving.connect(HEAD + b"some"))
        assert told(asking) == b"some"
        lines[0].settimeout(0.5)
        assert not is_closed(lines[0]), "silent for longer than the others may be, and nearly full"


@pytest.mark.spec("OPS-2")
@pytest.mark.parametrize("said", [b"", b"GET / HT", HEAD[:-4], HEAD + b"x", HEAD + b"done"])
@pytest.mark.parametrize("serving", [(60, 20, 0)], indirect=True)
def test_a_full_server_makes_room_for_who_comes(serving: Server, said: bytes) -> None:
    with contextlib.ExitStack() as held:
        for _n in range(30):
            held.enter_context(serving.connect(said))
        began = time.monotonic()
        person = held.enter_context(serving.connect())
        person.settimeout(0.3)
        assert not is_closed(person), "who has just come is about to ask"
        person.settimeout(5)
        person.sendall(HEAD + b"here")
        assert told(person) == b"here" and time.monotonic() - began < 3


def awake(sockets: Sockets) -> list[int]:
    """Connections that are looked at in each turn."""
    return [
        number
        for number in tuple(sockets._awake)
        if isinstance(sockets.get(number), connections.Channel)
    ]


@pytest.mark.spec("OPS-2")
@pytest.mark.parametrize("serving", [(60, 300, 0)], indirect=True)
def test_connections_at_rest_cost_the_others_nothing(
    serving: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving.sockets, "_next", math.inf)
    with contextlib.ExitStack() as held:
        kept = [held.enter_context(serving.connect(HEAD + b"some")) for _n in range(100)]
        assert {told(one) for one in kept} == {b"some"}
        until(lambda: not awake(serving.sockets))
        asked: list[int] = []
        readable = connections.Channel.readable

        def count(channel: connections.Channel) -> Any:
            asked.append(channel.addr[1])
            return readable(channel)

        monkeypatch.setattr(connections.Channel, "readable", count)
        for one in kept[:3] * 5:
            one.sendall(HEAD + b"more")
            assert told(one) == b"more"
        assert len(set(asked)) == 3
        kept[3].sendall(HEAD + b"la")
        kept[3].sendall(b"st" + HEAD + b"next")
        heard = b""
        while not heard.endswith(b"next"):  # both may come at once
            heard += kept[3].recv(1000)
        assert b"last" in heard, "one at rest is heard"
        kept[4].shutdown(socket.SHUT_WR)
        assert is_closed(kept[4]), "and left when it leaves"
    until(lambda: len(serving.sockets) < 5)


@pytest.mark.live
@pytest.mark.spec("OPS-2")
def test_silent_connections_keep_nobody_out(tmp_path: Path) -> None:
    live = Live(put_in(tmp_path))
    few = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (512, resource.getrlimit(resource.RLIMIT_NOFILE)[1])); "
        "from occ.scheduler import connections, server; server.CONNECTIONS, connections.SILENCE = 40, 60; from occ.cli import main; main()"
    )
    live.program = (sys.executable, "-c", few)
    live.start()
    with contextlib.ExitStack() as held:
        for _n in range(60):
            held.enter_context(socket.create_connection(("127.0.0.1", live.port), timeout=5))
        began = time.monotonic()
        assert urllib.request.urlopen(f"{live.url}/healthz", timeout=5).status == 200
        assert time.monotonic() - began < 3
    soft, hard = resource.prlimit(live.process.pid if live.process else 0, resource.RLIMIT_NOFILE)
    assert soft == (connections.FILES if hard == UNLIMITED else min(hard, connections.FILES))
    live.stop()


@pytest.mark.parametrize(
    ("limits", "raised"),
    [
        ((1024, 4096), [(4096, 4096)]),
        ((1024, 524_288), [(65_536, 524_288)]),
        ((1024, UNLIMITED), [(65_536, UNLIMITED)]),
        ((4096, 4096), []),
        ((100_000, 524_288), []),
        ((UNLIMITED, UNLIMITED), []),
    ],
)
def test_the_limit_of_open_files_is_raised_and_never_lowered(
    limits: Any, raised: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_to: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _which, new: set_to.append(new))
    connections.raise_open_files()
    assert set_to == raised
