"""What was measured, beside what the last release took: `docs/bench.json`.

Machines differ. Figures that depend on the machine are compared in units of what the reference page
took in the same run; those that are counted, or are shares already, as they are.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata

from occ.config import ROOT

KEPT = ROOT / "docs" / "bench.json"
REFERENCE = "reference page on waitress, CPU"
# how a slower machine changes what a unit says
SLOWER = {"ms": 1, "s": 1, "% of a core": 1, "/s": -1}
# by how much a median, and by how much the slowest of many, differ by chance
CHANCE, TAIL = 0.15, 0.5


@dataclass(frozen=True)
class Figure:
    """One line: what was measured, in which unit, what it is to reach, which is at most the target
    or, where `more` is better, at least, and the share by which it may differ by chance.
    """

    name: str
    value: float
    unit: str
    target: float | None = None
    more: bool = False
    chance: float = CHANCE

    @property
    def is_met(self) -> bool:
        if self.target is None:
            return True
        return self.value >= self.target if self.more else self.value <= self.target


def compared(now: Sequence[Figure], kept: dict[str, float]) -> dict[str, float]:
    """How many times worse each figure is than the one kept; below 1 it is better."""
    slower = 1.0
    reference = next((one.value for one in now if one.name == REFERENCE), None)
    if reference and kept.get(REFERENCE):
        slower = reference / kept[REFERENCE]
    found = {}
    for one in now:
        before = kept.get(one.name)
        if before and one.value:
            change = one.value / (before * slower ** SLOWER.get(one.unit, 0))
            found[one.name] = 1 / change if one.more else change
        elif before is not None:
            found[one.name] = 2.0 if one.value > before else 1.0
    return found


def worse(now: Sequence[Figure], changes: dict[str, float]) -> list[str]:
    """The names of figures that got worse by more than chance."""
    return [one.name for one in now if changes.get(one.name, 1.0) > 1.0 + one.chance]


def read() -> tuple[str, dict[str, float]]:
    """The release whose figures are kept, and its figures by name."""
    if not KEPT.exists():
        return "", {}
    kept = json.loads(KEPT.read_text("utf-8"))
    return kept["version"], {name: one["value"] for name, one in kept["figures"].items()}


def keep(now: Sequence[Figure]) -> None:
    """Keeps the figures as those of this release."""
    rows = {one.name: {"value": round(one.value, 3), "unit": one.unit} for one in now}
    text = json.dumps(
        {"version": metadata.version("occ"), "figures": rows}, indent=1, ensure_ascii=False
    )
    KEPT.write_text(text + "\n", "utf-8")


def written(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 or value == int(value) else f"{value:.3g}"


def table(now: Sequence[Figure], version: str, kept: dict[str, float]) -> str:
    """A line a figure: the value, its target, the last release's and how many times worse it is.
    What is 0 and may be goes without saying.
    """
    changes = compared(now, kept)
    gone = set(worse(now, changes))
    head = f"{'':<52}{'now':>10}  {'unit':<12}{'target':>10}{version or '-':>10}{'worse':>8}"
    lines = [head]
    for one in (one for one in now if one.value or one.name in gone):
        target = "" if one.target is None else f"{'≥' if one.more else '≤'} {one.target:g}"
        before = written(kept[one.name]) if one.name in kept else ""
        change = f"{changes[one.name]:.2f}" if one.name in changes else ""
        notes = [*(["missed"] if not one.is_met else []), *(["WORSE"] if one.name in gone else [])]
        lines.append(
            f"{one.name:<52}{written(one.value):>10}  {one.unit:<12}{target:>10}{before:>10}{change:>8}"
            f"  {' '.join(notes)}".rstrip()
        )
    return "\n".join(lines)
