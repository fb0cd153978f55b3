"""Which test proves which spec id: `occ features`, and the README's feature table."""

import ast
import json
from collections import Counter, defaultdict
from collections.abc import Collection

from occ.config import ROOT

TITLES = ROOT / "docs" / "features.tsv"
RESULTS = ROOT / "build" / "spec.json"  # the outcome of each test when it last ran
BEGIN, END = "<!-- features -->", "<!-- /features -->"


def titles() -> dict[str, str]:
    """Every spec id with its title, in order."""
    rows = (line.split("\t") for line in TITLES.read_text("utf-8").splitlines() if line)
    return {row[0]: row[1] for row in rows}


def _ids(decorator: ast.expr) -> list[str]:
    if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
        return []
    if decorator.func.attr != "spec":
        return []
    constants = [one.value for one in decorator.args if isinstance(one, ast.Constant)]
    return [value for value in constants if isinstance(value, str)]


def proofs() -> dict[str, list[str]]:
    """Test functions (`path::name`) by spec id, read from the sources."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            for decorator in getattr(node, "decorator_list", []):
                for ident in _ids(decorator):
                    found[ident].append(f"{path.relative_to(ROOT)}::{node.name}")  # type: ignore[attr-defined]
    return found


def state(names: list[str], results: dict[str, str]) -> str:
    """What the last run of each test says: passed, failed, not run, partly, not built.

    *partly*: those that ran passed, but some did not run or were skipped.
    """
    outcomes = {results.get(name, "not run") for name in names}
    if not outcomes:
        return "not built"
    if "failed" in outcomes:
        return "failed"
    if "passed" not in outcomes:
        return "not run"
    return "passed" if outcomes == {"passed"} else "partly"


def report(wanted: Collection[str] = ()) -> str:
    """Each id, or those `wanted`, with its state, under it each of its tests with its outcome; then
    the sums.
    """
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    by_id = proofs()
    lines = []
    sums: Counter[str] = Counter()
    for ident, title in titles().items():
        if wanted and ident not in wanted:
            continue
        names = by_id.get(ident, [])
        told = state(names, results)
        sums[told] += 1
        passed = sum(results.get(name) == "passed" for name in names)
        lines.append(f"{ident:<7} {told:<9} {passed:>3} of {len(names):>3} tests  {title}")
        lines += [f"        {results.get(name, 'not run'):<9} {name}" for name in names]
    told = ", ".join(f"{count} {name}" for name, count in sums.most_common())
    return "\n".join([*lines, f"{sums.total()} ids: {told}"])


def table() -> str:
    """The README's feature table: what the sources say, so that no run of the tests changes it."""
    by_id = proofs()
    rows = ["| id | feature | tests |", "|---|---|---|"]
    for ident, title in titles().items():
        rows.append(f"| {ident} | {title} | {len(by_id.get(ident, [])) or ''} |")
    return "\n".join(rows)


def update_readme() -> bool:
    """Puts the table into the README; True when it changed."""
    path = ROOT / "README.md"
    text = path.read_text("utf-8")
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    new = f"{before}{BEGIN}\n{table()}\n{END}{after}"
    if new == text:
        return False
    path.write_text(new, "utf-8")
    return True
