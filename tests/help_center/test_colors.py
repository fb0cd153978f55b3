"""Colours of a theme that can be read by day and by night (HC-3)."""

import re

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from occ.config import ROOT
from occ.core.errors import Refused
from occ.help_center.site import colors
from occ.help_center.site.colors import ACCENT, ACCENT_TEXT, DARK, HERO, LIGHT, PARTS, TEXT

COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.spec("HC-3")
def test_contrast_is_that_of_wcag() -> None:
    assert colors.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colors.contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert colors.contrast("#767676", "#ffffff") == pytest.approx(4.542, abs=0.001)
    assert colors.contrast("#123456", "#123456") == 1
    assert colors.ratio("#777777", "#ffffff") == "4.47:1"  # rounded down: it falls short


def test_the_surfaces_are_those_of_the_pages() -> None:
    text = (ROOT / "static/css/tokens.css").read_text("utf-8")
    for name, by_day, by_night in (
        ("surface", LIGHT, DARK),
        ("bg", *(grounds[1] for grounds in colors.GROUNDS.values())),
        ("sunken", *(grounds[2] for grounds in colors.GROUNDS.values())),
    ):
        assert re.search(rf"--{name}: light-dark\({by_day}, {by_night}\)", text), name


@given(COLORS, COLORS)
def test_a_refused_colour_comes_with_one_that_passes(accent: str, on_it: str) -> None:
    paint = {ACCENT: accent, ACCENT_TEXT: on_it, HERO: "#ffffff"}
    for _turn in range(3):
        try:
            colors.check(paint)
        except Refused as refused:
            proposed = re.findall(r"#[0-9a-f]{6}", str(refused.message))
            assert len(proposed) == 1
            field = str(refused.field)
            assert paint[field] != proposed[0]
            paint[field] = proposed[0]
        else:
            break
    colors.check(paint)  # what was proposed is taken, one after the other
    assert min(colors.contrast(paint[ACCENT], ground) for ground in (LIGHT, DARK)) >= PARTS
    assert colors.contrast(paint[ACCENT], paint[ACCENT_TEXT]) >= TEXT


@given(COLORS)
def test_texts_on_any_colour_and_links_in_any_colour_can_be_read(color: str) -> None:
    assert colors.contrast(colors.text_on(color), color) >= TEXT
    for surface, grounds in colors.GROUNDS.items():
        link = colors.link_on(color, surface)
        assert min(colors.contrast(link, ground) for ground in grounds) >= TEXT


@given(COLORS, COLORS)
def test_a_pressed_button_is_read_no_worse(accent: str, on_it: str) -> None:
    before = colors.contrast(accent, on_it)
    assert before < TEXT or colors.contrast(colors.pressed(accent, on_it), on_it) >= before


@given(COLORS)
def test_a_colour_that_passes_is_its_own_nearest(color: str) -> None:
    wanted = [(LIGHT, PARTS), (DARK, PARTS)]
    found = colors.nearest(color, wanted)
    passes = all(colors.contrast(color, ground) >= least for ground, least in wanted)
    assert (found == color) is passes


@pytest.mark.parametrize(
    ("typed", "read"),
    [("#2257D4", "#2257d4"), (" 2257d4 ", "#2257d4"), ("#fa0", "#ffaa00")],
)
def test_colours_are_read_as_they_are_typed(app: Flask, typed: str, read: str) -> None:
    assert colors.parsed(typed, "accent") == read


@pytest.mark.parametrize("typed", ["", "#12345", "red", "#gggggg", "rgb(1,2,3)", "#12345678"])
def test_what_is_no_colour_is_refused_beside_its_field(app: Flask, typed: str) -> None:
    with app.test_request_context(), pytest.raises(Refused) as refused:
        colors.parsed(typed, "hero")
    assert refused.value.field == "hero"
