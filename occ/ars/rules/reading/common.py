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
