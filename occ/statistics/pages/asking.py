"""What pages of statistics are asked: the address, or what a report keeps of one, in values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from occ.core import clock
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.values import ident
from occ.organization.models import Service
from occ.statistics.days import Bucket, Period, Preset, Unit, checked, days_of
from occ.statistics.pages.frame import Asked, Page
from occ.statistics.pages.tickets import keys_below
from occ.statistics.queries.details import Behind
from occ.statistics.rules.tickets import Basis, Figure, Side, channels

RANGE = "range"
# days up to which a row is a day, and a week
READ = ((92, Unit.DAY), (366, Unit.WEEK))
DEFAULT = Preset.WEEK


@dataclass(frozen=True)
class Filters:
    """What an address asks for, and what of it is wrong; a wrong period is shown as it was typed,
    and no figures.
    """

    asked: Asked
    preset: str
    problem: Refused | None = None

    @property
    def period(self) -> Period:
        return self.asked.period


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1970 <= found.year <= 2200 else None


def days(values: Mapping[str, str], today: date) -> tuple[str, date, date]:
    """The name of a period and its days; a range lacks no day: the other one stands for it."""
    name = values.get("period", "")
    if name == RANGE:
        since, until = _day(values.get("since", "")), _day(values.get("until", ""))
        if since or until:
            return RANGE, since or until or today, until or since or today
    preset = next((one for one in Preset if one.value == name), DEFAULT)
    return (name if name == RANGE else preset.value), *days_of(preset, today)


def chosen(page: Page, service: Service, values: Mapping[str, str]) -> dict[str, str]:
    """The filters of a page; what is not offered is the first that is."""
    found = {}
    for choice in page.choices:
        offered = [value for value, _text in choice.options(service)]
        said = values.get(choice.name, "")
        found[choice.name] = said if said in offered else offered[0]
    return found


def _unit(days: int, units: Sequence[Unit]) -> Unit:
    """What a row stands for where nobody says so: as many as somebody still reads."""
    wanted = next((unit for most, unit in READ if days <= most), Unit.MONTH)
    return wanted if wanted in units else units[0]


def filters(page: Page, service: Service, values: Mapping[str, str]) -> Filters:
    """What an address, or a report, asks of a page."""
    today = clock.local_day(clock.now(), service.time_zone)
    preset, since, until = days(values, today)
    units = page.units or (Unit.MONTH,)
    asked = next((one for one in units if one.value == values.get("unit")), None)
    unit = asked or _unit((until - since).days + 1, units)
    period = Period(since, until, service.time_zone, unit)
    problem = None
    try:
        checked(period)
    except Refused as error:
        problem = error
    return Filters(Asked(service, period, chosen(page, service, values)), preset, problem)


DETAIL_DAYS = 31


@dataclass(frozen=True)
class DetailFilters:
    """Which tickets somebody asks for, and what of it is wrong; `figure` is empty where all that
    were received are meant.
    """

    behind: Behind
    preset: str
    period: Period
    figure: Figure | None
    problem: Refused | None = None


def _part(period: Period, at: str) -> Period | Bucket:
    """A part of a period by its name, else the whole."""
    return period.part(at) or period


def details(service: Service, values: Mapping[str, str]) -> DetailFilters:
    """The tickets of a period, at most a month of them, or those behind one figure (STA-1)."""
    today = clock.local_day(clock.now(), service.time_zone)
    preset, since, until = days(values, today)
    unit = next((one for one in Unit if one.value == values.get("unit")), Unit.DAY)
    period = Period(since, until, service.time_zone, unit)
    figure = next((one for one in Figure if one.value == values.get("figure")), None)
    problem: Refused | None = None
    part: Period | Bucket = period
    try:
        checked(period)
        if figure is None and period.days > DETAIL_DAYS:
            raise Refused(
                _(
                    "Ticket details show at most %(limit)s days; this period has %(count)s. "
                    "Choose a shorter one.",
                    limit=DETAIL_DAYS,
                    count=period.days,
                ),
                "since",
            )
        part = _part(period, values.get("at", ""))
    except Refused as error:
        problem = error
    side = next((one for one in Side if one.value == values.get("by")), Side.ALL)
    of = None if side is Side.ALL else ident(values.get("of")) or 0
    basis = next((one for one in Basis if one.value == values.get("basis")), Basis.RECEIVED)
    keys = None if of is None else keys_below(service, side, of, ident(values.get("level")) or 0)
    behind = Behind(
        service.id,
        part.start,
        part.end,
        basis,
        figure or Figure.RECEIVED,
        side,
        keys,
        channels(values.get("channel", "")),
        over=ident(values.get("over")),
        most=ident(values.get("most")),
    )
    return DetailFilters(behind, preset, period, figure, problem)
