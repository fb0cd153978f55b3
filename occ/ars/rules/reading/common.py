"""What the languages' readings share: one way to write signs, digits one by one, and silence for
what nobody would say.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence

Said = str | Callable[[re.Match[str]], str]
Rule = tuple[re.Pattern[str], Said]
WAYS = str.maketrans(
    {**dict.fromkeys("‐‑‒–—―−", "-"), **dict.fromkeys("∼〜～", "~"), "⁄": "/", "／": "/"}
    | dict.fromkeys("·ㆍ・･•‧", "·")
    | dict.fromkeys("™®©", " ")
)
MYRIAD = 10_000  # 만, 万: smaller units belong to the figure before them
NUMBER = r"\d+(?:,\d{3})*"


def plain(text: str) -> str:
    """The text with full-width, circled and composed signs, dashes, tildes and dots in one way."""
    return unicodedata.normalize("NFKC", text.translate(WAYS)).translate(WAYS)


def rules(*table: tuple[str, Said]) -> tuple[Rule, ...]:
    return tuple((re.compile(pattern), said) for pattern, said in table)


def applied(table: Iterable[Rule], text: str) -> str:
    """The text after all rules in their order."""
    for pattern, said in table:
        text = pattern.sub(said, text)
    return text


def value(text: str) -> int:
    """The number of digits with separators."""
    return int(text.replace(",", ""))


def digits(number: str, names: Sequence[str], between: str = "") -> str:
    """Digit by digit, with a breath between the groups."""
    groups = re.findall(r"\d+", number)
    return ", ".join(between.join(names[int(d)] for d in group) for group in groups)


def spelled(text: str, names: Sequence[str], letters: Mapping[str, str], between: str = "") -> str:
    """Digits and letters one by one, with a breath where something stands between them."""
    groups = re.findall(r"[A-Za-z\d]+", text)
    return ", ".join(
        between.join(
            letters[sign.upper()] if sign.isalpha() else names[int(sign)] for sign in group
        )
        for group in groups
    )


def dated(words: str) -> Said:
    """Writes a date of three figures in the words of a language, as `{}年{}月{}日`; what is no date
    stays.
    """

    def said(match: re.Match[str]) -> str:
        month, day = int(match[2]), int(match[3])
        is_date = 1 <= month <= 12 and 1 <= day <= 31
        return words.format(match[1], month, day) if is_date else match[0]

    return said


def slashed(words: str) -> Said:
    """Writes 6/10 as the day that it is, as `{}月{}日`; 1/2 and 3/4 are parts and stay."""

    def said(match: re.Match[str]) -> str:
        month, day, after = int(match[1]), int(match[2]), match[3] or ""
        is_part = month < day <= 4 and not after
        return match[0] if is_part else words.format(month, day) + after

    return said


def mixed(units: Mapping[str, int]) -> Said:
    """Writes figures among units in digits: 350000000 of 3억5천만."""
    figures = re.compile(rf"(\d[\d,]*) ?([{''.join(units)}]*)")

    def said(match: re.Match[str]) -> str:
        total = part = 0
        for number, signs in figures.findall(match[0]):
            amount = value(number)
            for sign in signs:
                if units[sign] < MYRIAD:
                    amount *= units[sign]
                else:
                    total += (part + amount) * units[sign]
                    part = amount = 0
            part += amount
        return str(total + part)

    return said


def letters(names: Mapping[str, str]) -> Said:
    """Reads abbreviations letter by letter; signs between them without a name are silent."""
    return lambda match: "".join(names.get(sign, "") for sign in match[0])


def heard(text: str, punctuation: str) -> str:
    """Only what an engine can say: letters and these signs of a pause; others are silent."""
    kept = "".join(_heard(c, punctuation) for c in text)
    kept = re.sub(r"\s+", " ", kept)
    kept = re.sub(r"[ ,]+(?=[.,!?、。])| +(?=[.,!?、。])", "", kept)
    kept = re.sub(r"([.,!?、。])[.,、。]+", r"\1", kept)
    return kept.strip(" ,、")


def _heard(sign: str, punctuation: str) -> str:
    if sign in punctuation:
        return sign
    if sign in ":;":
        return ","
    spoken = unicodedata.category(sign)[0] in "LM" and not "\ufe00" <= sign <= "\ufe0f"
    return sign if spoken else " "
