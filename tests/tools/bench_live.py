"""Second part of `make bench`: a running server with 50 agents and 100 calls at once.

Three figures: unchanged polls against a bare Flask "hello" on the same kind of server in the same run; the time from an
event of telephony to its decision; and how long 100 viewers wait for the wallboard, each asking every 3 seconds.
"""

import http.client
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from occ.cli.start import prepare
from occ.config import ROOT
from occ.core.db import db
from occ.factory import create_app
from occ.telephony import queries, settings
from tests.conftest import QUIET
from tests.factories import phone, world
from tests.support.live import Live, free_port

AGENTS, CALLS, VIEWERS, EVERY = 50, 100, 100, 3.0
ROUNDS, WARM, MEASURE = 1500, 75, 30
HELLO = "from flask import Flask; from waitress import serve; a = Flask('hello'); a.get('/')(lambda: 'hello'); serve(a, port={port}, threads=4, ident=None)"


class Client:
    """One kept connection, signed in by its cookie."""

    def __init__(self, port: int) -> None:
        self.port, self.cookie = port, ""
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, path: str, *, etag: str = "", body: str = "") -> http.client.HTTPResponse:
        headers = {
            "HX-Request": "true",
            "Cookie": self.cookie,
            **({"If-None-Match": etag} if etag else {}),
        }
        if body:
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
            headers.pop("HX-Request")
        self.connection.request("POST" if body else "GET", path, body or None, headers)
        answer = self.connection.getresponse()
        self.text = answer.read().decode()
        for name, value in answer.getheaders():
            if name == "Set-Cookie":
                self.cookie = value.split(";")[0]
        return answer

    def login(self, login_id: str) -> None:
        self.ask("/login")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.text)
        assert token is not None
        self.ask(
            "/login", body=f"login_id={login_id}&password={world.PASSWORD}&csrf_token={token[1]}"
        )


def rate(ask: Callable[[], None]) -> float:
    """Requests a second, one after the other: the median of ten batches."""
    batches = []
    for _n in range(10):
        began = time.perf_counter()
        for _m in range(ROUNDS // 10):
            ask()
        batches.append(ROUNDS / 10 / (time.perf_counter() - began))
    return statistics.median(batches)


def watch(live: Live, seconds: float, cookie: str) -> list[float]:
    """Milliseconds of each poll of VIEWERS who ask every 3 seconds."""
    times: list[float] = []
    end = time.monotonic() + seconds

    def viewer(number: int) -> None:
        one = Client(live.port)
        one.cookie, etag = cookie, ""
        time.sleep(EVERY * number / VIEWERS)
        while time.monotonic() < end:
            began = time.perf_counter()
            answer = one.ask("/c/s/mall/wallboard", etag=etag)
            times.append((time.perf_counter() - began) * 1000)
            assert answer.status in (200, 304), answer.status
            etag = answer.getheader("ETag") or etag
            time.sleep(max(0.0, EVERY - (time.perf_counter() - began)))

    threads = [threading.Thread(target=viewer, args=(n,)) for n in range(VIEWERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def decisions(client: Client) -> dict[str, float]:
    """Cumulated counts of the decision histogram by bound."""
    client.ask("/metrics")
    return {
        bound: float(n)
        for bound, n in re.findall(
            r'occ_telephony_decision_seconds_bucket\{le="([^"]+)"\} (\S+)', client.text
        )
    }


def main() -> int:
    """Prints the figures; returns how many miss their bound."""
    instance = Path(tempfile.mkdtemp())
    application = create_app({**QUIET, "OCC_INSTANCE": instance, "DATABASE_URL": ""})
    prepare(application)
    with application.app_context():
        boss = world.owner()
        mall = phone.service(boss)
        world.agent(boss, mall, boss, manager=True)
        phone.queue(mall, [phone.agent(boss, mall, f"a{n:02}") for n in range(AGENTS)])
        ident = mall.id
        db.session.remove()
    live, port = Live(instance), free_port()
    live.start()
    hello = subprocess.Popen(
        [sys.executable, "-c", HELLO.format(port=port)], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    viewer, bare = Client(live.port), Client(port)
    viewer.login("boss")
    etag = viewer.ask("/c/s/mall/wallboard").getheader("ETag") or ""
    for _n in range(50):
        try:
            bare.ask("/")
            break
        except OSError:
            time.sleep(0.1)

    def poll() -> None:
        assert viewer.ask("/c/s/mall/wallboard", etag=etag).status == 304

    mine, theirs = rate(poll), rate(lambda: bare.ask("/") and None)
    hello.kill()
    share = mine / theirs * 100
    print(f"unchanged poll {mine:6.0f}/s   hello {theirs:6.0f}/s   {share:5.1f} %  (at least 45)")
    with application.app_context():
        with db.write():
            settings.save_load(
                ident,
                {
                    "on": True,
                    "calls_per_hour": 7200,
                    "patience_seconds": 60,
                    "talk_seconds": 60,
                    "robots": AGENTS,
                },
            )
        time.sleep(WARM)
        before = decisions(viewer)
        times = watch(live, MEASURE, viewer.cookie)
        after = decisions(viewer)
        db.session.rollback()
        calls = len(queries.open_calls())
        db.session.remove()
    live.stop()
    made = after["+Inf"] - before["+Inf"]
    quick = (after["0.05"] - before["0.05"]) / made * 100
    slowest = statistics.quantiles(times, n=20)[18]
    print(
        f"decisions      {made:6.0f}     {quick:5.1f} % within 50 ms  (at least 95), {calls} calls at once, {AGENTS} agents"
    )
    print(
        f"wallboard      {len(times):6}     p50 {statistics.median(times):5.1f} ms, p95 {slowest:5.1f} ms  (at most 150), {VIEWERS} viewers"
    )
    return (share < 45) + (quick < 95) + (slowest > 150)


if __name__ == "__main__":
    sys.exit(bool(main()))
