"""Colours of a theme (HC-3), and whether what is written in them can be read: ratios and their
limits are those of WCAG 2.2 (relative luminance; 1.4.3 text, 1.4.11 parts of the page).
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.i18n import lazy_gettext as _l

TEXT, PARTS = 4.5, 3.0
LIGHT, DARK = "#ffffff", "#1a1e25"
"""Surfaces of the pages by day and by night, as `tokens.css` has them."""
GROUNDS = {
    LIGHT: ("#ffffff", "#f5f6f8", "#f0f2f5"),
    DARK: ("#1a1e25", "#12151a", "#22272f"),
}
"""All that links stand on, by the surface of the look."""
INK, PAPER = "#000000", "#ffffff"

ACCENT, ACCENT_TEXT, HERO = "accent", "accent_text", "hero"
DEFAULT = {ACCENT: "#147a45", ACCENT_TEXT: "#ffffff", HERO: "#e1f4e8"}
NAMES: Mapping[str, Any] = {
    ACCENT: _l("Accent colour"),
    ACCENT_TEXT: _l("Text on the accent colour"),
    HERO: _l("Background of the greeting"),
}
_HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})")
_STEPS = 256


def parsed(text: str, field: str) -> str:
    """A typed colour as #rrggbb. Raises Refused for what is none."""
    found = _HEX.fullmatch(text.strip().lower())
    if not found:
        raise Refused(_("Enter a colour such as #2257d4."), field)
    digits = found[1]
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def _channels(color: str) -> list[int]:
    return [int(color[at : at + 2], 16) for at in (1, 3, 5)]


def luminance(color: str) -> float:
    """The relative luminance of #rrggbb, 0 of black to 1 of white."""
    parts = [value / 255 for value in _channels(color)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _mixed(color: str, other: str, share: float) -> str:
    pairs = zip(_channels(color), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def nearest(color: str, wanted: Sequence[tuple[str, float]]) -> str:
    """The colour with the least black or white added that has each contrast; '' where none has."""
    for step in range(_STEPS + 1):
        for other in (INK, PAPER):
            tried = _mixed(color, other, step / _STEPS)
            if all(contrast(tried, against) >= least for against, least in wanted):
                return tried
    return ""


def text_on(color: str) -> str:
    """Black or white, whichever is read better on a colour."""
    return max((INK, PAPER), key=lambda ink: contrast(ink, color))


def link_on(color: str, surface: str) -> str:
    """The colour, as much darker or lighter as links in it need to be read on a surface and what
    else the look has.
    """
    return nearest(color, [(ground, TEXT) for ground in GROUNDS[surface]])


def pressed(accent: str, on_it: str) -> str:
    """The accent colour below a pointer: away from its text, so that this is read no worse."""
    away = INK if luminance(on_it) > luminance(accent) else PAPER
    return _mixed(accent, away, 0.14)


def ratio(one: str, other: str) -> str:
    """The contrast in words; rounded down, so that what falls short says so."""
    return f"{math.floor(contrast(one, other) * 100) / 100:g}:1"


def check(colors: Mapping[str, str]) -> None:
    """Raises Refused, with a colour that passes, where buttons and marks do not stand out from a
    page by day or night, or where the text of buttons cannot be read.

    The greeting's text is black or white, of which one can be read on any colour.
    """
    accent, on_it = colors[ACCENT], colors[ACCENT_TEXT]
    parts = [(LIGHT, PARTS), (DARK, PARTS)]
    for surface, words in (
        (
            LIGHT,
            _l(
                "The contrast with the light page is %(ratio)s, and has to be 3:1 or more. The "
                "nearest colour that passes is %(color)s."
            ),
        ),
        (
            DARK,
            _l(
                "The contrast with the dark page is %(ratio)s, and has to be 3:1 or more. The "
                "nearest colour that passes is %(color)s."
            ),
        ),
    ):
        if contrast(accent, surface) < PARTS:
            text = str(words) % {"ratio": ratio(accent, surface), "color": nearest(accent, parts)}
            raise Refused(text, ACCENT)
    if contrast(on_it, accent) < TEXT:
        raise Refused(
            _(
                "The contrast with the accent colour is %(ratio)s, and has to be 4.5:1 or more. "
                "The nearest colour that passes is %(color)s.",
                ratio=ratio(on_it, accent),
                color=nearest(on_it, [(accent, TEXT)]),
            ),
            ACCENT_TEXT,
        )
