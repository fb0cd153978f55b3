"""States of tickets (TKT-1): every write asks the rules which state follows."""

import ast

import pytest

from occ.config import ROOT
from occ.core.errors import Refused
from occ.tickets.rules import OPEN, Move, State, left, moved


@pytest.mark.spec("TKT-1", "TKT-5", "MEM-2")
def test_whoever_leaves_takes_nothing_from_another_service() -> None:
    assert {state: left(state) for state in OPEN} == {
        State.UNASSIGNED: State.UNASSIGNED,
        State.PROGRESS: State.UNASSIGNED,
        State.HOLD: State.UNASSIGNED,
        State.HANDED: State.HANDED,
        State.ANSWERED: State.ANSWERED,
    }


@pytest.mark.spec("TKT-1")
def test_what_nobody_has_is_not_in_progress_and_an_answer_meets_open_tickets_only() -> None:
    assert moved(State.RESOLVED, Move.REOPEN) is State.PROGRESS
    assert moved(State.RESOLVED, Move.REOPEN, nobody=True) is State.UNASSIGNED
    assert moved(State.RESOLVED, Move.FINISH, nobody=True) is State.DONE
    for state in OPEN:
        assert moved(state, Move.ANSWERED) is State.ANSWERED
    with pytest.raises(Refused):
        moved(State.DONE, Move.ANSWERED)
    with pytest.raises(Refused):
        moved(State.HANDED, Move.TRANSFER, nobody=True)


@pytest.mark.spec("TKT-1")
def test_no_write_sets_a_ticket_s_state_without_asking_the_rules() -> None:
    asked, others = 0, []
    for path in sorted((ROOT / "occ" / "tickets").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        told = {
            target.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and "moved(" in ast.unparse(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Assign):
                continue
            for target, value in (
                (t, v) for one in node.targets for t, v in _pairs(one, node.value)
            ):
                if (
                    isinstance(target, ast.Attribute)
                    and target.attr == "state"
                    and ast.unparse(target.value) in ("ticket", "source")
                ):
                    is_asked = ast.unparse(value) in told or ast.unparse(value).startswith(
                        ("moved(", "rules.moved(", "rules.left(")
                    )
                    asked += is_asked
                    others += [] if is_asked else [f"{path.name}: {ast.unparse(node)}"]
    assert not others and asked > 6


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    both = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
    return list(zip(target.elts, value.elts, strict=True)) if both else [(target, value)]  # type: ignore[attr-defined]
