"""How a person would say it: numbers, times, dates and phone numbers of an announcement in words.

A speech engine spells digits in its own way; callers expect 09:00 as 아홉 시 and 1577-0000 digit by
digit.
"""

import re
from collections.abc import Callable

from occ.ars.rules.menu import Language

KO, EN, JA = Language.KO, Language.EN, Language.JA

PHONE = re.compile(r"(?<![\d-])(?:\+\d{1,3}[- ]?)?\d{2,4}(?:-\d{3,4}){1,2}(?![\d-])")
DATE = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
TIME = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?![\d:])")
NUMBER = re.compile(r"\d+(?:,\d{3})*")

# Korean

SINO = "영일이삼사오육칠팔구"
PHONE_DIGITS = "공일이삼사오육칠팔구"
NATIVE_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
NATIVE_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
COUNTERS = "시간|번째|군데|가지|시|명|개|살|대|분(?=께|이)"


def sino(number: int) -> str:
    """이천이십육; digit by digit beyond the hundred millions."""
    if number == 0:
        return SINO[0]
    if number >= 10**12:
        return "".join(PHONE_DIGITS[int(d)] for d in str(number))
    words = ""
    for unit, name in ((10**8, "억"), (10**4, "만"), (1, "")):
        part, number = divmod(number, unit)
        if part:
            words += (
                "" if part == 1 and name == "만" and not words else _sino_thousands(part)
            ) + name
    return words


