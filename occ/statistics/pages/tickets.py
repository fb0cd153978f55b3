"""The pages of tickets (STA-1): by period, by type, by agent or group, and the time bands."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from occ.core.i18n import lazy_gettext as _l
from occ.core.i18n import lazy_pgettext as pgettext
from occ.identity import queries as identity
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.statistics import labels
from occ.statistics.pages.frame import ALL_UNITS, Asked, Choice, Link, Page, Row, unit
from occ.statistics.queries import tickets as queries
from occ.statistics.queries.bands import bands
from occ.statistics.rules import tables
from occ.statistics.rules import tickets as rules
from occ.statistics.rules.tables import Column, Kind
from occ.statistics.rules.tickets import BAND_SECONDS, BANDS_MAX, Band, Basis, Figure, Side
from occ.ticket_settings import queries as settings
from occ.ticket_settings.rules import LEVELS, CategoryKind
from occ.tickets.labels import CHANNELS
from occ.tickets.rules import Channel

MEDIA = "tickets"
KINDS = {Side.INTAKE: CategoryKind.INTAKE, Side.RESOLUTION: CategoryKind.RESOLUTION}
_OUTCOMES = ("resolved", "held", "other")


def _bases(service: Service) -> list[tuple[str, Any]]:
    return [(one.value, labels.BASES[one]) for one in Basis]


def _sides(*sides: Side) -> Choice:
    options = [(one.value, labels.SIDES[one]) for one in sides]
    return Choice("by", _l("Added up by"), lambda service: options)


def channels() -> list[tuple[str, Any]]:
    """What is offered of the channels by which inquiries came."""
    return [
        (rules.ALL, _l("All channels")),
        (rules.WITH_MIGRATED, _l("With migrated tickets")),
        *((one.value, CHANNELS[one].text) for one in Channel),
    ]


_CHANNEL = Choice("channel", _l("Channel"), lambda service: channels())
_BASIS = Choice("basis", _l("By which date"), _bases)
_LEVEL = Choice(
    "level",
    _l("Level"),
    lambda service: [
        ("0", _l("As on the ticket")),
        *((f"{n}", _l("Level %(level)s", level=n)) for n in range(1, LEVELS + 1)),
    ],
)


def _side(asked: Asked) -> Side:
    return Side(asked.chosen.get("by", Side.ALL.value))


def columns(asked: Asked) -> Sequence[Column]:
    """What the public guide's tables have; who looks at agents and groups sees what is theirs."""
    staff = _side(asked) in (Side.AGENT, Side.GROUP)
    basis = Basis(asked["basis"])
    processed, phone = labels.PROCESSED, labels.PHONE
    found = [
        Column(
            "received",
            labels.FIGURES[Figure.RECEIVED] if not staff else _l("Assigned"),
            tables.number("received"),
            leads="received",
        ),
        Column(
            "processed",
            _l("Total"),
            tables.total(*_OUTCOMES),
            group=processed,
            leads="processed",
        ),
        *(
            Column(
                one.value,
                labels.FIGURES[one],
                tables.number(one.value),
                group=processed,
                leads=one.value,
            )
            for one in (Figure.RESOLVED, Figure.HELD, Figure.OTHER)
        ),
    ]
    if staff and basis is Basis.RECEIVED:
        found += [
            Column("open", labels.FIGURES[Figure.OPEN], tables.number("open"), leads="open"),
            Column(
                "handed", labels.FIGURES[Figure.HANDED], tables.number("handed"), leads="handed"
            ),
        ]
    time, of_answers = labels.TIME, labels.OF_ANSWERS
    return [
        *found,
        Column("seconds", _l("In all"), tables.seconds("seconds"), Kind.DURATION, time),
        Column("answered", of_answers, tables.seconds("answered_seconds"), Kind.DURATION, time),
        Column(
            "average",
            labels.AVERAGE_OF_ANSWERS,
            tables.average("answered_seconds", "resolved", "held"),
            Kind.DURATION,
            time,
        ),
        Column("inbound", _l("In"), tables.number("inbound"), group=phone, leads="inbound"),
        Column("outbound", _l("Out"), tables.number("outbound"), group=phone, leads="outbound"),
        Column(
            "talk_in",
            _l("Talk in"),
            tables.seconds("inbound_ms", ms=True),
            Kind.DURATION,
            phone,
        ),
        Column(
            "talk_out",
            _l("Talk out"),
            tables.seconds("outbound_ms", ms=True),
            Kind.DURATION,
            phone,
        ),
        Column("done", labels.FIGURES[Figure.DONE], tables.number("done"), leads="done"),
        Column(
            "done_average",
            _l("Average time to done"),
            tables.average("done_seconds", "done"),
            Kind.DURATION,
        ),
    ]


