"""English as it is said: the clock, phone numbers digit by digit, figures in words."""

import re

from occ.ars.rules.reading.common import (
    NUMBER,
    applied,
    digits,
    heard,
    plain,
    rules,
    spelled,
    value,
)

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEENS = (
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
LETTERS = {letter: letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
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
DAYS = {
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Tues": "Tuesday",
    "Wed": "Wednesday",
    "Thu": "Thursday",
    "Thur": "Thursday",
    "Thurs": "Thursday",
    "Fri": "Friday",
    "Sat": "Saturday",
    "Sun": "Sunday",
}
DAY = rf"(?:{'|'.join(DAYS)})(?:s|day|sday|nesday|rsday|urday)?\b\.?"
MONEY = {
    "$": ("dollar", "cent"),
    "£": ("pound", "penny"),
    "€": ("euro", "cent"),
    "₩": ("won", ""),
    "¥": ("yen", ""),
    "KRW": ("won", ""),
    "USD": ("dollar", "cent"),
}
MEASURES = {
    "km": "kilometers",
    "kg": "kilograms",
    "cm": "centimeters",
    "mm": "millimeters",
    "GB": "gigabytes",
    "MB": "megabytes",
    "min": "minutes",
    "mins": "minutes",
    "hrs": "hours",
    "°C": "degrees Celsius",
    "°F": "degrees Fahrenheit",
    "°": "degrees",
}
UNITS = "|".join(sorted(MEASURES, key=len, reverse=True))
COUNTED = "won|dollars|yen|euros|pounds|points|people|customers|times"


def cardinal(number: int) -> str:
    """twelve thousand five hundred; digit by digit from a trillion on."""
    if number >= 10**12:
        return " ".join(DIGITS[int(d)] for d in str(number))
    words = []
    for unit, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (1, "")):
        part, number = divmod(number, unit)
        if part:
            words += [_hundreds(part), name]
    return " ".join(word for word in words if word) or DIGITS[0]


def _hundreds(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    words = [f"{DIGITS[hundreds]} hundred"] if hundreds else []
    if rest >= 20:
        words.append(TENS[rest // 10] + (f" {DIGITS[rest % 10]}" if rest % 10 else ""))
    elif rest:
        words.append(TEENS[rest - 10] if rest > 9 else DIGITS[rest])
    return " ".join(words)


def ordinal(number: int) -> str:
    """twenty first."""
    *before, last = cardinal(number).split()
    last = ORDINALS.get(last) or (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")
    return " ".join([*before, last])


def year(number: int) -> str:
    """nineteen ninety eight, two thousand five, twenty twenty six."""
    century, rest = divmod(number, 100)
    if century % 10 == 0 and rest < 10:
        return cardinal(number)
    after = f"oh {DIGITS[rest]}" if 0 < rest < 10 else cardinal(rest) if rest else "hundred"
    return f"{cardinal(century)} {after}"


def _time(match: re.Match[str]) -> str:
    """nine o'clock, nine thirty a m, six thirty p m; noon and midnight by their names."""
    hour, minute = int(match[1]), int(match[2] or 0)
    half = (match[3] or "").strip(" .").lower()[:1]
    if hour > 24 or minute > 59 or (half and not 1 <= hour <= 12 and hour < 13):
        return match[0]
    end = "." if (match[3] or "").endswith(".") and match.end() == len(match.string) else ""
    if not minute and (hour in (0, 24) or (half == "a" and hour == 12)):
        return f"midnight{end}"
    if not minute and hour == 12:
        return f"noon{end}"
    if not half and (hour > 12 or hour == 0):
        half = "p" if 12 < hour < 24 else "a"
    said = cardinal((hour - 1) % 12 + 1)
    if minute:
        said += f" {cardinal(minute) if minute > 9 else f'oh {DIGITS[minute]}'}"
    if half:
        return f"{said} {half.upper()}M{end}"
    return said if minute else f"{said} o'clock"


def _date(match: re.Match[str]) -> str:
    month, day = int(match[2]), int(match[3])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return match[0]
    return f"{MONTHS[month - 1]} {ordinal(day)}, {year(int(match[1]))}"


def _money(sign: str, amount: str, cents: str, scale: str) -> str:
    """five dollars and ninety nine cents, one dollar, ten million won."""
    unit, part = MONEY[sign]
    whole = cardinal(value(amount))
    if scale or (cents and not part):
        after = f" point {' '.join(DIGITS[int(d)] for d in cents)}" if cents else ""
        return f"{whole}{after}{scale} {_many(unit, 2)}"
    said = f"{whole} {_many(unit, value(amount))}"
    if int(cents or 0) and not value(amount):
        return f"{cardinal(int(cents))} {_many(part, int(cents))}"
    if int(cents or 0):
        return f"{said} and {cardinal(int(cents))} {_many(part, int(cents))}"
    return said


def _many(unit: str, number: int) -> str:
    if number == 1 or unit in ("won", "yen"):
        return unit
    return "pence" if unit == "penny" else f"{unit}s"


def _in_digits(match: re.Match[str]) -> str:
    return digits(match[0], DIGITS, " ")


def _fraction(match: re.Match[str]) -> str:
    return f"{cardinal(value(match[1]))} point {' '.join(DIGITS[int(d)] for d in match[2])}"


def _measured(match: re.Match[str]) -> str:
    word = MEASURES[match[2]]
    if value(match[1]) == 1:
        word = re.sub(r"(?:(?<=degree)s\b|s$)", "", word, count=1)
    return f"{match[1]} {word}"


RULES = rules(
    (r"\b24/7\b", "twenty four seven"),
    (r"(?<=\w)’(?=\w)", "'"),
    # the clock and days
    (r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", _date),
    (
        rf"\b((?:{'|'.join(MONTHS)})) (\d{{1,2}})(?:st|nd|rd|th)?(?:, (\d{{4}}))?\b",
        lambda m: f"{m[1]} {ordinal(int(m[2]))}" + (f", {year(int(m[3]))}" if m[3] else ""),
    ),
    (r"(?<=[\dmM.]) ?[~-] ?(?=\d{1,2}(?::\d{2}| ?[AaPp]\.?[Mm]\b))", " to "),
    (rf"\b({DAY}) ?[~-] ?(?={DAY})", r"\1 to "),
    (
        rf"\b({'|'.join(DAYS)})\b\.?(?!day)",
        lambda m: DAYS[m[1]],
    ),
    (r"(?<![\d:$£€₩¥.,-])(\d{1,2}):(\d{2})( ?[AaPp]\.?[Mm]\b\.?)?(?![\d:])", _time),
    (r"(?<![\d:$£€₩¥.,-])(\d{1,2})()( ?[AaPp]\.?[Mm]\b\.?)", _time),
    # phone numbers and codes
    (r"(?<![\w-])\+?1[- .]\(?[2-9]\d\d\)?[- .]\d{3}[- .]\d{4}(?![\d-])", _in_digits),
    (r"(?<![\w-])\+\d{1,3}(?:[- .]\(?\d{1,4}\)?){2,4}(?![\d-])", _in_digits),
    (r"(?<![\w-])\(?0\d{1,4}\)?[-. ]{1,2}\d{3,4}[-. ]\d{3,4}(?![\d-])", _in_digits),
    (r"(?<![\w-])\(?[2-9]\d\d\)?[-. ]{1,2}\d{3}[-. ]\d{4}(?![\d-])", _in_digits),
    (
        r"((?:number|code|ID|extension|ext\.|PIN|No\.)(?: is)?:? ?#?)([A-Z]{0,4}-?\d[\dA-Z-]*)\b",
        lambda m: m[1] + spelled(m[2], DIGITS, LETTERS, " "),
    ),
    (r"(?<![\w-])\d{2,6}(?:-\d{2,7}){2,}(?![\d-])|(?<![\w-])\d{3,4}-\d{4}(?![\d-])", _in_digits),
    (r"#(\d{4,})\b", lambda m: f"number {digits(m[1], DIGITS, ' ')}"),
    (r"(?<![\d,.])0\d+(?![\d,.]*\d)", _in_digits),
    (r"\b911\b|\b112\b|\b119\b|\b999\b", _in_digits),
    (rf"(?<![\d,.])\d{{7,}}(?![\d,]| ?(?:{COUNTED}))", _in_digits),
    # money and measures
    (
        rf"([$£€₩¥]|KRW |USD )({NUMBER})(?:\.(\d+))?( (?:thousand|million|billion))?",
        lambda m: _money(m[1].strip(), m[2], m[3] or "", m[4] or ""),
    ),
    (
        rf"({NUMBER})(?:\.(\d+))? (KRW|USD)\b",
        lambda m: _money(m[3], m[1], m[2] or "", ""),
    ),
    (
        rf"({NUMBER}) ?({UNITS})(?![A-Za-z])",
        _measured,
    ),
    (r"#(?=\d{1,3}\b)", "number "),
    (r"(?<=\d) ?%", " percent"),
    (r"(?<=\d)-(?=[A-Za-z])", " "),
    (r"\b((?:19|20)\d0)s\b", lambda m: f"{year(int(m[1]))[:-1]}ies"),
    (r"/(?=(?:month|year|day|hour|minute|week|person)\b)", " per "),
    (rf"(?<=\d) ?[~-] ?(?={NUMBER}(?!\d|-))", " to "),
    (r"(?<![\w-])-(?=\d)", "minus "),
    (r"\b(\d+)(?:st|nd|rd|th)\b", lambda m: ordinal(int(m[1]))),
    (r"\b1/2\b", "one half"),
    (
        r"\b(in|since|until|of|by|year) ((?:19|20)\d\d)\b(?![,.]\d)",
        lambda m: f"{m[1]} {year(int(m[2]))}",
    ),
    (rf"({NUMBER})\.(\d+)", _fraction),
    (NUMBER, lambda m: f" {cardinal(value(m[0]))} "),
    # signs
    (r"(?<=[A-Za-z]) ?~ ?(?=[A-Za-z])", " to "),
    (r"(?<=[A-Za-z])\.(?=[A-Za-z]{2})", " dot "),
    (r"&", " and "),
    (r"@", " at "),
    (r"\+", " plus "),
    (r"=", " equals "),
    (r"#", " hash "),
    (r"\*", " star "),
    (r"%", " percent "),
    (r"\band/or\b", "and or"),
    (r"(?<=[a-z])/(?=[a-z])", " or "),
    (r" -+ | \(", ", "),
    (r" ?[·] ?", ", "),
)


def read(text: str) -> str:
    """The text in words, without figures and signs."""
    return heard(applied(RULES, plain(text)), ".,!?'-")
