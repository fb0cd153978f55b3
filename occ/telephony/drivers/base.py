"""What telephony asks of a phone system, and what it hears back.

A driver is owned by one process at a time and called from one thread. Every order is idempotent by
call: asked twice, or for a call that is gone, it changes nothing. Calls are named by `ref`, which
the driver gives to those that arrive and takes for those it originates. Numbers to dial are E.164,
or short (119) and CTI ones as they are; those that it reports may be spelt in any way
(`phones.reported`), '' where the caller hides theirs. Nothing here blocks: what takes time comes
back as a signal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from occ.ars.rules.flow import Say
from occ.telephony.rules.calls import CalleeFailed, Event, TargetFailed, code


@dataclass(frozen=True)
class Arrived:
    """Somebody calls a number of the organization."""

    what: ClassVar[str] = "arrived"
    ref: str
    caller: str
    called: str


@dataclass(frozen=True)
class Pressed:
    """The customer pressed a key."""

    what: ClassVar[str] = "digit"
    ref: str
    digit: str


@dataclass(frozen=True)
class Reported:
    """Something else happened to a call."""

    ref: str
    event: Event | TargetFailed | CalleeFailed

    @property
    def what(self) -> str:
        return code(self.event)


Signal = Arrived | Pressed | Reported


class Driver(Protocol):
    name: str

    def connect_system(self) -> set[str]:
        """Connects and returns the refs of the calls that are alive there."""
        ...

    def signals(self, now: datetime) -> Sequence[Signal]:
        """What happened since it was asked last, oldest first."""
        ...

    def next_due(self) -> datetime | None:
        """When it has something to report by itself, as far as it knows; whatever else happens
        wakes the engine (`bus.woken`).
        """
        ...

    def answer(self, ref: str) -> None: ...
    def play(self, ref: str, says: Sequence[Say]) -> None:
        """Plays announcements one after the other in place of what is played now;
        Event.ANNOUNCED comes after the last.
        """
        ...

    def gather_digit(self, ref: str) -> None: ...
    def queue_music(self, ref: str) -> None: ...
    def ring_agent(self, ref: str, number: str) -> None: ...
    def stop_ringing(self, ref: str, number: str) -> None: ...
    def connect(self, ref: str, number: str) -> None: ...
    def drop_agent(self, ref: str, number: str) -> None: ...
    def hold(self, ref: str) -> None: ...
    def resume(self, ref: str) -> None: ...
    def consult(self, ref: str, number: str, *, agent: bool) -> None: ...
    def cancel_consult(self, ref: str, number: str) -> None: ...
    def complete(self, ref: str, number: str) -> None: ...
    def record(self, ref: str, name: str) -> None: ...
    def stop_recording(self, ref: str, name: str) -> bytes | None:
        """Ends a recording; the sound as WAV where the phone system has it at once."""
        ...

    def hang_up(self, ref: str) -> None: ...
    def originate(self, ref: str, number: str, caller_id: str) -> None: ...
