"""The first and the second visit of the list in a browser: requests, and bytes over the wire."""

from tests.bench.console import Console
from tests.bench.figures import Figure
from tests.bench.pages import LIST
from tests.support import chromium
from tests.support.live import Live

KIB = 1024


def figures(console: Console, live: Live) -> list[Figure]:
    """Nothing where there is no Chromium."""
    if chromium.missing():
        return []
    name, _equals, value = console.people[1].cookie.partition("=")
    found = []
    with chromium.browser() as browser:
        context = browser.new_context()
        context.add_cookies([{"name": name, "value": value, "url": live.url}])
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
