"""A phone system without phones (TEL-1): callers are played on a page, by the load mode or by
tests, in real time.

Numbers dialed from the console behave by their end: 9996 fails, 9997 is busy, 9998 rings without an
answer, all others answer after two seconds. It keeps nothing: after a restart no call is alive.
"""

import heapq
import io
import itertools
import math
import struct
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from occ.ars.rules.flow import Say
from occ.telephony.drivers.base import Arrived, Pressed, Reported, Signal
from occ.telephony.rules.calls import CalleeFailed, Event, LegOutcome, TargetFailed

PICKED_UP = timedelta(seconds=2)
UNANSWERED = timedelta(seconds=25)
BY_END = {
    "9996": (timedelta(seconds=1), LegOutcome.FAILED),
    "9997": (timedelta(seconds=1), LegOutcome.BUSY),
    "9998": (UNANSWERED, LegOutcome.NO_ANSWER),
}
TONE_SECONDS, RATE = 2, 8000


@dataclass
class Line:
    """One simulated call."""

    caller: str
    recording: str = ""
    consulting: str = ""


class Simulator:
    """In memory, driven by the engine's clock: `signals(now)` lets
    everything happen that is due by then.
    """

    name = "simulator"

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}
        self._timers: list[tuple[datetime, int, Signal]] = []
        self._count = itertools.count()
        self._now: datetime | None = None

    def connect_system(self) -> set[str]:
        return set(self.lines)

    def signals(self, now: datetime) -> Sequence[Signal]:
        self._now = now
        due = []
        while self._timers and self._timers[0][0] <= now:
            signal = heapq.heappop(self._timers)[2]
            if signal.ref in self.lines:
                due.append(signal)
        return due

    def next_due(self) -> datetime | None:
        """When the next caller, key or end of an announcement comes."""
        while self._timers and self._timers[0][2].ref not in self.lines:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def _later(self, wait: timedelta, signal: Signal) -> None:
        assert self._now is not None
        heapq.heappush(self._timers, (self._now + wait, next(self._count), signal))

    # the caller's side

    def place(self, ref: str, caller: str, called: str, now: datetime) -> None:
        """Somebody calls a main number."""
        self._now = now
        self.lines[ref] = Line(caller)
        self._later(timedelta(), Arrived(ref, caller, called))

    def leave(self, ref: str, now: datetime, wait: timedelta = timedelta()) -> None:
        """The customer hangs up, now or after a while."""
        self._now = now
        self._later(wait, Reported(ref, Event.CALLER_LEFT))

    def stay(self, ref: str) -> None:
        """The customer does not hang up as planned before."""
        self._drop(Reported(ref, Event.CALLER_LEFT))

    def _drop(self, signal: Signal) -> None:
        self._timers = [timer for timer in self._timers if timer[2] != signal]
        heapq.heapify(self._timers)

    def press(self, ref: str, digit: str, now: datetime) -> None:
        self._now = now
        self._later(timedelta(), Pressed(ref, digit))

    # the console's side

    def answer(self, ref: str) -> None:
        """The line is up at once."""

    def play(self, ref: str, says: Sequence[Say]) -> None:
        """Takes as long as the announcements would; what was being played is cut off."""
        over = Reported(ref, Event.ANNOUNCED)
        self._drop(over)
        self._later(timedelta(seconds=sum(say.seconds for say in says)), over)

    def gather_digit(self, ref: str) -> None:
        """Digits are heard at any time."""

    def queue_music(self, ref: str) -> None:
        """The caller page shows it from the call's row."""

    def ring_agent(self, ref: str, number: str) -> None:
        """The agent's widget rings from the call's row; without a CTI
        number there is no phone to ring.
        """
        if not number:
            self._later(timedelta(), Reported(ref, Event.AGENT_UNREACHABLE))

    def stop_ringing(self, ref: str, number: str) -> None:
        """Nothing rings outside the widget."""

    def connect(self, ref: str, number: str) -> None:
        """There is no sound to connect."""

    def drop_agent(self, ref: str, number: str) -> None:
        """There is no sound to take away."""

    def hold(self, ref: str) -> None:
        """There is no sound to hold."""

    def resume(self, ref: str) -> None:
        """There is no sound to resume."""

    def consult(self, ref: str, number: str, *, agent: bool) -> None:
        line = self.lines.get(ref)
        if line is None:
            return
        line.consulting = number
        if not agent:
            wait, failure = BY_END.get(number[-4:], (PICKED_UP, None))
            self._later(
                wait, Reported(ref, TargetFailed(failure) if failure else Event.TARGET_ANSWERED)
            )

    def cancel_consult(self, ref: str, number: str) -> None:
        line = self.lines.get(ref)
        if line is not None and line.consulting == number:
            line.consulting = ""

    def complete(self, ref: str, number: str) -> None:
        self.cancel_consult(ref, number)

    def record(self, ref: str, name: str) -> None:
        if ref in self.lines:
            self.lines[ref].recording = name

    def stop_recording(self, ref: str, name: str) -> bytes | None:
        """The simulator has no sound: what it recorded is a tone of two seconds."""
        return tone()

    def hang_up(self, ref: str) -> None:
        self.lines.pop(ref, None)

    def originate(self, ref: str, number: str, caller_id: str) -> None:
        self.lines[ref] = Line(number)
        wait, failure = BY_END.get(number[-4:], (PICKED_UP, None))
        self._later(
            wait, Reported(ref, CalleeFailed(failure) if failure else Event.CALLEE_ANSWERED)
        )


def tone() -> bytes:
    """Two quiet seconds of 440 Hz as WAV: 8 kHz, mono, 16 bit."""
    output = io.BytesIO()
    with wave.open(output, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        samples = (
            int(1500 * math.sin(2 * math.pi * 440 * n / RATE)) for n in range(TONE_SECONDS * RATE)
        )
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return output.getvalue()
