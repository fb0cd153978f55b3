"""The help-center languages of ORG-2: codes as the field uses them,
with names, tags and directions.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel import Locale
from babel.core import UnknownLocaleError, get_global

from occ.core.i18n import locale

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

    @property
    def name(self) -> str:
        """Its name in the page's language; the English one where that has no word for it."""
        return _names(str(locale()))[self.code]


@cache
def all_languages() -> dict[str, Language]:
    """The whole table by code, in its order."""
    text = (Path(__file__).parent / "languages.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines())
    return {code: Language(code, english, native) for code, english, native in rows}


@cache
def _names(reader: str) -> dict[str, str]:
    known = Locale.parse(reader).languages
    found = {}
    for language in all_languages().values():
        name = known.get(language.code)
        if name is None:
            try:
                name = Locale.parse(language.tag, sep="-").get_display_name(reader)
            except UnknownLocaleError:
                name = None
        found[language.code] = name or language.english
    return found


def search(text: str, without: Collection[str] = ()) -> list[Language]:
    """Rows but those left out whose code or name, English, native or in the page's language,
    contains the text; those that start with it first. All of them for an empty text.
    """
    needle = text.strip().casefold()
    names = [
        (lang, [n.casefold() for n in (lang.code, lang.english, lang.native, lang.name)])
        for lang in all_languages().values()
        if lang.code not in without
    ]
    found = [
        (not any(n.startswith(needle) for n in all_names), lang)
        for lang, all_names in names
        if any(needle in n for n in all_names)
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