def _facts(asked: Asked, side: Side) -> queries.Found:
    basis, of = Basis(asked["basis"]), rules.channels(asked["channel"])
    return queries.facts(asked.service, asked.period, side, basis, of)


def _of_periods(asked: Asked) -> Sequence[Row]:
    buckets = asked.period.buckets()
    found = _facts(asked, Side.ALL)
    return [
        Row(bucket.key, labels.bucket(bucket, asked.period.unit), found.get((number, 0), {}))
        for number, bucket in enumerate(buckets)
    ]


def by_key(asked: Asked) -> dict[int, tables.Facts]:
    """Facts by the ids of types, agents or groups, 0 for none; those of types are rolled up to the
    chosen level.
    """
    side = _side(asked)
    found = _facts(asked, side)
    return _rolled_up(
        {key: facts for (_number, key), facts in found.items()},
        int(asked.chosen.get("level", "0")),
    )


def _rolled_up(found: dict[int, tables.Facts], level: int) -> dict[int, tables.Facts]:
    if not level:
        return found
    above = settings.ancestors([key for key in found if key])
    made: dict[int, list[tables.Facts]] = {}
    for key, facts in found.items():
        path = [*reversed(above.get(key, ())), key]
        made.setdefault(path[min(level, len(path)) - 1], []).append(facts)
    return {key: tables.folded(rows) for key, rows in made.items()}


def keys_below(service: Service, side: Side, key: int, level: int) -> frozenset[int]:
    """The keys that stand together in a row: those of types with all below it, where it stands at
    the level that types are rolled up to.
    """
    if not key or not level or side not in KINDS:
        return frozenset({key})
    depth = len(settings.ancestors([key]).get(key, ())) + 1
    if depth < level:
        return frozenset({key})
    every = settings.every_name(service.id, [KINDS[side]])
    return frozenset(settings.with_those_below(every, {key}))


def named(asked: Asked, keys: Sequence[int]) -> dict[int, str]:
    """The words of a page's rows by the ids that they stand for."""
    side, idents = _side(asked), [key for key in keys if key]
    nobody = {0: str(labels.NONE[side])}
    match side:
        case Side.AGENT:
            return nobody | identity.names(idents)
        case Side.GROUP:
            groups = identity.group_choices(asked.service.id)
            return nobody | {row.id: row.name for row in groups}
        case _:
            return nobody | settings.path_names(asked.service, idents)


def _of_keys(asked: Asked) -> Sequence[Row]:
    found = by_key(asked)
    names = named(asked, list(found))
    rows = [Row(f"{key}", names.get(key, "–"), facts) for key, facts in found.items()]
    return sorted(rows, key=lambda row: (row.key == "0", row.label, row.key))


def leads(asked: Asked, row: Row | None, column: Column) -> Link:
    """To the list of the tickets that a figure counts."""
    side = _side(asked)
    period = asked.period
    values: dict[str, Any] = {
        "period": "range",
        "since": f"{period.since}",
        "until": f"{period.until}",
        "basis": asked["basis"],
        "figure": column.leads,
        "unit": period.unit.value,
        "channel": asked["channel"],
    }
    if row is not None and side is Side.ALL:
        values["at"] = row.key
    elif row is not None:
        values |= {"by": side.value, "of": row.key, "level": asked.chosen.get("level", "0")}
    return Link("statistics.details", values)


