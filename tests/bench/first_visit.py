"""The ticket list in a browser: requests and bytes of the first and the second visit; and, on a
processor that is slowed four times, when the list can be read, what moves by itself, and how long a
click takes to show its ticket.
"""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.bench.console import Console
from tests.bench.figures import Figure
from tests.bench.pages import LIST
from tests.support import chromium
from tests.support.live import Live

KIB = 1024
SLOWER, VISITS, CLICKS = 4, 5, 15
WATCH = """
    window.seen = { readable: 0, shifts: 0, opened: [] };
    const watch = (type, note) =>
        new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type });
    watch("largest-contentful-paint", (one) => { seen.readable = one.startTime; });
    watch("layout-shift", (one) => { if (!one.hadRecentInput) seen.shifts += one.value; });
    let began = 0;
    addEventListener("click", (event) => { began = event.timeStamp; }, true);
    addEventListener("htmx:afterSettle", (event) => {
        if (event.detail.target.id !== "t-ticket") return;
        const painted = new MessageChannel();
        painted.port1.onmessage = () => seen.opened.push(performance.now() - began);
        requestAnimationFrame(() => painted.port2.postMessage(0));
    });
"""


@contextmanager
def signed_in(browser: Any, console: Console, live: Live) -> Iterator[Any]:
    """A new browser of somebody who has signed in, which keeps no file yet."""
    name, _equals, value = console.people[1].cookie.partition("=")
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": name, "value": value, "url": live.url}])
    yield context
    context.close()


def figures(console: Console, live: Live) -> list[Figure]:
    """Nothing where there is no Chromium."""
    if chromium.missing():
        return []
    with chromium.browser() as browser:
        return [*_sent(browser, console, live), *_slowed(browser, console, live)]


def _sent(browser: Any, console: Console, live: Live) -> list[Figure]:
    found = []
    with signed_in(browser, console, live) as context:
        for visit, requests, most in (("first", 14, 160), ("second", None, 10)):
            page = context.new_page()
            tools = context.new_cdp_session(page)
            tools.send("Network.enable")
            kept: set[str] = set()
            finished: dict[str, float] = {}
            tools.on(
                "Network.requestServedFromCache",
                lambda event, kept=kept: kept.add(event["requestId"]),
            )
            tools.on(
                "Network.responseReceived",
                lambda event, kept=kept: (
                    event["response"].get("fromDiskCache") and kept.add(event["requestId"])
                ),
            )
            tools.on(
                "Network.loadingFinished",
                lambda event, finished=finished: finished.update(
                    {event["requestId"]: event["encodedDataLength"]}
                ),
            )
            page.goto(f"{live.url}{LIST}", wait_until="load")
            page.wait_for_timeout(1_000)  # what scripts ask for once the page stands
            sent = [size for ident, size in finished.items() if ident not in kept]
            found += [
                Figure(f"{visit} visit of the list, requests", len(sent), "requests", requests),
                Figure(f"{visit} visit of the list", sum(sent) / KIB, "KiB", most),
            ]
            page.close()
    return found


def _slowed(browser: Any, console: Console, live: Live) -> list[Figure]:
    readable, shifts, opened = [], [], []
    for visit in range(VISITS):
        with signed_in(browser, console, live) as context:
            page = context.new_page()
            page.add_init_script(WATCH)
            tools = context.new_cdp_session(page)
            tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            page.goto(f"{live.url}{LIST}", wait_until="load")
            page.wait_for_timeout(1_000)  # what moves late
            for number in range(CLICKS if visit == 0 else 0):
                page.locator(".t-subj").nth(number).click()
                page.wait_for_function("count => seen.opened.length > count", arg=number)
            seen = page.evaluate("seen")
            readable.append(seen["readable"])
            shifts.append(seen["shifts"])
            opened += seen["opened"]
    slowed = f"{SLOWER} × slower browser"
    return [
        Figure(f"{slowed}, first visit, list readable", statistics.median(readable), "ms", 700),
        Figure(f"{slowed}, layout shift", max(shifts), "of the page", 0),
        Figure(f"{slowed}, a click to its painted ticket", statistics.median(opened), "ms", 120),
    ]
