"""What leaves the process: one limit for the whole of a call, every address of a host, names in any script."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.core import calls, net
from occ.core.errors import Refused
from occ.core.net import Limit
from tests.support.live import free_port
from tests.support.slow import Line, slow_server

SECONDS = 0.4


def post(url: str, body: bytes = b"{}", *, guarded: bool = False, most: int = 0) -> calls.Answer:
    return calls.post(
        url, body, {"Content-Type": "application/json"}, seconds=SECONDS, guarded=guarded, most=most
    )


def infos(*addresses: str) -> Any:
    """A resolver that knows one answer."""
    return lambda _host, port, **_more: [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses
    ]


def _head(line: Line) -> None:
    line.connection.recv(65_536)
    line.drip(b"HTTP/1.1 200 OK\r\nX-Pad: aaaa")


def _content(line: Line) -> None:
    line.connection.recv(65_536)
    line.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    line.drip(b"a")


def _handshake(line: Line) -> None:
    line.drip(b"\x16\x03\x03\x40\x00\x02\x00")


def _deaf(line: Line) -> None:
    line.rest()


@pytest.mark.spec("TRG-3")
@pytest.mark.parametrize(
    ("serve", "scheme", "size"),
    [
        (_head, "http", 2),
        (_content, "http", 2),
        (_handshake, "https", 2),
        (_deaf, "http", 2),
        (_deaf, "https", 2),
        (_deaf, "http", 30_000_000),
    ],
)
def test_one_limit_holds_for_the_whole_of_a_call(serve: Any, scheme: str, size: int) -> None:
    """Each byte comes long before a limit for one step would be over."""
    with slow_server(serve) as port:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            post(f"{scheme}://127.0.0.1:{port}/", b"x" * size, most=1_000_000)
        assert SECONDS * 0.9 < time.monotonic() - began < SECONDS + 5


def test_an_answer_is_taken_up_to_its_limit_and_after_an_early_end() -> None:
    def serve(line: Line) -> None:
        line.connection.recv(1000)
        line.connection.sendall(b"HTTP/1.1 413 Too much\r\nContent-Length: 4\r\n\r\nabcd")

    with slow_server(serve) as port:
        assert post(f"http://127.0.0.1:{port}/", most=4) == calls.Answer(413, b"abcd")
        assert post(f"http://127.0.0.1:{port}/", b"x" * 3_000_000).status == 413, (
            "it closed before all was sent"
        )
        with pytest.raises(ValueError, match="too long"):
            post(f"http://127.0.0.1:{port}/", most=3)
    with pytest.raises(OSError, match="refused"):
        post(f"http://127.0.0.1:{free_port()}/")


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A resolver that gives no answer."""
    go = threading.Event()

    def wait(*_args: object, **_more: object) -> list[object]:
        go.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    yield
    go.set()
    for thread in threading.enumerate():
        if thread.name == "look-up":
            thread.join(timeout=5)


def test_a_resolver_that_hangs_holds_nobody_and_few_threads(stuck: None) -> None:
    for _n in range(20):
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            net.look_up("orders.example", 443, Limit(0.02))
        assert time.monotonic() - began < 5
    assert sum(thread.name == "look-up" for thread in threading.enumerate()) == 16


def test_look_ups_work_again_after_the_resolver_hung(
    stuck: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TimeoutError):
        net.look_up("orders.example", 443, Limit(0.02))
    monkeypatch.setattr(socket, "getaddrinfo", infos("8.8.8.8", "8.8.8.8", "1.1.1.1"))
    assert net.look_up("orders.example", 443, Limit(1)) == ["8.8.8.8", "1.1.1.1"]


def _answers(line: Line) -> None:
    line.connection.recv(65_536)
    line.connection.sendall(b"HTTP/1.1 204 Done\r\n\r\n")


@pytest.mark.spec("TRG-3")
def test_a_host_is_tried_on_each_of_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    with slow_server(_answers) as port:
        monkeypatch.setattr(net, "look_up", lambda *_args: ["::1", "127.0.0.1"])
        assert post(f"http://two.example:{port}/").status == 204


