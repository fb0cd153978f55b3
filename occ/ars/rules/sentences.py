"""Sentences that are generated: the menu from its keys (ARS-3), the after-hours
announcement from the hours (ARS-5).
"""

import re
from collections.abc import Callable, Iterable, Sequence

from occ.ars.rules.hours import Row, Span, reachable
from occ.ars.rules.menu import Key, Language, name_in
from occ.ars.rules.texts import KEY_WORDS
from occ.core.i18n import josa

KO, EN, JA = Language.KO, Language.EN, Language.JA
NOON, DAY = 12 * 60, 24 * 60
LUNCH = (11 * 60, 15 * 60)  # a gap of at most two hours within it is called lunch

DAY_NAMES = {
    KO: ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"),
    EN: ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"),
    JA: ("月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日", "日曜日"),
}
GROUP_NAMES = {
    KO: {range(7): "매일", range(5): "평일", range(5, 7): "주말"},
    EN: {range(7): "every day", range(5): "on weekdays", range(5, 7): "on weekends"},
    JA: {range(7): "毎日", range(5): "平日", range(5, 7): "週末"},
}


def key_word(key: str, language: Language) -> str:
    return KEY_WORDS[language].get(key, key)


def _topic(name: str) -> str:
    """A name with the Korean topic particle; what stands in brackets is spoken, too. One whose last
    sound is not known takes a noun that ends in Hangul.
    """
    name = name.rstrip(".,!? ")
    spoken = re.sub(r"\W", "", name)
    particle = josa(spoken, "은/는").removeprefix(spoken)
    is_known = particle in ("은", "는") and not spoken[-1:].islower()
    return f"{name}{particle}" if is_known else f"{name} 문의는"


def menu_sentence(keys: Sequence[Key], language: Language, spoken: Sequence[Language]) -> str:
    """The menu announcement: which key leads where. Empty without keys."""
    named = [(name_in(key, language, spoken), key_word(key.key, language)) for key in keys]
    named = [(name, key) for name, key in named if name]
    if not named:
        return ""
    if language is KO:
        return ", ".join(
            f"{_topic(name)} {key}{'번' if key.isdigit() else ''}" for name, key in named
        ) + _pressed(named[-1][1])
    if language is JA:
        return "、".join(f"{name}は{key}を" for name, key in named) + "押してください。"
    return " ".join(f"For {name}, press {key}." for name, key in named)


def _pressed(last: str) -> str:
    return "을 눌러 주세요." if last.isdigit() else " 버튼을 눌러 주세요."


def time_word(minute: int, language: Language) -> str:
    """오전 9시 30분, 9:30 a.m., 午前9時30分; noon and midnight by their names."""
    hour, rest = divmod(minute, 60)
    if language is KO:
        if minute in (0, DAY):
            return "밤 12시" if minute else "0시"
        part = "오전" if hour < 12 else "낮" if hour == 12 else "오후"
        return f"{part} {hour if hour <= 12 else hour - 12}시" + (f" {rest}분" if rest else "")
    if language is JA:
        if minute in (0, NOON, DAY):
            return {0: "午前0時", NOON: "正午", DAY: "深夜0時"}[minute]
        return f"{'午前' if hour < 12 else '午後'}{hour if hour < 12 else hour - 12}時" + (
            f"{rest}分" if rest else ""
        )
    if minute in (0, NOON, DAY):
        return "noon" if minute == NOON else "midnight"
    return f"{(hour - 1) % 12 + 1}{f':{rest:02}' if rest else ''} {'a.m.' if hour < 12 else 'p.m.'}"


def _groups(rows: Iterable[Row]) -> list[tuple[list[int], tuple[Span, ...]]]:
    """Days that are worked alike, in the order of the week; days off are left out."""
    rows = tuple(rows)
    found: dict[tuple[Span, ...], list[int]] = {}
    for day in range(7):
        spans = reachable(rows, day)
        if spans:
            found.setdefault(spans, []).append(day)
    return [(days, spans) for spans, days in found.items()]


