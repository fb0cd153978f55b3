"""The voice menu as a step function: (voice menu, scene, position, input) → what is said and what
happens next (ARS-3, ARS-4).

Nothing here knows a database, a clock or a phone system: the simulator, the test call and a real
phone system run the same function. A greeting leads to the menu; a key to agents, an announcement,
a callback or another language; nothing or a wrong key is repeated twice, then the call ends with a
goodbye. No step is silent.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from occ.ars.rules.hours import holiday_on, is_open
from occ.ars.rules.menu import Ars, Extra, Key, KeyKind, Language, Source, Voices, voice_in
from occ.ars.rules.sentences import after_hours, menu_sentence
from occ.ars.rules.texts import NOTICES, SAMPLES, Notice

REPEATS = 2
KEY_WAIT = 6  # seconds without a key after an announcement, before it counts as none
CHARS_A_SECOND = {Language.KO: 6.5, Language.EN: 14.0, Language.JA: 7.5}


class Node(enum.Enum):
    """Where a caller is in the menu."""

    MENU = "menu"
    PLAYED = "played"  # after an announcement, with its replay menu
    OFFER = "offer"  # out of hours, asked whether to be called back
    QUEUED = "queued"
    OVER = "over"


class Heard(enum.Enum):
    START = "start"
    DIGIT = "digit"
    SILENCE = "silence"
    DELAY = "delay"  # the caller has waited in the queue for a while


class Move(enum.Enum):
    """What comes after the announcements of a step."""

    LISTEN = "listen"
    QUEUE = "queue"
    WAIT = "wait"  # stays in the queue
    CALLBACK = "callback"
    GOODBYE = "goodbye"


@dataclass(frozen=True)
class QueueFacts:
    """As much of a queue as a menu needs; retired ones are not given."""

    name: str = ""
    callback: bool = False
    after_hours: bool = False
    agents: int = 0


@dataclass(frozen=True)
class Scene:
    """When and where a call is: the service's local time, its languages (the first one speaks), its
    queues in their order.
    """

    local: datetime
    languages: tuple[Language, ...] = (Language.EN,)
    queues: Mapping[int, QueueFacts] = field(default_factory=dict)
    callable: bool = True  # whether the caller's number is known, so that they can be called back


@dataclass(frozen=True)
class Position:
    node: Node
    language: Language
    key: str = ""
    queue: int | None = None
    tries: int = 0
    offered: bool = False


@dataclass(frozen=True)
class Say:
    """One announcement: a text to speak, or a stored sound."""

    code: str
    language: Language
    text: str = ""
    sound: int | None = None
    seconds: float = 0


@dataclass(frozen=True)
class Step:
    position: Position
    says: tuple[Say, ...]
    move: Move
    queue: int | None = None


def start(ars: Ars, scene: Scene) -> Step:
    """A call begins."""
    return step(ars, scene, None, Heard.START)


def step(ars: Ars, scene: Scene, position: Position | None, heard: Heard, digit: str = "") -> Step:
    """Moves a caller on; total: every input has an answer in every position."""
    walk = _Walk(ars, scene, position.language if position else scene.languages[0])
    if position is None or heard is Heard.START:
        return walk.begin()
    if position.node is Node.OVER:
        return Step(position, (), Move.GOODBYE)
    if position.node is Node.QUEUED:
        return walk.in_queue(position, heard, digit)
    if heard is Heard.DIGIT:
        found = {
            Node.MENU: walk.in_menu,
            Node.PLAYED: walk.after_announcement,
            Node.OFFER: walk.on_offer,
        }[position.node](position, digit)
        if found is not None:
            return found
    return walk.again(position, wrong=heard is Heard.DIGIT)


@dataclass(frozen=True)
class _Walk:
    """One step of one call in its language."""

    ars: Ars
    scene: Scene
    language: Language

    # announcements

    def _voice(self, code: str, voices: Voices) -> list[Say]:
        return list(said(code, voices, self.language, self.scene.languages))

    def _notice(self, notice: Notice) -> list[Say]:
        return [spoken(notice.value, self.language, NOTICES[notice][self.language])]

    def _extra(self, extra: Extra) -> list[Say]:
        return self._voice(extra.value, self.ars.extras.get(extra, {}))

    def _needed(self, extra: Extra) -> list[Say]:
        """An announcement without which the caller would hear silence: the
        sample where none is stored.
        """
        return self._extra(extra) or [
            spoken(extra.value, self.language, SAMPLES[extra][self.language])
        ]

    def _menu(self) -> list[Say]:
        """The menu announcement; a key that switches the language is named in the one it leads to,
        and left out in that one.
        """
        edited = self._voice("menu", self.ars.menu)
        if edited:
            return edited
        groups: list[tuple[Language, list[Key]]] = []
        others = [
            key
            for key in self.ars.keys
            if key.kind is not KeyKind.LANGUAGE or key.language is not self.language
        ]
        for key in others or self.ars.keys:
            language = (
                key.language if key.kind is KeyKind.LANGUAGE and key.language else self.language
            )
            if groups and groups[-1][0] is language:
                groups[-1][1].append(key)
            else:
                groups.append((language, [key]))
        sentences = [
            (language, menu_sentence(keys, language, self.scene.languages))
            for language, keys in groups
        ]
        return [spoken("menu", language, text) for language, text in sentences if text]

    # steps

    def begin(self) -> Step:
        greeting = self._voice("greeting", self.ars.greeting)
        if self.ars.keys and (says := greeting + self._menu()):
            return Step(Position(Node.MENU, self.language), tuple(says), Move.LISTEN)
        found = self._connect(next(iter(self.scene.queues), None), callback=True)
        return replace(found, says=(*greeting, *found.says))

    def in_menu(self, position: Position, digit: str) -> Step | None:
        key = self.ars.key(digit)
        if key is None:
            return None
        if key.kind is KeyKind.LANGUAGE and key.language is not None:
            walk = replace(self, language=key.language)
            return Step(
                Position(Node.MENU, key.language),
                tuple(walk._menu() or walk._needed(Extra.GOODBYE)),
                Move.LISTEN,
            )
        if key.kind is KeyKind.CALLBACK:
            return (
                self._called_back(key.queue)
                if self._takes(key.queue)
                else self._over(self._notice(Notice.NO_QUEUE))
            )
        if key.kind is KeyKind.ANNOUNCEMENT:
            return self._announce(key)
        return self._connect(key.queue, callback=key.callback, key=digit)

    def _announce(self, key: Key) -> Step:
        says = self._voice(f"key:{key.key}", key.voices) + self._notice(Notice.REPLAY)
        return Step(Position(Node.PLAYED, self.language, key.key), tuple(says), Move.LISTEN)

    def after_announcement(self, position: Position, digit: str) -> Step | None:
        key = self.ars.key(position.key)
        if digit == "1" and key is not None:
            return self._announce(key)
        return self.begin() if digit == "2" else None

    def on_offer(self, position: Position, digit: str) -> Step | None:
        return (
            self._called_back(position.queue)
            if digit == "1" and self._takes(position.queue)
            else None
        )

    def again(self, position: Position, *, wrong: bool) -> Step:
        """Nothing or a wrong key: what was asked is asked again, twice, then goodbye (ARS-3)."""
        if position.tries >= REPEATS:
            return self._over()
        if position.node is Node.MENU:
            asked = self._menu()
        else:
            asked = (
                self._notice(Notice.REPLAY)
                if position.node is Node.PLAYED
                else self._needed(Extra.CALLBACK_OFFER)
            )
        says = (self._notice(Notice.WRONG) if wrong else []) + asked
        return Step(replace(position, tries=position.tries + 1), tuple(says), Move.LISTEN)

    def _connect(self, queue: int | None, *, callback: bool, key: str = "") -> Step:
        """To the agents: holiday, then hours, then the queue (ARS-4)."""
        facts = self.scene.queues.get(queue) if queue is not None else None
        if queue is None or facts is None:
            return self._over(self._notice(Notice.NO_QUEUE))
        if not is_open(self.ars.hours, self.ars.holidays, self.scene.local):
            holiday = holiday_on(self.ars.holidays, self.scene.local.date()) is not None
            closed = [
                spoken(
                    "after_hours",
                    self.language,
                    after_hours(self.ars.hours, self.language, holiday=holiday),
                )
            ]
            if not (callback and self._takes(queue) and facts.after_hours):
                return self._over(closed)
            position = Position(Node.OFFER, self.language, key, queue)
            return Step(position, (*closed, *self._needed(Extra.CALLBACK_OFFER)), Move.LISTEN)
        says = self._extra(Extra.RECORDING) + self._extra(Extra.CONNECTING)
        position = Position(Node.QUEUED, self.language, key, queue)
        return Step(position, tuple(says), Move.QUEUE, queue)

    def in_queue(self, position: Position, heard: Heard, digit: str) -> Step:
        """While the caller waits: the delay announcement, and with it the callback (ARS-7)."""
        if (
            heard is Heard.DIGIT
            and digit == "1"
            and position.offered
            and self._takes(position.queue)
        ):
            return self._called_back(position.queue)
        if heard is not Heard.DELAY:
            return Step(position, (), Move.WAIT, position.queue)
        key = self.ars.key(position.key)
        offers = self._takes(position.queue) and (key is None or key.callback)
        says = self._extra(Extra.DELAYED) + (self._needed(Extra.CALLBACK_OFFER) if offers else [])
        return Step(replace(position, offered=offers), tuple(says), Move.WAIT, position.queue)

    def _takes(self, queue: int | None) -> bool:
        """Whether the caller can be called back by the people of a queue."""
        facts = self.scene.queues.get(queue or 0)
        return self.scene.callable and facts is not None and facts.callback

    def _called_back(self, queue: int | None) -> Step:
        says = self._needed(Extra.CALLBACK_RECEIVED) + self._extra(Extra.GOODBYE)
        return Step(Position(Node.OVER, self.language), tuple(says), Move.CALLBACK, queue)

    def _over(self, says: Sequence[Say] = ()) -> Step:
        return Step(
            Position(Node.OVER, self.language), (*says, *self._needed(Extra.GOODBYE)), Move.GOODBYE
        )


def menu_says(ars: Ars, scene: Scene, language: Language) -> list[Say]:
    """The menu announcement in a language."""
    return _Walk(ars, scene, language)._menu()


def said(
    code: str, voices: Voices, language: Language, others: Sequence[Language] = ()
) -> tuple[Say, ...]:
    """An announcement in a language or the first of the others that
    has it; nothing where none has.
    """
    found, voice = voice_in(voices, language, others)
    if not voice.speaks:
        return ()
    if voice.source is Source.FILE:
        return (Say(code, found, sound=voice.sound, seconds=voice.seconds),)
    return (spoken(code, found, voice.text),)


def position(plain: Mapping[str, Any]) -> Position:
    """A position that was stored as plain values."""
    return Position(
        **{**plain, "node": Node(plain["node"]), "language": Language(plain["language"])}
    )


def spoken(code: str, language: Language, text: str) -> Say:
    """A text to be spoken, with about how many seconds it takes."""
    return Say(
        code, language, text, seconds=round(max(1.0, len(text) / CHARS_A_SECOND[language]), 1)
    )


def next_delay(waited: float, first: int, every: int) -> int:
    """After how many seconds in the queue the next delay announcement is due (ARS-7)."""
    return first if waited < first else first + every * (int((waited - first) // every) + 1)
