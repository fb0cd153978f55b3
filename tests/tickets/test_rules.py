"""States of tickets (TKT-1): one function says how a ticket stands after a move, and nobody else."""

import ast
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from occ.cli import demo_bulk
from occ.config import ROOT
from occ.core.errors import Refused
from occ.tickets.models import Ticket
from occ.tickets.rules import HERE, OPEN, Move, Reason, Standing, State, begin, transition

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
KIM, LEE, TEAM = 1, 2, 7
AWAY = (State.HANDED, State.ANSWERED)
GIVEN = {
    Move.TAKE: {"member": LEE, "group": TEAM},
    Move.TRANSFER: {"member": LEE, "group": TEAM},
    Move.INTERNAL: {"member": LEE, "reason": Reason.OTHER},
}


def after(state: State, move: Move, **given: object) -> Standing:
    """What a move makes of one that Kim has (of one that waits, where nobody can have it)."""
    there = Standing(
        state,
        None if state is State.UNASSIGNED else KIM,
        resolved_at=NOW if state in (State.RESOLVED, State.DONE) else None,
        done_at=NOW if state is State.DONE else None,
    )
    return transition(there, move, NOW, **{**GIVEN.get(move, {"member": LEE}), **given})  # type: ignore[arg-type]


@pytest.mark.spec("TKT-1", "TKT-5", "MEM-2")
def test_who_leaves_takes_nothing_from_another_service() -> None:
    left = {state: after(state, Move.LEAVE) for state in OPEN}
    assert {state: one.state for state, one in left.items()} == {
        State.UNASSIGNED: State.UNASSIGNED,
        State.PROGRESS: State.UNASSIGNED,
        State.HOLD: State.UNASSIGNED,
        State.HANDED: State.HANDED,
        State.ANSWERED: State.ANSWERED,
    }
    assert {one.assignee_id for one in left.values()} == {None}


@pytest.mark.spec("TKT-1", "TKT-4", "TKT-5")
def test_each_move_leads_from_where_the_specification_says() -> None:
    says: dict[Move, set[State]] = {}
    for move in Move:
        for state in State:
            try:
                after(state, move)
            except Refused:
                continue
            says.setdefault(move, set()).add(state)
    assert says == {
        Move.TAKE: set(HERE),
        Move.TRANSFER: set(HERE),
        Move.RESOLVE: set(HERE),
        Move.INTERNAL: set(HERE),
        Move.HANDOVER: set(HERE),
        Move.HOLD: {State.UNASSIGNED, State.PROGRESS, State.ANSWERED},
        Move.ANSWERED: set(OPEN),
        Move.REOPEN: {State.HOLD, State.RESOLVED, *AWAY},
        Move.FINISH: {State.RESOLVED},
        Move.LEAVE: set(OPEN),
    }, "RESTORE and DELETE are for the spam box"
    with pytest.raises(Refused, match="with another service"):
        after(State.HANDED, Move.TRANSFER)
    with pytest.raises(Refused, match="resolved already"):
        after(State.DONE, Move.TAKE)


@pytest.mark.spec("TKT-1", "TKT-3")
def test_whoever_is_given_a_ticket_has_it_and_without_one_it_waits() -> None:
    for move in (Move.TAKE, Move.TRANSFER):
        assert after(State.HOLD, move) == Standing(State.PROGRESS, LEE, TEAM)
    assert after(State.PROGRESS, Move.TRANSFER, member=None) == Standing(
        State.UNASSIGNED, None, TEAM
    )
    assert after(State.RESOLVED, Move.REOPEN, member=KIM) == Standing(State.PROGRESS, KIM)
    assert after(State.RESOLVED, Move.REOPEN, member=None) == Standing(State.UNASSIGNED)
    for move in (Move.RESOLVE, Move.HOLD, Move.HANDOVER):
        assert after(State.PROGRESS, move).assignee_id == KIM, "it stays theirs"
        assert after(State.UNASSIGNED, move).assignee_id == LEE


@pytest.mark.spec("TKT-1")
def test_spam_is_restored_or_deleted_and_nothing_else() -> None:
    spam = after(State.PROGRESS, Move.INTERNAL, reason=Reason.SPAM)
    assert (spam.state, spam.reason, spam.spam_at) == (State.RESOLVED, Reason.SPAM, NOW)
    for move in set(Move) - {Move.RESTORE, Move.DELETE}:
        with pytest.raises(Refused, match="is in the spam box"):
            transition(spam, move, NOW)
    assert transition(spam, Move.RESTORE, NOW, member=KIM) == Standing(State.PROGRESS, KIM)
    gone = transition(spam, Move.DELETE, NOW)
    assert gone == replace(spam, deleted_at=NOW)
    for move in Move:
        with pytest.raises(Refused, match="deleted"):
            transition(gone, move, NOW)
    for move in (Move.RESTORE, Move.DELETE):
        with pytest.raises(Refused, match="not in the spam box"):
            after(State.RESOLVED, move)


