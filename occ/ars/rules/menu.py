"""What callers of a service hear, as one value: greeting, keys, hours, holidays and the other
announcements (ARS-2, ARS-3, ARS-4, ARS-5, ARS-6, ARS-7).
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from occ.ars.rules.hours import Holiday, Row

TEXT_MAX, KEY_NAME_MAX = 200, 30
KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")
FIRST_DELAY, EVERY_DELAY = 30, 60
DELAYS = (10, 600)  # seconds, least and most


class Language(enum.Enum):
    """The languages that announcements exist in (ARS-5)."""

    KO = "ko"
    EN = "en"
    JA = "ja"


class Source(enum.Enum):
    TEXT = "text"
    FILE = "file"


class KeyKind(enum.Enum):
    QUEUE = "queue"
    ANNOUNCEMENT = "announcement"
    CALLBACK = "callback"
    LANGUAGE = "language"


class Extra(enum.Enum):
    """The other announcements (ARS-7)."""

    CONNECTING = "connecting"
    DELAYED = "delayed"
    CALLBACK_OFFER = "callback_offer"
    CALLBACK_RECEIVED = "callback_received"
    RECORDING = "recording"
    ABUSE = "abuse"
    GOODBYE = "goodbye"


@dataclass(frozen=True)
class Voice:
    """An announcement in one language: a text to be spoken, or a stored sound; of
    both, the one saved last counts.
    """

    text: str = ""
    sound: int | None = None
    seconds: float = 0.0
    source: Source = Source.TEXT

    @property
    def speaks(self) -> bool:
        """Whether anything is heard."""
        return bool(self.text) if self.source is Source.TEXT else self.sound is not None


SILENT = Voice()
Voices = Mapping[Language, Voice]


@dataclass(frozen=True)
class Key:
    """What a key of the menu does: connect to a queue, play something, take a
    callback, or go on in another language.
    """

    key: str
    kind: KeyKind
    names: Mapping[Language, str] = field(default_factory=dict)
    queue: int | None = None
    callback: bool = False
    language: Language | None = None
    voices: Voices = field(default_factory=dict)


@dataclass(frozen=True)
class Ars:
    """A voice menu; `menu` holds what replaces the generated menu announcement."""

    greeting: Voices = field(default_factory=dict)
    menu: Voices = field(default_factory=dict)
    keys: tuple[Key, ...] = ()
    hours: tuple[Row, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    extras: Mapping[Extra, Voices] = field(default_factory=dict)
    first_delay: int = FIRST_DELAY
    every_delay: int = EVERY_DELAY

    def key(self, pressed: str) -> Key | None:
        return next((key for key in self.keys if key.key == pressed), None)

    def sounds(self) -> set[int]:
        """Ids of the stored sounds it names."""
        every = [
            self.greeting,
            self.menu,
            *(key.voices for key in self.keys),
            *self.extras.values(),
        ]
        return {
            voice.sound for voices in every for voice in voices.values() if voice.sound is not None
        }


def languages(codes: Sequence[str]) -> tuple[Language, ...]:
    """In which languages a service's menu exists: those of its help center that are spoken here,
    English if none (ARS-5).
    """
    spoken = {language.value: language for language in Language}
    return tuple(spoken[code] for code in codes if code in spoken) or (Language.EN,)


def voice_in(
    voices: Voices, language: Language, spoken: Sequence[Language]
) -> tuple[Language, Voice]:
    """The announcement in a language, else in the first of the others that
    has it; SILENT when none has.
    """
    for found in (language, *spoken, *voices):
        if found in voices and voices[found].speaks:
            return found, voices[found]
    return language, SILENT


def name_in(key: Key, language: Language, spoken: Sequence[Language]) -> str:
    """A key's name in a language, else in the first that has one."""
    return next(
        (key.names[found] for found in (language, *spoken, *key.names) if key.names.get(found)), ""
    )


@cache
def _converter() -> Any:
    from cattrs.preconf.json import make_converter

    return make_converter()


def to_json(ars: Any) -> Any:
    """Plain values of a voice menu or of a part of it."""
    return _converter().unstructure(ars)


def from_json(value: Mapping[str, Any]) -> Ars:
    """The voice menu of plain values, as `to_json` made them."""
    found: Ars = _converter().structure(value, Ars)
    return found
