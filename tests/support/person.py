"""Somebody at a real browser."""

from dataclasses import dataclass
from typing import Any

from tests.support import chromium
from tests.support.live import Live

# what no rule of axe asks: the way to a page, and what is empty
LAID_OUT = """() => {
    const found = [];
    const page = document.querySelector(".o-crumb > b");
    const least = page && parseFloat(getComputedStyle(page).minWidth);
    const steps = [...document.querySelectorAll(".o-crumb > :is(a, span)")];
    if (page?.clientWidth > least + 1 && steps.some((one) => one.scrollWidth > one.clientWidth))
        found.push("its way is cut before its name gives way");
    if (document.querySelector(".o-actions:not(:has(*))")?.checkVisibility())
        found.push("its head keeps a line for no actions");
    return found;
}"""


@dataclass
class Person:
    """Somebody at a browser, whose every page is checked by axe and for script errors."""

    page: Any
    live: Live
    problems: list[str]

    def go(self, path: str) -> None:
        self.page.goto(self.live.url + path)
        self.check()

    def check(self) -> None:
        self.page.wait_for_load_state("load")  # never "networkidle": pages that poll are never idle
        self.page.wait_for_function(
            "() => document.body && !document.querySelector('.htmx-request')"
            # a color half way is nobody's choice; what moves for ever is looked at as it is
            " && !document.getAnimations().some((one) => one.playState === 'running'"
            " && Number.isFinite(one.effect.getComputedTiming().endTime))"
        )
        self.problems += [f"{self.page.url}: {found}" for found in chromium.axe(self.page)]
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if wide > 0:
            self.problems.append(f"{self.page.url} scrolls sideways by {wide} px")
        self.problems += [f"{self.page.url}: {found}" for found in self.page.evaluate(LAID_OUT)]

    def submit(self) -> None:
        self.page.click("main form button[type=submit]")
        self.check()
