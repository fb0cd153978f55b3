"""Figures as coordinates."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from occ.statistics import chart
from occ.statistics.pages import catalog
from occ.statistics.pages.frame import Row, Table
from occ.statistics.rules import tables
from occ.statistics.rules.tables import Column, Kind

ASKED: Any = None


def table(*names: str, series: int = 1) -> Table:
    """Durations of some rows, a hundred hours each."""
    shown = [Column(f"n{n}", f"{n}", tables.seconds(f"n{n}"), Kind.DURATION) for n in range(series)]
    rows = [Row(name, name, {one.key: 360_000 for one in shown}) for name in names]
    page = replace(catalog.PAGES[0], columns=lambda asked: shown)
    return Table(page, ASKED, shown, shown, rows, [])


@pytest.mark.spec("STA-2")
@pytest.mark.parametrize("name", ["김", "김서연", "Bartholomew", "야간 상담 전담팀 팀장 김수한무"])
@pytest.mark.parametrize("series", [1, 5])
def test_a_bar_leaves_room_for_its_name_and_its_values(name: str, series: int) -> None:
    found = table(name, series=series)
    made = chart.bars(found, [one.key for one in found.every])
    [bar] = made.bars
    assert made.names >= min(10 * len(name), chart.NAMES[1]), "a name is cut off"
    assert bar.end + chart.SIGN * len(bar.value) <= chart.WIDTH, "a value is cut off"
    assert bar.blocks[0].width > 200
    assert chart.bars(table("김"), ["n0"]).names < made.names or len(name) < 4


@pytest.mark.spec("STA-1")
def test_a_line_of_a_year_of_days_is_thin() -> None:
    assert not chart.lines(table(*map(str, range(31))), ["n0"]).is_dense
    assert chart.lines(table(*map(str, range(365))), ["n0"]).is_dense


@pytest.mark.spec("STA-1")
@pytest.mark.parametrize(("label", "count"), [("2026. 1. 1. – 2026. 1. 4.", 48), ("1월", 12)])
def test_what_is_written_below_a_chart_does_not_run_into_the_next(label: str, count: int) -> None:
    made = chart.lines(table(*[label] * count), ["n0"]).ticks
    apart = [after[0] - before[0] for before, after in pairwise(made)]
    assert apart and min(apart) > 9 * len(label)
