"""What becomes of the samples of an uploaded sound (ARS-2)."""

import array
import io
import math
import random
import wave
from collections.abc import Sequence

import pytest
from flask import Flask

from occ.ars import sounds
from occ.ars.children import audio
from occ.core import storage
from occ.core.errors import Refused
from tests.support.audio import tone

RATE = audio.WIDE


def sine(seconds: float, loudness: float = 0.25, offset: float = 0.0) -> list[float]:
    return [
        offset + loudness * math.sin(i * 2 * math.pi * 400 / RATE)
        for i in range(int(seconds * RATE))
    ]


def wav(*channels: Sequence[float]) -> bytes:
    samples = array.array(
        "h", (round(value * 32767) for at in zip(*channels, strict=True) for value in at)
    )
    output = io.BytesIO()
    with wave.open(output, "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return output.getvalue()


def heard(*channels: Sequence[float]) -> "array.array[int]":
    """The samples that callers get of a file with these channels."""
    made = array.array("h")
    made.frombytes(audio.levelled(audio.decoded(wav(*channels), "wav")))
    return made


def loudness(samples: Sequence[float]) -> float:
    """In dB below full scale."""
    return 10 * math.log10(sum(value * value for value in samples) / len(samples) / 32768**2)


@pytest.mark.spec("ARS-2")
@pytest.mark.parametrize(
    "other", [-1.0, -0.9, 0.0, 1.0], ids=["inverted", "nearly", "none", "same"]
)
def test_channels_that_cancel_each_other_are_heard_like_any(other: float) -> None:
    one = sine(1)
    assert loudness(heard(one, [other * value for value in one])) == pytest.approx(
        loudness(heard(one)), abs=0.3
    )


def test_channels_with_nothing_in_common_are_mixed() -> None:
    chance = random.Random(1)
    left, right = ([chance.uniform(-0.2, 0.2) for _i in range(RATE)] for _side in range(2))
    made = audio.mixed(array.array("f", left), array.array("f", right))
    assert made[7] == pytest.approx((left[7] + right[7]) / 2, abs=1e-6)


@pytest.mark.spec("ARS-2")
@pytest.mark.parametrize("seconds", [0.15, 0.3, 0.39, 0.41, 1])
def test_a_short_sound_is_as_loud_as_a_long_one(seconds: float) -> None:
    made = heard(sine(seconds))
    assert len(made) / RATE == pytest.approx(seconds, abs=0.02)
    assert loudness(made) == pytest.approx(loudness(heard(sine(3))), abs=0.5)


@pytest.mark.spec("ARS-2")
def test_a_constant_offset_is_no_sound() -> None:
    with pytest.raises(SystemExit) as left:
        heard([0.3] * RATE)
    assert left.value.code == audio.SILENT
    quiet = [0.1] * RATE
    made = heard(quiet + sine(1, 0.2, 0.1) + quiet)
    assert len(made) / RATE == pytest.approx(1, abs=0.02), "the silence at its ends is gone"
    assert abs(sum(made) / len(made)) < 50
    assert loudness(made) == pytest.approx(loudness(heard(sine(1))), abs=0.3)


@pytest.mark.spec("ARS-2")
def test_room_before_the_first_frame_of_an_mp3_is_passed_over(app: Flask) -> None:
    room, content = bytes(5000), tone(1, "mp3")
    made = sounds.make(room + content)
    assert made.seconds == pytest.approx(1, abs=0.1)
    assert storage.path(made.original).read_bytes() == room + content
    with pytest.raises(Refused, match="음성 파일이 아니에요"):
        sounds.make(room)