def _days(days: Sequence[int], language: Language) -> str:
    for group, name in GROUP_NAMES[language].items():
        if list(group) == list(days):
            return name
    names = [DAY_NAMES[language][day] for day in days]
    if language is EN:
        return "on " + (f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0])
    return ", ".join(names) if language is KO else "、".join(names)


def _lunch(spans: Sequence[Span]) -> Span | None:
    """The break between two spans when it is one over noon."""
    if len(spans) != 2:
        return None
    start, end = spans[0][1], spans[1][0]
    return (start, end) if LUNCH[0] <= start < end <= LUNCH[1] and end - start <= 120 else None


def _span(span: Span, language: Language) -> str:
    start, end = time_word(span[0], language), time_word(span[1], language)
    return {
        KO: f"{start}부터 {end}까지",
        EN: f"from {start} to {end}",
        JA: f"{start}から{end}まで",
    }[language]


def _group_ko(days: Sequence[int], spans: Sequence[Span], topic: str) -> str:
    name, lunch = _days(days, KO), _lunch(spans)
    name = name if name == "매일" else f"{name}{topic}"
    if spans == ((0, DAY),):
        return f"{name} 24시간입니다."
    if lunch:
        whole = _span((spans[0][0], spans[1][1]), KO)
        return f"{name} {whole}이며, 점심시간은 {_span(lunch, KO)}입니다."
    return f"{name} {', '.join(_span(span, KO) for span in spans)}입니다."


def _group_en(days: Sequence[int], spans: Sequence[Span]) -> str:
    name, lunch = _days(days, EN), _lunch(spans)
    if spans == ((0, DAY),):
        return f"24 hours {name}"
    if lunch:
        return (
            f"{name} {_span((spans[0][0], spans[1][1]), EN)}, with a lunch break {_span(lunch, EN)}"
        )
    return f"{name} {' and '.join(_span(span, EN) for span in spans)}"


def _group_ja(days: Sequence[int], spans: Sequence[Span], topic: str) -> str:
    name, lunch = _days(days, JA), _lunch(spans)
    name = name if name == "毎日" else f"{name}{topic}"
    if spans == ((0, DAY),):
        return f"{name}24時間です。"
    if lunch:
        return f"{name}{_span((spans[0][0], spans[1][1]), JA)}、昼休みは{_span(lunch, JA)}です。"
    return f"{name}{'、'.join(_span(span, JA) for span in spans)}です。"


def _hours_ko(groups: list[tuple[list[int], tuple[Span, ...]]]) -> str:
    """Of several groups only the later ones take a topic of their own: a clause has one."""
    later = "".join(f" {_group_ko(*group, '은')}" for group in groups[1:])
    return f"상담시간은 {_group_ko(*groups[0], '')}{later}"


def _hours_en(groups: list[tuple[list[int], tuple[Span, ...]]]) -> str:
    return f"We are open {'; '.join(_group_en(*group) for group in groups)}.".replace("..", ".")


def _hours_ja(groups: list[tuple[list[int], tuple[Span, ...]]]) -> str:
    later = "".join(_group_ja(*group, "は") for group in groups[1:])
    return f"受付時間は、{_group_ja(*groups[0], 'が')}{later}"


_HOURS: dict[Language, Callable[[list[tuple[list[int], tuple[Span, ...]]]], str]] = {
    KO: _hours_ko,
    EN: _hours_en,
    JA: _hours_ja,
}
_CLOSED = {
    KO: ("지금은 상담시간이 아닙니다.", "오늘은 휴무일입니다."),
    EN: ("We are closed now.", "We are closed for a holiday today."),
    JA: ("ただいまは受付時間外です。", "本日は休業日です。"),
}


def after_hours(rows: Iterable[Row], language: Language, *, holiday: bool = False) -> str:
    """ARS-5: that nobody is there now, and when somebody is; hours that
    are never open promise nothing.
    """
    groups, closed = _groups(rows), _CLOSED[language][holiday]
    if not groups:
        return closed
    return f"{closed}{'' if language is JA else ' '}{_HOURS[language](groups)}"
