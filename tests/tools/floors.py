"""The floors of the house, read from the import contracts: the diagram in docs/develop.md."""

import re
import textwrap
import tomllib
from itertools import zip_longest
from typing import Any

from occ.config import ROOT

GUIDE = ROOT / "docs" / "develop.md"
BEGIN, END = "<!-- floors -->", "<!-- /floors -->"
FRAME = {"__main__", "cli", "factory", "config", "menu", "scheduler", "core"}
"""What carries the features and is none of them."""


SUBJECTS = {"children", "drivers", "gateways", "pages", "queries", "reading", "rules", "views"}
"""Folders of features whose files are named by their subjects, on one floor."""


def contracts() -> dict[str, dict[str, Any]]:
    """The import contracts by id."""
    options = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return {one["id"]: one for one in options["tool"]["importlinter"]["contracts"]}


def names(floor: str) -> list[str]:
    """The modules that stand on one floor."""
    return re.findall(r"\w+", floor)


def features() -> set[str]:
    return {name for floor in contracts()["features"]["layers"] for name in names(floor)} - FRAME


def rooms() -> list[str]:
    """The folders inside features that have floors of their own: `tickets.bulk`."""
    found = (path.parent for path in (ROOT / "occ").glob("*/*/__init__.py"))
    return sorted(
        f"{path.parent.name}.{path.name}"
        for path in found
        if path.parent.name in features() and path.name not in SUBJECTS
    )


def _short(module: str) -> str:
    """`occ.*.rules.**` and `occ.*.*.rules` are rules, `occ.core.db` is core.db."""
    return re.sub(r"^occ\.(\*\.)*", "", module).partition(".*")[0]


def _known(contract: str, *, by: str = "") -> list[str]:
    """What `by` may import although the contract forbids the like; without it, who may."""
    found: dict[str, None] = {}
    for line in contracts()[contract]["ignore_imports"]:
        source, _arrow, target = (part.strip() for part in line.partition("->"))
        if not by:
            found[_short(source)] = None
        elif _short(source) == by:
            found[_short(target)] = None
    return list(found)


def _line(head: str, words: list[str]) -> str:
    return textwrap.fill(
        ", ".join(sorted(set(words))), 96, initial_indent=f"{head:<22}", subsequent_indent=" " * 22
    )


def _floors(contract: str, width: int) -> list[str]:
    lines = []
    for floor in contracts()[contract]["layers"]:
        between = " : " if ":" in floor else " · "
        lines += textwrap.wrap(between.join(names(floor)), width, subsequent_indent="  ")
    return lines


def diagram() -> str:
    """Every floor, the uppermost first, and what the other contracts say."""
    house = ["the house", "─" * 22, *_floors("features", 22)]
    inside = ["inside a feature", "─" * 72, *_floors("files", 72)]
    lines = [
        f"{left:<22}  {right}".rstrip() for left, right in zip_longest(house, inside, fillvalue="")
    ]
    edges = contracts()["edges"]
    sql = contracts()["sql"]["source_modules"]
    return "\n".join(
        [
            *lines,
            "",
            _line("rooms", rooms()),
            _line("rules know", _known("rules", by="rules")),
            _line("models know", _known("models", by="models")),
            _line("the web is known to", _known("web")),
            _line("no SQL in", [_short(module) for module in [*sql, "occ.*.rules"]]),
            _line("edges", [_short(module) for module in edges["protected_modules"]]),
            _line("  are known to", [_short(module) for module in edges["allowed_importers"]]),
        ]
    )


def update_guide() -> bool:
    """Puts the diagram into the developer's guide; True when it changed."""
    text = GUIDE.read_text("utf-8")
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    new = f"{before}{BEGIN}\n```text\n{diagram()}\n```\n{END}{after}"
    if new == text:
        return False
    GUIDE.write_text(new, "utf-8")
    return True