def _sino_thousands(number: int) -> str:
    words = ""
    for unit, name in ((1000, "천"), (100, "백"), (10, "십"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            words += ("" if digit == 1 and name else SINO[digit]) + name
    return words


def native(number: int) -> str:
    """아홉, 스물네: how Koreans count up to 99; other numbers are read as Sino-Korean."""
    if not 0 < number < 100:
        return sino(number)
    if number == 20:
        return "스무"
    return NATIVE_TENS[number // 10] + NATIVE_ONES[number % 10]


def _ko_hour(hour: int, before: str) -> str:
    """열두 시; afternoon hours of a 24-hour clock say so unless the text did."""
    if hour > 12:
        named = "밤" if hour == 24 else "오후"
        return f"{'' if before else named + ' '}{native(hour - 12)} 시"
    return f"{native(hour) if hour else '영'} 시"


def _ko_time(match: re.Match[str]) -> str:
    hour, minute = int(match[2]), int(match[3])
    said = (match[1] or "") + _ko_hour(hour, match[1] or "")
    return said + (f" {sino(minute)} 분" if minute else "")


def _ko_date(month: int, day: int) -> str:
    return f"{ {6: '유', 10: '시'}.get(month) or sino(month) }월 {sino(day)}일"


def _korean(text: str) -> str:
    text = DATE.sub(lambda m: f"{sino(int(m[1]))}년 {_ko_date(int(m[2]), int(m[3]))}", text)
    text = PHONE.sub(lambda m: _digits(m[0], PHONE_DIGITS), text)
    text = re.sub(
        r"((?:오전|오후|낮|밤|새벽|저녁|아침)\s*)?(?<![\d:])(\d{1,2}):(\d{2})(?![\d:])",
        _ko_time,
        text,
    )
    text = re.sub(
        r"((?:오전|오후|낮|밤|새벽|저녁|아침)\s*)?(\d{1,2})시(?!간)",
        lambda m: (m[1] or "") + _ko_hour(int(m[2]), m[1] or ""),
        text,
    )
    text = re.sub(r"(\d{1,2})월\s*(\d{1,2})일", lambda m: _ko_date(int(m[1]), int(m[2])), text)
    text = re.sub(
        rf"(?<![\d,])(\d{{1,2}})\s?({COUNTERS})", lambda m: f"{native(int(m[1]))} {m[2]}", text
    )
    return NUMBER.sub(lambda m: sino(_int(m[0])), text)


# English

DIGITS_EN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _en_time(match: re.Match[str]) -> str:
    """nine o'clock, 9 30, 6 PM: a full hour says o'clock, one of the afternoon says so."""
    hour, minute, half = int(match[1]), int(match[2]), (match[3] or "").strip()
    if hour > 24 or minute > 59:
        return match[0]
    said = str((hour - 1) % 12 + 1)
    if minute:
        said += f" {minute if minute > 9 else f'oh {minute}'}"
    if half:
        return f"{said} {half}"
    if hour > 12:
        return f"{said} {'AM' if hour == 24 else 'PM'}"
    return said if minute else f"{said} o'clock"


def _english(text: str) -> str:
    text = DATE.sub(lambda m: f"{MONTHS[(int(m[2]) - 1) % 12]} {int(m[3])}, {m[1]}", text)
    text = PHONE.sub(lambda m: _digits(m[0], DIGITS_EN, " "), text)
    return re.sub(r"(?<![\d:])(\d{1,2}):(\d{2})(\s*[ap]\.?m\.?)?(?![\d:])", _en_time, text)


# Japanese: kana, for the engine knows no readings of its own

ONES_JA = ("", "いち", "に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう")
DIGITS_JA = ("ゼロ", "いち", "に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう")
HOURS_JA = {
    0: "れい",
    4: "よ",
    7: "しち",
    9: "く",
    14: "じゅうよ",
    17: "じゅうしち",
    19: "じゅうく",
    24: "にじゅうよ",
}
MONTHS_JA = {4: "し", 7: "しち", 9: "く"}
DAYS_JA = {
    1: "ついたち",
    2: "ふつか",
    3: "みっか",
    4: "よっか",
    5: "いつか",
    6: "むいか",
    7: "なのか",
    8: "ようか",
    9: "ここのか",
    10: "とおか",
    14: "じゅうよっか",
    20: "はつか",
    24: "にじゅうよっか",
}
HUNDREDS_JA = {3: "さんびゃく", 6: "ろっぴゃく", 8: "はっぴゃく"}
THOUSANDS_JA = {1: "せん", 3: "さんぜん", 8: "はっせん"}


def kana(number: int) -> str:
    """にせんにじゅうろく; digit by digit beyond the hundred millions."""
    if number == 0:
        return "ゼロ"
    if number >= 10**12:
        return "".join(DIGITS_JA[int(d)] for d in str(number))
    words = ""
    for unit, name in ((10**8, "おく"), (10**4, "まん"), (1, "")):
        part, number = divmod(number, unit)
        if part:
            words += _kana_thousands(part) + name
    return words


def _kana_thousands(number: int) -> str:
    thousands, hundreds, tens, ones = (
        number // 1000,
        number // 100 % 10,
        number // 10 % 10,
        number % 10,
    )
    words = THOUSANDS_JA.get(thousands, f"{ONES_JA[thousands]}せん") if thousands else ""
    words += (
        HUNDREDS_JA.get(hundreds, f"{ONES_JA[hundreds] if hundreds > 1 else ''}ひゃく")
        if hundreds
        else ""
    )
    words += (ONES_JA[tens] if tens > 1 else "") + "じゅう" if tens else ""
    return words + ONES_JA[ones]


def _ja_minutes(minute: int) -> str:
    """さんじゅっぷん: the counter changes with the last sound."""
    last = minute % 10
    if last == 0:
        return kana(minute)[:-1] + "っぷん"
    ending = {1: "いっぷん", 3: "さんぷん", 4: "よんぷん", 6: "ろっぷん", 8: "はっぷん"}.get(
        last, f"{ONES_JA[last]}ふん"
    )
    return (kana(minute - last) if minute > 9 else "") + ending


def _ja_time(match: re.Match[str]) -> str:
    hour, minute = int(match[1]), int(match[2] or 0)
    if hour > 24 or minute > 59:
        return match[0]
    return f"{HOURS_JA.get(hour) or kana(hour)}じ" + (_ja_minutes(minute) if minute else "")


def _ja_date(month: int, day: int) -> str:
    return f"{MONTHS_JA.get(month) or kana(month)}がつ{DAYS_JA.get(day) or kana(day) + 'にち'}"


def _japanese(text: str) -> str:
    text = DATE.sub(lambda m: f"{kana(int(m[1]))}ねん{_ja_date(int(m[2]), int(m[3]))}", text)
    text = PHONE.sub(lambda m: _digits(m[0], DIGITS_JA), text)
    text = re.sub(r"(\d{1,2})月(\d{1,2})日", lambda m: _ja_date(int(m[1]), int(m[2])), text)
    text = TIME.sub(_ja_time, text)
    text = re.sub(r"(\d{1,2})時(?!間)(?:(\d{1,2})分)?", _ja_time, text)
    return NUMBER.sub(lambda m: kana(_int(m[0])), text)


# common


def _int(text: str) -> int:
    return int(text.replace(",", ""))


def _digits(number: str, names: str | tuple[str, ...], between: str = "") -> str:
    """Digit by digit, with a breath between the groups."""
    groups = re.findall(r"\d+", number)
    return ", ".join(between.join(names[int(d)] for d in group) for group in groups)


_READ: dict[Language, Callable[[str], str]] = {KO: _korean, EN: _english, JA: _japanese}


def as_spoken(text: str, language: Language) -> str:
    """The text with its numbers in words."""
    return _READ[language](text)
