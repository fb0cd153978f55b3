"""Which test proves which spec id: `occ features`, and the README's feature table."""

import ast
import json
from collections import defaultdict

from occ.config import ROOT

TITLES = ROOT / "docs" / "features.tsv"
RESULTS = ROOT / "build" / "spec.json"  # written by the newest test run
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
    """What the newest run said: passed, failed, not run, or not built."""
    if not names:
        return "not built"
    outcomes = {results.get(name, "not run") for name in names}
    return "failed" if "failed" in outcomes else "not run" if outcomes == {"not run"} else "passed"


def report() -> str:
    """id → tests → state, a line each."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    by_id = proofs()
    lines = []
    for ident, title in titles().items():
        names = by_id.get(ident, [])
        lines.append(f"{ident:<7} {state(names, results):<9} {len(names):>3} tests  {title}")
        lines += [f"          {name}" for name in names]
    return "\n".join(lines)


def table() -> str:
    """The README's feature table."""
    by_id = proofs()
    rows = ["| id | feature | state | tests |", "|---|---|---|---|"]
    for ident, title in titles().items():
        count = len(by_id.get(ident, []))
        rows.append(f"| {ident} | {title} | {'works' if count else 'planned'} | {count or ''} |")
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