Step = tuple[Move, int | None, int | None, Reason]
STEPS: st.SearchStrategy[Step] = st.tuples(
    st.sampled_from(Move),
    st.none() | st.sampled_from((KIM, LEE)),
    st.none() | st.just(TEAM),
    st.sampled_from(Reason),
)


@pytest.mark.spec("TKT-1", "TKT-4", "TKT-5", "MEM-2")
@given(st.none() | st.just(KIM), st.lists(STEPS, max_size=12))
def test_whatever_is_done_to_a_ticket_its_parts_fit_together(
    first: int | None, steps: list[Step]
) -> None:
    before = begin(first)
    for n, (move, member, group, reason) in enumerate(steps):
        at = NOW + timedelta(minutes=n)
        try:
            now = transition(
                before,
                move,
                at,
                member=member,
                group=group,
                reason=reason if move is Move.INTERNAL else None,
            )
        except Refused:
            continue
        assert before.state is not State.DONE and before.deleted_at is None, "these are the end"
        if now.state is State.UNASSIGNED:
            assert now.assignee_id is None
        if now.state is State.PROGRESS:
            assert now.assignee_id is not None
        assert (now.resolved_at is not None) is (now.state in (State.RESOLVED, State.DONE))
        assert (now.done_at is not None) is (now.state is State.DONE)
        assert (now.spam_at is not None) is (now.reason is Reason.SPAM)
        assert now.reason is None or now.resolved_at is not None
        assert now.spam_at is None or now.state is State.RESOLVED, "spam is never done"
        if before.state is State.HANDED:
            assert move in (Move.ANSWERED, Move.REOPEN, Move.LEAVE), "another service works on it"
        if move is Move.LEAVE:
            assert now.assignee_id is None
            assert now.state is before.state or before.state not in AWAY
        if move not in (Move.TAKE, Move.TRANSFER):
            assert now.group_id == before.group_id
        before = now


@pytest.mark.spec("TKT-1")
def test_history_that_is_written_at_once_stands_as_moves_would_leave_it() -> None:
    count = demo_bulk.OPEN + 2
    rows = [demo_bulk._ticket(n, count, 1, 1, 1, [KIM, LEE], NOW) for n in range(count)]
    states = {row["state"] for row in rows}
    assert states == {State.DONE, State.UNASSIGNED, State.PROGRESS, State.HOLD}
    for row in rows:
        is_done = row["state"] is State.DONE
        assert (row["resolved_at"], row["done_at"]) == ((NOW, NOW) if is_done else (None, None))
        assert (row["assignee_id"] is None) is (row["state"] is State.UNASSIGNED)


NAMES = {one.name for one in fields(Standing)}


@pytest.mark.spec("TKT-1")
def test_no_write_changes_how_a_ticket_stands_without_the_rules() -> None:
    assert set(sa.inspect(Ticket).columns.keys()) >= NAMES
    whole, others = [], []
    for path in sorted((ROOT / "occ").rglob("*.py")):
        text = path.read_text("utf-8")
        if "Ticket" not in text or path == ROOT / "occ" / "tickets" / "rules.py":
            continue
        for node in ast.walk(ast.parse(text)):
            if _writes(node, {"standing"}):
                whole.append(path.name)
            if _writes(node, NAMES) or _writes_at_once(node):
                others.append(f"{path.relative_to(ROOT)}: {ast.unparse(node)}")
    assert others == []
    assert whole == ["running.py", *["tickets.py"] * 2, *["writes.py"] * 3], (
        "what triggers hand on, the demo's past, and new, move, undo"
    )


def _writes(node: ast.AST, names: set[str]) -> bool:
    """Whether it gives a value to an attribute of one of these names, or makes a ticket with it."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "Ticket":
        return any(keyword.arg in names for keyword in node.keywords)
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, (ast.AugAssign, ast.AnnAssign)):
        targets = [node.target]
    flat = [part for one in targets for part in (one.elts if isinstance(one, ast.Tuple) else [one])]
    return any(
        isinstance(one, ast.Attribute)
        and one.attr in names
        # a ticket's row of a bulk action, and a batch of migration
        and ast.unparse(one.value) not in ("item", "batch")
        for one in flat
    )


def _writes_at_once(node: ast.AST) -> bool:
    """Whether it is a statement that changes tickets in these columns."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "values"
        and "update(Ticket)" in ast.unparse(node.func.value)
        and any(keyword.arg in NAMES for keyword in node.keywords)
    )
