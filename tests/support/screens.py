"""The languages, screens and databases that a journey is walked on."""

from typing import Any

import pytest

Screen = tuple[str, int, int, str]
"""Language, width and height in pixels, database."""


def screens(first: Screen, *others: Screen) -> Any:
    """Parametrizes a journey: on the first screen in `make test`, on the others in `make test-all`."""
    rows = [first, *(pytest.param(*other, marks=pytest.mark.full) for other in others)]
    return pytest.mark.parametrize(("language", "width", "height", "engine"), rows)
