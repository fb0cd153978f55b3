"""National holidays of countries and years, lunar and substitute ones included, by
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
def holidays_of(country: str, year: int, language: str) -> tuple[Holiday, ...]:
    """Public holidays in the order of the year, named in a language where the library knows it;
    empty for an unknown country.
    """
    import holidays

    if country not in dict(countries("en")):
        return ()
    spoken = holidays.list_localized_countries().get(country, [])
    name = next((code for code in spoken if code.partition("_")[0] == language), None)
    found = holidays.country_holidays(country, years=year, language=name)
    return tuple(
        Holiday(day, words[:HOLIDAY_NAME_MAX], HolidayKind.NATIONAL)
        for day, words in sorted(found.items())
    )
