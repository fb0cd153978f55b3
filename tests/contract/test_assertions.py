"""Assertions of tests can fail."""

import ast

import pytest

from occ.config import ROOT

LITERALS = (
    ast.Constant,
    ast.Tuple,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.JoinedStr,
    ast.Lambda,
    ast.GeneratorExp,
)


def _is_constant(one: ast.expr) -> bool:
    try:
        ast.literal_eval(one)
    except ValueError:
        return False
    return True


def cannot_fail(test: ast.expr) -> bool:
    """Whether a condition holds, or does not, whatever the tested code does."""
    if isinstance(test, LITERALS):
        return True
    if isinstance(test, ast.BoolOp):
        return any(cannot_fail(part) for part in test.values)
    if isinstance(test, ast.UnaryOp):
        return cannot_fail(test.operand)
    if not isinstance(test, ast.Compare):
        return False
    sides = [test.left, *test.comparators]
    if all(_is_constant(side) for side in sides):
        return True
    at_least_nothing = isinstance(test.ops[-1], ast.GtE) and ast.unparse(sides[-1]) == "0"
    counts = isinstance(sides[-2], ast.Call) and ast.unparse(sides[-2].func) in ("len", "sum")
    same = len({ast.unparse(side) for side in sides}) == 1 and isinstance(test.ops[0], ast.Eq)
    return (at_least_nothing and counts) or (
        same and not any(isinstance(n, ast.Call) for n in ast.walk(test))
    )


@pytest.mark.parametrize(
    "text",
    [
        "(x, 'said')",
        "'said'",
        "f'{x}'",
        "[x]",
        "x or True",
        "(x and 'y') == x or 1",
        "len(x) >= 0",
        "x == x",
        "1 <= 2",
        "not ()",
        "x and ()",
    ],
)
def test_what_cannot_fail_is_known(text: str) -> None:
    assert cannot_fail(ast.parse(text, mode="eval").body)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "x or y",
        "len(x) >= 1",
        "x == f(x)",
        "f() == f()",
        "{'a'} <= x",
        "not x",
        "0 <= x",
        "x[0] >= 0",
    ],
)
def test_what_can_fail_is_left_alone(text: str) -> None:
    assert not cannot_fail(ast.parse(text, mode="eval").body)


def test_every_assertion_can_fail() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Assert) and cannot_fail(node.test)
    ]
    assert not found
