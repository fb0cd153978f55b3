"""How a person would say it: numbers, times, dates and phone numbers of an announcement in words,
its signs in words or silent.

A speech engine spells digits in its own way and names signs in English; callers expect 09:00 as
아홉 시 and 1577-0000 digit by digit. Each language is a module with its rules as a table.
"""

from collections.abc import Callable, Mapping

from occ.ars.rules.menu import Language
from occ.ars.rules.reading import english, japanese, korean

_READ: Mapping[Language, Callable[[str], str]] = {
    Language.KO: korean.read,
    Language.EN: english.read,
    Language.JA: japanese.read,
}


def as_spoken(text: str, language: Language) -> str:
    """The text in words."""
    return _READ[language](text)
