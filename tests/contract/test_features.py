"""What `make features` says of the spec ids, and where it has it from."""

import json
from pathlib import Path

import pytest

from occ.cli import features
from tests import conftest


def reported(monkeypatch: pytest.MonkeyPatch, *steps: tuple[str, str, str]) -> dict[str, str]:
    """What is noted after reports of (name, when, outcome)."""
    monkeypatch.setattr(conftest, "OUTCOMES", {})
    for name, when, outcome in steps:
        node = f"tests/test_x.py::{name}"
        report = pytest.TestReport(node, ("", 1, name), {}, outcome, None, when)  # type: ignore[arg-type]
        conftest.pytest_runtest_logreport(report)
    return conftest.OUTCOMES


def test_a_test_counts_by_the_worst_of_its_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    noted = reported(
        monkeypatch,
        ("half[sqlite]", "call", "failed"),
        ("half[postgres]", "call", "passed"),
        ("one[sqlite]", "call", "passed"),
        ("one[postgres]", "setup", "skipped"),
        ("none[postgres]", "setup", "skipped"),
        ("broken", "setup", "failed"),
        ("left", "call", "passed"),
        ("left", "teardown", "failed"),
        ("open", "setup", "passed"),
    )
    assert {name.partition("::")[2]: outcome for name, outcome in noted.items()} == {
        "half": "failed",
        "one": "passed",
        "none": "skipped",
        "broken": "failed",
        "left": "failed",
    }


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ([], "not built"),
        ([""], "not run"),
        (["skipped", ""], "not run"),
        (["passed", "passed"], "passed"),
        (["passed", "skipped"], "partly"),
        (["passed", ""], "partly"),
        (["passed", "failed"], "failed"),
        (["failed", ""], "failed"),
    ],
)
def test_an_id_passes_when_all_its_tests_do(outcomes: list[str], state: str) -> None:
    names = [f"test_{number}" for number in range(len(outcomes))]
    results = {name: outcome for name, outcome in zip(names, outcomes, strict=True) if outcome}
    assert features.state(names, results) == state


def test_the_report_names_each_test_and_sums_the_ids(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(features, "RESULTS", tmp_path / "spec.json")
    titles = {"A-1": "First", "A-2": "Second", "A-3": "Third"}
    proofs = {"A-1": ["t.py::one", "t.py::two"], "A-2": ["t.py::two"]}
    monkeypatch.setattr(features, "titles", lambda: titles)
    monkeypatch.setattr(features, "proofs", lambda: proofs)
    unknown = features.report()
    assert "A-1     not run     0 of   2 tests  First\n" in unknown
    outcomes = {"t.py::one": "passed", "t.py::two": "failed", "t.py::gone": "failed"}
    features.RESULTS.write_text(json.dumps(outcomes))
    assert features.report().splitlines() == [
        "A-1     failed      1 of   2 tests  First",
        "        passed    t.py::one",
        "        failed    t.py::two",
        "A-2     failed      0 of   1 tests  Second",
        "        failed    t.py::two",
        "A-3     not built   0 of   0 tests  Third",
        "3 ids: 2 failed, 1 not built",
    ]


def test_the_table_goes_by_the_sources_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(features, "RESULTS", tmp_path / "spec.json")
    before = features.table()
    assert before.splitlines()[0] == "| id | feature | tests |"
    outcomes = {name: "failed" for names in features.proofs().values() for name in names}
    features.RESULTS.write_text(json.dumps(outcomes))
    assert features.table() == before
