"""What is wrong or missing in a voice menu (ARS-8); only what callers would
hear as silence stops publishing.
"""

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from occ.ars.rules.flow import QueueFacts, Scene
from occ.ars.rules.hours import HolidayKind, reachable
from occ.ars.rules.menu import Ars, Extra, Key, KeyKind, Language, Voices


class Problem(enum.Enum):
    """What can be found; the second half of the page's words is where to mend it."""

    SILENT_KEY = "silent_key"
    SILENT_EXTRA = "silent_extra"
    SILENT_START = "silent_start"
    NO_CONSENT = "no_consent"
    KEY_NOWHERE = "key_nowhere"
    QUEUE_EMPTY = "queue_empty"
    NO_QUEUE = "no_queue"
    NEVER_OPEN = "never_open"
    NO_KEYS = "no_keys"
    NO_GREETING = "no_greeting"
    EXTRA_EMPTY = "extra_empty"
    NO_CALLBACKS = "no_callbacks"
    NOT_SPOKEN = "not_spoken"
    NO_HOLIDAYS = "no_holidays"


BLOCKING = frozenset({Problem.SILENT_KEY, Problem.SILENT_EXTRA, Problem.SILENT_START})
SERIOUS = BLOCKING | {
    Problem.NO_CONSENT,
    Problem.KEY_NOWHERE,
    Problem.QUEUE_EMPTY,
    Problem.NO_QUEUE,
    Problem.NEVER_OPEN,
}


@dataclass(frozen=True)
class Finding:
    problem: Problem
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def blocks(self) -> bool:
        return self.problem in BLOCKING

    @property
    def serious(self) -> bool:
        return self.problem in SERIOUS


def _speaks(voices: Voices) -> bool:
    return any(voice.speaks for voice in voices.values())


def findings(ars: Ars, scene: Scene, *, recorded: bool = False) -> list[Finding]:
    """Everything found, what stops publishing first.

    `scene` gives the service's local time, languages and queues; `recorded` says whether calls are
    recorded, so that callers have to be told.
    """
    found = [
        *_silence(ars, scene),
        *_consent(ars, recorded),
        *_keys(ars, scene),
        *_hours(ars, scene),
        *_announcements(ars, scene.languages),
    ]
    return sorted(found, key=lambda f: (not f.blocks, not f.serious))


def _takes_callbacks(ars: Ars, queues: Mapping[int, QueueFacts]) -> bool:
    if any(key.kind is KeyKind.CALLBACK for key in ars.keys):
        return True
    if not ars.keys:
        return any(facts.callback for facts in queues.values())
    taking = {ident for ident, facts in queues.items() if facts.callback}
    return any(key.callback and key.queue in taking for key in ars.keys)


def _silence(ars: Ars, scene: Scene) -> Iterator[Finding]:
    for key in ars.keys:
        if key.kind is KeyKind.ANNOUNCEMENT and not _speaks(key.voices):
            yield Finding(Problem.SILENT_KEY, {"key": key.key})
    needed = [Extra.GOODBYE]
    if _takes_callbacks(ars, scene.queues):
        needed += [Extra.CALLBACK_OFFER, Extra.CALLBACK_RECEIVED]
    for extra in needed:
        if not _speaks(ars.extras.get(extra, {})):
            yield Finding(Problem.SILENT_EXTRA, {"extra": extra.value})
    if (
        not ars.keys
        and not _speaks(ars.greeting)
        and not _speaks(ars.extras.get(Extra.CONNECTING, {}))
    ):
        yield Finding(Problem.SILENT_START)


def _consent(ars: Ars, recorded: bool) -> Iterator[Finding]:
    """That callers are recorded without hearing of it; a language that lacks it hears another's."""
    if recorded and not _speaks(ars.extras.get(Extra.RECORDING, {})):
        yield Finding(Problem.NO_CONSENT, {"extra": Extra.RECORDING.value})


def _keys(ars: Ars, scene: Scene) -> Iterator[Finding]:
    if not scene.queues:
        yield Finding(Problem.NO_QUEUE)
    if not ars.keys:
        yield Finding(
            Problem.NO_KEYS, {"queue": next((facts.name for facts in scene.queues.values()), "")}
        )
    for key in ars.keys:
        yield from _key(key, scene)


def _key(key: Key, scene: Scene) -> Iterator[Finding]:
    if key.kind is KeyKind.LANGUAGE and key.language not in scene.languages:
        yield Finding(Problem.KEY_NOWHERE, {"key": key.key})
    if key.kind not in (KeyKind.QUEUE, KeyKind.CALLBACK):
        return
    facts = scene.queues.get(key.queue or 0)
    if facts is None:
        yield Finding(Problem.KEY_NOWHERE, {"key": key.key})
        return
    if not facts.agents:
        yield Finding(
            Problem.QUEUE_EMPTY, {"key": key.key, "queue": facts.name, "queue_id": key.queue}
        )
    if not facts.callback and (key.callback or key.kind is KeyKind.CALLBACK):
        yield Finding(
            Problem.NO_CALLBACKS, {"key": key.key, "queue": facts.name, "queue_id": key.queue}
        )


def _hours(ars: Ars, scene: Scene) -> Iterator[Finding]:
    if not any(reachable(ars.hours, day) for day in range(7)):
        yield Finding(Problem.NEVER_OPEN)
    known = [h for h in ars.holidays if h.kind is HolidayKind.NATIONAL]
    for year in (scene.local.year, scene.local.year + 1):
        if not any(h.yearly or h.on.year == year for h in known):
            yield Finding(Problem.NO_HOLIDAYS, {"year": year})
            return


def _announcements(ars: Ars, languages: Sequence[Language]) -> Iterator[Finding]:
    if not _speaks(ars.greeting):
        yield Finding(Problem.NO_GREETING)
    for extra in (Extra.CONNECTING, Extra.DELAYED):
        if not _speaks(ars.extras.get(extra, {})):
            yield Finding(Problem.EXTRA_EMPTY, {"extra": extra.value})
    every = [
        ars.greeting,
        *ars.extras.values(),
        *(key.voices for key in ars.keys if key.kind is KeyKind.ANNOUNCEMENT),
    ]
    for language in languages:
        missing = [v for v in every if _speaks(v) and not (language in v and v[language].speaks)]
        unnamed = [
            k for k in ars.keys if not k.names.get(language) and k.kind is not KeyKind.LANGUAGE
        ]
        if missing or unnamed:
            yield Finding(
                Problem.NOT_SPOKEN,
                {"language": language.value, "count": len(missing) + len(unnamed)},
            )
