"""Debian's Chromium by Playwright, with axe-core."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from occ.config import ROOT

# Chromium takes the last list of features alone, so that it begins with Playwright's own.
OFF = (
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
    # each window draws these beside an address bar that nobody sees: a third of a short visit
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxPopup",
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(OFF)}",
]
AXE = ROOT / "node_modules/axe-core/axe.min.js"


def executable() -> str | None:
    return next(
        (
            found
            for name in ("chromium", "chromium-browser", "google-chrome")
            if (found := shutil.which(name))
        ),
        None,
    )


def missing() -> str | None:
    """Why no browser can be started, in words."""
    return None if executable() else "Chromium is not installed"


@contextmanager
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield made
        made.close()


# What is seen of the page, or of the dialog that makes the rest of it inert: tags with attributes, and
# whether they say something. Numbers are as good as others, and so are neighbours that are alike.
SHAPE = """() => {
    const attributes = (one) => [...one.attributes]
        .filter(({ name }) => !["value", "content", "nonce", "hx-headers"].includes(name))
        .map(({ name, value }) => `${name}=${value.replace(/\\d+/g, "0")}`).join();
    const shape = (one) => {
        if (one.nodeType === Node.TEXT_NODE) return one.data.trim() && "x";
        if (one.nodeType !== Node.ELEMENT_NODE) return "";
        const parts = [...one.childNodes].map(shape).filter(Boolean);
        return `<${one.tagName} ${attributes(one)}>`
            + `${parts.filter((part, at) => part !== parts[at - 1]).join("")}</>`;
    };
    const root = document.documentElement;
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    return [innerWidth, innerHeight, dark, attributes(root)].join()
        + shape(document.querySelector("dialog:modal") ?? root);
}"""
RUN = """axe.run(document.querySelector("dialog:modal") ?? document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"], resultTypes: ["violations"], preload: false
})"""
_clean: set[str] = set()


def axe(page: Any) -> list[str]:
    """What axe-core finds serious or critical on the page, each with its first place.

    What has the shape of something without a fault is not looked at once more. Style sheets are
    not fetched once more (`preload`): only a rule about locked orientation reads them.
    """
    shape = hashlib.sha256(page.evaluate(SHAPE).encode()).hexdigest()
    if shape in _clean:
        return []
    if not page.evaluate("'axe' in window"):  # of an earlier look at the same page
        page.evaluate(AXE.read_text("utf-8"))
    found = [
        f"{v['id']}: {v['help']} ({v['nodes'][0]['html'][:160]} {v['nodes'][0].get('failureSummary', '')[:200]})"
        for v in page.evaluate(RUN)["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    if not found:
        _clean.add(shape)
    return found