@pytest.mark.spec("TRG-3")
def test_an_address_that_does_not_answer_leaves_the_others_their_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_to: list[tuple[str, float]] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        given_to.append((address[0], timeout))
        raise TimeoutError(f"{address[0]} says nothing")

    monkeypatch.setattr(net, "look_up", lambda *_args: ["192.0.2.1", "192.0.2.2", "192.0.2.3"])
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(TimeoutError, match=r"192\.0\.2\.3"):
        net.connect("three.example", 80, Limit(9), guarded=False)
    assert [address for address, _seconds in given_to] == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
    assert [round(seconds, 1) for _address, seconds in given_to] == [3.0, 4.5, 9.0], (
        "nothing was used up here"
    )


@pytest.mark.spec("TRG-3")
@pytest.mark.parametrize(
    "order", [("8.8.8.8", "10.0.0.1"), ("10.0.0.1", "8.8.8.8"), ("::ffff:10.0.0.1",)]
)
def test_a_host_with_one_private_address_is_called_at_none(
    order: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(net, "look_up", lambda *_args: list(order))
    monkeypatch.setattr(socket, "create_connection", lambda *_args: pytest.fail("it was called"))
    with pytest.raises(net.Blocked):
        post("http://mixed.example/", guarded=True)


@pytest.mark.spec("TRG-3")
@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        (
            "http://한국.example/주문?이름=값",
            "http://xn--3e0b707e.example/%EC%A3%BC%EB%AC%B8?%EC%9D%B4%EB%A6%84=%EA%B0%92",
        ),
        ("https://例え.example:8443/パス/", "https://xn--r8jz45g.example:8443/%E3%83%91%E3%82%B9/"),
        (
            "http://a.example/%EC%A3%BC a%2Fb?q=%41&r=100%",
            "http://a.example/%EC%A3%BC%20a%2Fb?q=%41&r=100%25",
        ),
        (
            "http://A.example/x;v=1,2?a[]=1&b=:/?@!$'()*+~#여기",
            "http://a.example/x;v=1,2?a[]=1&b=:/?@!$'()*+~#%EC%97%AC%EA%B8%B0",
        ),
        ("http://ａ．example/", "http://a.example/"),
        ("http://my_host:8080", "http://my_host:8080"),
        ("http://a.example./", "http://a.example./"),
        ("http://[2606:4700:0::1]:81/", "http://[2606:4700::1]:81/"),
    ],
)
def test_addresses_go_over_the_wire_in_ascii(typed: str, sent: str) -> None:
    assert net.encoded(typed) == sent
    assert net.encoded(sent) == sent, "what is encoded stays"
    assert net.check_url(typed) == typed, "people read what they wrote"


@pytest.mark.parametrize(
    "url",
    [
        "http://a..example/",
        "http://-a.example/",
        "http://a b.example/",
        "http://a,b/",
        f"http://{'a' * 64}.example/",
        "http://127.1/",
        "http://0x7f.1/",
        "http://1.2.3.4.5/",
        "http://xn--a.example/",
        "http://한_국.example/",
        "http://۱۲۷.1/",
        "http://[::1%25lo]/",
        "http://" + "a." * 130 + "example/",
    ],
)
def test_what_is_no_host_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="valid name"):
        net.check_url(url)


@given(st.text("aZ9-._:[]%@가한例ßａ\u0301 \\", max_size=20), st.text(max_size=30))
def test_whatever_is_taken_can_be_sent(host: str, rest: str) -> None:
    try:
        taken = net.check_url(f"http://{host}/{rest}")
    except Refused:
        return
    sent = net.encoded(taken)
    assert sent.isascii() and " " not in sent and net.encoded(sent) == sent
    httpcore.Request("POST", sent)


@pytest.mark.spec("TRG-3")
def test_a_whole_address_arrives_as_it_was_written() -> None:
    got: list[bytes] = []

    def serve(line: Line) -> None:
        got.append(line.connection.recv(65_536))
        line.connection.sendall(b"HTTP/1.1 204 Done\r\n\r\n")

    with slow_server(serve) as port:
        assert post(f"http://127.0.0.1:{port}/주문;v=1?이름=값#x").status == 204
    head = got[0].split(b"\r\n")
    assert (
        head[0] == b"POST /%EC%A3%BC%EB%AC%B8;v=1?%EC%9D%B4%EB%A6%84=%EA%B0%92 HTTP/1.1"
        and b"Host: 127.0.0.1:%d" % port in head
    )
