"""Text as people see it."""

import pytest

from occ.core.text import initial


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("박지훈", "박"),
        ("(주)늘봄", "늘"),
        ("㈜ 늘봄", "늘"),
        ("늘봄(주)", "늘"),
        ("（株）春", "春"),
        ("3M", "3"),
        ("“Kim”", "K"),
        ("?", "?"),
        ("㈜", "㈜"),
        ("", ""),
    ],
)
def test_the_sign_of_a_name_is_its_first_letter_or_digit(name: str, sign: str) -> None:
    assert initial(name) == sign
