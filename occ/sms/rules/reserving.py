"""The time of a reserved sending as it is chosen: local to the service (SMS-5)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.sms.rules.kinds import window

MINUTE = timedelta(minutes=1)
YEARS = range(2000, 9999)  # at the ends of the calendar other zones and days have no instants
_FORM = "%Y-%m-%dT%H:%M"


def bounds(now: datetime, zone: str) -> tuple[str, str]:
    """The first and the last whole minute to choose, as an input of the browser takes them."""
    first, last = (instant.astimezone(ZoneInfo(zone)) for instant in window(now))
    if first.second or first.microsecond:
        first += MINUTE
    return _spelt(first), _spelt(last)


def _spelt(local: datetime) -> str:
    return local.strftime(_FORM)


def instant(text: str, zone: str, now: datetime, field: str = "due_at") -> datetime:
    """The instant of a time that was chosen, in UTC; of two that a clock shows twice the first that
    can be reserved.

    Raises Refused for none, and for one that the clock of the service skips.
    """
    try:
        chosen = datetime.strptime(text, _FORM).replace(tzinfo=ZoneInfo(zone))
    except ValueError as error:
        raise Refused(_("Choose a day and a time."), field) from error
    if chosen.year not in YEARS:
        raise Refused(_("Choose a day and a time."), field)
    found = chosen.astimezone(UTC)
    if found < window(now)[0]:
        found = max(found, chosen.replace(fold=1).astimezone(UTC))
    if _spelt(found.astimezone(ZoneInfo(zone))) != _spelt(chosen):
        raise Refused(_("The clock skips this time. Choose another one."), field)
    return found
