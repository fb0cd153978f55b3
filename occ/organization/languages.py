"""The help-center languages of ORG-2: codes as the field uses them,
with names, tags and directions.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.core import get_global

RTL = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
BCP47 = {
    "zh_TW": "zh-TW",
    "es_LA": "es-419",
    "sr_LN": "sr-Latn",
    "sr_ME": "sr-ME",
    "pt_BR": "pt-BR",
}
ZONES = {
    "ar": "Africa/Cairo", "en": "America/New_York", "es": "Europe/Madrid",
    "es_LA": "America/Mexico_City", "fr": "Europe/Paris", "de": "Europe/Berlin",
    "id": "Asia/Jakarta", "kk": "Asia/Almaty", "mn": "Asia/Ulaanbaatar", "ms": "Asia/Kuala_Lumpur",
    "pt": "Europe/Lisbon", "pt_BR": "America/Sao_Paulo", "ru": "Europe/Moscow",
    "sr_ME": "Europe/Podgorica", "uk": "Europe/Kyiv", "uz": "Asia/Tashkent", "zh": "Asia/Shanghai",
    "zh_TW": "Asia/Taipei", "vi": "Asia/Ho_Chi_Minh", "hi": "Asia/Kolkata",
}  # fmt: skip


@dataclass(frozen=True)
class Language:
    """One row of the table: its code, English name and native name."""

    code: str
    english: str
    native: str

    @property
    def tag(self) -> str:
        """The BCP 47 tag for `lang` attributes."""
        return BCP47.get(self.code, self.code)

    @property
    def direction(self) -> str:
        return "rtl" if self.code in RTL else "ltr"


@cache
def all_languages() -> dict[str, Language]:
    """The whole table by code, in its order."""
    text = (Path(__file__).parent / "languages.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines())
    return {code: Language(code, english, native) for code, english, native in rows}


def search(text: str) -> list[Language]:
    """Rows whose code, English or native name contains the text; those that start with it first."""
    needle = text.strip().casefold()
    names = [
        (lang, [n.casefold() for n in (lang.code, lang.english, lang.native)])
        for lang in all_languages().values()
    ]
    found = [
        (not any(n.startswith(needle) for n in three), lang)
        for lang, three in names
        if any(needle in n for n in three)
    ]
    return [lang for _later, lang in sorted(found, key=lambda pair: pair[0])]


def zone_of(code: str) -> str:
    """The time zone a help center in this language most likely keeps;
    Asia/Seoul where none is likely.
    """
    if code in ZONES:
        return ZONES[code]
    likely = get_global("likely_subtags").get(code.partition("_")[0], "")
    zones = get_global("territory_zones").get(likely.rpartition("_")[2], [])
    return str(zones[0]) if zones else "Asia/Seoul"
