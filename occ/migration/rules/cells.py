"""What a cell of a spreadsheet says, converted explicitly: nothing is guessed (MIG-1)."""

import enum
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.core.text import writable

DIGITS = 15  # of a number that a spreadsheet keeps


class Broken(enum.Enum):
    """A cell that has no value."""

    FORMULA = "f"  # never calculated
    ERROR = "e"


Cell = str | float | bool | date | datetime | time | timedelta | Broken | None
WORDS = {
    Broken.FORMULA: _("A formula without a value. Enter the value itself."),
    Broken.ERROR: _("An error of the spreadsheet. Enter the value itself."),
}
NOT_A_DATE = _("Enter a date such as 2026-11-28.")
NOT_AN_INSTANT = _("Enter a date and time such as 2026-11-28 09:30.")
_DAY = r"(\d{4})\s*(?:[-./]|년|年)\s*(\d{1,2})\s*(?:[-./]|월|月)\s*(\d{1,2})\s*(?:\.|일|日)?"
_CLOCK = r"(오전|오후|午前|午後|AM|PM)?\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(AM|PM)?"
_A_DAY = re.compile(rf"{_DAY}")
_A_TIME = re.compile(rf"{_DAY}(?:[T\s]+{_CLOCK})?", re.IGNORECASE)
_AFTERNOON = frozenset(("오후", "午後", "PM"))
_PERCENT = re.compile(r"([+-]?[\d.,]+)\s*%")


def packed(cell: Any) -> Any:
    """A cell as JSON holds it; `unpacked` reads it back."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool | str | int | float):
        return cell
    if isinstance(cell, Broken):
        return {cell.value: 1}
    if isinstance(cell, timedelta):
        return {"l": cell.total_seconds()}
    kinds = {"t": datetime, "d": date, "h": time}
    return {next(k for k, kind in kinds.items() if isinstance(cell, kind)): cell.isoformat()}


def unpacked(said: Any) -> Cell:
    if not isinstance(said, dict):
        return said  # type: ignore[no-any-return]
    kind, value = next(iter(said.items()))
    if kind == "t":
        return datetime.fromisoformat(value)
    if kind == "d":
        return date.fromisoformat(value)
    if kind == "h":
        return time.fromisoformat(value)
    return timedelta(seconds=value) if kind == "l" else Broken(kind)


def plain(cell: Cell) -> str:
    """A cell in words, whatever it is: what a refused row shows again."""
    if cell is None or isinstance(cell, Broken):
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return _figure(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    return cell if isinstance(cell, str) else str(cell)


def _figure(value: float) -> str:
    found = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    text = f"{found:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def text(cell: Cell) -> str:
    """A cell as text, NFC, its lines ended by \\n: a whole number without its places.

    Raises Refused for a number of more digits than a spreadsheet keeps, and for a broken cell.
    """
    if isinstance(cell, Broken):
        raise Refused(WORDS[cell])
    if isinstance(cell, float | int) and not isinstance(cell, bool) and abs(cell) >= 10**DIGITS:
        raise Refused(
            _(
                "The spreadsheet kept this as a number and lost its last digits. Format the cell "
                "as text and enter it again."
            )
        )
    said = writable(plain(cell)).replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", said).strip()


def is_figure(cell: Cell) -> bool:
    """Whether a spreadsheet keeps it as a number, which has no leading zeros."""
    return isinstance(cell, float | int) and not isinstance(cell, bool)


def figure(cell: Cell) -> str:
    """A number as it is typed into a field; a percentage is what a spreadsheet keeps of it: 15 % is
    0.15.
    """
    said = text(cell)
    found = _PERCENT.fullmatch(unicodedata.normalize("NFKC", said))
    if found is None:
        return said
    try:
        return _figure(float(Decimal(found[1].replace(",", "")) / 100))
    except ArithmeticError:
        return said


def day(cell: Cell) -> str:
    """A date as ISO 8601, '' for an empty cell.

    Raises Refused for a number that is not formatted as a date, and for a text that is none with
    the year first.
    """
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    _check_calendar(cell)
    said = unicodedata.normalize("NFKC", text(cell))
    if not said:
        return ""
    found = _A_TIME.fullmatch(said) or _A_DAY.fullmatch(said)
    try:
        if found is not None:
            return date(*map(int, found.groups()[:3])).isoformat()
    except ValueError:
        pass
    raise Refused(NOT_A_DATE)


def instant(cell: Cell) -> datetime | None:
    """A date and time as it stands there, without a zone; of a date alone its midnight. None for an
    empty cell.
    """
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None, microsecond=0)
    if isinstance(cell, date):
        return datetime.combine(cell, time())
    _check_calendar(cell)
    said = unicodedata.normalize("NFKC", text(cell))
    if not said:
        return None
    found = _A_TIME.fullmatch(said)
    if found is None:
        raise Refused(NOT_AN_INSTANT)
    try:
        return _instant(found.groups())
    except ValueError as error:
        raise Refused(NOT_AN_INSTANT) from error


def _instant(parts: Sequence[str | None]) -> datetime:
    year, month, number, before, hour, minute, second, after = parts
    half = (before or after or "").upper()
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError(hours)
        hours = hours % 12 + (12 if half in _AFTERNOON else 0)
    at = time(hours, int(minute or 0), int(second or 0))
    return datetime.combine(date(int(year or 0), int(month or 0), int(number or 0)), at)


def _check_calendar(cell: Cell) -> None:
    if is_figure(cell):
        raise Refused(_("This is a number. Format the cell as a date, or enter it as 2026-11-28."))
    if isinstance(cell, time | timedelta):
        raise Refused(_("This is a time without a day. Enter both, such as 2026-11-28 09:30."))


def meant(said: str, words: Mapping[str, str]) -> str:
    """What a word of a list stands for; raises Refused for any other."""
    found = words.get(folded(said))
    if found is None:
        raise Refused(_("“%(said)s” is not in the list. Choose one of it.", said=said[:50]))
    return found


def folded(said: str) -> str:
    """A word as it is compared: without case, width and blanks at its ends."""
    return " ".join(unicodedata.normalize("NFKC", said).casefold().split())


def several(said: str, words: Mapping[str, str]) -> list[str]:
    """What several words stand for, a line each or divided by semicolons."""
    if folded(said) in words:
        return [words[folded(said)]]
    parts = [part for part in re.split(r"[\n;；]", said) if part.strip()]
    return [meant(part.strip(), words) for part in parts]
