"""What differs between two voice menus, part by part (ARS-2)."""

from collections.abc import Iterator
from typing import Any

from occ.ars.rules.menu import Ars, Voices


def _voices(name: str, voices: Voices) -> Iterator[tuple[str, Any]]:
    for language, voice in voices.items():
        if voice.speaks:
            yield f"{name}/{language.value}", voice


def parts(ars: Ars) -> dict[str, Any]:
    """Every part that a person can change, by name: greeting/ko, key:1, key:1/ko, hours:mon,
    holiday:2026-05-05, delays …
    """
    found: dict[str, Any] = dict(_voices("greeting", ars.greeting))
    found.update(_voices("menu", ars.menu))
    found["order"] = "".join(key.key for key in ars.keys)
    for key in ars.keys:
        names = tuple((language.value, name) for language, name in key.names.items() if name)
        found[f"key:{key.key}"] = (key.kind, names, key.queue, key.callback, key.language)
        found.update(_voices(f"key:{key.key}", key.voices))
    found.update({f"hours:{row.days.value}": row for row in ars.hours})
    found.update({f"holiday:{holiday.on.isoformat()}": holiday for holiday in ars.holidays})
    for extra, voices in ars.extras.items():
        found.update(_voices(f"extra:{extra.value}", voices))
    found["delays"] = (ars.first_delay, ars.every_delay)
    return found


def differences(before: Ars, after: Ars) -> list[tuple[str, Any, Any]]:
    """(part, before, after) of all that differs; None where it is not there.

    The order of keys only when the keys are the same.
    """
    old, new = parts(before), parts(after)
    if set(old["order"]) != set(new["order"]):
        old["order"] = new["order"]
    names = [*old, *(name for name in new if name not in old)]
    return [
        (name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)
    ]