PERIOD = Page(
    media=MEDIA,
    name="period",
    title=_l("By period"),
    lead=_l("What came in and what became of it. Days are those of %(zone)s."),
    feature=Feature.TICKET,
    head=unit,
    columns=columns,
    rows=_of_periods,
    units=ALL_UNITS,
    choices=(_CHANNEL, _BASIS),
    figures=("received", "processed", "average", "done"),
    charts=(("received", "resolved", "held", "other"), ("answered",)),
    leads=leads,
    progress=queries.progress,
)
TYPES = replace(
    PERIOD,
    name="types",
    title=_l("By type"),
    lead=_l("Tickets by their intake or resolution type. Days are those of %(zone)s."),
    head=lambda asked: labels.SIDES[_side(asked)],
    rows=_of_keys,
    units=(),
    choices=(_sides(Side.INTAKE, Side.RESOLUTION), _LEVEL, _CHANNEL, _BASIS),
    charts=(("received", "processed"),),
)
STAFF = replace(
    TYPES,
    name="staff",
    title=pgettext("statistics", "By agent"),
    lead=_l("Tickets by whoever has them, or by their group. Days are those of %(zone)s."),
    choices=(_sides(Side.AGENT, Side.GROUP), _CHANNEL, _BASIS),
)


def _band_columns(asked: Asked) -> Sequence[Column]:
    size, end, leads = Band(asked["band"]), int(asked["end"]), Figure.ANSWERED.value

    def column(key: str, label: Any, fact: str) -> Column:
        return Column(key, label, tables.number(fact), leads=leads)

    return [
        column("all", labels.PROCESSED, "all"),
        *(column(f"n{n}", labels.band(size, n), f"n{n}") for n in range(1, end + 1)),
        column("later", _l("Later"), f"n{end + 1}"),
    ]


def _band_leads(asked: Asked, row: Row | None, column: Column) -> Link:
    """To the tickets whose processing took as long as a band says."""
    link, size = leads(asked, row, column), BAND_SECONDS[Band(asked["band"])]
    if column.key == "all":
        return link
    if column.key == "later":
        return Link(link.endpoint, {**link.values, "over": size * int(asked["end"])})
    number = int(column.key.removeprefix("n"))
    least = {"over": size * (number - 1)} if number > 1 else {}  # 0 s are in the first one, too
    return Link(link.endpoint, {**link.values, **least, "most": size * number})


def _in_bands(counts: Mapping[int, int], end: int) -> tables.Facts:
    """Facts of a row: all of them, those of each band, and those of `end` + 1 for later."""
    later = sum(count for number, count in counts.items() if number > end)
    here = {f"n{number}": count for number, count in counts.items() if number <= end}
    return {"all": sum(counts.values()), **here, f"n{end + 1}": later}


def _bands(asked: Asked) -> Sequence[Row]:
    found = bands(
        asked.service,
        asked.period,
        _side(asked),
        Basis(asked["basis"]),
        Band(asked["band"]),
        rules.channels(asked["channel"]),
    )
    facts = {key: _in_bands(counts, int(asked["end"])) for key, counts in found.items()}
    names = named(asked, list(facts))
    rows = [Row(f"{key}", names.get(key, "–"), one) for key, one in facts.items()]
    return sorted(rows, key=lambda row: (row.key == "0", row.label, row.key))


BANDS = Page(
    media=MEDIA,
    name="bands",
    title=_l("Within time bands"),
    lead=_l(
        "Tickets that are resolved or on hold, by how long it took. Days are those of %(zone)s."
    ),
    feature=Feature.TICKET,
    head=lambda asked: labels.SIDES[_side(asked)],
    columns=_band_columns,
    rows=_bands,
    choices=(
        _sides(Side.INTAKE, Side.RESOLUTION, Side.AGENT, Side.GROUP),
        _CHANNEL,
        _BASIS,
        Choice(
            "band",
            _l("Unit of the bands"),
            lambda service: [(one.value, labels.BANDS[one]) for one in Band],
        ),
        Choice(
            "end",
            _l("Last band"),
            lambda service: [
                (f"{n}", _l("up to %(count)s", count=n))
                for n in (7, *(n for n in range(1, BANDS_MAX + 1) if n != 7))
            ],
        ),
    ),
    figures=("all",),
    leads=_band_leads,
    progress=queries.progress,
)
PAGES = (PERIOD, TYPES, STAFF, BANDS)
