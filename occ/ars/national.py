"""National holidays of countries, their parts and years, lunar and substitute ones included, by
the `holidays` library (ARS-6).
"""

from functools import lru_cache

from occ.ars.rules.hours import HOLIDAY_NAME_MAX, Holiday, HolidayKind


@lru_cache
def countries(locale: str) -> list[tuple[str, str]]:
    """(code, name in a language) of the countries whose holidays are known, by name."""
    import holidays
    from babel import Locale

    names = Locale.parse(locale).territories
    known = [
        code for code in holidays.list_supported_countries(include_aliases=False) if len(code) == 2
    ]
    return sorted(((code, names.get(code, code)) for code in known), key=lambda row: row[1])


@lru_cache(64)
def parts(country: str) -> list[tuple[str, str]]:
    """(code, name as the country writes it) of the parts of a country that keep holidays of their
    own, by name; empty where the whole country keeps the same ones.
    """
    import holidays

    if country not in dict(countries("en")):
        return []
    kept = holidays.country_holidays(country)
    names: dict[str, str] = {}
    for name, code in kept.subdivisions_aliases.items():
        if not name.isupper():  # those are codes of other tables
            names.setdefault(code, name)
    return sorted(
        ((code, names.get(code, code)) for code in kept.subdivisions), key=lambda row: row[1]
    )


@lru_cache(64)
def holidays_of(country: str, part: str, year: int, language: str) -> tuple[Holiday, ...]:
    """Public holidays in the order of the year: those of the whole country, with a part of it also
    those of that part. They are named in a language where the library knows it, else in the
    country's own. Empty for an unknown country.
    """
    import holidays

    if country not in dict(countries("en")):
        return ()
    spoken = holidays.list_localized_countries().get(country, [])
    # without a language the library takes that of the server's environment
    own = holidays.country_holidays(country).default_language
    found = holidays.country_holidays(
        country,
        subdiv=part if part in dict(parts(country)) else None,
        years=year,
        language=next((code for code in spoken if code.partition("_")[0] == language), own),
    )
    return tuple(
        Holiday(day, _fitting(words), HolidayKind.NATIONAL) for day, words in sorted(found.items())
    )


def _fitting(name: str) -> str:
    """The name, or as many of its words as a holiday's name may have."""
    if len(name) <= HOLIDAY_NAME_MAX:
        return name
    short = name[: HOLIDAY_NAME_MAX - 1]
    return (short.rpartition(" ")[0] or short).rstrip(" ;,") + "…"
