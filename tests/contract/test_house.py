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


def test_templates_import_what_they_use_and_nothing_else() -> None:
    assert not house.idle_imports()
    assert not house.absent_macros()
    assert not house.borrowed_macros()


def test_views_hand_over_only_what_a_template_reads() -> None:
    assert not house.idle_values()


def test_a_name_that_only_an_included_part_reads_is_read() -> None:
    assert "step" not in house.loaded("wizard/terms.html")
    assert "step" in house.read("wizard/terms.html")
    # an imported macro sees the values of its page only with context
    assert "listen" not in house.loaded("voice_menu/_voice.html")
    assert "listen" in house.read("voice_menu/_voice.html")
    assert "column" in house.loaded("macros/ui.html")
    assert "column" not in house.read("members/_index.html")


def test_formatting_is_switched_off_for_few_tables() -> None:
    found = {
        str(path.relative_to(ROOT)): count
        for path in house.modules()
        if (count := house.unformatted(path))
    }
    assert sum(found.values()) <= SKIPS, found
