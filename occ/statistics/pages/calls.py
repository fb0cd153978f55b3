"""The pages of calls (STA-2): totals, queues, waits, agents, states of agents, dispositions.

What each figure means stands in `occ/statistics/calls/rules.py`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from occ.ars import queries as ars
from occ.core.i18n import lazy_gettext as _l
from occ.core.i18n import lazy_pgettext as pgettext
from occ.identity import queries as identity
from occ.organization.rules import Feature
from occ.statistics import labels
from occ.statistics.calls import queries, rules
from occ.statistics.calls.rules import Cell
from occ.statistics.calls.rules import Kind as Of
from occ.statistics.days import Bucket
from occ.statistics.pages.frame import ALL, ALL_UNITS, Asked, Link, Page, Row, one_of, unit
from occ.statistics.rules import tables
from occ.statistics.rules.tables import Column, Facts, Kind
from occ.telephony.labels import STATES
from occ.telephony.rules.calls import IN_CALL, AgentState, Counted, Direction, choosable

MEDIA, UNFILED = "calls", "none"
_QUEUE = (Of.WAIT, Of.TALK, Of.PASSED)
_AGENT = (Of.LEG, Of.ASKED, Of.ANSWERER)


def _whole(asked: Asked) -> Bucket:
    """The period in one."""
    period = asked.period
    return Bucket(period.start, period.end, period.since, period.until)


def _by_unit(
    asked: Asked,
    kinds: Collection[Of],
    facts: Callable[[list[Cell]], Facts],
    subject: int | None = None,
) -> Sequence[Row]:
    """A row a part of the period, of all subjects or of one."""
    buckets = asked.period.buckets()
    parts: list[list[Cell]] = [[] for _bucket in buckets]
    for cell in queries.cells(asked.service, buckets, kinds):
        if subject is None or cell.subject == subject:
            parts[cell.unit].append(cell)
    return [
        Row(bucket.key, labels.bucket(bucket, asked.period.unit), facts(cells))
        for bucket, cells in zip(buckets, parts, strict=True)
    ]


def _by_subject(
    asked: Asked, kinds: Collection[Of], facts: Callable[[list[Cell]], Facts]
) -> dict[int, Facts]:
    parts: dict[int, list[Cell]] = {}
    for cell in queries.cells(asked.service, [_whole(asked)], kinds):
        parts.setdefault(cell.subject, []).append(cell)
    return {subject: facts(cells) for subject, cells in parts.items()}


def _rows(found: Mapping[int, Facts], names: Mapping[int, str]) -> list[Row]:
    rows = [Row(f"{key}", names.get(key, "–"), facts) for key, facts in found.items()]
    return sorted(rows, key=lambda row: (row.key == "0", row.label, row.key))


def _number(
    key: str, label: Any, *, group: Any = "", shown: bool = True, leads: Any = None
) -> Column:
    to = getattr(leads, "value", leads) or ""
    return Column(key, label, tables.number(key), group=group, leads=to, shown=shown)


def _behind(asked: Asked, row: Row | None, subject: str) -> dict[str, Any]:
    """The period, or the part of it that a row stands for, and the subject of any other row."""
    period = asked.period
    values: dict[str, Any] = {
        "period": "range",
        "since": f"{period.since}",
        "until": f"{period.until}",
    }
    bucket = period.part(row.key) if row else None
    if bucket is not None:
        values |= {"since": f"{bucket.first}", "until": f"{bucket.last}"}
        if bucket.hour is not None:
            values |= {"begun": bucket.start.isoformat(), "ended": bucket.end.isoformat()}
    elif row is not None:
        values[subject] = row.key if row.key != "0" else UNFILED
    return values


def _calls_behind(asked: Asked, row: Row | None, column: Column) -> Link:
    """The calls that a figure counts."""
    values = {"counted": column.leads, **_behind(asked, row, "queue")}
    if asked.chosen.get("queue", ALL) != ALL:
        values["queue"] = asked["queue"]
    return Link("histories.index", values)


def _talks_behind(subject: str) -> Callable[[Asked, Row | None, Column], Link]:
    """The talks that a figure counts, of an agent or filed alike."""

    def leads(asked: Asked, row: Row | None, column: Column) -> Link:
        values = _behind(asked, row, subject)
        if column.leads != ALL:
            values["direction"] = column.leads
        if asked.chosen.get("agent", ALL) != ALL:
            values["member"] = asked["agent"]
        return Link("histories.talks", values)

    return leads


def _of_agents_behind(asked: Asked, row: Row | None, column: Column) -> Link:
    """The talks that a figure of agents counts, or the calls in which they had the part that it
    counts.
    """
    found = _talks_behind("member")(asked, row, column)
    if column.leads not in _COUNTED:
        return found
    values = {**found.values, "counted": column.leads}
    del values["direction"]
    return Link("histories.index", values)


_COUNTED = frozenset(one.value for one in Counted)


def _time(key: str, label: Any, *, group: Any = "", shown: bool = True) -> Column:
    return Column(key, label, tables.seconds(key, ms=True), Kind.DURATION, group=group, shown=shown)


def _mean(
    key: str, label: Any, of: str, *counts: str, group: Any = "", shown: bool = True
) -> Column:
    return Column(
        key,
        label,
        tables.average(of, *counts, ms=True),
        Kind.DURATION,
        group=group,
        shown=shown,
    )


def _share(key: str, label: Any, part: str, of: str) -> Column:
    return Column(key, label, tables.share(part, of), Kind.SHARE)


_IN, _OUT = _l("Inbound"), _l("Outbound")
_OFFERED, _ANSWERED, _ABANDONED = _l("Offered"), _l("Answered"), _l("Abandoned")
_RATE, _LEVEL, _FAILED = _l("Answer rate"), _l("Service level"), pgettext("calls", "Failed")

TOTALS = Page(
    media=MEDIA,
    name="totals",
    title=_l("Totals"),
    lead=_l("All calls in and out. Days are those of %(zone)s."),
    feature=Feature.PHONE,
    head=unit,
    columns=lambda asked: (
        _number("offered", _l("Total inbound"), group=_IN, leads=Counted.OFFERED),
        _number("in_menu", _l("Ended in the voice menu"), group=_IN, leads=Counted.IN_MENU),
        _number("queued", _l("Offered to queues"), group=_IN, leads=Counted.QUEUED),
        _number("answered", _ANSWERED, group=_IN, leads=Counted.ANSWERED),
        _number("failed", _FAILED, group=_IN, leads=Counted.NOT_ANSWERED),
        _number("tried", _l("Tried"), group=_OUT, leads=Counted.TRIED),
        _number("reached", _l("Reached"), group=_OUT, leads=Counted.REACHED),
        _number("not_reached", _FAILED, group=_OUT, leads=Counted.NOT_REACHED),
        _share("answer_rate", _RATE, "answered", "queued"),
        _share("service_level", _LEVEL, "within", "queued"),
    ),
    rows=lambda asked: _by_unit(
        asked, (Of.CALL, Of.WAIT), lambda cells: asdict(rules.totals(cells))
    ),
    units=ALL_UNITS,
    figures=("offered", "queued", "answer_rate", "service_level"),
    charts=(("offered", "queued", "answered"), ("tried", "reached")),
    leads=_calls_behind,
    progress=queries.progress,
)


def _queue_facts(cells: Iterable[Cell]) -> Facts:
    return asdict(rules.of_queue(cells))


def _queue_columns(asked: Asked) -> Sequence[Column]:
    came, became, talk = _l("Came in"), _l("What became of them"), _l("Talk time")
    return (
        _number("offered", _OFFERED, group=came, leads=Counted.QUEUED),
        _number("internal", _l("Passed on inside"), group=came, leads=Counted.PASSED),
        _number("answered", _ANSWERED, group=became, leads=Counted.ANSWERED),
        _number("abandoned", _ABANDONED, group=became, leads=Counted.ABANDONED),
        _number("refused", _l("Turned away"), group=became, leads=Counted.TURNED_AWAY),
        _number("failed", _FAILED, group=became, leads=Counted.LOST),
        _number("callbacks", _l("Turned into callbacks"), group=became, leads=Counted.CALLBACKS),
        _share("answer_rate", _RATE, "answered", "offered"),
        _number("within", _l("Within service level"), leads=Counted.WITHIN),
        _share("service_level", _LEVEL, "within", "offered"),
        _number("early", _l("Abandoned within the accepted time"), leads=Counted.EARLY),
        _time("talk", _l("In all"), group=talk),
        _mean("average_talk", _l("Average"), "talk", "talks", group=talk),
    )


def _wait_columns(asked: Asked) -> Sequence[Column]:
    every, left = _l("Wait of all that are over"), _l("Wait of abandoned ones")
    return (
        _number("offered", _OFFERED, leads=Counted.QUEUED),
        _number("answered", _ANSWERED, leads=Counted.ANSWERED),
        _share("answer_rate", _RATE, "answered", "offered"),
        _number("abandoned", _ABANDONED, leads=Counted.ABANDONED),
        _share("abandon_rate", _l("Abandon rate"), "abandoned", "offered"),
        _time("max_wait", _l("Longest"), group=every),
        _time("waited", _l("In all"), group=every),
        _mean("average_wait", _l("Average"), "waited", "over", group=every),
        _time("max_abandoned", _l("Longest"), group=left),
        _time("waited_abandoned", _l("In all"), group=left),
        _mean("average_abandoned", _l("Average"), "waited_abandoned", "abandoned", group=left),
    )


def _of_queues(asked: Asked) -> Sequence[Row]:
    found = _by_subject(asked, _QUEUE, _queue_facts)
    return _rows(found, ars.queue_names(list(found)))


_OF_QUEUE = one_of(
    "queue", _l("Queue"), _l("All queues"), lambda service: ars.queue_choices(service.id)
)
QUEUES = Page(
    media=MEDIA,
    name="queues",
    title=_l("By queue"),
    lead=_l("What became of the calls of each queue. Days are those of %(zone)s."),
    feature=Feature.PHONE,
    head=lambda asked: _l("Queue"),
    columns=_queue_columns,
    rows=_of_queues,
    figures=("offered", "answered", "answer_rate", "service_level"),
    charts=(("offered", "answered", "abandoned"),),
    leads=_calls_behind,
    progress=queries.progress,
)
WAITS = replace(
    QUEUES,
    name="waits",
    title=_l("Waits and abandons"),
    lead=_l("How long callers waited in each queue, and who left. Days are those of %(zone)s."),
    columns=_wait_columns,
    figures=("average_wait", "max_wait", "abandoned", "abandon_rate"),
    charts=(("average_wait", "average_abandoned"),),
)
QUEUE = replace(
    QUEUES,
    name="queue",
    title=_l("Queue over time"),
    lead=_l("Calls and waits of a queue, or of all. Days are those of %(zone)s."),
    head=unit,
    columns=lambda asked: (
        *_queue_columns(asked),
        *(column for column in _wait_columns(asked) if column.kind is Kind.DURATION),
    ),
    rows=lambda asked: _by_unit(asked, _QUEUE, _queue_facts, asked.ident("queue")),
    units=ALL_UNITS,
    choices=(_OF_QUEUE,),
    charts=(*QUEUES.charts, ("average_wait",)),
)


def _agent_facts(cells: Iterable[Cell]) -> Facts:
    found = rules.of_agent(cells)
    return {
        **asdict(found),
        "talk": found.talk_in + found.talk_out,
        "talks": found.answered + found.reached,
    }


def _agent_columns(asked: Asked) -> Sequence[Column]:
    internal, consults = _l("Internal calls"), _l("Consultations outside")
    transfers, total = _l("Transfers"), _l("In all")
    return (
        _number("rung", _l("Rung"), group=_IN, leads=Counted.RUNG),
        _number("answered", _ANSWERED, group=_IN, leads=Direction.INBOUND),
        _number("missed", _l("Missed"), group=_IN, leads=Counted.MISSED),
        _number("refused", _l("Refused by the phone"), group=_IN, leads=Counted.NOT_TAKEN),
        _number("failed", _FAILED, group=_IN, shown=False, leads=Counted.LOST_RINGING),
        _time("talk_in", _l("Talk time"), group=_IN),
        _mean("average_in", _l("Average talk"), "talk_in", "answered", group=_IN),
        _number("tried", _l("Tried"), group=_OUT, leads=Counted.DIALED),
        _number("reached", _l("Reached"), group=_OUT, leads=Direction.OUTBOUND),
        _number("not_reached", _FAILED, group=_OUT, leads=Counted.NOT_THERE),
        _time("talk_out", _l("Talk time"), group=_OUT),
        _mean("average_out", _l("Average talk"), "talk_out", "reached", group=_OUT),
        _number("was_asked", _l("Was asked"), group=internal, leads=Counted.WAS_ASKED),
        _time("talk_was_asked", _l("Time asked"), group=internal, shown=False),
        _number(
            "asked_inside", _l("Asked a colleague"), group=internal, leads=Counted.ASKED_INSIDE
        ),
        _time("talk_asked_inside", _l("Time asking"), group=internal, shown=False),
        _number("asked_outside", _l("Count"), group=consults, leads=Counted.ASKED_OUTSIDE),
        _time("talk_asked_outside", _l("Time"), group=consults, shown=False),
        _number("transfers_in", _l("Taken over"), group=transfers, leads=Counted.TAKEN_OVER),
        _number("transfers_out", _l("Passed on"), group=transfers, leads=Counted.PASSED_ON),
        _number(
            "transfers_outside",
            _l("Of these outside"),
            group=transfers,
            shown=False,
            leads=Counted.PASSED_OUTSIDE,
        ),
        _number("talks", _l("Talks"), group=total, leads=ALL),
        _time("talk", _l("Talk time"), group=total),
        _mean("average_of_all", _l("Average talk"), "talk", "talks", group=total),
    )


def _of_agents(asked: Asked) -> Sequence[Row]:
    found = _by_subject(asked, _AGENT, _agent_facts)
    return _rows(found, identity.names(list(found)))


OF_AGENT = one_of(
    "agent", _l("Agent"), _l("All agents"), lambda service: identity.people_choices(service.id)[0]
)
AGENTS = Page(
    media=MEDIA,
    name="agents",
    title=pgettext("statistics", "By agent"),
    lead=_l("Calls of each agent, in and out. Days are those of %(zone)s."),
    feature=Feature.PHONE,
    head=lambda asked: _l("Agent"),
    columns=_agent_columns,
    rows=_of_agents,
    figures=("answered", "missed", "reached", "average_of_all"),
    charts=(("answered", "reached"), ("talk",)),
    leads=_of_agents_behind,
    progress=queries.progress,
)
AGENT = replace(
    AGENTS,
    name="agent",
    title=_l("Agent over time"),
    lead=_l("Calls of an agent, or of all. Days are those of %(zone)s."),
    head=unit,
    rows=lambda asked: _by_unit(asked, _AGENT, _agent_facts, asked.ident("agent")),
    units=ALL_UNITS,
    choices=(OF_AGENT,),
)


def _state_facts(cells: Iterable[Cell]) -> dict[str, Any]:
    """How often each state began, and how long it lasted (ms)."""
    facts: dict[str, Any] = {}
    for state, one in rules.in_states(cells).items():
        facts[f"n_{state.value}"] = one.count
        facts[f"ms_{state.value}"] = one.ms
    return facts


def _of_states(asked: Asked) -> Sequence[Row]:
    whole = _whole(asked)
    found = {
        member: {**facts} for member, facts in _by_subject(asked, (Of.STATE,), _state_facts).items()
    }
    for (_unit, member), one in queries.logins(asked.service, [whole]).items():
        found.setdefault(member, {}).update(
            logins=one.logins, logouts=one.logouts, min_login=one.first, max_logout=one.last
        )
    return _rows(found, identity.names(list(found)))


def _state_columns(asked: Asked) -> Sequence[Column]:
    login = _l("CTI login")
    chat = asked.service.offers(Feature.CHAT)
    states = (*choosable(chat=chat), AgentState.MISSED, AgentState.WRAP_UP)
    # those of a call in the order in which they come
    states += tuple(state for state in AgentState if state in IN_CALL)
    return (
        _number("logins", _l("Logins"), group=login),
        _number("logouts", _l("Logouts"), group=login),
        Column("min_login", _l("First login"), tables.as_is("min_login"), Kind.MOMENT, group=login),
        Column(
            "max_logout", _l("Last logout"), tables.as_is("max_logout"), Kind.MOMENT, group=login
        ),
        *(column for state in states for column in _of_state(state)),
    )


def _of_state(state: AgentState) -> Sequence[Column]:
    words, key = STATES[state].text, state.value
    return (
        _number(f"n_{key}", _l("Count"), group=words, shown=False),
        _time(f"ms_{key}", _l("Time"), group=words),
        _mean(f"average_{key}", _l("Average"), f"ms_{key}", f"n_{key}", group=words, shown=False),
    )


STATES_OF_AGENTS = Page(
    media=MEDIA,
    name="states",
    title=_l("By agent state"),
    lead=_l("CTI logins, and how long agents were in each state. Days are those of %(zone)s."),
    feature=Feature.PHONE,
    head=lambda asked: _l("Agent"),
    columns=_state_columns,
    rows=_of_states,
    figures=("logins", "ms_ready", "ms_talking", "ms_wrap_up"),
    charts=(("ms_ready", "ms_talking", "ms_wrap_up", "ms_rest", "ms_meal"),),
    progress=queries.progress,
)


def _filed_facts(cells: Iterable[Cell]) -> Facts:
    found = rules.filed(cells)
    return {
        **asdict(found),
        "talks": found.inbound + found.outbound,
        "talk": found.talk_in + found.talk_out,
    }


def _of_dispositions(asked: Asked) -> Sequence[Row]:
    found = _by_subject(asked, (Of.FILED,), _filed_facts)
    names = ars.disposition_names([key for key in found if key])
    return _rows(found, {0: str(_l("Not filed")), **names})


DISPOSITIONS = Page(
    media=MEDIA,
    name="dispositions",
    title=_l("By disposition"),
    lead=_l("What talks with customers were about. Days are those of %(zone)s."),
    feature=Feature.PHONE,
    head=lambda asked: _l("Disposition"),
    columns=lambda asked: (
        _number("talks", _l("Talks"), leads=ALL),
        _number("inbound", _IN, leads=Direction.INBOUND),
        _number("outbound", _OUT, leads=Direction.OUTBOUND),
        _time("talk", _l("Talk time")),
        _mean("average", _l("Average talk"), "talk", "talks"),
        _time("talk_in", _l("Talk time inbound"), shown=False),
        _time("talk_out", _l("Talk time outbound"), shown=False),
    ),
    rows=_of_dispositions,
    figures=("talks", "talk", "average"),
    charts=(("inbound", "outbound"),),
    leads=_talks_behind("disposition"),
    progress=queries.progress,
)
PAGES = (TOTALS, QUEUES, WAITS, QUEUE, AGENTS, AGENT, STATES_OF_AGENTS, DISPOSITIONS)
