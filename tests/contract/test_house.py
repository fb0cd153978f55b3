"""Files can be read: lines are short, and the formatter decides."""

import pytest

from occ.config import ROOT
from tests.tools import house

TEMPLATE = 140
BROWSER = 120
SKIPS = 20


def test_no_line_of_a_template_is_long_but_prose() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:60]}"
        for path, number, line in house.numbered(house.templates())
        if len(line) > TEMPLATE and house.beside_prose(line) > TEMPLATE // 2
    ]
    assert not wrong, wrong


@pytest.mark.parametrize(
    ("line", "short"),
    [
        ("  {{ _('" + "A sentence that goes on. " * 6 + "') }}", True),
        ('  <p class="t2">{{ _("It isn\'t ' + "short. " * 20 + '") }}</p>', True),
        ("  {{ _('One.') }}" + '<b class="x">y</b>' * 8, False),
        ("  {{ _('" + "Long. " * 20 + "') }}" + '<b class="x">y</b>' * 8, False),
        ("        'A sentence on a line of its own. " + "short. " * 20 + "',", True),
        ('  <option value="x">' + "y" * 130 + "</option>", False),
    ],
)
def test_prose_is_a_line_that_is_short_without_its_message(line: str, short: bool) -> None:
    assert len(line) > TEMPLATE and (house.beside_prose(line) <= TEMPLATE // 2) is short


def test_no_line_of_css_or_a_script_is_long() -> None:
    assert not house.long([*house.styles(), *house.scripts()], BROWSER)


def test_formatting_is_switched_off_for_few_tables() -> None:
    found = {
        str(path.relative_to(ROOT)): count
        for path in house.modules()
        if (count := house.unformatted(path))
    }
    assert sum(found.values()) <= SKIPS, found
