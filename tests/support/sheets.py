import io
from typing import Any

from openpyxl import load_workbook


def sheet(data: bytes) -> list[list[Any]]:
    """The cells of a workbook's first sheet, row by row."""
    active = load_workbook(io.BytesIO(data)).active
    assert active is not None
    return [list(row) for row in active.iter_rows(values_only=True)]
