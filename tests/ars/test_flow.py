"""The voice menu's step function: any menu, any keys, any time (ARS-3 … ARS-5, ARS-7)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from occ.ars.rules.findings import Problem, findings
from occ.ars.rules.flow import Heard, Move, Node, QueueFacts, Scene, next_delay, start, step
from occ.ars.rules.hours import (
    DAY,
    WEEK,
    Days,
    Holiday,
    HolidayKind,
    Range,
    Row,
    check_ranges,
    is_open,
    opening,
    reachable,
)
from occ.ars.rules.menu import (
    KEYS,
    Ars,
    Extra,
    Key,
    KeyKind,
    Language,
    Source,
    Voice,
    from_json,
    languages,
    to_json,
)
from occ.core.errors import Refused

KO, EN, JA = Language.KO, Language.EN, Language.JA
MONDAY = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Asia/Seoul"))
WORKDAYS = Row(Days.WEEKDAYS, (Range(9 * 60, 12 * 60), Range(13 * 60, 18 * 60)))
QUEUES = {
    1: QueueFacts("Orders", callback=True, after_hours=True, agents=2),
    2: QueueFacts("Delivery", agents=1),
}
MENU = Ars(
    greeting={KO: Voice("안녕하세요.")},
    keys=(
        Key("1", KeyKind.QUEUE, {KO: "주문", EN: "orders"}, queue=1, callback=True),
        Key("2", KeyKind.QUEUE, {KO: "배송"}, queue=2),
        Key(
            "3",
            KeyKind.ANNOUNCEMENT,
            {KO: "영업시간"},
            voices={KO: Voice("평일 아홉 시부터입니다.")},
        ),
        Key("4", KeyKind.CALLBACK, {KO: "콜백"}, queue=1),
        Key("9", KeyKind.LANGUAGE, {EN: "English"}, language=EN),
    ),
    hours=(WORKDAYS,),
    holidays=(Holiday(date(2026, 12, 25), "성탄절", HolidayKind.NATIONAL),),
    extras={
        Extra.GOODBYE: {KO: Voice("안녕히 계세요.")},
        Extra.CONNECTING: {KO: Voice("연결합니다.")},
        Extra.DELAYED: {KO: Voice("늦어요.")},
    },
)


def scene(local: datetime = MONDAY, **changes: Any) -> Scene:
    return Scene(local, **{"languages": (KO, EN), "queues": QUEUES, **changes})


def play(ars: Ars, where: Scene, inputs: str) -> Any:
    """The last step after keys; `-` is silence, `~` a wait in the queue."""
    found = start(ars, where)
    for one in inputs:
        heard = {"-": Heard.SILENCE, "~": Heard.DELAY}.get(one, Heard.DIGIT)
        found = step(ars, where, found.position, heard, one)
    return found


def codes(found: Any) -> list[str]:
    return [say.code for say in found.says]


@pytest.mark.spec("ARS-3")
def test_a_caller_hears_the_greeting_then_the_menu_and_is_asked_twice_more() -> None:
    # the second one speaks English
    assert codes(play(MENU, scene(), "")) == ["greeting", "menu", "menu"]
    assert [say.language for say in play(MENU, scene(), "").says] == [KO, KO, EN]
    assert (
        play(MENU, scene(), "").says[1].text
        == "주문은 1번, 배송은 2번, 영업시간은 3번, 콜백은 4번을 눌러 주세요."
    )
    assert codes(play(MENU, scene(), "-")) == codes(play(MENU, scene(), "--")) == ["menu", "menu"]
    assert codes(play(MENU, scene(), "---")) == ["goodbye"]
    assert play(MENU, scene(), "---").move is Move.GOODBYE
    assert codes(play(MENU, scene(), "7")) == ["wrong", "menu", "menu"]
    assert play(MENU, scene(), "77#").move is Move.GOODBYE


@pytest.mark.spec("ARS-3", "ARS-7")
def test_a_key_leads_to_its_queue_with_the_connecting_announcement() -> None:
    found = play(MENU, scene(), "2")
    assert (found.move, found.queue, codes(found)) == (Move.QUEUE, 2, ["connecting"])
    assert codes(play(MENU, scene(), "2~")) == ["delayed"]  # this queue takes no callbacks
    assert play(MENU, scene(), "2~1").move is Move.WAIT
    assert codes(play(MENU, scene(), "1~")) == ["delayed", "callback_offer"]
    assert play(MENU, scene(), "11").move is Move.WAIT  # not offered yet
    taken = play(MENU, scene(), "1~1")
    assert (taken.move, taken.queue, codes(taken)) == (
        Move.CALLBACK,
        1,
        ["callback_received", "goodbye"],
    )
    assert play(MENU, scene(), "4").move is Move.CALLBACK
    takes_none = scene(queues={1: QueueFacts("Orders", agents=2)})
    assert codes(play(MENU, takes_none, "4")) == ["no_queue", "goodbye"]
    assert play(MENU, scene(callable=False), "4").move is Move.GOODBYE, (
        "who hides their number cannot be called back"
    )


@pytest.mark.spec("ARS-3")
def test_an_announcement_has_its_replay_menu() -> None:
    found = play(MENU, scene(), "3")
    assert (codes(found), found.position.node) == (["key:3", "replay"], Node.PLAYED)
    assert codes(play(MENU, scene(), "31")) == ["key:3", "replay"]
    assert codes(play(MENU, scene(), "32")) == ["greeting", "menu", "menu"]
    assert codes(play(MENU, scene(), "3--")) == ["replay"]
    assert play(MENU, scene(), "3---").move is Move.GOODBYE


@pytest.mark.spec("ARS-5")
def test_a_call_speaks_the_first_language_until_a_key_switches_it() -> None:
    found = play(MENU, scene(), "9")
    assert (found.position.language, found.says[0].text) == (
        EN,
        "For orders, press 1. For 배송, press 2. For 영업시간, press 3. For 콜백, press 4.",
    )
    assert play(MENU, scene(languages=(JA,)), "").position.language is JA
    assert languages(["vi", "ja", "ko"]) == (JA, KO)
    assert languages(["vi"]) == (EN,)


@pytest.mark.spec("ARS-4", "ARS-6")
@pytest.mark.parametrize(
    ("when", "keys", "heard"),
    [
        (MONDAY.replace(hour=12, minute=30), "2", ["after_hours", "goodbye"]),
        (MONDAY.replace(hour=12, minute=30), "1", ["after_hours", "callback_offer"]),
        (MONDAY.replace(day=22), "2", ["after_hours", "goodbye"]),  # Sunday
        (MONDAY.replace(month=12, day=25), "2", ["after_hours", "goodbye"]),  # holiday, a Friday
        (MONDAY.replace(day=22), "3", ["key:3", "replay"]),  # announcement keys always work
        (MONDAY.replace(day=22), "11", ["callback_received", "goodbye"]),
        (MONDAY.replace(day=22), "1---", ["goodbye"]),
    ],
)
def test_out_of_hours_and_on_holidays(when: datetime, keys: str, heard: list[str]) -> None:
    assert codes(play(MENU, scene(when), keys)) == heard


@pytest.mark.spec("ARS-6")
def test_a_holiday_says_so() -> None:
    assert (
        play(MENU, scene(MONDAY.replace(month=12, day=25)), "2")
        .says[0]
        .text.startswith("오늘은 휴무일입니다.")
    )
    yearly = Ars(
        holidays=(Holiday(date(2024, 2, 29), "x", HolidayKind.COMPANY, yearly=True),),
        hours=(Row(Days.WEEKDAYS, (Range(0, DAY),)),),
    )
    assert not is_open(yearly.hours, yearly.holidays, datetime(2028, 2, 29, 12, tzinfo=UTC))
    assert is_open(yearly.hours, yearly.holidays, datetime(2027, 3, 1, 12, tzinfo=UTC))


@pytest.mark.spec("ARS-3")
def test_without_keys_callers_go_to_the_first_queue_and_without_queues_to_a_notice() -> None:
    bare = Ars(hours=(WORKDAYS,), greeting={KO: Voice("여보세요")})
    assert (play(bare, scene(), "").move, play(bare, scene(), "").queue) == (Move.QUEUE, 1)
    assert codes(play(bare, scene(queues={}), "")) == ["greeting", "no_queue", "goodbye"]


LOCAL = st.dates(date(2024, 1, 1), date(2028, 12, 31)).flatmap(
    lambda day: st.integers(0, DAY - 1).map(
        lambda m: datetime(day.year, day.month, day.day, m // 60, m % 60, tzinfo=UTC)
    )
)
VOICE = st.builds(
    Voice,
    text=st.sampled_from(("", "말")),
    sound=st.sampled_from((None, 7)),
    seconds=st.floats(0, 180),
    source=st.sampled_from(Source),
)
VOICES = st.dictionaries(st.sampled_from(Language), VOICE)
NAMES = st.dictionaries(
    st.sampled_from(Language), st.sampled_from(("주문", "A/S", "1층")), min_size=1
)
RANGES = st.lists(st.integers(0, DAY), min_size=2, max_size=8, unique=True).map(
    lambda points: tuple(
        Range(a, b, reachable=a % 7 != 0)
        for a, b in zip(sorted(points)[::2], sorted(points)[1::2], strict=False)
    )
)
ROWS = st.dictionaries(st.sampled_from(Days), RANGES.filter(bool), max_size=9).map(
    lambda d: tuple(Row(k, v) for k, v in d.items())
)
HOLIDAYS = st.lists(
    st.builds(
        Holiday,
        on=st.dates(date(2024, 1, 1), date(2028, 12, 31)),
        name=st.just("x"),
        kind=st.sampled_from(HolidayKind),
        yearly=st.booleans(),
    ),
    max_size=4,
).map(tuple)


@st.composite
def menus(draw: Any) -> Ars:
    pressed = draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=12))
    keys = tuple(
        Key(
            key,
            draw(st.sampled_from(KeyKind)),
            draw(NAMES),
            queue=draw(st.sampled_from((None, 1, 2, 99))),
            callback=draw(st.booleans()),
            language=draw(st.sampled_from(Language)),
            voices=draw(VOICES),
        )
        for key in pressed
    )
    return Ars(
        greeting=draw(VOICES),
        menu=draw(VOICES),
        keys=keys,
        hours=draw(ROWS),
        holidays=draw(HOLIDAYS),
        extras=draw(st.dictionaries(st.sampled_from(Extra), VOICES)),
    )


@pytest.mark.spec("ARS-3", "ARS-4", "ARS-8")
@given(
    menus(),
    st.lists(st.sampled_from([*KEYS, "-", "~"]), max_size=20),
    LOCAL,
    st.sampled_from([(KO,), (EN, JA), (JA, KO, EN)]),
    st.sampled_from([QUEUES, {}, {2: QUEUES[2]}]),
)
def test_every_call_ends_with_agents_a_callback_or_a_goodbye_and_never_in_silence(
    ars: Ars, inputs: list[str], local: datetime, spoken: Any, queues: Any
) -> None:
    where = Scene(local, spoken, queues)
    found = start(ars, where)
    assert found.says or found.move is Move.QUEUE
    for one in inputs:
        node = found.position.node
        if node is Node.OVER:
            break
        found = step(
            ars,
            where,
            found.position,
            {"-": Heard.SILENCE, "~": Heard.DELAY}.get(one, Heard.DIGIT),
            one,
        )
        assert found.says or found.move in (Move.QUEUE, Move.WAIT)
        assert all(say.text or say.sound is not None for say in found.says)
        assert (found.move in (Move.QUEUE, Move.WAIT)) == (found.position.node is Node.QUEUED)
    while found.position.node not in (Node.OVER, Node.QUEUED):  # left alone, a call comes to an end
        found = step(ars, where, found.position, Heard.SILENCE)
    assert found.move in (Move.QUEUE, Move.WAIT, Move.CALLBACK, Move.GOODBYE)
    assert found.queue is None or found.queue in queues
    assert from_json(to_json(ars)) == ars
    assert all(f.problem in Problem for f in findings(ars, where))


@pytest.mark.spec("ARS-4")
@given(
    ROWS,
    HOLIDAYS,
    st.sampled_from(
        [
            "America/New_York",
            "Pacific/Kiritimati",
            "Pacific/Apia",
            "Asia/Seoul",
            "Australia/Lord_Howe",
        ]
    ),
    st.one_of(
        st.dates(date(2024, 1, 1), date(2028, 12, 31)),
        st.sampled_from(
            [
                date(2026, 3, 8),
                date(2026, 11, 1),
                date(2024, 2, 29),
                date(2027, 12, 31),
                date(2026, 4, 5),
            ]
        ),
    ),
)
def test_open_agrees_with_a_brute_force_check_of_every_minute(
    rows: Any, holidays: Any, zone: str, day: date
) -> None:
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
    for minute in range(0, 30 * 60, 7):
        local = (instant + timedelta(minutes=minute)).astimezone(ZoneInfo(zone))
        own = [row for row in rows if row.days is WEEK[local.weekday()]]
        wide = [
            row
            for row in rows
            if row.days is (Days.WEEKDAYS if local.weekday() < 5 else Days.WEEKEND)
        ]
        at = f"{local:%H:%M}"
        inside = any(
            f"{r.start // 60:02}:{r.start % 60:02}" <= at < f"{r.end // 60:02}:{r.end % 60:02}"
            and r.reachable
            for row in own or wide
            for r in row.ranges
        )
        free = any(
            h.on == local.date()
            or (h.yearly and f"{h.on:%m%d}" == f"{local:%m%d}" and h.on <= local.date())
            for h in holidays
        )
        assert is_open(rows, holidays, local) == (inside and not free)


@pytest.mark.spec("ARS-4")
@given(ROWS, HOLIDAYS, st.dates(date(2024, 1, 1), date(2028, 12, 31)), st.integers(0, DAY - 1))
def test_it_opens_next_at_the_first_minute_that_is_open(
    rows: Any, holidays: Any, day: date, minute: int
) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("Asia/Seoul"))
    local = midnight + timedelta(minutes=minute)
    assume(not is_open(rows, holidays, local))
    found = opening(rows, holidays, local)
    assert found is None or is_open(rows, holidays, found)
    until = found or local + timedelta(days=365)
    while midnight < until:
        spans = reachable(rows, midnight.weekday())
        begins = [midnight + timedelta(minutes=start) for start, _end in spans]
        earlier = [at for at in begins if local <= at < until]
        assert not any(is_open(rows, holidays, at) for at in earlier)
        midnight += timedelta(days=1)


@pytest.mark.spec("ARS-4")
@pytest.mark.parametrize(
    ("zone", "closed", "span", "opens"),
    [
        ("Europe/Berlin", "2027-03-27T23:00", (150, 210), "2027-03-28T03:00+02:00"),
        ("Europe/Berlin", "2027-10-31T01:50", (90, 105), "2027-11-01T01:30+01:00"),
        ("America/New_York", "2027-11-07T01:50", (90, 105), "2027-11-07T01:30-05:00"),
        ("Africa/Cairo", "2027-04-29T20:00", (0, 60), "2027-05-01T00:00+03:00"),
        ("America/Santiago", "2027-09-04T20:00", (0, 60), "2027-09-06T00:00-03:00"),
        ("Australia/Lord_Howe", "2027-10-02T20:00", (120, 180), "2027-10-03T02:30+11:00"),
    ],
    ids=["gap", "after", "twice", "no midnight", "no midnight there", "half an hour"],
)
def test_it_opens_next_by_the_clock_also_where_that_is_put(
    zone: str, closed: str, span: tuple[int, int], opens: str
) -> None:
    rows = [Row(days, (Range(*span),)) for days in (Days.WEEKDAYS, Days.WEEKEND)]
    local = datetime.fromisoformat(closed).replace(tzinfo=ZoneInfo(zone))
    found = opening(rows, [], local)
    assert found is not None and found.isoformat(timespec="minutes") == opens


@pytest.mark.spec("ARS-4")
@pytest.mark.parametrize(
    "ranges",
    [
        [],
        [(600, 600)],
        [(700, 600)],
        [(540, 720), (719, 800)],
        [(540, 720), (540, 720)],
        [(-1, 60)],
        [(0, 1441)],
        [(1440, 1440)],
    ],
)
def test_empty_reversed_and_overlapping_ranges_are_refused(ranges: list[tuple[int, int]]) -> None:
    with pytest.raises(Refused):
        check_ranges([Range(*r) for r in ranges])


@pytest.mark.spec("ARS-4")
def test_ranges_that_touch_are_one() -> None:
    ranges = (Range(540, 720), Range(720, 800), Range(900, 960, reachable=False), Range(1000, 1440))
    check_ranges(ranges)
    assert reachable([Row(Days.MON, ranges)], 0) == ((540, 800), (1000, 1440))
    assert reachable([Row(Days.MON, ranges), Row(Days.WEEKDAYS, (Range(1, 2),))], 1) == ((1, 2),)


@pytest.mark.spec("ARS-7")
@pytest.mark.parametrize(
    ("waited", "due"), [(0, 30), (29.9, 30), (30, 90), (89, 90), (90, 150), (1000, 1050)]
)
def test_the_delay_announcement_comes_after_30_seconds_then_every_60(
    waited: float, due: int
) -> None:
    assert next_delay(waited, 30, 60) == due


@pytest.mark.spec("ARS-7", "ARS-8")
def test_callers_who_are_recorded_have_to_be_told() -> None:
    def missing(ars: Ars, *, recorded: bool) -> list[str]:
        found = findings(ars, scene(), recorded=recorded)
        assert not any(f.blocks for f in found if f.problem is Problem.NO_CONSENT)
        return [f.values["extra"] for f in found if f.problem is Problem.NO_CONSENT and f.serious]

    silent = replace(MENU, extras={**MENU.extras, Extra.RECORDING: {}})
    told = replace(MENU, extras={**MENU.extras, Extra.RECORDING: {KO: Voice("녹음됩니다.")}})
    assert missing(silent, recorded=True) == ["recording"]
    assert missing(told, recorded=True) == []
    assert missing(silent, recorded=False) == []


@pytest.mark.spec("ARS-8")
def test_findings_name_what_is_missing_and_only_silence_blocks() -> None:
    found = findings(Ars(), scene(queues={}))
    assert {f.problem for f in found if f.blocks} == {Problem.SILENT_EXTRA, Problem.SILENT_START}
    assert {Problem.NO_QUEUE, Problem.NEVER_OPEN, Problem.NO_KEYS, Problem.NO_HOLIDAYS} <= {
        f.problem for f in found
    }
    year = scene().local.year
    without = [
        {f.values["year"] for f in findings(one, scene()) if f.problem is Problem.NO_HOLIDAYS}
        for one in (
            replace(MENU, holidays=()),
            replace(MENU, holidays=(Holiday(date(year, 12, 25), "x", HolidayKind.NATIONAL),)),
            replace(MENU, holidays=(Holiday(date(year + 1, 1, 1), "x", HolidayKind.NATIONAL),)),
            replace(MENU, holidays=(Holiday(date(year, 1, 1), "x", HolidayKind.NATIONAL, True),)),
        )
    ]
    assert without == [{year}, {year + 1}, {year}, set()], "this year first"
    empty = {1: QueueFacts("Orders"), 2: QUEUES[2]}
    keys = (
        *MENU.keys,
        Key("5", KeyKind.ANNOUNCEMENT, {KO: "x"}),
        Key("6", KeyKind.QUEUE, {KO: "y"}, queue=99),
    )
    by = {
        (f.problem, f.values.get("key"))
        for f in findings(Ars(**{**vars(MENU), "keys": keys}), scene(queues=empty))
    }
    assert {
        (Problem.QUEUE_EMPTY, "1"),
        (Problem.NO_CALLBACKS, "1"),
        (Problem.SILENT_KEY, "5"),
        (Problem.KEY_NOWHERE, "6"),
    } <= by
    assert (Problem.QUEUE_EMPTY, "2") not in by
